// How long a viewer waits for the first picture of a long recording over a slow line: by the page (ranges), and by a plain
// video element, with the index of the file and without. The file is made of the fragments of a short recording, padded to
// the length wanted, and gets its index from the program's own repair.
// node bench/first-frame.mjs [--gb 1.35] [--mbytes 2.5] [--rounds 5]
import { copyFileSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeSync, closeSync, statSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { chromium } from 'playwright-core';
import { chromiumPath } from '../tests/e2e/browser/browser.mjs';
import { Device, eventually, sleep } from '../tests/e2e/device.mjs';

const { values } = parseArgs({ options: { gb: { type: 'string', default: '1.35' }, mbytes: { type: 'string', default: '2.5' }, rounds: { type: 'string', default: '5' }, brief: { type: 'boolean', default: false } } });
if (values.brief) Object.assign(values, { gb: '0.02', rounds: '1' });
const total = Number(values.gb) * 1e9;
const speed = Number(values.mbytes) * 1e6;
const minutes = 90;
/** A player that needs longer is not waited for. */
const patienceMs = 8000;

/** @param {string} data */
async function shortRecording(data) {
    const device = new Device(['run', '--json', '--port', '0', '--data', data]);
    await device.url();
    await sleep(12_000);
    await device.stop();
    const folder = path.join(data, 'recordings', 'cam1');
    return path.join(folder, readdirSync(folder)[0] ?? '');
}

/** Top-level boxes. @param {Buffer} bytes */
function boxes(bytes) {
    const found = [];
    for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
        found.push({ type: bytes.toString('latin1', at + 4, at + 8), at, end: at + bytes.readUInt32BE(at) });
    }
    return found;
}

/** A recording of `minutes` that was cut off, out of the fragments of a short one. @param {string} short @param {string} out */
function lengthen(short, out) {
    const bytes = readFileSync(short);
    const list = boxes(bytes);
    const moofs = list.filter((box) => box.type === 'moof');
    const first = (moofs[0]?.at ?? 0) - 32;
    const file = openSync(out, 'w', 0o600);
    const head = Buffer.from(bytes.subarray(0, first));
    const mark = head.indexOf('OCsx') - 8;
    const place = head.readUInt32BE(mark + 12);
    head.fill(0, mark + 20);
    head.writeUInt32BE(place, mark + 20);
    head.write('free', mark + 24, 'latin1');
    writeSync(file, head);
    const tfdt = (/** @type {Buffer} */ moof) => moof.indexOf('tfdt') + 8;
    const timeOf = (/** @type {{ at: number, end: number }} */ box) => Number(bytes.readBigUInt64BE(box.at + tfdt(bytes.subarray(box.at, box.end))));
    const step = timeOf(/** @type {{ at: number, end: number }} */ (moofs[2])) - timeOf(/** @type {{ at: number, end: number }} */ (moofs[0]));
    const moovAt = bytes.indexOf('mdhd');
    const scale = bytes.readUInt32BE(moovAt + 16);
    const pair = moofs.slice(0, 2).map((moof) => bytes.subarray(moof.at, /** @type {{ end: number }} */ (list[list.indexOf(moof) + 1]).end));
    const rounds = Math.floor((minutes * 60 * scale) / step);
    const padding = Math.max(0, Math.floor((total - rounds * pair.reduce((sum, part) => sum + part.length + 32, 0)) / rounds / 2));
    let at = head.length;
    for (let round = 0; round < rounds; round++) {
        for (const [n, part] of pair.entries()) {
            const moofBytes = part.readUInt32BE(0);
            const fragment = Buffer.concat([part, Buffer.alloc(padding)]);
            fragment.writeUInt32BE(part.length - moofBytes + padding, moofBytes);
            fragment.writeBigUInt64BE(BigInt(round * step + timeOf(/** @type {{ at: number, end: number }} */ (moofs[n])) - timeOf(/** @type {{ at: number, end: number }} */ (moofs[0]))), tfdt(fragment));
            const check = Buffer.alloc(32);
            check.writeUInt32BE(32, 0);
            check.write('freeOCck', 4, 'latin1');
            check.writeUInt32BE(crc32(fragment), 12);
            check.writeUInt32BE(fragment.length, 16);
            check.writeBigUInt64BE(BigInt(at), 20);
            check.writeUInt32BE(crc32(check.subarray(0, 28)), 28);
            writeSync(file, check);
            writeSync(file, fragment);
            at += 32 + fragment.length;
        }
    }
    closeSync(file);
    return { mark, place };
}

/** The same file as before the index: an empty place. @param {string} from @param {string} to @param {{ mark: number, place: number }} where */
function withoutIndex(from, to, { mark, place }) {
    copyFileSync(from, to);
    const file = openSync(to, 'r+');
    const empty = Buffer.alloc(place);
    empty.writeUInt32BE(place, 0);
    empty.write('free', 4, 'latin1');
    writeSync(file, empty, 0, place, mark + 20);
    const head = Buffer.alloc(4);
    readSync(file, head, 0, 4, 0);
    closeSync(file);
}

/** A line of `speed` bytes a second in front of the device, all connections together. @param {string} url */
async function slowLine(url) {
    let free = performance.now();
    let sent = 0;
    const server = http.createServer((request, response) => {
        const onward = http.request(url + request.url, { method: request.method, headers: request.headers }, async (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            for await (const chunk of answer) {
                for (let from = 0; from < chunk.length && !response.destroyed; from += 16_384) {
                    const part = chunk.subarray(from, from + 16_384);
                    free = Math.max(free, performance.now()) + (part.length / speed) * 1000;
                    await sleep(Math.max(0, free - performance.now()));
                    sent += part.length;
                    response.write(part);
                }
                if (response.destroyed) {
                    answer.destroy();
                    return;
                }
            }
            response.end();
        });
        onward.on('error', () => response.destroy());
        request.pipe(onward);
        response.on('close', () => onward.destroy());
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    return { server, sent: () => sent, url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}` };
}

/** @param {number[]} list */
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

const data = mkdtempSync(path.join(os.tmpdir(), 'ocellus-first-frame-'));
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--autoplay-policy=no-user-gesture-required', '--disable-gpu'], chromiumSandbox: false });
try {
    const short = await shortRecording(data);
    const folder = path.dirname(short);
    const where = lengthen(short, path.join(folder, 'long_20260101T000000.000Z_open.mp4'));
    rmSync(short);
    const device = new Device(['run', '--json', '--port', '0', '--data', data]); // repairs it
    const line = await slowLine(await device.url());
    const long = readdirSync(folder).find((name) => name.startsWith('long_')) ?? '';
    withoutIndex(path.join(folder, long), path.join(folder, long.replace('long', 'bare')), where);
    console.log(`${long}: ${(statSync(path.join(folder, long)).size / 1e9).toFixed(2)} GB, line of ${speed / 1e6} MB/s, Chromium ${browser.version()}`);

    /** @param {string} what @param {(page: import('playwright-core').Page) => Promise<void>} prepare @param {(page: import('playwright-core').Page) => Promise<void>} begin */
    const measure = async (what, prepare, begin, rounds = Number(values.rounds)) => {
        const times = [];
        let read = 0;
        for (let round = 0; round < rounds; round++) {
            const page = await browser.newPage();
            await prepare(page);
            const before = line.sent();
            const begun = performance.now();
            await begin(page);
            const seen = await eventually(async () => ((await page.evaluate(() => (document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 0)) ? true : performance.now() - begun > patienceMs ? false : undefined), what, 60);
            times.push(seen ? performance.now() - begun : Number.POSITIVE_INFINITY);
            read = line.sent() - before;
            await page.close();
        }
        const ms = median(times);
        console.log(`${what}: ${Number.isFinite(ms) ? `${Math.round(ms)} ms` : `more than ${patienceMs / 1000} s`} (median of ${rounds}; ${times.map((t) => Math.round(t)).join(' ')}), ${(read / 1e6).toFixed(2)} MB read`);
    };
    /** @param {string} name @param {number} [at] */
    const plain = (name, at = 0) => (/** @type {import('playwright-core').Page} */ page) =>
        page.evaluate(
            ({ src, at }) => {
                document.body.innerHTML = '<video muted autoplay></video>';
                const video = /** @type {HTMLVideoElement} */ (document.querySelector('video'));
                video.src = src;
                video.currentTime = at;
            },
            { src: `${line.url}/recordings/cam1/${name}`, at },
        );
    const open = async (/** @type {import('playwright-core').Page} */ page) => {
        await page.goto(`${line.url}/#/log`); // a room without a picture
        await page.waitForLoadState('networkidle', { timeout: 5000 }).catch(() => undefined);
    };
    const blank = async (/** @type {import('playwright-core').Page} */ page) => void (await page.goto(`${line.url}/healthz`));
    await measure('page, by ranges', open, (page) => page.evaluate((hash) => void (location.hash = hash), `#/recordings/cam1/${long}`));
    await measure('page, by ranges, of a file without an index', open, (page) => page.evaluate((hash) => void (location.hash = hash), `#/recordings/cam1/${long.replace('long', 'bare')}`));
    await measure('plain video element, with the index', blank, plain(long));
    await measure('plain video element, with the index, from 45 min on', blank, plain(long, 2700));
    await measure('plain video element, without it', blank, plain(long.replace('long', 'bare')), 1);
    line.server.close();
    line.server.closeAllConnections();
    await device.stop();
} finally {
    await browser.close();
    rmSync(data, { recursive: true, force: true });
}
process.exit(0);
