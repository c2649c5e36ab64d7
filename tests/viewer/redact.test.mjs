// Addresses without their secrets: the rule of the script gives what the rule of the host gives (redact_test.c).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { load } from './load.mjs';

const { redactUrl } = await load('../../modules/config/redact.ts');
const cli = readFileSync(path.join(root, 'docs/design/cli.md'), 'utf8');
const vectors = readFileSync(path.join(root, 'tests/corpora/redact/vectors.tsv'), 'utf8').trimEnd().split('\n');

test('each address of the vectors is shown as they say, and again as itself', (t) => {
    t.true(vectors.length > 200);
    for (const line of vectors) {
        const [address = '', shown = ''] = line.split('\t');
        t.is(redactUrl(address), shown, address);
        t.is(redactUrl(shown), shown, `${address}, shown twice`);
        t.false(/hunter2/.test(shown), shown);
    }
});

test('options of ours that are words are shown as they are, each value that the documents name', (t) => {
    const table = cli.slice(cli.indexOf('| option | for |')).split('\n\n')[0] ?? '';
    const options = [...table.matchAll(/`(\w+)=([a-z0-9]+(?:\\\|[a-z0-9]+)*)`/g)].flatMap(([, key, values = '']) => values.split('\\|').map((value) => `${key}=${value}`));
    t.true(options.length > 15, options.join(' '));
    for (const option of options) {
        const address = `rtsp://10.0.0.7/live#${option}`;
        t.is(redactUrl(address), address);
    }
});
