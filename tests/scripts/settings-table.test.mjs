// A setting is one entry of the table: everything else follows from it (docs/adr/0033-settings-once.md).
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { build } from 'vite';
import { root } from '../../scripts/lib.mjs';
import { settingsPlaces, table, tableFiles } from './settings-places.mjs';

const generator = path.join(root, 'tools/settings/generate.mjs');

/** A setting that Ocellus does not have, in front of `http.login`. */
const entry = `
        realmServers: {
            schema: list(text(/^\\w+:.+$/, 'an address'), 3),
            otherwise: [],
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

test('what is generated is current', (t) => {
    const { status, stderr } = spawnSync(process.execPath, [generator, '--check'], { encoding: 'utf8' });
    t.is(status, 0, stderr);
});

test('one more entry of the table: option, help, record and document are generated', (t) => {
    const folder = scratch(t);
    execFileSync(process.execPath, [generator, '--table', path.join(folder, 'table.ts'), '--out', folder]);
    const read = (/** @type {string} */ file) => readFileSync(path.join(folder, file), 'utf8');
    const options = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*oc_cli_options.h'], { cwd: root, encoding: 'utf8' }).trim();
    t.regex(read(options), /VALUE\("realm-server"\)/);
    t.regex(read(options), /--realm-server URL {4}who knows people; may be repeated\\n/);
    t.regex(read('native/script/oc_settings_record.h'), /TEXT\(realm_servers, "realmServers", 300\)/);
    t.regex(read('native/script/settings-record.ts'), /readonly realmServers: readonly string\[\];/);
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

/**
 * Settings that live in more than four files, and in how many; none may be added. A channel's name is what everything
 * knows it by; the two files of TLS are a rule of the settings, of the check before a change and of the server.
 * The second stream is read from `--input`, and a rule of what is recorded looks whether there is one.
 * Objects as inputs have an option `pathStyle` of their own.
 * Each entry of the table may have a property `secret`: the five files that know it are counted for the webhook's.
 */
const exceptions = new Map([
    ['channels[].name', 8],
    ['channels[].sub', 5],
    ['cloud.pathStyle', 5],
    ['events.webhook.secret', 9],
    ['http.tlsCert', 6],
    ['http.tlsKey', 6],
]);

test('every setting is named in four files at most: the table, two languages, whoever uses it', async (t) => {
    const places = await settingsPlaces();
    const folder = scratch(t);
    const { channelTable, settingsTable } = await load(folder, table);
    const { settingsOf } = await load(folder, 'modules/config/settings-shape.ts');
    const all = [...settingsOf(channelTable, 'channels[].'), ...settingsOf(settingsTable)].map(([place]) => place);
    t.deepEqual([...places.keys()].sort(), all.sort());
    for (const [place, files] of places) {
        t.true(files.some((file) => tableFiles.includes(file)), place);
        t.true(files.length <= (exceptions.get(place) ?? 4), `${place}: ${files.join(' ')}`);
    }
    t.deepEqual(places.get('p2p.keepAlive.interval'), [table, 'viewer/src/text/en.ts', 'viewer/src/text/zh-cn.ts']);
    t.true(places.get('channels[].maxGopSize')?.includes('native/ring/oc_ring_plan.c'), 'files of C are counted');
});

// By every name, that of the record in C too, where those names are nobody else's.
for (const [setting, names] of /** @type {const} */ ([
    ['http.trustedProxies', 'trustedProxies|trusted-proxy|trusted_proxies'],
    ['live.partMs', 'livePartMs|partMs|hls_part_ms'],
    ['record.segmentMinutes', 'segmentMinutes|segment-minutes'],
])) {
    test(`${setting} is named in four files at most by all of its names`, (t) => {
        const rooms = ['modules', 'native', 'hosts', 'viewer', 'tools', 'scripts'];
        const files = execFileSync('git', ['grep', '--untracked', '-lE', names, '--', ...rooms], { cwd: root, encoding: 'utf8' }).trim().split('\n');
        const written = files.filter((file) => !/made by tools\/settings/i.test(readFileSync(path.join(root, file), 'utf8').slice(0, 200)));
        t.true(written.includes(table));
        t.true(written.length <= 4, written.join(' '));
    });
}
