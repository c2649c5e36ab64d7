// The control socket and small pictures of recordings on the programs of the SDK: commands of the Linux program list what
// ocellus-lin and mcsim have; a picture needs ocellus-ffmpeg, but for Motion JPEG.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'ava';
import { root, run as exec } from '../../scripts/lib.mjs';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { channel, record } from '../hosts/spans.mjs';
import { freePort, missing, Simulator } from './simulator.mjs';

/** @typedef {import('ava').ExecutionContext} T */

const linux = path.join(root, 'build', 'linux');
const begin = Date.parse('2026-11-20T08:00:00.000Z');

/** A recording of H.264 and one of Motion JPEG. @param {T} t @param {string} data */
function prepare(t, data) {
    record(data, begin, { seconds: 4, fps: 4, first: 0, gop: 4 });
    const folder = path.join(data, 'recordings', 'sensor');
    const source = path.join(temporary(t), 'sensor.mp4');
    mkdirSync(folder);
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=10', '-t', '4', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', source]);
    execFileSync(path.join(linux, 'oc-remux'), [source, path.join(folder, 'sensor_20261120T080000.000Z_20261120T080004.000Z.mp4'), '--per-gop']);
}

/** @param {string} socketPath @param {string} target @param {http.RequestOptions} [options] @param {string} [body] @returns {Promise<number>} the status; 0: no answer */
const call = (socketPath, target, options = {}, body = '') =>
    new Promise((resolve) => {
        const request = http.request({ socketPath, path: target, agent: false, ...options, headers: { host: 'localhost', ...options.headers } }, (answer) => {
            answer.resume();
            answer.on('end', () => resolve(answer.statusCode ?? 0));
        });
        request.on('error', () => resolve(0));
        request.end(body);
    });

/** A command of the Linux program. @param {string} data @param {readonly string[]} words */
const command = (data, ...words) => exec([path.join(linux, 'ocellus'), ...words, '--data', data], { timeout: 60 });

/** @param {T} t @param {string} data @param {string} name @returns {Promise<any[]>} rows of a list */
async function list(t, data, name) {
    const { code, output } = await command(data, name, '--json', '--order', 'oldest');
    t.is(code, 0, output);
    return [...output.matchAll(/^\{.*\}$/gm)].map(([line]) => JSON.parse(line));
}

/** What both programs do. @param {T} t @param {string} data @param {string} url @returns {Promise<any[]>} events */
async function check(t, data, url) {
    const socket = path.join(data, 'control.sock');
    t.true(lstatSync(socket).isSocket());
    t.is(lstatSync(socket).mode & 0o777, 0o600);
    t.is(await call(socket, '/healthz', { headers: { host: 'example.com' } }), 421);
    const headers = { 'content-type': 'application/json' };
    t.is(await call(socket, '/api/events', { method: 'POST', headers }, JSON.stringify({ kind: 'human', channel })), 202);
    const events = await eventually(async () => {
        const rows = await list(t, data, 'events');
        return rows.some(({ kind }) => kind === 'human') ? rows : undefined;
    }, 'the event in the list');
    t.deepEqual(
        (await list(t, data, 'recordings')).map((row) => [row.channel, Date.parse(row.start) - begin]).sort(),
        [
            [channel, 0],
            ['sensor', 0],
        ],
    );
    const none = await command(data, 'snapshot', channel, '--out', '-');
    t.is(none.code, 1, none.output);
    t.regex(none.output, /cannot be decoded|ocellus-ffmpeg/);
    const refused = await fetch(`${url}/thumbnail/${channel}.jpg?at=${begin + 1000}`);
    t.is(refused.status, 501);
    t.regex(await refused.text(), /ocellus-ffmpeg/);
    const own = await fetch(`${url}/thumbnail/sensor.jpg?at=${begin + 1000}`);
    t.is(own.status, 200);
    t.is(own.headers.get('content-type'), 'image/jpeg');
    t.is(Buffer.from(await own.arrayBuffer()).readUInt16BE(0), 0xffd8);
    return events;
}

/** What its files say when it has ended. @param {T} t @param {string} data @param {any[]} events */
async function after(t, data, events) {
    t.false(existsSync(path.join(data, 'control.sock')));
    const { output } = await command(data, 'events', '--json');
    t.regex(output, /no program runs/);
    // titles are of the settings, which only a program that runs has read
    t.deepEqual(await list(t, data, 'events'), events.map(({ channelTitle: _title, ...row }) => row));
}

const options = ['--record', 'off'];

test('[E9] ocellus-lin: its control socket lists events and recordings; a picture of H.264 is refused, of Motion JPEG served', async (t) => {
    t.timeout(200_000);
    const data = temporary(t);
    prepare(t, data);
    const { device } = start(t, options, { data });
    const events = await check(t, data, await device.url());
    t.is((await device.stop()).code, 0, device.stderr);
    await after(t, data, events);
});

const skip = missing();
const run = skip === '' ? test : test.skip;
run(`[E9] mcsim: the same${skip === '' ? '' : ` (not there: ${skip})`}`, async (t) => {
    t.timeout(200_000);
    const [simulator, port] = [new Simulator(t), await freePort()];
    const { data } = simulator;
    prepare(t, data);
    await simulator.start(`--port ${port} --data '${data}' ${options.join(' ')}`);
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => ((await (await fetch(`${url}/api/status`)).json()).channels[0]?.state === 'running' ? true : undefined), 'the program', 60);
    const events = await check(t, data, url);
    simulator.tool('xdotool', 'key', 'ctrl+q');
    await eventually(async () => (simulator.process?.exitCode === null ? undefined : true), 'the end of mcsim', 15);
    await after(t, data, events);
});
