/** A built-in that nothing stops: it compares 700,000 characters 700,000 times. More would not fit into the texts of XS 17. */
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(() => 'a'.repeat(1_400_000).includes(`${'a'.repeat(700_000)}b`));
