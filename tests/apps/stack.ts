/** Calls itself without an end. */
import { deeds } from 'ocellus/test/apps/deeds';
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(deeds.stack);
