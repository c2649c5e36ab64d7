// HLS that is pushed: to nginx by the text of the document, played by ffmpeg and by hls.js in a page of another site; and to radosgw.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { keys, startRadosgw } from '../cloud/radosgw.mjs';
import { openPage } from '../e2e/browser/browser.mjs';
import { playerSite } from '../e2e/browser/site.mjs';
import { eventually, sleep, start, temporary, testApp } from '../e2e/device.mjs';
import { serve } from '../e2e/store-orders.mjs';
import { presign } from '../engine/s3-presign.mjs';
import { hashOf, Player } from './player.mjs';
import { login, startNginx } from './nginx.mjs';

/** Seconds of the long look; `npm run soak` or a person may ask for more. */
const seconds = Number(process.env['OC_PUSH_SECONDS'] ?? '30');
const clip = path.join(root, 'assets', 'clip.mp4');

/** @param {import('ava').ExecutionContext} t @param {string} [data] */
async function camera(t, data) {
    const { device } = start(t, ['--app', testApp('hls-push')], data === undefined ? {} : { data });
    const url = await device.url();
    /** @param {string} deed @param {object} [order] */
    const order = async (deed, order = {}) => {
        const reply = await fetch(`${url}/api/${deed}?${encodeURIComponent(JSON.stringify(order))}`);
        return /** @type {any} */ (await reply.json());
    };
    /** What our own HLS serves of a segment; undefined: no longer. @param {number} number */
    const own = async (number) => {
        const reply = await fetch(`${url}/live/cam/s${number}.m4s`);
        return reply.ok ? hashOf(Buffer.from(await reply.arrayBuffer())) : undefined;
    };
    await order('open', { url: `file:${clip}` });
    return { device, order, own, url };
}

/** Decode times of a run's packets in milliseconds, which ffprobe reads. @param {import('ava').ExecutionContext} t @param {Player} player @param {import('./player.mjs').Segment[]} run */
function times(t, player, run) {
    const file = path.join(temporary(t), 'run.mp4');
    writeFileSync(file, Buffer.concat([player.inits.get(run[0]?.init ?? '') ?? Buffer.alloc(0), ...run.map(({ bytes }) => bytes)]));
    const out = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=dts_time', '-of', 'csv=p=0', file], { encoding: 'utf8', maxBuffer: 1 << 26 });
    return out.trim().split('\n').map((line) => Math.round(Number.parseFloat(line) * 1000));
}

/** Every packet of each run is there once and in order: no step is back, or as long as two frames (a file begins again with a longer one). @param {import('ava').ExecutionContext} t @param {Player} player */
function whole(t, player) {
    let packets = 0;
    for (const run of player.runs()) {
        const all = times(t, player, run);
        const steps = all.slice(1).map((time, at) => time - (all[at] ?? 0));
        const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
        t.deepEqual(steps.filter((step) => step < 1 || step > 2 * usual - 3), [], `steps of ${usual} ms`);
        t.deepEqual(run.map(({ number }) => number), run.map((_, at) => (run[0]?.number ?? 0) + at), 'numbers without a gap');
        packets += all.length;
    }
    return packets;
}

test.serial('[E2] [E12] nginx takes what our own HLS serves, and is played while it is pushed; it is killed for 40 s, the device too', async (t) => {
    const site = await playerSite(t);
    const nginx = await startNginx(t, { origin: site });
    const data = temporary(t);
    let cam = await camera(t, data);
    const target = { url: `${nginx.url}/front/live.m3u8`, ...login, pin: nginx.pin };
    await cam.order('start', { target });
    const player = new Player((name) => nginx.get(`front/${name}`), 'live.m3u8');
    await eventually(async () => ((await nginx.get('front/live.m3u8')).status === 200 ? true : undefined), 'it is pushed');
    player.start();

    // byte for byte, each once
    /** @type {Map<number, string | undefined>} */
    const served = new Map();
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(200))
        for (const { number } of player.segments) if (!served.has(number)) served.set(number, await cam.own(number));
    const known = player.segments.filter(({ number }) => served.get(number) !== undefined);
    t.true(known.length >= seconds / 4, `${known.length} segments`);
    for (const { number, hash } of known) t.is(hash, served.get(number), `segment ${number}`);
    t.like(await cam.order('state'), { phase: 'runs', failures: 0, leftOutSegments: 0 });

    // by ffmpeg
    const frames = execFileSync('ffprobe', ['-v', 'error', '-tls_verify', '0', '-read_intervals', '%+8', '-select_streams', 'v', '-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', `${nginx.url}/front/live.m3u8`], { encoding: 'utf8', timeout: 60_000 });
    t.true(Number.parseInt(frames, 10) > 50, `ffprobe: ${frames}`);

    // headers, and who may write
    const list = await nginx.get('front/live.m3u8', { headers: { origin: site } });
    t.like(list.headers, { 'access-control-allow-origin': site, 'cache-control': 'no-cache', 'content-type': 'application/vnd.apple.mpegurl', vary: 'Origin' });
    const segment = await nginx.get(`front/${player.segments.at(-1)?.name}`, { headers: { origin: 'https://other.example' } });
    t.is(segment.headers['access-control-allow-origin'], undefined);
    t.like(segment.headers, { 'cache-control': 'max-age=31536000, immutable', 'content-type': 'video/iso.segment' });
    t.is((await nginx.get('front/x', { method: 'PUT' })).status, 401);
    t.is((await nginx.get('front/live.m3u8', { method: 'DELETE' })).status, 401);

    // by a page of another site, and by none of a third one
    const { page } = await openPage(t, { anyCertificate: true });
    await page.goto(site);
    await page.waitForFunction('window.ready');
    await page.evaluate((address) => /** @type {any} */ (window).addPlayer(address), `${nginx.url}/front/live.m3u8`);
    t.deepEqual(await page.evaluate('(window.problems ?? []).filter((one) => one.includes("fatal"))'), []);
    const third = await playerSite(t);
    await page.goto(third);
    await t.throwsAsync(page.evaluate((address) => fetch(address).then(String), `${nginx.url}/front/live.m3u8`), { message: /Failed to fetch/ });
    await page.close();

    // the server is away for 40 s
    await nginx.kill();
    await sleep(40_000);
    const away = await cam.order('state');
    t.like(away, { phase: 'retries', code: 'REFUSED', reconnects: 0 });
    t.false(/front|Zw3|live\.m3u8/.test(away.why), away.why);
    const had = player.segments.length;
    const backAt = Date.now();
    await nginx.begin();
    await eventually(async () => (player.segments.length > had ? true : undefined), 'it is back');
    const tookMs = (player.segments[had]?.at ?? 0) - backAt;
    t.log(`back after ${tookMs} ms`);
    t.true(tookMs <= 5000 + 500, `${tookMs} ms`); // half a second for nginx and the player
    await sleep(5000);
    const back = await cam.order('state');
    t.like(back, { phase: 'runs', reconnects: 1, failures: 0 });
    t.true(back.leftOutSegments > 5);
    t.is(player.runs().length, 2, 'one gap, one break');

    // another script of the same process goes on without a break
    await cam.order('crash');
    await cam.device.until(() => cam.device.events.find((event) => event['event'] === 'listening' && event['generation'] === 2), 'another script');
    await cam.order('open', { url: `file:${clip}` });
    await cam.order('start', { target });
    const crashed = player.segments.length;
    await eventually(async () => (player.segments.length > crashed + 3 ? true : undefined), 'the next script pushes');
    t.is(player.runs().length, 2);
    t.like(await cam.order('state'), { dropped: 0, overruns: 0, viewers: 0 });

    // the process is killed, and the next one goes on
    cam.device.process.kill('SIGKILL');
    await cam.device.ended;
    cam = await camera(t, data);
    await cam.order('start', { target });
    const killed = player.segments.length;
    await eventually(async () => (player.segments.length > killed + 5 ? true : undefined), 'the next process pushes');
    t.is(player.runs().length, 3);

    // privacy mode, and the end
    await cam.order('privacy', { on: true });
    await eventually(async () => (player.text.endsWith('#EXT-X-ENDLIST\n') ? true : undefined), 'privacy mode ends the playlist');
    const dark = player.segments.length;
    await sleep(3000);
    t.is(player.segments.length, dark);
    await cam.order('privacy', { on: false });
    await eventually(async () => (player.segments.length > dark + 3 ? true : undefined), 'it goes on');
    await cam.order('stop');
    await eventually(async () => (player.text.endsWith('#EXT-X-ENDLIST\n') ? true : undefined), 'the playlist ends');
    await player.stop();
    t.deepEqual(player.problems, []);
    t.log(`${player.segments.length} segments, ${whole(t, player)} packets, ${readdirSync(path.join(nginx.folder, 'front')).length} files left`);
    t.true(readdirSync(path.join(nginx.folder, 'front')).length < 140);
});

test.serial('[E2] a wrong password, another certificate, a slow server, a disk without room', async (t) => {
    const nginx = await startNginx(t);
    const cam = await camera(t);
    const until = (/** @type {string} */ code) => eventually(async () => ((await cam.order('state')).code === code ? true : undefined), code);
    await cam.order('start', { target: { url: `${nginx.url}/a/`, ...login, password: 'x', pin: nginx.pin } });
    await until('PASSWORD');
    await cam.order('start', { target: { url: `${nginx.url}/a/`, ...login } });
    await until('CERTIFICATE');
    await cam.order('start', { target: { url: `${nginx.url}/a/`, ...login, pin: nginx.pin.replace(/^../, (two) => (two === '00' ? '11' : '00')) } });
    await until('CERTIFICATE');
    await cam.order('start', { target: { url: 'http://nobody.invalid/a/' } });
    await until('HOST');
    t.deepEqual(readdirSync(nginx.folder).filter((name) => !name.startsWith('.')), []);

    let [status, written] = [507, 0];
    const port = await serve(t, (request, reply) => {
        request.resume().on('end', () => {
            written += request.method === 'PUT' && status < 300 ? 1 : 0;
            reply.writeHead(request.method === 'PUT' ? status : 404).end();
        });
    });
    // one that answers after three seconds: whole segments are left out, and nobody else notices
    const lists = /** @type {string[]} */ ([]);
    const slow = await serve(t, (request, reply) => {
        let text = '';
        request.on('data', (part) => (text += part));
        request.on('end', () => {
            if (request.url === '/a/index.m3u8') lists.push(text);
            setTimeout(() => reply.writeHead(request.method === 'PUT' ? 201 : 404).end(), request.url?.endsWith('.m4s') ? 3000 : 0);
        });
    });
    await cam.order('start', { target: { url: `http://127.0.0.1:${slow}/a/` } });
    await eventually(async () => ((lists.at(-1)?.split('#EXT-X-DISCONTINUITY\n').length ?? 0) > 2 ? true : undefined), 'gaps are said');
    const slowed = await cam.order('state');
    t.like(slowed, { phase: 'runs', failures: 0, dropped: 0, overruns: 0 });
    t.true(slowed.leftOutSegments >= 2, `${slowed.leftOutSegments}`);
    const stalled = await serve(t, () => undefined);
    await cam.order('start', { target: { url: `http://127.0.0.1:${stalled}/a/` } });
    await until('TIMEOUT');
    t.like(await cam.order('state'), { dropped: 0, overruns: 0 });
    await cam.order('start', { target: { url: `http://127.0.0.1:${port}/a/` } });
    await until('DISK_FULL');
    status = 201;
    await eventually(async () => (written > 3 ? true : undefined), 'there is room again');
    t.like(await cam.order('state'), { phase: 'runs', code: '' });
    await cam.order('stop');
});

const mounted = process.getuid?.() === 0 ? mount() : undefined;

/** A disk of 6 MB; undefined: none may be mounted here. */
function mount() {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-push-'));
    try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'none', folder], { stdio: 'pipe' });
        return folder;
    } catch {
        rmSync(folder, { recursive: true });
        return undefined;
    }
}

test.after.always(() => {
    if (mounted !== undefined) {
        execFileSync('umount', [mounted]);
        rmSync(mounted, { recursive: true });
    }
});

const onDisk = mounted === undefined ? () => undefined : test.serial; // a skip is a failure; statuses are tested above
onDisk('[E2] a real disk without room: it is said, and goes on when there is some', async (t) => {
    const nginx = await startNginx(t, { files: mounted ?? '' });
    const cam = await camera(t);
    writeFileSync(path.join(nginx.folder, 'filler'), Buffer.alloc(6 * 1024 * 1024 - 400 * 1024));
    await cam.order('start', { target: { url: `${nginx.url}/a/`, ...login, pin: nginx.pin } });
    const full = await eventually(async () => {
        const state = await cam.order('state');
        return state.phase === 'retries' ? state : undefined;
    }, 'the disk is full');
    t.log(full.why);
    t.true(['DISK_FULL', 'IO'].includes(full.code), full.code); // nginx has 500 for a body that it cannot keep
    rmSync(path.join(nginx.folder, 'filler'));
    const { packets } = await cam.order('state');
    await eventually(async () => ((await cam.order('state')).packets > packets + 2 ? true : undefined), 'it goes on');
    await cam.order('stop');
});

test.serial('[E2] a bucket of radosgw', async (t) => {
    const gateway = await startRadosgw(t);
    await gateway.makeBucket('film');
    const cam = await camera(t);
    const s3 = { endpoint: gateway.http, region: 'us-east-1', bucket: 'film', pathStyle: true, ...keys };
    await cam.order('start', { target: { s3, prefix: 'live/front' } });
    const get = async (/** @type {string} */ name) => {
        const reply = await fetch(presign('GET', `${gateway.http}/film/live/front/${name}`, keys));
        return { status: reply.status, body: Buffer.from(await reply.arrayBuffer()), headers: reply.headers };
    };
    const player = new Player(get);
    player.start();
    await eventually(async () => (player.segments.length > seconds ? true : undefined), 'it is pushed', seconds + 60);
    const { headers } = await get('index.m3u8');
    t.deepEqual([headers.get('content-type'), headers.get('cache-control')], ['application/vnd.apple.mpegurl', 'no-cache']);
    await cam.order('stop');
    await eventually(async () => (player.text.endsWith('#EXT-X-ENDLIST\n') ? true : undefined), 'the playlist ends');
    await player.stop();
    t.deepEqual(player.problems, []);
    t.is(player.runs().length, 1);
    t.log(`${player.segments.length} segments, ${whole(t, player)} packets`);
    await cam.order('start', { target: { s3: { ...s3, secretAccessKey: 'x' }, prefix: 'live/front' } });
    await eventually(async () => ((await cam.order('state')).code === 'PASSWORD' ? true : undefined), 'PASSWORD');
});
