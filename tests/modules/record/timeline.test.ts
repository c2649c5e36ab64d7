import { dayAt, dayName, dayNamed, dayStart, monthDays } from 'ocellus/app/base/zone-days';
import { offsetMinutes } from 'ocellus/app/base/time-zone';
import { parseZone } from 'ocellus/app/base/zone-rule';
import { dayEventsMax, Timeline, type TimelineEvent, type TimelineQuery } from 'ocellus/app/record/timeline';
import type { RecordedSpan, SpansQuery } from 'ocellus/plane';
import { assert, assertEqual, test } from 'ocellus/test/harness';

const berlinRule = parseZone('CET-1CEST,M3.5.0,M10.5.0/3') ?? '';
const berlin = (utcMs: number): number => offsetMinutes(berlinRule, utcMs);
const hour = 3_600_000;
const now = Date.UTC(2026, 10, 24, 18);

function spanOf(startMs: number, endMs: number): RecordedSpan {
    return { startMs, endMs, bytes: 10 };
}

/** A host that sends at most `rowsMax` spans at once. */
function planeOf(rows: readonly RecordedSpan[], rowsMax = 700) {
    return {
        async spans({ channel, fromMs, toMs, limit }: SpansQuery) {
            const all = channel === 'cam1' ? rows : [];
            const found = all.filter(({ startMs, endMs }) => endMs > fromMs && (toMs === 0 || startMs < toMs));
            const count = Math.min(limit, rowsMax);
            return { spans: found.slice(0, count), more: found.length > count };
        },
    };
}

function logOf(starts: readonly number[]) {
    const events = starts.map(
        (startMs, index): TimelineEvent => ({
            id: index + 1,
            kind: 'motion',
            mask: 1,
            channel: 'cam1',
            startMs,
            endMs: startMs + 1000,
            picture: false,
            protected: false,
        }),
    );
    return {
        async page({ fromMs, toMs, limit, after }: TimelineQuery) {
            const rest = events.filter(
                ({ id, startMs, endMs }) => startMs < toMs && (endMs ?? toMs) >= fromMs && id > (after?.id ?? 0),
            );
            return { rows: rest.slice(0, limit), more: rest.length > limit };
        },
    };
}

test('spans are those of the host, over as many of its answers as it takes', async () => {
    const spans = Array.from({ length: 20 }, (_, n) => spanOf(n * 10_000, n * 10_000 + 5000));
    for (const rowsMax of [1, 7, 19, 20, 21]) {
        const timeline = new Timeline(planeOf(spans, rowsMax));
        assertEqual(await timeline.spans('cam1', 0, 0), { rows: spans, nextMs: undefined }, `${rowsMax} at once`);
        assertEqual((await timeline.spans('cam1', 14_999, 30_000)).rows, spans.slice(1, 3));
    }
    assertEqual((await new Timeline(planeOf(spans)).spans('cam2', 0, 0)).rows, []);
});

test('thousands of clips and events come in parts that lose nothing', async () => {
    const begin = Date.UTC(2026, 10, 21);
    const clips = Array.from({ length: 2500 }, (_, n) => spanOf(begin + n * 10_000, begin + n * 10_000 + 5000));
    const timeline = new Timeline(planeOf(clips), logOf(clips.map(({ startMs }) => startMs)));
    const seen = new Set<number>();
    const ids = new Set<number>();
    let parts = 0;
    for (let from: number | undefined = begin; from !== undefined; parts++) {
        const spans = await timeline.spans('cam1', from, begin + 24 * hour);
        const events = await timeline.events('cam1', from, begin + 24 * hour);
        assert(spans.rows.length <= 2000 && events.rows.length <= 2000);
        for (const { startMs } of spans.rows) {
            seen.add(startMs);
        }
        for (const { id } of events.rows) {
            ids.add(id);
        }
        const next = Math.min(spans.nextMs ?? Infinity, events.nextMs ?? Infinity);
        assert(next > from);
        from = next === Infinity ? undefined : next;
    }
    assertEqual([seen.size, ids.size, parts > 1], [2500, 2500, true]);
});

test('days of 23 and 25 hours have all of their hours, and midnight is the one of the clock', async () => {
    const month = async (name: string): Promise<readonly { day: string; seconds: number }[]> => {
        const span = monthDays(name);
        const [first, next] = [dayStart(span?.first ?? 0, berlin), dayStart(span?.next ?? 0, berlin)];
        const spans = [spanOf(first - hour, next + hour)];
        return (await new Timeline(planeOf(spans)).days('cam1', name, berlin, now)) ?? [];
    };
    const march = await month('2026-03');
    const october = await month('2026-10');
    assertEqual([march.length, october.length], [31, 31]);
    assertEqual(march.find(({ day }) => day === '2026-03-29')?.seconds, 23 * 3600);
    assertEqual(october.find(({ day }) => day === '2026-10-25')?.seconds, 25 * 3600);
    assertEqual(march.filter(({ seconds }) => seconds !== 24 * 3600).length, 1);
    assertEqual(new Date(dayStart(dayNamed('2026-07-01') ?? 0, berlin)).toISOString(), '2026-06-30T22:00:00.000Z');
});

test('days that have nothing are left out, events are counted up to a limit, and there is no month 13', async () => {
    const begin = Date.UTC(2026, 10, 21, 12);
    const starts = Array.from({ length: 300 }, (_, n) => begin + n * 1000);
    const timeline = new Timeline(planeOf([spanOf(begin, begin + hour)]), logOf(starts));
    assertEqual(await timeline.days('cam1', '2026-11', berlin, now), [
        { day: '2026-11-21', seconds: 3600, events: dayEventsMax },
    ]);
    assertEqual(await timeline.days('cam1', '2026-13', berlin, now), undefined);
    assertEqual(await timeline.days('cam1', 'x', berlin, now), undefined);
});

test('a day has what spans have of it, however they lie across its borders; each span is looked at once', async () => {
    const zero = dayStart(dayNamed('2026-11-01') ?? 0, berlin);
    let reads = 0;
    const counted = (startMs: number, endMs: number): RecordedSpan => ({
        get startMs() {
            reads++;
            return startMs;
        },
        endMs,
        bytes: 1,
    });
    // half an hour over each midnight, clips within a day, three days at once, and outside of the month
    const pairs: (readonly [number, number])[] = [[-30 * hour, -25 * hour]];
    for (let day = 0; day < 20; day++) {
        pairs.push([(24 * day - 0.25) * hour, (24 * day + 0.25) * hour]);
        for (let clip = 0; clip < 50; clip++) {
            pairs.push([(24 * day + 2 + clip / 10) * hour, (24 * day + 2 + clip / 10) * hour + 5000]);
        }
    }
    pairs.push([(24 * 22 + 12) * hour, (24 * 24 + 12) * hour], [24 * 29.5 * hour, 24 * 32 * hour]);
    const spans = pairs.map(([from, to]) => counted(zero + from, zero + to));
    const plane = { spans: async () => ({ spans, more: false }) };
    const days = (await new Timeline(plane).days('cam1', '2026-11', berlin, now)) ?? [];
    const seconds = (name: string): number => days.find(({ day }) => day === `2026-11-${name}`)?.seconds ?? 0;
    assertEqual(seconds('01'), 1800 + 250);
    assertEqual(seconds('20'), 900 + 250);
    assertEqual([seconds('21'), seconds('22'), seconds('23')], [0, 0, 12 * 3600]);
    assertEqual([seconds('24'), seconds('25'), seconds('26')], [24 * 3600, 12 * 3600, 0]);
    assertEqual([seconds('30'), days.length], [12 * 3600, 24]);
    assert(reads < 10 * spans.length, `${reads} reads of ${spans.length} spans`);
});

test('an event that goes on is one of the days up to now, and of the day in which it began', async () => {
    const of = (startMs: number, endMs: number | undefined): TimelineEvent => ({
        id: 1,
        kind: 'motion',
        mask: 1,
        channel: 'cam1',
        startMs,
        endMs,
        picture: false,
        protected: false,
    });
    const days = async (...events: TimelineEvent[]): Promise<readonly string[]> => {
        const page = async ({ fromMs, toMs }: TimelineQuery) => ({
            rows: events.filter(({ startMs, endMs }) => startMs < toMs && (endMs ?? Infinity) >= fromMs),
            more: false,
        });
        return ((await new Timeline(planeOf([]), { page }).days('cam1', '2026-11', berlin, now)) ?? []).map(({ day }) =>
            day.slice(8),
        );
    };
    assertEqual(await days(of(now - 50 * hour, undefined)), ['22', '23', '24']);
    assertEqual(await days(of(now - 1000, undefined)), ['24']);
    // a clock that was set back: what began tomorrow is of tomorrow
    assertEqual(await days(of(now + 24 * hour, undefined), of(now + 72 * hour, now + 73 * hour)), ['25', '27']);
    assertEqual(await days(of(now - 24 * hour, now + 24 * hour)), ['23', '24', '25']);
});

test('days and instants fit together in zones of both sides, with a day that has no midnight', () => {
    const zones = [
        '<-12>12',
        '<+14>-14',
        '<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45',
        '<-03>3<-02>,M10.3.0/0,M2.3.0/0',
    ];
    for (const zone of zones) {
        const rule = parseZone(zone) ?? '';
        const offset = (utcMs: number): number => offsetMinutes(rule, utcMs);
        for (let day = 20_000; day < 20_400; day++) {
            const start = dayStart(day, offset);
            assertEqual(
                [dayAt(start, offset) >= day, dayAt(start - 1, offset) < day],
                [true, true],
                `${zone} ${dayName(day)}`,
            );
        }
    }
});
