// ocellus settings export and import, ocellus reset: what leaves and what goes, and when they refuse.
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { hangS } from '../guard.mjs';
import { eventually, program, start, temporary } from './device.mjs';

/**
 * Runs a command to its end.
 * @param {readonly string[]} args @param {string} [input]
 */
function ocellus(args, input = '') {
    const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8', timeout: hangS * 1000 });
    return { code: status, stdout, stderr };
}

const secret = 'hunter2-not-to-be-seen';
const settings = {
    port: 8081,
    record: { name: 'porch' },
    events: { webhook: { url: `https://hooks.example/${secret}` } },
    channels: [
        { name: 'far', input: `rtsp://admin:${secret}@h/x` },
        { name: 'clip', input: 'clip.mp4', loop: false },
    ],
};

test('export hides passwords unless asked, import puts them back, and a copy is the same', (t) => {
    const [data, other] = [temporary(t), temporary(t)];
    t.deepEqual(JSON.parse(ocellus(['settings', 'export', '--data', data]).stdout), {});
    const stored = path.join(data, 'settings.json');
    t.deepEqual(ocellus(['settings', 'import', '--data', data], JSON.stringify(settings)), { code: 0, stdout: '', stderr: '' });
    t.deepEqual([JSON.parse(readFileSync(stored, 'utf8')), statSync(stored).mode & 0o777], [settings, 0o600]);
    const shown = ocellus(['settings', 'export', '--data', data]);
    t.false((shown.stdout + shown.stderr).includes(secret));
    t.is(JSON.parse(shown.stdout).channels[0].input, 'rtsp://***@h/x');
    const file = path.join(other, 'with.json');
    t.deepEqual(ocellus(['settings', 'export', file, '--with-secrets', '--data', data]), { code: 0, stdout: '', stderr: '' });
    t.is(statSync(file).mode & 0o777, 0o600);
    t.is(ocellus(['settings', 'import', file, '--data', other]).code, 0);
    t.deepEqual(JSON.parse(readFileSync(path.join(other, 'settings.json'), 'utf8')), settings);
    t.is(ocellus(['settings', 'import', '--data', data], shown.stdout).code, 0, 'the passwords are there');
    t.deepEqual(JSON.parse(readFileSync(stored, 'utf8')), settings);
    const printed = JSON.parse(ocellus(['run', '--print-settings', '--data', data]).stdout);
    t.deepEqual([printed.port, printed.record.name, printed.channels.length], [8081, 'porch', 2]);
});

test('an import is checked before anything is written; one line says where', (t) => {
    const data = temporary(t);
    const file = path.join(data, 'settings.json');
    writeFileSync(file, '{"port":1}');
    for (const [text, line] of /** @type {const} */ ([
        ['', /^ocellus: standard input: .*not JSON/],
        ['[]', /^ocellus: standard input: .*not a JSON object/],
        ['{"prot":1}', /^ocellus: standard input: prot: unknown key; known are /],
        ['{"record":{"name":"a b"}}', /^ocellus: standard input: record\.name: "a b" is not allowed/],
        ['{"channels":[{"name":"a"}]}', /^ocellus: standard input: channels\[0\]\.input: missing/],
        ['{"channels":[{"input":"rtsp://***@h/x"}]}', /^ocellus: standard input: channels\[0\]\.input: "\*\*\*" stands for/],
        [`{"channels":[${Array(41).fill('{"input":"x"}').join()}]}`, /41 entries are not allowed/],
        ['['.repeat(100), /brackets nest too deep/],
        ['{}\0', /holds a NUL byte/],
        [' '.repeat(100_000), /File too large/],
    ])) {
        const { code, stdout, stderr } = ocellus(['settings', 'import', '--data', data], text);
        t.deepEqual([code, stdout, stderr.split('\n').length], [2, '', 2], stderr);
        t.regex(stderr, line);
    }
    t.is(readFileSync(file, 'utf8'), '{"port":1}');
    t.regex(ocellus(['settings', 'import', '/no/such.json', '--data', data]).stderr, /^ocellus: settings import: \/no\/such\.json: No such file/);
    writeFileSync(file, '{"port":');
    t.is(ocellus(['settings', 'export', '--data', data]).code, 1);
    t.is(ocellus(['settings', 'import', '--data', data], '{"port":0}').code, 0, 'a broken file is replaced');
    t.is(JSON.parse(readFileSync(file, 'utf8')).port, 0);
});

test('an export that cannot be written fails, and touches nothing but its file', (t) => {
    const data = temporary(t);
    const missing = ocellus(['settings', 'export', '--data', path.join(data, 'none')]);
    t.deepEqual([missing.code, existsSync(path.join(data, 'none'))], [1, false]);
    const fifo = path.join(data, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const [file, line] of /** @type {const} */ ([
        [path.join(data, 'none', 'f'), /there is no such folder/],
        [data, /not a regular file/],
        [fifo, /not a regular file/],
    ])) {
        const { code, stderr } = ocellus(['settings', 'export', file, '--data', data]);
        t.is(code, 1);
        t.regex(stderr, line);
    }
    t.deepEqual(readdirSync(data), ['fifo']);
});

/** Data as after a while of use. @param {string} data */
function fill(data) {
    const deepest = `app${'/d'.repeat(16)}`; // as deep as an application may go
    mkdirSync(path.join(data, 'recordings', 'cam1', 'deeper'), { recursive: true });
    mkdirSync(path.join(data, 'access'), { recursive: true });
    mkdirSync(path.join(data, 'p2p'), { recursive: true });
    mkdirSync(path.join(data, deepest), { recursive: true });
    mkdirSync(path.join(data, 'events', '202611'), { recursive: true });
    mkdirSync(path.join(data, 'index'), { recursive: true });
    for (const name of [`${deepest}/file`, 'app/values', 'recordings/cam1/a.mp4', 'recordings/cam1/deeper/b.mp4', 'events/202611.ndjson', 'events/202611/1.jpg', 'index/index.sqlite', 'access/users', 'access/key.pem', 'p2p/certificate.pem', 'settings.json', 'settings.json.bad', 'privacy.json', 'mine.txt']) {
        writeFileSync(path.join(data, name), 'x');
    }
}

/** What is there; folders that are empty do not count. @param {string} data */
const files = (data) =>
    readdirSync(data)
        .filter((name) => name !== '.lock' && !(statSync(path.join(data, name)).isDirectory() && readdirSync(path.join(data, name)).length === 0))
        .sort();

test('reset wipes each kind by itself, follows no link, and leaves what is not ours', (t) => {
    const [data, outside] = [temporary(t), temporary(t)];
    const kept = path.join(outside, 'kept');
    writeFileSync(kept, 'kept');
    fill(data);
    symlinkSync(outside, path.join(data, 'recordings', 'link'));
    symlinkSync(kept, path.join(data, 'access', 'link'));
    t.is(ocellus(['reset', '--settings', '--yes', '--data', data]).code, 0);
    t.deepEqual(files(data), ['access', 'events', 'index', 'mine.txt', 'p2p', 'recordings']);
    fill(data);
    t.is(ocellus(['reset', '--keys', '--yes', '--data', data]).code, 0);
    t.deepEqual(files(data), ['app', 'events', 'index', 'mine.txt', 'privacy.json', 'recordings', 'settings.json', 'settings.json.bad']);
    fill(data);
    t.regex(ocellus(['reset', '--footage', '--yes', '--data', data]).stdout, /^footage: 6 files removed, 5 bytes\n$/);
    t.deepEqual(files(data), ['access', 'app', 'mine.txt', 'p2p', 'privacy.json', 'settings.json', 'settings.json.bad']);
    fill(data);
    t.is(ocellus(['reset', '--footage', '--keys', '--settings', '--yes', '--data', data]).code, 0);
    t.deepEqual(files(data), ['mine.txt']);
    t.is(ocellus(['reset', '--footage', '--keys', '--settings', '--yes', '--data', data]).code, 0, 'nothing left to do');
    t.is(readFileSync(kept, 'utf8'), 'kept');
});

test('what is imported belongs to the owner of the folder, also when root imports it', (t) => {
    const data = temporary(t);
    const [user, group] = process.getuid?.() === 0 ? [12_345, 23_456] : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    chownSync(data, user, group);
    t.is(ocellus(['settings', 'import', '--data', data], '{"port":0}').code, 0);
    for (const name of ['settings.json', '.lock']) {
        const { uid, gid } = statSync(path.join(data, name));
        t.deepEqual([uid, gid], [user, group], name);
    }
    t.is(ocellus(['reset', '--settings', '--yes', '--data', data]).code, 0);
    t.false(existsSync(path.join(data, 'settings.json')));
});

test('reset asks, and does nothing without an answer', (t) => {
    const data = temporary(t);
    fill(data);
    const before = files(data);
    for (const args of [['--keys'], [], ['--yes'], ['--keys', '--yes', 'x']]) {
        const { code, stderr } = ocellus(['reset', ...args, '--data', data]);
        t.is(code, 2, stderr);
        t.regex(stderr, /^ocellus: .+\n$/);
    }
    t.is(ocellus(['reset', '--keys', '--yes', '--data', path.join(data, 'none')]).code, 1);
    for (const [answer, code] of /** @type {const} */ ([['no', 2], ['y', 2], ['', 2], ['yes', 0]])) {
        const run = spawnSync('script', ['-qec', `${program} reset --keys --data ${data}`, '/dev/null'], { input: `${answer}\n`, encoding: 'utf8' });
        t.is(run.status, code, run.stdout);
        t.regex(run.stdout, /Remove keys of .* for good\? Type yes/);
        t.deepEqual(files(data), code === 0 ? before.filter((name) => name !== 'access' && name !== 'p2p') : before);
    }
});

test('while a program runs, its data is neither imported into nor reset, but exported', async (t) => {
    const { device, data } = start(t);
    await eventually(async () => (await device.json('/api/status')).channels[0]?.recording.bytes > 0 || undefined, 'a recording');
    for (const args of [['settings', 'import'], ['reset', '--settings', '--keys', '--footage', '--yes']]) {
        const { code, stderr } = ocellus([...args, '--data', data], '{}');
        t.deepEqual([code, stderr], [1, `ocellus: data directory ${data}: another ocellus is using it: choose another one with --data\n`]);
    }
    t.is(ocellus(['settings', 'export', '--data', data]).code, 0);
    t.true(readdirSync(path.join(data, 'recordings', 'cam1')).length > 0);
    t.is((await device.stop()).code, 0);
    t.is(ocellus(['reset', '--footage', '--yes', '--data', data]).code, 0);
    t.deepEqual(files(data), ['crash', 'log', 'update']);
});
