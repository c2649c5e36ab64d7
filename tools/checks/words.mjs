// Words of docs/glossary.md: its left column stands in no new text, sentences begin with their subject, and lines of documents
// have at most 120 columns. words.json holds the places that were there before, by file; its numbers only shrink.
//   node tools/checks/words.mjs                checks every file of the repository
//   node tools/checks/words.mjs --list FILE    prints each place of a file, those of words.json included
//   node tools/checks/words.mjs --write        lowers the numbers of words.json to those of today
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ line: number, kind: 'words' | 'rows' | 'sentences' | 'columns', text: string }} Place */
/** @typedef {Record<string, { words?: number, rows?: number }>} Baseline */

const columns = 120;
const store = 'tools/checks/words.json';

/** Phrases in documents, messages, texts of the page and comments, each with the term to use. @type {[RegExp, string][]} */
const phrases = [
    [/\bkey pictures?\b/gi, 'key frame'],
    [/\bmoving pictures?\b/gi, 'video'],
    [/\bwithout an end\b|\bendless (?:body|bodies|streams?|MP4)\b/gi, 'progressive stream'],
    [/\bby UDP\b|\bUDP transport\b/gi, 'WebRTC, or P2P transport'],
    [/\bdesks?\b/gi, 'broker, service or queue, or the name of the module'],
    [/\bovertak(?:en|es?|ing)\b/gi, 'overrun, or lagged'],
    [/\bnudge[sd]?\b/gi, 'early retransmit'],
    [/\bhopeless\b/gi, 'below the floor'],
    [/\blateness\b/gi, 'latency (capture to ring)'],
    [/\bbears\b/gi, 'available bandwidth'],
    [/\bwhat(?:ever)? waits\b/gi, 'backlog, or queued bytes'],
    [/\bof before\b/gi, 'previous, or existing'],
];

/** Words that no identifier contains, each with those to use. @type {Map<string, string>} */
const parts = new Map(
    Object.entries({
        desk: 'api, broker, service, queue',
        nudge: 'early_retransmit',
        overtaken: 'overrun, lagged',
        hopeless: 'below_floor',
        lateness: 'latency',
        trail: 'journal',
        shake: 'handshake',
        tell: 'notify, report, emit',
        told: 'notified, reported',
        hear: 'on, handle',
        heard: 'received, seen',
        say: 'report, log',
        said: 'reported, logged',
        ask: 'request',
        asked: 'requested, pending',
        question: 'request, query',
        wish: 'desired, config',
        wanted: 'desired, expected',
        most: 'max, peak',
    }),
);

const comments = /\/\*[\s\S]*?\*\/|(?<![:'"`\w])\/\/[^\n]*/g;
const strings = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
const relative = /^(?:What|Whatever|Who|Whoever|Whom|Whose|Where|Wherever|Which|Whichever|That which|Those who) (?!\?)/;
/** In messages also in small letters, and behind a full stop or a semicolon. */
const relativeInMessage = /(?:^|[.;] )(?:[Ww]hat|[Ww]hatever|[Ww]ho|[Ww]hoever|[Ww]hom|[Ww]hose|[Ww]here|[Ww]herever|[Ww]hich|[Ww]hichever|[Tt]hat which|[Tt]hose who) (?!\?)/;

/** @param {string} text @param {number} offset */
const lineAt = (text, offset) => text.slice(0, offset).split('\n').length;

/** @param {string} text with spaces in place of what `pattern` finds; lines stay @param {RegExp} pattern */
const blank = (text, pattern) => text.replace(pattern, (found) => found.replace(/[^\n]/g, ' '));

/** The words of an identifier. @param {string} name */
const wordsOf = (name) => name.split(/_|(?<=[a-z0-9])(?=[A-Z])/).map((word) => word.toLowerCase());

/** Sentences of a document that begin with a relative clause. @param {string} text without code @returns {Place[]} */
function sentencesOf(text) {
    /** @type {Place[]} */
    const places = [];
    const begin = /(?:^|\n)(?:\s*\n)?\s*(?:[*+-] |\d+[.)] |#+ |> )?|(?<=[.!?:])\)?\s+|\| /g;
    for (const match of text.matchAll(begin)) {
        const at = match.index + match[0].length;
        // a line inside a paragraph goes on with the sentence of the line above
        const before = text.slice(0, match.index).trimEnd();
        const continues = match[0].startsWith('\n') && !/\n\s*\n|[*+>#|-] $|\d[.)] $/.test(match[0]) && !/[.!?:|)]$/.test(before);
        const sentence = /^[\s\S]*?(?:[.?!](?=\s)|\n\s*\n|\||$)/.exec(text.slice(at, at + 600).replace(/^[*_[("“]+/, ''))?.[0] ?? '';
        // cells of rows below a heading, and items of lists, in small letters too
        const row = match[0] === '| ' && !/\n\|[ :|-]+$/.test(text.slice(at).split('\n', 2).join('\n'));
        const small = (row || /[*+-] $|\d[.)] $/.test(match[0])) && relative.test(sentence.charAt(0).toUpperCase() + sentence.slice(1)) && sentence.trim().split(/\s+/).length > 3;
        if (!continues && (small || relative.test(sentence)) && !sentence.trimEnd().endsWith('?')) {
            places.push({ line: lineAt(text, at), kind: 'sentences', text: `“${sentence.slice(0, 60).replace(/\s+/g, ' ')}…” begins with a relative clause: begin with the subject` });
        }
    }
    return places;
}

/** @param {string} text @returns {Place[]} */
function phrasesOf(text) {
    return phrases.flatMap(([pattern, use]) => [...text.matchAll(pattern)].map((match) => ({ line: lineAt(text, match.index), kind: /** @type {const} */ ('words'), text: `“${match[0]}”: ${use}` })));
}

/** @param {string} text @returns {Place[]} */
function documentPlaces(text) {
    const prose = blank(text, /^ *```[\s\S]*?^ *```/gm);
    const plain = blank(prose, /`[^`\n]*`|\]\([^)]*\)/g);
    /** @type {Place[]} */
    const wide = text.split('\n').flatMap((line, index) => {
        const kind = /^\s*\|/.test(line) ? /** @type {const} */ ('rows') : /** @type {const} */ ('columns');
        // a line that is one address cannot be broken, nor one that a program printed
        return [...line].length > columns && /\S\s+\S/.test(line.trim()) && !/^ocellus: /.test(line) ? [{ line: index + 1, kind, text: `${[...line].length} columns, at most ${columns}` }] : [];
    });
    return [...phrasesOf(plain), ...sentencesOf(plain), ...wide];
}

/** @param {string} text @returns {Place[]} */
function codePlaces(text) {
    const code = blank(blank(text, comments), strings);
    /** @type {Place[]} */
    const names = [...code.matchAll(/[A-Za-z_$][\w$]*/g)].flatMap((match) => {
        const bad = wordsOf(match[0]).find((word) => parts.has(word));
        return bad === undefined ? [] : [{ line: lineAt(text, match.index), kind: /** @type {const} */ ('words'), text: `${match[0]}: ${parts.get(bad)}` }];
    });
    /** @type {Place[]} */
    const messages = [...blank(text, comments).matchAll(strings)].flatMap((match) => {
        const message = match[0].slice(1, -1);
        const at = relativeInMessage.exec(message)?.index ?? -1;
        return at >= 0 && / .* /.test(message.slice(at)) && !/\?$/.test(message)
            ? [{ line: lineAt(text, match.index), kind: /** @type {const} */ ('sentences'), text: `“${message.slice(at, at + 60)}” begins with a relative clause: begin with the subject` }]
            : [];
    });
    return [...names, ...phrasesOf(text), ...messages];
}

/** Every place of a file that the glossary does not allow. @param {string} file @param {string} text @returns {Place[]} */
export function placesOf(file, text) {
    if (/\.md$/.test(file)) {
        return documentPlaces(text);
    }
    const places = codePlaces(text);
    return file.startsWith('tests/') ? places.filter(({ kind }) => kind === 'words') : places;
}

/** What is compared: documents and sources of ours. @param {string} file */
const covered = (file) =>
    (/\.md$/.test(file) || (/^(native|hosts|modules|viewer|tools|scripts|bench|examples|tests|types|packaging)\//.test(file) && /\.(c|h|ts|mjs|html)$/.test(file))) &&
    !/^CHANGELOG\.md$|^docs\/glossary\.md$|^tools\/checks\/words\.mjs$|^tests\/scripts\/words\.test\.mjs$|\/node_modules\//.test(file);

/** The numbers of a file, also after it moved: its base name is known and its old path is gone.
 * @param {Baseline} baseline @param {string} file @param {(file: string) => boolean} exists */
export function allowedOf(baseline, file, exists) {
    const moved = Object.keys(baseline).filter((old) => path.basename(old) === path.basename(file) && !exists(old));
    return baseline[file] ?? (moved.length === 1 ? baseline[moved[0] ?? ''] : undefined) ?? {};
}

/** @param {Record<string, string>} texts of all files @param {Baseline} baseline @returns {{ problems: string[], lower: Baseline }} */
export function compare(texts, baseline) {
    /** @type {string[]} */
    const problems = [];
    /** @type {Baseline} */
    const lower = {};
    for (const [file, text] of Object.entries(texts)) {
        const places = placesOf(file, text);
        const allowed = allowedOf(baseline, file, (name) => name in texts);
        for (const kind of /** @type {const} */ (['words', 'rows'])) {
            const found = places.filter((place) => place.kind === kind);
            const most = allowed[kind] ?? 0;
            if (found.length > most) {
                problems.push(...found.slice(0, most === 0 ? undefined : 3).map((place) => `${file}:${place.line}: ${place.text}`));
                if (most > 0) {
                    problems.push(`${file}: ${found.length} such places, ${most} were there before: node tools/checks/words.mjs --list ${file}`);
                }
            }
            const least = Math.min(found.length, most);
            if (least > 0) {
                lower[file] = { ...lower[file], [kind]: least };
            }
        }
        problems.push(...places.filter(({ kind }) => kind === 'sentences' || kind === 'columns').map((place) => `${file}:${place.line}: ${place.text}`));
    }
    return { problems, lower };
}

/** @param {string} name @returns {Baseline} */
const read = (name) => (existsSync(name) ? JSON.parse(readFileSync(name, 'utf8')) : {});

function main() {
    const [option, file] = process.argv.slice(2);
    if (option === '--list' && file !== undefined) {
        for (const place of placesOf(file, readFileSync(file, 'utf8'))) console.log(`${file}:${place.line}: ${place.text}`);
        return 0;
    }
    const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' }).split('\n');
    const texts = Object.fromEntries(files.filter((name) => covered(name) && existsSync(name)).map((name) => [name, readFileSync(name, 'utf8')]));
    const { problems, lower } = compare(texts, read(store));
    if (option === '--write') {
        const sorted = Object.fromEntries(Object.entries(lower).sort(([a], [b]) => (a < b ? -1 : 1)));
        writeFileSync(store, `${JSON.stringify(sorted, null, 1).replace(/\{\n {2}/g, '{ ').replace(/,\n {2}/g, ', ').replace(/\n \}/g, ' }')}\n`);
    }
    for (const problem of problems) console.error(problem);
    const old = Object.values(lower).reduce((sum, { words = 0, rows = 0 }) => sum + words + rows, 0);
    console.log(`words: ${Object.keys(texts).length} files, ${problems.length} problems, ${old} old places in ${Object.keys(lower).length} files`);
    return problems.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    process.exitCode = main();
}
