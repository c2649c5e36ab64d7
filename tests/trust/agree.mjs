// What the program says of its recordings and events, held against the files.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '../e2e/device.mjs';
import { hanging } from '../guard.mjs';

/** @typedef {import('../e2e/device.mjs').Device} Device */
/** @typedef {{ path: string, bytes: number, open: boolean, protected: boolean, start: string | null, end: string | null }} Row */

/** All pages of the list. @param {Device} device @returns {Promise<Row[]>} */
export async function everyRecording(device) {
    /** @type {Row[]} */
    const rows = [];
    for (let after = ''; ; ) {
        const page = await device.json(`/api/recordings?order=oldest&limit=200${after}`);
        rows.push(...page.recordings);
        if (page.next === null) return rows;
        after = `&after=${encodeURIComponent(page.next)}`;
    }
}

/** Path and length of each closed file, path of each open one. @param {string} data @returns {string[]} */
function everyFile(data) {
    const folder = path.join(data, 'recordings');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.mp4'))
        .flatMap((name) => {
            const size = statSync(path.join(folder, name), { throwIfNoEntry: false })?.size;
            return size === undefined ? [] : [name.endsWith('_open.mp4') ? name : `${name} ${size}`];
        })
        .sort();
}

/**
 * Waits until the list is what the folder has, between two looks at it that are the same.
 * @param {Device} device
 * @param {string} data
 * @param {string} [what]
 * @returns {Promise<Row[]>}
 */
export async function agrees(device, data, what = 'the index') {
    let last = '';
    try {
        return await eventually(
            async () => {
                const before = everyFile(data);
                const rows = await everyRecording(device);
                const after = everyFile(data);
                const known = rows.map((row) => row.path.replace(/^\/?recordings\//, '') + (row.open ? '' : ` ${row.bytes}`)).sort();
                last = JSON.stringify({ files: after.filter((one) => !known.includes(one)), rows: known.filter((one) => !after.includes(one)) });
                return before.join('\n') === after.join('\n') && known.join('\n') === after.join('\n') ? rows : undefined;
            },
            `${what} and the files are the same`,
            30,
        );
    } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : ''}: ${last}`, { cause: error });
    }
}

/** Adds an event. @param {Device} device @param {object} event @returns {Promise<number>} its number */
export async function addEvent(device, event) {
    const body = JSON.stringify(event);
    const answer = await fetch(`${await device.url()}/api/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: hanging() });
    if (answer.status !== 202) throw new Error(`event: HTTP ${answer.status} ${await answer.text()}`);
    return (await answer.json()).id;
}

/** Numbers of events that are protected. @param {Device} device @returns {Promise<number[]>} */
export async function protectedEvents(device) {
    /** @type {number[]} */
    const ids = [];
    for (let after = ''; ; ) {
        const page = await device.json(`/api/event-log?order=oldest&limit=200${after}`);
        ids.push(...page.events.filter((/** @type {any} */ event) => event.protected).map((/** @type {any} */ event) => event.id));
        if (page.next === null) return ids.sort((a, b) => a - b);
        after = `&after=${encodeURIComponent(page.next)}`;
    }
}
