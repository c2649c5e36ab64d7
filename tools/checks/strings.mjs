// Words of the page: every language has the same texts with the same values, each is used, and no word stands elsewhere.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'acorn';
import { transformWithOxc } from 'vite';

const source = 'viewer/src';
const catalogues = ['en.ts', 'zh-cn.ts'].map((name) => path.join(source, 'text', name));
/** @type {string[]} */
const problems = [];

/** A node and every node below it. @param {any} node @param {(node: any) => void} visit */
function full(node, visit) {
    visit(node);
    for (const child of Object.values(node).flat()) {
        if (typeof child?.type === 'string') {
            full(child, visit);
        }
    }
}

/** @param {string} file @returns {Promise<import('acorn').Program>} */
async function programOf(file) {
    const { code } = await transformWithOxc(readFileSync(file, 'utf8'), file, { sourcemap: false });
    return parse(code, { ecmaVersion: 2024, sourceType: 'module' });
}

/** @param {import('acorn').Program} program @returns {Map<string, string>} the texts of a catalogue, by name */
function textsOf(program) {
    const texts = new Map();
    full(program, (node) => {
        const { type, key, value } = node;
        if (type === 'Property' && value.type === 'Literal') {
            texts.set(key.name ?? key.value, value.value);
        }
    });
    return texts;
}

/** @param {string} text */
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join(' ');

const [english, ...others] = await Promise.all(catalogues.map(async (file) => ({ file, texts: textsOf(await programOf(file)) })));
for (const { file, texts } of others) {
    for (const [key, text] of english.texts) {
        const other = texts.get(key);
        if (other === undefined || other === '') {
            problems.push(`${file}: "${key}" is missing`);
        } else if (holes(other) !== holes(text)) {
            problems.push(`${file}: "${key}" has the values {${holes(other)}}, in English {${holes(text)}}`);
        }
    }
    for (const key of texts.keys()) {
        if (!english.texts.has(key)) {
            problems.push(`${file}: "${key}" is not in English`);
        }
    }
}

// Words in the static pages are the English ones of the catalogue.
for (const [, key, text] of readFileSync('viewer/login.html', 'utf8').matchAll(/data-text="(\w+)"[^>]*>([^<]*)</g)) {
    if (english.texts.get(`page.${key}`) !== text) {
        problems.push(`viewer/login.html: "${text}" is not the text "page.${key}"`);
    }
}

/** What is a word for people: letters of another script, two words, or one that begins like a sentence. @param {string} text */
const isWord = (text) => /[^ -~\s]/.test(text.replace(/[·×–→↓…]/g, '')) || /[a-z]{2,} [a-z]{2,}/i.test(text) || /^[A-Z][a-z]{2,}[.!?…]?$/.test(text);
/** Names of the language and the platform, of codecs, and labels of keys. */
const known = new Set(['ocellus cloud key id 1\n', 'ocellus cloud wrap 1', 'ocellus cloud mac key 1', 'ocellus cloud object 1\n', 'ocellus cloud index 1\n', 'Range', 'Content', 'Delete', 'Escape', 'Enter', 'Space', 'Motion JPEG', 'Opus', 'H.265 (HEVC)', 'G.711 A-law', 'G.711 µ-law', '简体中文']);

let checked = 0;
const used = new Set();
// The element for other sites has a catalogue of its own, whose type holds its languages together, and its style sheet.
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ts$/.test(name) && !/\.d\.ts$|^text\/|^embed\/(words|player-style)\.ts$/.test(name));
for (const name of files) {
    const file = path.join(source, name);
    const program = await programOf(file);
    /** Messages for programmers, which nobody sees on the page. @type {Set<unknown>} */
    const inside = new Set();
    full(program, (node) => {
        const { type, callee } = node;
        if (type === 'NewExpression' && /Error$/.test(callee.name ?? '')) {
            full(node, (child) => void inside.add(child));
        }
    });
    full(program, (node) => {
        const { type, value } = node;
        const text = type === 'TemplateElement' ? value.cooked : type === 'Literal' && typeof value === 'string' ? value : undefined;
        if (text === undefined) {
            return;
        }
        checked++;
        used.add(text);
        const codecs = /^(?:video|audio)\/mp4; codecs=|^application\//.test(text);
        if (isWord(text) && !known.has(text) && !inside.has(node) && !codecs && !/^[a-z-]+( [a-z-]+)*$/.test(text)) {
            problems.push(`${file}: "${text}" belongs into the catalogue`);
        }
    });
}
// The table of settings names the texts of its fields.
const table = readFileSync('modules/config/settings-table.ts', 'utf8');
for (const file of ['modules/config/settings-table.ts', 'modules/config/cloud-settings.ts']) {
    for (const [, key] of readFileSync(file, 'utf8').matchAll(/\b((?:set|hint)\.\w+)/g)) {
        used.add(key);
        if (!english.texts.has(key)) {
            problems.push(`${file}: no text "${key}"`);
        }
    }
}
for (const [, title] of /pageGroups = \[([\s\S]*?)\]/.exec(table)?.[1]?.matchAll(/'(\w+)'/g) ?? []) {
    used.add(`settings.${title}`);
}
const groups = new Set([...files.flatMap((name) => [...readFileSync(path.join(source, name), 'utf8').matchAll(/word\('(\w+)'/g)].map(([, group]) => group)), 'input']);
for (const key of english.texts.keys()) {
    const [group, rest] = key.split('.');
    if (!used.has(key) && !(rest !== undefined && groups.has(group)) && key !== 'nameOfLanguage') {
        problems.push(`${english.file}: "${key}" is not used`);
    }
}

// Every kind that the application raises by its name has a text; those of the program come from the same table as their texts.
let kinds = 0;
for (const name of readdirSync('modules', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))) {
    for (const [, kind] of readFileSync(path.join('modules', name), 'utf8').matchAll(/\.raise\(\{\s*kind: '([a-z-]+)'/g)) {
        kinds++;
        if (!english.texts.has(`event.${kind}`)) {
            problems.push(`modules/${name}: no text "event.${kind}"`);
        }
    }
}
if (kinds < 2) {
    problems.push(`only ${kinds} kinds of events were found`);
}

for (const problem of problems) console.error(problem);
console.log(`strings: ${english.texts.size} texts in ${catalogues.length} languages, ${checked} literals, ${kinds} kinds of events, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
