// tools/checks/words.mjs fails on bad text and lets good text pass; its baseline only shrinks and follows a file that moves.
import test from 'ava';
import { allowedOf, compare, placesOf } from '../../tools/checks/words.mjs';

/** @param {string} file @param {string} text */
const found = (file, text) => placesOf(file, text).map(({ line, kind }) => `${line} ${kind}`);

const bad = [
    ['a phrase of the left column', 'docs/x.md', 'The viewer waits for a key picture.\n', ['1 words']],
    ['a phrase in an error message', 'hosts/x.c', 'f("watched by UDP");\n', ['1 words']],
    ['a phrase in a comment', 'native/x.h', '/* x\n * the ring has overtaken it */\n', ['2 words']],
    ['a name in C', 'native/x.c', 'int oc_http_desk_take(void);\n', ['1 words']],
    ['a name in TypeScript', 'modules/x.ts', 'const latenessUs = 1;\nconst askAgain = 2;\n', ['1 words', '2 words']],
    ['a sentence that begins a paragraph', 'docs/x.md', '# Title\n\nWhat cannot be sent is queued.\n', ['3 sentences']],
    ['a sentence inside a paragraph', 'README.md', 'It is small. Who comes late\nwaits.\n', ['1 sentences']],
    ['a list item', 'README.md', 'List:\n* Where it fails, it stops.\n', ['2 sentences']],
    ['a heading', 'README.md', '## What it does\n\nText.\n', ['1 sentences']],
    ['a cell', 'docs/x.md', '| a | What is it |\n', ['1 sentences']],
    ['a message', 'hosts/x.c', 'f("Whoever has it may watch this");\n', ['1 sentences']],
    ['a message in small letters', 'hosts/x.c', 'f("what cannot be sent is queued");\n', ['1 sentences']],
    ['a clause behind a semicolon of a message', 'modules/x.ts', "f('cut off; what follows is lost');\n", ['1 sentences']],
    ['that which', 'docs/x.md', 'That which is late waits.\n', ['1 sentences']],
    ['a cell in small letters', 'docs/x.md', '| a | b |\n|---|---|\n| x | what cannot be sent now |\n', ['3 sentences']],
    ['an item in small letters', 'docs/x.md', 'List:\n* what cannot be sent now\n', ['2 sentences']],
    ['a line that is too long', 'docs/x.md', `${'word '.repeat(30)}\n`, ['1 columns']],
    ['a row that is too long', 'docs/x.md', `| ${'word '.repeat(30)} |\n`, ['1 rows']],
];
for (const [name, file, text, places] of /** @type {[string, string, string, string[]][]} */ (bad)) {
    test(`fails: ${name}`, (t) => {
        t.deepEqual(found(file, text), places);
        t.true(compare({ [file]: text }, {}).problems.length > 0);
    });
}

const good = [
    ['a question', 'docs/x.md', '# Who may watch?\n\nAnybody.\n'],
    ['the word inside a sentence', 'docs/x.md', 'The log says what failed and who\nWhat is a word here.\n'.replace('\nWhat', ' what')],
    ['datagrams', 'docs/x.md', 'TURN over UDP, TCP and TLS.\n'],
    ['code in a document', 'docs/x.md', 'See `oc_http_desk_take`.\n\n```\nWhat a long line\n```\n'],
    ['words of comments that are no names', 'native/x.c', '/* The caller asks most of it. */\nint oc_ring_push(void);\n'],
    ['the heading of a table', 'docs/x.md', '| case | what is shown by it |\n|---|---|\n| x | y |\n'],
    ['a clause inside a message', 'hosts/x.c', 'f("the log says what failed");\n'],
    ['an address that cannot be broken', 'docs/x.md', `https://example.com/${'x'.repeat(120)}\n`],
];
for (const [name, file, text] of /** @type {[string, string, string][]} */ (good)) {
    test(`passes: ${name}`, (t) => t.deepEqual(found(file, text), []));
}

test('a file keeps its old places, gets no new one, and the baseline is never raised', (t) => {
    const one = 'int oc_a_desk;\n';
    const baseline = { 'native/a.c': { words: 2 } };
    t.deepEqual(compare({ 'native/a.c': one + one }, baseline), { problems: [], lower: baseline });
    const more = compare({ 'native/a.c': one + one + one, 'native/b.c': one }, baseline);
    t.true(more.problems.some((line) => line.includes('3 such places, 2 were there before')));
    t.true(more.problems.some((line) => line.startsWith('native/b.c:1:')));
    t.deepEqual(more.lower, baseline, 'neither raised nor added');
    t.deepEqual(compare({ 'native/a.c': one }, baseline).lower, { 'native/a.c': { words: 1 } });
    t.deepEqual(compare({ 'native/a.c': '' }, baseline).lower, {});
});

test('the baseline follows a file that was moved, not one that was copied', (t) => {
    const baseline = { 'hosts/posix/oc_a.c': { words: 1 } };
    t.deepEqual(allowedOf(baseline, 'hosts/posix/http/oc_a.c', () => false), { words: 1 });
    t.deepEqual(allowedOf(baseline, 'hosts/posix/http/oc_a.c', () => true), {});
});
