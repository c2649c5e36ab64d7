// What `ocellus transcode` makes is played by Chromium from the store, by a presigned address.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { presign } from '../../engine/s3-presign.mjs';
import { S3Stub } from '../../engine/s3-stub.mjs';
import { make } from '../../inputs/inputs.mjs';
import { Device, temporary } from '../device.mjs';
import { serve } from '../store-orders.mjs';
import { openPage } from './browser.mjs';

const keys = { accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key' };

/** @type {[name: string, how: string[]][]} */
const sources = [
    ['h263.avi', ['-s', '352x288', '-c:v', 'h263', '-c:a', 'ac3']],
    ['mpeg2.mpg', ['-c:v', 'mpeg2video', '-bf', '2', '-c:a', 'mp2']],
    ['vp9.webm', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus']],
    ['copied.ts', ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-bf', '2', '-g', '25', '-c:a', 'aac']],
];

test('[D4] H.263 with AC-3, MPEG-2, VP9 with Opus and a copied stream play to their end', async (t) => {
    const folder = temporary(t);
    const store = new S3Stub();
    const endpoint = `http://127.0.0.1:${await serve(t, (request, reply) => (request.url === '/page' ? void reply.end('<!doctype html><title>p</title>') : store.serve(request, reply)))}`;
    const { page } = await openPage(t);
    for (const [name, how] of sources) {
        const file = path.join(folder, name);
        make(file, how, 4);
        store.buckets.get('film')?.set(name, { bytes: readFileSync(file), etag: '"x"', type: 'video/mp4', cacheControl: undefined });
        const env = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };
        const device = new Device(['transcode', `s3://film/${name}`, `s3://film/${name}.mp4`, '--endpoint', endpoint], { env });
        t.is((await device.ended).code, 0, device.stderr);
        await page.goto(`${endpoint}/page`);
        const seen = await page.evaluate(async (address) => {
            const video = document.createElement('video');
            document.body.append(video);
            video.src = address;
            const ended = new Promise((resolve) => {
                video.onended = () => resolve('ended');
                video.onerror = () => resolve(video.error?.message ?? 'error');
            });
            await video.play();
            const how = await ended;
            const counts = /** @type {any} */ (video);
            return { how, at: video.currentTime, frames: video.getVideoPlaybackQuality().totalVideoFrames, sound: counts.webkitAudioDecodedByteCount };
        }, presign('GET', `${endpoint}/film/${name}.mp4`, keys));
        t.is(seen.how, 'ended', name);
        t.true(seen.at > 3.8 && seen.at < 4.4 && seen.frames > 80 && seen.sound > 0, `${name}: ${JSON.stringify(seen)}`);
    }
});
