/** A regular expression that takes for ever. */
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(() => /^(?:a+)+$/.test(`${'a'.repeat(60)}b`));
