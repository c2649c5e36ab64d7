// From protocol/notices.ts: writers in C, types and fields in TypeScript, a table for people.
import { cell, made, packed, snake } from '../settings/made.mjs';

/** @typedef {[kind: string, notice: import('../../protocol/notices.ts').Notice]} Entry */
/** @typedef {import('../../protocol/notices.ts').NoticeField} Field */

/** @param {Entry} entry @returns {string} */
function writer([kind, { fields }]) {
    const all = Object.entries(fields);
    const given = all.map(([name, type]) => `, ${type === 'number' ? 'int64_t ' : 'const char *'}${snake(name)}`).join('');
    const members = all.map(([name, type]) => {
        const line = `oc_json_member_${type === 'number' ? 'int' : 'string'}(json, "${name}", ${snake(name)});`;
        return type === 'text?' ? ` if (${snake(name)}) ${line}` : ` ${line}`;
    });
    return `static inline void oc_notice_${kind.replaceAll('-', '_')}(oc_json_t *json${given}) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "${kind}");${members.join('')} oc_json_end_object(json);
}
`;
}

/** @param {readonly Entry[]} entries @returns {string} */
export function noticeHeader(entries) {
    return `/* ${made('protocol', 'protocol/notices.ts')} */
#ifndef OC_NOTICES_H
#define OC_NOTICES_H

#include "oc_json.h"

/* clang-format off */
/* What the transport tells a script: each writes one notice without the bytes behind it. A text that may be left out: NULL. */
${entries.map(writer).join('')}/* clang-format on */

#endif
`;
}

/** @param {Field} type @returns {string} */
const typeOf = (type) => (type === 'number' ? 'number' : typeof type === 'string' ? 'string' : type.map((word) => `'${word}'`).join(' | '));

/** @param {readonly Entry[]} entries @returns {string} */
export function noticeTypes(entries) {
    const union = entries.map(([kind, { fields, bytes }]) => {
        const members = [...Object.entries(fields).map(([name, type]) => `; readonly ${name}: ${typeOf(type)}`), ...(bytes ? ['; readonly bytes: Uint8Array'] : [])];
        return `    | { readonly kind: '${kind}'${members.join('')} }`;
    });
    const words = entries.map(([kind, { fields, bytes }]) => {
        const names = [...Object.entries(fields).map(([name, type]) => `${type === 'number' ? '#' : ''}${name}`), ...(bytes ? ['*bytes'] : [])];
        return `${/^\w+$/.test(kind) ? kind : `'${kind}'`}: '${names.join(' ')}',`;
    });
    return `/** What the transport of viewers tells (P2P_TAKE). */
export type Notice =
${union.join('\n')};
/** Fields of each kind: # before numbers, * before the bytes behind it. */
export const noticeFields: Readonly<Record<string, string>> = Object.freeze({
${packed(words).join('\n')}
});
`;
}

/** @param {readonly Entry[]} entries @returns {string[]} lines of a document */
export const noticeTable = (entries) => [
    '',
    '| `kind` | beside it | meaning |',
    '|---|---|---|',
    ...entries.map(([kind, { fields, bytes, meaning }]) => {
        const names = Object.entries(fields).map(([name, type]) => `\`${name}\`${typeof type === 'string' ? '' : ` (${type.map((word) => `\`${word}\``).join(', ')})`}`);
        return `| \`${kind}\` | ${names.join(', ')}${bytes ? '; bytes' : ''} | ${cell(meaning)} |`;
    }),
    '',
];
