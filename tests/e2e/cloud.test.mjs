// Cloud storage of the whole program against a strict store: an outage, kill -9 twice, and what the playlists lead to is
// what the recordings have, byte for byte.
import { execFile, spawnSync } from 'node:child_process';
import { createDecipheriv, createHash, createHmac, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { S3Stub } from '../engine/s3-stub.mjs';
import { hangS } from '../guard.mjs';
import { believed } from '../update/evidence-reader.mjs';
import { byProgram } from '../update/tools.mjs';
import { eventually, program, sleep, start, temporary, testApp } from './device.mjs';
import { readMp4, trackOf } from './mp4.mjs';
import { serve } from './store-orders.mjs';

/** Segments of all hours in the order of their playlists. @param {Map<string, { bytes: Buffer }>} objects */
function segmentsOf(objects) {
    const lists = [...objects.keys()].filter((key) => /\/\d\d\.m3u8$/.test(key)).sort();
    return lists.flatMap((key) => {
        const folder = path.posix.dirname(key);
        const lines = String(objects.get(key)?.bytes).split('\n');
        for (const line of lines.filter((one) => one.startsWith('#EXT-X-MAP'))) {
            if (!objects.has(`${folder}/${/"(.*)"/.exec(line)?.[1]}`)) throw new Error(`${line}: is not there`);
        }
        return lines.filter((line) => line.endsWith('.m4s')).map((line) => path.posix.join(folder, line));
    });
}

test('[A2] [A8] an outage of the store and kill -9 twice: every segment once, in order, the bytes of the recordings', async (t) => {
    const data = temporary(t);
    const store = new S3Stub();
    const objects = /** @type {Map<string, { bytes: Buffer }>} */ (store.buckets.get('film'));
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    const run = async () => {
        const { device } = start(t, ['--app', testApp('cloud')], { data });
        const url = (await device.url()).replace(/\/$/, '');
        await eventually(async () => ((await (await fetch(`${url}/api/recordings?limit=1`)).json()).recordings?.length > 0 ? true : undefined), 'it records');
        t.is((await fetch(`${url}/api/sending/begin?${port}`)).status, 200);
        const state = async () => /** @type {any} */ (await (await fetch(`${url}/api/sending`)).json());
        return { device, state, url };
    };
    const first = await run();
    await eventually(async () => (segmentsOf(objects).length >= 2 ? true : undefined), 'segments are sent');
    store.share = 1;
    const broken = await eventually(async () => ((await first.state()).state === 'retrying' ? first.state() : undefined), 'the outage is seen');
    t.regex(broken.reason, /^(SERVER|OFFLINE|SLOW_DOWN): /);
    await sleep(3000); // so that it tries in vain for a while
    first.device.process.kill('SIGKILL');
    await first.device.ended;
    store.share = 0;
    const second = await run();
    const before = segmentsOf(objects).length;
    await eventually(async () => (segmentsOf(objects).length > before + 6 ? true : undefined), 'it goes on');
    second.device.process.kill('SIGKILL');
    await second.device.ended;
    store.share = 0.05;
    const third = await run();
    await sleep(3000); // and here with a store that refuses now and then
    third.device.process.kill('SIGTERM');
    await third.device.ended;
    store.share = 0;
    const last = await run();
    const files = await eventually(async () => {
        const closed = readdirSync(path.join(data, 'recordings', 'cam1')).filter((name) => !name.endsWith('_open.mp4'));
        return closed.length >= 3 ? closed.sort() : undefined;
    }, 'what was cut off is repaired');
    const stem = (/** @type {string} */ name) => /^[^_]+_[^_]+/.exec(name)?.[0] ?? '';
    const newest = stem(/** @type {string} */ (files[files.length - 1]));
    const final = await eventually(async () => {
        const now = segmentsOf(objects);
        return now.length > 0 && now.some((key) => path.basename(key) > `${newest}~`) ? now : undefined;
    }, 'the backlog is sent');
    t.is(new Set(final).size, final.length, 'no segment is there twice');
    t.deepEqual([...final].sort(), final, 'they are in order');
    for (const [index, name] of files.entries()) {
        const file = readFileSync(path.join(data, 'recordings', 'cam1', name));
        const own = final.filter((key) => stem(path.basename(key).replace(/-\d+\.m4s$/, '')) === stem(name));
        const from = Number(/-(\d+)\.m4s$/.exec(own[0] ?? '')?.[1]);
        const sent = Buffer.concat(own.map((key) => /** @type {{ bytes: Buffer }} */ (objects.get(key)).bytes));
        t.true(own.length > 0 && sent.equals(file.subarray(from, from + sent.length)), `${name}: the bytes of the recording`);
        const rest = file.subarray(from + sent.length);
        t.true(rest.length === 0 || rest.toString('latin1', 4, 8) === 'mfra', `${name}: ${rest.length} bytes are missing`);
        const init = objects.get(/** @type {string} */ (own[0]).replace(/-\d+\.m4s$/, '-init.mp4'))?.bytes;
        t.true(init?.equals(file.subarray(0, init.length)) && init.toString('latin1', 4, 8) === 'ftyp');
        if (index > 0) t.is(file.toString('latin1', from + 4, from + 8), 'free', 'it begins with the first fragment');
    }
    t.is((await fetch(`${last.url}/api/sending/close`)).status, 200);
    t.is((await last.state()).state, 'closed');

    // the same by `ocellus cloud`, which knows the format alone
    const place = ['--endpoint', `http://127.0.0.1:${port}`, '--path-style', '--bucket', 'film', '--prefix', 'home', '--key-file', 'keys', '--json'];
    writeFileSync(path.join(data, 'keys'), 'AWS_ACCESS_KEY_ID=STUBKEY\nAWS_SECRET_ACCESS_KEY=stub/secret+key\n', { mode: 0o600 });
    const tool = async (/** @type {string[]} */ ...words) => {
        const { code, out, err } = await byProgram(data, ['cloud', ...words, ...place]);
        t.deepEqual([code, err], [0, ''], `${words.join(' ')}: ${out}`);
        return out.split('\n').map((line) => JSON.parse(line));
    };
    const [{ verified }] = await tool('verify', '--continuous');
    t.like(verified, { findings: 0, gaps: 0 });
    t.true(verified.segments >= final.length);
    t.deepEqual(await tool('ls', 'cam'), [{ device: 'cam', channel: 'cam1' }]);
    await tool('get', 'cam', 'cam1', '--from', '0', '-o', 'all.mp4');
    const all = readMp4(path.join(data, 'all.mp4'));
    const got = trackOf(all, 'video').samples;
    const sent = files.flatMap((name) => trackOf(readMp4(path.join(data, 'recordings', 'cam1', name)), 'video').samples);
    t.true(sent.length > 100 && got.length >= sent.length);
    const wrong = sent.findIndex(({ data: bytes, key }, index) => !got[index]?.data.equals(bytes) || got[index]?.key !== key);
    t.is(wrong, -1, `every picture once, in order: ${sent.length} of ${files.join()}, got ${got.length}`);
    const ends = got.map(({ dts, duration }) => dts + duration);
    t.true(got.every(({ dts }, index) => index === 0 || dts >= (ends[index - 1] ?? 0)), 'times go on');
    t.true((ends[ends.length - 1] ?? 0) / trackOf(all, 'video').timescale < (verified.durationMs / 1000) * 1.02 + 1, 'gaps are closed');
});

test('[A6] the plan names a stream: it is recorded and sent, and no name is there twice when it changes', async (t) => {
    const store = new S3Stub();
    const objects = /** @type {Map<string, { bytes: Buffer }>} */ (store.buckets.get('film'));
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    /** Keys of what was written, each time. @type {string[]} */
    const written = [];
    store.watch = (method, key) => {
        if (method === 'PUT' && key.endsWith('.m4s')) written.push(key);
    };
    const settings = path.join(temporary(t), 's.json');
    const cloud = { endpoint: `http://127.0.0.1:${port}`, bucket: 'film', accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key', segmentSeconds: 2, latencySeconds: 2 };
    const low = 'fake:?fps=15&gop=15&size=500&key=2000';
    writeFileSync(settings, JSON.stringify({ channels: [{ name: 'front', input: path.join(root, 'assets', 'clip.mp4'), sub: low }], cloud }));
    const { device } = start(t, ['--settings', settings]);
    const url = await device.url();
    const stems = () => [...new Set(written.map((key) => path.basename(key).replace(/-\d+\.m4s$/, '')))];
    const sent = (/** @type {number} */ count) => eventually(async () => (stems().length >= count && written.filter((key) => key.includes(stems()[count - 1] ?? '-')).length >= 2 ? true : undefined), `recording ${count} is sent`);
    const name = (/** @type {string} */ stream) => fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cloud: { stream } }) });
    await sent(1);
    t.is((await name('sub')).status, 200);
    await sent(2);
    t.is((await name('main')).status, 200);
    await sent(3);
    t.is((await name('third')).status, 400);
    /** What the decoder of a recording is set to. @param {string | undefined} stem */
    const decoder = (stem) => {
        const [, init] = [...objects].find(([key]) => key.endsWith(`${stem}-init.mp4`)) ?? [];
        const at = init?.bytes.indexOf('avcC') ?? -1;
        return at < 0 ? '' : init?.bytes.subarray(at, at + 24).toString('hex');
    };
    const [first, second, third] = stems();
    t.not(decoder(first), '');
    t.is(decoder(third), decoder(first), 'main again');
    t.not(decoder(second), decoder(first), 'sub between');
    t.is(new Set(written).size, written.length, 'no object is written twice');
    t.deepEqual([...stems()].sort(), stems(), 'names go on');
});

test('keys of the environment are taken, and shown by nothing', (t) => {
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'ENVKEY', AWS_SECRET_ACCESS_KEY: 'env/secret' };
    const { status, stdout, stderr } = spawnSync(program, ['run', '--print-settings', '--data', temporary(t)], { encoding: 'utf8', timeout: hangS * 1000, env });
    t.is(status, 0, stderr);
    const { accessKeyId, secretAccessKey } = JSON.parse(stdout).cloud;
    t.deepEqual([accessKeyId, secretAccessKey], ['***', '***']);
    t.false(`${stdout}${stderr}`.includes('env/secret'));
});

test('[A8] a store in the settings: set while it runs, redacted, seen in status and metrics, kept by a restart, taken away', async (t) => {
    const data = temporary(t);
    const store = new S3Stub();
    const objects = /** @type {Map<string, { bytes: Buffer }>} */ (store.buckets.get('film'));
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    const { device } = start(t, [], { data });
    const url = (await device.url()).replace(/\/$/, '');
    const patch = async (/** @type {unknown} */ cloud) =>
        fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cloud }) });
    const cloudOf = async (/** @type {string} */ from = url) => /** @type {any} */ (await (await fetch(`${from}/api/status`)).json()).cloud;
    await eventually(async () => ((await fetch(`${url}/api/status`)).ok ? true : undefined), 'it answers');
    t.is(await cloudOf(), null);

    const wrong = await patch({ endpoint: 'ftp://example.com' });
    t.is(wrong.status, 400);
    t.regex(await wrong.text(), /cloud\.endpoint: .*an address like https/);
    const secret = 'stub/secret+key';
    t.is((await patch({ endpoint: `http://127.0.0.1:${port}`, bucket: 'film', prefix: 'home', accessKeyId: 'STUBKEY', secretAccessKey: 'wrong', segmentSeconds: 2, latencySeconds: 2 })).status, 200);
    const denied = await eventually(async () => ((await cloudOf())?.state === 'blocked' ? cloudOf() : undefined), 'a wrong key is seen');
    t.regex(denied.reason, /^DENIED: /);
    t.is((await patch({ secretAccessKey: secret })).status, 200);
    await eventually(async () => (segmentsOf(objects).length >= 2 ? true : undefined), 'segments are sent');
    const good = await eventually(async () => ((await cloudOf()).segments >= 2 ? cloudOf() : undefined), 'the status counts');
    t.deepEqual([good.plan, good.reason, good.gaps], ['continuous', '', 0]);
    t.true(segmentsOf(objects).every((key) => key.startsWith('home/ocellus/cam1/')), segmentsOf(objects)[0]);
    const shown = await (await fetch(`${url}/api/settings`)).text();
    t.true(shown.includes('"secretAccessKey":"***"') && shown.includes('"accessKeyId":"***"'), shown);
    await eventually(async () => (/^ocellus_app_cloud_segments_total [1-9]/m.test(await (await fetch(`${url}/metrics`)).text()) ? true : undefined), 'metrics');
    t.false(`${shown}${device.stdout}${device.stderr}`.includes(secret), 'no secret is shown');

    const [, today = ''] = /cam1\/([\d-]+)\//.exec(segmentsOf(objects)[0] ?? '') ?? [];
    const ours = `${url}/api/cloud/cam1`;
    t.true((await (await fetch(`${ours}/days`)).json()).days.includes(today));
    const during = `from=${Date.now() - 600_000}&to=${Date.now()}`;
    t.true((await (await fetch(`${ours}/spans?${during}`)).json()).spans.length > 0);
    const list = await (await fetch(`${ours}/index.m3u8?${during}`)).text();
    const names = list.split('\n').filter((line) => line.endsWith('.m4s'));
    t.true(names.length >= 2, list);
    for (const name of [/MAP:URI="([^"]+)"/.exec(list)?.[1] ?? '', ...names]) {
        const through = await fetch(`${ours}/${name}`);
        const stored = objects.get(`home/ocellus/cam1/${name.slice(0, 10)}/${name.slice(11)}`);
        t.true(through.redirected && stored?.bytes.equals(Buffer.from(await through.arrayBuffer())), name);
    }

    device.process.kill('SIGTERM');
    await device.ended;
    const again = start(t, [], { data }).device;
    const second = (await again.url()).replace(/\/$/, '');
    const before = segmentsOf(objects).length;
    await eventually(async () => (segmentsOf(objects).length > before + 1 ? true : undefined), 'it goes on after a restart');
    const took = await fetch(`${second}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"cloud":{"endpoint":""}}' });
    t.is(took.status, 200);
    await eventually(async () => ((await cloudOf(second)) === null ? true : undefined), 'it is off');
    const final = segmentsOf(objects);
    t.is(new Set(final).size, final.length, 'no segment is there twice');
});

/** Video packets as FFmpeg reads them: sizes and hashes. @param {string} input */
async function packetsOf(input) {
    const { stdout } = await promisify(execFile)('ffmpeg', ['-v', 'error', '-i', input, '-map', '0:v', '-c', 'copy', '-f', 'framemd5', '-'], { timeout: hangS * 1000 });
    return stdout
        .split('\n')
        .filter((line) => /^\d/.test(line))
        .map((line) => line.split(',').slice(4).join(' ').trim());
}

/** The shared secret of a single-shot HPKE message (RFC 9180, base mode) and its plaintext, by Node alone. @param {import('node:crypto').KeyObject} key @param {string} info @param {string} aad @param {Buffer} enc @param {Buffer} ct */
function hpkeOpen(key, info, aad, enc, ct) {
    const { x, y } = /** @type {{ x: string, y: string }} */ (createPublicKey(key).export({ format: 'jwk' }));
    const own = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    const sender = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: enc.subarray(1, 33).toString('base64url'), y: enc.subarray(33).toString('base64url') } });
    const hmac = (/** @type {Buffer} */ secret, /** @type {Buffer[]} */ ...parts) => createHmac('sha256', secret).update(Buffer.concat(parts)).digest();
    const suites = [Buffer.concat([Buffer.from('KEM'), Buffer.of(0, 16)]), Buffer.concat([Buffer.from('HPKE'), Buffer.of(0, 16, 0, 1, 0, 1)])];
    const extract = (/** @type {number} */ of, /** @type {Buffer} */ salt, /** @type {string} */ label, /** @type {Buffer} */ secret) =>
        hmac(salt, Buffer.from('HPKE-v1'), /** @type {Buffer} */ (suites[of]), Buffer.from(label), secret);
    const expand = (/** @type {number} */ of, /** @type {Buffer} */ secret, /** @type {string} */ label, /** @type {Buffer} */ more, /** @type {number} */ length) =>
        hmac(secret, Buffer.of(0, length), Buffer.from('HPKE-v1'), /** @type {Buffer} */ (suites[of]), Buffer.from(label), more, Buffer.of(1)).subarray(0, length);
    const none = Buffer.alloc(0);
    const exchanged = extract(0, none, 'eae_prk', diffieHellman({ privateKey: key, publicKey: sender }));
    const shared = expand(0, exchanged, 'shared_secret', Buffer.concat([enc, own]), 32);
    const context = Buffer.concat([Buffer.of(0), extract(1, none, 'psk_id_hash', none), extract(1, none, 'info_hash', Buffer.from(info))]);
    const secret = extract(1, shared, 'secret', none);
    const cipher = createDecipheriv('aes-128-gcm', expand(1, secret, 'key', context, 16), expand(1, secret, 'base_nonce', context, 12));
    cipher.setAAD(Buffer.from(aad)).setAuthTag(ct.subarray(-16));
    return Buffer.concat([cipher.update(ct.subarray(0, -16)), cipher.final()]);
}

test('[A2] [A8] encrypted for two keys: FFmpeg plays the list of the device, either key reads the store, nothing there is a picture', async (t) => {
    const data = temporary(t);
    const store = new S3Stub();
    const objects = /** @type {Map<string, { bytes: Buffer }>} */ (store.buckets.get('film'));
    const port = await serve(t, (request, reply) => store.serve(request, reply));
    const { device } = start(t, [], { data });
    const url = (await device.url()).replace(/\/$/, '');
    const patch = async (/** @type {unknown} */ cloud) =>
        fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cloud }) });
    const cloudOf = async () => /** @type {any} */ (await (await fetch(`${url}/api/status`)).json()).cloud;
    const readers = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
    const points = readers.map(({ publicKey }) => {
        const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
        return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    });
    const encryptFor = points.map((point) => point.toString('base64url'));
    await eventually(async () => ((await fetch(`${url}/api/status`)).ok ? true : undefined), 'it answers');

    const [first = ''] = encryptFor;
    const secrets = [readers[0]?.privateKey.export({ type: 'pkcs8', format: 'pem' }), readers[0]?.privateKey.export({ format: 'jwk' }).d, `${first.slice(0, -2)}AA`];
    for (const wrong of [...secrets.map((one) => [one]), secrets[0], [...encryptFor, ...encryptFor, first]]) {
        const refused = await patch({ encryptFor: wrong });
        const text = await refused.text();
        t.is(refused.status, 400);
        t.regex(text, /cloud\.encryptFor.*A private key stays with its owner/);
        t.false(secrets.some((one) => text.includes(String(one).slice(30, 60))), text);
    }
    const place = { endpoint: `http://127.0.0.1:${port}`, bucket: 'film', prefix: 'home', accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key', segmentSeconds: 2, latencySeconds: 2 };
    t.is((await patch({ ...place, encryptFor })).status, 200);
    t.deepEqual(/** @type {any} */ (await (await fetch(`${url}/api/settings`)).json()).cloud?.encryptFor ?? encryptFor, encryptFor);
    const from = Date.now() - 60_000;
    await eventually(async () => (segmentsOf(objects).length >= 3 ? true : undefined), 'segments are sent');
    t.is((await cloudOf()).encrypted, true);

    const event = JSON.stringify({ kind: 'bookmark', channel: 'cam1', state: 'moment' });
    t.true((await fetch(`${url}/api/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: event })).ok);
    const pictures = () => [...objects].filter(([name]) => name.endsWith('.jpg'));
    await eventually(async () => (pictures().length > 0 ? true : undefined), 'the picture of the event is sent');

    const list = `${url}/api/cloud/cam1/index.m3u8?from=${from}&to=${Date.now() + 60_000}`;
    const text = await (await fetch(list)).text();
    const [, day = '', id = ''] = /URI="(\d{4}-\d\d-\d\d)\.([0-9a-f]{16})\.key"/.exec(text) ?? [];
    const answer = await fetch(`${url}/api/cloud/cam1/${day}.${id}.key`);
    t.deepEqual([answer.headers.get('content-type'), answer.headers.get('cache-control')], ['application/octet-stream', 'no-store']);
    const key = Buffer.from(await answer.arrayBuffer());
    t.is(key.length, 16);
    const played = await packetsOf(list);
    const files = readdirSync(path.join(data, 'recordings', 'cam1')).sort();
    const recorded = (await Promise.all(files.map((name) => packetsOf(path.join(data, 'recordings', 'cam1', name))))).flat();
    const at = recorded.indexOf(played[0] ?? '');
    t.true(played.length >= 100 && at >= 0, `${played.length} packets, the first at ${at}`);
    t.deepEqual(played, recorded.slice(at, at + played.length), 'the packets of the recordings');

    const status = await cloudOf();
    t.regex(status.signer, /^B[\w-]{86}$/);
    device.process.kill('SIGTERM');
    await device.ended;
    const media = [...objects].filter(([name]) => /\.(?:mp4|m4s)$/.test(name));
    t.true(media.length >= 4);
    for (const [name, { bytes }] of media) {
        t.true(bytes.length % 16 === 0 && !['moof', 'ftyp', 'mdat', 'avc1'].some((word) => bytes.includes(word)), name);
    }
    const [keyObject = '', ...others] = [...objects.keys()].filter((name) => name.endsWith('.key.json'));
    t.is(others.length, keyObject.includes(day) ? 0 : 1, 'one key a day');
    const { version, wraps } = JSON.parse(String(objects.get(`home/ocellus/cam1/${day}/${id}.key.json`)?.bytes));
    t.is(version, 1);
    for (const [index, { privateKey }] of readers.entries()) {
        const own = createHash('sha256').update(/** @type {Buffer} */ (points[index])).digest('hex').slice(0, 16);
        const wrap = wraps.find((/** @type {any} */ one) => one.for === own);
        const [enc, ct] = [wrap.enc, wrap.ct].map((/** @type {string} */ one) => Buffer.from(one, 'base64url'));
        t.true(hpkeOpen(privateKey, 'ocellus cloud wrap 1', `ocellus/cam1/${day}/${id}`, /** @type {Buffer} */ (enc), /** @type {Buffer} */ (ct)).equals(key));
    }
    for (const [name, { bytes }] of media.filter(([one]) => one.includes(`/${day}/`))) {
        const iv = createHmac('sha256', key).update(path.posix.basename(name)).digest().subarray(0, 16);
        const cipher = createDecipheriv('aes-128-cbc', key, iv);
        const plain = Buffer.concat([cipher.update(bytes), cipher.final()]);
        t.regex(plain.toString('latin1', 4, 8), /^(?:ftyp|moof|free|styp|sidx)$/, name);
    }
    for (const [name, { bytes }] of pictures()) {
        t.regex(name, /\/event-\d+-[0-9a-f]{16}\.jpg$/);
        t.not(bytes.toString('hex', 0, 2), 'ffd8', name);
        if (!name.includes(`/${day}/`)) continue;
        const cipher = createDecipheriv('aes-128-cbc', key, createHmac('sha256', key).update(path.posix.basename(name)).digest().subarray(0, 16));
        t.is(Buffer.concat([cipher.update(bytes), cipher.final()]).toString('hex', 0, 2), 'ffd8', name);
    }
    const kept = readFileSync(path.join(data, 'cloudsecret.json'), 'utf8');
    const { secret } = JSON.parse(kept);
    t.regex(secret, /^[0-9a-f]{64}$/);
    const shown = `${device.stdout}${device.stderr}${[...objects.values()].map(({ bytes }) => bytes.toString('latin1')).join('')}`;
    // whoever has the key believes what is there, by the document alone, and by `ocellus cloud`
    const { signer } = status;
    const keyOf = (/** @type {string} */ of, /** @type {string} */ one) => (of === day && one === id ? key : undefined);
    if (others.length === 0) {
        const believedNames = believed(objects, 'home/', 'ocellus/cam1/', keyOf, signer);
        const sent = segmentsOf(objects).map((name) => name.slice('home/ocellus/cam1/'.length));
        t.deepEqual(believedNames.slice(0, sent.length), sent);
    }
    writeFileSync(path.join(data, 'keys'), 'AWS_ACCESS_KEY_ID=STUBKEY\nAWS_SECRET_ACCESS_KEY=stub/secret+key\n', { mode: 0o600 });
    writeFileSync(path.join(data, 'owner'), String(readers[0]?.privateKey.export({ type: 'pkcs8', format: 'pem' })), { mode: 0o600 });
    const verified = await byProgram(data, ['cloud', 'verify', ...['--endpoint', place.endpoint, '--path-style', '--bucket', 'film', '--prefix', 'home', '--key-file', 'keys', '--key', 'owner', '--signer', signer, '--json']]);
    t.deepEqual([verified.code, verified.err], [0, ''], verified.out);
    const { verified: sums } = JSON.parse(verified.out);
    t.true(sums.proven >= 3 && sums.proven === sums.segments, verified.out);
    t.false(shown.includes(JSON.parse(readFileSync(path.join(data, 'cloudsigner.json'), 'utf8')).key), 'the key that signs is shown to nobody');
    t.false(shown.includes(secret) || shown.includes(key.toString('hex')) || shown.includes(key.toString('latin1')), 'no secret is shown or sent');
});
