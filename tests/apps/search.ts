/** A built-in that nothing stops: it compares a million characters a million times. */
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(() => 'a'.repeat(2_000_000).includes(`${'a'.repeat(1_000_000)}b`));
