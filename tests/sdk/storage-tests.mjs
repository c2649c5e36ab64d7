// The Moddable SDK's own tests of embedded:storage/files and embedded:storage/key-value, by hand, on our modules: each in a machine of its
// own (XS 13, xsrun) with an empty data directory. They are read from the SDK and changed in nothing; what its test runner gives them is below.
//
//   MODDABLE=… node tests/sdk/storage-tests.mjs [--build build/linux] [FILTER]...
//
// Last line: `N passed, N failed, N skipped`; skipped: the test says so itself. docs/hosts.md lists what differs.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/lib.mjs';

const { values, positionals } = parseArgs({ options: { build: { type: 'string', default: path.join(root, 'build', 'linux') } }, allowPositionals: true });
const build = path.resolve(values.build);
const tests = path.join(process.env['MODDABLE'] ?? '/', 'tests/modules/io');

/** What testmc gives a test; errors are of exactly that class, as in test262. */
const prelude = `
import Timer from 'timer';
function HostObject() { const timer = Timer.set(() => {}, 0); Timer.clear(timer); return timer; }
const $TESTMC = { HostObject, HostObjectChunk: HostObject };
const fail = (text) => { throw new Error('FAILED ' + (text ?? 'assertion')); };
const sameValue = (actual, expected, text) => { if (!Object.is(actual, expected)) fail(\`\${text ?? ''} \${String(actual)}, expected \${String(expected)}\`); };
const assert = Object.assign((good, text) => { if (!good) fail(text); }, {
    sameValue,
    compareArray(actual, expected) { sameValue(actual.join(), expected.join()); },
    throws(type, run, text) {
        try { run(); } catch (error) {
            if (Object.getPrototypeOf(error) === type.prototype) return;
            fail(\`\${text ?? ''} \${error}, expected \${type.name}\`);
        }
        fail(\`\${text ?? ''} nothing was thrown\`);
    },
});
const toBytes = (text) => new TextEncoder().encode(text).buffer;
const toText = (bytes) => new TextDecoder().decode(bytes);
`;

/** Functions that only this engine lacks. @param {string} text @param {string} folder */
const adapt = (text, folder) =>
    prelude +
    text
        .replaceAll('ArrayBuffer.fromString', 'toBytes')
        .replaceAll('String.fromArrayBuffer', 'toText')
        .replace(/from "\.\/(\w+)\.js"/g, `from 'ocellus/test/${folder}/$1'`);

const work = mkdtempSync(path.join(os.tmpdir(), 'ocellus-storage-'));
const archive = path.join(work, 'storage.xsa');
/** @type {string[]} */
const names = [];
for (const known of ['hosts', 'native']) {
    cpSync(path.join(build, 'js', known), path.join(work, 'js', known), { recursive: true });
}
for (const folder of ['files', 'storage']) {
    const modules = path.join(work, 'js/tests/modules', folder);
    mkdirSync(modules, { recursive: true });
    for (const file of readdirSync(path.join(tests, folder)).filter((name) => name.endsWith('.js'))) {
        writeFileSync(path.join(modules, file), adapt(readFileSync(path.join(tests, folder, file), 'utf8'), folder));
        names.push(`${folder}/${file.replace(/\.js$/, '')}`);
    }
}
const bundle = ['--set=test', '--name', 'storage', '--capabilities', 'files', '--js', path.join(work, 'js'), '--xsb', path.join(build, 'xsb'), '--out', archive];
execFileSync(process.execPath, [path.join(root, 'tools/bundle/bundle.mjs'), ...bundle], { stdio: 'inherit' });

const count = { passed: 0, failed: 0, skipped: 0 };
for (const name of names.filter((one) => !one.endsWith('_FIXTURE') && (positionals.length === 0 || positionals.some((part) => one.includes(part))))) {
    const data = mkdtempSync(path.join(work, 'data-'));
    const { status, stdout, stderr } = spawnSync(path.join(build, 'xsrun'), ['--data', data, `ocellus/test/${name}`, archive], { encoding: 'utf8', timeout: 20_000 });
    const verdict = status !== 0 ? 'failed' : /skipping/.test(stdout + stderr) ? 'skipped' : 'passed';
    count[verdict]++;
    console.log(`${verdict === 'passed' ? 'ok' : verdict} ${name}${verdict === 'failed' ? `: ${`${stderr}${stdout}`.trim().split('\n')[0]}` : ''}`);
}
rmSync(work, { recursive: true });
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed > 0 ? 1 : 0;
