// What an owner does by hand: recording now, names, a camera tried before it is kept.
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { hanging } from '../guard.mjs';
import { eventually, sleep, start, temporary, testApp } from './device.mjs';
import { readMp4, trackOf } from './mp4.mjs';
import { complete } from './whole.mjs';

const clip = path.join(root, 'assets', 'clip.mp4');

/**
 * Status and JSON; while no script runs it is asked again.
 * @param {import('./device.mjs').Device} device @param {string} method @param {string} address @param {unknown} [body]
 * @returns {Promise<{ status: number, body: any }>}
 */
async function send(device, method, address, body) {
    for (;;) {
        const init = { method, headers: { 'content-type': 'application/json' }, signal: hanging(), ...(body !== undefined && { body: JSON.stringify(body) }) };
        const answer = await fetch((await device.url()) + address, init);
        const text = await answer.text();
        if (answer.status !== 503 || !answer.headers.has('retry-after')) {
            return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
        }
        await sleep(200);
    }
}

/** Settings with these channels. @param {import('ava').ExecutionContext} t @param {readonly object[]} channels */
function settingsOf(t, channels) {
    const file = path.join(temporary(t), 's.json');
    writeFileSync(file, JSON.stringify({ channels }));
    return ['--settings', file];
}

/** The first channel of the status, once it is as it should be. @param {import('./device.mjs').Device} device @param {(channel: any, status: any) => boolean} good @param {string} what */
const channelWhen = (device, good, what) =>
    eventually(async () => {
        const status = await device.json('/api/status');
        return good(status.channels[0], status) ? status.channels[0] : undefined;
    }, what);

test('[E9] [O1] record now: over scripts that end, over a restart of the program and privacy mode; it ends as files that play', async (t) => {
    const args = settingsOf(t, [{ name: 'front', input: clip, record: { mode: 'never' } }]);
    const first = start(t, [...args, '--app', testApp('throws-later')]);
    const { data } = first;
    const folder = path.join(data, 'recordings', 'front');
    const files = () => readdirSync(folder).filter((name) => name.endsWith('.mp4')).sort();
    const idle = await channelWhen(first.device, ({ packets }) => packets > 50, 'packets');
    t.like(idle.recording, { active: false, now: false, until: null });
    t.like(await send(first.device, 'POST', '/api/channels/front/record', { now: true }), { status: 200, body: { now: true, until: null } });
    await channelWhen(first.device, ({ recording }, { script }) => script.state === 'running' && script.generation === 3 && recording.active && recording.now && recording.syncedAgeMs < 2000, 'the third script, and it is recorded'); // wall time: a state that comes
    t.is(files().length, 1, 'scripts that ended left it alone');
    t.is((await first.device.stop()).code, 0);
    const { device } = start(t, args, { data });
    await channelWhen(device, ({ recording }) => recording.active && recording.now && recording.bytes > 100_000, 'the program again, and it is recorded');
    t.is((await send(device, 'POST', '/api/privacy', { on: true })).status, 200);
    const refused = await send(device, 'POST', '/api/channels/front/record', { now: true });
    t.deepEqual([refused.status, refused.body.error.code], [403, 'PRIVATE']);
    t.regex(refused.body.error.message, /privacy mode is on/);
    t.is((await send(device, 'POST', '/api/privacy', { on: false })).status, 200);
    await channelWhen(device, ({ recording }) => recording.active && recording.now && files().length === 3, 'it goes on, in a file of its own');
    t.deepEqual(await send(device, 'POST', '/api/channels/front/record', { now: false }), { status: 200, body: { now: false, until: null, since: null } });
    const ended = await channelWhen(device, ({ recording }) => !recording.active, 'it is ended');
    t.is(ended.recording.now, false);
    t.is(files().length, 3, files().join());
    const bounded = await send(device, 'POST', '/api/commands/record', { channel: 'front', now: true, seconds: 2 });
    t.is(bounded.body.now, true);
    t.regex(bounded.body.until, /^\d{4}-.*:\d\d\.000Z$/);
    await channelWhen(device, ({ recording }) => recording.active || recording.files > 2, 'it is recorded');
    await channelWhen(device, ({ recording }) => !recording.active && !recording.now, 'it has ended by itself');
    t.is((await device.stop()).code, 0);
    t.is(files().length, 4, files().join());
    for (const name of files()) {
        t.false(name.includes('_open'), name);
        complete(t, trackOf(readMp4(path.join(folder, name)), 'video'), trackOf(readMp4(clip), 'video'));
    }
});

test('[O2] a camera is called what its owner calls it: paths and files stay, the host says so too while no script runs', async (t) => {
    const title = 'Haustür "前门"';
    const args = settingsOf(t, [{ name: 'cam1', title, input: clip }]);
    const { device, data } = start(t, [...args, '--app', testApp('throws-often')]);
    await channelWhen(device, (channel, { script }) => script.state === 'restarting' && channel?.title === title, 'an answer of the host');
    await channelWhen(device, (channel, { script }) => script.state === 'running' && script.generation > 6 && channel.title === title, 'a script that stays');
    t.like(await send(device, 'POST', '/api/channels', { title: 'Front Door', input: clip }), { status: 201, body: { name: 'front-door', title: 'Front Door' } });
    const at = async () => (await device.json('/api/status')).channels.find((/** @type {any} */ { name }) => name === 'front-door');
    await eventually(async () => (await at())?.recording.active || undefined, 'it is recorded');
    t.is((await send(device, 'PATCH', '/api/channels/front-door', { title: 'Gate' })).status, 200);
    t.is((await at()).title, 'Gate');
    const link = await send(device, 'POST', '/api/links', { channel: 'front-door', seconds: 60 });
    t.like(await device.json(`${link.body.page}link.json`), { channel: 'front-door', title: 'Gate' });
    const open = await eventually(async () => (await send(device, 'GET', '/api/recordings?channel=front-door')).body.recordings[0], 'a file');
    t.deepEqual([open.channelTitle, open.open], ['Gate', true]);
    t.is((await device.stop()).code, 0);
    t.is(readdirSync(path.join(data, 'recordings', 'front-door')).length, 1, 'no file was moved or begun');
});

test('[O4] a camera is tried before it is stored: what it delivers with a picture, or why not; the others notice nothing', async (t) => {
    const { device, data } = start(t);
    const url = await device.url();
    /** Repeats what takes longer than an answer. @param {object} entry @returns {Promise<{ status: number, body: any }>} */
    const tried = async (entry) => {
        const answer = await send(device, 'POST', '/api/channels/test', entry);
        return answer.status === 202 ? tried(entry) : answer;
    };
    await channelWhen(device, ({ recording }) => recording.active, 'a recording');
    const { status, body } = await tried({ title: 'Front Door', input: clip });
    t.deepEqual([status, body.ok, body.problem, body.tls], [200, true, null, null]);
    t.like(body.video, { codec: 'h264', width: 640, height: 360 });
    t.true(body.video.fps > 0);
    t.like(body.audio, { codec: 'aac' });
    const jpeg = Buffer.from(body.snapshot.replace(/^data:image\/jpeg;base64,/, ''), 'base64');
    t.deepEqual([jpeg.readUInt16BE(0), jpeg.readUInt16BE(jpeg.length - 2)], [0xffd8, 0xffd9]);
    for (const [input, sentence] of [
        ['rtsp://u:hunter2@127.0.0.1:1/live', /accepts no connections/],
        ['/none/clip.mp4', /\/none\/clip\.mp4: .*(?:not exist|No such file)/],
    ]) {
        const answer = await tried({ input });
        t.like(answer, { status: 200, body: { ok: false, video: null, audio: null, snapshot: null } });
        t.regex(answer.body.problem, /** @type {RegExp} */ (sentence));
        t.notRegex(answer.body.problem, /hunter2|testing-|retrying/);
    }
    const health = await (await fetch(`${url}/healthz`)).text();
    t.is(health, 'ok\nscript: running\n');
    t.is((await send(device, 'POST', '/api/channels/test', { input: clip, ring: 3 })).status, 400);
    t.is((await send(device, 'POST', '/api/channels/test', { name: 'a' })).body.error.at, 'input');
    t.is((await send(device, 'POST', '/api/channels/other', { input: clip })).status, 404);
    t.is((await send(device, 'POST', '/api/channels', { name: 'testing-', input: clip })).status, 400);
    const { channels } = await device.json('/api/status');
    t.deepEqual([channels.length, channels[0].dropped, channels[0].lostGops, channels[0].recording.lostPackets], [1, 0, 0, 0]);
    t.is((await device.stop()).code, 0);
    t.deepEqual(readdirSync(path.join(data, 'recordings')), ['cam1']);
});

test('[O3] user and password reach the camera as they were typed, and nobody reads the password', async (t) => {
    /** @type {(string | undefined)[]} */
    const seen = [];
    const camera = http.createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(request.headers.authorization ? 404 : 401, { 'www-authenticate': 'Basic realm="camera"' }).end();
    });
    camera.listen(0, '127.0.0.1');
    await once(camera, 'listening');
    t.teardown(() => camera.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (camera.address());
    const { device } = start(t);
    const login = { user: 'admin@home', password: 'p/w:é #1%' };
    const entry = { name: 'gate', input: `http://127.0.0.1:${port}/live#auth=basic`, ...login };
    const { status, body } = await send(device, 'POST', '/api/channels', entry);
    t.deepEqual([status, body.user, body.password], [201, login.user, '***']);
    const expected = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
    await eventually(async () => (seen.includes(expected) ? true : undefined), `${expected} among what came`);
    for (const address of ['/api/settings', '/api/channels/gate', '/api/status', '/api/events']) {
        t.false(JSON.stringify((await send(device, 'GET', address)).body).includes('p%2Fw'), address);
    }
    const bare = await send(device, 'POST', '/api/channels', { input: '192.168.1.20' });
    t.deepEqual([bare.status, bare.body.error.proposal], [400, 'rtsp://192.168.1.20/']);
    t.is((await device.stop()).code, 0);
    t.false(device.stderr.includes('p%2Fw') || device.stderr.includes(login.password));
});
