// modules/base/semver.ts, of the application and the tools, with the table of oc_semver.
import { readFileSync } from 'node:fs';
import test from 'ava';
import { compareVersions, isVersion } from 'ocellus/app/base/semver';

const table = readFileSync(new URL('../native/update/semver_vectors.h', import.meta.url), 'utf8');

/** @param {string} name of a list there */
function textsOf(name) {
    const [, list = ''] = new RegExp(`\\b${name}\\[\\] = \\{([^}]*)\\}`).exec(table) ?? [];
    return [...list.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text);
}

test('what is a version, and which one is newer, is the same in TypeScript and in C', (t) => {
    const [good, bad, order, same] = ['good', 'bad', 'order', 'same'].map(textsOf);
    t.deepEqual([good?.length, bad?.length, order?.length, same?.length], [13, 24, 22, 4]);
    for (const text of [...(good ?? []), ...(order ?? []), `1.0.0-a${'1'.repeat(57)}`]) t.true(isVersion(text), text);
    for (const text of [...(bad ?? []), `1.0.0-a${'1'.repeat(58)}`]) t.false(isVersion(text), text);
    for (const [i, a] of (order ?? []).entries()) {
        for (const [k, b] of (order ?? []).entries()) t.is(Math.sign(compareVersions(a, b)), Math.sign(i - k), `${a} and ${b}`);
    }
    for (let i = 0; i < 4; i += 2) t.is(compareVersions(same?.[i] ?? '', same?.[i + 1] ?? ''), 0, same?.[i] ?? '');
});
