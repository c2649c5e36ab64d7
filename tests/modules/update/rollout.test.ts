import { openIndex } from 'ocellus/app/update/release-index';
import { bucketOf, chooseRelease, chooseRevocation, isReached } from 'ocellus/app/update/rollout';
import type { Device, ReleaseIndex } from 'ocellus/app/update/types';
import { indexJson, Publisher, releaseJson } from 'ocellus/test/update/made-index';
import { assert, assertEqual, test } from 'ocellus/test/harness';

const publisher = new Publisher();

/** A turn of the loop: a callback that computes for long is stopped. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function indexOf(releases: readonly Record<string, unknown>[], more: Record<string, unknown> = {}): ReleaseIndex {
    return openIndex(publisher.sign(indexJson(1, releases, more)), [publisher.point]);
}

function deviceOf(more: Partial<Device> = {}): Device {
    const facts = { name: 'camera', version: '1.0.0', host: '0.1.0', apiLevel: 1, engine: 'xs-13.3', counter: 0 };
    return { ...facts, id: 'one', channel: 'stable', group: '', refused: new Set(), ...more };
}

function chosen(releases: readonly Record<string, unknown>[], more: Partial<Device> = {}): string | undefined {
    return chooseRelease(indexOf(releases), deviceOf(more))?.version;
}

const part = (percent: number, more: Record<string, unknown> = {}) => ({ rollout: { percent, groups: {}, ...more } });

test('the newest release of the channel, by version, not by place', () => {
    const releases = [
        releaseJson('1.10.0'),
        releaseJson('1.9.0'),
        releaseJson('2.0.0', { channel: 'beta' }),
        releaseJson('1.11.0-rc.1', { recalled: true }),
        releaseJson('1.12.0', part(100, { paused: true })),
    ];
    assertEqual(chosen(releases), '1.10.0');
    assertEqual(chosen(releases, { channel: 'beta' }), '2.0.0');
    assertEqual(chosen(releases, { version: '1.10.0' }), undefined);
    assertEqual(chosen(releases, { version: '1.10.0+built.2' }), undefined);
    assertEqual(chosen(releases, { version: '3.0.0' }), undefined);
});

test('what this device cannot run or may not go back to is not taken', () => {
    assertEqual(chosen([releaseJson('1.1.0', { engines: ['xs-17.7'] })]), undefined);
    assertEqual(chosen([releaseJson('1.1.0', { apiLevel: 2 })]), undefined);
    assertEqual(chosen([releaseJson('1.1.0', { host: '0.2.0' })]), undefined);
    assertEqual(chosen([releaseJson('1.1.0', { counter: 3 })], { counter: 4 }), undefined);
    assertEqual(chosen([releaseJson('1.1.0', { counter: 4 })], { counter: 4 }), '1.1.0');
    assertEqual(chosen([releaseJson('1.1.0')], { refused: new Set(['00'.repeat(32)]) }), undefined);
});

test('a recalled release is left, also for an older one; other devices stay', () => {
    const releases = [releaseJson('1.0.0'), releaseJson('1.1.0', { recalled: true })];
    assertEqual(chosen(releases, { version: '1.1.0' }), '1.0.0');
    assertEqual(chosen(releases, { version: '1.0.0' }), undefined);
    assertEqual(chosen(releases, { version: '1.0.5' }), undefined);
    assertEqual(chosen([...releases, releaseJson('1.2.0')], { version: '1.1.0' }), '1.2.0');
});

test('a place in the roll-out is stable, and another one for each version', () => {
    assertEqual(bucketOf('one', '1.2.3'), bucketOf('one', '1.2.3'));
    const places = new Set(Array.from({ length: 50 }, (_, index) => bucketOf('one', `1.0.${index}`)));
    assert(places.size > 40, `${places.size} places of 50`);
    // by another program: printf 'device\0001.2.3' | sha256sum
    assertEqual(bucketOf('device', '1.2.3'), 0xec67aa0f % 10_000);
});

test('10,000 devices: as many as the percentage says, and more percent takes nobody out', async () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `device-${index}`);
    let before = new Set<string>();
    for (const percent of [0, 0.5, 1, 5, 10, 25, 50, 75, 99, 100]) {
        await turn();
        const [release] = indexOf([releaseJson('1.2.3', part(percent))]).releases;
        assert(release);
        const now = new Set(ids.filter((id) => isReached(release, { id, group: '' })));
        const expected = percent * 100;
        const sigma = Math.sqrt((expected * (100 - percent)) / 100);
        assert(Math.abs(now.size - expected) <= 4 * sigma, `${percent} %: ${now.size} devices`);
        assert(
            [...before].every((id) => now.has(id)),
            `${percent} %: some were taken out`,
        );
        before = now;
    }
});

test('a group has its own percentage', () => {
    const releases = [releaseJson('1.2.3', part(0, { groups: { beta: 100, constructor: 0 } }))];
    assertEqual(chosen(releases), undefined);
    assertEqual(chosen(releases, { group: 'beta' }), '1.2.3');
    assertEqual(chosen(releases, { group: 'constructor' }), undefined);
    assertEqual(chosen([releaseJson('1.2.3', part(100))], { group: 'toString' }), '1.2.3');
});

test('a revocation is fetched while its key is trusted', () => {
    const revocation = { keys: ['0123456789abcdef'], bundle: 'keys.ocb', bytes: 218, sha256: '11'.repeat(32) };
    const index = indexOf([], { revoked: [revocation] });
    assertEqual(chooseRevocation(index, ['fedcba9876543210', '0123456789abcdef'])?.bundle, 'keys.ocb');
    assertEqual(chooseRevocation(index, ['fedcba9876543210']), undefined);
});

test('a simulated fleet of 10,000: stages as published, a recall is over within one interval', async () => {
    const interval = 60;
    const part = (percent: number, more: Record<string, unknown> = {}): ReleaseIndex =>
        indexOf([releaseJson('1.0.0'), releaseJson('1.1.0', { rollout: { percent, groups: {} }, ...more })]);
    // minutes from which an index is published, and the index
    const stages: readonly (readonly [number, ReleaseIndex])[] = [
        [0, part(1)],
        [90, part(10)],
        [180, part(50)],
        [270, part(50, { recalled: true })],
    ];
    let seed = 11;
    const random = (): number => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return (seed >>> 8) / 2 ** 24;
    };
    const running = stages.map(() => 0); // 1.1.0, an interval after each index
    let [tookLate, leftLate] = [0, 0];
    for (let number = 0; number < 10_000; number++) {
        if (number % 250 === 0) {
            await turn();
        }
        const id = `fleet-${number}`;
        let version = '1.0.0';
        let stage = 0;
        let end = (stages[1]?.[0] ?? 0) - 1;
        for (let at = random() * (interval / 10); at < 360; at += interval * (0.8 + 0.2 * random())) {
            while (at > end && stage < stages.length) {
                running[stage] = (running[stage] ?? 0) + (version === '1.1.0' ? 1 : 0);
                stage++;
                end = (stages[stage + 1]?.[0] ?? 360) - 1;
            }
            const index = stages.filter(([from]) => from <= at).at(-1)?.[1];
            const next = index && chooseRelease(index, deviceOf({ id, version }))?.version;
            if (next === '1.1.0') {
                tookLate += at >= 270 ? 1 : 0;
            } else if (next === '1.0.0') {
                leftLate += at > 270 + interval ? 1 : 0;
            }
            version = next ?? version;
        }
        running[3] = (running[3] ?? 0) + (version === '1.1.0' ? 1 : 0);
    }
    assertEqual([tookLate, leftLate, running[3]], [0, 0, 0]);
    for (const [stage, percent] of [1, 10, 50].entries()) {
        const sigma = Math.sqrt(percent * (100 - percent));
        const count = running[stage] ?? 0;
        assert(Math.abs(count - percent * 100) <= 4 * sigma, `${percent} %: ${count} devices`);
    }
});
