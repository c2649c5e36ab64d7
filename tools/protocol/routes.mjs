// What the table of addresses (protocol/routes.ts) is for the host, in C, and for people, in docs/design/api.md.
//
//   node tools/protocol/routes.mjs            writes the files that are not current
//   node tools/protocol/routes.mjs --check    names them and ends with 1
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const source = 'protocol/routes.ts';

/** @typedef {import('../../protocol/routes.js').Route} Route */

/** @param {string} text */
const upper = (text) => text.toUpperCase();

/** @param {string} given @returns {string} of a constant */
const idOf = (given) =>
    upper(
        given
            .replaceAll('|', '')
            .replaceAll('~', 'FILE_')
            .replaceAll('**', 'REST')
            .replaceAll('*', 'ONE')
            .replaceAll('$', 'CAMERA')
            .replaceAll('#', 'NUMBER')
            .replace(/^\/$/, 'ROOT')
            .replace(/^\//, '')
            .replace(/[^A-Za-z0-9]+/g, '_')
            .replace(/_$/, ''),
    );

/** @param {readonly Route[]} routes @returns {string} */
function header(routes) {
    const ids = [...new Set(routes.map(({ path: given }) => idOf(given)))];
    const rows = routes.map(({ path: given, methods, area, who, act = '', place = '', taken = '', fallback = false }) => {
        const bits = methods.split(' ').map((method) => `OC_METHOD_${method}`).join(' | ');
        const values = [
            `OC_ROUTE_${idOf(given)}`,
            JSON.stringify(given.replace('|', '')),
            Math.max(given.indexOf('|'), 0),
            bits,
            `OC_HTTP_${upper(area)}`,
            `OC_WHO_${upper(who)}`,
            act === '' ? 'OC_ACCESS_NONE' : `OC_ACCESS_${upper(act)}`,
            place === '' ? 'OC_AT_NONE' : `OC_AT_${upper(place)}`,
            taken === 'sdp',
            fallback,
        ];
        return `    {${values.join(', ')}},`;
    });
    return `/* Made by tools/protocol from ${source}: do not edit. */
#ifndef OC_ROUTE_TABLE_H
#define OC_ROUTE_TABLE_H
/* clang-format off */

#include "oc_route.h"

/* One for each address, whatever the method. */
typedef enum oc_route_id {
${ids.map((id) => `    OC_ROUTE_${id},`).join('\n')}
} oc_route_id_t;

#ifdef OC_ROUTE_ROWS
static const oc_route_t rows[] = {
${rows.join('\n')}
};
#endif

#endif
`;
}

const who = { everybody: 'everybody', link: 'its link', user: 'login', owner: 'owner' };
const places = { '': '', path: ' at that camera', all: ' at all cameras', narrowed: '' };

/** @param {Route} route @returns {string} for people with chosen acts */
function chosen({ who: by, act = '', place = '' }) {
    if (by === 'everybody' || by === 'link') return 'yes';
    if (act === '') return 'no';
    return act === 'any' ? 'what is theirs' : `\`${act}\`${places[place]}${place === 'narrowed' ? ' at any' : ''}`;
}

/** @param {readonly Route[]} routes @returns {string} */
const table = (routes) =>
    [
        '| address | methods | needs | with chosen acts | body |',
        '|---|---|---|---|---|',
        ...routes
            .filter(({ area }) => area !== 'nowhere')
            .map((route) => {
                const shown = route.path.replace('|', '').replaceAll('$', '<camera>').replaceAll('#', '<number>').replaceAll('**', '…').replaceAll('*', '<one>');
                return `| \`${shown}\` | ${route.methods.replaceAll(' ', ', ')} | ${who[route.who]} | ${chosen(route)} | ${route.taken ?? ''} |`;
            }),
    ].join('\n');

const { module } = await runnerImport(source, { configFile: false, root, logLevel: 'error' });
const routes = /** @type {readonly Route[]} */ (module.routes);
const doc = 'docs/design/api.md';
const [begin, end] = ['<!-- routes -->\n', '\n<!-- end of routes -->'];
const text = readFileSync(path.join(root, doc), 'utf8');
const at = text.indexOf(begin) + begin.length;
/** @type {Readonly<Record<string, string>>} */
const files = {
    'hosts/posix/access/oc_route_table.h': header(routes),
    [doc]: text.slice(0, at) + table(routes) + text.slice(text.indexOf(end, at)),
};
let stale = 0;
for (const [file, made] of Object.entries(files)) {
    let now = '';
    try {
        now = readFileSync(path.join(root, file), 'utf8');
    } catch {} // it is not there yet
    if (now === made) continue;
    stale++;
    if (process.argv.includes('--check')) console.error(`${file}: not current: run node tools/protocol/routes.mjs`);
    else writeFileSync(path.join(root, file), made);
}
process.exitCode = process.argv.includes('--check') && stale > 0 ? 1 : 0;
