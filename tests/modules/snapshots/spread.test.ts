/** The schedule of snapshots: even, without bursts, whatever happens to the channels. */
import { Gate } from 'ocellus/app/snapshots/gate';
import { lateMsMax, Spread } from 'ocellus/app/snapshots/spread';
import { assert, assertEqual, test } from 'ocellus/test/harness';

/** Numbers from 0 to less than 1, always the same for a seed. */
function seeded(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state * 16_807) % 2_147_483_647;
        return state / 2_147_483_647;
    };
}

const names = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => `cam-${from + at}`);

interface Sent {
    readonly id: string;
    readonly ms: number;
}

/** Walks from one time to another, looking every `stepMs`. */
function walk(spread: Spread, fromMs: number, toMs: number, stepMs = 10): { sent: Sent[]; missed: number } {
    const sent: Sent[] = [];
    let missed = 0;
    for (let ms = fromMs; ms < toMs; ms += stepMs) {
        for (let turn = spread.take(ms); turn.id !== undefined; turn = spread.take(ms)) {
            sent.push({ id: turn.id, ms });
            missed += turn.missed;
        }
    }
    return { sent, missed };
}

/** How many were sent in each second. */
function perSecond(sent: readonly Sent[], fromMs: number, toMs: number): number[] {
    const counts = new Array<number>((toMs - fromMs) / 1000).fill(0);
    for (const { ms } of sent) {
        const second = Math.floor((ms - fromMs) / 1000);
        counts[second] = (counts[second] ?? 0) + 1;
    }
    return counts;
}

/** Standard deviation by the mean. */
function deviation(counts: readonly number[]): number {
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    return Math.sqrt(counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length) / mean;
}

test('[C1] [C2] 1,000 channels in a minute: each once, evenly, in the same order', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
        const random = seeded(seed);
        const spread = new Spread(`device-${Math.floor(random() * 1e9)}`);
        const startMs = Math.floor(random() * 1e9);
        const channels = names(1000);
        spread.plan(channels, 60_000, startMs);
        const { sent, missed } = walk(spread, startMs, startMs + 180_060, 20);
        assertEqual(missed, 0);
        assert(deviation(perSecond(sent, startMs, startMs + 180_000)) <= 0.1, 'uneven');
        for (const round of [0, 1, 2]) {
            const inRound = sent.slice(round * 1000, round * 1000 + 1000).map(({ id }) => id);
            assertEqual(new Set(inRound).size, 1000, `round ${round}`);
            assertEqual(
                inRound,
                sent.slice(0, 1000).map(({ id }) => id),
                'another order',
            );
        }
    }
});

test('[C2] devices of a fleet begin at different times', () => {
    const first = names(200).map((name) => {
        const spread = new Spread(name);
        spread.plan(['door'], 60_000, 0);
        return spread.nextMs;
    });
    assert(first.every((ms) => ms >= 0 && ms < 60_000));
    const counts = new Array<number>(6).fill(0);
    for (const ms of first) {
        const part = Math.floor(ms / 10_000);
        counts[part] = (counts[part] ?? 0) + 1;
    }
    assert(Math.min(...counts) >= 15 && Math.max(...counts) <= 55, `${counts.join(' ')} of 200 in each sixth`);
});

test('[C3] none and one', () => {
    const spread = new Spread('device');
    assertEqual([spread.spacingMs, spread.nextMs], [0, Infinity]);
    assertEqual(spread.take(1e9), { id: undefined, missed: 0 });
    spread.plan([], 60_000, 0);
    assertEqual([spread.spacingMs, spread.nextMs], [0, Infinity]);
    spread.plan(['door'], 60_000, 5000);
    assertEqual(spread.spacingMs, 60_000);
    const { sent } = walk(spread, 5000, 245_000);
    assertEqual(
        sent.map(({ id }) => id),
        ['door', 'door', 'door', 'door'],
    );
    const [first, , , last] = sent;
    assertEqual((last?.ms ?? 0) - (first?.ms ?? 0), 180_000);
    spread.plan([], 60_000, 250_000);
    assertEqual(spread.nextMs, Infinity);
});

test('[C3] [C4] 100 of 1,000 go offline and come back: the spacing follows at once, nobody twice, no burst', () => {
    const spread = new Spread('device');
    const all = names(1000);
    spread.plan(all, 60_000, 0);
    const first = walk(spread, 0, 90_000, 20).sent;
    spread.plan(names(900), 60_000, 90_000);
    assertEqual(spread.spacingMs, 60_000 / 900);
    const fewer = walk(spread, 90_000, 210_000, 20).sent;
    assert(deviation(perSecond(fewer, 90_000, 210_000)) <= 0.1);
    assert(!fewer.some(({ id }) => Number(id.slice(4)) >= 900), 'an offline channel had a turn');
    spread.plan(all, 60_000, 210_000);
    assertEqual(spread.spacingMs, 60);
    const more = walk(spread, 210_000, 330_000, 20).sent;
    assert(deviation(perSecond(more, 210_000, 330_000)) <= 0.1);
    const sent = first.concat(fewer, more); // one by one they would lie on the stack
    const last = new Map<string, number>();
    for (const { id, ms } of sent) {
        const before = last.get(id);
        if (before !== undefined && Number(id.slice(4)) < 900) {
            assert(ms - before > 50_000 && ms - before < 70_000, `${id}: ${ms - before} ms between two pictures`);
        }
        last.set(id, ms);
    }
    assertEqual(new Set(sent.map(({ id }) => id)).size, 1000);
});

test('[C1] [C3] another interval holds from the next turn on', () => {
    const spread = new Spread('device');
    spread.plan(names(60), 3_600_000, 0);
    const first = walk(spread, 0, 600_000, 100).sent;
    assertEqual(first.length, 10);
    spread.plan(names(60), 60_000, 600_000);
    const { sent } = walk(spread, 600_000, 660_000);
    assert(sent.length >= 59 && sent.length <= 60, `${sent.length}`);
    assertEqual(new Set(sent.map(({ id }) => id)).size, sent.length, 'twice in an interval');
    spread.plan(names(60), 600_000, 660_000);
    assertEqual(walk(spread, 660_000, 720_000).sent.length, 6);
});

test('[C2] a pause is followed by no burst: what was missed is dropped and counted', () => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const random = seeded(seed);
        const count = 1 + Math.floor(random() * 1000);
        const pauseMs = Math.floor(random() * 600_000);
        const spread = new Spread(`device-${seed}`);
        spread.plan(names(count), 60_000, 0);
        const before = walk(spread, 0, 60_000, 20).sent.length;
        const { sent, missed } = walk(spread, 60_000 + pauseMs, 180_000 + pauseMs, 20);
        const burst = sent.filter(({ ms }) => ms === 60_000 + pauseMs).length;
        assert(
            burst <= Math.max(1, Math.ceil((lateMsMax * count) / 60_000) + 1),
            `${burst} at once after ${pauseMs} ms`,
        );
        const turns = before + sent.length + missed;
        const expected = (count * (180_000 + pauseMs)) / 60_000;
        assert(Math.abs(turns - expected) <= 2, `${turns} turns, ${expected} expected`);
    }
});

test('[C4] lists that change at random: every turn is of a channel that is there, and the grid stays even', () => {
    for (const seed of [11, 12, 13]) {
        const random = seeded(seed);
        const spread = new Spread('device');
        let nowMs = 0;
        for (let round = 0; round < 20; round++) {
            const list = names(Math.floor(random() * 50), Math.floor(random() * 20));
            const intervalMs = 60_000 + Math.floor(random() * 100_000);
            spread.plan(list, intervalMs, nowMs);
            const toMs = nowMs + 30_000 + Math.floor(random() * 200_000);
            const { sent, missed } = walk(spread, nowMs, toMs, 50);
            assertEqual(missed, 0);
            assert(
                sent.every(({ id }) => list.includes(id)),
                'a channel that is gone',
            );
            const expected = list.length === 0 ? 0 : ((toMs - nowMs) * list.length) / intervalMs;
            assert(Math.abs(sent.length - expected) <= 1, `${sent.length} turns, ${expected} expected`);
            nowMs = toMs;
        }
    }
});

test('a gate: closed after a failure, one attempt decides, then open', () => {
    const gate = new Gate(() => 0);
    assertEqual([gate.enter(0), gate.enter(0)], ['open', 'open']);
    gate.failed('open', 1000);
    gate.failed('open', 1100);
    assertEqual([gate.closed, gate.enter(1499)], [true, 'closed']);
    assertEqual([gate.enter(1500), gate.enter(1500)], ['trial', 'closed']);
    gate.left('trial');
    assertEqual(gate.enter(1500), 'trial');
    gate.failed('trial', 2000);
    assertEqual([gate.enter(2999), gate.enter(3000)], ['closed', 'trial']);
    for (let failures = 0; failures < 10; failures++) {
        gate.failed('trial', 10_000);
        assertEqual(gate.enter(10_000 + 15_000), 'trial', 'half of 30 s at most');
    }
    gate.passed();
    assertEqual([gate.closed, gate.enter(0)], [false, 'open']);
});
