// docs/write-your-app.md as a stranger follows it: every command, in an empty folder, with npm.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, temporary } from '../e2e/device.mjs';
import { emptyFolder, program } from './folder.mjs';

/** Blocks of code in their order: lines of a shell, and files. */
const blocks = [...readFileSync(path.join(root, 'docs', 'write-your-app.md'), 'utf8').matchAll(/^```(sh|ts)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({ kind, text }));

test('every command of docs/write-your-app.md works in an empty folder', async (t) => {
    const bin = path.join(temporary(t), 'bin');
    mkdirSync(bin);
    symlinkSync(program, path.join(bin, 'ocellus'));
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH']}`, npm_config_audit: 'false', npm_config_fund: 'false', npm_config_prefer_offline: 'true' };
    let folder = emptyFolder(t);
    /** @type {Device | undefined} */
    let device;
    t.teardown(() => device?.stop('SIGTERM'));

    /** @param {string} line */
    const shell = async (line) => {
        const child = spawn('sh', ['-c', line], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
        const [out, err, code] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), new Promise((resolve) => child.on('close', resolve))]);
        return { code, out: out.join(''), text: `${line}\n${out.join('')}${err.join('')}` };
    };
    /** What stays, on a port that is free. @param {string} line */
    const stay = async (line) => {
        await device?.stop();
        const [, ...words] = line.split(' ');
        const own = ['--json', '--port', '0', '--data', temporary(t)];
        device = new Device([...words, ...(words.includes('app') && !line.includes(' -- ') ? ['--'] : []), ...own], { cwd: folder });
        await device.url();
    };
    /** @type {string[]} */
    const answers = [];
    for (const { kind, text } of blocks) {
        if (kind === 'ts') {
            writeFileSync(path.join(folder, 'src', 'main.ts'), text);
            continue;
        }
        for (const line of text.trim().split('\n')) {
            if (line.startsWith('cd ')) {
                folder = path.join(folder, line.slice(3));
            } else if (/^ocellus (app )?run/.test(line)) {
                await stay(line);
            } else if (line.startsWith('curl ')) {
                const url = (await device?.url()) ?? '';
                const command = line.replace('curl ', 'curl -sSf ').replace('http://127.0.0.1:8080', url);
                answers.push(await eventually(async () => {
                    const { code, out } = await shell(command);
                    return code === 0 ? out : undefined;
                }, line));
            } else {
                const { code, text: output } = await shell(line);
                t.is(code, 0, output);
            }
        }
    }
    t.deepEqual(answers.map((answer) => (answer.startsWith('{') ? JSON.parse(answer) : answer)).filter((answer) => answer.says ?? answer.hello ?? answer.opened), [
        { hello: 'door' },
        { says: 'Hello', rings: 1 },
        { opened: 5 },
        { says: 'Welcome', rings: 1 },
    ]);
    t.is((await device?.stop())?.code, 0, device?.stderr);
});
