/** Leaves a rejection to nobody. */
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(() => {
    void Promise.reject(new Error('nobody handles this'));
});
