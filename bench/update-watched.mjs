// Updates, half of them bad, while 1080p30 is recorded and watched (docs/design/update.md). Windows with updates and
// without alternate, each with viewers of its own, so that what else the machine does is in both. Measured are the time
// between packets at the viewers, the gap in the handling of events of each good update (from the call of `handover` to
// the first event), and the time from a failure to the return of the application before.
//
//   node bench/update-watched.mjs [--brief] [--updates 24] [--windows 4] [--viewers 4] [--build build/linux]
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Device, eventually, sleep } from '../tests/e2e/device.mjs';
import { signalling } from '../tests/e2e/viewers.mjs';
import { begin, make } from './lib/bench.mjs';
import { encoded } from './lib/clip.mjs';
import { newFolder } from './lib/folder.mjs';

const { values, build } = begin({ updates: '24', windows: '4', viewers: '4' }, { updates: '2', windows: '1', viewers: '1' });
const [updates, windows, viewers] = [Number(values['updates']), Number(values['windows']), Number(values['viewers'])];
const limits = { gapP50: 50, gapMax: 300, backMax: 1000, intervalMore: 10 };
make(build, ['ocellus', 'ocellus-peer', 'oc_clip', 'oc_kit']);
const program = path.resolve(build, 'ocellus');
const input = encoded('20');
const top = mkdtempSync(path.join(os.tmpdir(), 'ocellus-bench-'));

/** @param {string} more when it has started */
const source = (more) => `import { start } from 'ocellus/app/system/application';
import { Host } from 'ocellus/host';
let gave = 0;
let seen = false;
void start({
    name: 'bench',
    handover: () => {
        gave = Date.now();
        return { gave };
    },
    async started(app) {
        const before = (app.handedOver as { gave?: number } | undefined)?.gave ?? 0;
        const trial = new Host().facts.trial;
        if (!trial) console.info('bench back');
        app.events.on('app-replaced', () => {
            if (!seen && trial && before > 0) console.info(\`bench gap \${Date.now() - before}\`);
            seen = true;
        });
        ${more}
    },
});
`;

/** @type {Readonly<Record<string, string>>} */
const failures = {
    throws: "setTimeout(() => { throw new Error('later'); }, 300);",
    loops: 'setTimeout(() => { for (;;) {} }, 200);',
    heap: "const all: string[] = []; setTimeout(() => { for (;;) all.push('x'.repeat(10000) + all.length); }, 200);",
    'never ready': 'await new Promise<void>(() => undefined);',
};

/** @param {readonly number[]} numbers @param {number} share */
const quantile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? NaN;

/** @param {readonly number[]} numbers */
const figures = (numbers) => `median ${quantile(numbers, 0.5).toFixed(0)} ms, largest ${Math.max(...numbers).toFixed(0)} ms of ${numbers.length}`;

/** Time of all processors, and of it what the hypervisor took, in ticks. */
function stolen() {
    const ticks = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number);
    return { all: ticks.slice(0, 8).reduce((sum, one) => sum + one, 0), stolen: ticks[7] ?? 0 };
}

/** @typedef {{ version: string, failure: string | undefined, bundle: Buffer }} Update */

/** All of them, before the camera runs: compilers would take the processor from it. @returns {Update[]} */
function built() {
    const folder = newFolder(program, top);
    const key = path.join(top, 'k.pem');
    execFileSync(program, ['keys', 'new', '--out', key, '--no-passphrase'], { stdio: 'ignore' });
    const archives = new Map(['', ...Object.keys(failures)].map((failure) => {
        writeFileSync(path.join(folder, 'src', 'main.ts'), source(failures[failure] ?? ''));
        execFileSync(program, ['app', 'build', folder], { stdio: 'ignore' });
        const archive = path.join(top, `${failure.replace(' ', '-')}.xsa`);
        copyFileSync(path.join(folder, 'build', 'hello.xsa'), archive);
        return [failure, archive];
    }));
    return Array.from({ length: updates + 2 }, (_, index) => {
        const failure = index < 2 || index % 2 === 0 ? undefined : Object.keys(failures)[((index - 3) >> 1) % 4];
        const [version, file] = [`1.0.${index}`, path.join(top, `${index}.ocb`)];
        execFileSync(program, ['bundle', 'build', '--app', archives.get(failure ?? '') ?? '', '--name', 'bench', '--version', version, '--key', key, '--out', file], { stdio: 'ignore' });
        return { version, failure, bundle: readFileSync(file) };
    });
}

/** One after the other. @param {Device} device @param {readonly Update[]} given @param {Map<string, number[]>} backs */
async function update(device, given, backs) {
    const url = await device.url();
    for (const { version, failure, bundle } of given) {
        const before = device.stderr.length;
        const answer = await fetch(`${url}/api/update`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: new Uint8Array(bundle) });
        if (answer.status !== 202) throw new Error(`${version}: ${await answer.text()}`);
        const { result } = await eventually(async () => {
            const { state, history } = await device.json('/api/update');
            return state === 'idle' && history[0]?.version === version ? history[0] : undefined;
        }, version, 60);
        if (result !== (failure === undefined ? 'committed' : 'rolled-back')) throw new Error(`${version} (${failure ?? 'good'}): ${result}\n${device.stderr.slice(before)}`);
        if (failure === undefined) continue;
        const times = (/** @type {RegExp} */ line) => device.stderr.slice(before).split('\n').flatMap((text) => (line.test(text) ? [Date.parse(text.slice(0, 24))] : []));
        const back = await device.until(() => times(/bench back/)[0], 'its return');
        const failed = times(/ script-ended: /)[0] ?? times(/replaced: starting/)[1] ?? NaN;
        backs.set(failure, [...(backs.get(failure) ?? []), back - failed]);
    }
}

/** @type {(() => void)[]} */
const ends = [];
try {
    const all = built();
    const settings = path.join(top, 'settings.json');
    writeFileSync(settings, JSON.stringify({ p2p: { loopback: true } }));
    const device = new Device(['run', '--json', '--port', '0', '--data', path.join(top, 'data'), '--settings', settings, '--record', 'on', '--input', `cam1=${input}`, '--update-key', path.join(top, 'k.pem.pub'), '--update-trial', '1'], { program });
    ends.push(() => device.process.kill('SIGKILL'));
    const url = await device.url();
    const offers = await signalling(/** @type {any} */ ({ teardown: (/** @type {() => void} */ end) => ends.push(end) }), url);
    /** @type {Map<string, number[]>} */
    const backs = new Map();
    await update(device, all.slice(0, 2), backs); // the first one takes the place of another application

    /** @type {Record<'with' | 'without', { intervals: number[], stolen: number, all: number, messages: number, lost: number }>} */
    const seen = { with: { intervals: [], stolen: 0, all: 0, messages: 0, lost: 0 }, without: { intervals: [], stolen: 0, all: 0, messages: 0, lost: 0 } };
    /** What viewers see while it lasts. @param {'with' | 'without'} kind @param {() => Promise<unknown>} deed */
    const watched = async (kind, deed) => {
        const before = stolen();
        const peers = Array.from({ length: viewers }, () => new Device(['--loopback', '--json', '--offer-to', offers, '--open', 'action=live&channel=cam1'], { program: path.resolve(build, 'ocellus-peer') }));
        for (const peer of peers) ends.push(() => peer.process.kill('SIGKILL'));
        await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions.filter((/** @type {{ state: string }} */ { state }) => state === 'up').length === viewers ? true : undefined), 'viewers');
        const began = performance.now();
        await deed();
        const took = performance.now() - began;
        for (const peer of peers) {
            await peer.stop('SIGINT');
            const channel = peer.events.find((event) => event['event'] === 'channel');
            seen[kind].intervals.push(Number(channel?.['interval_p999_ms']));
            seen[kind].messages += Number(channel?.['messages']);
            seen[kind].lost += Number(channel?.['abandoned'] ?? 0) + (peer.events.some((event) => event['event'] === 'lost') ? 1 : 0);
        }
        const after = stolen();
        seen[kind].stolen += after.stolen - before.stolen;
        seen[kind].all += after.all - before.all;
        return took;
    };
    let took = 10_000;
    for (let window = 0; window < windows; window++) {
        const part = all.slice(2 + Math.floor((updates * window) / windows), 2 + Math.floor((updates * (window + 1)) / windows));
        if (window % 2 === 1) await watched('without', () => sleep(took));
        took = await watched('with', () => update(device, part, backs));
        if (window % 2 === 0) await watched('without', () => sleep(took));
    }
    const { code } = await device.stop();
    if (code !== 0) throw new Error(device.stderr.slice(-2000));

    const [more, less] = [quantile(seen.with.intervals, 0.5), quantile(seen.without.intervals, 0.5)];
    const share = (/** @type {'with' | 'without'} */ kind) => `${((100 * seen[kind].stolen) / seen[kind].all).toFixed(1)} % stolen`;
    console.log(`time between packets, p99.9 of each viewer: median ${more.toFixed(1)} ms with updates, ${less.toFixed(1)} ms without; ${more <= less + limits.intervalMore ? 'within' : 'above'} the limit of + ${limits.intervalMore} ms; largest ${Math.max(...seen.with.intervals).toFixed(1)} and ${Math.max(...seen.without.intervals).toFixed(1)} ms; ${windows} windows of each, ${viewers} viewers; ${share('with')}, ${share('without')}`);
    console.log(`${seen.with.messages + seen.without.messages} messages, ${seen.with.lost + seen.without.lost} lost; channels opened: ${device.events.filter((event) => event['event'] === 'channel-opened').length}`);
    const gaps = [...device.stderr.matchAll(/bench gap (\d+)/g)].map((line) => Number(line[1]));
    console.log(`gap in the handling of events: ${figures(gaps)}; ${quantile(gaps, 0.5) <= limits.gapP50 && Math.max(...gaps) <= limits.gapMax ? 'within' : 'above'} the limits of ${limits.gapP50} and ${limits.gapMax} ms`);
    for (const [failure, times] of backs) console.log(`back after a failure (${failure}): ${figures(times)}; ${Math.max(...times) <= limits.backMax ? 'within' : 'above'} the limit of ${limits.backMax} ms`);
} finally {
    for (const end of ends) end();
    rmSync(top, { recursive: true, force: true });
}
