// A camera that sends everything to a real store, through an outage, two kill -9 and two updates: FFmpeg reads the playlist that
// the device gives out, and finds every packet of the recordings once, in order, bit by bit.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { buildFolder } from '../../scripts/build.mjs';
import { bundle, newKey, post } from '../e2e/bundles.mjs';
import { eventually, sleep, start, temporary } from '../e2e/device.mjs';
import { drain } from './footage.mjs';
import { keys, startRadosgw } from './radosgw.mjs';

/** Of the whole; the figures of docs/performance.md are of 600. */
const seconds = Number(process.env['OCELLUS_CLOUD_SECONDS'] ?? 40);

/** MD5 of each packet of a stream, in order. @param {string} input @param {'v' | 'a'} stream @returns {string[]} */
function packets(input, stream) {
    const ofLists = input.startsWith('http') ? ['-allowed_extensions', 'ALL', '-http_persistent', '0'] : [];
    const argv = ['-v', 'error', '-nostdin', ...ofLists, '-i', input, '-map', `0:${stream}`, '-c', 'copy', '-f', 'framemd5', '-'];
    const text = execFileSync('ffmpeg', argv, { encoding: 'utf8', maxBuffer: 1 << 28 });
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(',').at(-1)?.trim() ?? '');
}

test('[A2] [A8] outage, kill -9 twice, two updates: FFmpeg finds every packet once in the playlist of the store', async (t) => {
    t.timeout((seconds + 200) * 1000);
    const data = temporary(t);
    const folder = temporary(t);
    const gateway = await startRadosgw(t);
    await gateway.makeBucket('film');
    const { key, pub } = newKey(folder);
    const run = async () => {
        const { device } = start(t, ['--update-key', pub, '--record-audio', 'on'], { data });
        const url = (await device.url()).replace(/\/$/, '');
        const json = async (/** @type {string} */ at) => /** @type {any} */ (await (await fetch(url + at)).json());
        return { device, url, json };
    };
    const patch = (/** @type {string} */ url, /** @type {unknown} */ body) =>
        eventually(async () => {
            const answer = await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
            return answer.status === 200 ? true : undefined;
        }, 'the settings are taken');
    const first = Date.now();
    let camera = await run();
    await patch(camera.url, { cloud: { endpoint: gateway.http, bucket: 'film', segmentSeconds: 2, latencySeconds: 2, ...keys } });
    const share = (/** @type {number} */ part) => sleep((seconds * 1000) / part);
    /** @param {string} version */
    const update = async (version) => {
        const answer = await post(camera.device, bundle(folder, path.join(buildFolder('linux'), 'app.xsa'), version, key));
        t.is(answer.status, 202, JSON.stringify(answer.body));
        await eventually(async () => ((await camera.json('/api/update')).version === version ? true : undefined), `${version} runs`);
    };
    const kill = async () => {
        camera.device.process.kill('SIGKILL');
        await camera.device.ended;
        camera = await run();
    };
    await share(6);
    await update('1.1.0');
    await share(8);
    gateway.stand(true);
    await share(6);
    await kill();
    await share(8);
    gateway.stand(false);
    await share(8);
    await update('1.2.0');
    await share(8);
    await kill();
    await share(6);
    const { json, url } = camera;
    const cloud = await drain({ json, set: (body) => patch(url, body), cloud: async () => (await json('/api/status')).cloud });
    t.deepEqual([cloud.gaps, cloud.reason], [0, '']);
    const files = readdirSync(path.join(data, 'recordings', 'cam1')).filter((name) => name.endsWith('.mp4')).sort();
    t.true(files.length >= 3, files.join(' '));
    const list = `${camera.url}/api/cloud/cam1/index.m3u8?from=${first - 60_000}&to=${Date.now() + 60_000}`;
    for (const stream of /** @type {const} */ (['v', 'a'])) {
        const source = files.flatMap((name) => packets(path.join(data, 'recordings', 'cam1', name), stream));
        const found = packets(list, stream);
        const from = source.indexOf(found[0] ?? ''); // sent from the moment on at which the store was named
        t.true(found.length > seconds * 10, `${found.length} packets of ${source.length}`);
        t.deepEqual(found, source.slice(from < 0 ? 0 : source.length - found.length), `${stream}: every packet once, in order`);
        t.log(`${stream}: ${found.length} packets of ${source.length}, ${files.length} recordings`);
    }
});
