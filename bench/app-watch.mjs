// From a save to the answer of the new code (docs/performance.md): `ocellus app run --watch`.
//
//   node bench/app-watch.mjs [--brief] [--saves 20] [--build build/linux]
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Device, sleep } from '../tests/e2e/device.mjs';
import { begin, make } from './lib/bench.mjs';
import { newFolder } from './lib/folder.mjs';

const { values, build } = begin({ saves: '20' }, { saves: '3' });
const saves = Number(values['saves']);
const limitMs = 1000;
make(build, ['ocellus', 'oc_clip', 'oc_kit']);
const program = path.resolve(build, 'ocellus');

/** @param {number} version */
const source = (version) => `import { start } from 'ocellus/app/system/application';
void start({ started: (app) => app.route('GET', '/api/hello', () => ({ body: '${version}' })) });
`;

const top = mkdtempSync(path.join(os.tmpdir(), 'ocellus-bench-'));
try {
    const folder = newFolder(program, top);
    const main = path.join(folder, 'src', 'main.ts');
    writeFileSync(main, source(0));
    const device = new Device(['app', 'run', '--watch', folder, '--', '--json', '--port', '0', '--data', path.join(top, 'data')], { program });
    const url = await device.url();
    /** @type {number[]} */
    const took = [];
    for (let version = 1; version <= saves; version++) {
        await sleep(300);
        writeFileSync(`${main}~`, source(version));
        const began = performance.now();
        renameSync(`${main}~`, main);
        for (let answer = ''; answer !== String(version); await sleep(2)) {
            answer = await fetch(`${url}/api/hello`).then((response) => response.text(), () => '');
            if (performance.now() - began > 30_000) throw new Error(`version ${version} does not answer`);
        }
        took.push(performance.now() - began);
    }
    await device.stop();
    took.sort((a, b) => a - b);
    const median = took[took.length >> 1] ?? NaN;
    const largest = took.at(-1) ?? NaN;
    console.log(`save to answer: median ${median.toFixed(0)} ms, largest ${largest.toFixed(0)} ms of ${saves}; ${largest <= limitMs ? 'within' : 'above'} the limit of ${limitMs} ms`);
} finally {
    rmSync(top, { recursive: true, force: true });
}
