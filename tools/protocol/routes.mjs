// From protocol/routes.ts: the rows by which the host judges, in C, and for people the table of docs/design/api.md.
import { made } from '../settings/made.mjs';

/** @typedef {import('../../protocol/routes.ts').Route} Route */

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
export function routeHeader(routes) {
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
    return `/* ${made('protocol', 'protocol/routes.ts')} */
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

/** @param {readonly Route[]} routes @returns {string[]} */
export const routeTable = (routes) =>
    [
        '| address | methods | needs | with chosen acts | body |',
        '|---|---|---|---|---|',
        ...routes
            .filter(({ area }) => area !== 'nowhere')
            .map((route) => {
                const shown = route.path.replace('|', '').replaceAll('$', '<camera>').replaceAll('#', '<number>').replaceAll('**', '…').replaceAll('*', '<one>');
                return `| \`${shown}\` | ${route.methods.replaceAll(' ', ', ')} | ${who[route.who]} | ${chosen(route)} | ${route.taken ?? ''} |`;
            }),
    ];
