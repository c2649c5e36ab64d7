// What crosses between C, TypeScript, the page and the documents, made of the tables in protocol/ (docs/adr/0117-protocol-tables.md).
//
//   node tools/protocol/generate.mjs            writes the files that are not current
//   node tools/protocol/generate.mjs --check    names them and ends with 1
//   … [--tables FOLDER] [--settings FILE] [--out FOLDER]    other tables, another root: for tests
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings } from '../settings/fields.mjs';
import { between, current, finish, load, root } from '../settings/made.mjs';
import { capabilityNames, commandHeader, commandPage, constantsModule, headerParts, rowTable } from './constants.mjs';
import { errorConstants, errorMap, errorPage } from './errors.mjs';
import { eventConstants, eventHeader, eventPage, eventTexts } from './events.mjs';
import { layoutModule, layouts, recordHeader, recordModule, recordParts } from './records.mjs';
import { settingTexts } from './settings-texts.mjs';
import { noticeHeader, noticeTable, noticeTypes } from './notices.mjs';
import { replyHeader, replyModule, replyTable } from './replies.mjs';
import { routeHeader, routeTable } from './routes.mjs';

/** @param {string} tables @param {string} settings @returns {Promise<Map<string, string>>} files and what they say */
async function generate(tables, settings) {
    const table = (/** @type {string} */ name) => load(path.join(tables, `${name}.ts`));
    const [{ eventKinds }, { errors }, enums, { commands, commandGroups, objects }, { rows }, { records, sizes, elsewhere }, { routes }, texts, { replies }, { notices }] = await Promise.all(['events', 'errors', 'enums', 'commands', 'rows', 'records', 'routes', 'settings-texts', 'replies', 'notices'].map(table));
    const settingRows = (await loadSettings(settings)).rows;
    const laid = layouts(records, settingRows, sizes, enums.enumerations);
    /** @type {[string, any][]} */
    const events = Object.entries(eventKinds);
    /** @type {[string, any][]} */
    const kinds = Object.entries(commands);
    const failures = Object.entries(errors);
    /** @type {[string, any][]} */
    const lines = Object.entries(replies);
    /** @type {[string, any][]} */
    const told = Object.entries(notices);
    const part = (/** @type {string} */ file, /** @type {string} */ name, /** @type {string[]} */ lines, text = current(file)) =>
        /** @type {[string, string]} */ ([file, between(file, text, name, 'tools/protocol', lines)]);
    const page = 'docs/design/rows.md';
    const rowPage = rows.reduce((/** @type {string} */ text, /** @type {any} */ row) => part(page, row.name, rowTable(row), text)[1], current(page));
    return new Map([
        ['native/base/oc_event_kind.h', eventHeader(events)],
        ['native/script/oc_command_kind.h', commandHeader(kinds, objects)],
        ['native/script/command.ts', constantsModule(kinds, objects, enums, rows, eventConstants(events))],
        ['native/script/oc_records.h', recordHeader(laid, sizes, elsewhere)],
        ['native/script/records.ts', recordModule(laid)],
        ['native/script/oc_replies.h', replyHeader(lines)],
        ['native/script/reply-rows.ts', `${replyModule(lines)}\n${noticeTypes(told)}`],
        ['native/p2p/view/oc_notices.h', noticeHeader(told)],
        part('docs/design/script.md', 'notices', noticeTable(told), part('docs/design/script.md', 'replies', replyTable(lines))[1]),
        ['tests/modules/record-layouts.ts', layoutModule(laid)],
        ...[...headerParts(enums, rows)].map(([file, text]) => part(file, 'protocol', text)),
        ...[...recordParts(laid)].map(([file, text]) => part(file, 'record', text)),
        ...['en', 'zh-cn'].map((name, index) => {
            const [file, language] = [`viewer/src/text/${name}.ts`, /** @type {0 | 1} */ (index)];
            const text = part(file, 'events', eventTexts(events, language))[1];
            return part(file, 'settings', settingTexts(texts, language, settingRows), text);
        }),
        part('native/base/oc_err.h', 'errors', errorMap(failures)),
        part('native/base/error.ts', 'errors', errorConstants(failures)),
        part('tools/bundle/needs.mjs', 'capabilities', capabilityNames(enums.enumerations)),
        [page, rowPage],
        ['docs/design/errors.md', errorPage(failures)],
        ['docs/design/event-kinds.md', eventPage(events)],
        ['docs/design/plane-commands.md', commandPage(kinds, commandGroups, objects)],
        ['hosts/posix/access/oc_route_table.h', routeHeader(routes)],
        part('docs/design/api.md', 'routes', routeTable(routes)),
    ]);
}

const { values } = parseArgs({
    options: { check: { type: 'boolean', default: false }, tables: { type: 'string', default: 'protocol' }, settings: { type: 'string', default: 'modules/config/settings-table.ts' }, out: { type: 'string', default: root } },
});
process.exit(finish(await generate(values.tables, values.settings), { check: values.check, out: values.out, by: 'tools/protocol' }));
