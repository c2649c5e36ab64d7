// From protocol/records.ts: structures with their places and readers in C, types and writers in TypeScript.
import { fieldsOf, kindOf } from '../settings/fields.mjs';
import { made, snake } from '../settings/made.mjs';

/** @typedef {import('../../protocol/records.ts').Record} Table */
/** @typedef {{ name: string, c: string, kind: string, at: number, size: number, sizeText: string, type: string, meaning: string }} Place a field where it lies */
/** @typedef {{ c: string, table: Table, places: Place[], bytes: number, align: number, countAt: number | undefined, item: Layout | undefined }} Layout */

const source = 'protocol/records.ts';
/** @type {Record<string, readonly [size: number, c: string]>} */
const numbers = { u8: [1, 'uint8_t'], u16: [2, 'uint16_t'], u32: [4, 'uint32_t'], i32: [4, 'int32_t'], i64: [8, 'int64_t'], f64: [8, 'double'], flag: [1, 'bool'] };

/** @param {number} at @param {number} size */
const upTo = (at, size) => Math.ceil(at / size) * size;

/** @param {string} text @returns {string} as TypeScript says it of a list or a text */
const typeOf = (text) => (text === 'flag' ? 'boolean' : /^(text|cut)/.test(text) ? 'string' : 'number');

/** The fields of a record, those of settings before its own. @param {Table} table @param {any[]} settings */
function fieldsIn({ settings: of, fields, items }, settings) {
    const before = of === undefined ? [] : fieldsOf(settings, of).map(({ field, key, setting }) => {
        const kind = kindOf(setting.schema, field);
        const unit = field.times === undefined ? '' : ` * ${field.times}`;
        const list = setting.schema.kind === 'list';
        return { name: field.name, c: field.c, type: kind === 'FLAG' ? 'flag' : kind === 'WORD' ? 'u32' : `text ${field.size}`, meaning: `\`${key}\`${unit}`, list };
    });
    const count = items === undefined ? [] : [{ name: `${items.name}.length`, c: snake(items.name), type: 'u32', meaning: 'that follow', list: false }];
    return [...before, ...fields.map((field) => ({ ...field, list: false })), ...count];
}

/** @param {string} c @param {Table} table @param {Map<string, Layout>} known @param {any[]} settings @param {Record<string, number>} sizes @returns {Layout} */
function layoutOf(c, table, known, settings, sizes) {
    let [at, align] = [0, 1];
    const places = fieldsIn(table, settings).map(({ name, c: given, type, meaning, list }) => {
        const [kind = '', sizeText = ''] = type.split(' ');
        const [size] = numbers[kind] ?? [sizes[sizeText] ?? Number(sizeText)];
        const to = numbers[kind] === undefined ? 1 : size;
        at = upTo(at, to);
        align = Math.max(align, to);
        const place = { name, c: given ?? snake(name), kind, at, size, sizeText, type: list ? 'readonly string[]' : typeOf(type), meaning };
        at += size;
        return place;
    });
    const item = table.items && known.get(table.items.of);
    if (table.items && item === undefined) throw new Error(`${source}: ${c}: no record ${table.items.of} before it`);
    align = Math.max(align, item?.align ?? 1);
    return { c, table, places, bytes: upTo(at, align), align, countAt: item && places.at(-1)?.at, item };
}

/** @param {Record<string, Table>} records @param {any[]} settings @param {Record<string, number>} sizes @returns {Layout[]} */
export function layouts(records, settings, sizes) {
    const known = new Map();
    for (const [c, table] of Object.entries(records)) {
        known.set(c, layoutOf(c, table, known, settings, sizes));
    }
    return [...known.values()];
}

/** @param {Layout} layout @returns {string[]} fields in C; what lies between them has a name, so that it is the same for every compiler */
function members({ places, bytes, item, table }) {
    let [at, gaps] = [0, 0];
    const gap = (/** @type {number} */ to) => {
        const size = to - at;
        at = to;
        return size === 0 ? [] : [`    uint8_t gap${gaps++}[${size}];`];
    };
    const lines = places.flatMap(({ c, kind, at: to, size, sizeText, meaning }) => {
        const before = gap(to);
        at = to + size;
        const text = meaning === '' ? '' : ` /* ${meaning.replaceAll("''", '""').replaceAll('`', '')} */`;
        return [...before, `    ${numbers[kind] === undefined ? `char ${c}[${sizeText}]` : `${numbers[kind]?.[1]} ${c}`};${text}`];
    });
    return [...lines, ...gap(bytes), ...(item === undefined ? [] : [`    ${item.c}_t ${snake(table.items?.name ?? '').replace(/s$/, '')}[${table.items?.most}];`])];
}

/** @param {Place[]} places @returns {Place[]} those that a reader checks */
const checked = (places) => places.filter(({ kind }) => numbers[kind] === undefined || kind === 'flag');

/** @param {Layout} layout @returns {string} */
function structure(layout) {
    const { c, table, places, bytes, item, countAt } = layout;
    const asserts = places.map(({ c: name, at }) => `offsetof(${c}_t, ${name}) == ${at}`);
    const held = item === undefined ? `sizeof(${c}_t) == ${bytes}` : `offsetof(${c}_t, ${snake(table.items?.name ?? '').replace(/s$/, '')}) == ${bytes}`;
    const fields = [...checked(places).map(({ kind, at, size }) => `{${at}, ${kind === 'flag' ? 0 : size}}`), '{0, OC_RECORD_END}'].join(', ');
    const reader = item === undefined ? `OC_RECORD(${c}, ${bytes}, ${fields})` : `OC_RECORD_LIST(${c}, ${bytes}, ${countAt}, ${item.c}, ${table.items?.most}, ${fields})`;
    return `/* ${table.meaning.replaceAll("''", '""').replaceAll('`', '')} */
typedef struct ${c} {
${members(layout).join('\n')}
} ${c}_t;
${reader}
_Static_assert(${[...asserts, held].join(' && ')}, "as TypeScript writes it");
`;
}

/** @param {Layout[]} all @param {Record<string, number>} sizes @param {Record<string, string>} elsewhere @returns {string} */
export function recordHeader(all, sizes, elsewhere) {
    const includes = [...new Set(Object.values(elsewhere)), 'oc_limits.h', 'oc_record.h'].sort().map((file) => `#include "${file}"`);
    const own = Object.entries(sizes).filter(([name]) => elsewhere[name] === undefined).map(([name, size]) => `#define ${name} ${size}`);
    return `/* ${made('protocol', source)} */
#ifndef OC_RECORDS_H
#define OC_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
${includes.join('\n')}

/* clang-format off */
/* Each structure NAME_t has int NAME_read(oc_span_t parcel, NAME_t *out), which checks and copies: OC_OK | OC_ERR_INVAL. */

/* Bytes of texts with NUL. */
${own.join('\n')}

${all.map(structure).join('\n')}/* clang-format on */

#endif
`;
}

/** @param {Layout} layout @returns {string} */
const constantOf = ({ table }) => `${table.type[0]?.toLowerCase()}${table.type.slice(1)}Layout`;

/** @param {Layout} layout @returns {string} */
function constant(layout) {
    const { table, places, bytes, item } = layout;
    const words = places.map(({ name, kind, at, size }) => `'${name} ${kind} ${at} ${size}'`);
    const line = `fields: Object.freeze([${words.join(', ')}])`;
    const shape = [`bytes: ${bytes}`, line, ...(item === undefined ? [] : [`items: '${table.items?.name}'`, `item: ${constantOf(item)}`])];
    return `const ${constantOf(layout)}: Layout = Object.freeze({\n${shape.map((one) => `    ${one},\n`).join('')}});\n`;
}

/** @param {Layout[]} all @returns {string} for tests, which see no module of the host that applications do not see */
export function layoutModule(all) {
    const parts = all.map((layout) => `/** ${layout.table.meaning} */\nexport ${constant(layout)}`);
    return `/** ${made('protocol', source)} */\n// biome-ignore-all format: a layout to a line\nimport type { Layout } from 'ocellus/record';\n\n${parts.join('\n')}`;
}

/** @param {Layout} layout @param {boolean} isItem @returns {string} */
function typescript(layout, isItem) {
    const { table, places, item } = layout;
    const fields = places.filter(({ name }) => !name.endsWith('.length')).map(({ name, type, meaning }) => `${meaning === '' ? '' : `    /** ${meaning[0]?.toUpperCase()}${meaning.slice(1)}. */\n`}    readonly ${name}: ${type};`);
    const more = item === undefined ? [] : [`    readonly ${table.items?.name}: readonly ${item.table.type}[];`];
    const writer = isItem ? '' : `
/** Its bytes. Throws RangeError: a text is too long or has a NUL, a number has no place there. */
export function ${constantOf(layout).replace('Layout', 'Bytes')}(value: ${table.type}): Uint8Array {
    return recordBytes(${constantOf(layout)}, value);
}
`;
    return `/** ${table.meaning} */
export interface ${table.type} {
${[...fields, ...more].join('\n')}
}
${constant(layout)}${writer}`;
}

/** @param {Layout[]} all @returns {string} */
export function recordModule(all) {
    const items = new Set(all.map(({ item }) => item));
    return `/** ${made('protocol', source)} */
// biome-ignore-all format: a layout to a line
import { type Layout, recordBytes } from 'ocellus/record';

${all.map((layout) => typescript(layout, items.has(layout))).join('\n')}`;
}
