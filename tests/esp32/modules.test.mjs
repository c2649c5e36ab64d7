// Modules of the board for applications, over the SDK's: what they let through to it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../scripts/lib.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'oc-esp32-modules-'));
test.after.always(() => rmSync(folder, { recursive: true }));

test.before(async (t) => {
    const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const sources = ['key-value.ts', 'http-client.ts'].map((name) => path.join(root, 'hosts', 'esp32', name));
    const flags = ['--ignoreConfig', '--noCheck', '--noResolve', '--module', 'esnext', '--target', 'es2022', '--outDir', folder];
    const { code, output } = await run([process.execPath, compiler, ...sources, ...flags]);
    t.is(code, 0, output);
});

/** What the SDK's modules are calls. @type {any[]} */
const calls = [];
Reflect.set(globalThis, 'callSdk', (/** @type {any} */ options) => calls.push(options));

const fakes = {
    'ocellus/sdk-nvs': 'export default { open: (options) => globalThis.callSdk(options) };',
    'ocellus/sdk-http-client': 'export default class { constructor(options) { globalThis.callSdk(options); } }',
    'ocellus/sdk-dns': 'export default "resolver";',
    'ocellus/sdk-udp': 'export default "udp";',
    'embedded:io/socket/tcp': 'export default "tcp";',
};

/** @param {string} name @returns {Promise<any>} its default export, over modules of the SDK that only note their options */
async function load(name) {
    let text = readFileSync(path.join(folder, `${name}.js`), 'utf8');
    for (const [specifier, source] of Object.entries(fakes)) {
        text = text.replace(`'${specifier}'`, `'data:text/javascript,${encodeURIComponent(source)}'`);
    }
    return (await import(`data:text/javascript,${encodeURIComponent(text)}`)).default;
}

test.serial('a domain of values is a namespace that the host never uses', async (t) => {
    const storage = await load('key-value');
    calls.length = 0;
    storage.open({ path: 'counts' });
    storage.open({ path: 'ocellus', format: 'string', mode: 'r' });
    t.deepEqual(calls, [{ path: 'a.counts' }, { path: 'a.ocellus', format: 'string', mode: 'r' }]);
});

test.serial('no other name of a domain reaches NVS, and none changes between check and use', async (t) => {
    const storage = await load('key-value');
    calls.length = 0;
    const names = ['', '.', '..', '.a', 'a/b', 'a\0', 'a\n', 'counts/', 'fourteen-bytes', 'ü', undefined, null, 7, ['ocellus'], { toString: () => 'ocellus' }];
    for (const name of names) {
        t.throws(() => storage.open({ path: name }), { instanceOf: TypeError }, String(name));
    }
    t.deepEqual(calls, []);
    let reads = 0;
    storage.open({
        get path() {
            return reads++ === 0 ? 'mine' : '../ocellus';
        },
    });
    t.deepEqual(calls, [{ path: 'a.mine' }]);
    t.true(Object.isFrozen(storage));
});

test.serial('an HTTP client gets the sockets of the host, whatever it asks for, and no TLS', async (t) => {
    const HTTPClient = await load('http-client');
    calls.length = 0;
    new HTTPClient({ host: 'a.test', socket: { io: 'mine' }, dns: { io: 'mine', servers: ['192.0.2.1'] } });
    t.deepEqual(calls, [{ host: 'a.test', socket: { io: 'tcp' }, dns: { io: 'resolver', socket: { io: 'udp' }, servers: ['192.0.2.1'] } }]);
    t.throws(() => new HTTPClient({ host: 'a.test', secure: true }), { message: 'secure: this host has no TLS' });
    t.is(calls.length, 1);
});
