// Live pushes to a real server: each packet arrives once and in order, whatever becomes of the application; a server that
// was away has the stream back. OC_PUSH_SECONDS: seconds of a push (30), OC_PROGRAM as everywhere.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { bundle, newKey, post } from '../e2e/bundles.mjs';
import { eventually, program, sleep, start, temporary, testApp } from '../e2e/device.mjs';
import { readMp4, trackOf } from '../e2e/mp4.mjs';
import { watch } from '../hosts/endless.mjs';
import { hashOf } from './player.mjs';
import { missing, Nginx, readFlv } from './rtmp-server.mjs';
import { freeDatagramPort } from './servers.mjs';

const seconds = Number(process.env['OC_PUSH_SECONDS'] ?? '30');
/** Every packet of it is another one. */
const camera = 'cam1=fake:?fps=30&gop=60&size=6000&key=60000&audio=aac';

/** @typedef {import('../e2e/device.mjs').Device} Device */

const serverTest = missing === '' ? test.serial : test.skip;

/** @param {string} url @param {number} [id] */
const targetOf = (url, id = 1) => ({ id, channel: 'cam1', sub: false, format: 'flv', audioOnly: false, name: `cam1/${id}`, url, pin: '' });

/** @param {Device} device @param {readonly object[]} targets */
async function give(device, targets) {
    const response = await fetch(`${await device.url()}/api/targets`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(targets) });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

/** The row of a push. @param {Device} device @param {number} [id] @returns {Promise<any>} */
async function rowOf(device, id = 1) {
    const { pushes, nowMs } = await device.json('/api/targets');
    return { ...pushes.find((/** @type {any} */ row) => row.id === id), nowMs };
}

/** @param {Device} device @param {string} phase @param {number} [id] */
const inPhase = (device, phase, id = 1) =>
    eventually(async () => {
        const row = await rowOf(device, id);
        return row.phase === phase ? row : undefined;
    }, `${phase}`);

/** @param {import('ava').ExecutionContext} t @param {readonly string[]} [args] @param {{ program?: string }} [options] */
const begin = (t, args = [], options = {}) => start(t, ['--app', testApp('pushes'), '--input', camera, '--record', 'off', ...args], options);

/**
 * What the server kept is part of what the camera made, without a hole.
 * @param {import('ava').ExecutionContext} t @param {Buffer} made MP4 of a viewer who was there before @param {string} kept
 */
function complete(t, made, kept) {
    const packets = readFlv(kept);
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        const all = trackOf(readMp4(made), kind).samples.map(({ data }) => hashOf(data));
        const got = packets.filter((packet) => packet.kind === kind).map(({ hash }) => hash);
        const from = all.indexOf(got[0] ?? '');
        t.true(from >= 0, `${kind}: the first packet is one of the camera's`);
        t.true(got.length > 10, `${kind}: ${got.length} packets`);
        t.deepEqual(got.slice(0, all.length - from), all.slice(from, from + got.length), kind);
    }
    return packets;
}

serverTest(`${seconds} s: each packet arrives once and in order, over an update of the application`, async (t) => {
    const server = await Nginx.start(t);
    const folder = temporary(t);
    const keys = newKey(folder);
    const { device } = begin(t, ['--update-key', keys.pub, '--update-trial', '1']);
    const viewer = await watch(t, `${await device.url()}/live/cam1.mp4`);
    await give(device, [targetOf(server.url('one'))]);
    await inPhase(device, 'runs');
    await sleep(seconds * 500);
    t.is((await post(device, bundle(folder, testApp('pushes'), '9.0.0', keys.key))).status, 202);
    const update = await eventually(async () => {
        const state = await device.json('/api/update');
        return state.state === 'idle' && state.history.length > 0 ? state : undefined;
    }, 'the update');
    t.like(update.history[0], { version: '9.0.0', result: 'committed' });
    await sleep(seconds * 500);
    const row = await rowOf(device);
    t.like(row, { phase: 'runs', reconnects: 0, failuresTotal: 0, leftOutPackets: 0, why: '' });
    t.true(row.nowMs - row.deliveredMs < 2000);
    const metrics = await (await fetch(`${await device.url()}/metrics`)).text();
    t.regex(metrics, /^ocellus_push_state\{push="cam1\/1"\} 3$/m);
    const [file = '', ...more] = server.files('one');
    t.deepEqual(more, []);
    const packets = complete(t, viewer.bytes(), file);
    const last = packets.at(-1);
    t.true((last?.ms ?? 0) > seconds * 900, `${last?.ms} ms`);
    await give(device, []);
    t.deepEqual((await device.json('/api/targets')).pushes, []);
    t.notRegex(device.stderr, /live\/one/, 'the key of the server is in the log');
});

serverTest('a server that was away for 40 s has the stream back within 5 s', async (t) => {
    const server = await Nginx.start(t);
    const { device } = begin(t);
    const viewer = await watch(t, `${await device.url()}/live/cam1.mp4`);
    await give(device, [targetOf(server.url('two'))]);
    await inPhase(device, 'runs');
    await sleep(5000);
    server.kill();
    t.true((await inPhase(device, 'retries')).failures > 0);
    await sleep(40_000);
    await server.start();
    const from = Date.now();
    await eventually(async () => (server.files('two').length === 2 && readFlv(server.files('two')[1] ?? '').length > 0) || undefined, 'the stream');
    const took = Date.now() - from;
    t.true(took <= 5000, `${took} ms`);
    await sleep(3000);
    t.like(await rowOf(device), { phase: 'runs', reconnects: 1, failure: 0 });
    for (const file of server.files('two')) complete(t, viewer.bytes(), file);
});

serverTest('[E4] a channel without a picture waits, unless its sound alone is wanted', async (t) => {
    const server = await Nginx.start(t);
    const sound = path.join(temporary(t), 'sound.mp4');
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=440:d=20', '-c:a', 'aac', sound]);
    const { device } = start(t, ['--app', testApp('pushes'), '--input', `cam1=${sound}`, '--record', 'off']);
    const target = targetOf(server.url('four'));
    await give(device, [target]);
    const noVideo = await eventually(async () => ((await rowOf(device)).failure === 26 ? rowOf(device) : undefined), 'the row');
    t.is(noVideo.phase, 'waits');
    await give(device, [{ ...target, audioOnly: true }]);
    await inPhase(device, 'runs');
    await eventually(async () => readFlv(server.files('four')[0] ?? '').length > 100 || undefined, 'sound');
    t.deepEqual([...new Set(readFlv(server.files('four')[0] ?? '').map(({ kind }) => kind))], ['audio']);
});

test.serial('by SRT as MPEG-TS: every picture, at its distance', async (t) => {
    const port = await freeDatagramPort();
    const kept = path.join(temporary(t), 'kept.ts');
    const receiver = spawn('ffmpeg', ['-v', 'error', '-f', 'mpegts', '-i', `srt://127.0.0.1:${port}?mode=listener&passphrase=long-enough`, '-c', 'copy', '-copyts', '-y', kept], { stdio: 'ignore' });
    t.teardown(() => receiver.kill('SIGKILL'));
    const { device } = start(t, ['--app', testApp('pushes'), '--record', 'off']);
    await give(device, [{ ...targetOf(`srt://127.0.0.1:${port}?passphrase=long-enough`), format: 'ts' }]);
    await inPhase(device, 'runs');
    await sleep(8000);
    t.like(await rowOf(device), { phase: 'runs', leftOutPackets: 0, reconnects: 0 });
    t.notRegex(device.stderr, /long-enough/, 'the passphrase is in the log');
    await give(device, []);
    await new Promise((resolve) => receiver.once('close', resolve));
    const said = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=dts_time', '-of', 'csv=p=0', kept], { encoding: 'utf8' });
    const times = [...said.matchAll(/^[\d.]+/gm)].map(([text]) => Number(text));
    t.true(times.length > 150, `${times.length} pictures`);
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    t.deepEqual(steps.filter((step) => !(step > 0.02 && step < 0.05)), []);
});

test.serial('without ocellus-ffmpeg a push is refused with what is to be done', async (t) => {
    const alone = path.join(temporary(t), 'ocellus');
    cpSync(program, alone);
    const { device } = begin(t, [], { program: alone });
    await t.throwsAsync(give(device, [targetOf('rtmp://127.0.0.1:1/live/one')]), { message: /^501 .*needs? ocellus-ffmpeg, which / });
    t.deepEqual((await device.json('/api/targets')).pushes, []);
    await give(device, []);
});

serverTest('a script in a process of its own: it reads the rows, and its end changes nothing', async (t) => {
    const server = await Nginx.start(t);
    const { device } = begin(t, [], { program: path.join(path.dirname(program), 'ocellus-apart') });
    await give(device, [targetOf(server.url('three')), targetOf('rtmp://127.0.0.1:1/live/none', 2)]);
    await inPhase(device, 'runs');
    t.like(await inPhase(device, 'retries', 2), { failure: 21 });
    t.not((await rowOf(device, 2)).why, '');
    const isScript = (/** @type {string} */ pid) => {
        try {
            const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
            return stat.includes('(ocellus-script) ') && stat.split(') ')[1]?.split(' ')[1] === String(device.process.pid);
        } catch {
            return false; // it has ended
        }
    };
    const { packets } = await rowOf(device);
    for (let kills = 0; kills < 3; kills++) {
        const pid = await eventually(async () => readdirSync('/proc').find((name) => /^\d+$/.test(name) && isScript(name)), 'the script');
        process.kill(Number(pid), 'SIGKILL');
        await eventually(async () => !isScript(pid) || undefined, 'its end');
        await inPhase(device, 'runs');
    }
    const row = await rowOf(device);
    t.like(row, { phase: 'runs', reconnects: 0, failuresTotal: 0 });
    t.true(row.packets > packets);
    t.is(server.files('three').length, 1);
});
