// A program that starts again by itself as its last resort.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { hanging } from '../guard.mjs';

/** @typedef {import('./device.mjs').Device} Device */

/**
 * The same process has started again: the recording of before was finished, not repaired; what it noted, and where it answers now.
 * @param {import('ava').ExecutionContext} t
 * @param {Device} device
 * @param {string} data
 * @param {RegExp} note why, in the notes of ends
 * @returns {Promise<string>} its address
 */
export async function startsAgain(t, device, data, note) {
    const { pid } = device.process;
    const folder = path.join(data, 'recordings', 'cam1');
    const first = readdirSync(folder);
    const listening = () => device.events.filter((e) => e['event'] === 'listening');
    await device.until(() => (listening().length === 2 ? true : undefined), 'it listens once more');
    t.deepEqual([device.process.pid, device.process.exitCode], [pid, null]);
    const { url } = /** @type {any} */ (listening()[1]);
    t.is((await fetch(`${url}healthz`, { signal: hanging() })).status, 200);
    const named = readdirSync(folder).filter((name) => !name.includes('_open'));
    t.is(named.length, 1, 'the first one was finished, not repaired');
    t.true(named[0]?.startsWith((first[0] ?? '-').replace('open.mp4', '')), named.join());
    t.notRegex(device.stderr, /recovered/);
    t.regex(readFileSync(path.join(data, 'crash', 'ends'), 'utf8'), note);
    return url;
}
