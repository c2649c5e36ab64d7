// What the engine's tests share.
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const build = resolve(process.env.OC_BUILD ?? join(root, 'build', 'linux'));
export const scripts = join(build, 'engine_scripts.xsa');

/** Runs a program to its end: {status, out, err, ms}. */
export function run(program, args, options = {}) {
    return new Promise((done, failed) => {
        const started = performance.now();
        const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
        const text = { out: '', err: '' };
        child.stdout.setEncoding('utf8').on('data', (chunk) => (text.out += chunk));
        child.stderr.setEncoding('utf8').on('data', (chunk) => (text.err += chunk));
        child.on('error', failed);
        child.on('close', (status, signal) => done({ status, signal, ...text, ms: performance.now() - started }));
    });
}

/** Runs tests/engine/scripts/<name>.ts with these options of xsrun. */
export function xsrun(name, ...options) {
    return run(join(build, 'xsrun'), [...options, `ocellus/test/${name}`, scripts], {
        env: { ...process.env, XSBUG_HOST: '' },
    });
}
