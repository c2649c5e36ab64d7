// Inputs of the FFmpeg plug-in, with the program as a person runs it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'ava';
import { judge } from '../guard.mjs';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, freePort, program, sleep, start, temporary } from '../e2e/device.mjs';
import { codes, liveBytes, make, offsets, pictures, probe, recordingsIn, rtspServer } from './inputs.mjs';

/** Runs inputs for some seconds. @param {import('ava').ExecutionContext} t @param {string[]} inputs @param {number} seconds */
async function record(t, inputs, seconds) {
    const { device, data } = start(t, [...inputs.flatMap((input) => ['--input', input]), '--duration', String(seconds), '--record-audio', 'on']);
    const end = await device.ended;
    t.is(end.code, 0, device.stderr);
    return { device, files: recordingsIn(data) };
}

/** Waits until live of the first channel has come so far. @param {Device} device @param {number} segment */
const lives = (device, segment) =>
    eventually(async () => {
        const channel = (await device.json('/api/status')).channels[0];
        return channel?.live.last >= channel?.generation + segment - 1 ? true : undefined;
    }, `segment ${segment}`);

test.serial('test picture: recorded, every picture carries its number and time', async (t) => {
    const { files } = await record(t, ['test'], 6);
    t.is(files.length, 1);
    const { streams, format } = probe(['-show_streams', '-show_format', files[0] ?? '']);
    t.like(streams[0], { codec_name: 'h264', width: 1280, height: 720 });
    t.like(streams[1], { codec_name: 'aac', sample_rate: '48000' });
    const found = codes(files[0] ?? '');
    const { packets } = probe(['-select_streams', 'v', '-show_entries', 'packet=flags,pts_time', files[0] ?? '']);
    t.is(packets.length, found.length);
    // A machine too busy for 30 pictures a second leaves some out; number and time say which.
    let key = -30;
    for (const [i, { flags, pts_time: time }] of packets.entries()) {
        const number = (found[i]?.frame ?? -1) - (found[0]?.frame ?? 0);
        t.true(Math.abs(Number(time) - Number(packets[0].pts_time) - number / 30) < 0.001, `picture ${i} at 640 pixels: ${number}, ${time} s`);
        t.is(flags.startsWith('K'), number - key >= 30, `a key picture each second: ${number} after ${key}`);
        key = flags.startsWith('K') ? number : key;
    }
    const last = found.at(-1);
    const drawn = (last?.frame ?? 0) - (found[0]?.frame ?? 0) + 1;
    t.true(drawn > 100, `${drawn} pictures`);
    if (found.length === drawn) {
        t.is(streams[0].avg_frame_rate, '30/1');
        t.true(Number(format.bit_rate) > 1_500_000 && Number(format.bit_rate) < 2_600_000, format.bit_rate);
    }
    const age = (Date.now() - (last?.timeMs ?? 0)) % 2 ** 32;
    t.true(age > 0 && age < 120_000, 'UTC of the last picture');
});

test.serial('test picture: flash and beep stay within 40 ms, recorded and live', async (t) => {
    const { device, data } = start(t, ['--input', 'test:?size=640x360', '--record-audio', 'on']);
    const url = await device.url();
    await lives(device, 5);
    const seen = path.join(temporary(t), 'live.mp4');
    writeFileSync(seen, await liveBytes(`${url}/live/test/`));
    await device.stop();
    const live = offsets(seen);
    t.true(live.length >= 2);
    const recorded = offsets(recordingsIn(data)[0] ?? '');
    t.true(recorded.length >= 3);
    t.log(`beep after flash, ms: live ${live.map(Math.round)}; recorded ${recorded.map(Math.round)}`);
    for (const offset of [...live, ...recorded]) {
        t.true(Math.abs(offset) <= 40, `${offset} ms`);
    }
});

test.serial('test picture: options; OpenH264', async (t) => {
    const { device, data } = start(t, ['--input', 'test:?size=320x180&fps=15&gop=0.4&encoder=openh264&rotate=90&flip=h&name=DOOR&clock=1&tone=0']);
    const channel = await eventually(async () => {
        const [first] = (await device.json('/api/status')).channels;
        return first?.recording.active && first.video?.fps > 14 ? first : undefined;
    }, 'a running channel');
    t.like(channel.video, { codec: 'h264', width: 180, height: 320 });
    await sleep(2000);
    const metrics = await (await fetch(`${await device.url()}/metrics`)).text();
    t.log(metrics.split('\n').filter((line) => /lateness/.test(line) && !line.startsWith('#')).slice(0, 5).join('; '));
    await device.stop();
    t.regex(device.stderr, /made with openh264/);
    const [file = ''] = recordingsIn(data);
    const { streams } = probe(['-show_streams', file]);
    t.is(streams.length, 1);
    t.like(streams[0], { width: 180, height: 320 });
    const [picture = Buffer.alloc(0)] = pictures(file, 180, 320);
    t.true((picture[5 * 180 + 5] ?? 0) > 200, 'the first cell of the code, white, comes to the top left when turned and flipped');
});

test.serial('H.264 with G.711: recorded with the sound, live without it, which browsers would not play', async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'alaw.mkv');
    make(file, ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-c:a', 'pcm_alaw', '-ar', '8000', '-ac', '1']);
    const { device, data } = start(t, ['--input', file, '--record-audio', 'on']);
    const url = await device.url();
    await lives(device, 2);
    const seen = path.join(folder, 'live.mp4');
    writeFileSync(seen, await liveBytes(`${url}/live/alaw/`));
    await device.stop();
    const names = (/** @type {string} */ name) => probe(['-show_entries', 'stream=codec_name', name]).streams.map((/** @type {any} */ s) => s.codec_name);
    t.deepEqual(names(seen), ['h264']);
    t.deepEqual(names(recordingsIn(data)[0] ?? ''), ['h264', 'pcm_alaw']);
});

const made = /** @type {const} */ ([
    ['h264-opus.mkv', ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '25', '-c:a', 'libopus'], 'h264', 'opus', false],
    ['h264-aac.ts', ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '25', '-c:a', 'aac'], 'h264', 'aac', false],
    ['h265-aac.mkv', ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-g', '25', '-c:a', 'aac'], 'hevc', 'aac', false],
    ['mjpeg-alaw.avi', ['-c:v', 'mjpeg', '-c:a', 'pcm_alaw', '-ar', '8000', '-ac', '1'], 'mjpeg', 'pcm_alaw', false],
    ['h264-ulaw.mkv', ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-c:a', 'pcm_mulaw', '-ar', '8000'], 'h264', 'aac', false, '#sound=aac'],
    ['bare.h264', ['-an', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-g', '25'], 'h264', undefined, false],
    ['mpeg4-mp3.avi', ['-c:v', 'mpeg4', '-c:a', 'mp3'], 'h264', 'aac', true],
    ['vp8-vorbis.webm', ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libvorbis'], 'h264', 'aac', true],
    ['h263-ac3.3gp2', ['-s', '352x288', '-c:v', 'h263', '-c:a', 'ac3', '-f', 'mov'], 'h264', 'aac', true],
]);

test.serial('files of other formats: what fits passes through, the rest is transcoded; looped on one time line', async (t) => {
    const folder = temporary(t);
    const inputs = made.map(([name, how, , , , options = '']) => {
        make(path.join(folder, name), how, 3);
        return path.join(folder, name) + options;
    });
    const { device, files } = await record(t, inputs, 12);
    t.is(files.length, made.length, 'one file each: nothing broke the time line\n' + device.stderr);
    for (const [name, , video, audio, over] of made) {
        const file = files.find((found) => found.includes(`${name.replace(/\..*/, '')}/`)) ?? '';
        const { streams } = probe(['-show_streams', file]);
        t.is(streams[0].codec_name, video, name);
        t.is(streams[1]?.codec_name, audio, name);
        t.true(Number(streams[0].duration) > 6, `${name}: ${streams[0].duration} s, more than two rounds of 3 s`);
        t.is(device.stderr.includes(`${name}: the picture is transcoded`), over, name);
    }
    t.false(/source-lost|record-gap/.test(device.stderr), device.stderr);
});

test.serial('HTTP with a password and a presigned query: played, and the secrets are seen nowhere', async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'x.ts');
    make(file, ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-g', '25', '-c:a', 'aac'], 3);
    /** @type {string[]} */
    const asked = [];
    const server = http.createServer((request, response) => {
        asked.push(`${request.headers.authorization ?? 'none'} ${request.url}`);
        if (request.headers.authorization !== `Basic ${Buffer.from('me:sEcReT-1').toString('base64')}`) {
            response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="camera"' }).end();
        } else {
            response.writeHead(request.url?.startsWith('/gone.ts') ? 404 : 200, { 'Content-Type': 'video/mp2t' }).end(readFileSync(file));
        }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => server.close());
    const address = server.address();
    const host = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    const env = { OCELLUS_CAM_PASS: 'sEcReT-1' };
    const input = `http://me:sEcReT-1@${host}/x.ts?X-Amz-Signature=sEcReT-2&token=sEcReT-3#auth=basic`;
    const { device, data } = start(t, ['--input', `one=${input}`, '--input', `two=http://me:\${OCELLUS_CAM_PASS}@${host}/x.ts#auth=basic`, '--log', 'debug'], { env });
    const url = await device.url();
    await eventually(async () => {
        const { channels } = await device.json('/api/status');
        return channels.length === 2 && channels.every((/** @type {any} */ c) => c.recording?.files > 0) ? true : undefined;
    }, 'two channels record');
    t.true(asked.some((line) => line.includes('X-Amz-Signature=sEcReT-2&token=sEcReT-3')), 'the query travels whole');
    const seen = [readFileSync(`/proc/${device.process.pid}/cmdline`, 'utf8')];
    for (const page of ['/api/status', '/api/settings', '/api/events', '/api/recordings', '/metrics']) {
        seen.push(await (await fetch(url + page)).text());
    }
    await device.stop();
    seen.push(device.stdout, device.stderr, recordingsIn(data).join('\n'));
    for (const wrong of [`http://me:sEcReT-4@${host}/x.ts#auth=basic`, `http://me:sEcReT-1@${host}/gone.ts?token=sEcReT-3#auth=basic`]) {
        const failing = new Device(['run', '--port', '0', '--data', temporary(t), '--input', wrong]);
        t.is((await failing.ended).code, 1);
        t.regex(failing.stderr, /cam1: cannot open http:\/\/127.*: (wrong user name or password|Server returned 404)/);
        seen.push(failing.stdout, failing.stderr);
    }
    for (const text of seen) {
        t.false(/sEcReT/.test(text), text);
    }
});

test.serial('RTSP: killed and restarted, recording and live go on each time on one time line', async (t) => {
    const restarts = Number(process.env['OC_RTSP_RESTARTS'] ?? 3);
    const folder = temporary(t);
    const file = path.join(folder, 'camera.mp4');
    make(file, ['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-g', '25', '-c:a', 'aac'], 120);
    const port = await freePort();
    let kill = await rtspServer(t, port, file, ['me', 'sEcReT']);
    const { device, data } = start(t, ['--input', `cam=rtsp://me:sEcReT@127.0.0.1:${port}/cam#auth=basic`]);
    const url = await device.url();
    const playlist = async () => (await fetch(`${url}/live/cam/plain.m3u8`)).text();
    const newest = async () => Number(/s(\d+)\.m4s\s*$/.exec(await playlist())?.[1] ?? -1);
    const told = (/** @type {string} */ kind) => device.events.filter((e) => e['event'] === kind);
    const status = async () => (await device.json('/api/status')).channels[0];
    for (let round = 0; round <= restarts; round++) {
        const before = await newest();
        await eventually(async () => ((await newest()) > before + 1 ? true : undefined), `live goes on after ${round} restarts`, 60);
        t.true((await status()).recording.active, `recording after ${round} restarts`);
        if (round < restarts) {
            const losses = told('source-lost').length;
            await kill();
            await device.until(() => (told('source-lost').length > losses ? true : undefined), 'the loss is told');
            if (round === 0) {
                await device.until(() => (told('source-lost').length > losses + 1 ? true : undefined), 'nobody is there: the loss is told in a new way');
            }
            kill = await rtspServer(t, port, file, ['me', 'sEcReT']);
        }
    }
    t.is((await status()).sourceLosses, restarts);
    // a loss is told once in each way, as long as it lasts (ADR 88); a try may meet the port while nobody is there
    const log = device.events.filter((e) => /^source-(lost|silent|resumed)$/.test(String(e['event'])));
    const story = log.map((e) => (e['event'] === 'source-resumed' ? '|' : String(e['text']))).join(';');
    t.regex(story, /^closed;the address accepts no connections;\|(;closed;(the address accepts no connections;)?\|)*$/);
    const resumed = told('source-resumed');
    t.is(resumed.length, restarts, story);
    for (const { text } of resumed) {
        t.regex(String(text), /^after \d+\.\d s(, \d+ failures)?$/, 'the gap is logged');
    }
    await device.stop();
    t.false(/sEcReT/.test(device.stderr + device.stdout));
    for (const recording of recordingsIn(data)) {
        const { packets } = probe(['-select_streams', 'v', '-show_entries', 'packet=dts', recording]);
        const times = packets.map((/** @type {any} */ p) => Number(p.dts));
        for (const [i, time] of times.entries()) {
            t.true(i === 0 || time > times[i - 1], 'time never goes back');
        }
    }
});

test.serial('RTSP by UDP; the same camera turned and with a clock in the picture: each picture once', async (t) => {
    const file = path.join(temporary(t), 'camera.mp4');
    make(file, ['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-g', '25', '-c:a', 'aac'], 60);
    const port = await freePort();
    await rtspServer(t, port, file);
    const url = `rtsp://127.0.0.1:${port}/cam`;
    const { files } = await record(t, [`plain=${url}#transport=udp`, `turned=${url}#transcode=1&rotate=90&name=YARD&clock=1`], 9);
    t.is(files.length, 2);
    for (const recording of files) {
        const { streams, packets } = probe(['-select_streams', 'v', '-show_streams', '-show_entries', 'packet=pts_time', recording]);
        const side = recording.includes('turned') ? { width: 240, height: 320 } : { width: 320, height: 240 };
        t.like(streams[0], { codec_name: 'h264', ...side });
        const times = packets.map((/** @type {any} */ packet) => Number(packet.pts_time));
        const span = times.at(-1) - times[0]; // not the track's duration, to which sound may add what was encoded of it before the end
        t.true(Math.abs(times.length - 1 - span * 25) < 3, `${times.length} pictures in ${span} s`);
        const steps = times.slice(1).map((/** @type {number} */ time, /** @type {number} */ i) => time - times[i]);
        t.true(Math.min(...steps) > 0.039, `${Math.min(...steps)} s between two pictures`);
    }
});

test.serial('RTSP: a camera that is off at the start is waited for; the program ends at once meanwhile', async (t) => {
    const { device } = start(t, ['--input', `cam=rtsp://me:sEcReT@127.0.0.1:${await freePort()}/cam`]);
    await device.event('source-absent');
    await device.said(/cam: source-absent: the address accepts no connections/);
    const begun = Date.now();
    t.is((await device.stop()).code, 0);
    judge(t, Date.now() - begun < 2000, `ended after ${Date.now() - begun} ms`);
    t.false(/sEcReT/.test(device.stderr + device.stdout));
});

test.serial('a server that accepts and says nothing: the program still ends, in the soak within 2 s', async (t) => {
    const server = http.createServer(() => {});
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => server.closeAllConnections());
    t.teardown(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    for (const scheme of ['http', 'rtsp']) {
        const device = new Device(['run', '--port', '0', '--data', temporary(t), '--input', `${scheme}://127.0.0.1:${port}/x`]);
        await sleep(1500);
        const begun = Date.now();
        t.is((await device.stop()).code, 0, scheme);
        judge(t, Date.now() - begun < 2000, `${scheme}: ended after ${Date.now() - begun} ms`);
    }
});

test.serial('a V4L2 camera (scripted): pictures pass through, exposure is set, unplugged and back, stalled at the end', async (t) => {
    const pictures = path.join(temporary(t), 'pictures.mjpeg');
    make(pictures, ['-an', '-c:v', 'mjpeg', '-f', 'mjpeg'], 2);
    const env = { LD_PRELOAD: path.join(path.dirname(program), 'tests', 'hosts', 'v4l2_camera.so'), OCELLUS_TEST_CAMERA: pictures };
    const { device, data } = start(t, ['--input', '/dev/video42#exposure=200&fps=25'], { env });
    await device.event('recording');
    await sleep(2000);
    writeFileSync(`${pictures}.gone`, '');
    await device.event('source-lost');
    rmSync(`${pictures}.gone`);
    await device.event('source-resumed');
    await sleep(2000);
    writeFileSync(`${pictures}.stalled`, '');
    await sleep(500);
    const begun = Date.now();
    await device.stop();
    judge(t, Date.now() - begun < 2000, `ended after ${Date.now() - begun} ms`);
    t.true(readFileSync(`${pictures}.controls`, 'utf8').startsWith('auto=1\nexposure=200\n'));
    const [file = ''] = recordingsIn(data);
    const { streams } = probe(['-show_streams', '-count_packets', file]);
    t.like(streams[0], { codec_name: 'mjpeg', width: 320, height: 240 });
    t.true(Number(streams[0].nb_read_packets) >= 40, streams[0].nb_read_packets);
    const refused = new Device(['run', '--port', '0', '--data', temporary(t), '--input', '/dev/video42#night=1'], { env });
    t.is((await refused.ended).code, 1);
    t.regex(refused.stderr, /\/dev\/video42: night: the device does not allow it/);
});

/** Frame number → seconds of a stream's live picture. @param {string} folder @param {string} file */
async function numbered(folder, file) {
    writeFileSync(file, await liveBytes(folder));
    const { packets } = probe(['-select_streams', 'v', '-show_entries', 'packet=pts_time', file]);
    const times = packets.map((/** @type {any} */ p) => Number(p.pts_time)).sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
    return new Map(codes(file).flatMap((code, i) => (code ? [[code.frame, times[i]]] : [])));
}

test.serial('a sub stream made of main: smaller, with its sound, each picture at the same time as in main', async (t) => {
    const folder = temporary(t);
    for (const source of ['test:?size=640x360', `ffmpeg:${path.join(root, 'assets', 'clip.mp4')}`]) {
        const { device } = start(t, ['--record', 'off', '--input', `cam=${source},sub=320x180@300000#gop=1`]);
        const url = await device.url();
        const live = async (/** @type {string} */ name) => {
            const answer = await fetch(`${url}/live/cam/${name}index.m3u8`);
            return answer.ok && ((await answer.text()).match(/^s\d+/gm) ?? []).length >= 3 ? true : undefined;
        };
        await eventually(() => live(''), 'main plays', 30);
        await eventually(() => live('sub/'), 'sub plays', 30);
        const { sub } = (await device.json('/api/status')).channels[0];
        t.deepEqual([sub.state, sub.video.width, sub.video.height, sub.audio.codec], ['running', 320, 180, 'aac']);
        const [big, small] = await Promise.all([numbered(`${url}/live/cam/`, path.join(folder, 'm.mp4')), numbered(`${url}/live/cam/sub/`, path.join(folder, 's.mp4'))]);
        const common = [...small].flatMap(([frame, time]) => (big.has(frame) ? [Math.abs(time - (big.get(frame) ?? 0))] : []));
        t.true(common.length > 30, `${common.length} pictures in both`);
        t.true(Math.max(...common) < 1 / 60, `${source}: ${Math.max(...common)} s apart`);
        await device.stop();
    }
});

test.serial('without the plug-in: one line says what to install; wrong inputs say what is wrong', async (t) => {
    const folder = temporary(t);
    for (const name of ['ocellus', 'app.xsa']) {
        copyFileSync(path.join(path.dirname(program), name), path.join(folder, name));
    }
    const bare = spawnSync(path.join(folder, 'ocellus'), ['run', '--port', '0', '--data', folder, '--input', 'test'], { encoding: 'utf8' });
    t.is(bare.status, 1);
    t.regex(bare.stderr, /ocellus: test: cannot open test: this input needs ocellus-ffmpeg, which was not built: .*docs\/design\/cli\.md#inputs/);
    for (const [input, line] of /** @type {[string, RegExp][]} */ ([
        ['test:?size=3x3', /size=3x3 is not allowed; use WxH/],
        ['/nowhere/a.mkv', /\/nowhere\/a\.mkv: No such file or directory/],
        ['/dev/video9', /\/dev\/video9: /],
        ['alsa:hw:nothing', /alsa:hw:nothing: /],
        ['alsa:file:x,raw', /alsa:file:x,raw is not allowed; use alsa: and default, null, hw:CARD,DEV or plughw:CARD,DEV/],
        ['v4l2:/dev/../etc/passwd', /v4l2:\/dev\/\.\.\/etc\/passwd is not allowed; use a device below \/dev/],
        ['ffmpeg:assets/clip.mp4#flip=h', /rotate, flip, name and clock need pixels; h264 passes through: add transcode=1/],
    ])) {
        const device = new Device(['run', '--port', '0', '--data', temporary(t), '--input', input]);
        t.is((await device.ended).code, 1, input);
        t.regex(device.stderr, line);
    }
});
