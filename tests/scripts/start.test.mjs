// npm start hands over: arguments, exit code, and each signal once although a terminal and npm both send it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';

/** @param {import('ava').ExecutionContext} t @param {string} script @param {string[]} args */
function foreground(t, script, args) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-scripts-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const program = path.join(folder, 'program');
    writeFileSync(program, script);
    chmodSync(program, 0o755);
    const code = `import('${path.join(root, 'scripts', 'start.mjs')}').then(m => m.foreground(${JSON.stringify(program)}, ${JSON.stringify(args)})).then(c => process.exit(c))`;
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    return { child, output: () => output };
}

test('arguments and exit code pass; Ctrl-C sent to the whole group and again by npm arrives once; a later one arrives too', async (t) => {
    const script = `#!${process.execPath}
let count = 0;
process.on('SIGINT', () => {
    console.log('got');
    if (++count === 2) {
        setTimeout(() => process.exit(7), 500);
    }
});
setTimeout(() => process.exit(8), 60_000);
console.log('ready', ...process.argv.slice(2));`;
    const { child, output } = foreground(t, script, ['run', '--port', '-1']);
    /** @param {string} text */
    const says = async (text) => {
        while (!output().includes(text)) {
            await once(child.stdout, 'data');
        }
    };
    await says('ready run --port -1');
    const pid = child.pid ?? 0;
    process.kill(-pid, 'SIGINT');
    child.kill('SIGINT');
    await says('got');
    await new Promise((resolve) => setTimeout(resolve, 900));
    t.is(output().match(/got/g)?.length, 1);
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    t.is(code, 7);
    t.is(output().match(/got/g)?.length, 2);
});
