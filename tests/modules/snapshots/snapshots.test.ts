/** Snapshots as a whole, with a clock that a test moves: who is sent when, and what happens when something fails. */
import { probesMax, shotsMax, Snapshots, type SnapshotsOptions } from 'ocellus/app/snapshots/snapshots';
import type { AddressChannel, Table } from 'ocellus/app/snapshots/table';
import { SendError, type Shot, type Target } from 'ocellus/app/snapshots/target';
import type { Body } from 'ocellus/body';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, test } from 'ocellus/test/harness';

class FakePicture {
    readonly bytes = 100_000;
    closed = false;
    close(): void {
        assert(!this.closed, 'closed twice');
        this.closed = true;
    }
}

/** A target that can be down, slow, or refuse one channel; what is sent must be open. */
class FakeTarget implements Target {
    readonly sent: { readonly channel: string; readonly ms: number }[] = [];
    down = false;
    refused = '';
    attempts = 0;
    underWay = 0;
    peak = 0;
    waitMs = 0;
    readonly #clock: FakeClock;

    constructor(clock: FakeClock) {
        this.#clock = clock;
    }
    async send({ channel, body }: Shot): Promise<void> {
        this.attempts++;
        this.underWay++;
        this.peak = Math.max(this.peak, this.underWay);
        const { nowMs } = this.#clock;
        if (this.waitMs > 0) {
            await new Promise<void>((resolve) => setTimeout(resolve, this.waitMs));
        }
        this.underWay--;
        assert(!(body as unknown as FakePicture).closed, 'a closed picture is sent');
        if (this.down) {
            throw new SendError('CONNECT: nobody there', true);
        }
        if (channel === this.refused) {
            throw new SendError('HTTP 413', false);
        }
        this.sent.push({ channel, ms: nowMs });
    }
}

class Rig {
    readonly clock: FakeClock;
    /** Milliseconds that the machine slept. */
    sleptMs = 0;
    readonly target: FakeTarget;
    plane: string[] = [];
    table: Table = { channels: [], problems: [] };
    readonly gone = new Set<string>();
    readonly pictures: FakePicture[] = [];
    readonly counts = { sent: 0, failed: 0, missed: 0 };
    readonly requested: string[] = [];
    readonly snapshots: Snapshots;

    constructor(clock: FakeClock, more: Partial<SnapshotsOptions> = {}) {
        this.clock = clock;
        this.target = new FakeTarget(clock);
        const picture = async (name: string): Promise<Body> => {
            this.requested.push(name);
            if (this.gone.has(name)) {
                throw new Error('CONNECT: no answer');
            }
            const made = new FakePicture();
            this.pictures.push(made);
            return made as unknown as Body;
        };
        this.snapshots = new Snapshots({
            deviceId: '0123',
            now: () => clock.nowMs + this.sleptMs,
            wallMs: () => Date.UTC(2026, 10, 23) + clock.nowMs,
            random: () => 0.5,
            planeChannels: () => this.plane,
            table: async () => this.table,
            planePicture: picture,
            addressPicture: ({ name }) => picture(name),
            count: (what, by) => {
                this.counts[what] += by;
            },
            ...more,
        });
    }
    addresses(count: number): void {
        const channels = Array.from({ length: count }, (_, at): AddressChannel => {
            return { name: `cam-${at}`, url: `http://192.0.2.1/${at}`, authorization: '' };
        });
        this.table = { channels, problems: [] };
    }
    begin(seconds = 60): void {
        this.snapshots.follow(this.target, seconds * 1000);
    }
    /** Sent from a time on, by second. */
    rates(fromMs: number, toMs: number): number[] {
        const counts = new Array<number>((toMs - fromMs) / 1000).fill(0);
        for (const { ms } of this.target.sent.filter(({ ms }) => ms >= fromMs && ms < toMs)) {
            const second = Math.floor((ms - fromMs) / 1000);
            counts[second] = (counts[second] ?? 0) + 1;
        }
        return counts;
    }
    /** Nothing is left open. */
    end(): void {
        this.snapshots.close();
        assert(
            this.pictures.every(({ closed }) => closed),
            'a picture is open',
        );
        const { sent, failed, missed } = this.snapshots.state();
        assertEqual(this.counts, { sent, failed, missed }, 'metrics');
    }
}

const run = (act: (rig: Rig, clock: FakeClock) => Promise<void>, more: Partial<SnapshotsOptions> = {}) =>
    withFakeTimers(async (clock) => {
        const rig = new Rig(clock, more);
        await act(rig, clock);
        rig.end();
    });

test('[C1] channels of the plane and of the table, each once in an interval', () =>
    run(async (rig, clock) => {
        rig.addresses(3);
        rig.plane = ['door', 'cam-1'];
        rig.begin();
        await clock.advance(180_000);
        const counts = new Map<string, number>();
        for (const { channel } of rig.target.sent) {
            counts.set(channel, (counts.get(channel) ?? 0) + 1);
        }
        assertEqual([...counts].sort(), [
            ['cam-0', 3],
            ['cam-1', 3],
            ['cam-2', 3],
            ['door', 3],
        ]);
        const { state, channels, spacingMs, sent, bytes, failed, missed } = rig.snapshots.state();
        assertEqual([state, channels, spacingMs, sent, failed, missed], ['sending', 4, 15_000, 12, 0, 0]);
        assertEqual(bytes, 1_200_000);
    }));

test('[C3] none, then one, then none: nothing is divided by zero', () =>
    run(async (rig, clock) => {
        rig.begin();
        await clock.advance(120_000);
        assertEqual([rig.snapshots.state().state, rig.snapshots.state().spacingMs], ['idle', 0]);
        rig.plane = ['door'];
        await clock.advance(180_000);
        const { length } = rig.target.sent;
        assert(length === 2 || length === 3, `${length} pictures`);
        rig.plane = [];
        await clock.advance(60_000);
        const then = rig.target.sent.length;
        await clock.advance(300_000);
        assertEqual(rig.target.sent.length, then);
        assertEqual(rig.snapshots.state().failed <= 1, true);
    }));

test('[C2] [C3] [C4] 1,000 addresses; 100 go away and come back; the rest keeps its pace', () =>
    run(async (rig, clock) => {
        rig.addresses(1000);
        rig.begin();
        await clock.advance(60_000);
        assertEqual(rig.target.sent.length, 1000);
        for (let at = 0; at < 100; at++) {
            rig.gone.add(`cam-${at * 7}`);
        }
        await clock.advance(240_000);
        assertEqual([rig.snapshots.state().channels, rig.snapshots.state().offline], [900, 100]);
        assertEqual(rig.snapshots.state().spacingMs, 67);
        const rates = rig.rates(240_000, 300_000);
        assert(
            rates.every((rate) => rate >= 14 && rate <= 16),
            rates.join(' '),
        );
        rig.gone.clear();
        await clock.advance(120_000);
        assertEqual([rig.snapshots.state().channels, rig.snapshots.state().offline], [1000, 0]);
        const after = rig.rates(420_000 - 59_000, 420_000);
        assert(Math.max(...after) <= 19, after.join(' '));
        assertEqual(rig.snapshots.state().missed, 0);
    }));

test('[C2] a target that is down for 5 minutes: few attempts, no burst, what was missed is counted', () =>
    run(async (rig, clock) => {
        rig.addresses(600);
        rig.begin();
        await clock.advance(60_000);
        rig.target.down = true;
        const before = rig.target.attempts;
        await clock.advance(300_000);
        assertEqual(rig.snapshots.state().state, 'retrying');
        assert(rig.target.attempts - before <= 20, `${rig.target.attempts - before} attempts`);
        assertEqual(rig.snapshots.state().lastError?.message, 'CONNECT: nobody there');
        rig.target.down = false;
        await clock.advance(120_000);
        const rates = rig.rates(360_000, 480_000);
        assert(Math.max(...rates) <= 11, `a burst: ${rates.join(' ')}`);
        const { state, sent, failed, missed } = rig.snapshots.state();
        assertEqual([state, sent + failed + missed], ['sending', 4800]);
        assert(missed > 2900 && rates.slice(-60).every((rate) => rate >= 9), `${missed} missed`);
    }));

test('[C2] a slow target: so many at a time, the others are missed', () =>
    run(async (rig, clock) => {
        rig.addresses(1000);
        rig.target.waitMs = 10_000;
        rig.begin();
        await clock.advance(120_000);
        assertEqual(rig.target.peak, shotsMax);
        assert(rig.snapshots.state().missed > 1000);
        rig.target.waitMs = 0;
        await clock.advance(10_000);
    }));

test('[C2] a target that takes too long is said to be slow while turns find no place, not to be sending', () =>
    run(async (rig, clock) => {
        rig.addresses(64);
        rig.target.waitMs = 45_000;
        rig.begin();
        await clock.advance(20_000);
        assertEqual(rig.snapshots.state().state, 'sending');
        await clock.advance(40_000);
        assertEqual([rig.snapshots.state().state, rig.snapshots.state().missed > 0], ['slow', true]);
        rig.target.waitMs = 0;
        await clock.advance(30_000);
        assertEqual(rig.snapshots.state().state, 'slow', 'within the interval');
        await clock.advance(60_000);
        assertEqual(rig.snapshots.state().state, 'sending');
    }));

test('[C2] a machine that slept sends no more than one second of it', () =>
    run(async (rig, clock) => {
        rig.addresses(1000);
        rig.begin();
        await clock.advance(60_000);
        const { length } = rig.target.sent;
        rig.sleptMs = 1_000_000;
        await clock.advance(100);
        assert(rig.target.sent.length - length <= 18, `${rig.target.sent.length - length} at once`);
        assert(rig.snapshots.state().missed >= 16_600);
        await clock.advance(60_000);
    }));

test('one picture that is refused does not stop the others', () =>
    run(async (rig, clock) => {
        rig.addresses(4);
        rig.target.refused = 'cam-2';
        rig.begin();
        await clock.advance(120_000);
        const { state, sent, failed, missed, lastError } = rig.snapshots.state();
        assertEqual([state, sent, failed, missed], ['sending', 6, 2, 0]);
        assertEqual([lastError?.channel, lastError?.message], ['cam-2', 'HTTP 413']);
    }));

test('addresses without an answer: tried once an interval, so many at a time, without a place of the others', () =>
    withFakeTimers(async (clock) => {
        let underWay = 0;
        let peak = 0;
        const rig: Rig = new Rig(clock, {
            addressPicture: async (_channel, deadlineMs) => {
                underWay++;
                peak = Math.max(peak, underWay);
                await new Promise<void>((resolve) => setTimeout(resolve, deadlineMs));
                underWay--;
                throw new Error('TIMEOUT');
            },
        });
        rig.addresses(400);
        rig.plane = ['door', 'yard'];
        rig.begin();
        await clock.advance(1_200_000);
        const { channels, offline, missed } = rig.snapshots.state();
        assertEqual([channels, offline], [2, 400]);
        const before = rig.target.sent.length;
        peak = 0;
        await clock.advance(300_000);
        assert(peak > 0 && peak <= probesMax, `${peak} at a time`);
        assertEqual(rig.snapshots.state().missed, missed, 'the others lost places');
        assertEqual(rig.target.sent.length - before, 10);
        rig.snapshots.close();
    }));

test('another target begins anew; none: nothing is sent; a closed one is quiet', () =>
    run(async (rig, clock) => {
        rig.addresses(60);
        rig.target.down = true;
        rig.begin();
        await clock.advance(30_000);
        const other = new FakeTarget(clock);
        rig.snapshots.follow(other, 60_000);
        await clock.advance(60_000);
        assert(other.sent.length >= 59, `${other.sent.length}`);
        rig.snapshots.follow(undefined, 60_000);
        assertEqual(rig.snapshots.state().state, 'inactive');
        const { length } = other.sent;
        await clock.advance(60_000);
        assertEqual(other.sent.length, length);
        rig.snapshots.follow(other, 60_000);
        await clock.advance(10_000);
        rig.snapshots.close();
        const then = other.sent.length;
        await clock.advance(60_000);
        assertEqual([other.sent.length, clock.waiting.size], [then, 0]);
    }));

test('[C4] a table that cannot be read leaves the one before in force', () => {
    let broken = false;
    return run(
        async (rig, clock) => {
            rig.addresses(2);
            rig.begin();
            await clock.advance(60_000);
            broken = true;
            await clock.advance(120_000);
            assertEqual([rig.snapshots.state().channels, rig.target.sent.length], [2, 6]);
        },
        {
            table: async () => {
                if (broken) {
                    throw new Error('disk');
                }
                return tableOfTwo;
            },
        },
    );
});

const tableOfTwo: Table = {
    channels: ['a', 'b'].map((name) => ({ name, url: 'http://192.0.2.1/', authorization: '' })),
    problems: [],
};
