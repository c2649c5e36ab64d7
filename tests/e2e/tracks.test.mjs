// Files with tracks that are not carried, and pictures that are to be turned, without FFmpeg.
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, program, start, temporary } from './device.mjs';

const file = (/** @type {string} */ name) => path.join(root, 'tests', 'corpora', 'mp4', name);

/** The program alone in a folder: no FFmpeg beside it. @param {import('ava').ExecutionContext} t */
function bare(t) {
    const folder = temporary(t);
    for (const name of ['ocellus', 'app.xsa']) {
        copyFileSync(path.join(path.dirname(program), name), path.join(folder, name));
    }
    return path.join(folder, 'ocellus');
}

test('a track that is not carried is named in event, log and status, with what to install', async (t) => {
    const device = new Device(['run', '--json', '--port', '0', '--data', temporary(t), '--input', `cam=${file('h264-ac3.mp4')}`], { program: bare(t) });
    t.teardown(() => device.process.kill('SIGKILL'));
    const event = await device.event('track-omitted');
    t.like(event, { channel: 'cam', text: 'audio ac-3 is not carried' });
    await device.said(/cam: channel-opened: not carried: audio ac-3: .*ocellus-ffmpeg/);
    const [channel] = (await device.json('/api/status')).channels;
    t.deepEqual(channel.omitted, { video: null, audio: 'ac-3' });
    t.is(channel.audio, null);
    await device.stop();
    const nothing = new Device(['run', '--port', '0', '--data', temporary(t), '--input', file('mpeg4-mp3.mp4')], { program: bare(t) });
    t.is((await nothing.ended).code, 1);
    t.regex(nothing.stderr, /no track that can be read: video mp4v: audio mp3.*ocellus-ffmpeg/);
});

test('AAC as QuickTime writes it is played', async (t) => {
    const { device } = start(t, ['--input', `cam=${file('h264-aac.mov')}`, '--record', 'off']);
    await device.event('channel-opened');
    const [channel] = (await device.json('/api/status')).channels;
    t.is(channel.audio.codec, 'aac');
    t.deepEqual(channel.omitted, { video: null, audio: null });
    await device.stop();
});

test('a picture that is to be turned says so in status, recordings and live', async (t) => {
    const { device, data } = start(t, ['--input', `cam=${file('h264-rotated.mp4')}`]);
    await device.event('recording');
    const url = await device.url();
    const init = await eventually(async () => {
        const playlist = await (await fetch(`${url}/live/cam/plain.m3u8`)).text();
        const name = /URI="([^"]+)"/.exec(playlist)?.[1];
        return name === undefined ? undefined : Buffer.from(await (await fetch(`${url}/live/cam/${name}`)).arrayBuffer());
    }, 'the init segment');
    const [channel] = (await device.json('/api/status')).channels;
    t.like(channel.video, { width: 64, height: 48, rotation: 90 });
    await device.stop();
    const folder = path.join(data, 'recordings', 'cam');
    const recording = readFileSync(path.join(folder, readdirSync(folder).find((name) => name.endsWith('.mp4')) ?? ''));
    for (const bytes of [init, recording]) {
        const matrix = bytes.indexOf('tkhd') + 4 + 40;
        t.deepEqual([0, 4, 12, 16, 24, 28].map((at) => bytes.readInt32BE(matrix + at) / 65536), [0, 1, -1, 0, 48, 0]);
    }
});
