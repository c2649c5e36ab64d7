// hosts/esp32/main.ts with a board of three functions: what fails at start ends in a restart, with its reason.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../scripts/lib.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'oc-esp32-main-'));
test.after.always(() => rmSync(folder, { recursive: true }));

/** @typedef {{ start(): void, mapApplication(): string, loadApp(name: string): Promise<unknown>, ended(why: string): unknown }} Board */

/** @param {string} text of a module */
const url = (text) => `data:text/javascript,${encodeURIComponent(text)}`;

let runs = 0;

/** main.ts on a board. @param {Partial<Board>} parts @returns {Promise<string[]>} what happened */
async function boot(parts) {
    /** @type {string[]} */
    const events = [];
    const board = {
        start: () => events.push('start'),
        mapApplication: () => 'appA',
        loadApp: async (/** @type {string} */ name) => events.push(`load ${name}`),
        ended: (/** @type {string} */ why) => events.push(`restart: ${why}`),
        healthy: () => events.push('healthy'),
        set: (/** @type {() => void} */ callback, /** @type {number} */ ms) => {
            events.push(`timer ${ms}`);
            callback();
        },
        ...parts,
    };
    const key = `board${runs++}`;
    Reflect.set(globalThis, key, board);
    const fakes = {
        'ocellus/globals': url(''),
        'ocellus/esp32': url(`export const { start, mapApplication, ended, healthy } = globalThis.${key};`),
        timer: url(`export default globalThis.${key};`),
        'ocellus/load-app': url(`export default globalThis.${key}.loadApp;`),
    };
    let text = readFileSync(path.join(folder, 'main.js'), 'utf8');
    for (const [name, fake] of Object.entries(fakes)) {
        text = text.replace(`'${name}'`, `'${fake.replaceAll("'", '%27')}'`);
    }
    await import(url(text));
    await new Promise((resolve) => setImmediate(resolve));
    return events;
}

test.before(async (t) => {
    const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const source = path.join(root, 'hosts', 'esp32', 'main.ts');
    const flags = ['--ignoreConfig', '--noCheck', '--noResolve', '--module', 'esnext', '--target', 'es2022', '--outDir', folder];
    const { code, output } = await run([process.execPath, compiler, source, ...flags]);
    t.is(code, 0, output);
});

const failing = (/** @type {Error} */ error) => () => {
    throw error;
};

test.serial('an application that starts runs on', async (t) => {
    t.deepEqual(await boot({}), ['start', 'load ocellus/app/main', 'timer 60000', 'healthy']);
});

test.serial('an abort of the engine restarts the board with its reason', async (t) => {
    /** @type {string[]} */
    const events = [];
    await boot({ ended: (why) => events.push(why) });
    Reflect.get(globalThis, 'abort')('unhandled exception', new TypeError('in a timer'));
    t.deepEqual(events, ['unhandled exception: TypeError: in a timer']);
});

test.serial('what fails at start restarts the board', async (t) => {
    t.deepEqual(await boot({ loadApp: async () => Promise.reject(new TypeError('at start')) }), ['start', 'restart: TypeError: at start']);
    t.deepEqual(await boot({ loadApp: failing(new Error('no loader')) }), ['start', 'restart: Error: no loader']);
    t.deepEqual(await boot({ mapApplication: failing(new Error('no application: appA: empty')) }), ['start', 'restart: Error: no application: appA: empty']);
    t.deepEqual(await boot({ start: failing(new Error('this board has no PSRAM')) }), ['restart: Error: this board has no PSRAM']);
});
