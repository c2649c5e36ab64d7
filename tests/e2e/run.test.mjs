// `ocellus run` from outside: status, live, recordings, HTTP, the end.
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, sleep, start, temporary } from './device.mjs';
import { lengthOf, readMp4, trackOf } from './mp4.mjs';

const clip = path.join(root, 'assets', 'clip.mp4');

/** The recorded files of the only channel. @param {string} data */
function recordingsIn(data) {
    const folder = path.join(data, 'recordings');
    return !existsSync(folder)
        ? []
        : readdirSync(folder, { recursive: true, encoding: 'utf8' })
              .filter((name) => name.endsWith('.mp4'))
              .map((name) => path.join(folder, name))
              .sort();
}

/**
 * One request with any Host header, which fetch does not allow.
 * @param {string} url
 * @param {http.RequestOptions} options
 * @returns {Promise<{ status: number, headers: http.IncomingHttpHeaders, body: Buffer }>}
 */
function request(url, options = {}) {
    return new Promise((resolve, reject) => {
        const req = http.request(url, { agent: false, ...options }, (response) => {
            /** @type {Buffer[]} */
            const chunks = [];
            response.on('data', (chunk) => chunks.push(chunk));
            response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
        });
        req.on('error', reject);
        req.end();
    });
}

test('status: the default clip runs at its own size and rate, and is recorded', async (t) => {
    const { device } = start(t);
    const channel = await eventually(async () => {
        const [first] = (await device.json('/api/status')).channels;
        return first?.state === 'running' && first.bitrate > 0 && first.gopMs > 0 && first.recording.active ? first : undefined;
    }, 'a running channel');
    t.like(channel.video, { codec: 'h264', width: 640, height: 360 });
    t.like(channel.audio, { codec: 'aac', sampleRate: 48000, channels: 1 });
    const rate = await eventually(async () => {
        const [first] = (await device.json('/api/status')).channels;
        return Math.abs(first.video.fps - 30) < 1 ? first.video.fps : undefined;
    }, '30 frames per second');
    t.true(rate > 29);
    t.true(Math.abs(channel.gopMs - 1000) <= 34);
    t.is(channel.dropped, 0, 'the priming of AAC before the first picture is no loss');
});

test('[E2] live: the playlist fills, its init and media segments are one continuous movie', async (t) => {
    const { device } = start(t, ['--record', 'off']);
    const base = await device.url();
    const { channels } = await eventually(async () => {
        const status = await device.json('/api/status');
        return status.channels.length === 1 ? status : undefined;
    }, 'a channel');
    const playlistUrl = base + channels[0].live.playlist;
    const playlist = await eventually(async () => {
        const response = await fetch(playlistUrl);
        const text = response.ok ? await response.text() : '';
        return (text.match(/^s\d+\.m4s/gm) ?? []).length >= 3 ? text : undefined;
    }, 'three segments');
    t.regex(playlist, /^#EXTM3U/);
    const init = /#EXT-X-MAP:URI="([^"]+)"/.exec(playlist)?.[1] ?? '';
    const names = [init, ...(playlist.match(/^s\d+\.m4s.*$/gm) ?? [])];
    const parts = [];
    for (const name of names) {
        const response = await fetch(new URL(name, playlistUrl));
        t.is(response.status, 200, name);
        parts.push(Buffer.from(await response.arrayBuffer()));
    }
    const video = trackOf(readMp4(Buffer.concat(parts)), 'video');
    t.true(video.samples.length >= 60);
    t.true(video.samples[0]?.key);
    for (let n = 1; n < video.samples.length; n++) {
        const step = ((video.samples[n]?.dts ?? 0) - (video.samples[n - 1]?.dts ?? 0)) / video.timescale;
        t.true(Math.abs(step - 1 / 30) < 0.002, `step ${step} s at picture ${n}`);
    }
    t.is((await request(`${base}/live/nosuch/index.m3u8`)).status, 404);
});

test('[E9] a recording is listed, plays while it is written, and gets its end when the program is stopped', async (t) => {
    const { device, data } = start(t, ['--name', 'door', '--record-audio', 'on']);
    // the place of the sidx takes 65 KB
    const open = await eventually(async () => {
        const { recordings } = await device.json('/api/recordings');
        return recordings[0]?.bytes > 165_000 ? recordings[0] : undefined;
    }, 'a recording of some size');
    t.true(open.open);
    t.is(open.end, null);
    const named = async (/** @type {string} */ name) => (await device.json(`/api/recordings?name=${name}`)).recordings.map((/** @type {{ path: string }} */ r) => r.path);
    t.deepEqual(await named('door'), [open.path], 'the files of one recording by its name');
    t.deepEqual(await named('other'), []);
    t.regex(open.path, /^\/recordings\/[^/]+\/door_\d{8}T\d{6}\.\d{3}Z_open\.mp4$/);
    const running = Buffer.from(await (await fetch((await device.url()) + open.path)).arrayBuffer());
    t.true(trackOf(readMp4(running), 'video').samples.length > 10);
    const { code } = await device.stop('SIGINT');
    t.is(code, 0, device.stderr);
    const files = recordingsIn(data);
    t.is(files.length, 1);
    t.regex(path.basename(files[0] ?? ''), /^door_\d{8}T\d{6}\.\d{3}Z_\d{8}T\d{6}\.\d{3}Z\.mp4$/);
    const tracks = readMp4(files[0] ?? '');
    t.true(lengthOf(trackOf(tracks, 'video')) > 1);
    t.true(lengthOf(trackOf(tracks, 'audio')) > 1);
});

test('[E9] recordings deleted while they are written: said within seconds, recorded again', async (t) => {
    const { device, data } = start(t);
    await device.event('recording');
    const before = recordingsIn(data);
    rmSync(path.join(data, 'recordings'), { recursive: true });
    const failed = await device.event('record-failed');
    t.true(before.some((file) => file.endsWith(String(failed['path']))));
    await device.until(() => (recordingsIn(data).length > 0 ? true : undefined), 'a new recording');
    await device.stop('SIGHUP');
    const [after] = recordingsIn(data);
    t.false(after?.endsWith('_open.mp4'), after);
    t.true(trackOf(readMp4(after ?? ''), 'video').samples.length > 10);
});

test('SIGTERM finishes the file too; --duration ends by itself', async (t) => {
    const stopped = start(t);
    await eventually(async () => ((await stopped.device.json('/api/recordings')).recordings[0]?.bytes > 50_000 ? true : undefined), 'a recording');
    t.is((await stopped.device.stop('SIGTERM')).code, 0);
    t.notRegex(recordingsIn(stopped.data).join(), /_open/);

    const timed = start(t, ['--duration', '4']);
    t.is((await timed.device.ended).code, 0, timed.device.stderr);
    const files = recordingsIn(timed.data);
    t.is(files.length, 1);
    const length = lengthOf(trackOf(readMp4(files[0] ?? ''), 'video'));
    t.true(length > 0, `${length} s recorded`);
});

test('recorded packets are those of the source, bit for bit, at its times within one tick', async (t) => {
    const { device, data } = start(t, ['--input', clip, '--record-audio', 'on']);
    await eventually(async () => (trackOf(readMp4(recordingsIn(data)[0] ?? ''), 'video').samples.length > 190 ? true : undefined), 'most of the clip');
    t.is((await device.stop()).code, 0, device.stderr);
    const [file] = recordingsIn(data);
    const [source, copy] = [readMp4(clip), readMp4(file ?? '')];
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        const [a, b] = [trackOf(source, kind), trackOf(copy, kind)];
        const first = b.samples[0];
        t.truthy(first);
        const offset = a.samples.findIndex((s) => first && s.data.equals(first.data));
        t.true(offset >= 0, `${kind}: the first packet is one of the source's`);
        // a machine that stands still lets it go on into the next round, whose times are another test's
        const round = b.samples.slice(0, a.samples.length - offset);
        t.true(round.length > (kind === 'video' ? 180 : 280), `${kind}: ${round.length} packets`);
        const start = (a.samples[offset]?.cts ?? 0) / a.timescale;
        round.forEach((sample, n) => {
            const original = a.samples[offset + n];
            if (!original || !first) {
                t.fail(`${kind}: packet ${n} is not in the source`);
                return;
            }
            if (!sample.data.equals(original.data)) {
                t.fail(`${kind}: packet ${n} differs`);
            }
            const late = (sample.cts - first.cts) / b.timescale - (original.cts / a.timescale - start);
            if (Math.abs(late) > 1 / a.timescale + 1e-9) {
                t.fail(`${kind}: packet ${n} is ${late} s off`);
            }
        });
    }
});

test('--record off writes nothing', async (t) => {
    const { device, data } = start(t, ['--record', 'off', '--duration', '2']);
    t.is((await device.ended).code, 0, device.stderr);
    t.deepEqual(recordingsIn(data), []);
});

test('two inputs are two channels with names of their own', async (t) => {
    const folder = temporary(t);
    const second = path.join(folder, 'back-yard.mp4');
    copyFileSync(clip, second);
    const { device } = start(t, ['--input', `front=${clip}`, '--input', second]);
    const names = await eventually(async () => {
        const { channels } = await device.json('/api/status');
        return channels.length === 2 ? channels.map((/** @type {{ name: string }} */ c) => c.name) : undefined;
    }, 'two channels');
    t.deepEqual(names, ['front', 'back-yard']);
});

test('ranges of a recording, HEAD, and what is not there', async (t) => {
    const data = temporary(t);
    const first = start(t, ['--duration', '3'], { data });
    t.is((await first.device.ended).code, 0, first.device.stderr);
    const [file = ''] = recordingsIn(data);
    const bytes = readFileSync(file);
    const { device } = start(t, ['--record', 'off'], { data });
    const base = await device.url();
    const { recordings } = await eventually(async () => {
        const list = await device.json('/api/recordings');
        return list.recordings.length === 1 ? list : undefined;
    }, 'the recording of the run before');
    t.is(recordings[0].bytes, statSync(file).size);
    const url = base + recordings[0].path;
    const part = await request(url, { headers: { range: 'bytes=100-299' } });
    t.is(part.status, 206);
    t.is(part.headers['content-range'], `bytes 100-299/${bytes.length}`);
    t.true(part.body.equals(bytes.subarray(100, 300)));
    const tail = await request(url, { headers: { range: 'bytes=-50' } });
    t.is(tail.status, 206);
    t.true(tail.body.equals(bytes.subarray(-50)));
    t.is((await request(url, { headers: { range: `bytes=${bytes.length}-` } })).status, 416);
    const head = await request(url, { method: 'HEAD' });
    t.is(head.status, 200);
    t.is(head.headers['content-length'], String(bytes.length));
    t.is(head.body.length, 0);
    const whole = await request(url);
    t.true(whole.body.equals(bytes));
    for (const bad of ['/recordings/nosuch/x.mp4', '/recordings/../../etc/passwd', '/recordings/%2e%2e/%2e%2e/etc/passwd', '/nosuch']) {
        const { status, body } = await request(base, { path: bad });
        t.true(status === 404 || status === 400 || status === 403, `${bad}: ${status}`);
        t.false(body.includes('root:'));
    }
});

test('the page, its policy, health and metrics; a foreign Host is refused', async (t) => {
    const { device } = start(t, ['--record', 'off']);
    const base = await device.url();
    const page = await request(`${base}/`);
    t.is(page.status, 200);
    t.regex(String(page.headers['content-type']), /text\/html/);
    t.regex(String(page.headers['content-security-policy']), /default-src 'none'|default-src 'self'/);
    t.is(page.headers['x-content-type-options'], 'nosniff');
    for (const [, asset] of page.body.toString().matchAll(/(?:src|href)="\.\/([^"]+)"/g)) {
        t.is((await request(`${base}/${asset}`)).status, 200, asset);
    }
    t.regex((await request(`${base}/healthz`)).body.toString(), /^ok/);
    const metrics = await request(`${base}/metrics`);
    t.is(metrics.status, 200);
    t.regex(metrics.body.toString(), /^ocellus_\w+(\{[^}]*\})? [\d.e+]+$/m);
    t.is((await request(`${base}/`, { headers: { host: 'evil.example' } })).status, 421);
    t.true([404, 405].includes((await request(`${base}/`, { method: 'POST' })).status));
});

test('the program opens loopback sockets only', async (t) => {
    const { device } = start(t, ['--record', 'off'], { env: { OCELLUS_CORE_DUMPS: '1' } }); // else nobody may see its descriptors
    await device.url();
    await sleep(300);
    const own = new Set(
        readdirSync(`/proc/${device.process.pid}/fd`).map((fd) => {
            try {
                return execFileSync('readlink', [`/proc/${device.process.pid}/fd/${fd}`], { encoding: 'utf8' }).trim();
            } catch {
                return '';
            }
        }),
    );
    const listening = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
        readFileSync(`/proc/net/${table}`, 'utf8')
            .split('\n')
            .slice(1)
            .map((line) => line.trim().split(/\s+/))
            .filter((column) => own.has(`socket:[${column[9]}]`))
            .map((column) => column[1] ?? ''),
    );
    t.true(listening.length >= 1);
    for (const address of listening) {
        t.regex(address, /^(0100007F|00000000000000000000000001000000):/, address);
    }
});
