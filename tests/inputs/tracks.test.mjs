// Files with tracks that Ocellus does not carry are read by FFmpeg by themselves; pictures that are to be turned.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { make, probe, recordingsIn } from './inputs.mjs';

const turned = path.join(root, 'tests', 'corpora', 'mp4', 'h264-rotated.mp4');

/** What is recorded of each input, as ffprobe sees it. @param {import('ava').ExecutionContext} t @param {readonly string[]} inputs */
async function recorded(t, inputs) {
    const { device, data } = start(t, [...inputs.flatMap((input) => ['--input', input]), '--duration', '4', '--record-audio', 'on']);
    t.is((await device.ended).code, 0, device.stderr);
    const files = recordingsIn(data);
    return {
        device,
        streams: (/** @type {string} */ name) => probe(['-show_streams', files.find((file) => file.includes(`/${name}/`)) ?? '']).streams,
    };
}

test.serial('MPEG-4 part 2, MP3 and AC-3 in MP4 are transcoded without a word of the user, and a line says it', async (t) => {
    const folder = temporary(t);
    const [old, ac3] = [path.join(folder, 'old.mp4'), path.join(folder, 'ac3.mov')];
    make(old, ['-c:v', 'mpeg4', '-c:a', 'libmp3lame'], 2);
    make(ac3, ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'ac3'], 2);
    const { device, streams } = await recorded(t, [`old=${old}`, `ac3=${ac3}`]);
    for (const name of ['old', 'ac3']) {
        t.deepEqual(streams(name).map((/** @type {any} */ s) => s.codec_name), ['h264', 'aac'], device.stderr);
    }
    t.regex(device.stderr, /no track that can be read: video mp4v: audio mp3: read by FFmpeg/);
    t.regex(device.stderr, /audio ac-3: read by FFmpeg/);
    t.false(device.events.some(({ event }) => event === 'track-omitted'));
});

test.serial('a picture that is to be turned: kept where it passes through, done where it is transcoded', async (t) => {
    const { streams } = await recorded(t, [`ours=${turned}`, `through=ffmpeg:${turned}`, `made=ffmpeg:${turned}#transcode=1`, `more=ffmpeg:${turned}#transcode=1&rotate=90`]);
    const seen = (/** @type {string} */ name) => {
        const [{ width, height, side_data_list: side = [] }] = streams(name);
        return [width, height, side[0]?.rotation ?? 0]; // ffprobe counts counter-clockwise
    };
    t.deepEqual(['ours', 'through', 'made', 'more'].map(seen), [
        [64, 48, -90],
        [64, 48, -90],
        [48, 64, 0],
        [64, 48, 0],
    ]);
});

test.serial('AAC that does not fit its description is left out, counted and said; the picture is kept', async (t) => {
    t.timeout(120_000, 'two files');
    const folder = temporary(t);
    const right = path.join(folder, 'right.mkv');
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25:duration=20', '-f', 'lavfi', '-i', 'sine=440:sample_rate=16000:duration=20', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac', '-b:a', '32k', right]);
    const bytes = readFileSync(right);
    const at = bytes.indexOf(Buffer.from('63a2851408', 'hex')); // CodecPrivate: AAC-LC, 16 kHz, one channel
    t.true(at > 0);
    const configs = { rate: '1188', stereo: '1190', both: '1210' };
    for (const [name, config] of Object.entries(configs)) {
        const wrong = Buffer.from(bytes);
        Buffer.from(config, 'hex').copy(wrong, at + 3);
        writeFileSync(path.join(folder, `${name}.mkv`), wrong);
    }
    const inputs = ['right', ...Object.keys(configs)];
    const { device } = start(t, ['--record', 'off', ...inputs.flatMap((name) => ['--input', `${name}=${path.join(folder, `${name}.mkv`)}`])]);
    const channels = await eventually(async () => {
        const found = (await device.json('/api/status')).channels;
        return found.length === inputs.length && found.every((/** @type {any} */ c) => c.packets > 150) ? found : undefined;
    }, 'all play', 60);
    for (const { name, lost, video } of channels) {
        t.is(video?.codec, 'h264');
        t.deepEqual(Object.keys(lost), name === 'right' ? [] : ['source'], name);
        t.true(name === 'right' || lost.source > 20, `${name}: ${lost.source}`);
    }
    t.is(device.stderr.match(/aac packets are left out: they do not fit their description/g)?.length, 3, device.stderr);
});
