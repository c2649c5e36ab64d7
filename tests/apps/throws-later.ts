/** Throws from a timer. */
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(() => {
    throw new Error('from a timer');
});
