/** Loops in bytecode. */
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(() => {
    for (let count = 0; ; count++) {
        if (count < 0) {
            return count;
        }
    }
});
