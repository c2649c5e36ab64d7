// Settings and channels change while the program runs: stored, applied, and nobody else notices.
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { setPassword } from '../hosts/closed.mjs';
import { Device, eventually, freePort, program, sleep, start, temporary } from './device.mjs';
import { readMp4, trackOf } from './mp4.mjs';
import { complete } from './whole.mjs';
import { hanging, hangS } from '../guard.mjs';

/**
 * Status and JSON of a change.
 * @param {Device} device @param {string} method @param {string} address @param {unknown} [body]
 * @returns {Promise<{ status: number, body: any }>}
 */
async function ask(device, method, address, body) {
    const answer = await fetch((await device.url()) + address, {
        method,
        ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) }),
        signal: hanging(),
    });
    const text = await answer.text();
    if (answer.status === 503 && answer.headers.has('retry-after')) {
        await sleep(200); // the address is printed before the script is ready
        return ask(device, method, address, body);
    }
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** @param {Device} device @param {string} name */
const row = async (device, name) =>
    (await device.json('/api/status')).channels.find((/** @type {{ name: string }} */ one) => one.name === name);

/** What is stored. @param {string} data */
const stored = (data) => JSON.parse(readFileSync(path.join(data, 'settings.json'), 'utf8'));

const fake = 'fake:?fps=25&gop=25';

test('channels come, change and go: the one that stays loses no packet, and its recording is whole', async (t) => {
    const { device, data } = start(t, ['--record-audio', 'on']);
    await eventually(async () => (await row(device, 'cam1')).recording.active || undefined, 'a recording');
    for (let round = 0; round < 3; round++) {
        t.is((await ask(device, 'POST', '/api/channels', { name: 'a', input: fake })).status, 201);
        t.is((await ask(device, 'POST', '/api/channels', { name: 'b', input: `${fake}&seed=2` })).status, 201);
        const both = [
            ask(device, 'PATCH', '/api/channels/a', { input: `${fake}&seed=3` }),
            ask(device, 'PATCH', '/api/channels/b', { name: 'c', ring: { seconds: 3 } }),
        ];
        t.deepEqual((await Promise.all(both)).map(({ status }) => status), [200, 200]);
        await eventually(async () => ((await row(device, 'a')).packets > 5 && (await row(device, 'c')).packets > 5) || undefined, 'packets');
        t.is((await ask(device, 'DELETE', '/api/channels/a')).status, 204);
        t.is((await ask(device, 'DELETE', '/api/channels/c')).status, 204);
        t.is(await row(device, 'c'), undefined);
    }
    const left = await row(device, 'cam1');
    t.deepEqual([left.dropped, left.lostGops, left.jumps, left.sourceLosses, left.recording.lostPackets], [0, 0, 0, 0, 0]);
    t.deepEqual(
        stored(data).channels.map((/** @type {{ name: string }} */ { name }) => name),
        ['cam1'],
    );
    t.is((await device.stop()).code, 0);
    const names = readdirSync(path.join(data, 'recordings', 'cam1'));
    t.is(names.length, 1, names.join());
    const recorded = readMp4(path.join(data, 'recordings', 'cam1', names[0] ?? ''));
    const source = readMp4(path.join(root, 'assets', 'clip.mp4'));
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        complete(t, trackOf(recorded, kind), trackOf(source, kind));
    }
    t.true(readdirSync(path.join(data, 'recordings', 'a')).length >= 3, 'they were recorded');
});

test('ring, pre-roll and live change while a channel is recorded and watched: no packet, file or segment is lost', async (t) => {
    const { device, data } = start(t, ['--record-audio', 'on']);
    await eventually(async () => {
        const { live, generation } = await row(device, 'cam1');
        return live.last > generation || undefined;
    }, 'a live segment');
    const before = await row(device, 'cam1');
    const url = await device.url();
    /** @param {string} where @param {object} body @param {string} key of the answer */
    const patch = async (where, body, key) => {
        const headers = { 'content-type': 'application/json' };
        return (await (await fetch(url + where, { method: 'PATCH', headers, body: JSON.stringify(body) })).json())[key];
    };
    // 503 for a moment: a disk that is behind holds the ring of 2 s, which has no whole segment of 2 s
    const sequence = () => eventually(async () => {
        const playlist = await (await fetch(`${url}/live/cam1/index.m3u8`)).text();
        const found = /#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist);
        return found ? Number(found[1]) : undefined;
    }, 'a playlist');
    let last = await sequence();
    for (const [number, seconds] of [40, 4, 60, 2, 12].entries()) {
        t.is(await patch('/api/channels/cam1', { ring: { seconds }, prerollSeconds: number % 2 }, 'name'), 'cam1');
        await sleep(700);
        const now = await sequence();
        t.true(now >= last, `${now} behind ${last}`);
        last = now;
    }
    for (const live of [{ targetMs: 2000 }, { partMs: 0 }, { targetMs: 1000, partMs: 200 }]) {
        t.deepEqual(await patch('/api/settings', { live }, 'reopened'), []);
    }
    await eventually(async () => (await row(device, 'cam1')).live.last > before.live.last + 4 || undefined, 'segments go on');
    const after = await row(device, 'cam1');
    t.deepEqual([after.dropped, after.lostGops, after.jumps, after.sourceLosses, after.recording.lostPackets], [0, 0, 0, 0, 0]);
    const end = await sequence();
    t.true(end >= last, `${end} behind ${last}`); // a longer ring keeps its oldest segment for a while
    t.is((await device.stop()).code, 0);
    const names = readdirSync(path.join(data, 'recordings', 'cam1'));
    t.is(names.length, 1, names.join());
    const recorded = readMp4(path.join(data, 'recordings', 'cam1', names[0] ?? ''));
    const source = readMp4(path.join(root, 'assets', 'clip.mp4'));
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        complete(t, trackOf(recorded, kind), trackOf(source, kind));
    }
});

test('settings hold over a restart; what needs one says so; the last channel may go and nothing comes for it', async (t) => {
    const { device, data } = start(t);
    const patch = { record: { name: 'porch', segmentMinutes: 5 }, live: { targetMs: 500 }, http: { hosts: ['cam.example'] } };
    const { status, body } = await ask(device, 'PATCH', '/api/settings', patch);
    t.is(status, 200, JSON.stringify(body));
    t.deepEqual([body.restart, body.reopened, body.settings.fixed], [['http.hosts'], [], ['port']]);
    t.is(statSync(path.join(data, 'settings.json')).mode & 0o777, 0o600);
    await eventually(async () => readdirSync(path.join(data, 'recordings', 'cam1')).find((name) => name.startsWith('porch_')), 'a file of the new name');
    t.is((await ask(device, 'PATCH', '/api/settings', { port: 1 })).status, 409);
    t.is((await ask(device, 'DELETE', '/api/channels/cam1')).status, 204);
    t.is((await device.stop()).code, 0);
    const again = start(t, [], { data });
    const settings = await again.device.json('/api/settings');
    t.deepEqual([settings.record.name, settings.live.targetMs, settings.http.hosts], ['porch', 500, ['cam.example']]);
    t.deepEqual([settings.channels, settings.restart], [[], []]);
    t.deepEqual((await again.device.json('/api/status')).channels, []);
    t.is((await ask(again.device, 'POST', '/api/channels', { name: 'new', input: fake })).status, 201);
    await eventually(async () => (await row(again.device, 'new')).recording.active || undefined, 'it is recorded');
    t.is((await again.device.stop()).code, 0);
});

test('one of three channels changes: the others have no event and no gap, and go on in their files', async (t) => {
    const { device } = start(t, ['--json']);
    for (const [seed, name] of ['a', 'b', 'c'].entries()) {
        t.is((await ask(device, 'POST', '/api/channels', { name, input: `${fake}&seed=${seed}` })).status, 201);
    }
    const names = ['cam1', 'a', 'c'];
    /** What a channel that is touched would show. */
    const marks = async () =>
        await Promise.all(
            names.map(async (name) => {
                const { id, generation, jumps, dropped, lostGops, sourceLosses, recording } = await row(device, name);
                return { id, generation, jumps, dropped, lostGops, sourceLosses, files: recording.files, lost: recording.lostPackets };
            }),
        );
    const packets = async () => await Promise.all(names.map(async (name) => (await row(device, name)).packets));
    await eventually(async () => (await marks()).every(({ files }) => files === 1) || undefined, 'recordings');
    const [before, counted, said] = [await marks(), await packets(), device.events.length];
    for (const change of [{ input: `${fake}&seed=9` }, { ring: { seconds: 30 } }, { record: { mode: 'never' } }, { title: 'Gate' }]) {
        t.is((await ask(device, 'PATCH', '/api/channels/b', change)).status, 200);
    }
    await eventually(async () => (await packets()).every((now, index) => now > (counted[index] ?? 0)) || undefined, 'packets');
    t.deepEqual(await marks(), before);
    t.deepEqual(device.events.slice(said).filter(({ channel }) => names.includes(String(channel))), []);
    t.true(device.events.slice(said).some(({ channel }) => channel === 'b'));
});

test('a recording that gets another name misses no picture: the files overlap', async (t) => {
    const { device, data } = start(t);
    await eventually(async () => (await row(device, 'cam1')).recording.bytes > 0 || undefined, 'a recording');
    for (const name of ['a', 'b', 'c']) {
        t.is((await ask(device, 'PATCH', '/api/settings', { record: { name } })).status, 200);
        await eventually(async () => readdirSync(path.join(data, 'recordings', 'cam1')).find((file) => file.startsWith(`${name}_`)), `a file ${name}`);
        await sleep(1300); // a GOP of each file
    }
    t.is((await device.stop()).code, 0);
    const folder = path.join(data, 'recordings', 'cam1');
    const names = readdirSync(folder);
    const source = trackOf(readMp4(path.join(root, 'assets', 'clip.mp4')), 'video');
    /** @param {import('./mp4.mjs').Track['samples'][number] | undefined} sample */
    const place = (sample) => source.samples.findIndex((one) => sample && one.data.equals(sample.data));
    const parts = ['ocellus', 'a', 'b', 'c'].map((name) => {
        const file = names.find((one) => one.startsWith(`${name}_`)) ?? '';
        const { samples } = trackOf(readMp4(path.join(folder, file)), 'video');
        return { first: place(samples[0]), last: place(samples[samples.length - 1]) };
    });
    t.is(names.length, 4, names.join());
    for (const [index, { first }] of parts.slice(1).entries()) {
        t.true(first <= (parts[index]?.last ?? 0) + 1 || first === 0, JSON.stringify(parts));
    }
});

test('inputs of the command line are not changed; a password goes nowhere', async (t) => {
    const secret = 'hunter2-not-to-be-seen';
    const fixed = start(t, ['--input', `cam=${fake}`]);
    t.is((await ask(fixed.device, 'POST', '/api/channels', { input: fake })).status, 409);
    t.is((await fixed.device.stop()).code, 0);
    const { device, data } = start(t);
    const input = `rtsp://admin:${secret}@127.0.0.1:1/x`;
    const added = await ask(device, 'POST', '/api/channels', { name: 'far', input });
    t.is(added.body.input, 'rtsp://***@127.0.0.1:1/x');
    const changed = await ask(device, 'PATCH', '/api/channels/far', { ...added.body, problem: undefined, reason: undefined, audio: false });
    t.is(changed.status, 200, JSON.stringify(changed.body));
    t.is(stored(data).channels[1].input, input);
    const seen = [added, changed, await ask(device, 'GET', '/api/channels'), await ask(device, 'GET', '/api/settings')];
    const wrong = await ask(device, 'PATCH', '/api/channels/far', { input: `rtsp://admin:${secret}@h/${'x'.repeat(600)}` });
    t.is(wrong.status, 400);
    t.is((await device.stop()).code, 0);
    t.false((JSON.stringify([...seen, wrong]) + device.stdout + device.stderr).includes(secret));
});

test('hostile and wrong bodies: one line each, and the script lives on', async (t) => {
    const { device, data } = start(t);
    for (const [address, body, line] of /** @type {const} */ ([
        ['/api/settings', '', /^body: not JSON/],
        ['/api/settings', '{"port":', /^body: not JSON/],
        ['/api/settings', '[]', /^body: not a JSON object$/],
        ['/api/settings', '{"record":'.repeat(4500), /^body: brackets nest too deep/],
        ['/api/settings', { channels: [] }, /^channels: are changed one by one/],
        ['/api/settings', { port: '80' }, /^port: "80" is not allowed; use a whole number from 0 to 65535$/],
        ['/api/settings', { constructor: 1 }, /^body: constructor: unknown key/],
        ['/api/settings', '{"__proto__":{"port":1}}', /^body: __proto__: unknown key/],
        ['/api/settings', { record: { prerollSeconds: 60 } }, /prerollSeconds: 60 is not allowed for channel cam1/],
        ['/api/channels/cam1', { name: 'Cam 1' }, /^name: "Cam 1" is not allowed/],
        ['/api/channels/cam1', { ring: { bytes: 1 } }, /^ring\.bytes: 1 is not allowed/],
    ])) {
        const answer = await ask(device, 'PATCH', address, body);
        t.is(answer.status, 400, JSON.stringify(answer.body));
        t.regex(answer.body.error.message, line);
    }
    const named = (/** @type {string[]} */ ...labels) => labels.map((label) => ({ id: 1, label }));
    for (const [open, line] of /** @type {const} */ ([
        [named('a'.repeat(1025)), /^open: label must be at most 1024 bytes$/],
        [named('action=live\nchannel=cam1'), /^open: label holds a character that it must not$/],
        [named('a\0b'), /^open: label holds a character/],
        [named('a', 'b'), /^open: id 1 twice$/],
    ])) {
        const answer = await ask(device, 'POST', '/api/p2p/offer', { sdp: 'v=0', open });
        t.is(answer.status, 400, JSON.stringify(answer.body));
        t.regex(answer.body.error.message, line);
    }
    // XS keeps every name of a property for good, 16,384 of them: these would be 26,000.
    const names = (/** @type {number} */ body, /** @type {number} */ count) => JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${body}-${n}`, 0])));
    for (let body = 0; body < 5; body++) {
        const answer = await ask(device, 'PATCH', '/api/settings', names(body, 4000));
        t.is(answer.status, 400);
        t.regex(answer.body.error.message, /^body: k\d-0: unknown key/);
    }
    for (let body = 5; body < 305; body++) {
        const last = await ask(device, 'POST', '/api/p2p/offer', names(body, 20));
        t.is(last.status, 400, JSON.stringify(last.body));
    }
    t.is((await ask(device, 'PATCH', '/api/channels/none', {})).status, 404);
    t.is((await ask(device, 'PATCH', '/api/channels/%2e%2e%2fx', {})).status, 404);
    const status = await device.json('/api/status');
    t.deepEqual([status.script.generation, status.channels.length, existsSync(path.join(data, 'settings.json'))], [1, 1, false]);
    t.is((await device.stop()).code, 0);
});

test('every option of the command line fixes the key that it gives', async (t) => {
    const values = {
        input: ['cam=fake:?fps=5', 'channels'],
        listen: ['127.0.0.1', 'listen'],
        login: ['remote', 'http.login'],
        host: ['cam.example', 'http.hosts'],
        'cors-origin': ['https://shop.example', 'http.corsOrigins'],
        'trusted-proxy': ['127.0.0.2', 'http.trustedProxies'],
        name: ['porch', 'record.name'],
        record: ['off', 'record.enabled'],
        'record-audio': ['on', 'record.audio'],
        'segment-minutes': ['5', 'record.segmentMinutes'],
        duration: ['600', 'duration'],
        timezone: ['UTC0', 'timezone'],
        log: ['info', 'log'],
    };
    const own = ['port', 'data', 'settings', 'app', 'app-set', 'app-watch', 'json', 'print-settings', 'tls-cert', 'tls-key', 'update-key', 'update-trial', 'so']; // so: ocellus-lin alone
    const help = execFileSync(program, ['--help'], { encoding: 'utf8' });
    const options = [...help.slice(help.indexOf('\n  --')).matchAll(/(?:^ {2}|, )--([a-z-]+)/gm)].map(([, name]) => name ?? '');
    t.deepEqual(options.filter((name) => !own.includes(name)).sort(), Object.keys(values).sort(), 'each option has a value here');
    const args = Object.entries(values).flatMap(([name, [value = '']]) => [`--${name}`, value]);
    const data = temporary(t);
    await setPassword(data); // with a trusted proxy there are people who log in
    const { device } = start(t, args, { data });
    const { fixed } = await device.json('/api/settings');
    t.deepEqual([...fixed].sort(), ['port', ...Object.values(values).map(([, key]) => key)].sort());
    t.is((await device.stop()).code, 0);
});

test.serial('a source that answers nobody: the change is answered, and edited away while it opens', async (t) => {
    const plugin = path.join(path.dirname(program), 'ocellus-ffmpeg');
    if (!existsSync(plugin)) {
        t.log('without ocellus-ffmpeg there is no source that takes long to open');
        t.pass();
        return;
    }
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    t.teardown(() => silent.close());
    await once(silent, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (silent.address());
    const { device } = start(t);
    const added = await ask(device, 'POST', '/api/channels', { name: 'far', input: `http://127.0.0.1:${port}/x.ts` });
    t.deepEqual([added.status, added.body.problem], [201, null]);
    const other = ask(device, 'PATCH', '/api/settings', { record: { name: 'porch' } });
    const changed = await ask(device, 'PATCH', '/api/channels/far', { input: fake });
    t.is(changed.status, 200, JSON.stringify(changed.body));
    await eventually(async () => (await row(device, 'far'))?.packets > 0 || undefined, 'the new source');
    t.is((await other).status, 200);
    t.is((await ask(device, 'PATCH', '/api/channels/far', { input: `http://127.0.0.1:${port}/y.ts` })).status, 200);
    t.is((await ask(device, 'DELETE', '/api/channels/far')).status, 204);
    await eventually(async () => ((await row(device, 'far')) === undefined ? true : undefined), 'it is gone');
    t.is((await row(device, 'cam1')).dropped, 0);
    t.is((await device.stop()).code, 0);
});

test.serial('channels up to the limit, and one more', async (t) => {
    const { device } = start(t, ['--record', 'off']);
    for (let number = 2; number <= 40; number++) {
        const ring = { bytes: 1_000_000 };
        const { status, body } = await ask(device, 'POST', '/api/channels', { input: 'fake:?fps=5&gop=5', name: `c${number}`, ring });
        t.is(status, 201, JSON.stringify(body));
    }
    const more = await ask(device, 'POST', '/api/channels', { input: fake });
    t.deepEqual([more.status, more.body.error.code], [409, 'RANGE']);
    t.is((await ask(device, 'PATCH', '/api/channels/c40', { name: 'last' })).status, 200, 'there is room to rename');
    await eventually(async () => (await row(device, 'last'))?.packets > 0 || undefined, 'the renamed one runs');
    t.is((await device.json('/api/status')).channels.length, 40);
    t.is((await device.stop()).code, 0);
});

test('stored settings that are broken, or of a newer version: a line, and the program runs', async (t) => {
    const data = temporary(t);
    const file = path.join(data, 'settings.json');
    for (const text of ['{"port":', '', '{}\0', ' '.repeat(60_000), '['.repeat(3000)]) {
        writeFileSync(file, text);
        const { device } = start(t, [], { data });
        await eventually(async () => (await row(device, 'cam1')) ?? undefined, 'the clip');
        await device.until(() => (/stored settings: .*(not JSON|too deep).*: kept as settings\.json\.bad/.test(device.stderr) ? true : undefined), 'a line');
        t.is((await device.stop()).code, 0);
        t.deepEqual([existsSync(file), readFileSync(`${file}.bad`, 'utf8')], [false, text]);
    }
    symlinkSync('/etc/hostname', file);
    for (const args of [['run'], ['run', '--print-settings'], ['settings', 'export'], ['settings', 'import']]) {
        const { status, stderr } = spawnSync(program, [...args, '--data', data], { input: '{}', encoding: 'utf8', timeout: hangS * 1000 });
        t.deepEqual([status, stderr], [1, `ocellus: cannot read ${file}: it is a link\n`]);
    }
    unlinkSync(file);
    writeFileSync(file, JSON.stringify({ future: 1, log: 'debug', record: { name: 'kept', codec: 'av2' } }));
    const { device } = start(t, [], { data });
    t.is((await device.json('/api/settings')).record.name, 'kept');
    await device.said(/stored settings: future: unknown key/);
    t.is((await ask(device, 'PATCH', '/api/settings', { log: null })).status, 200);
    t.deepEqual(stored(data), { future: 1, record: { name: 'kept', codec: 'av2' } });
    t.is((await device.stop()).code, 0);
});

test.serial('killed while it stores: the file is whole, and holds what was answered', async (t) => {
    const data = temporary(t);
    const kills = Math.min(Number(process.env['OC_KILLS'] ?? 10), 50);
    for (let round = 0; round < kills; round++) {
        const { device } = start(t, ['--record', 'off'], { data });
        await device.url();
        let [tried, answered, going] = [0, 0, true];
        const storing = (async () => {
            for (let minutes = 1; going && minutes <= 1440; minutes++) {
                tried = minutes;
                const answer = await ask(device, 'PATCH', '/api/settings', { record: { segmentMinutes: minutes } }).catch(() => undefined);
                answered = answer?.status === 200 ? minutes : answered;
            }
        })();
        await sleep(50 + Math.random() * 400);
        device.process.kill('SIGKILL');
        await device.ended;
        going = false;
        await storing;
        const kept = existsSync(path.join(data, 'settings.json')) ? (stored(data).record?.segmentMinutes ?? 0) : 0;
        t.true(kept >= answered && kept <= tried, `tried ${tried}, answered ${answered}, stored ${kept}`);
        writeFileSync(path.join(data, 'settings.json'), '{}');
    }
    const { device } = start(t, [], { data });
    await eventually(async () => (await row(device, 'cam1')) ?? undefined, 'it starts');
    t.is((await device.stop()).code, 0);
});

test('what would keep the program from starting again is refused with its key, by a change and by an import', async (t) => {
    const data = temporary(t);
    const [cert, key, other] = ['cert.pem', 'key.pem', 'other.pem'].map((name) => path.join(data, name));
    for (const [keyFile, certFile] of [[key, cert], [other, path.join(data, 'other-cert.pem')]]) {
        execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '9', '-subj', '/CN=x', '-keyout', keyFile ?? '', '-out', certFile ?? ''], { stdio: 'ignore' });
    }
    const taken = createServer(() => undefined).listen(0, '127.0.0.1');
    t.teardown(() => taken.close());
    await once(taken, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (taken.address());
    // its port is not given: the fixture's --port 0 would fix it
    const free = await freePort();
    const run = () => {
        const device = new Device(['run', '--json', '--data', data, '--record', 'off'], {});
        t.teardown(async () => {
            device.process.kill('SIGKILL');
            await device.ended;
        });
        return device;
    };
    writeFileSync(path.join(data, 'settings.json'), JSON.stringify({ port: free }), { mode: 0o600 });
    const device = run();
    await device.url();
    const none = path.join(data, 'none.pem');
    const cases = /** @type {const} */ ([
        [{ listen: ['0.0.0.0'] }, 'listen', /no password is set.*ocellus password/],
        [{ http: { login: 'always' } }, 'http.login', /no password is set, and login is required/],
        [{ http: { tlsCert: none, tlsKey: key } }, 'http.tlsCert', /none\.pem: does not exist/],
        [{ http: { tlsCert: cert, tlsKey: none } }, 'http.tlsKey', /none\.pem: does not exist/],
        [{ http: { tlsCert: cert, tlsKey: other } }, 'http.tlsCert', /other\.pem: /],
        [{ http: { tlsCert: data, tlsKey: key } }, 'http.tlsCert', /not a regular file/],
        [{ listen: ['192.0.2.77'], port: 0 }, 'listen', /./],
        [{ port }, 'port', /Address already in use/],
    ]);
    const before = readFileSync(path.join(data, 'settings.json'), 'utf8');
    for (const [patch, at, why] of cases) {
        const { status, body } = await ask(device, 'PATCH', '/api/settings', patch);
        t.deepEqual([status, body.error?.at], [409, at], JSON.stringify([patch, body]));
        t.regex(body.error.message, why);
    }
    t.is(readFileSync(path.join(data, 'settings.json'), 'utf8'), before, 'nothing was stored');
    t.is((await ask(device, 'PATCH', '/api/settings', { listen: ['127.0.0.1', '::1'].slice(0, 1), http: { hosts: ['cam.example'] } })).status, 200, 'its own port is no hindrance');
    t.is((await ask(device, 'PATCH', '/api/settings', { http: { tlsCert: cert, tlsKey: key } })).status, 200);
    await device.stop();
    for (const [given, at, why] of cases) {
        const { status, stderr } = spawnSync(program, ['settings', 'import', '--data', data], { input: JSON.stringify(given), encoding: 'utf8' });
        t.is(status, 1, stderr);
        t.true(stderr.startsWith(`ocellus: ${at}: the program could not start with this: `), stderr);
        t.regex(stderr, why);
    }
    const again = run();
    await again.url();
});
