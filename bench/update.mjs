// The gap in the handling of events when an application is replaced (docs/design/update.md): from the call of `handover`
// of the one script to the first event of the next. With it the parts: until its modules run, until it is `started`.
//
//   node bench/update.mjs [--brief] [--updates 30] [--build build/linux]
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { Device, sleep } from '../tests/e2e/device.mjs';
import { begin, make } from './lib/bench.mjs';
import { newFolder } from './lib/folder.mjs';

const { values, build } = begin({ updates: '30' }, { updates: '3' });
const updates = Number(values['updates']);
const limits = { p50: 50, max: 300 };
make(build, ['ocellus', 'oc_clip', 'oc_kit']);
const program = path.resolve(build, 'ocellus');

/** The imports are evaluated before `began`. @param {number} version */
const source = (version) => `import { start } from 'ocellus/app/system/application';
const began = Date.now();
let gave = 0;
let seen = false;
void start({
    name: 'bench',
    version: '${version}',
    handover: () => {
        gave = Date.now();
        return { gave };
    },
    started(app) {
        const before = (app.handedOver as { gave?: number } | undefined)?.gave ?? 0;
        const started = Date.now();
        app.events.on('app-replaced', () => {
            if (!seen) console.info(\`bench \${before} \${began} \${started} \${Date.now()}\`);
            seen = true;
        });
    },
});
`;

/** @param {number[]} sorted @param {number} share */
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

const top = mkdtempSync(path.join(os.tmpdir(), 'ocellus-bench-'));
try {
    const folder = newFolder(program, top);
    const archives = [0, 1].map((version) => {
        writeFileSync(path.join(folder, 'src', 'main.ts'), source(version));
        execFileSync(program, ['app', 'build', folder]);
        const archive = path.join(top, `${version}.xsa`);
        copyFileSync(path.join(folder, 'build', 'hello.xsa'), archive);
        return archive;
    });
    const running = path.join(top, 'app.xsa');
    copyFileSync(archives[0] ?? '', running);
    const device = new Device(['run', '--app', running, '--app-watch', '--json', '--port', '0', '--data', path.join(top, 'data')], { program });
    await device.url();
    const lines = () => [...device.stderr.matchAll(/bench (\d+) (\d+) (\d+) (\d+)/g)].map((line) => line.slice(1).map(Number));
    for (let update = 1; update <= updates; update++) {
        await sleep(500);
        copyFileSync(archives[update % 2] ?? '', `${running}~`);
        renameSync(`${running}~`, running);
        for (const began = performance.now(); lines().length < update; await sleep(5)) {
            if (performance.now() - began > 30_000) throw new Error(`update ${update} says nothing:\n${device.stderr.slice(-2000)}`);
        }
    }
    await device.stop();
    for (const [name, from, to] of /** @type {const} */ ([['modules run', 0, 1], ['started', 1, 2], ['first event', 2, 3], ['gap', 0, 3]])) {
        const took = lines().map((line) => (line[to] ?? NaN) - (line[from] ?? NaN)).sort((a, b) => a - b);
        const [p50, max] = [at(took, 0.5), at(took, 1)];
        const judged = name === 'gap' ? `; ${p50 <= limits.p50 && max <= limits.max ? 'within' : 'above'} the limits of ${limits.p50} and ${limits.max} ms` : '';
        console.log(`${name}: median ${p50} ms, largest ${max} ms of ${took.length}${judged}`);
    }
} finally {
    rmSync(top, { recursive: true, force: true });
}
