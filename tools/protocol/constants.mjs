// From protocol/enums.ts, commands.ts and rows.ts: enumerations, limits, commands and rows in C and in TypeScript, documents.
import { cell, made, packed, upper, wrap } from '../settings/made.mjs';

/** @typedef {import('../../protocol/enums.ts').Enumeration} Enumeration */
/** @typedef {import('../../protocol/enums.ts').Constant} Constant */
/** @typedef {import('../../protocol/commands.ts').Command} Command */
/** @typedef {import('../../protocol/rows.ts').Row} Row */

const [off, on] = ['/* clang-format off */', '/* clang-format on */'];

/** @param {string} text @param {string} [indent] @returns {string[]} */
function cComment(text, indent = '') {
    const lines = wrap(text, 94 - indent.length);
    return lines.map((line, index) => `${indent}${index === 0 ? '/* ' : ' * '}${line}${index === lines.length - 1 ? ' */' : ''}`);
}

/** @param {string} text @param {string} [indent] @returns {string[]} */
function tsComment(text, indent = '') {
    const lines = wrap(text, 112 - indent.length);
    return lines.length === 1 ? [`${indent}/** ${text} */`] : [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`];
}

/** @param {Enumeration} one @param {number} index */
const numberOf = ({ bits }, index) => (bits ? 2 ** index : index);

/** @param {string} c @param {Enumeration} one @returns {string[]} */
function enumeration(c, one) {
    const { prefix, meaning, words, count, map, bits } = one;
    const names = Object.keys(words);
    const lines = names.map((name, index) => {
        const text = words[name] === '' ? '' : ` /* ${words[name]} */`;
        return `    ${prefix}_${upper(name)} = ${numberOf(one, index)},${text}`;
    });
    const macro = map === undefined ? [] : ['', `/* X(NAME, "name") of each. */`, `#define ${map}(X) \\`, ...names.map((name, index) => `    X(${upper(name)}, "${name}")${index < names.length - 1 ? ' \\' : ''}`)];
    return [...cComment(`${meaning.replaceAll('`', '')}${bits ? ' Bits.' : ''}`), `typedef enum ${c} {`, ...lines, `} ${c}_t;`, ...(count === undefined ? [] : [`#define ${count} ${names.length}`]), ...macro];
}

/** @param {Constant} one @returns {string[]} */
const define = ({ c, value, meaning }) => [...cComment(meaning), `#define ${c} ${typeof value === 'string' ? `"${value}"` : value}`];

/** @param {Row} row @returns {string[]} */
export const wordsOf = ({ groups }) =>
    groups.flatMap(([words]) => words.split(' ').flatMap((word) => (word.endsWith(':64') ? ['lo', 'hi'].map((half) => `${word.slice(0, -3)}_${half}`) : [word])));

/** @param {Row} row @returns {string[]} */
function structure({ c, meaning, groups, ...row }) {
    const lines = groups.flatMap(([words]) => wrap(`uint32_t ${wordsOf({ c, meaning, ...row, groups: [[words, '']] }).join(', ')};`, 92).map((line, index) => `${index === 0 ? '    ' : '        '}${line}`));
    return [...cComment(meaning), `typedef struct ${c} {`, ...lines, `} ${c}_t;`, `#define ${upper(c)}_WORDS (sizeof(${c}_t) / 4)`];
}

/**
 * What goes between the marks of each header.
 * @param {{ enumerations: Record<string, Enumeration>, constants: readonly Constant[] }} enums @param {readonly Row[]} rows @returns {Map<string, string[]>}
 */
export function headerParts({ enumerations, constants }, rows) {
    /** @type {[string, string[]][]} */
    const parts = [
        ...constants.map((one) => /** @type {[string, string[]]} */ ([one.header, define(one)])),
        ...Object.entries(enumerations).map(([c, one]) => /** @type {[string, string[]]} */ ([one.header, enumeration(c, one)])),
        ...rows.map((row) => /** @type {[string, string[]]} */ ([row.header, structure(row)])),
    ];
    return new Map([...grouped(parts)].map(([header, list]) => [header, [off, ...list.flatMap(([, lines], index) => [...(index === 0 ? [] : ['']), ...lines]), on]]));
}

/** @param {readonly [string, string[]][]} parts @returns {Map<string, [string, string[]][]>} */
function grouped(parts) {
    /** @type {Map<string, [string, string[]][]>} */
    const all = new Map();
    for (const part of parts) {
        all.set(part[0], [...(all.get(part[0]) ?? []), part]);
    }
    return all;
}

/** @param {Record<string, Enumeration>} enumerations @returns {string[]} for tools that declare them */
export function capabilityNames({ oc_capability: one }) {
    const words = Object.keys(one?.words ?? {}).map((name, index) => `${name}: ${2 ** index}`);
    return [`export const capabilities = Object.freeze({ ${words.join(', ')} });`];
}

/** @param {Command} command @returns {string} */
const needsOf = ({ needs }) => (needs.length === 0 ? '0' : needs.map((name) => `OC_CAPABILITY_${upper(name)}`).join(' | '));

/** @param {readonly [string, Command][]} commands @param {readonly (readonly [string, string])[]} objects @returns {string} */
export function commandHeader(commands, objects) {
    const kinds = commands.map(([name, command]) => `    X(${name}, ${command.number}, ${needsOf(command)})`);
    const channel = objects.findIndex(([name]) => name === 'channel');
    const edges = objects.flatMap(([name, meaning], index) => [`#define OC_OBJECT_${upper(name)} ${index <= channel ? index : `(OC_OBJECT_CHANNEL + OC_CHANNELS_MAX + ${index - channel - 1})`} /* ${meaning} */`]);
    return `/* ${made('protocol', 'protocol/commands.ts')} */
#ifndef OC_COMMAND_KIND_H
#define OC_COMMAND_KIND_H

#include "oc_capability.h"
#include "oc_limits.h" /* OC_CHANNELS_MAX */

${off}
/* What a script can ask of the media plane (below OC_COMMAND_HOST) and its host; objects, arguments, parcels and replies:
 * docs/design/plane-commands.md. */
#define OC_COMMAND_MAP(X) /* name, number, capabilities that an application needs for it */ \\
${kinds.join(' \\\n')}

/* The kinds by name. */
enum oc_command_kind {
#define OC_COMMAND_ENUM(name, number, needs) OC_COMMAND_##name = number,
    OC_COMMAND_MAP(OC_COMMAND_ENUM)
#undef OC_COMMAND_ENUM
};
#define OC_COMMAND_HOST 256

/* Objects of the mailbox, whose edges wake a script. */
${edges.join('\n')}
${on}

#endif
`;
}

/** @param {string} text @param {string} name @param {readonly string[]} words @param {string} [type] @returns {string[]} */
function list(text, name, words, type) {
    const line = `export const ${name} = Object.freeze([${words.map((word) => `'${word}'`).join(', ')}] as const);`;
    const lines = line.length <= 120 ? [line] : [`export const ${name} = Object.freeze([`, ...packed(words.map((word) => `'${word}',`)), '] as const);'];
    return [...tsComment(text), ...lines, ...(type === undefined ? [] : ['/** One of them. */', `export type ${type} = (typeof ${name})[number];`])];
}

/** @param {string} text @param {string} name @param {readonly string[]} lines @param {string} [type] @returns {string[]} */
const numbers = (text, name, lines, type) => [...tsComment(text), `export const ${name} = Object.freeze({`, ...packed(lines.map((line) => `${line},`)), '} as const);', ...(type === undefined ? [] : [`/** One of them. */`, `export type ${type} = keyof typeof ${name};`])];

/** @param {string} name */
const key = (name) => (/^\w+$/.test(name) ? name : `'${name}'`);

/**
 * @param {readonly [string, Command][]} commands @param {readonly (readonly [string, string])[]} objects
 * @param {{ enumerations: Record<string, Enumeration>, constants: readonly Constant[] }} enums @param {readonly Row[]} rows @param {readonly string[]} events
 * @returns {string}
 */
export function constantsModule(commands, objects, { enumerations, constants }, rows, events) {
    const edges = objects.slice(0, objects.findIndex(([name]) => name === 'channel') + 1);
    const parts = [
        numbers('Kinds of commands: docs/design/plane-commands.md.', 'commands', commands.map(([name, { number }]) => `${name}: ${number}`)),
        numbers("Objects of the mailbox; `channel` is the first channel's, behind the last are those of viewers and of updates.", 'objects', edges.map(([name], index) => `${name}: ${index}`)),
        ...constants.map(({ name, value, meaning }) => [...tsComment(meaning), `export const ${name} = ${typeof value === 'string' ? `'${value}'` : value};`]),
        ...Object.values(enumerations).flatMap((one) => {
            const names = Object.keys(one.words);
            return [
                ...(one.list === undefined ? [] : [list(`${one.meaning} By ${one.bits ? 'bit' : 'number'}.`, one.list[0], names, one.list[1])]),
                ...(one.numbers === undefined ? [] : [numbers(`${one.meaning}${one.bits ? ' Bits.' : ''}`, one.numbers[0], names.map((name, index) => `${key(name)}: ${numberOf(one, index)}`), one.numbers[1])]),
            ];
        }),
        ...rows.map((row) => list(`${row.meaning} Its words, in order.`, row.name, wordsOf(row), `${row.name[0]?.toUpperCase()}${row.name.slice(1, -1)}`)),
        events,
    ];
    return `/** ${made('protocol', 'protocol/*.ts')} */\n// biome-ignore-all format: several words to a line\n\n${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** @param {Command} command @returns {string} */
function shapeOf({ object, args = [], parcel }) {
    const words = args.map((text, index) => (text === '' ? '' : `\`arg${index}\`: ${text}`)).filter((text) => text !== '');
    return [...(object === undefined ? [] : [`object: ${object}`]), ...words, ...(parcel === undefined ? [] : [`parcel: ${parcel}`])].join('; ');
}

/** @param {readonly [string, Command][]} commands @param {readonly (readonly [RegExp, string, string])[]} groups @param {readonly (readonly [string, string])[]} objects @returns {string} */
export function commandPage(commands, groups, objects) {
    let left = commands;
    const parts = groups.map(([prefix, heading, text]) => {
        const mine = left.filter(([name]) => prefix.test(name));
        left = left.filter(([name]) => !prefix.test(name));
        const lines = mine.map(([name, command]) => `| \`${name}\` | ${cell(command.meaning)} | ${cell(shapeOf(command))} | ${cell(command.reply ?? '')} | ${command.needs.join(', ')} |`);
        return [`## ${heading}`, ...(text === '' ? [] : [text, '']), '| command | does | takes | reply | needs |', '|---|---|---|---|---|', ...lines].join('\n');
    });
    if (left.length > 0) throw new Error(`protocol/commands.ts: ${left.map(([name]) => name).join(', ')}: in no group`);
    return `<!-- ${made('protocol', 'protocol/commands.ts')} -->
# Commands of a script

What a script asks of the media plane and its host ([script.md](script.md)): kind, object, four words, a parcel; one reply to
each, with a code, two words, a parcel. The object is the number of a channel unless it says otherwise. Every command needs
the capability beside it ([applications.md](applications.md)). A negative code may come with why, as text.

${parts.join('\n\n')}

## Edges
Objects of the mailbox whose edges wake a script.

| object | says |
|---|---|
${objects.map(([name, meaning]) => `| \`${name}\` | ${meaning} |`).join('\n')}
`;
}

/** @param {Row} row @returns {string[]} lines of a table */
export const rowTable = ({ groups }) => ['', '| words | meaning |', '|---|---|', ...groups.map(([words, meaning]) => `| ${words.split(' ').map((word) => `\`${word.replace(':64', '')}\``).join(', ')} | ${cell(meaning)} |`), ''];
