// The program built by the Moddable SDK for `lin`, without a display: a recording checked by FFmpeg, archives that are
// refused, a script that is killed again and again. tests/e2e runs against the same program (OC_PROGRAM).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, program, sleep, start, temporary, testApp } from '../e2e/device.mjs';
import { readMp4, trackOf } from '../e2e/mp4.mjs';
import { complete } from '../e2e/whole.mjs';

const beside = path.dirname(program);
const app = path.join(beside, 'app.xsa');

/** @param {string} data @returns {string[]} recorded files */
const recordingsIn = (data) =>
    readdirSync(path.join(data, 'recordings'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.mp4'))
        .map((name) => path.join(data, 'recordings', name));

/** @param {string} file */
const hash = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

test('ten seconds of the clip are recorded: FFmpeg finds every packet, in time', async (t) => {
    const { device, data } = start(t, ['--duration', '10', '--record-audio', 'on']);
    t.is((await device.ended).code, 0, device.stderr);
    const [file = '', ...more] = recordingsIn(data);
    t.deepEqual(more, []);
    const argv = ['-v', 'error', '-count_packets', '-show_entries', 'format=duration:stream=codec_name,width,height,nb_read_packets', '-of', 'json', file];
    const probed = JSON.parse(execFileSync('ffprobe', argv, { encoding: 'utf8' }));
    const [video, audio] = probed.streams;
    t.like(video, { codec_name: 'h264', width: 640, height: 360 });
    t.like(audio, { codec_name: 'aac' });
    const seconds = Number(probed.format.duration);
    t.true(seconds > 9 && seconds < 10.6, `${seconds} s`);
    t.true(Math.abs(Number(video.nb_read_packets) - seconds * 30) <= 2, `${video.nb_read_packets} pictures in ${seconds} s`);
    t.true(Math.abs(Number(audio.nb_read_packets) - (seconds * 48000) / 1024) <= 3, `${audio.nb_read_packets} of audio in ${seconds} s`);
    t.is(execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'null', '-'], { encoding: 'utf8' }), '', 'it decodes without a word');
});

test('the archive is read, never written', async (t) => {
    const before = [hash(app), statSync(app).mtimeMs];
    for (let life = 0; life < 2; life++) {
        const { device } = start(t, ['--duration', '1', '--record', 'off']);
        t.is((await device.ended).code, 0, device.stderr);
    }
    t.deepEqual([hash(app), statSync(app).mtimeMs], before);
});

test('one archive for lin and for ESP32', (t) => {
    const [lin, esp32] = ['app-lin.xsa', 'app-esp32.xsa'].map((name) => path.join(root, 'build', 'sdk', name));
    t.is(hash(lin ?? ''), hash(esp32 ?? ''));
    t.is(hash(lin ?? ''), hash(app));
});

/**
 * What is done to a copy of the archive, and what is said about it. An archive is boxes of length, name and content:
 * XS_A (8 bytes of head), then VERS (8 + 4).
 * @type {Record<string, [(bytes: Buffer) => Buffer, RegExp]>}
 */
const wrongs = {
    empty: [() => Buffer.alloc(0), /./],
    'cut in half': [(bytes) => bytes.subarray(0, bytes.length >> 1), /./],
    'short of its last byte': [(bytes) => bytes.subarray(0, bytes.length - 1), /./],
    'longer than it says': [(bytes) => Buffer.concat([bytes, Buffer.alloc(9)]), /./],
    'for another major version': [(bytes) => Buffer.from(bytes.with(16, (bytes[16] ?? 0) - 1)), /version|engine/i],
    'for another minor version': [(bytes) => Buffer.from(bytes.with(17, (bytes[17] ?? 0) + 1)), /version|engine/i],
    'with a flipped bit in the middle': [(bytes) => Buffer.from(bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1)), /damaged|sum|signature|digest/i],
    'with a flipped bit at its end': [(bytes) => Buffer.from(bytes.with(bytes.length - 1, (bytes[bytes.length - 1] ?? 0) ^ 0x80)), /damaged|sum|signature|digest/i],
    'for another engine': [() => readFileSync(path.join(root, 'assets', 'clip.mp4')), /./],
};
for (const [what, [spoil, said]] of Object.entries(wrongs)) {
    test(`refused with one line and left as it is: an archive ${what}`, async (t) => {
        const file = path.join(temporary(t), 'wrong.xsa');
        writeFileSync(file, spoil(readFileSync(app)));
        const before = hash(file);
        const device = new Device(['run', '--port', '0', '--data', temporary(t), '--app', file]);
        t.teardown(() => device.process.kill('SIGKILL'));
        t.is((await device.ended).code, 1, device.stderr);
        const lines = device.stderr.trimEnd().split('\n');
        t.is(lines.length, 1, device.stderr);
        t.true(lines[0]?.startsWith(`ocellus: ${file}: `), lines[0]);
        t.regex(lines[0]?.slice(`ocellus: ${file}: `.length) ?? '', said);
        t.is(hash(file), before);
    });
}

test('the loader: what it cannot load is said in one line', async (t) => {
    const text = path.join(temporary(t), 'text.so');
    writeFileSync(text, 'no library');
    const other = path.join(temporary(t), 'other.so');
    copyFileSync('/lib/x86_64-linux-gnu/libm.so.6', other);
    /** @type {[string[], number, RegExp][]} */
    const cases = [
        [['--so', '/nosuch/mc.so', 'run'], 2, /--so \/nosuch\/mc\.so: No such file/],
        [['run', '--so'], 2, /--so : a file is missing/],
        [[`--so=${text}`, 'run'], 1, /text\.so: /],
        [['--so', other, 'run'], 1, /other\.so: not a build of ocellus/],
    ];
    for (const [args, code, said] of cases) {
        const device = new Device(args);
        t.is((await device.ended).code, code, device.stderr);
        t.regex(device.stderr, said);
        t.is(device.stderr.trimEnd().split('\n').length, 1, device.stderr);
    }
    const named = new Device([`--so=${path.join(beside, 'mc.so')}`, '--version']);
    t.is((await named.ended).code, 0, named.stderr);
    t.regex(named.stdout, /^ocellus \d/);
});

test('--help names what this program has', async (t) => {
    const device = new Device(['--help']);
    t.is((await device.ended).code, 0, device.stderr);
    t.regex(device.stdout, /^usage: ocellus-lin run \[options\]/m);
    t.regex(device.stdout, /^ {7}ocellus-lin password /m);
    t.regex(device.stdout, /^ {2}--so FILE /m);
    t.regex(device.stdout, /^ {2}--segment-minutes N /m);
    t.regex(device.stdout, /There is no ocellus-ffmpeg/);
    t.notRegex(device.stdout, /support-bundle|crashes|\bpeer\b|WebRTC clients|applications of your own|ocellus (run|--help|transcode|recordings|snapshot|keys|bundle|update|publish|cloud)\b/);
    t.notRegex(device.stdout, /a file, https:|lists of them|releases on a web server/, 'lines below those commands');
});

test('commands of the Linux program are refused with a line', async (t) => {
    for (const words of [['app', 'new', 'door'], ['app', '--help'], ['support-bundle'], ['transcode', 'a.mp4', 'b.mp4'], ['cloud', 'check'], ['recordings'], ['snapshot', 'cam1']]) {
        const device = new Device(words);
        t.is((await device.ended).code, 2, device.stderr);
        t.is(device.stderr, `ocellus: ${words[0]}: in the Linux program only\n`);
    }
});

test('twenty scripts of one process end in every way there is: the recording misses no packet, live goes on', async (t) => {
    t.timeout(420_000);
    const { device, data } = start(t, ['--app', testApp('in-turn'), '--name', 'turns', '--record-audio', 'on']);
    const live = `${await device.url()}/live/cam1/index.m3u8`;
    const { pid } = device.process;
    let [answered, refused, watching] = [0, 0, true];
    const watcher = (async () => {
        while (watching) {
            const response = await fetch(live, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
            await response?.text();
            if (response?.ok) {
                answered++;
            } else if (answered > 0) {
                refused++;
            }
            await sleep(200);
        }
    })();
    const status = await eventually(
        async () => {
            const now = await device.json('/api/status');
            return now.script.state === 'running' && now.script.generation > 20 && now.channels[0]?.recording.active ? now : undefined;
        },
        'script number 21',
        400,
    );
    watching = false;
    await watcher;
    t.true(answered > 100 && refused === 0, `live answered ${answered} times, refused ${refused} times`);
    t.is(status.script.restarts, 20);
    t.is(status.channels.length, 1);
    t.is(status.channels[0].dropped, 0);
    t.is(status.channels[0].recording.lostPackets, 0);
    t.is(device.process.pid, pid);
    await sleep(1500);
    t.is((await device.stop()).code, 0, device.stderr);
    const files = recordingsIn(data);
    t.is(files.length, 1, files.join());
    const [recorded, source] = [readMp4(files[0] ?? ''), readMp4(path.join(root, 'assets', 'clip.mp4'))];
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        complete(t, trackOf(recorded, kind), trackOf(source, kind));
    }
    const reasons = new Set([...device.stderr.matchAll(/script {4}ended: ([a-z ]+);/g)].map((match) => match[1]));
    t.true(reasons.size >= 6, [...reasons].join());
});
