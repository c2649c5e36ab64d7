/** What the applications of this folder share. */
import { start } from 'ocellus/app/system/application';
import { Host } from 'ocellus/host';

/** Scripts of a process that misbehave; the next one stays. */
export const bad = 2;

/** Milliseconds from readiness to the deed: long enough for packets to be on the disk. */
export const delayMs = 1500;

/** Starts like the application and does `deed` later, in the first `last` scripts of the process. */
export async function misbehave(deed: () => unknown, last = bad): Promise<void> {
    await start();
    if (new Host().facts.generation <= last) {
        setTimeout(deed, delayMs);
    }
}

/** Starts like the application; the first script throws later, those up to number `last` at once. */
export function throwAtStart(last: number): void {
    const { generation } = new Host().facts;
    if (generation > 1 && generation <= last) {
        throw new Error(`at start of script ${generation}`);
    }
    void start();
    if (generation === 1) {
        setTimeout(() => {
            throw new Error('the first script ends');
        }, delayMs);
    }
}
