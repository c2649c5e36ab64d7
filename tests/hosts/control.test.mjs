// `ocellus recordings|events|snapshot|push`: what the program that runs says over its control socket, what the files say while
// none runs, and who may connect.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'ava';
import { eventually, program, start, temporary } from '../e2e/device.mjs';
import { channel, record } from './spans.mjs';

const begin = Date.parse('2026-11-20T08:00:00.000Z');

/** Runs a command to its end. @param {readonly string[]} args @returns {Promise<{ code: number | null, stdout: Buffer, text: string, stderr: string }>} */
function run(args) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const out = [];
    let stderr = '';
    child.stdout.on('data', (part) => out.push(part));
    child.stderr.setEncoding('utf8').on('data', (part) => (stderr += part));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout: Buffer.concat(out), text: Buffer.concat(out).toString('utf8'), stderr })));
}

/** @param {string} text */
const rows = (text) => text.split('\n').slice(0, -1).map((line) => JSON.parse(line));

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

test('[E9] lists and a snapshot of a program that runs; the same lists from its files when it has ended', async (t) => {
    const data = temporary(t);
    for (let i = 0; i < 3; i++) record(data, begin + i * 60_000, { seconds: 4, fps: 4, first: 0, gop: 4 });
    const { device } = start(t, ['--input', 'test:size=640x360&fps=10&gop=1', '--record', 'off'], { data });
    await device.url();
    const socket = path.join(data, 'control.sock');
    t.true(lstatSync(socket).isSocket());
    t.is(lstatSync(socket).mode & 0o777, 0o600);
    const headers = { 'content-type': 'application/json' };
    for (const event of [{ kind: 'human', channel: 'test', data: { text: 'a\u001b[31mb' } }, { kind: 'doorbell' }, { kind: 'sound', channel: 'test', state: 'begin' }]) {
        t.is(await call(socket, '/api/events', { method: 'POST', headers }, JSON.stringify(event)), 202);
    }
    const json = async (/** @type {string[]} */ ...args) => {
        const outcome = await run([...args, '--json', '--data', data]);
        t.is(outcome.code, 0, outcome.stderr);
        return { rows: rows(outcome.text), stderr: outcome.stderr };
    };
    await eventually(async () => ((await json('events')).rows.every(({ picture }) => picture !== null) ? true : undefined), 'pictures of all events');
    const live = { recordings: await json('recordings'), events: await json('events') };
    t.deepEqual(
        live.recordings.rows.map(({ start: at }) => Date.parse(at) - begin),
        [120_000, 60_000, 0],
    );
    t.deepEqual(
        live.events.rows.map(({ kind }) => kind),
        ['sound', 'doorbell', 'human'],
    );
    t.is(live.events.stderr, '');
    const queries = [
        ['recordings', '--order', 'oldest', '--limit', '2'],
        ['recordings', '--from', '2026-11-20T08:00:30Z', '--to', '2026-11-20T08:01:30Z'],
        ['recordings', '--channel', channel, '--name', 'other'],
        ['events', '--kind', 'human', '--kind', 'sound', '--order', 'oldest'],
        ['events', '--channel', 'test', '--limit', '1'],
        ['events', '--to', `${begin}`],
    ];
    const answers = [];
    for (const args of queries) answers.push((await json(...args)).rows);
    t.deepEqual(
        answers.map((found) => found.length),
        [2, 1, 0, 2, 1, 0],
    );
    const table = await run(['events', '--data', data]);
    t.regex(table.text, /human {2,}test .*picture/);
    t.false(table.text.includes('\u001b'), 'what is kept does not move the cursor');
    const shot = await run(['snapshot', 'test', '--out', '-', '--data', data]);
    t.is(shot.code, 0, shot.stderr);
    t.is(shot.stdout.readUInt16BE(0), 0xffd8);
    const file = path.join(data, 'now.jpg');
    t.is((await run(['snapshot', 'test', '--out', file, '--data', data])).code, 0);
    t.is(statSync(file).mode & 0o777, 0o600);
    t.is(readFileSync(file).readUInt16BE(0), 0xffd8);
    const again = await run(['snapshot', 'test', '--out', file, '--data', data]);
    t.is(again.code, 1);
    t.regex(again.stderr, /exists already/);
    const other = await run(['snapshot', 'nothing', '--out', '-', '--data', data]);
    t.is(other.code, 1);
    t.regex(other.stderr, /no such channel/);
    t.is((await device.stop()).code, 0);
    t.false(existsSync(socket));

    const before = readFileSync(path.join(data, 'events', readdirSync(path.join(data, 'events')).find((name) => name.endsWith('.ndjson')) ?? ''));
    const ended = { recordings: await json('recordings'), events: await json('events') };
    t.regex(ended.events.stderr, /no program runs/);
    // what is marked and how channels are called is the program's to say
    t.deepEqual(
        ended.events.rows,
        live.events.rows.map(({ channelTitle: _title, ...row }) => row),
    );
    t.deepEqual(
        ended.recordings.rows,
        live.recordings.rows.map(({ protected: _kept, channelTitle: _title, ...row }) => row),
    );
    for (const [i, args] of queries.entries()) t.is((await json(...args)).rows.length, Number(answers[i]?.length), args.join(' '));
    t.deepEqual(readFileSync(path.join(data, 'events', readdirSync(path.join(data, 'events')).find((name) => name.endsWith('.ndjson')) ?? '')), before);
    const none = await run(['snapshot', 'test', '--out', '-', '--data', data]);
    t.is(none.code, 1);
    t.regex(none.stderr, /no program runs/);
});

test('[E1] a push is started, listed and stopped; its key is on no command line', async (t) => {
    const data = temporary(t);
    const settings = path.join(data, 'given.json');
    const key = 'k3y-of-the-st4ge';
    const targets = [{ name: 'stage', url: 'rtmp://127.0.0.1:1/live', key, watch: { page: 'https://example.com/{channel}-{number}' } }];
    writeFileSync(settings, JSON.stringify({ channels: [{ name: 'test', input: 'test:size=640x360&fps=10' }], live: { targets } }), { mode: 0o600 });
    const { device } = start(t, ['--settings', settings, '--record', 'off'], { data });
    await device.url();
    const push = (/** @type {string[]} */ ...args) => run(['push', ...args, '--data', data]);
    const started = await push('start', 'test', 'stage');
    t.deepEqual([started.code, started.text], [0, 'started\npage  https://example.com/test-1\n'], started.stderr);
    t.like(JSON.parse((await push('start', 'test', 'stage', '--json')).text), { already: true, vendor: 40000415 });
    const shown = await eventually(async () => {
        const { code, text: line } = await push('status', '--json');
        const one = JSON.parse(line);
        return one.state === 'retries' ? { code, one, line } : undefined;
    }, 'a try that failed');
    t.like(shown, { code: 3, one: { channel: 'test', target: 'stage', error: { code: 'REFUSED', vendor: 6012, advice: 'retry' } } });
    const lines = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
        try {
            return readFileSync(`/proc/${name}/cmdline`, 'latin1');
        } catch {
            return ''; // it has ended
        }
    });
    t.false(lines.some((line) => line.includes(key)));
    t.false(shown.line.includes(key));
    t.regex((await push('start', 'test', 'other')).stderr, /no target named "other"/);
    t.is((await push('stop', 'test', 'stage')).text, 'stopped\n');
    t.deepEqual([(await push('status')).code, (await push('status')).text], [0, '']);
    for (const args of [[], ['start', 'test'], ['stop', 'Test', 'stage'], ['start', 'test', 'stage', '--stream', 'third']]) t.is((await push(...args)).code, 2);
    t.false(`${device.stdout}${device.stderr}`.includes(key));
    t.false(readFileSync(path.join(data, 'push.json'), 'utf8').includes(key));
});

test('files of events that were torn or made by somebody else are read as far as they go, and stay as they are', async (t) => {
    const data = temporary(t);
    mkdirSync(path.join(data, 'events'));
    const file = path.join(data, 'events', '202611.ndjson');
    const at = begin;
    const good = [
        { op: 'begin', id: 1, at, kind: 'human', mask: 2, channel: 'a', raised: true, data: [1] },
        { op: 'begin', id: 2, at: at + 1, kind: 'motion', mask: 1, channel: '' },
        { op: 'end', id: 2, at: at + 1000 },
        { op: 'protect', id: 2, on: true },
        { op: 'picture', id: 2, bytes: 4 },
        { op: 'begin', id: 3, at, kind: 'sound', mask: 4, channel: '' },
        { op: 'delete', id: 3 },
    ].map((line) => JSON.stringify(line));
    const bad = ['', '{', 'null', '[]', '7', '"x"', '{"id":0}', '{"op":"begin","id":9}', '{"op":"begin","id":9,"at":1e300,"kind":"x"}', '{"op":"end","id":99,"at":1}', '{"op":"__proto__","id":1}', '\u0000'];
    const text = `${[...good, ...bad].join('\n')}\n{"op":"begin","id":4,"at":${at},"kind":"hu`;
    writeFileSync(file, text);
    const outcome = await run(['events', '--json', '--order', 'oldest', '--data', data]);
    t.is(outcome.code, 0, outcome.stderr);
    t.deepEqual(
        rows(outcome.text).map(({ id, channel: name, end, protected: kept, picture, data: more }) => [id, name, end, kept, picture, more]),
        [
            [1, 'a', null, false, null, [1]],
            [2, null, '2026-11-20T08:00:01.000Z', true, '/thumbnail/event/2.jpg', null],
        ],
    );
    t.is(readFileSync(file, 'utf8'), text);
    t.deepEqual(readdirSync(data), ['events'], 'nothing was made');
    let random = 7;
    for (let i = 0; i < 20; i++) {
        const bytes = Buffer.from(text);
        for (let change = 0; change < 8; change++) {
            random = (random * 1103515245 + 12345) % 2 ** 31;
            bytes[random % bytes.length] = (random >> 8) & 255;
        }
        writeFileSync(file, bytes);
        t.is((await run(['events', '--json', '--data', data])).code, 0, `change ${i}`);
    }
});

test('another user is refused by the socket, whatever its mode; a page of a site too', async (t) => {
    const { device, data } = start(t, ['--record', 'off']);
    await device.url();
    const socket = path.join(data, 'control.sock');
    t.is(await call(socket, '/healthz'), 200);
    t.is(await call(socket, '/healthz', { headers: { host: 'example.com' } }), 421);
    t.is(await call(socket, '/healthz', { headers: { origin: 'https://example.com' } }), 403);
    if (process.getuid?.() === 0) {
        chmodSync(data, 0o755);
        chmodSync(socket, 0o666);
        const curl = spawnSync('setpriv', ['--reuid', '65534', '--clear-groups', 'curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '--unix-socket', socket, 'http://localhost/healthz'], { encoding: 'utf8' });
        t.is(curl.stdout, '000');
        t.not(curl.status, 0);
    }
    t.is((await device.stop()).code, 0);
    // A process that was killed leaves its socket: the next one takes its place.
    const second = start(t, ['--record', 'off'], { data }).device;
    await second.url();
    await second.stop('SIGKILL');
    t.true(existsSync(socket));
    t.regex((await run(['events', '--data', data])).stderr, /no program runs/);
    const third = start(t, ['--record', 'off'], { data }).device;
    await third.url();
    t.is(await call(socket, '/healthz'), 200);
    t.is((await third.stop()).code, 0);
});

test('a command line that is wrong is exit 2 with one line', async (t) => {
    const data = temporary(t);
    for (const args of [
        ['recordings', '--limit', 'x'],
        ['recordings', '--order', 'up'],
        ['recordings', '--from', 'yesterday'],
        ['recordings', '--from', '2026-11-20T08:00:00Z', '--to', '2026-11-20T07:00:00Z'],
        ['recordings', '--channel', '../x'],
        ['recordings', '--kind', 'motion'],
        ['recordings', 'word'],
        ['events', '--kind', 'Motion'],
        ['snapshot'],
        ['snapshot', 'test'],
        ['snapshot', 'test', '--out', 'x', '--stream', 'third'],
    ]) {
        const outcome = await run([...args, '--data', data]);
        t.is(outcome.code, 2, args.join(' '));
        t.regex(outcome.stderr, /^ocellus \w+: [^\n]+\n$/);
    }
    for (const name of ['recordings', 'events', 'snapshot', 'push']) t.regex((await run([name, '--help'])).text, new RegExp(`^usage: ocellus ${name} `));
    t.is((await run(['recordings', '--data', path.join(data, 'nothing')])).code, 1);
    copyFileSync(program, path.join(data, 'file'));
    t.is((await run(['recordings', '--data', path.join(data, 'file')])).code, 1);
});
