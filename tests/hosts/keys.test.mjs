// Key frames of a recording over HTTP: what a player needs to fetch it by ranges, also while it is written.
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start } from '../e2e/device.mjs';
import { readMp4, trackOf } from '../e2e/mp4.mjs';

/** @typedef {{ init: number, open: boolean, bytes: number, durationMs: number, keys: [number, number][] }} Keys */

/** @param {string} url @param {number} first @param {number} end @returns {Promise<Buffer>} */
async function range(url, first, end) {
    const answer = await fetch(url, { headers: { range: `bytes=${first}-${end - 1}` } });
    return Buffer.from(await answer.arrayBuffer());
}

/** @param {import('ava').ExecutionContext} t @param {string} url @param {Keys} table */
async function playable(t, url, table) {
    const init = await range(url, 0, table.init);
    t.is(init.length, table.init);
    t.true(readMp4(init).length > 0, 'the init segment describes tracks');
    for (const [i, [ms, offset]] of table.keys.entries()) {
        const part = await range(url, offset, table.keys[i + 1]?.[1] ?? table.bytes);
        t.is(part.toString('latin1', 4, 12), 'freeOCck', `key ${i}`);
        const video = trackOf(readMp4(Buffer.concat([init, part])), 'video');
        t.true(video.samples[0]?.key, `key ${i} begins with a key frame`);
        t.is(Math.floor(((video.samples[0]?.cts ?? 0) * 1000) / video.timescale), ms);
    }
}

test('[E9] key frames of a recording, while it grows and when it is closed, lead to bytes that play', async (t) => {
    const { device, data } = start(t);
    const url = await device.url();
    const row = await eventually(async () => (await device.json('/api/recordings')).recordings[0], 'a recording');
    const open = await eventually(async () => {
        /** @type {Keys} */
        const table = await device.json(`${row.path}/keys`);
        return table.keys.length >= 3 ? table : undefined;
    }, 'three key frames');
    t.true(open.open);
    t.true(open.bytes > /** @type {[number, number]} */ (open.keys.at(-1))[1]);
    t.true(open.durationMs >= /** @type {[number, number]} */ (open.keys.at(-1))[0]);
    await playable(t, `${url}${row.path}`, open);
    const [, second] = /** @type {[number, number][]} */ (open.keys);
    /** @type {Keys} */
    const rest = await device.json(`${row.path}/keys?from=${Number(second?.[0]) + 1}`);
    t.deepEqual(rest.keys[0], second);
    t.true(rest.keys.length >= open.keys.length - 1);
    t.is((await device.stop()).code, 0);

    const again = start(t, [], { data });
    const closed = (await again.device.json('/api/recordings')).recordings.find((/** @type {{ path: string }} */ found) => !found.path.endsWith('_open.mp4'));
    /** @type {Keys} */
    const table = await again.device.json(`${closed.path}/keys`);
    t.false(table.open);
    t.deepEqual(table.keys.slice(0, open.keys.length), open.keys);
    await playable(t, `${await again.device.url()}${closed.path}`, table);
});

test('[E9] key frames of what is no recording, or of a damaged one, are not found', async (t) => {
    const { device, data } = start(t);
    const url = await device.url();
    const row = await eventually(async () => (await device.json('/api/recordings')).recordings[0], 'a recording');
    const folder = path.join(data, path.dirname(row.path));
    t.true(existsSync(folder));
    writeFileSync(path.join(folder, 'cam1_20261121T025100.123Z_20261121T025200.123Z.mp4'), Buffer.alloc(5000, 7));
    writeFileSync(path.join(folder, 'empty.mp4'), '');
    for (const name of ['cam1_20261121T025100.123Z_20261121T025200.123Z.mp4', 'empty.mp4', 'none.mp4', '../../.lock.mp4', '..%2f..%2fx.mp4']) {
        const answer = await fetch(`${url}/recordings/cam1/${name}/keys`);
        t.is(answer.status, 404, name);
    }
    t.is((await fetch(`${url}${row.path}/keys?from=x`)).status, 200);
    t.is((await fetch(`${url}${row.path}/keys?from=99999999999999999999999`)).status, 200);
    t.is((await fetch(`${url}${row.path}/keys`, { method: 'POST' })).status, 405);
});
