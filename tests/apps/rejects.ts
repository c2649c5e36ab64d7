/** Leaves a rejection to nobody. */
import { deeds } from 'ocellus/test/apps/deeds';
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(deeds.rejects);
