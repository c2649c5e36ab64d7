// What crosses between C, TypeScript, the page and the documents, made of the tables in protocol/ (docs/adr/0117-protocol-tables.md).
//
//   node tools/protocol/generate.mjs            writes the files that are not current
//   node tools/protocol/generate.mjs --check    names them and ends with 1
//   … [--tables FOLDER] [--out FOLDER]          other tables, another root: for tests
import path from 'node:path';
import { parseArgs } from 'node:util';
import { between, current, finish, load, root } from '../settings/made.mjs';
import { errorConstants, errorMap, errorPage } from './errors.mjs';
import { eventConstants, eventHeader, eventPage, eventTexts } from './events.mjs';
import { routeHeader, routeTable } from './routes.mjs';

/** @param {string} tables @returns {Promise<Map<string, string>>} files and what they say */
async function generate(tables) {
    const { eventKinds } = await load(path.join(tables, 'events.ts'));
    /** @type {[string, any][]} */
    const events = Object.entries(eventKinds);
    const errors = Object.entries((await load(path.join(tables, 'errors.ts'))).errors);
    const { routes } = await load(path.join(tables, 'routes.ts'));
    const part = (/** @type {string} */ file, /** @type {string} */ name, /** @type {string[]} */ lines) =>
        between(file, current(file), name, 'tools/protocol', lines);
    const [english, chinese, constants] = ['viewer/src/text/en.ts', 'viewer/src/text/zh-cn.ts', 'native/script/command.ts'];
    return new Map([
        ['native/base/oc_event_kind.h', eventHeader(events)],
        [constants, part(constants, 'events', eventConstants(events))],
        [english, part(english, 'events', eventTexts(events, 0))],
        [chinese, part(chinese, 'events', eventTexts(events, 1))],
        ['native/base/oc_err.h', part('native/base/oc_err.h', 'errors', errorMap(errors))],
        ['native/base/error.ts', part('native/base/error.ts', 'errors', errorConstants(errors))],
        ['docs/design/errors.md', errorPage(errors)],
        ['docs/design/event-kinds.md', eventPage(events)],
        ['hosts/posix/access/oc_route_table.h', routeHeader(routes)],
        ['docs/design/api.md', part('docs/design/api.md', 'routes', routeTable(routes))],
    ]);
}

const { values } = parseArgs({
    options: { check: { type: 'boolean', default: false }, tables: { type: 'string', default: 'protocol' }, out: { type: 'string', default: root } },
});
process.exit(finish(await generate(values.tables), { check: values.check, out: values.out, by: 'tools/protocol' }));
