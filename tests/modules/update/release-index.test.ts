import { compareVersions, isVersion } from 'ocellus/app/base/semver';
import { checkFresh, indexBytesMax, IndexError, openIndex } from 'ocellus/app/update/release-index';
import { indexJson, Publisher, releaseJson } from 'ocellus/test/update/made-index';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const publisher = new Publisher();
const stranger = new Publisher();
const good = indexJson(7, [releaseJson('1.2.3', { rollout: { percent: 12.5, groups: { beta: 100 }, paused: true } })]);

function refused(text: string, message: RegExp, points = [publisher.point]): void {
    const error = assertThrows(() => openIndex(text, points), { type: IndexError, message });
    assert(!error.message.includes('\n'), error.message);
}

test('a signed index is read', () => {
    const index = openIndex(publisher.sign(good), [stranger.point, publisher.point]);
    assertEqual([index.version, index.name, index.expiresMs], [7, 'camera', Date.UTC(2026, 11, 1)]);
    const [release] = index.releases;
    assertEqual(
        [release?.version, release?.percent, release?.groups, release?.paused, release?.recalled],
        ['1.2.3', 12.5, new Map([['beta', 100]]), true, false],
    );
});

test('arbitrary software: an index of a stranger, or without a signature, is refused', () => {
    refused(stranger.sign(good), /not signed by a key that this device trusts/);
    refused(publisher.sign(good), /not signed/, []);
    const envelope = JSON.parse(publisher.sign(good)) as { payload: string; signatures: unknown };
    refused(JSON.stringify({ ...envelope, signatures: [] }), /not signed/);
    const other = JSON.parse(publisher.sign(indexJson(8))) as { signatures: unknown };
    refused(JSON.stringify({ ...envelope, signatures: other.signatures }), /not signed/);
});

test('a signature over another kind of payload is none over an index', () => {
    refused(publisher.sign(good, 'application/json'), /payloadType/);
    const envelope = JSON.parse(publisher.sign(good, 'application/json')) as object;
    refused(JSON.stringify({ ...envelope, payloadType: 'application/vnd.ocellus.index+json' }), /not signed/);
});

test('captive portal: a page instead of the index says so; other texts are one line', () => {
    refused('<!DOCTYPE html><html><body>Log in</body></html>', /is a web page: does this network want a login/);
    refused('\n <html>', /is a web page/);
    refused('', /not JSON/);
    refused('[]', /not JSON of this kind/);
    refused(publisher.sign(good).slice(0, -20), /not JSON/);
    refused(' '.repeat(indexBytesMax + 1), /longer than 65536 bytes/);
});

test('what is signed is checked all the same', () => {
    const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
        [indexJson(0), /version/],
        [indexJson(1.5), /version/],
        [indexJson(1, [], { expires: 'soon' }), /expires/],
        [indexJson(1, [], { expires: '2026-99-01T00:00:00Z' }), /expires/],
        [indexJson(1, [], { name: '../camera' }), /name/],
        [indexJson(1, [], { releases: {} }), /releases/],
        [
            indexJson(
                1,
                Array.from({ length: 65 }, () => releaseJson('1.0.0')),
            ),
            /releases/,
        ],
        [indexJson(1, [releaseJson('1.0')]), /version of a release/],
        [indexJson(1, [releaseJson('1.0.0', { bundle: '../b.ocb' })]), /bundle/],
        [indexJson(1, [releaseJson('1.0.0', { bundle: 'https://evil.example/b.ocb' })]), /bundle/],
        [indexJson(1, [releaseJson('1.0.0', { bytes: 4_194_305 })]), /bytes/],
        [indexJson(1, [releaseJson('1.0.0', { sha256: 'AA'.repeat(32) })]), /sha256/],
        [indexJson(1, [releaseJson('1.0.0', { rollout: { percent: 101 } })]), /percent/],
        [indexJson(1, [releaseJson('1.0.0', { rollout: { percent: 1, groups: { 'a b': 1 } } })]), /groups/],
        [indexJson(1, [releaseJson('1.0.0', { engines: ['v8'] })]), /engines/],
        [indexJson(1, [releaseJson('1.0.0', { recalled: 'no' })]), /recalled/],
        [indexJson(1, [], { revoked: [{ keys: ['x'], bundle: 'k.ocb', bytes: 1, sha256: '00'.repeat(32) }] }), /keys/],
    ];
    for (const [payload, message] of cases) {
        refused(publisher.sign(payload), message);
    }
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`own-name-${index}`, 1]));
    refused(publisher.sign(indexJson(1, [], many)), /not JSON of this kind/);
});

test('roll-back, freeze, other application: version, expiry and name', () => {
    const index = openIndex(publisher.sign(good), [publisher.point]);
    const now = Date.UTC(2026, 10, 23);
    checkFresh(index, { name: 'camera', seen: 7, nowMs: now });
    checkFresh(index, { name: 'camera', seen: 0, nowMs: undefined });
    const fails = (given: Partial<Parameters<typeof checkFresh>[1]>, message: RegExp): void => {
        assertThrows(() => checkFresh(index, { name: 'camera', seen: 0, nowMs: now, ...given }), {
            type: IndexError,
            message,
        });
    };
    fails({ seen: 8 }, /version 7, this device has seen 8: it was put back/);
    fails({ nowMs: Date.UTC(2026, 11, 1) }, /expired at 2026-12-01T00:00:00\.000Z/);
    fails({ name: 'door' }, /of the application camera, this is door/);
});

test('damaged texts are refused or read, never more: 3,000 of them', () => {
    const text = publisher.sign(good);
    let seed = 1;
    const random = (below: number): number => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return (seed >>> 8) % below;
    };
    const snippets = [
        '"',
        '{',
        '[',
        '\\',
        ',',
        ':',
        'null',
        '1e999',
        '-',
        '\u0000',
        '}',
        ']',
        '"payload":',
        '\\u0000',
        '𝄞',
    ];
    let read = 0;
    for (let count = 0; count < 3000; count++) {
        let damaged = text;
        for (let change = random(4); change >= 0; change--) {
            const at = random(damaged.length);
            const cut = random(3) === 0 ? random(40) : 0;
            damaged = damaged.slice(0, at) + (snippets[random(snippets.length)] ?? '') + damaged.slice(at + cut);
        }
        try {
            openIndex(damaged, [publisher.point]);
            read++;
        } catch (error) {
            assert(error instanceof IndexError, `${String(error)} of ${damaged}`);
        }
    }
    assert(read < 300, `${read} damaged ones were taken`);
});

test('signed payloads of any shape are refused or read, never more: 500 of them', () => {
    const values = [
        null,
        true,
        0,
        -1,
        Infinity,
        '',
        'x'.repeat(300),
        [],
        {},
        [[[]]],
        { payload: {} },
        '1.0.0',
        '0.0.0',
    ];
    let seed = 7;
    const random = (below: number): number => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return (seed >>> 8) % below;
    };
    for (let count = 0; count < 500; count++) {
        const release = releaseJson('1.2.3');
        const index = indexJson(1, [release]);
        const target = random(2) === 0 ? release : index;
        const names = Object.keys(target);
        target[names[random(names.length)] ?? ''] = values[random(values.length)];
        try {
            openIndex(publisher.sign(index), [publisher.point]);
        } catch (error) {
            assert(error instanceof IndexError, `${String(error)} of ${JSON.stringify(index)}`);
        }
    }
});

// all of it: tests/update/semver.test.mjs, with the table of oc_semver
test('the engine compares versions', () => {
    const order = [
        '1.0.0-alpha',
        '1.0.0-alpha.1',
        '1.0.0-beta.2',
        '1.0.0-beta.11',
        '1.0.0',
        '1.10.0',
        '99999999999999999999.0.0',
    ];
    for (const [at, one] of order.entries()) {
        assert(isVersion(one) && !isVersion(`v${one}`) && !isVersion(`${one}+`), one);
        assert(at === 0 || compareVersions(order[at - 1] ?? '', one) < 0, one);
    }
});
