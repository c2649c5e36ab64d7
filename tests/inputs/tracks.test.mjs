// Files with tracks that Ocellus does not carry are read by FFmpeg by themselves; pictures that are to be turned.
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { start, temporary } from '../e2e/device.mjs';
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
