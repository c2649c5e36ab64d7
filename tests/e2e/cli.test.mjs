// The command line: help, refusals with one clear line, exit codes (docs/design/cli.md).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { hangS } from '../guard.mjs';
import { Device, start, temporary } from './device.mjs';

/** @param {string[]} args @returns {Promise<{ code: number | null, stdout: string, stderr: string }>} */
async function ended(args) {
    const device = new Device(args);
    const timer = setTimeout(() => device.process.kill('SIGKILL'), hangS * 1000);
    const { code } = await device.ended;
    clearTimeout(timer);
    return { code, stdout: device.stdout, stderr: device.stderr };
}

test('--help names every option, --version and --licenses answer', async (t) => {
    const help = await ended(['--help']);
    t.is(help.code, 0);
    const document = readFileSync(path.join(root, 'docs', 'design', 'cli.md'), 'utf8');
    const options = [...document.matchAll(/^\| `(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
    t.true(options.length > 10);
    for (const option of options) {
        t.true(help.stdout.includes(option), option);
    }
    const version = await ended(['--version']);
    t.is(version.code, 0);
    t.true(version.stdout.includes(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version));
    const licenses = await ended(['--licenses']);
    t.is(licenses.code, 0);
    t.regex(licenses.stdout, /Apache/);
    t.regex(licenses.stdout, /LGPL|Lesser General Public/);
});

/** @type {[name: string, args: string[], message: RegExp][]} */
const refused = [
    ['no command', [], /run/],
    ['an unknown command', ['fly'], /fly/],
    ['an unknown option', ['run', '--nosuch'], /nosuch/],
    ['a port that is none', ['run', '--port', '65536'], /--port: "65536" .*0 to 65535/],
    ['a port that is no number', ['run', '--port', '80x'], /--port: "80x"/],
    ['segments of no length', ['run', '--segment-minutes', '0'], /--segment-minutes: "0" .*1 to 1440/],
    ['a name that is no file name', ['run', '--name', '../x'], /--name: "\.\.\/x"/],
    ['neither on nor off', ['run', '--record', 'maybe'], /--record: "maybe"/],
    ['an unknown level', ['run', '--log', 'loud'], /--log: "loud"/],
    ['a duration below zero', ['run', '--duration', '-1'], /--duration/],
    ['an option cut short', ['run', '--d', '1'], /--d;/],
    ['a zone nobody knows', ['run', '--timezone', 'Mars/Olympus'], /--timezone: "Mars\/Olympus" .*system/],
    ['a zone outside of the database', ['run', '--timezone', '../../etc/passwd'], /--timezone: "\.\.\/\.\./],
    ['a listener that is no address', ['run', '--listen', 'lan'], /--listen: "lan"/],
    ['a word too many', ['run', 'extra'], /unexpected word "extra"/],
    ['an origin that is none', ['run', '--cors-origin', 'example.com'], /--cors-origin: "example\.com" .*https:/],
    ['a name used twice', ['run', '--input', 'a=fake:', '--input', 'a=fake:'], /the name "a" is used twice/],
    ['a certificate without its key', ['run', '--tls-cert', 'c.pem'], /--tls-cert requires --tls-key/],
    ['privacy that is neither', ['privacy', 'maybe'], /"maybe"/],
    ['a password that others can read', ['password', 'secret-secret'], /do not give a password on the command line/],
];
for (const [name, args, message] of refused) {
    test(`refused with exit 2 and one line: ${name}`, async (t) => {
        const data = args[0] === 'run' ? ['--data', temporary(t)] : [];
        const { code, stderr } = await ended([...args, ...data]);
        t.is(code, 2, stderr);
        const lines = stderr.trimEnd().split('\n');
        t.is(lines.length, 1, stderr);
        t.true(stderr.startsWith('ocellus: '), stderr);
        t.regex(lines[0] ?? '', message);
    });
}

test('a settings file: unknown key and bad value are refused by name, good values win over defaults', async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'settings.json');
    writeFileSync(file, JSON.stringify({ portt: 1 }));
    const unknown = await ended(['run', '--settings', file, '--data', folder]);
    t.is(unknown.code, 2);
    t.regex(unknown.stderr, /portt/);
    writeFileSync(file, JSON.stringify({ record: { segmentMinutes: 5000 } }));
    const bad = await ended(['run', '--settings', file, '--data', folder]);
    t.is(bad.code, 2);
    t.regex(bad.stderr, /segmentMinutes.*5000/);
    writeFileSync(file, JSON.stringify({ port: 4711, record: { name: 'fromfile', segmentMinutes: 7 } }));
    const good = await ended(['run', '--settings', file, '--data', folder, '--name', 'fromline', '--print-settings']);
    t.is(good.code, 0, good.stderr);
    const settings = JSON.parse(good.stdout);
    t.is(settings.port, 4711);
    t.is(settings.record.segmentMinutes, 7);
    t.is(settings.record.name, 'fromline');
});

test('a settings file that nests without end, is no JSON or none, is refused with exit 2 and one line', async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'settings.json');
    const fifo = path.join(folder, 'fifo');
    writeFileSync(file, '['.repeat(10_000));
    execFileSync('mkfifo', [fifo]);
    const broken = path.join(folder, 'broken.json');
    writeFileSync(broken, '{"port": 1,}');
    for (const [settings, message] of /** @type {const} */ ([[file, /nest/], [broken, /not JSON: line 1/], [fifo, /not a regular file/], [folder, /directory/]])) {
        const { code, stderr } = await ended(['run', '--port', '0', '--settings', settings, '--data', folder]);
        t.is(code, 2, stderr);
        t.regex(stderr, /^ocellus: \S.*\n$/);
        t.regex(stderr, message);
    }
});

test('control characters of a name do not reach the terminal', async (t) => {
    const { code, stderr } = await ended(['run', '--port', '0', '--data', temporary(t), '--input', '\u001b[31m\nx']);
    t.is(code, 1, stderr);
    t.regex(stderr, /^ocellus: .*cannot open \?\[31m\?x/m);
    t.false(stderr.includes('\u001b'));
});

test('--json: every event of the end is printed, "ended" with the exit code is the last line', async (t) => {
    const data = temporary(t);
    const { device } = start(t, [], { data });
    await device.event('recording');
    t.is((await device.stop()).code, 0, device.stderr);
    /** @type {Record<string, unknown>[]} */
    const events = device.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
    const kinds = events.map(({ event }) => event);
    t.deepEqual(kinds.filter((kind) => kind === 'listening' || kind === 'recording'), ['listening', 'recording']);
    t.deepEqual(kinds.slice(-4), ['record-closed', 'record-stopped', 'channel-closed', 'ended']);
    t.true(existsSync(path.join(data, String(events.at(-4)?.['path']))));
    t.deepEqual(events.at(-1), { event: 'ended', code: 0 });
    const failed = await ended(['run', '--json', '--port', '0', '--data', data, '--input', '/no/such/file.mp4']);
    const last = failed.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
    t.is(last.at(-2)?.event, 'channel-failed');
    t.deepEqual(last.at(-1), { event: 'ended', code: 1 });
    const usage = await ended(['run', '--json', '--settings', '/no/such/file.json', '--data', data]);
    t.is(usage.stdout, '{"event":"ended","code":2}\n');
});

test('an input that is not there ends with exit 1 and a line that names it', async (t) => {
    const { code, stderr } = await ended(['run', '--port', '0', '--data', temporary(t), '--input', '/no/such/file.mp4']);
    t.is(code, 1, stderr);
    t.regex(stderr, /\/no\/such\/file\.mp4/);
});

test('an input that is a folder ends with exit 1 and a line that says so', async (t) => {
    const folder = temporary(t);
    const { code, stderr } = await ended(['run', '--port', '0', '--data', folder, '--input', folder]);
    t.is(code, 1, stderr);
    t.regex(stderr, /^ocellus: .*not a regular file$/m);
});

test('an input that is no MP4 file ends with exit 1 and a line that says so', async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'text.mp4');
    writeFileSync(file, 'this is not a movie\n'.repeat(1000));
    const { code, stderr } = await ended(['run', '--port', '0', '--data', folder, '--input', file]);
    t.is(code, 1, stderr);
    t.regex(stderr, /text\.mp4/);
});

test('a data folder that is a file ends with exit 1 and a line that names it', async (t) => {
    const file = path.join(temporary(t), 'occupied');
    writeFileSync(file, '');
    const { code, stderr } = await ended(['run', '--port', '0', '--data', file]);
    t.is(code, 1, stderr);
    t.regex(stderr, /occupied/);
});

test('a port in use ends with exit 1 and one line that names it', async (t) => {
    const server = net.createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => server.close());
    const { port } = /** @type {net.AddressInfo} */ (server.address());
    const { code, stderr } = await ended(['run', '--port', String(port), '--data', temporary(t)]);
    t.is(code, 1, stderr);
    const lines = stderr.split('\n').filter((line) => line.includes(String(port)));
    t.true(lines.length >= 1, stderr);
    t.regex(lines[0] ?? '', /in use/);
});

test('a second instance on the same port fails, the first goes on', async (t) => {
    const { device } = start(t);
    const port = new URL(await device.url()).port;
    const second = await ended(['run', '--port', port, '--data', temporary(t)]);
    t.is(second.code, 1, second.stderr);
    t.regex(second.stderr, /in use/);
    t.is((await device.json('/api/status')).channels.length, 1);
});

test('text output: the address of the page is printed on stdout', async (t) => {
    const data = path.join(temporary(t), 'new', 'folder');
    mkdirSync(path.dirname(data), { recursive: true });
    const device = new Device(['run', '--port', '0', '--data', data, '--duration', '1']);
    const { code } = await device.ended;
    t.is(code, 0, device.stderr);
    t.regex(device.stdout, /^viewer: http:\/\/127\.0\.0\.1:\d+\/$/m);
});
