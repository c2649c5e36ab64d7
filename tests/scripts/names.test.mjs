// Text from outside as a key: what the check finds, and what it lets pass.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';

const compilerOptions = { target: 'ES2022', lib: ['ES2022'], module: 'ES2022', moduleDetection: 'force', types: [], strict: true, noEmit: true };
const parameters = 'text: string, any: any, list: string[], map: Map<string, number>, table: { [key: string]: number }, word: "a" | "b", number: number, w: W, t: T';

/** Each is the body of a function, and the key that is found in it. */
const bad = [
    ['return table[text];', 'text'],
    ['table[text] = 1;', 'text'],
    ['return Object.hasOwn(table, text) ? table.x : 0;', 'text'],
    ['return text in table;', 'text'],
    ['return { [text]: 1 };', 'text'],
    ['const { [text]: one } = table; return one;', 'text'],
    ['return Reflect.get(table, text);', 'text'],
    ['return table[any.query.action];', 'any.query.action'],
    [`return table[text.split('.')[0] ?? ''];`, `text.split('.')[0] ?? ''`],
    ['return table[text + number];', 'text + number'],
    ['return table[t];', 't'],
    ['return list.map((key) => table[key]);', 'key'],
    ['for (const [key] of map) table[key] = 1;', 'key'],
    ['return Object.fromEntries(map);', 'map'],
    ['return Object.fromEntries(list.map((one) => [one, 1]));', 'list.map((one) => [one, 1])'],
    ['return Object.entries(table).map(([, value]) => table[text]);', 'text'],
    ['return Object.keys(table).map((key) => list.map((key) => table[key]));', 'key'],
    ['return Object.entries(any as { x: string }).map(([, key]) => table[key]);', 'key'],
];

const good = [
    'return [table.x, table["x"], table[word], list[0], list[number], list[list.length - 1]];',
    'return table[w];',
    'return map.get(text);',
    'return { [Symbol.iterator]: 1 };',
    'return Object.keys(table).map((key) => table[key]);',
    'for (const [key, value] of Object.entries(table)) table[key] = value + 1;',
    'const all = Object.entries(table); return all.filter(([key]) => key !== text).map(([key]) => table[key]);',
    'const made = Object.entries(table).map(([key]): [string, number] => [key, 1]); return Object.fromEntries(made);',
    `return Object.fromEntries([['a', 1]] as ['a', number][]);`,
    '// a name: of a list of our own\nreturn table[text];',
    'return table[text]; // a name: of a list of our own',
];

/** @param {import('ava').ExecutionContext} t @param {readonly string[]} bodies @returns {{ status: number | null, found: string[] }} */
function check(t, bodies) {
    const folder = mkdtempSync(path.join(tmpdir(), 'names-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    mkdirSync(path.join(folder, 'modules'));
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['modules'] }));
    for (const [index, body] of bodies.entries()) {
        const text = `export function f<W extends 'a' | 'b', T extends string>(${parameters}): unknown {\n${body}\n}\n`;
        writeFileSync(path.join(folder, 'modules', `${index}.ts`), text);
    }
    const { status, stderr } = spawnSync(process.execPath, ['tools/checks/names.mjs', path.join(folder, 'tsconfig.json')], { encoding: 'utf8' });
    return { status, found: stderr.split('\n').filter((line) => line !== '').map((line) => line.replace(/ may be any text.*/, '')) };
}

test('text that may come from outside is no key', (t) => {
    const { status, found } = check(t, bad.map(([body = '']) => body));
    t.deepEqual([...found].sort(), bad.map(([, key], index) => `modules/${index}.ts:2: ${key}`).sort());
    t.is(status, 1);
});

test('words of our own, numbers, symbols, names that there are already, and what says why it is one', (t) => {
    t.deepEqual(check(t, good), { status: 0, found: [] });
});

test('a check that sees no file fails', (t) => {
    t.is(check(t, []).status, 1);
});
