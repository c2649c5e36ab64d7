// `ocellus app new|build|check` as a person types it, right and wrong.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { advised } from '../../tools/app/advice.mjs';
import { app, emptyFolder, manifest, newFolder, program } from './folder.mjs';

test.serial('a new application is built where it lies, twice to the same bytes, and checked', async (t) => {
    const folder = await newFolder(t);
    const first = await app(folder, ['build']);
    t.deepEqual([first.code, first.err], [0, '']);
    t.regex(first.out, /^build\/doorcam\.xsa: [\d,]+ bytes, \d+ modules\n$/);
    const file = path.join(folder, 'build', 'doorcam.xsa');
    const bytes = readFileSync(file);
    t.is((await app(path.dirname(folder), ['build', 'doorcam'])).code, 0);
    t.true(readFileSync(file).equals(bytes));
    const checked = await app(folder, ['check', 'build/doorcam.xsa']);
    t.is(checked.code, 0, checked.err);
    t.regex(checked.out, /application {2}doorcam 1\.0\.0, for API level \d+\n/);
    t.regex(checked.out, / {2}viewers {4}serve viewers over WebRTC\n/);
    t.regex(checked.out, /\nthis host runs it\n$/);
    const report = JSON.parse((await app(folder, ['check', '.', '--json'])).out);
    t.deepEqual([report.name, report.version, report.problems], ['doorcam', '1.0.0', []]);
    t.deepEqual(report.modules.slice(0, 3), ['ocellus/app/main', 'app/main', 'ocellus/app/system/application']);
    t.deepEqual(report.panel, ['panel/index.html']);
    t.deepEqual(report.capabilities, JSON.parse(readFileSync(path.join(folder, 'ocellus.json'), 'utf8')).capabilities);
});

test.serial('builds at once, as of a watch and of a person, wait for each other; one that was killed keeps nobody waiting', async (t) => {
    const folder = await newFolder(t);
    mkdirSync(path.join(folder, '.ocellus'), { recursive: true });
    writeFileSync(path.join(folder, '.ocellus', 'building'), '4194305'); // more than any process has
    const builds = await Promise.all(Array.from({ length: 4 }, () => app(folder, ['build'])));
    t.deepEqual(builds.map(({ code, err }) => [code, err]), Array(4).fill([0, '']));
    t.false(existsSync(path.join(folder, '.ocellus', 'building')));
});

test.serial('only services that are imported are linked in', async (t) => {
    const main = `import { sleep } from 'ocellus/app/base/time';\nvoid sleep(1);\n`;
    const folder = await newFolder(t, { 'src/main.ts': main, 'ocellus.json': manifest() });
    const { modules, capabilities } = JSON.parse((await app(folder, ['check', '.', '--json'])).out);
    t.deepEqual([modules, capabilities], [['ocellus/app/main', 'app/main', 'ocellus/app/base/time'], []]);
});

test.serial('a module of the application that has the path of one of ours replaces nothing', async (t) => {
    const folder = await newFolder(t, {
        'src/main.ts': `import { mine } from './base/time';\nimport { sleep } from 'ocellus/app/base/time';\nconsole.log(mine, sleep);\n`,
        'src/base/time.ts': 'export const mine = 1;\n',
        'ocellus.json': manifest(),
    });
    const { modules } = JSON.parse((await app(folder, ['check', '.', '--json'])).out);
    t.deepEqual(modules, ['ocellus/app/main', 'app/main', 'app/base/time', 'ocellus/app/base/time']);
});

/** What is wrong in src/main.ts or ocellus.json, and the lines that say so. @type {readonly [string, Record<string, string>, RegExp][]} */
const mistakes = [
    ['a type error', { 'src/main.ts': 'const a: number = 1;\n\nexport const b: string = a;\n' }, /^src\/main\.ts:3:14: error TS2322: Type 'number' is not assignable to type 'string'\.$/],
    ['what strict refuses, though tsconfig.json does not', { 'src/main.ts': 'export const f = (a) => a;\n', 'tsconfig.json': '{"extends":"./.ocellus/tsconfig.json","compilerOptions":{"strict":false}}' }, /^src\/main\.ts:1:19: error TS7006/],
    ['a module that is not there', { 'src/main.ts': "import './door';\n" }, /^src\/main\.ts:1:8: error TS2882/],
    ['a module of the host that is not for applications', { 'src/main.ts': "\nimport 'ocellus/link';\n" }, /^src\/main\.ts:2: no module ocellus\/link$/],
    ['a module that needs a capability', { 'src/main.ts': "import { P2p } from 'ocellus/p2p';\nconsole.log(P2p);\n", 'ocellus.json': manifest() }, /^src\/main\.ts:1: ocellus\/p2p needs the capability "viewers": add it to capabilities in ocellus\.json$/],
    ['a service that needs one', { 'ocellus.json': manifest() }, /^src\/main\.ts:2: ocellus\/p2p needs the capability "viewers"/m],
    ['a module of Node', { 'src/main.ts': "import 'node:fs';\n" }, /^src\/main\.ts:1:8: error TS2882: .* 'node:fs': use 'embedded:storage\/files'; neither Node nor a browser runs an application, and no package of npm$/],
    ['one that it has nothing for', { 'src/main.ts': "import tty from 'node:tty';\nconsole.log(tty);\n" }, /^src\/main\.ts:1:17: error TS\d+: Cannot find \w+ 'node:tty': neither Node nor a browser runs an application/],
    ['a package of npm', { 'src/main.ts': "import { map } from 'lodash';\nmap();\n" }, /^src\/main\.ts:1:21: error TS2307: Cannot find module 'lodash': neither Node nor a browser/],
    ['fetch', { 'src/main.ts': "void fetch('http://nas.local');\n" }, /^src\/main\.ts:1:6: error TS2304: Cannot find name 'fetch': use request of 'ocellus\/app\/net\/request'; neither/],
    ['URL', { 'src/main.ts': "console.log(new URL('http://nas.local'));\n" }, /^src\/main\.ts:1:17: error TS2304: Cannot find name 'URL': use text: request of /],
    ['Buffer and process, which the compiler knows of Node', { 'src/main.ts': 'Buffer;\nprocess;\ndocument;\n' }, /^src\/main\.ts:1:1: .*'Buffer': use Uint8Array.*\nsrc\/main\.ts:2:1: .*'process': use settings.*\nsrc\/main\.ts:3:1: .*'document': neither[^\n]*$/],
    ['a name that is only misspelt', { 'src/main.ts': 'consol;\n' }, /^src\/main\.ts:1:1: error TS2552: Cannot find name 'consol'\. Did you mean 'console'\?$/],
    ['native()', { 'src/main.ts': "declare function native(name: string): void;\nnative('exit');\n" }, /^src\/main\.ts:2: native\(\) outside of a binding file$/],
    ['no main module', { 'src/main.ts': '' }, /^src\/main\.ts is missing/],
    ['a manifest that is no JSON', { 'ocellus.json': '{' }, /^ocellus\.json: not JSON: /],
    ['a manifest that is a list', { 'ocellus.json': '[]' }, /^ocellus\.json: not an object$/],
    ['unknown keys', { 'ocellus.json': manifest({ colour: 1 }) }, /^ocellus\.json: "colour" is not known: name, version, api, capabilities$/],
    ['a name of capitals', { 'ocellus.json': manifest({ name: 'Door' }) }, /^ocellus\.json: name: "Door" is not allowed: a to z/],
    ['a version of two numbers', { 'ocellus.json': manifest({ version: '1.0' }) }, /^ocellus\.json: version: "1\.0" is not allowed: three numbers/],
    ['a host that is too old', { 'ocellus.json': manifest({ api: 9999 }) }, /^ocellus\.json: api: 9999 is newer than this host, which has \d+: update ocellus/],
    ['no API level', { 'ocellus.json': JSON.stringify({ name: 'a', version: '1.0.0', capabilities: [] }) }, /^ocellus\.json: api: is missing$/],
    ['a capability that is not known', { 'ocellus.json': manifest({ capabilities: ['root'] }) }, /^ocellus\.json: capabilities: "root" is not known: network, files/],
    ['one that is there twice', { 'ocellus.json': manifest({ capabilities: ['files', 'files'] }) }, /^ocellus\.json: capabilities: "files" is there twice$/],
    ['viewers without network', { 'ocellus.json': manifest({ capabilities: ['viewers'] }) }, /^ocellus\.json: capabilities: "viewers" needs "network" too$/],
    ['several at once', { 'ocellus.json': manifest({ name: '', version: 1 }) }, /^ocellus\.json: name: .*\nocellus\.json: version: /],
    ['a panel that is too big', { 'panel/film.bin': 'x'.repeat(4 * 1024 * 1024) }, /^panel: 4,[\d,]+ bytes: at \w+ 4,194,304$/],
    ['a file of the panel that looks like a table of C functions', { 'panel/a.natives': '' }, /^panel\/a\.natives: this name is not allowed/],
    ['a file of the panel with a blank', { 'panel/a b.html': '' }, /^panel\/a b\.html: this name is not allowed/],
];

for (const [what, files, expected] of mistakes) {
    test.serial(`refused: ${what}`, async (t) => {
        const folder = await newFolder(t, files);
        if (files['src/main.ts'] === '') rmSync(path.join(folder, 'src', 'main.ts'));
        const { code, out, err } = await app(folder, ['build']);
        t.is(code, 1);
        t.is(out, '');
        t.regex(err, expected);
        t.false(existsSync(path.join(folder, 'build', 'doorcam.xsa')));
    });
}

test.serial('a build that fails leaves the archive as it is', async (t) => {
    const folder = await newFolder(t);
    await app(folder, ['build']);
    const file = path.join(folder, 'build', 'doorcam.xsa');
    const before = readFileSync(file);
    writeFileSync(path.join(folder, 'src', 'main.ts'), 'export const a: number = "";\n');
    t.is((await app(folder, ['build'])).code, 1);
    t.true(readFileSync(file).equals(before));
});

test.serial('without a compiler, in an empty folder, into a folder that is there', async (t) => {
    const top = emptyFolder(t);
    t.is((await app(top, ['build'])).err, 'ocellus.json is missing: "ocellus app new NAME" makes a folder that has one');
    t.is((await app(top, ['new', 'one'])).code, 0);
    t.is((await app(path.join(top, 'one'), ['build'])).err, `ocellus app: no TypeScript compiler: run "npm install" in ${path.join(top, 'one')}`);
    t.is((await app(top, ['new', 'one'])).err, 'one: is there already, and not empty');
    mkdirSync(path.join(top, 'two'));
    t.is((await app(top, ['new', 'two'])).code, 0);
    t.regex((await app(top, ['new', 'Two Words'])).err, /^"Two Words" is not allowed as a name: a to z/);
});

test.serial('what is typed wrongly ends with 2 and one line', async (t) => {
    const top = emptyFolder(t);
    for (const [words, why] of /** @type {const} */ ([
        [[], 'a command is missing'],
        [['made'], '"made" is no command'],
        [['constructor'], '"constructor" is no command'],
        [['new'], 'a name or file is missing'],
        [['new', 'a', 'b'], '"b" is one word too many'],
        [['build', '--fast'], "Unknown option '--fast'"],
        [['check'], 'a name or file is missing'],
    ])) {
        const { code, err } = await app(top, words);
        t.deepEqual([code, err], [2, `ocellus app: ${why}; see ocellus app --help`]);
    }
    const help = await app(top, ['--help']);
    t.deepEqual([help.code, help.err], [0, '']);
    t.regex(help.out, /^usage: ocellus app COMMAND\n/);
});

test.serial('check says what an archive is that this host does not run', async (t) => {
    const folder = await newFolder(t);
    await app(folder, ['build']);
    const good = readFileSync(path.join(folder, 'build', 'doorcam.xsa'));
    const change = (/** @type {(data: Buffer) => void} */ edit) => {
        const data = Buffer.from(good);
        edit(data);
        return data;
    };
    const needs = good.indexOf('OCAP');
    for (const [data, why] of /** @type {[Buffer, RegExp][]} */ ([
        [Buffer.from('hello, world'), /: not an application archive \(\.xsa\)$/],
        [good.subarray(0, 5000), /: cut off$/],
        [change((d) => d.writeUInt8(99, 16)), /: made for engine version 99\.\d+, this host has/],
        [change((d) => d.writeUInt8(d.readUInt8(1000) ^ 1, 1000)), /: damaged/],
        [change((d) => d.writeUInt32LE(9999, needs + 8)), /: made for API level 9999, this host has/],
        [change((d) => d.writeUInt32LE(0, needs + 12)), /: ocellus\.json says other things than ocellus\.needs/],
        [change((d) => d.writeUInt32LE(2, needs + 4)), /: ocellus\.needs: not of a form that this host knows/],
    ])) {
        writeFileSync(path.join(folder, 'other.xsa'), data);
        const { code, out } = await app(folder, ['check', 'other.xsa']);
        t.is(code, 1);
        t.regex(out, new RegExp(`^this host does not run it${why.source}`, 'm'));
    }
    t.deepEqual([(await app(folder, ['check', 'none.xsa'])).code, (await app(folder, ['check', 'none.xsa'])).err], [1, 'none.xsa: no such file']);
});

test.serial('a missing node is one line', async (t) => {
    const { code, err } = await app(emptyFolder(t), ['build'], { PATH: '/nowhere' });
    t.deepEqual([code, err], [1, 'ocellus: app: node is missing: install nodejs, 18.17 or newer']);
    t.true(existsSync(program));
});

test('every module that an advice names is there for applications', (t) => {
    const { host, services } = JSON.parse(readFileSync(path.join(path.dirname(program), 'dev', 'kit.json'), 'utf8'));
    const there = new Set([...Object.keys(host), ...services.map((/** @type {{ specifier: string }} */ one) => one.specifier)]);
    t.true(advised().length > 4);
    t.deepEqual(advised().filter((name) => !there.has(name)), []);
});

test.serial('for the Moddable SDK: none, and a folder that is none', async (t) => {
    const folder = await newFolder(t);
    const unset = await app(folder, ['build', '--sdk'], { MODDABLE: '' });
    t.deepEqual([unset.code, unset.err], [1, 'ocellus app: --sdk: MODDABLE is not set: it names the folder of the Moddable SDK']);
    const empty = await app(folder, ['build', '--sdk'], { MODDABLE: folder });
    t.regex(empty.err, /^ocellus app: --sdk: \S.* has no mcrun: build the tools of the SDK$/);
    const alone = await app(folder, ['build', '--debug']);
    t.deepEqual([alone.code, alone.err], [2, 'ocellus app: --debug is of --sdk; see ocellus app --help']);
});
