// What crosses between C, TypeScript, the page and the documents is one entry of a table (docs/adr/0117-protocol-tables.md).
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';

const generator = path.join(root, 'tools/protocol/generate.mjs');

/**
 * Generates from a copy of the tables in which `find` is followed by `entry`.
 * @param {import('ava').ExecutionContext} t @param {string} table @param {string} find @param {string} entry
 * @returns {(file: string) => string} reads a file of what was made
 */
function generated(t, table, find, entry) {
    mkdirSync(path.join(root, 'build'), { recursive: true });
    const folder = mkdtempSync(path.join(root, 'build', 'protocol-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const tables = path.join(folder, 'tables');
    cpSync(path.join(root, 'protocol'), tables, { recursive: true });
    const file = path.join(tables, table);
    const text = readFileSync(file, 'utf8');
    t.is(text.split(find).length, 2);
    writeFileSync(file, text.replace(find, `${find}${entry}`));
    execFileSync(process.execPath, [generator, '--tables', tables, '--out', folder]);
    return (name) => readFileSync(path.join(folder, name), 'utf8');
}

/** @param {string} header @param {string} statement @returns {string} what the compiler says */
function compiled(header, statement) {
    const source = `${header}\nvoid raise(oc_event_kind_t kind);\nvoid use(void);\nvoid use(void) { ${statement}; }\n`;
    const flags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-xc', '-'];
    return spawnSync(process.env['CC'] ?? 'cc', flags, { input: source, encoding: 'utf8' }).stderr;
}

test('one more kind of event: the kind in C, reserved for the program, its texts and its document follow', (t) => {
    const entry = `
    'door-open': { by: 'plane', page: ['door open', '门开着'], meaning: 'A door is open.', code: 'which', text: 'since when' },`;
    const read = generated(t, 'events.ts', 'eventKinds: Readonly<Record<string, EventKind>> = {', entry);
    const header = read('native/base/oc_event_kind.h');
    t.is(compiled(header, 'raise(OC_EVENT_DOOR_OPEN)'), '');
    t.regex(compiled(header, 'raise(OC_EVENT_DOOR_SHUT)'), /OC_EVENT_DOOR_SHUT/);
    t.not(compiled(header, 'raise("door-open")'), '');
    t.regex(read('native/script/command.ts'), /programKinds[^;]*' door-open /);
    t.regex(read('viewer/src/text/en.ts'), /'event\.door-open': 'door open',/);
    t.regex(read('viewer/src/text/zh-cn.ts'), /'event\.door-open': '门开着',/);
    t.regex(read('docs/design/event-kinds.md'), /^\| `door-open` \| A door is open\. \| `code`: which; `text`: since when \|$/m);
});
