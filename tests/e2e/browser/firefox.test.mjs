// Firefox plays and seeks both formats of an export. It has no driver here: the page does the work and posts what it saw.
import test from 'ava';
import { channel, height, record, width } from '../../hosts/spans.mjs';
import { read } from '../../blockcode/blockcode.mjs';
import { start, temporary } from '../device.mjs';
import { serve } from '../store-orders.mjs';
import { openFirefox } from './firefox.mjs';

const begin = Date.parse('2026-11-20T08:00:00.000Z');
const fps = 4;
/** Seconds of the export, and the number of the picture there. @type {[number, number][]} */
const places = [[45.1, 436], [18.6, 74], [35.6, 142], [36.1, 400], [3.1, 12]];

/** @param {readonly string[]} addresses */
const page = (addresses) => `<!doctype html><script type="module">
const read = ${read.toString()};
const once = (target, name) => new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, { once: true });
    target.addEventListener('error', () => reject(new Error(target.error?.message ?? 'error')), { once: true });
});
async function look(address) {
    const video = Object.assign(document.createElement('video'), { muted: true, crossOrigin: 'anonymous', src: address });
    document.body.append(video);
    await once(video, 'loadeddata');
    await video.play();
    const seen = [];
    for (const [second] of ${JSON.stringify(places)}) {
        video.pause();
        const seeked = once(video, 'seeked');
        video.currentTime = second;
        await seeked;
        await new Promise((resolve) => setTimeout(resolve, 500)); // nothing is composed without a window: no callback of a frame comes
        const canvas = Object.assign(document.createElement('canvas'), { width: ${width}, height: ${height} });
        const context = canvas.getContext('2d');
        context.drawImage(video, 0, 0, ${width}, ${height});
        const pixels = [...context.getImageData(0, 0, ${width}, ${height}).data];
        seen.push(read({ pixels, width: ${width}, height: ${height}, channels: 4 })?.frame ?? null);
    }
    return { duration: video.duration, seen };
}
const results = [];
for (const address of ${JSON.stringify(addresses)}) results.push(await look(address).catch((error) => ({ error: String(error) })));
await fetch('/result', { method: 'POST', body: JSON.stringify(results) });
</script>`;

test('[E9] Firefox plays and seeks a span of three files with a gap as one MP4 of either format', async (t) => {
    t.timeout(180_000);
    const data = temporary(t);
    for (const [from, seconds] of /** @type {[number, number][]} */ ([[0, 20], [20, 16], [100, 20]]))
        record(data, begin + from * 1000, { seconds, fps, first: from * fps, gop: 4 });
    /** @type {(results: any[]) => void} */
    let take = () => {};
    const results = new Promise((/** @type {(results: any[]) => void} */ resolve) => (take = resolve));
    let addresses = /** @type {string[]} */ ([]);
    const port = await serve(t, (request, reply) => {
        let body = '';
        request.on('data', (part) => (body += part)).on('end', () => {
            if (request.method === 'POST') take(JSON.parse(body));
            reply.setHeader('content-type', 'text/html').end(request.url === '/' ? page(addresses) : '');
        });
    });
    const { device } = start(t, ['--cors-origin', `http://127.0.0.1:${port}`], { data });
    const url = (await device.url()).replace(/\/$/, '');
    addresses = ['fragmented', 'plain'].map((format) => `${url}/export/${channel}.mp4?from=${begin}&to=${begin + 120_000}&format=${format}`);
    openFirefox(t, `http://127.0.0.1:${port}/`);
    for (const [index, found] of (await results).entries()) {
        t.is(found.error, undefined, addresses[index]);
        t.true(Math.abs(found.duration - 56) < 0.5, `${addresses[index]}: ${found.duration} s`);
        t.deepEqual(found.seen, places.map(([, picture]) => picture), addresses[index]);
    }
});
