/** Keeps everything until the memory cap is reached. */
import { deeds } from 'ocellus/test/apps/deeds';
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(deeds.heap);
