// From protocol/replies.ts: lines of replies: structures and writers in C, types and readers in TypeScript, a table for people.
import { cell, made, packed, snake } from '../settings/made.mjs';

/** @typedef {import('../../protocol/replies.ts').ReplyLine} Line */
/** @typedef {import('../../protocol/replies.ts').ReplyField} Field */
/** @typedef {[c: string, line: Line]} Entry */

const source = 'protocol/replies.ts';
const cTypes = { text: 'const char *', number: 'int64_t ', optional: 'int64_t ', flag: 'bool ', flags: 'bool ' };

/** @param {Field} field @returns {{ name: string, type: Field['type'], meaning: string }[]} with a field for each letter */
const partsOf = ({ name, type, flags = {}, meaning }) =>
    type === 'flags' ? Object.values(flags).map(([one, text]) => ({ name: one, type, meaning: text })) : [{ name, type, meaning }];

/** @param {string} text */
const plain = (text) => text.replaceAll("''", '""').replaceAll('`', '');

/** @param {Field} field @returns {[format: string, value: string]} of printf */
function printed({ name, type, flags = {} }) {
    const c = `line->${snake(name)}`;
    switch (type) {
        case 'text':
            return ['%s', c];
        case 'optional':
            return ['%s', `oc_reply_optional(${snake(name)}, ${c})`];
        case 'flag':
            return ['%d', c];
        case 'flags':
            return ['%s'.repeat(Object.keys(flags).length), Object.entries(flags).map(([letter, [one]]) => `line->${snake(one)} ? "${letter}" : ""`).join(', ')];
        default:
            return ['%lld', `(long long)${c}`];
    }
}

/** @param {Entry} entry @returns {string} */
function structure([c, { of, meaning, fields }]) {
    const members = fields.flatMap(partsOf).map(({ name, type, meaning: text }) => {
        const about = [plain(text), ...(type === 'optional' ? ['below 0: none'] : [])].filter((one) => one !== '').join('; ');
        return `    ${cTypes[type]}${snake(name)};${about === '' ? '' : ` /* ${about} */`}`;
    });
    const room = fields.filter(({ type }) => type === 'optional').map(({ name }) => `    char ${snake(name)}[OC_REPLY_NUMBER];\n`);
    const [formats, values] = [fields.map((field) => printed(field)[0]), fields.map((field) => printed(field)[1])];
    return `/* ${plain(meaning)} ${of} */
typedef struct ${c} {
${members.join('\n')}
} ${c}_t;
static inline size_t ${c}_write(const ${c}_t *line, char *out, size_t size) {
${room.join('')}    int len = snprintf(out, size, "${formats.join('%c')}", ${values.join(', 0, ')});
    return len >= 0 && (size_t)len < size ? (size_t)len + 1 : 0;
}
`;
}

/** @param {readonly Entry[]} entries @returns {string} */
export function replyHeader(entries) {
    return `/* ${made('protocol', source)} */
#ifndef OC_REPLIES_H
#define OC_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* clang-format off */
/* Lines of parcels that answer commands: fields as text, each ended by NUL. NAME_write returns the bytes of a line; 0: it does
 * not fit, and what is in out is none. */

#define OC_REPLY_NUMBER 24 /* bytes of a number as text */

/* Its text; "": below 0. */
static inline const char *oc_reply_optional(char out[OC_REPLY_NUMBER], int64_t number) {
    out[0] = 0;
    if (number >= 0)
        snprintf(out, OC_REPLY_NUMBER, "%lld", (long long)number);
    return out;
}

${entries.map(structure).join('\n')}/* clang-format on */

#endif
`;
}

/** @type {Record<string, string>} */
const types = { text: 'string', number: 'number', optional: 'number | undefined', flag: 'boolean', flags: 'boolean' };

/** @param {Entry} entry @returns {string} */
function typescript([, { type, of, meaning, fields }]) {
    const members = fields.flatMap(partsOf).map(({ name, type: kind, meaning: text }) => `${text === '' ? '' : `    /** ${text[0]?.toUpperCase()}${text.slice(1)}. */\n`}    readonly ${name}: ${types[kind]};`);
    const reads = packed(fields.map(({ name, type: kind }) => `const ${name} = from.${kind === 'flags' ? 'text' : kind}();`));
    const values = fields.flatMap(({ name, type: kind, flags = {} }) => (kind === 'flags' ? Object.entries(flags).map(([letter, [one]]) => `${one}: ${name}.includes('${letter}')`) : [name]));
    return `/** ${meaning} */
export interface ${type} {
${members.join('\n')}
}
/** ${of} */
export function read${type}(from: LineReader): ${type} {
${reads.join('\n')}
    return { ${values.join(', ')} };
}
`;
}

/** @param {readonly Entry[]} entries @returns {string} */
export function replyModule(entries) {
    return `/** ${made('protocol', 'protocol/replies.ts and notices.ts')} */
// biome-ignore-all format: a line to a reader
import type { LineReader } from 'ocellus/record';

${entries.map(typescript).join('\n')}`;
}

/** @param {Field} field @returns {string} */
function described({ name, type, flags = {}, meaning }) {
    const text = type === 'flags' ? Object.entries(flags).map(([letter, [one, about]]) => `\`${letter}\` ${one}${about === '' ? '' : `: ${about}`}`).join(', ') : meaning;
    return `\`${name}\`${text === '' ? '' : ` (${cell(text.replaceAll("''", 'empty'))})`}`;
}

/** @param {readonly Entry[]} entries @returns {string[]} lines of a document */
export const replyTable = (entries) => [
    '',
    '| reply of | fields |',
    '|---|---|',
    ...entries.map(([, { of, head, fields }]) => `| \`${of}\`${head ? ', once' : ', each'} | ${fields.map(described).join(', ')} |`),
    '',
];
