// kill -9 at any moment: every recording plays, and the next start names its end; the index is what
// the files are, and no event that was answered is lost.
// OC_KILLS: how often (3 in npm test, 200 in the soak). How much is missing is wall time, which a machine that stands still stretches:
// the soak judges it; in npm test power_cut_test does, in virtual time.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, sleep, start, temporary } from './device.mjs';
import { addEvent, agrees, everyRecording, protectedEvents } from '../trust/agree.mjs';
import { lengthOf, readMp4, trackOf } from './mp4.mjs';

const kills = Number(process.env['OC_KILLS'] ?? '3');
const judged = kills >= 100;

test(`[E9] ${kills} times kill -9: every recording plays and gets its end, no event is lost`, async (t) => {
    const data = temporary(t);
    const folder = path.join(data, 'recordings');
    /** Seconds that are missing. @type {number[]} */
    const missing = [];
    /** Numbers of events. @type {number[]} */
    const ids = [];
    for (let n = 0; n < kills; n++) {
        const { device } = start(t, [], { data });
        await eventually(async () => ((await device.json('/api/status')).channels[0]?.recording.bytes > 0 ? true : undefined), 'an open recording');
        t.is((await agrees(device, data)).length, n + 1, `kill ${n}`);
        t.deepEqual(await protectedEvents(device), ids, `kill ${n}`);
        ids.push(await addEvent(device, { kind: 'ring', channel: 'cam1', protected: true }));
        // The golden ratio spreads the moments evenly over the second between two synchronisations.
        await sleep(1200 + 1000 * ((n * 0.618034) % 1));
        const killedAt = Date.now();
        const end = await device.stop('SIGKILL');
        t.is(end.signal, 'SIGKILL');
        const open = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('_open.mp4'));
        t.is(open.length, 1, `kill ${n}: ${open.join()}`);
        const file = open[0] ?? '';
        const startedAt = wall(/_(\d{8}T\d{6}\.\d{3}Z)_open/.exec(file)?.[1] ?? '');
        const length = lengthOf(trackOf(readMp4(path.join(folder, file)), 'video'));
        const lost = (killedAt - startedAt) / 1000 - length;
        missing.push(lost);
        t.true(length > 0 && (!judged || lost <= 1.1), `kill ${n}: ${lost.toFixed(3)} s are missing at the end of ${length.toFixed(3)} s`);
    }
    missing.sort((a, b) => a - b);
    t.log(`missing at the end, s: median ${missing[kills >> 1]?.toFixed(3)}, most ${missing.at(-1)?.toFixed(3)}`);
    const { device } = start(t, ['--record', 'off'], { data });
    const recordings = await eventually(async () => {
        const list = await everyRecording(device);
        return list.length === kills && list.every((r) => !r.open) ? list : undefined;
    }, 'every open recording got its end');
    for (const r of recordings) {
        const length = lengthOf(trackOf(readMp4(path.join(data, r.path)), 'video'));
        const named = (Date.parse(r.end ?? '') - Date.parse(r.start ?? '')) / 1000;
        t.true(Math.abs(named - length) < 0.2, `${r.path}: ${named} s by name, ${length} s inside`);
    }
});

/** `20261121T025100.123Z` in milliseconds since 1970. @param {string} name */
function wall(name) {
    const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z$/.exec(name) ?? [];
    return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
