// Clocks that were never set, are set, step, cross ends of numbers and of summer time, while the program runs.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, sleep, standstill, start, temporary } from '../e2e/device.mjs';
import { readMp4 } from '../e2e/mp4.mjs';
import { ask, cookieOf, login, origin, setPassword } from './closed.mjs';
import { fakeClock } from './fake-clock.mjs';
import { hanging } from '../guard.mjs';

const json = { 'content-type': 'application/json' };
const hour = 3_600_000;

/** @typedef {import('../e2e/device.mjs').Device} Device */

/** @param {Device} device @param {boolean} enabled */
async function record(device, enabled) {
    const answer = await fetch(`${await device.url()}/api/settings`, { method: 'PATCH', headers: json, body: JSON.stringify({ record: { enabled } }) });
    if (answer.status !== 200) {
        throw new Error(await answer.text());
    }
    await eventually(async () => ((await device.json('/api/status')).channels[0].recording.active === enabled ? true : undefined), `recording ${enabled}`);
}

/** @param {Device} device @param {string} address */
const text = async (device, address) => (await fetch((await device.url()) + address)).text();

/** Dates and durations of a playlist, in ms. @param {string} list */
function dates(list) {
    return [...list.matchAll(/#EXT-X-PROGRAM-DATE-TIME:(.*)\n(?:#EXT-X-PART:.*\n)*#EXTINF:([\d.]+)/g)].map(([, at = '', s = '']) => ({ at: Date.parse(at), ms: Number(s) * 1000 }));
}

/**
 * A list whose dates and durations agree, to jitter; behind a time for which the machine stood still dates jump.
 * @param {import('ava').ExecutionContext} t @param {string} list @param {{ kind: string, text: string }[]} events of the program
 */
function agree(t, list, events) {
    const found = dates(list);
    const jumps = standstill(events) > 0;
    for (const [index, { at, ms }] of found.slice(0, -1).entries()) {
        const apart = (found[index + 1]?.at ?? 0) - at - ms;
        t.true(apart > -150 && (apart < 150 || jumps), list);
    }
    return found;
}

/** @param {Device} device @returns {Promise<{ path: string, start: string | null, end: string | null, open: boolean }[]>} */
const listed = async (device) => (await device.json('/api/recordings')).recordings;

/** @param {Device} device @returns {Promise<{ number: number, at: string, kind: string, path: string, text: string }[]>} */
const eventsOf = async (device) => (await device.json('/api/events')).events;

test('never set: monotonic names, no dates, no links; then everything gets its date', async (t) => {
    const clock = fakeClock(t, 100_000, false); // 1970
    const { device, data } = start(t, ['--input', 'cam1=assets/clip.mp4'], { env: clock.env });
    const url = await device.url();
    await eventually(async () => ((await listed(device))[0]?.open ? true : undefined), 'a recording');
    await sleep(2000); // the next one begins with another GOP
    await record(device, false);
    await record(device, true);
    const before = await eventually(async () => {
        const rows = await listed(device);
        return rows.length === 2 && rows.some(({ open }) => open) ? rows : undefined;
    }, 'a closed and an open one');
    for (const { path: file, start: begun } of before) {
        t.regex(file, /\/ocellus_m\d{13}_(?:m\d{13}|open)\.mp4$/);
        t.is(begun, null);
    }
    t.is((await device.json('/api/status')).clock.quality, 'none');
    const list = await eventually(async () => {
        const found = await text(device, '/live/cam1/index.m3u8');
        return found.includes('#EXTINF') ? found : undefined;
    }, 'live');
    t.false(list.includes('PROGRAM-DATE-TIME'), list);
    const link = () => fetch(`${url}/api/links`, { method: 'POST', headers: json, body: '{"channel":"cam1","seconds":600}' });
    const refused = await link();
    t.is(refused.status, 503);
    t.regex(await refused.text(), /clock/);
    t.is((await fetch(`${url}/w/4102444800.${'A'.repeat(43)}/live/cam1/index.m3u8`)).status, 403);
    const half = (await fetch(url + String(before.find(({ open }) => !open)?.path), { signal: hanging() })).body?.getReader();
    await half?.read(); // somebody is reading it

    clock.set(Date.now(), true);
    const after = await eventually(async () => {
        const rows = await listed(device);
        return rows.length === 2 && rows.every(({ start: begun }) => begun !== null) ? rows : undefined;
    }, 'dates');
    for (let more = true; more; ) {
        more = (await half?.read())?.done === false; // and goes on to its end
    }
    for (const { path: file } of before) {
        t.is((await fetch(url + file)).status, 404, file);
    }
    for (const [index, row] of after.entries()) {
        t.is((await fetch(url + row.path)).status, 200, row.path);
        t.true(Math.abs(Date.parse(String(row.start)) - Date.now()) < 60_000, String(row.start));
        t.true(index === 0 || String(row.start) > String(after[index - 1]?.start));
    }
    t.true(after[1]?.open, 'the open file has its date at once');
    t.is((await device.json('/api/status')).clock.quality, 'ntp');
    const found = await eventsOf(device);
    t.is(found.filter(({ kind }) => kind === 'clock-set').length, 1);
    const renamed = found.filter(({ kind }) => kind === 'record-renamed');
    t.deepEqual(renamed.map((event) => `/${event.path}`).sort(), after.map((row) => row.path).sort());
    t.true(renamed.every((event) => /^was (?:ocellus_)?m\d{13}/.test(event.text)), JSON.stringify(renamed));
    for (const { at } of found) {
        t.true(Math.abs(Date.parse(at) - Date.now()) < 60_000, `what came before has its date too: ${at}`);
    }
    const dated = agree(t, await text(device, '/live/cam1/index.m3u8'), await eventsOf(device));
    t.true(Math.abs((dated.at(-1)?.at ?? 0) - Date.now()) < 20_000);
    const made = await link();
    t.is(made.status, 200);
    const { path: playlist } = /** @type {{ path: string }} */ (await made.json());
    t.is((await fetch(url + playlist)).status, 200);
    t.is((await device.stop()).code, 0);
    const folder = path.join(data, 'recordings', 'cam1');
    for (const name of readdirSync(folder)) {
        t.regex(name, /^ocellus_\d{8}T\d{6}\.\d{3}Z_\d{8}T\d{6}\.\d{3}Z\.mp4$/);
        t.true(readMp4(path.join(folder, name)).every(({ samples }) => samples.length > 0), name);
    }
});

test('killed before the clock is set: the next start repairs the file under its monotonic name', async (t) => {
    const clock = fakeClock(t, 100_000, false);
    const data = temporary(t);
    const first = start(t, ['--input', 'cam1=assets/clip.mp4'], { data, env: clock.env });
    await eventually(async () => ((await first.device.json('/api/status')).channels[0].recording.bytes > 0 ? true : undefined), 'bytes');
    await sleep(1500); // a GOP
    await first.device.stop('SIGKILL');
    clock.set(Date.now(), true);
    const second = start(t, ['--input', 'cam1=assets/clip.mp4'], { data, env: clock.env });
    const rows = await eventually(async () => {
        const found = await listed(second.device);
        return found.length === 2 ? found : undefined;
    }, 'old and new');
    t.regex(String(rows[1]?.path), /_m\d{13}_m\d{13}\.mp4$/, 'nobody knows its time; it sorts behind the others');
    t.regex(String(rows[0]?.path), /_\d{8}T\d{6}\.\d{3}Z_open\.mp4$/);
});

test('steps of an hour, and back to 1970: files, playlists, links and sessions', async (t) => {
    const clock = fakeClock(t, Date.now(), true);
    const data = temporary(t);
    await setPassword(data);
    const { device } = start(t, ['--input', 'cam1=assets/clip.mp4', '--listen', '127.0.0.1', '--login', 'always'], { data, env: clock.env });
    const url = await device.url();
    const own = { ...cookieOf(await login(url)), ...origin(url) };
    /** @param {string} line @param {unknown} [body] */
    const get = (line, body) => ask(url, line, { headers: { ...own, ...(body === undefined ? {} : json) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    /** @param {boolean} enabled */
    const recording = async (enabled) => {
        t.is((await get('PATCH /api/settings', { record: { enabled } })).status, 200);
        await eventually(async () => ((await get('GET /api/status')).json.channels[0].recording.active === enabled ? true : undefined), `recording ${enabled}`);
        await sleep(700);
    };
    const link = (await get('POST /api/links', { channel: 'cam1', seconds: 1800 })).json.path;
    await eventually(async () => ((await ask(url, `GET ${link}`)).status === 200 ? true : undefined), 'the link');
    const events = async () => (await get('GET /api/events')).json.events;
    /** @param {string} kind @param {RegExp} pattern */
    const told = (kind, pattern) =>
        eventually(async () => {
            return (await events()).findLast((/** @type {any} */ e) => e.kind === kind && pattern.test(e.text));
        }, `${kind} ${pattern}`);

    clock.set(Date.now() + hour, true);
    await told('clock-step', /^\+3(?:600|599)\.\d{3} s: it is \d{8}T\d{6}\.\d{3}Z, quality ntp$/);
    t.is((await ask(url, `GET ${link}`)).status, 403, 'its half hour is over');
    const ahead = (await get('POST /api/links', { channel: 'cam1', seconds: 60 })).json.path;
    await recording(false);
    await recording(true);
    const list = await eventually(async () => {
        const answer = await get('GET /live/cam1/index.m3u8');
        return dates(answer.text).length > 2 ? answer.text : undefined;
    }, 'three segments');
    t.true(Math.abs((agree(t, list, await events()).at(-1)?.at ?? 0) - clock.now()) < 20_000, `one clock for the whole list\n${list}`);

    clock.set(Date.now(), false);
    await told('clock-step', /^-3(?:600|599)\.\d{3} s: .*quality rtc$/);
    t.is((await ask(url, `GET ${link}`)).status, 403, 'one that was over is gone when the next one is made');
    t.is((await ask(url, `GET ${ahead}`)).status, 200);
    await recording(false);
    await recording(true);
    agree(t, (await get('GET /live/cam1/index.m3u8')).text, await events());

    clock.set(200_000, false);
    await told('clock-lost', /the time from before is kept/);
    t.is((await ask(url, `GET ${link}`)).status, 403, 'without a clock nobody knows');
    await recording(false);
    await recording(true);
    clock.set(Date.now(), true);
    await eventually(async () => ((await get('GET /api/status')).json.clock.quality === 'ntp' ? true : undefined), 'a clock again');
    t.is((await get('GET /api/session')).json.user, 'admin', 'sessions count monotonic time');
    const { recordings } = (await get('GET /api/recordings')).json;
    t.is(recordings.length, 4);
    const starts = recordings.map((/** @type {any} */ row) => Date.parse(row.start));
    t.deepEqual(starts, starts.toSorted((/** @type {number} */ a, /** @type {number} */ b) => a - b));
    t.true(starts.every((/** @type {number} */ at) => Math.abs(at - Date.now()) < hour + 60_000), JSON.stringify(recordings));
    t.is((await device.stop()).code, 0);
    t.is(readdirSync(path.join(data, 'recordings', 'cam1')).length, 4);
});

test('the last second of 32 bits passes', async (t) => {
    const clock = fakeClock(t, 2_147_483_643_000, true); // 5 s before
    const { device, data } = start(t, ['--input', 'cam1=assets/clip.mp4'], { env: clock.env });
    const url = await device.url();
    const made = await fetch(`${url}/api/links`, { method: 'POST', headers: json, body: '{"channel":"cam1","seconds":60}' });
    const { path: playlist, expires } = /** @type {{ path: string, expires: string }} */ (await made.json());
    t.is(Date.parse(expires) > 2_147_483_647_000, true, expires);
    await eventually(async () => (Date.parse((await device.json('/api/status')).clock.now) > 2_147_483_649_000 ? true : undefined), '2038-01-19T03:14:09Z');
    t.is((await fetch(url + playlist)).status, 200);
    agree(t, await text(device, '/live/cam1/index.m3u8'), await eventsOf(device));
    await record(device, false);
    t.deepEqual((await eventsOf(device)).filter(({ kind }) => kind.startsWith('clock')), []);
    t.is((await device.stop()).code, 0);
    t.regex(String(readdirSync(path.join(data, 'recordings', 'cam1'))[0]), /^ocellus_20380119T0314\d\d\.\d{3}Z_20380119T0314\d\d\.\d{3}Z\.mp4$/);
});

test('the hour of summer time: local time changes, nothing else', async (t) => {
    const at = '2026-10-25T01:00:00Z';
    const before = 15_000; // by then it has started and begun its file, however busy the machine is
    const clock = fakeClock(t, Date.parse(at) - before, true);
    const { device, data } = start(t, ['--input', 'cam1=assets/clip.mp4', '--timezone', 'Europe/Berlin'], { env: clock.env });
    t.is((await device.json('/api/status')).timezone.offsetMinutes, 120);
    await eventually(async () => ((await device.json('/api/status')).timezone.offsetMinutes === 60 ? true : undefined), 'the change');
    t.true(Date.parse((await device.json('/api/status')).clock.now) >= Date.parse(at));
    agree(t, await text(device, '/live/cam1/index.m3u8'), await eventsOf(device));
    t.deepEqual((await eventsOf(device)).filter(({ kind }) => kind.startsWith('clock')), []);
    t.is((await device.stop()).code, 0);
    const names = readdirSync(path.join(data, 'recordings', 'cam1'));
    t.is(names.length, 1);
    const digits = new Date(Date.parse(at) - before).toISOString().replace(/[-:]/g, '').slice(0, 13);
    t.true(String(names[0]).includes(`_${digits}`), String(names[0]));
});
