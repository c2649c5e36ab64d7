// The Moddable SDK's own tests of embedded:io/socket/tcp, by hand, on our module: each in a machine of its own (XS 13, xsrun). They are read
// from the SDK and changed in nothing; what its test runner gives them is below, and www.example.com is a server here. The SDK has no tests
// of embedded:network/http/client.
//
//   MODDABLE=… node tests/sdk/io-tests.mjs [--build build/linux] [FILTER]...        as root: the tests connect to port 80
//
// Last line: `N passed, N failed, N skipped`; skipped are those that import a module which this host does not have.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/lib.mjs';

const { values, positionals } = parseArgs({ options: { build: { type: 'string', default: path.join(root, 'build', 'linux') } }, allowPositionals: true });
const build = path.resolve(values.build);
const folder = path.join(process.env['MODDABLE'] ?? '/', 'tests/modules/io/socket/tcp');
const address = '127.42.0.4';

/** What testmc gives a test. */
const prelude = `
const $DONE = (error) => console.log(error === undefined ? 'DONE' : 'FAILED ' + String(error));
const $DO = (run) => (...args) => { try { run(...args); $DONE(); } catch (error) { $DONE(error); } };
const $NETWORK = { connected: Promise.resolve(), resolve: async () => '${address}' };
const $TESTMC = { timeout() {}, HostObject: class {}, HostObjectChunk: class {}, HostBuffer: class {} };
const fail = (text) => { throw new Error(text ?? 'assertion failed'); };
const assert = Object.assign((good, text) => { if (!good) fail(text); }, {
    sameValue(actual, expected, text) { if (!Object.is(actual, expected)) fail(\`\${text ?? ''}: \${String(actual)}, expected \${String(expected)}\`); },
    throws(type, run, text) {
        try { run(); } catch (error) { if (error instanceof type) return; fail(\`\${text ?? ''}: \${error}, expected \${type.name}\`); }
        fail(\`\${text ?? ''}: nothing was thrown\`);
    },
});
const toBytes = (text) => new TextEncoder().encode(text).buffer;
const toText = (bytes) => new TextDecoder().decode(bytes);
const withResolvers = () => { const all = {}; all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject })); return all; };
`;
/** Functions that only this engine lacks, or that are frozen. @param {string} text */
const adapt = (text) =>
    text
        .replaceAll('ArrayBuffer.fromString', 'toBytes')
        .replaceAll('String.fromArrayBuffer', 'toText')
        .replaceAll('Promise.withResolvers', 'withResolvers');

const files = readdirSync(folder).filter((file) => file.endsWith('.js') && (positionals.length === 0 || positionals.some((part) => file.includes(part))));
const work = mkdtempSync(path.join(os.tmpdir(), 'ocellus-io-'));
const modules = path.join(work, 'js', 'tests', 'modules');
const archive = path.join(work, 'io.xsa');
mkdirSync(modules, { recursive: true });
for (const known of ['hosts', 'native']) cpSync(path.join(build, 'js', known), path.join(work, 'js', known), { recursive: true });
const usable = files.filter((file) => !readFileSync(path.join(folder, file), 'utf8').includes('io/socket/listener'));
for (const file of usable) {
    const text = adapt(readFileSync(path.join(folder, file), 'utf8'));
    const imports = text.match(/^import .*$/gm)?.join('\n') ?? '';
    const run = text.replace(/^import .*$/gm, '');
    writeFileSync(path.join(modules, file), `${imports}\n${prelude}\ntry {\n${run}\n} catch (error) { $DONE(error); }\n`);
}
execFileSync(process.execPath, [path.join(root, 'tools/bundle/bundle.mjs'), '--set=test', '--name', 'io', '--capabilities', 'network', '--js', path.join(work, 'js'), '--xsb', path.join(build, 'xsb'), '--out', archive], { stdio: 'inherit' });
const server = http.createServer((_request, reply) => reply.end('x'.repeat(600)));
await new Promise((ready, failed) => server.on('error', failed).listen(80, address, () => ready(undefined)));

/** Runs one test until it says how it ended. @param {string} file @returns {Promise<string>} */
function verdict(file) {
    const child = spawn(path.join(build, 'xsrun'), [`ocellus/test/${file.replace(/\.js$/, '')}`, archive], { stdio: ['ignore', 'pipe', 'pipe'] });
    return new Promise((resolve) => {
        let output = '';
        const timer = setTimeout(() => end('nothing after 10 s'), 10_000);
        const end = (/** @type {string} */ text) => {
            clearTimeout(timer);
            child.kill();
            resolve(text);
        };
        const take = (/** @type {Buffer} */ chunk) => {
            output += chunk;
            const line = /^(DONE|FAILED.*)$/m.exec(output)?.[1];
            if (line !== undefined) end(line);
        };
        child.stdout.on('data', take);
        child.stderr.on('data', take);
        child.on('close', () => end(output.trim()));
    });
}

let failed = 0;
for (const file of usable) {
    const text = await verdict(file);
    if (text !== 'DONE') failed++;
    console.log(text === 'DONE' ? `ok ${file}` : `FAILED ${file}: ${text}`);
}
for (const file of files.filter((one) => !usable.includes(one))) console.log(`skipped ${file}: imports embedded:io/socket/listener`);
server.close();
rmSync(work, { recursive: true });
console.log(`${usable.length - failed} passed, ${failed} failed, ${files.length - usable.length} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
