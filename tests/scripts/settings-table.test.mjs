// A setting is one entry of the table: everything else follows from it (docs/adr/0033-settings-once.md).
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { build } from 'vite';
import { root } from '../../scripts/lib.mjs';

const table = 'modules/config/settings-table.ts';
const generator = path.join(root, 'tools/settings/generate.mjs');

/** A setting that Ocellus does not have, in front of `http.login`. */
const entry = `
        realmServers: {
            schema: list(text(/^\\w+:.+$/, 'an address'), 3),
            default: [],
            option: 'realm-server URL',
            help: 'who knows people',
            page: 'network set.realmServers',
            restart: true,
            secret: true,
            record: { of: 'listen', name: 'realmServers', size: 300 },
        },
        login: {`;

/** @param {import('ava').ExecutionContext} t @returns {string} a folder below build/ with the table of that setting */
function scratch(t) {
    mkdirSync(path.join(root, 'build'), { recursive: true });
    const folder = mkdtempSync(path.join(root, 'build', 'settings-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const text = readFileSync(path.join(root, table), 'utf8');
    t.is(text.split('\n        login: {').length, 2);
    writeFileSync(path.join(folder, 'table.ts'), text.replace('\n        login: {', entry));
    return folder;
}

/** @param {string} folder @param {string} file @returns {Promise<any>} what a module exports that uses the table there */
async function load(folder, file) {
    const out = path.join(folder, path.basename(file, '.ts'));
    await build({
        configFile: false,
        root: folder,
        logLevel: 'error',
        resolve: {
            alias: [
                { find: 'ocellus/app/config/settings-table', replacement: path.join(folder, 'table.ts') },
                { find: 'ocellus/app', replacement: path.join(root, 'modules') },
            ],
        },
        build: { outDir: out, minify: false, lib: { entry: path.join(root, file), formats: ['es'], fileName: () => 'module.mjs' } },
    });
    return import(pathToFileURL(path.join(out, 'module.mjs')).href);
}

test('one more entry of the table: option, help, record and document are generated', (t) => {
    const folder = scratch(t);
    execFileSync(process.execPath, [generator, '--table', path.join(folder, 'table.ts'), '--out', folder]);
    const read = (/** @type {string} */ file) => readFileSync(path.join(folder, file), 'utf8');
    const options = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*oc_cli_options.h'], { cwd: root, encoding: 'utf8' }).trim();
    t.regex(read(options), /VALUE\("realm-server"\)/);
    t.regex(read(options), /--realm-server URL {4}who knows people; may be repeated\\n/);
    const tables = path.join(folder, 'tables');
    cpSync(path.join(root, 'protocol'), tables, { recursive: true });
    const protocol = [path.join(root, 'tools/protocol/generate.mjs'), '--settings', path.join(folder, 'table.ts'), '--tables', tables, '--out', folder];
    t.regex(spawnSync(process.execPath, protocol, { encoding: 'utf8' }).stderr, /set\.realmServers, which the page has of http\.realmServers, is not there/);
    const texts = path.join(tables, 'settings-texts.ts');
    writeFileSync(texts, read(path.relative(folder, texts)).replace('SettingTexts>> = {', "$&\n    realmServers: { label: ['Who knows people\\'s names', '名册'] },"));
    execFileSync(process.execPath, protocol);
    t.regex(read('viewer/src/text/en.ts'), /^ {4}'set\.realmServers': 'Who knows people\\'s names',$/m);
    t.regex(read('viewer/src/text/zh-cn.ts'), /^ {4}'set\.realmServers': '名册',$/m);
    t.regex(read('native/script/oc_records.h'), /char realm_servers\[300\];/);
    t.regex(read('native/script/records.ts'), /readonly realmServers: readonly string\[\];/);
    t.regex(read('docs/design/cli.md'), /^\| `--realm-server URL` \| who knows people; may be repeated \| none \|$/m);
    t.regex(read('docs/design/cli.md'), /^\* `http\.realmServers` \(`--realm-server`\): who knows people\. Allowed: a list of 1 to 3 entries\. Default: none\.\s+In\s+force\s+after\s+a\s+restart\.$/m);
});

test('one more entry of the table: type, command line, file, redaction, restart and the field of the page follow', async (t) => {
    const folder = scratch(t);
    const { loadSettings } = await load(folder, 'modules/config/load.ts');
    const { redacted, restartKeys } = await load(folder, 'modules/config/settings.ts');
    const facts = { options: [{ name: 'realm-server', value: 'http://user:secret@a/' }], settings: undefined, stored: undefined, defaultInput: 'a.mp4', limits: { channels: 4 } };
    const { settings, fixed } = loadSettings(facts);
    t.deepEqual(settings.http.realmServers, ['http://user:secret@a/']);
    t.deepEqual(fixed, ['http.realmServers']);
    t.deepEqual(redacted(settings).http.realmServers, ['http://***@a/']);
    t.true(restartKeys.includes('http.realmServers'));
    const wrong = { path: 's.json', text: '{"http": {"realmServers": ["x"]}}' };
    t.throws(() => loadSettings({ ...facts, options: [], settings: wrong }), { message: 's.json: http.realmServers[0]: "x" is not allowed; use an address' });
    const { recordOf } = await load(folder, 'modules/config/settings-shape.ts');
    const { settingsTable } = await load(folder, path.relative(root, path.join(folder, 'table.ts')));
    t.deepEqual(recordOf('listen', [settingsTable, settings]).realmServers, settings.http.realmServers);
    const { groups } = await load(folder, 'viewer/src/settings-fields.ts');
    const field = groups.flatMap((/** @type {any} */ group) => group.fields).find((/** @type {any} */ one) => one.path === 'http.realmServers');
    t.is(field.label, 'set.realmServers');
    t.is(field.kind.type, 'list');

    const types = {
        extends: path.join(root, 'tsconfig.json'),
        compilerOptions: { rootDir: root, paths: { 'ocellus/app/config/settings-table': [path.join(folder, 'table.ts')], 'ocellus/app/*': [path.join(root, 'modules/*')], 'ocellus/*': [path.join(root, 'native/base/*'), path.join(root, 'native/script/*')] } },
        include: [path.join(folder, 'use.ts'), path.join(root, 'types')],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(types));
    const use = (/** @type {string} */ type) => `import type { Settings } from 'ocellus/app/config/settings';\nexport const use = (settings: Settings): ${type} => settings.http.realmServers;\n`;
    const check = (/** @type {string} */ type) => {
        writeFileSync(path.join(folder, 'use.ts'), use(type));
        return spawnSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' });
    };
    const right = check('readonly string[]');
    t.is(right.status, 0, right.stdout);
    t.regex(check('number').stdout, /use\.ts.*not assignable to type 'number'/s);
});
