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
    t.timeout(120_000);
    mkdirSync(path.join(root, 'build'), { recursive: true });
    const folder = mkdtempSync(path.join(root, 'build', 'protocol-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const tables = path.join(folder, 'tables');
    cpSync(path.join(root, 'protocol'), tables, { recursive: true });
    const file = path.join(tables, table);
    const text = readFileSync(file, 'utf8');
    t.is(text.split(find).length, 2);
    writeFileSync(file, text.replace(find, `${find}${entry}`));
    execFileSync(process.execPath, [generator, '--tables', tables, '--out', folder], { stdio: 'pipe' });
    return (name) => readFileSync(path.join(folder, name), 'utf8');
}

/** @param {string} header @param {string} statement @returns {string} what the compiler says */
function compiled(header, statement) {
    const source = `${header}\nvoid raise(oc_event_kind_t kind);\nvoid use(void);\nvoid use(void) { ${statement}; }\n`;
    const flags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-xc', '-'];
    return spawnSync(process.env['CC'] ?? 'cc', flags, { input: source, encoding: 'utf8' }).stderr;
}

test.serial('one more kind of event: the kind in C, reserved for the program, its texts and its document follow', (t) => {
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

test.serial('one more command: its kind on both sides, what an application needs for it, its document', (t) => {
    const entry = `
    CHANNEL_TURN: { number: 99, needs: ['media', 'network'], meaning: 'Turns a camera.', args: ['degrees'], reply: 'when it stands' },`;
    const read = generated(t, 'commands.ts', 'export const commands: Readonly<Record<string, Command>> = {', entry);
    t.regex(read('native/script/oc_command_kind.h'), /X\(CHANNEL_TURN, 99, OC_CAPABILITY_MEDIA \| OC_CAPABILITY_NETWORK\)/);
    t.regex(read('native/script/command.ts'), /\bCHANNEL_TURN: 99,/);
    t.regex(read('docs/design/plane-commands.md'), /^\| `CHANNEL_TURN` \| Turns a camera\. \| `arg0`: degrees \| when it stands \| media, network \|$/m);
});

test.serial('a command that no chapter of the document has is refused', (t) => {
    const error = t.throws(() => generated(t, 'commands.ts', 'export const commands: Readonly<Record<string, Command>> = {', `
    TURN: { number: 99, needs: [], meaning: 'Turns.' },`));
    t.regex(String(error), /TURN: in no group/);
});

test.serial('one more word of a row, one more of a list: structure, names, documents', (t) => {
    const row = generated(t, 'rows.ts', "['state', '`oc_stream_state_t`'],", " ['turns:64 angle', 'how often, and where it stands'],");
    t.regex(row('native/script/oc_stream_row.h'), /^ {4}uint32_t turns_lo, turns_hi, angle;$/m);
    t.regex(row('native/script/command.ts'), /'state',\s+'turns_lo',\s+'turns_hi',\s+'angle',/);
    t.regex(row('docs/design/rows.md'), /^\| `turns`, `angle` \| how often, and where it stands \|$/m);
    const cause = generated(t, 'enums.ts', "'time-line': 'before time 0 of the stream, or going back',", " 'too-late': 'it came late',");
    t.regex(cause('native/base/oc_loss.h'), /OC_LOSS_TOO_LATE = 6, \/\* it came late \*\//);
    const causes = (/** @type {string} */ text) => Number(/#define OC_LOSS_CAUSES (\d+)/.exec(text)?.[1]);
    t.is(causes(cause('native/base/oc_loss.h')), causes(readFileSync(path.join(root, 'native/base/oc_loss.h'), 'utf8')) + 1);
    t.regex(cause('native/script/oc_stream_row.h'), /lost_time_line, lost_too_late, lost_ring/);
    t.regex(cause('native/script/command.ts'), /'time-line',\s+'too-late',/);
});

test.serial('one more field of a record within others: they move aside, and its name is told', (t) => {
    const entry = "\n            { name: 'mirror', type: 'flag', meaning: 'left is right' },\n            { name: 'kind', type: 'enum oc_stream_kind', meaning: '' },";
    const read = generated(t, 'records.ts', "{ name: 'bitrate', c: 'bitrate_bps', type: 'u32', meaning: 'bits per second when the source announces none; 0: 4,000,000' },", entry);
    t.regex(read('native/script/oc_desired_record.h'), /OC_RECORD\(oc_desired_entry, 1924, .*\{1092, 0, "mirror"\}/);
    t.regex(read('native/script/oc_desired_record.h'), /offsetof\(oc_desired_entry_t, record\) == 1104/);
    t.regex(read('native/script/records.ts'), /to\.flag\('mirror', 1092, value\.mirror\);\n {4}to\.u32\('kind', 1096, streams\[value\.kind\]\);/);
    t.regex(read('native/script/records.ts'), /to\.record\('record\.', 1104, putRecordingRecord, value\.record\);/);
});

test.serial('one more field of a reply: its place is the same for who writes and who reads, and its meaning is told', (t) => {
    const entry = "\n            { name: 'pinnedMs', type: 'optional', meaning: 'kept until then' },\n            { name: 'marks', type: 'flags', flags: { x: ['moved', 'to a store'], y: ['checked', ''] }, meaning: '' },";
    const read = generated(t, 'replies.ts', "            { name: 'path', type: 'text', meaning: 'relative to the data directory' },", entry);
    const header = read('native/script/oc_replies.h');
    t.regex(header, /"%s%c%s%c%s%s%c%lld%c%lld%c%s", line->path, 0, oc_reply_optional\(pinned_ms, line->pinned_ms\), 0, line->moved \? "x" : "", line->checked \? "y" : "", 0,/);
    const program = `${header}\n#include <string.h>
int main(void) { char out[64]; const oc_recording_line_t line = {.path = "a", .pinned_ms = -1, .checked = true, .bytes = 7};
return oc_recording_line_write(&line, out, sizeof out) != 10 || memcmp(out, "a\\0\\0y\\0" "7\\0" "0\\0\\0", 10) || oc_recording_line_write(&line, out, 9); }\n`;
    const folder = mkdtempSync(path.join(root, 'build', 'reply-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const { stderr, status } = spawnSync(process.env['CC'] ?? 'cc', ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-Wno-unused-function', '-o', path.join(folder, 'a'), '-xc', '-'], { input: program, encoding: 'utf8' });
    t.is(status, 0, stderr);
    t.is(spawnSync(path.join(folder, 'a')).status, 0);
    t.regex(read('native/script/reply-rows.ts'), /const path = from\.text\(\); const pinnedMs = from\.optional\(\); const marks = from\.text\(\);/);
    t.regex(read('docs/design/script.md'), /`pinnedMs` \(kept until then\), `marks` \(`x` moved: to a store, `y` checked\)/);
});

test.serial('one more notice: who writes it, what a script has of it, its document', (t) => {
    const entry = "\n    'lens-moved': { fields: { session: 'number', to: ['wide', 'near'], why: 'text?' }, bytes: true, meaning: 'it looks elsewhere' },";
    const read = generated(t, 'notices.ts', 'export const notices: Readonly<Record<string, Notice>> = {', entry);
    t.regex(read('native/p2p/view/oc_notices.h'), /oc_notice_lens_moved\(oc_json_t \*json, int64_t session, const char \*to, const char \*why\)/);
    t.regex(read('native/script/reply-rows.ts'), /kind: 'lens-moved'; readonly session: number; readonly to: 'wide' \| 'near'; readonly why: string; readonly bytes: Uint8Array \}/);
    t.regex(read('native/script/reply-rows.ts'), /'lens-moved': '#session to why \*bytes',/);
    t.regex(read('docs/design/script.md'), /^\| `lens-moved` \| `session`, `to` \(`wide`, `near`\), `why`; bytes \| it looks elsewhere \|$/m);
});

test.serial('one more field of a record: its place in C is the place in TypeScript, and the reader checks it', (t) => {
    const entry = "\n            { name: 'onlyOpen', type: 'flag', meaning: 'those that are written' },\n            { name: 'place', type: 'text 7', meaning: '' },";
    const read = generated(t, 'records.ts', "            { name: 'limit', type: 'u32', meaning: 'rows, 1 to 200; 0: 100' },\n            { name: 'newest', c: 'newest_first', type: 'flag', meaning: 'by start over all channels; false: by channel, then start' },", entry);
    const module = read('native/script/records.ts');
    t.regex(module, /readonly onlyOpen: boolean;\n {4}readonly place: string;/);
    t.regex(module, /to\.flag\('onlyOpen', 357, value\.onlyOpen\);\n {4}to\.text\('place', 358, 7, value\.place\);/);
    const folders = ['motion', 'base', 'capture', 'media', 'out', 'ring', 'script'].map((name) => `-I${path.join(root, 'native', name)}`);
    const text = 'int use(void); int use(void) { oc_list_config_t list; uint8_t bytes[sizeof list] = {0}; return oc_list_config_read(oc_span(bytes, sizeof bytes), &list) + offsetof(oc_list_config_t, place); }';
    const { stderr, status } = spawnSync(process.env['CC'] ?? 'cc', ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', ...folders, '-xc', '-'], { input: `${read('native/script/oc_records.h')}\n${text}\n`, encoding: 'utf8' });
    t.is(status, 0, stderr); // with its asserts of the places
    t.regex(read('native/script/oc_records.h'), /OC_RECORD\(oc_list_config, 384, .*\{356, 0, "newest_first"\}, \{357, 0, "only_open"\}, \{358, 7, "place"\}/);
});
