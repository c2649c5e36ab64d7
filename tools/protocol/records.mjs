// From protocol/records.ts: structures with their places and readers in C, types and writers in TypeScript.
import { fieldsOf, kindOf } from '../settings/fields.mjs';
import { made, snake } from '../settings/made.mjs';

/** @typedef {import('../../protocol/records.ts').Record} Table */
/** @typedef {{ name: string, c: string, kind: string, at: number, size: number, sizeText: string, type: string, meaning: string, words?: string, named?: string }} Place a field where it lies */
/** @typedef {{ name: string, c: string, at: number, flat: boolean, optional: boolean, meaning: string, layout: Layout }} Inner a record where it lies */
/** @typedef {{ c: string, table: Table, places: Place[], inner: Inner[], bytes: number, align: number, countAt: number | undefined, item: Layout | undefined }} Layout */

const source = 'protocol/records.ts';
/** @type {Record<string, readonly [size: number, c: string]>} */
const numbers = { u8: [1, 'uint8_t'], u16: [2, 'uint16_t'], u32: [4, 'uint32_t'], i32: [4, 'int32_t'], i64: [8, 'int64_t'], f64: [8, 'double'], flag: [1, 'bool'] };

/** @param {number} at @param {number} size */
const upTo = (at, size) => Math.ceil(at / size) * size;

/** @param {string} text @returns {string} as TypeScript says it of a list or a text */
const typeOf = (text) => (text === 'flag' ? 'boolean' : /^(text|cut)/.test(text) ? 'string' : 'number');

/** The fields of a record, those of settings before its own. @param {Table} table @param {any[]} settings @returns {any[]} */
function fieldsIn({ settings: of, fields, items }, settings) {
    const before = of === undefined ? [] : fieldsOf(settings, of).map(({ field, key, setting }) => {
        const kind = kindOf(setting.schema, field);
        const unit = field.times === undefined ? '' : ` * ${field.times}`;
        const list = setting.schema.kind === 'list';
        return { name: field.name, c: field.c, type: kind === 'FLAG' ? 'flag' : kind === 'WORD' ? 'u32' : `text ${field.size}`, meaning: `\`${key}\`${unit}`, list };
    });
    const count = items === undefined ? [] : [{ name: `${items.name}.length`, c: snake(items.name), type: 'u32', meaning: 'that follow' }];
    return [...before, ...fields, ...count];
}

/** @param {Map<string, Layout>} known @param {string} c @param {string} of @returns {Layout} */
function before(known, c, of) {
    const found = known.get(of);
    if (found === undefined) throw new Error(`${source}: ${c}: no record ${of} before it`);
    return found;
}

/** @param {any} field of one @param {number} from @param {Record<string, number>} sizes @param {Record<string, any>} enumerations @returns {Place & { align: number }} */
function placeOf({ name, c, type, meaning, list = false }, from, sizes, enumerations) {
    const [kind = '', sizeText = ''] = type.split(' ');
    if (kind === 'enum') {
        const { numbers: [list, named] } = enumerations[sizeText];
        return { ...placeOf({ name, c, type: 'u32', meaning }, from, sizes, enumerations), type: named, words: list, named: `${sizeText}_t; ` };
    }
    const [size] = numbers[kind] ?? [sizes[sizeText] ?? Number(sizeText)];
    const align = numbers[kind] === undefined ? 1 : size;
    return { name, c: c ?? snake(name), kind, at: upTo(from, align), size, sizeText, type: list ? 'readonly string[]' : typeOf(type), meaning, align };
}

/** @param {string} c @param {Table} table @param {Map<string, Layout>} known @param {any[]} settings @param {Record<string, number>} sizes @param {Record<string, any>} enumerations @returns {Layout} */
function layoutOf(c, table, known, settings, sizes, enumerations) {
    let [at, align] = [0, 1];
    /** @type {Place[]} */
    const places = [];
    /** @type {Inner[]} */
    const inner = [];
    for (const field of fieldsIn(table, settings)) {
        const layout = field.of && before(known, c, field.of);
        const place = layout ? undefined : placeOf(field, at, sizes, enumerations);
        align = Math.max(align, layout?.align ?? place?.align ?? 1);
        if (layout) {
            const { name, flat = false, optional = false, meaning } = field;
            at = upTo(at, layout.align);
            inner.push({ name, c: snake(name), at, flat, optional, meaning, layout });
            at += layout.bytes;
        } else if (place) {
            places.push(place);
            at = place.at + place.size;
        }
    }
    const item = table.items && before(known, c, table.items.of);
    align = Math.max(align, item?.align ?? 1);
    return { c, table, places, inner, bytes: upTo(at, align), align, countAt: item && places.at(-1)?.at, item };
}

/** @param {Record<string, Table>} records @param {any[]} settings @param {Record<string, number>} sizes @param {Record<string, any>} enumerations @returns {Layout[]} */
export function layouts(records, settings, sizes, enumerations) {
    const known = new Map();
    for (const [c, table] of Object.entries(records)) {
        known.set(c, layoutOf(c, table, known, settings, sizes, enumerations));
    }
    return [...known.values()];
}

/** @param {Layout} layout in the order in which they lie */
const membersOf = ({ places, inner }) =>
    [...places.map(({ c, kind, at, size, sizeText, meaning, named = '' }) => ({ at, size, meaning: named + meaning, declared: numbers[kind] === undefined ? `char ${c}[${sizeText}]` : `${numbers[kind]?.[1]} ${c}` })),
     ...inner.map(({ c, at, meaning, layout }) => ({ at, size: layout.bytes, meaning, declared: `${layout.c}_t ${c}` }))].sort((a, b) => a.at - b.at);

/** @param {Layout} layout @returns {string[]} fields in C; what lies between them has a name, so that it is the same for every compiler */
function members(layout) {
    const { bytes, item, table } = layout;
    let [at, gaps] = [0, 0];
    const gap = (/** @type {number} */ to) => {
        const size = to - at;
        at = to;
        return size === 0 ? [] : [`    uint8_t gap${gaps++}[${size}];`];
    };
    const lines = membersOf(layout).flatMap(({ at: to, size, meaning, declared }) => {
        const between = gap(to);
        at = to + size;
        const text = meaning === '' ? '' : ` /* ${meaning.replaceAll("''", '""').replaceAll('`', '')} */`;
        return [...between, `    ${declared};${text}`];
    });
    return [...lines, ...gap(bytes), ...(item === undefined ? [] : [`    ${item.c}_t ${snake(table.items?.name ?? '').replace(/s$/, '')}[${table.items?.most}];`])];
}

/** @param {Layout} layout @param {string} [prefix] @param {number} [from] @returns {string[]} those that a reader checks */
function checked({ places, inner }, prefix = '', from = 0) {
    const own = places.filter(({ kind }) => numbers[kind] === undefined || kind === 'flag');
    const long = own.find(({ c }) => prefix.length + c.length > 23);
    if (long) throw new Error(`${source}: ${prefix}${long.c}: a name of at most 23 characters has room in oc_record_field_t`);
    return [
        ...own.map(({ c, kind, at, size }) => `{${from + at}, ${kind === 'flag' ? 0 : size}, "${prefix}${c}"}`),
        ...inner.flatMap(({ c, at, flat, layout }) => checked(layout, flat ? prefix : `${prefix}${c}.`, from + at)),
    ];
}

/** @param {Layout} layout @returns {string} */
function structure(layout) {
    const { c, table, places, inner, bytes, item, countAt } = layout;
    const asserts = [...places, ...inner].map(({ c: name, at }) => `offsetof(${c}_t, ${name}) == ${at}`);
    const held = item === undefined ? `sizeof(${c}_t) == ${bytes}` : `offsetof(${c}_t, ${snake(table.items?.name ?? '').replace(/s$/, '')}) == ${bytes}`;
    const fields = [...checked(layout), '{0, OC_RECORD_END, ""}'].join(', ');
    const reader = item === undefined ? `OC_RECORD(${c}, ${bytes}, ${fields})` : `OC_RECORD_LIST(${c}, ${bytes}, ${countAt}, ${item.c}, ${table.items?.most}, ${fields})`;
    return `/* ${table.meaning.replaceAll("''", '""').replaceAll('`', '')} */
typedef struct ${c} {
${members(layout).join('\n')}
} ${c}_t;
${reader}
_Static_assert(${[...asserts, held].join(' && ')}, "as TypeScript writes it");
`;
}

/** @param {Layout[]} all @returns {Map<string, string[]>} what goes between the marks of headers that are not made as a whole */
export function recordParts(all) {
    const headers = new Set(all.flatMap(({ table }) => table.header ?? []));
    return new Map([...headers].map((header) => {
        const mine = all.filter(({ table }) => table.header === header).map((layout) => structure(layout));
        return [header, ['/* clang-format off */', mine.join('\n').trimEnd(), '/* clang-format on */']];
    }));
}

/** @param {Layout[]} all @param {Record<string, number>} sizes @param {Record<string, string>} elsewhere @returns {string} */
export function recordHeader(all, sizes, elsewhere) {
    const includes = [...new Set(Object.values(elsewhere)), 'oc_limits.h', 'oc_record.h'].filter((file) => file !== '').sort().map((file) => `#include "${file}"`);
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

${all.filter(({ table }) => table.header === undefined).map(structure).join('\n')}/* clang-format on */

#endif
`;
}

/** @param {Layout} layout @returns {string} */
const constantOf = ({ table }) => `${table.type[0]?.toLowerCase()}${table.type.slice(1)}Layout`;

/** @param {Layout} layout @returns {string} */
function constant(layout) {
    const { table, places, bytes, item } = layout;
    const words = places.map(({ name, kind, at, size, }) => `'${name} ${kind} ${at} ${size}'`);
    const line = `fields: Object.freeze([${words.join(', ')}])`;
    const shape = [`bytes: ${bytes}`, line, ...(item === undefined ? [] : [`items: '${table.items?.name}'`, `item: ${constantOf(item)}`])];
    return `const ${constantOf(layout)}: Layout = Object.freeze({\n${shape.map((one) => `    ${one},\n`).join('')}});\n`;
}

/** @param {Layout[]} all @returns {string} for tests, which see no module of the host that applications do not see */
export function layoutModule(all) {
    const parts = all.map((layout) => `/** ${layout.table.meaning} */\nexport ${constant(layout)}`);
    return `/** ${made('protocol', source)} */\n// biome-ignore-all format: a layout to a line\nimport type { Layout } from 'ocellus/test/record-fields';\n\n${parts.join('\n')}`;
}

/** @param {string} text */
const capital = (text) => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;

/** @param {Layout} layout @param {boolean} isPart of others alone @returns {string} */
function typescript(layout, isPart) {
    const { table, places, inner, item } = layout;
    const own = places.filter(({ name }) => !name.endsWith('.length')).map(({ name, type, meaning }) => ({ name, type, meaning }));
    const nested = inner.filter(({ flat }) => !flat).map(({ name, optional, meaning, layout: of }) => ({ name, type: `${of.table.type}${optional ? ' | undefined' : ''}`, meaning }));
    const fields = [...own, ...nested].map(({ name, type, meaning }) => `${meaning === '' ? '' : `    /** ${capital(meaning)}. */\n`}    readonly ${name}: ${type};`);
    const more = item === undefined ? [] : [`    readonly ${table.items?.name}: readonly ${item.table.type}[];`];
    const bases = inner.filter(({ flat }) => flat).map(({ layout: of }) => of.table.type);
    return `/** ${table.meaning} */
export interface ${table.type} ${bases.length === 0 ? '' : `extends ${bases.join(', ')} `}{
${[...fields, ...more].join('\n')}
}
${putter(layout)}${isPart || table.placed ? '' : writer(layout)}`;
}

/** @param {Layout} layout */
const putOf = ({ table }) => `put${table.type}`;

/** @param {Layout} layout @returns {string} the function that puts its fields */
function putter(layout) {
    const { table, places, inner } = layout;
    const lines = places.map(({ name, kind, at, size, words }) => {
        const value = words === undefined ? `value.${name}` : `${words}[value.${name}]`;
        return `    to.${kind}('${name}', ${at}${numbers[kind] === undefined ? `, ${size}` : ''}, ${value});`;
    });
    const parts = inner.map(({ name, at, flat, layout: of }) => `    to.record('${flat ? '' : `${name}.`}', ${at}, ${putOf(of)}, value${flat ? '' : `.${name}`});`);
    return `${table.placed ? '/** Puts it where it lies. */\nexport ' : ''}function ${putOf(layout)}(to: RecordWriter, value: ${table.type}): void {\n${[...lines, ...parts].join('\n')}\n}\n`;
}

/** @param {Layout} layout @returns {string} the function that makes its bytes */
function writer(layout) {
    const { table, bytes, item } = layout;
    const made = item === undefined ? `recordBytes(${bytes}, ${putOf(layout)}, value)` : `listBytes(${bytes}, ${putOf(layout)}, value, ${item.bytes}, ${putOf(item)}, value.${table.items?.name})`;
    return `/** Its bytes. Throws as RecordWriter. */
export function ${constantOf(layout).replace('Layout', 'Bytes')}(value: ${table.type}): Uint8Array {
    return ${made};
}
`;
}

/** @param {Layout[]} all @returns {string} */
export function recordModule(all) {
    const enums = all.flatMap(({ places }) => places.flatMap(({ words, type }) => (words === undefined ? [] : [`type ${type}`, words])));
    const named = [...new Set(enums)].sort((a, b) => (a.replace('type ', '') < b.replace('type ', '') ? -1 : 1));
    const parts = new Set(all.flatMap(({ item, inner }) => [item, ...inner.map(({ layout }) => layout)]));
    const sizes = all.filter(({ table }) => table.placed).map(({ table, bytes }) => `${table.type}: ${bytes}`);
    return `/** ${made('protocol', source)} */
// biome-ignore-all format: a field to a line
import { ${named.join(', ')} } from 'ocellus/command';
import { listBytes, type RecordWriter, recordBytes } from 'ocellus/record';

/** Bytes of those that are put among others. */
export const recordSizes = Object.freeze({ ${sizes.join(', ')} });

${all.map((layout) => typescript(layout, parts.has(layout))).join('\n')}`;
}
