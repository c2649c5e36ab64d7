// `ocellus app run --watch`: a save replaces the running application; recordings and viewers go on without it.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, sleep, temporary } from '../e2e/device.mjs';
import { readMp4, trackOf } from '../e2e/mp4.mjs';
import { peer, play, signalling } from '../e2e/viewers.mjs';
import { complete } from '../e2e/whole.mjs';
import { hangS } from '../guard.mjs';
import { app, newFolder } from './folder.mjs';

/** @param {number} version */
const source = (version) => `import { start } from 'ocellus/app/system/application';

void start({
    name: 'doorcam',
    started(app) {
        app.route('GET', '/api/hello', () => ({ body: '{"version":${version}}' }));
    },
});
`;

/** Saves as editors do: another file, renamed. @param {string} folder @param {string} text */
function save(folder, text) {
    const file = path.join(folder, 'src', 'main.ts');
    writeFileSync(`${file}~`, text);
    renameSync(`${file}~`, file);
}

/**
 * What the route answers now; undefined: nobody does.
 * @param {string} url
 */
async function version(url) {
    const response = await fetch(`${url}/api/hello`).catch(() => undefined);
    return response?.ok ? /** @type {{ version: number }} */ (await response.json()).version : undefined;
}

/** Asks until the new code answers. @param {string} url @param {number} expected @returns {Promise<number>} ms */
async function until(url, expected) {
    const began = performance.now();
    while ((await version(url)) !== expected) {
        if (performance.now() - began > hangS * 1000) throw new Error(`version ${expected} does not answer`);
        await sleep(10);
    }
    return performance.now() - began;
}

test.serial('save: new code answers; a recording, an HLS player and a WebRTC session notice nothing', async (t) => {
    const folder = await newFolder(t, { 'src/main.ts': source(1) });
    const data = temporary(t);
    const device = new Device(['app', 'run', '--watch', folder, '--', '--json', '--port', '0', '--data', data, '--record-audio', 'on']);
    t.teardown(() => device.stop('SIGTERM'));
    const url = await device.url();
    await until(url, 1);
    let playing = true;
    t.teardown(() => {
        playing = false;
    });
    const seen = { answered: 0, refused: 0, breaks: 0 };
    const player = play(`${url}/live/cam1/index.m3u8`, () => playing, seen);
    const viewer = peer(t, await signalling(t, url));
    await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions[0]?.state === 'up' ? true : undefined), 'a viewer');

    await eventually(async () => seen.answered || undefined, 'a player that plays');
    const took = [];
    for (let next = 2; next <= 5; next++) {
        save(folder, source(next));
        took.push(await until(url, next));
    }
    t.log(`save to answer: ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    t.true(Math.min(...took) <= 1000, 'a save reaches the camera within a second');

    // A mistake is shown, and the running code goes on.
    save(folder, `${source(6)}\nexport const a: number = '';\n`);
    await device.until(() => /^src\/main\.ts:10:14: error TS2322: .*\nnot built: the running application goes on$/m.exec(device.stderr) ?? undefined, 'a line of the log');
    t.is(await version(url), 5);
    writeFileSync(path.join(folder, 'build', 'doorcam.xsa'), 'hello, world');
    await device.until(() => /application \S.*doorcam\.xsa: not an application archive \(\.xsa\): the running one goes on$/m.exec(device.stderr) ?? undefined, 'a line of the log');
    t.is(await version(url), 5);
    save(folder, source(7));
    await until(url, 7);

    const status = await device.json('/api/status');
    t.deepEqual([status.script.restarts, status.script.generation, status.script.lastEnd.reason], [0, 6, 'replaced']);
    t.is(status.apiLevel, 1);
    t.deepEqual(status.application, { name: 'doorcam', version: '' }, 'start() was given no version');
    t.is(status.channels.length, 1);
    const { events } = await device.json('/api/events?from=1');
    const kinds = events.map((/** @type {{ kind: string }} */ { kind }) => kind);
    t.is(kinds.filter((/** @type {string} */ kind) => kind === 'app-replaced').length, 5);
    t.false(kinds.includes('script-ended'), kinds.join());
    t.is(kinds.filter((/** @type {string} */ kind) => kind === 'channel-opened').length, 1);
    const { sessions } = await device.json('/api/p2p/sessions');
    t.deepEqual(sessions.map((/** @type {{ state: string }} */ { state }) => state), ['up']);
    await eventually(async () => seen.answered > 10 || undefined, 'answers for the player');
    playing = false;
    await player;
    t.deepEqual([seen.refused, seen.breaks], [0, 0], `${seen.answered} answers`);

    t.is((await device.stop()).code, 0, device.stderr);
    await viewer.ended;
    const channel = viewer.events.find((e) => e['event'] === 'channel');
    const span = Number(channel?.['last_ms']) - Number(channel?.['first_ms']);
    t.true(Number(channel?.['messages']) > 10 && span > 1000, JSON.stringify(channel));
    t.false(viewer.events.some((e) => e['event'] === 'lost'), viewer.stdout);
    const files = readdirSync(path.join(data, 'recordings'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mp4'));
    t.is(files.length, 1, files.join());
    const recorded = readMp4(path.join(data, 'recordings', files[0] ?? ''));
    const clip = readMp4(path.join(root, 'assets', 'clip.mp4'));
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        complete(t, trackOf(recorded, kind), trackOf(clip, kind));
    }
});

test.serial('an application that throws waits for no back-off when it is replaced; its stack names TypeScript', async (t) => {
    const thrower = `import { start } from 'ocellus/app/system/application';\nimport { hit } from './door';\n\nvoid start({ started: () => hit() });\n`;
    const door = `/** Long enough\n * for a line number. */\nexport function hit(): void {\n    throw new RangeError('no door');\n}\n`;
    const folder = await newFolder(t, { 'src/main.ts': source(1), 'src/door.ts': door });
    t.is((await app(folder, ['build'])).code, 0);
    const archive = path.join(folder, 'build', 'doorcam.xsa');
    const good = readFileSync(archive);
    const device = new Device(['run', '--app', archive, '--app-watch', '--json', '--port', '0', '--data', temporary(t), '--record', 'off']);
    t.teardown(() => device.stop('SIGKILL'));
    const url = await device.url();
    await until(url, 1);
    save(folder, thrower);
    t.is((await app(folder, ['build'])).code, 0);
    await device.until(() => /RangeError: no door[\s\S]*?\(src\/door\.ts:4\)[\s\S]*?\(modules\/system\/own\.ts:\d+\)/.exec(device.stderr) ?? undefined, 'a line of the log');
    await device.until(() => ((device.stderr.match(/; restarting it/g)?.length ?? 0) >= 4 ? true : undefined), 'a back-off of a second');
    writeFileSync(`${archive}.next`, good);
    renameSync(`${archive}.next`, archive);
    await until(url, 1);
    t.is((await device.json('/api/status')).script.state, 'running');
    t.is((await device.stop()).code, 0);
});
