// Motion JPEG and G.711 in Chromium, which has a player for neither: picture and sound together, breaks, damage.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { fragment, init, mjpegTracks } from '../../viewer/make-mp4.mjs';
import { eventually, temporary } from '../device.mjs';
import { openPage, screenshot } from './browser.mjs';
import { channelOf, FakeApi, recordingOf } from './fake-api.mjs';
import { fakeDevice } from './fake-device.mjs';
import { notes, together, watch } from './flashes.mjs';

const fps = 25;
/** Samples of sound for each picture, at 8 kHz. */
const step = 8000 / fps;

/** Black and white in JPEG, made by the browser itself. @param {import('playwright-core').Page} page @returns {Promise<Buffer[]>} */
async function pictures(page) {
    const made = await page.evaluate(async () => {
        const all = [];
        for (const colour of ['#000', '#fff']) {
            const canvas = document.createElement('canvas');
            canvas.width = 320;
            canvas.height = 180;
            const context = canvas.getContext('2d');
            if (context) {
                context.fillStyle = colour;
                context.fillRect(0, 0, 320, 180);
            }
            all.push(canvas.toDataURL('image/jpeg').split(',')[1] ?? '');
        }
        return all;
    });
    return made.map((text) => Buffer.from(text, 'base64'));
}

/** A loud tone of 1 kHz, or silence, in mu-law. @param {boolean} loud */
const tone = (loud) => Buffer.from(Array.from({ length: step }, (_, n) => (!loud ? 0xff : n % 8 < 4 ? 0x8f : 0x0f)));

/**
 * Pieces of a stream with a flash and a beep in the first 120 ms of each second, sent as a network does: unsteadily.
 * @param {readonly Buffer[]} jpegs @param {number} seconds @param {number} [jitterMs]
 */
function flashes(jpegs, seconds, jitterMs = 0) {
    const pieces = [{ data: init(mjpegTracks), afterMs: 0 }];
    let held = 0;
    for (let n = 0; n < seconds * fps; n++) {
        const loud = n % fps < 3;
        const picture = jpegs[loud ? 1 : 0] ?? Buffer.alloc(0);
        const late = Math.round(((n * 7919) % 100) / 100 * jitterMs);
        const data = Buffer.concat([
            fragment(1, n * (90000 / fps), [{ duration: 90000 / fps, data: picture }]),
            fragment(2, n * step, [{ duration: step, data: tone(loud) }]),
        ]);
        pieces.push({ data, afterMs: 1000 / fps + late - held });
        held = late;
    }
    return pieces;
}

const mjpeg = channelOf('cam1', { video: { codec: 'mjpeg', width: 320, height: 180, fps }, audio: { codec: 'pcmu', sampleRate: 8000, channels: 1 } });

/** @param {import('ava').ExecutionContext} t @param {(url: URL, jpegs: readonly Buffer[]) => import('./fake-device.mjs').Reply | undefined} answer */
async function camera(t, answer) {
    const { page, errors } = await openPage(t);
    const jpegs = await pictures(page);
    const api = new FakeApi();
    api.channels = [mjpeg];
    api.recordings = [recordingOf('cam1', 1)];
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked) ?? answer(url, jpegs));
    await watch(page);
    return { page, errors, device, jpegs, api };
}

for (const jitter of [0, 120]) {
    test.serial(`flash and beep are together within 40 ms, with ${jitter} ms of jitter in the network`, async (t) => {
        const { page, errors, device } = await camera(t, (url, jpegs) => (url.pathname === '/live/cam1.mp4' ? { pieces: flashes(jpegs, 90, jitter) } : undefined));
        await page.goto(device.url);
        await page.getByRole('img', { name: 'Picture of cam1' }).waitFor();
        await page.getByRole('button', { name: 'Turn the sound on' }).click();
        await page.getByRole('button', { name: 'Turn the sound off' }).waitFor();
        t.log(`picture after sound, ms: ${(await together(page)).join(' ')}`);
        await screenshot(page, 'mjpeg');
        t.is(await page.locator('.tag').isVisible(), true);
        t.deepEqual(errors, []);
    });
}

test.serial('a stream that ends, breaks or is damaged is asked for anew, and says so meanwhile', async (t) => {
    let asked = 0;
    const { page, errors, device } = await camera(t, (url, jpegs) => {
        if (url.pathname !== '/live/cam1.mp4') {
            return undefined;
        }
        asked++;
        const short = flashes(jpegs, 1);
        if (asked === 1) {
            return { pieces: short };
        }
        if (asked === 2) {
            return { status: 503, body: {} };
        }
        if (asked === 3) {
            return { pieces: [{ data: Buffer.from('this is no MP4 at all, not in the least'), afterMs: 0 }] };
        }
        const broken = { data: fragment(1, 0, [{ duration: 1, data: Buffer.from('no picture') }]), afterMs: 0 };
        return { pieces: [...short.slice(0, 2), broken, ...flashes(jpegs, 60).slice(1)] };
    });
    await page.goto(device.url);
    await page.getByText('The picture stopped. Trying again…').waitFor();
    await page.getByText('This browser cannot play the stream.').waitFor();
    await eventually(async () => (asked >= 4 && (await notes(page)).drawn > 40 ? true : undefined), 'it plays again', 30);
    t.is(await page.locator('.notice').isVisible(), false);
    t.deepEqual(errors, []);
});

test.serial('a recording of it plays to its end at its own pace; a tile of it plays too', async (t) => {
    const file = recordingOf('cam1', 1).path;
    const { page, errors, device, api } = await camera(t, (url, jpegs) => {
        const pieces = flashes(jpegs, 4).map(({ data }) => ({ data, afterMs: 0 }));
        return url.pathname === file || url.pathname.startsWith('/live/cam') ? { pieces } : undefined;
    });
    await page.goto(`${device.url}#${file}`);
    const begun = Date.now();
    await eventually(async () => ((await notes(page)).flashes.length >= 4 ? true : undefined), 'four flashes', 30);
    t.true(Date.now() - begun > 2500, 'not faster than it was');
    await eventually(async () => ((await notes(page)).drawn >= 90 ? true : undefined), 'nearly every picture', 10);
    api.channels = [mjpeg, { ...mjpeg, name: 'cam2', id: 1 }];
    await page.goto(`${device.url}#/`);
    await page.locator('.tile canvas').first().waitFor();
    const before = (await notes(page)).drawn;
    await eventually(async () => ((await notes(page)).drawn > before + 20 ? true : undefined), 'tiles move', 10);
    t.deepEqual(errors, []);
});

test.serial('[E9] Motion JPEG out of a recording is fetched by ranges, from the key frame before the place on', async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'recording.mp4');
    const recording = recordingOf('cam1', 1);
    /** @type {[number, number][]} */
    const keys = [];
    let [initBytes, bytes] = [0, 0];
    const { page, errors, device, jpegs } = await camera(t, (url) => {
        const table = { init: initBytes, open: false, bytes, durationMs: 60_000, keys };
        return url.pathname === recording.path ? { file } : url.pathname === `${recording.path}/keys` ? { body: table } : undefined;
    });
    const pieces = flashes(jpegs, 60).map((piece) => piece.data);
    initBytes = pieces[0]?.length ?? 0;
    for (const [n, piece] of pieces.entries()) {
        if (n % fps === 1) {
            keys.push([((n - 1) * 1000) / fps, bytes]);
        }
        bytes += piece.length;
    }
    writeFileSync(file, Buffer.concat(pieces));
    /** @type {string[]} */
    const ranges = [];
    page.on('request', (request) => void (request.url().endsWith(recording.path) && ranges.push(request.headers()['range'] ?? 'whole')));
    await page.goto(`${device.url}#${recording.path}`);
    await eventually(async () => ((await notes(page)).drawn > 20 ? true : undefined), 'it plays', 30);
    t.is(ranges[0], `bytes=0-${initBytes - 1}`);
    t.false(ranges.includes('whole'), ranges.join());
    t.is(await page.locator('p.hint').isVisible(), false);
    t.deepEqual(errors, []);
});
