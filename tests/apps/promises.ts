/** Promise jobs that never come to an end: the loop is never reached again. */
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(async () => {
    for (;;) {
        await undefined;
    }
});
