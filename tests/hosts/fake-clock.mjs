// A wall clock that the program takes for the machine's, and that a test sets while it runs.
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { temporary } from '../e2e/device.mjs';

const library = path.join(root, 'build', 'linux', 'tests', 'hosts', 'clock_shift.so');

/**
 * A clock that the program takes for the machine's.
 * @param {import('ava').ExecutionContext} t
 * @param {number} startMs what it says now, milliseconds since 1970
 * @param {boolean} synced
 */
export function fakeClock(t, startMs, synced) {
    const file = path.join(temporary(t), 'clock');
    t.true(existsSync(library), 'the test library is built');
    const bytes = new BigInt64Array(2);
    let shiftMs = 0;
    /** @param {number} nowMs @param {boolean} good */
    const set = (nowMs, good) => {
        shiftMs = Math.round(nowMs - Date.now());
        bytes[0] = BigInt(shiftMs) * 1000n;
        bytes[1] = good ? 1n : 0n;
        const target = openSync(file, existsSync(file) ? 'r+' : 'w');
        writeSync(target, new Uint8Array(bytes.buffer), 0, 16, 0); // in place: it is mapped
        closeSync(target);
    };
    set(startMs, synced);
    return { env: { LD_PRELOAD: library, OCELLUS_TEST_CLOCK: file }, set, now: () => Date.now() + shiftMs };
}
