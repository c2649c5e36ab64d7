// From protocol/errors.ts: the enum and its texts in C, names, numbers, texts and statuses in TypeScript, docs/design/errors.md.
import { made, packed } from '../settings/made.mjs';

/** @typedef {[name: string, row: import('../../protocol/errors.ts').ErrorEntry]} Row */

const source = 'protocol/errors.ts';

/** @param {readonly Row[]} rows @returns {string[]} */
export function errorMap(rows) {
    const entries = rows.map(([name, { number, text }]) => `    X(${name}, ${number}, "${text}")`);
    return ['/* clang-format off */', '/* Name, number, text. Numbers and names are stable: OcellusError.code is the name. */', '#define OC_ERR_MAP(X) \\', ...entries.join(' \\\n').split('\n'), '/* clang-format on */'];
}

/** @param {string} text @param {string} type @param {string} name @param {readonly string[]} lines */
const frozen = (text, type, name, lines) => [`/** ${text} */`, '// biome-ignore format: several words to a line', `export const ${name}${type} = Object.freeze({`, ...packed(lines.map((line) => `${line},`))];

/** @param {readonly Row[]} rows @returns {string[]} */
export function errorConstants(rows) {
    const all = ': Readonly<Record<ErrorCode, number>>';
    return [
        ...frozen('Name and number of each error; both are stable.', '', 'errorNumbers', rows.map(([name, { number }]) => `${name}: ${number}`)),
        '} as const);',
        '',
        '/** What went wrong, as a stable word. */',
        'export type ErrorCode = keyof typeof errorNumbers;',
        '',
        ...frozen('Status of an answer over HTTP that says so.', all, 'errorStatus', rows.map(([name, { status }]) => `${name}: ${status}`)),
        '});',
        '',
        'const texts: Readonly<Record<ErrorCode, string>> = Object.freeze({',
        ...rows.map(([name, { text }]) => `    ${name}: '${text}',`),
        '});',
    ];
}

/** @param {readonly Row[]} rows @returns {string} */
export function errorPage(rows) {
    const lines = rows.map(([name, { number, status, text }]) => `| \`${name}\` | ${number} | ${text} | ${status} |`);
    return `<!-- ${made('protocol', source)} -->
# Errors

\`OcellusError.code\` in applications, \`error.code\` of answers over HTTP, \`code\` of events and replies by its number. A reply
may bring a line that says more; without one the text is shown.

| name | number | text | HTTP |
|---|---|---|---|
${lines.join('\n')}
`;
}
