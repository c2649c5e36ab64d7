// Privacy mode from outside: what it stops, what survives it, what is left to see.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { eventually, program, sleep, start, temporary } from './device.mjs';
import { lengthOf, readMp4, trackOf } from './mp4.mjs';

const file = 'privacy.json';

/** @param {string} data */
function recordings(data) {
    const folder = path.join(data, 'recordings');
    return existsSync(folder)
        ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
              .filter((name) => name.endsWith('.mp4'))
              .map((name) => path.join(folder, name))
              .sort()
        : [];
}

/** @typedef {import('./device.mjs').Device} Device */

/** @param {Device} device @param {boolean} on @returns {Promise<{ status: number, json: any }>} */
async function set(device, on) {
    const response = await fetch(`${await device.url()}/api/privacy`, {
        method: 'POST',
        body: JSON.stringify({ on }),
        headers: { 'content-type': 'application/json' },
    });
    return { status: response.status, json: await response.json() };
}

/** The state of the first channel, when it is this one. @param {Device} device @param {string} state */
function reaches(device, state) {
    return eventually(async () => {
        const status = await device.json('/api/status');
        return status.channels[0]?.state === state ? status : undefined;
    }, `a channel that is ${state}`);
}

/** A playlist with segments. @param {Device} device @returns {Promise<string>} */
function playlist(device) {
    return eventually(async () => {
        const response = await fetch(`${await device.url()}/live/cam1/index.m3u8`);
        const text = response.ok ? await response.text() : '';
        return /^s\d+\.m4s/m.test(text) ? text : undefined;
    }, 'a live segment');
}

/** A recording with more than the place of its index (65 KB). @param {Device} device @returns {Promise<any>} */
function written(device) {
    return eventually(async () => (await device.json('/api/recordings')).recordings.find((/** @type {any} */ r) => r.open && r.bytes > 100_000), 'a recording');
}

/** `ocellus privacy …` @param {string} data @param {readonly string[]} words */
function command(data, ...words) {
    const { status, stdout, stderr } = spawnSync(program, ['privacy', ...words, '--data', data], { encoding: 'utf8' });
    return { status, stdout, stderr };
}

/** Nothing was recorded any more after the last file. @param {import('ava').ExecutionContext} t @param {string} data */
function finished(t, data) {
    const files = recordings(data);
    t.true(files.length > 0);
    for (const name of files) {
        t.notRegex(name, /_open\.mp4$/);
        const video = trackOf(readMp4(readFileSync(name)), 'video');
        t.true(lengthOf(video) > 0, name);
    }
    return files;
}

test('the state of a folder that is not there is not "off", and asking makes none', (t) => {
    const data = path.join(temporary(t), 'none');
    const { status, stdout, stderr } = command(data, 'status');
    t.is(status, 1);
    t.is(stdout, '');
    t.regex(stderr, /data directory .*none: No such file or directory/);
    t.false(existsSync(data));
});

test('a command: live is cut off, the recording is finished and plays, and everything comes back', async (t) => {
    const { device, data } = start(t);
    const base = await device.url();
    const segment = /^s\d+\.m4s/m.exec(await playlist(device))?.[0] ?? '';
    await written(device);
    t.deepEqual(await set(device, true), { status: 200, json: { on: true, by: ['command'] } });
    t.is(readFileSync(path.join(data, file), 'utf8'), '{"on":true}\n');
    t.is(statSync(path.join(data, file)).mode & 0o777, 0o600);
    for (const name of ['index.m3u8', segment, 'i1.mp4', 'master.m3u8', 'plain.m3u8']) {
        const response = await fetch(`${base}/live/cam1/${name}`);
        t.is(response.status, 403, name);
        t.is(await response.text(), 'privacy mode is on\n');
        t.is(response.headers.get('cache-control'), 'no-store', name);
    }
    const status = await reaches(device, 'private');
    t.deepEqual(status.privacy, { on: true, by: ['command'] });
    t.deepEqual(status.indicator, { sensorOn: false, watching: false });
    const metrics = await (await fetch(`${base}/metrics`)).text();
    t.regex(metrics, /^ocellus_privacy\{reason="command"\} 1$/m);
    t.regex(metrics, /^ocellus_privacy\{reason="switch"\} 0$/m);
    t.regex(metrics, /^ocellus_indicator_sensor 0$/m);
    t.notRegex(metrics, /ocellus_ring_held_bytes\{/);
    const before = finished(t, data);
    const [first] = (await device.json('/api/recordings')).recordings;
    const body = await fetch(base + first.path);
    t.is(body.status, 200, 'what was recorded before can be seen');
    t.true((await body.arrayBuffer()).byteLength > 10_000);
    await sleep(1500); // no file may appear meanwhile
    t.deepEqual(recordings(data), before, 'nothing is recorded any more');

    t.deepEqual(await set(device, false), { status: 200, json: { on: false, by: [] } });
    t.false(existsSync(path.join(data, file)));
    await reaches(device, 'running');
    await playlist(device);
    await eventually(async () => (recordings(data).length > before.length ? true : undefined), 'another recording');
    t.is((await device.stop()).code, 0);
    t.deepEqual(
        device.events.map((event) => event['event']).filter((kind) => String(kind).startsWith('privacy')),
        ['privacy-on', 'privacy-off'],
    );
    finished(t, data);
});

test('kill -9 and a start: nothing captures until somebody allows it', async (t) => {
    const data = temporary(t);
    const first = start(t, [], { data }).device;
    await reaches(first, 'running');
    t.is((await set(first, true)).status, 200);
    await first.stop('SIGKILL');
    const before = recordings(data);
    const second = start(t, [], { data }).device;
    const status = await reaches(second, 'private');
    t.deepEqual(status.privacy, { on: true, by: ['command'] });
    await sleep(1000); // no picture may appear meanwhile
    t.is((await fetch(`${await second.url()}/live/cam1/index.m3u8`)).status, 403);
    t.deepEqual(recordings(data).length, before.length);
    t.false(second.events.some((event) => event['event'] === 'channel-opened'));
    t.like(command(data, 'status'), { status: 0, stdout: 'on\n' });
    t.like(command(data, 'off'), { status: 0, stdout: 'off\n' });
    await second.event('privacy-off');
    await reaches(second, 'running');
    t.like(command(data, 'on'), { status: 0, stdout: 'on\n' });
    await second.event('privacy-on');
    await eventually(async () => ((await second.json('/api/privacy')).on ? true : undefined), 'privacy mode');
    t.is((await second.stop()).code, 0);
});

test('a damaged state is private, with one line; a command mends it', async (t) => {
    const data = temporary(t);
    mkdirSync(data, { recursive: true });
    writeFileSync(path.join(data, file), '{"on":fal');
    const { device } = start(t, [], { data });
    await reaches(device, 'private');
    await device.said(/privacy\.json.*\n/);
    const lines = device.stderr.split('\n').filter((line) => line.includes(file));
    t.is(lines.length, 1, device.stderr);
    t.regex(lines[0] ?? '', /privacy\.json: something else instead of \{"on":true\} or \{"on":false\}: privacy mode is on$/);
    t.deepEqual(await set(device, false), { status: 200, json: { on: false, by: [] } });
    await reaches(device, 'running');
});

test('hours: of the settings, changed while it runs', async (t) => {
    const data = temporary(t);
    const settings = path.join(temporary(t), 's.json');
    writeFileSync(settings, '{"timezone":"UTC0","privacy":{"schedule":[{"from":"00:00","to":"24:00"}]}}');
    const { device } = start(t, ['--settings', settings], { data });
    const base = await device.url();
    t.deepEqual((await reaches(device, 'private')).privacy, { on: true, by: ['schedule'] });
    t.deepEqual((await set(device, true)).json, { on: true, by: ['command', 'schedule'] });
    t.deepEqual((await set(device, false)).json, { on: true, by: ['schedule'] });
    /** @param {unknown} schedule */
    const patch = async (schedule) =>
        (await fetch(`${base}/api/settings`, { method: 'PATCH', body: JSON.stringify({ privacy: { schedule } }), headers: { 'content-type': 'application/json' } })).status;
    t.is(await patch([{ days: 'weekend', from: '08:00', to: '09:00' }]), 400);
    const later = (Date.now() / 3_600_000 + 5) % 24 | 0;
    t.is(await patch([{ from: `${String(later).padStart(2, '0')}:00`, to: `${String(later).padStart(2, '0')}:30` }]), 200);
    await reaches(device, 'running');
    // A channel runs before its first key frame is in a file: privacy mode at once would leave nothing to look at.
    await written(device);
    t.is(await patch([{ days: 'daily', from: '00:00', to: '24:00' }]), 200);
    await reaches(device, 'private');
    finished(t, data);
    t.is(await patch(null), 200); // the file's hours again
    t.deepEqual((await device.json('/api/privacy')).by, ['schedule']);
});

test('a viewer in the middle of a segment gets no more of it', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', 'cam1=fake:?fps=30&gop=60&size=400000&key=400000']);
    const base = new URL(await device.url());
    const segment = /^s\d+\.m4s/m.exec(await playlist(device))?.[0] ?? '';
    const socket = net.connect(Number(base.port), base.hostname);
    t.teardown(() => socket.destroy());
    socket.write(`GET /live/cam1/${segment} HTTP/1.1\r\nHost: ${base.host}\r\n\r\n`);
    /** @type {Buffer} */
    const head = await new Promise((resolve, reject) => {
        socket.once('data', resolve);
        socket.once('error', reject);
    });
    socket.pause();
    const length = Number(/content-length: (\d+)/i.exec(head.toString('latin1'))?.[1]);
    t.true(length > 20_000_000, `${length} bytes do not fit into the buffers of a connection`);
    await sleep(300);
    t.is((await set(device, true)).status, 200);
    let got = head.length;
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
        got += chunk.length;
    });
    socket.resume();
    await ended;
    t.true(got < length, `${got} of ${length}`);
});

test('who waits for live, and who watches a body without an end, is told at once', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', 'cam1=fake:?fps=10&gop=50,sub=fake:?fps=5&gop=25&size=500']);
    const live = `${await device.url()}/live/cam1`;
    await playlist(device);
    const endless = await Promise.all([fetch(`${live}.mp4`), fetch(`${live}.flv?stream=sub`)]);
    t.deepEqual(endless.map(({ status }) => status), [200, 200]);
    const ends = endless.map(async ({ body }) => {
        const reader = body?.getReader();
        for (let bytes = 0; ; ) {
            const { done, value } = await (reader?.read().catch(() => ({ done: true, value: undefined })) ?? { done: true, value: undefined });
            bytes += value?.length ?? 0;
            if (done) {
                return bytes;
            }
        }
    });
    const last = Number((await (await fetch(`${live}/index.m3u8`)).text()).match(/^s(\d+)\.m4s/gm)?.at(-1)?.slice(1, -4));
    const waits = fetch(`${live}/index.m3u8?_HLS_msn=${last + 2}`);
    await eventually(async () => ((await device.json('/api/status')).indicator.watching ? true : undefined), 'a light that tells of viewers');
    t.is((await set(device, true)).status, 200);
    t.is((await waits).status, 403);
    for (const bytes of await Promise.all(ends)) {
        t.true(bytes > 500, `${bytes} bytes came before`);
    }
    const status = await reaches(device, 'private');
    t.deepEqual(status.indicator, { sensorOn: false, watching: false });
    t.is((await fetch(`${live}.mp4`)).status, 403);
    t.is((await fetch(`${live}/sub/index.m3u8`)).status, 403);
    t.is((await set(device, false)).status, 200);
    await reaches(device, 'running');
    await eventually(async () => ((await device.json('/api/status')).channels[0].sub?.state === 'running' ? true : undefined), 'the sub stream too');
});

test('sound is live at once, and in recordings only when that is enabled', async (t) => {
    const { device, data } = start(t);
    const base = await device.url();
    const init = /#EXT-X-MAP:URI="([^"]+)"/.exec(await playlist(device))?.[1] ?? '';
    const live = Buffer.from(await (await fetch(`${base}/live/cam1/${init}`)).arrayBuffer());
    t.true(live.includes('soun'), 'live has a sound track');
    await written(device);
    const patch = await fetch(`${base}/api/settings`, {
        method: 'PATCH',
        body: '{"record":{"audio":true}}',
        headers: { 'content-type': 'application/json' },
    });
    t.is(patch.status, 200);
    await eventually(async () => (recordings(data).length === 2 ? true : undefined), 'a second recording');
    await eventually(async () => (lengthOf(trackOf(readMp4(readFileSync(recordings(data)[1] ?? '')), 'audio')) > 1 ? true : undefined), 'a second of sound');
    t.is((await device.json('/api/status')).channels[0].recording.lostPackets, 0, 'what is not wanted is not lost');
    t.is((await device.stop()).code, 0);
    const [silent = '', sounding = ''] = recordings(data);
    t.deepEqual(readMp4(readFileSync(silent)).map(({ kind }) => kind), ['video']);
    t.false(readFileSync(silent).includes('soun'));
    t.deepEqual(readMp4(readFileSync(sounding)).map(({ kind }) => kind).sort(), ['audio', 'video']);
    t.true(lengthOf(trackOf(readMp4(readFileSync(sounding)), 'audio')) > 1);
});

test('on and off in a hurry, by everybody at once: it ends as the last one said', async (t) => {
    const { device, data } = start(t);
    await eventually(async () => ((await device.json('/api/status')).channels[0]?.recording.bytes > 0 ? true : undefined), 'a recording');
    for (let round = 0; round < 10; round++) {
        const answers = await Promise.all([set(device, true), set(device, false), set(device, round % 2 === 0)]);
        t.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
    }
    t.is((await set(device, true)).json.on, true);
    t.like(command(data, 'status'), { stdout: 'on\n' });
    await reaches(device, 'private');
    finished(t, data);
    t.is((await set(device, false)).json.on, false);
    await reaches(device, 'running');
    t.is((await device.stop()).code, 0);
    finished(t, data);
});

test('wrong words: one line each, exit 2', (t) => {
    const data = temporary(t);
    for (const [words, message] of /** @type {const} */ ([
        [[], 'privacy: a word is missing: on, off or status; see ocellus --help'],
        [['maybe'], 'privacy: "maybe" is not allowed; use on, off or status; see ocellus --help'],
        [['on', 'now'], 'unexpected word "now"; see ocellus --help'],
    ])) {
        t.deepEqual(command(data, ...words), { status: 2, stdout: '', stderr: `ocellus: ${message}\n` });
    }
    writeFileSync(path.join(data, 'file'), '');
    t.like(command(path.join(data, 'file'), 'on'), { status: 1, stdout: '' });
    t.false(existsSync(path.join(data, file)));
});
