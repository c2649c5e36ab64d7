// `ocellus watch` without a browser, over every way that a viewer has: what arrives is what was sent, and its sound keeps its place. [E2] [E11]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Device, eventually, freePort, sleep, start, temporary } from '../e2e/device.mjs';
import { password, setPassword } from '../hosts/closed.mjs';
import { certificate, tlsBefore } from '../inputs/servers.mjs';
import { offsetOf, stampsOf, watch } from './watching.mjs';

const seconds = 24;

/**
 * A file with two B-frames between others and a sound that starts late.
 * @param {import('ava').ExecutionContext} t
 * @param {number} lateS seconds
 */
function lateFilm(t, lateS) {
    const file = path.join(temporary(t), 'film.mp4');
    const video = ['-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=25:duration=${seconds}`];
    const sound = ['-itsoffset', String(lateS), '-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds - lateS}`];
    const coding = ['-c:v', 'libx264', '-bf', '2', '-g', '25', '-keyint_min', '25', '-sc_threshold', '0', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
    const made = spawnSync('ffmpeg', ['-v', 'error', ...video, ...sound, ...coding, file], { encoding: 'utf8' });
    t.is(made.status, 0, made.stderr);
    return file;
}

/**
 * nginx as an RTMP server.
 * @param {import('ava').ExecutionContext} t
 */
async function rtmpServer(t) {
    const folder = temporary(t);
    const port = await freePort();
    const config = `load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
        daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/log; events {}
        rtmp { server { listen 127.0.0.1:${port}; application live { live on; } } }`;
    writeFileSync(path.join(folder, 'nginx.conf'), config);
    const server = spawn('nginx', ['-p', folder, '-c', path.join(folder, 'nginx.conf')], { stdio: 'ignore' });
    t.teardown(() => void server.kill());
    return `rtmp://127.0.0.1:${port}/live`;
}

/**
 * What was watched ended well, and sound and pictures are as far apart as in the file that was sent.
 * @param {import('ava').ExecutionContext} t
 * @param {string} way
 * @param {Awaited<ReturnType<typeof watch>>} watched
 * @param {string} source
 */
function inPlace(t, way, watched, source) {
    t.is(watched.code, 0, `${way}: ${watched.stderr}`);
    t.is(watched.ended.lost, 0, way);
    const sent = stampsOf(source);
    const offsets = watched.records.map((file) => offsetOf(sent, stampsOf(file)));
    for (const one of offsets) {
        t.log(`${way}: ${one.video} frames, ${one.audio} of sound, offset ${one.ms.toFixed(2)} ms, spread ${one.spreadMs.toFixed(2)} ms, first picture after ${watched.ended.firstPictureMs} ms`);
        t.is(one.strange, 0, `${way}: every packet is one that was sent`);
        t.true(one.spreadMs <= 40, `${way}: times differ by ${one.spreadMs} ms`);
    }
    const last = offsets.at(-1) ?? t.fail(way);
    t.true(last.video > 50 && last.audio > 50, `${way}: ${last.video} frames, ${last.audio} of sound`);
    t.true(Math.abs(last.ms) <= 40, `${way}: sound is off by ${last.ms} ms`);
    for (const { elapsedMs, avOffsetMs } of watched.stats) {
        t.true(avOffsetMs === null || Math.abs(avOffsetMs) <= 40, `${way}: after ${elapsedMs} ms the offset is ${avOffsetMs} ms`);
    }
    t.true(watched.stats.some(({ avOffsetMs }) => avOffsetMs !== null), `${way}: both tracks were measured`);
}

test('frames with B-frames and a sound that starts late keep their places over WebRTC, HLS and FLV [E11]', async (t) => {
    const film = lateFilm(t, 7);
    const { device } = start(t, ['--input', `film=${film}`, '--record', 'off']);
    const url = await device.url();
    await device.until(() => (device.stderr.includes('channel-opened') ? true : undefined), 'the channel');
    const length = ['--seconds', String(seconds / 2)];
    const ways = { WebRTC: '/live/film', HLS: '/live/film/index.m3u8', FLV: '/live/film.flv', MP4: '/live/film.mp4' };
    const runs = Object.entries(ways).map(async ([way, at]) => /** @type {const} */ ([way, await watch(t, url + at, length)]));
    for (const [way, watched] of await Promise.all(runs)) {
        inPlace(t, way, watched, film);
        if (way === 'WebRTC') {
            t.true(watched.ended.firstAudioMs > watched.ended.firstPictureMs + 1000, 'sound came later');
            t.true(watched.ended.latencyMs < 1000, `latency ${watched.ended.latencyMs} ms`);
        }
    }
});

test('a scripted channel keeps its places over WebRTC, HLS and FLV [E2]', async (t) => {
    const { device, data } = start(t, ['--input', 'fake=fake:?fps=30&gop=30&audio=aac', '--record-audio', 'on']);
    const url = await device.url();
    const ways = { WebRTC: '/live/fake', HLS: '/live/fake/index.m3u8', FLV: '/live/fake.flv' };
    const runs = Object.entries(ways).map(async ([way, at]) => /** @type {const} */ ([way, await watch(t, url + at, ['--seconds', '6'])]));
    const watched = await Promise.all(runs);
    await device.stop();
    const [recording] = readdirSync(path.join(data, 'recordings', 'fake')).filter((name) => name.endsWith('.mp4'));
    for (const [way, one] of watched) {
        inPlace(t, way, one, path.join(data, 'recordings', 'fake', String(recording)));
    }
});

test('a stream of an RTMP server keeps its places; a name that nobody publishes is a failure [E11]', async (t) => {
    const film = lateFilm(t, 1.3);
    const server = await rtmpServer(t);
    const nobody = await watch(t, `${server}/nothing`, ['--seconds', '1']);
    t.is(nobody.code, 1);
    t.regex(nobody.stderr, /^ocellus: watch: rtmp:\/\/127\.0\.0\.1:\d+\/.*: .+\n$/);
    const publisher = spawn('ffmpeg', ['-v', 'error', '-re', '-i', film, '-c', 'copy', '-f', 'flv', `${server}/film`], { stdio: 'ignore' });
    t.teardown(() => void publisher.kill('SIGKILL'));
    const watched = await eventually(async () => {
        const run = await watch(t, `${server}/film`, ['--seconds', '6']);
        return run.code === 0 ? run : undefined;
    }, 'the publisher');
    inPlace(t, 'RTMP', watched, film);
});

test('what the camera pushes by RTMP keeps its places until it is watched [E2] [E11]', async (t) => {
    const film = lateFilm(t, 2);
    const server = await rtmpServer(t);
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ live: { targets: [{ name: 'stage', url: server, key: '{channel}', watch: { rtmp: `${server}/{channel}` } }] } }));
    const { device } = start(t, ['--settings', settings, '--input', `film=${film}`, '--record', 'off']);
    await device.json('/api/status');
    const body = JSON.stringify({ target: 'stage' });
    const started = await fetch(`${await device.url()}/api/push/film`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    const { addresses } = await started.json();
    const watched = await eventually(async () => {
        const run = await watch(t, addresses.rtmp, ['--seconds', '6']);
        return run.code === 0 ? run : undefined;
    }, 'the push');
    inPlace(t, 'pushed by RTMP', watched, film);
});

test('RTMPS is watched from a server whose certificate is pinned or signed for its name, and from no other', async (t) => {
    const film = lateFilm(t, 1);
    const folder = temporary(t);
    const server = await rtmpServer(t);
    const ca = certificate(folder, 'authority', 'DNS:authority.test');
    const own = certificate(folder, 'own', 'IP:127.0.0.1');
    const sealed = async (/** @type {import('../inputs/servers.mjs').Pair} */ pair) => `rtmps://${(await tlsBefore(t, pair, Number(new URL(server).port))).at}`;
    const good = await sealed(certificate(folder, 'good', 'IP:127.0.0.1', ca));
    const wrong = await sealed(certificate(folder, 'wrong', 'DNS:elsewhere.test', ca));
    const alone = await sealed(own);
    const publisher = spawn('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', film, '-c', 'copy', '-f', 'flv', `${server}/film`], { stdio: 'ignore' });
    t.teardown(() => void publisher.kill('SIGKILL'));
    const env = { SSL_CERT_FILE: ca.cert };
    await eventually(async () => ((await watch(t, `${server}/film`, ['--seconds', '1'])).code === 0 ? true : undefined), 'the publisher');
    const cases = /** @type {const} */ ([
        [`${good}/live/film`, 0, /^$/],
        [`${wrong}/live/film`, 1, /certificate made out for another name/],
        [`${alone}/live/film`, 1, /certificate self-signed or of an unknown authority/],
        [`${alone}/live/film#tlsFingerprint=${own.fingerprint}`, 0, /^$/],
        [`${good}/live/film#tlsFingerprint=${own.fingerprint}`, 1, /differs from tlsFingerprint/],
    ]);
    for (const [url, code, why] of cases) {
        const watched = await watch(t, url, ['--seconds', '1'], { env });
        t.is(watched.code, code, `${url}: ${watched.stderr}`);
        t.regex(watched.stderr, why);
    }
});

test('the recording can be played while it grows, has its name at once, and outlives kill -9', async (t) => {
    const { device } = start(t, ['--input', 'fake=fake:?fps=30&gop=30&audio=aac', '--record', 'off']);
    const url = await device.url();
    const record = path.join(temporary(t), 'grows.mp4');
    const run = new Device(['watch', `${url}/live/fake`, '--record', record]);
    t.teardown(() => void run.process.kill('SIGKILL'));
    await eventually(async () => (existsSync(record) && statSync(record).size > 300_000 ? true : undefined), 'the recording');
    t.true(stampsOf(record).size > 30);
    await run.stop('SIGKILL');
    t.true(stampsOf(record).size > 30);
    const again = new Device(['watch', `${url}/live/fake`, '--record', record]);
    t.is((await again.ended).code, 1);
    t.regex(again.stderr, /is there already/);
});

test('exit codes: a signal is an end as wanted; a source that is not there, a camera that refuses, a wrong line are failures', async (t) => {
    const { device } = start(t, ['--input', 'fake=fake:?fps=30&gop=30', '--record', 'off']);
    const url = await device.url();
    const run = new Device(['watch', `${url}/live/fake`, '--stats', '--json']);
    await run.until(() => run.events.find((e) => e['state'] === 'running'), 'a second of it');
    t.is((await run.stop('SIGTERM')).code, 0);
    for (const [args, code, why] of /** @type {const} */ ([
        [[`${url}/live/none`], 1, /no channel "none"/],
        [[`${url}/live/none.flv`], 1, /404/],
        [[`${url}/w/1a.bbbb/`], 1, /HTTP 403/],
        [[`http://127.0.0.1:${await freePort()}/live/fake`], 1, /nobody answers/],
        [[`${url}/live/fake`, '--seconds', '0'], 2, /--seconds: use a whole number/],
        [['gopher://x/'], 2, /cannot be watched/],
        [[], 2, /an address is needed/],
    ])) {
        const failed = new Device(['watch', ...args]);
        t.is((await failed.ended).code, code, args.join(' '));
        t.regex(failed.stderr, why);
        t.is(failed.stderr.trim().split('\n').length, 1, failed.stderr);
        t.notRegex(failed.stderr, /1a\.bbbb/, 'the token of a watch link is in no line');
    }
});

test('a camera that is gone for a while is watched again, and recorded in the next file', async (t) => {
    const port = await freePort();
    const data = temporary(t);
    const args = ['--input', 'fake=fake:?fps=30&gop=30&audio=aac', '--record', 'off', '--port', String(port)];
    const first = start(t, args, { data });
    const url = await first.device.url();
    const record = path.join(temporary(t), 'twice.mp4');
    const run = new Device(['watch', `${url}/live/fake`, '--stats', '--json', '--record', record]);
    t.teardown(() => void run.process.kill('SIGKILL'));
    await run.until(() => run.events.find((e) => Number(e['packets']) > 60), 'a second of it');
    await first.device.stop();
    await run.until(() => run.events.find((e) => e['state'] === 'lost'), 'the loss');
    await start(t, args, { data }).device.url();
    const packets = Number(run.events.at(-1)?.['packets']);
    await run.until(() => run.events.find((e) => e['state'] === 'running' && Number(e['packets']) > packets + 60), 'the camera is back');
    await sleep(1000);
    t.is((await run.stop('SIGINT')).code, 0);
    const ended = run.events.find((e) => e['event'] === 'ended');
    t.is(ended?.['reconnects'], 1);
    for (const file of [record, record.replace('.mp4', '-2.mp4')]) {
        t.true(stampsOf(file).size > 60, `${file}: ${stampsOf(file).size} packets`);
    }
});

test('a watch link is watched over WebRTC, without a login; when it is deleted the stream ends [E3] [E11]', async (t) => {
    const { device } = start(t, ['--input', 'fake=fake:?fps=30&gop=30&audio=aac', '--record', 'off']);
    const url = await device.url();
    await device.json('/api/status'); // an application runs
    const body = JSON.stringify({ channel: 'fake', seconds: 600 });
    const { id, page } = await (await fetch(`${url}/api/links`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).json();
    const run = new Device(['watch', url + page, '--stats', '--json']);
    t.teardown(() => void run.process.kill('SIGKILL'));
    await run.until(() => run.events.find((e) => Number(e['packets']) > 60), 'a second of it');
    t.is((await fetch(`${url}/api/links/${id}`, { method: 'DELETE' })).status, 204);
    await run.until(() => run.events.find((e) => e['state'] === 'lost'), 'the end of the link');
    t.notRegex(run.stderr + run.stdout, new RegExp(page.split('/')[2]), 'its token is in no line');
    t.is((await run.stop('SIGINT')).code, 0);
});

test('a camera with a login and a certificate of its own is watched by both, and by nothing less', async (t) => {
    const data = temporary(t);
    t.is((await setPassword(data)).status, 0);
    const { device } = start(t, ['--input', 'fake=fake:?fps=30&gop=30&audio=aac', '--record', 'off', '--login', 'always'], { data });
    const url = await device.url();
    const pin = `#tlsFingerprint=${(await device.event('listening'))['fingerprint']}`;
    const whole = url.replace('https://', `https://admin:${password}@`);
    for (const place of ['/live/fake', '/live/fake/index.m3u8']) {
        const good = await watch(t, whole + place + pin, ['--seconds', '2']);
        t.is(good.code, 0, good.stderr);
        const noLogin = await watch(t, url + place + pin, ['--seconds', '2']);
        t.is(noLogin.code, 1);
        t.regex(noLogin.stderr, /HTTP 401|wrong user name or password/);
        const noPin = await watch(t, whole + place, ['--seconds', '2']);
        t.is(noPin.code, 1);
        t.regex(noPin.stderr, /certificate/);
        t.notRegex(good.stderr + noLogin.stderr + noPin.stderr, new RegExp(password), 'the password is in no line');
    }
});
