/** Calls itself without an end. */
import { misbehave } from 'ocellus/test/apps/misbehave';

function deeper(depth: number): number {
    return deeper(depth + 1) + depth;
}

void misbehave(() => deeper(0));
