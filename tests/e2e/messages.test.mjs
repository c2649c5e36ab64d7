// Messages of wrong use, read as a person sees them: each case runs the program and compares the whole line with
// docs/evidence/messages.md, which is written again by OC_WRITE_MESSAGES=1.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { program, temporary } from './device.mjs';

const document = path.join(root, 'docs', 'evidence', 'messages.md');
const run = ['run', '--data', 'data', '--port', '0'];

/** Arguments, and the standard input. @type {[string[], string?][]} */
const cases = [
    [[]],
    [['fly']],
    [['run', '--nosuch']],
    [['run', 'extra']],
    [['run', '--input']],
    [['run', '--port', '65536']],
    [['run', '--record', 'maybe']],
    [['run', '--name', '../x']],
    [['run', '--listen', 'lan']],
    [['run', '--timezone', 'Mars/Olympus']],
    [['run', '--cors-origin', 'example.com']],
    [['run', '--settings', 'missing.json']],
    [['run', '--settings', 'unknown-key.json']],
    [['run', '--settings', 'wrong-type.json']],
    [['run', '--settings', 'broken.json']],
    [['run', '--data', 'notes.txt', '--port', '0']],
    [[...run, '--input', 'nowhere.mp4']],
    [[...run, '--input', 'empty.mp4']],
    [[...run, '--input', 'cut.mp4']],
    [[...run, '--input', 'gopher://camera/']],
    [[...run, '--input', 'a=clip.mp4', '--input', 'a=clip.mp4']],
    [[...run, '--listen', '0.0.0.0']],
    [[...run, '--tls-cert', 'certificate.pem']],
    [[...run, '--app', 'notes.txt']],
    [['password', '--data', 'data']],
    [['password', '--data', 'data'], 'short\n'],
    [['password', 'secret']],
    [['reset', '--data', 'data']],
    [['reset', '--footage', '--data', 'data']],
    [['settings', 'import', 'broken.json', '--data', 'data']],
    [['privacy', 'maybe']],
    [['support-bundle', '--data', 'nowhere']],
];

/** @param {string} folder */
function prepare(folder) {
    const clip = readFileSync(path.join(root, 'assets', 'clip.mp4'));
    mkdirSync(path.join(folder, 'data'), { mode: 0o700 });
    for (const [name, content] of /** @type {[string, string | Buffer][]} */ ([
        ['unknown-key.json', '{"portt": 1}'],
        ['wrong-type.json', '{"port": "80a"}'],
        ['broken.json', '{"port": 1,}'],
        ['notes.txt', 'hello\n'],
        ['empty.mp4', ''],
        ['cut.mp4', clip.subarray(0, 3000)],
    ])) {
        writeFileSync(path.join(folder, name), content);
    }
    copyFileSync(path.join(root, 'assets', 'clip.mp4'), path.join(folder, 'clip.mp4'));
}

test('each message of wrong use is the one of docs/evidence/messages.md', (t) => {
    const folder = temporary(t);
    prepare(folder);
    const blocks = cases.map(([args, input = '']) => {
        const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, input, encoding: 'utf8', timeout: 60_000 });
        const lines = stderr.split('\n').filter((line) => line !== '' && !/^\d{4}-\d\d-\d\dT/.test(line)); // without lines of the log
        t.is(stdout, '', args.join(' '));
        t.is(lines.length, 1, `${args.join(' ')}: ${stderr}`);
        t.regex(lines[0] ?? '', /^ocellus: .+[^ .]$/);
        t.true(status === 1 || status === 2, args.join(' '));
        const shown = ['ocellus', ...args].join(' ');
        return `\`\`\`console\n$ ${input ? `echo ${input.trim()} | ` : ''}${shown}\n${lines.join('\n')}\n\`\`\`\n\nExit code ${status}.\n`;
    });
    const text = `${readFileSync(document, 'utf8').split('\n## ')[0]?.trimEnd()}\n\n## Commands and answers\n\n${blocks.join('\n')}`;
    if (process.env['OC_WRITE_MESSAGES']) {
        writeFileSync(document, text);
    }
    t.is(readFileSync(document, 'utf8'), text);
});
