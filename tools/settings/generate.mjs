// What follows from modules/config/settings-table.ts and cannot follow while the program runs: the options of the
// command line and the words of redaction in C, the tables of docs/design/cli.md (docs/adr/0033-settings-once.md). Fields
// of records that settings fill: tools/protocol.
//
//   node tools/settings/generate.mjs            writes the files that are not current
//   node tools/settings/generate.mjs --check    names them and ends with 1
//   … [--table FILE] [--out FOLDER]             another table, another root: for tests
import { parseArgs } from 'node:util';
import { loadSettings } from './fields.mjs';
import { hostOptions } from './host-options.mjs';
import { between, cell, current, finish, load, made, root, snake, wrap } from './made.mjs';

const source = 'modules/config/settings-table.ts';
const madeBy = made('settings', source);

/** @typedef {import('./fields.mjs').Row} Row */

/** @param {string} text @returns {string} without links and marks of Markdown */
const plain = (text) => text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');

/** @param {any} setting @returns {string} */
const meaningOf = ({ meaning, help }) => meaning ?? help ?? '';

/** @param {any} value @returns {string} a default, for people */
function shownDefault(value) {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return 'none';
    if (Array.isArray(value)) return value.map((one) => `\`${one}\``).join(', ');
    return typeof value === 'number' ? (value > 99_999 ? value.toLocaleString('en-US') : String(value)) : `\`${value}\``;
}

/** @param {any} setting @returns {string} for the command line */
function optionDefault({ default: value, shown, schema }) {
    if (shown !== undefined) return shown;
    return schema.kind === 'flag' ? (value ? '`on`' : '`off`') : shownDefault(value);
}

/** Options in order. @param {Row[]} rows */
function optionsOf(rows) {
    const own = (/** @type {boolean} */ first) =>
        hostOptions
            .filter((one) => (one.first ?? false) === first)
            .map(({ option, help, meaning, default: value }) => ({ option, help, meaning: meaning ?? help, default: value ?? 'none', quiet: false }));
    const settings = rows
        .filter(({ setting }) => setting.option !== undefined)
        .map(({ setting }) => {
            const max = setting.schema.items?.max;
            const help = `${setting.help}${max === undefined ? '' : '; may be repeated'}`;
            return {
                option: setting.option,
                help,
                meaning: help,
                default: optionDefault(setting),
                quiet: setting.shown !== undefined,
            };
        });
    return [...own(true), ...settings, ...own(false)];
}

/** @param {Row[]} rows @returns {string} */
function cliHeader(rows) {
    const options = optionsOf(rows);
    const entries = options.map(({ option }) => `    ${option.includes(' ') ? 'VALUE' : 'SWITCH'}("${option.split(' ')[0]}")`);
    const lines = options.flatMap(({ option, help, default: value, quiet }) => {
        const name = `  --${option}`;
        const text = wrap(quiet || value === 'none' ? help : `${help} (${plain(value)})`, 56);
        const first = name.length < 24 ? [`${name.padEnd(24)}${text.shift()}`] : [name];
        return [...first, ...text.map((line) => `${' '.repeat(24)}${line}`)];
    });
    const variables = rows.flatMap(({ setting }) => (setting.environment === undefined ? [] : [`    NAME("${setting.environment}")`]));
    return `/* ${madeBy} */
#ifndef OC_CLI_OPTIONS_H
#define OC_CLI_OPTIONS_H
/* clang-format off */

/* Options of \`ocellus run\`: VALUE(name) is followed by a value, SWITCH(name) is not. */
#define OC_CLI_OPTION_MAP(VALUE, SWITCH) \\
${entries.join(' \\\n')}

/* Variables of the environment that give settings. */
#define OC_CLI_VARIABLE_MAP(NAME) \\
${variables.join(' \\\n')}

/* Their part of --help. */
#define OC_CLI_OPTION_HELP \\
${lines.map((line) => `    "${line.replaceAll('"', '\\"')}\\n"`).join(' \\\n')}

#endif
`;
}

/** @param {any} redaction @returns {string} */
function redactHeader({ redactionWords }) {
    const lists = Object.entries(redactionWords).map(([name, words]) => {
        const lines = wrap(/** @type {string} */ (words).trim(), 80).map((line) => `    " ${line}"`);
        return `#define OC_REDACT_${snake(name).toUpperCase()} \\\n${lines.join(' \\\n').replace(/"$/, ' "')}\n`;
    });
    return `/* Made by tools/settings from modules/config/redact.ts: do not edit. */
#ifndef OC_REDACT_WORDS_H
#define OC_REDACT_WORDS_H
/* clang-format off */

/* Words in blanks. What each list is for stands in redact.ts. */
${lists.join('\n')}
#endif
`;
}

/** @param {Row[]} rows @returns {string[]} */
function optionTable(rows) {
    const lines = optionsOf(rows).map(({ option, meaning, default: value }) => `| \`--${cell(option)}\` | ${meaning} | ${value} |`);
    return ['| option | meaning | default |', '|---|---|---|', ...lines];
}

/** @param {string} text @returns {string} with a capital letter, unless it begins with a name */
const sentence = (text) => text.replace(/^[a-z](?=[a-z ])/, (letter) => letter.toUpperCase());

/** @param {Row[]} rows @returns {string[]} */
function keyList(rows) {
    return rows.flatMap(({ key, setting }) => {
        const variable = setting.environment === undefined ? '' : ` (variable \`${setting.environment}\`)`;
        const option = setting.option === undefined ? '' : ` (\`--${setting.option.split(' ')[0]}\`)`;
        const parts = [meaningOf(setting), `allowed: ${setting.allowed ?? setting.schema.allowed}`, `default: ${setting.shown ?? shownDefault(setting.default)}`];
        const restart = setting.restart ? ' In force after a restart.' : '';
        const [first = '', ...others] = wrap(`\`${key}\`${option || variable}: ${parts.map((part, index) => (index === 0 ? part : sentence(part))).join('. ')}.${restart}`, 118);
        return [`* ${first}`, ...others.map((line) => `  ${line}`)];
    });
}

/** @param {string} table @returns {Promise<Map<string, string>>} files and what they say */
async function generate(table) {
    const { settings, rows } = await loadSettings(table);
    const document = 'docs/design/cli.md';
    const put = (/** @type {string} */ text, /** @type {string} */ name, /** @type {string[]} */ lines) =>
        between(document, text, name, 'tools/settings', ['', ...lines, '']);
    const options = put(current(document), 'options', optionTable(settings));
    return new Map([
        ['hosts/posix/program/oc_cli_options.h', cliHeader(settings)],
        ['native/base/oc_redact_words.h', redactHeader(await load('modules/config/redact.ts'))],
        [document, put(options, 'keys', keyList(rows))],
    ]);
}

const { values } = parseArgs({
    options: { check: { type: 'boolean', default: false }, table: { type: 'string', default: source }, out: { type: 'string', default: root } },
});
process.exit(finish(await generate(values.table), { check: values.check, out: values.out, by: 'tools/settings' }));
