// Addresses without their secrets: the rule of the script gives what the rule of the host gives (redact_test.c).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { load } from './load.mjs';

const { redactUrl } = await load('../../modules/config/redact.ts');
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
