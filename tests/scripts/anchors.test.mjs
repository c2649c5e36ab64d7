// The check of links to headings finds what GitHub does not show, and nothing else.
import test from 'ava';
import { anchorsOf, brokenAnchors, slugOf } from '../../tools/checks/anchors.mjs';

test('headings get the names that GitHub gives them', (t) => {
    const cases = /** @type {[string, string][]} */ ([
        ['Live view', 'live-view'],
        ['`--record off`: no files', '--record-off-no-files'],
        ['Inputs (RTSP, HTTP)', 'inputs-rtsp-http'],
        ['[Links](x.md) and **bold**', 'links-and-bold'],
        ['A – B / C', 'a--b--c'],
        ['snake_case & Ünïcode', 'snake_case--ünïcode'],
        ['中文 标题', '中文-标题'],
        ['3. What is not covered?', '3-what-is-not-covered'],
    ]);
    for (const [heading, slug] of cases) {
        t.is(slugOf(heading), slug);
    }
});

test('headings that repeat get a number, those in code are none', (t) => {
    const text = '# One\n## Same\n### Same ##\n```sh\n# not a heading\n```\nUnder\n-----\n<a id="own"></a>\n## Same\n';
    t.deepEqual([...anchorsOf(text)].sort(), ['one', 'own', 'same', 'same-1', 'same-2', 'under']);
});

test('a link to a heading that is not there is found', (t) => {
    const documents = {
        'docs/a.md': '# Top\n[here](#top) [gone](#gone) [b](b.md#there) [b](b.md#lost) [web](https://x.y/#z) [code](../x.c#L3)\n`[no](#code)`\n',
        'docs/b.md': '## There\n[up](a.md#top)\n[ref]: a.md#nowhere\n',
    };
    const found = brokenAnchors(documents);
    t.deepEqual(found.map((line) => line.split(':').slice(0, 2).join(':')), ['docs/a.md: link to #gone', 'docs/a.md: link to b.md#lost', 'docs/b.md: link to a.md#nowhere']);
});
