import { daysPattern, type Hours, nextHours, timePattern, withinHours } from 'ocellus/app/base/hours';
import { parseZone, type ZoneRule } from 'ocellus/app/base/zone-rule';
import { assert, assertEqual, test } from 'ocellus/test/harness';

/** Back to the loop: a file of tests that does not return is stopped after some seconds. */
async function breathe(): Promise<void> {
    await new Promise<void>((resolve) => {
        setTimeout(resolve, 0);
    });
}

function zone(text: string): ZoneRule {
    const rule = parseZone(text);
    assert(rule !== undefined);
    return rule;
}

const [utc, berlin, lordHowe] = [
    zone('UTC0'),
    zone('CET-1CEST,M3.5.0,M10.5.0/3'),
    zone('<+1030>-10:30<+11>-11,M10.1.0,M4.1.0'),
];
const minuteMs = 60_000;

function at(text: string): number {
    return Date.parse(`${text}Z`);
}

/** Minutes of UTC, from `from` on, at which it begins and ends. */
function changes(list: readonly Hours[], rule: ZoneRule, from: string, minutes: number): string[] {
    const found: string[] = [];
    let before = withinHours(list, rule, at(from));
    for (let minute = 1; minute <= minutes; minute++) {
        const time = at(from) + minute * minuteMs;
        const now = withinHours(list, rule, time);
        if (now !== before) {
            found.push(`${now ? 'on' : 'off'} ${new Date(time).toISOString().slice(0, 16)}`);
        }
        before = now;
    }
    return found;
}

const workdays: Hours = { days: 'mon-fri', from: '08:00', to: '17:00' };

test('days and times: what is written', async () => {
    await breathe();
    for (const days of ['daily', 'mon', 'mon-fri', 'sat,sun', 'fri-mon,wed', 'sun-sat']) {
        assert(daysPattern.test(days), days);
    }
    for (const days of [
        '',
        'Mon',
        'monday',
        'mon-',
        '-fri',
        'mon,,tue',
        'mon fri',
        'daily,mon',
        'mon-tue-wed',
        'mon,',
    ]) {
        assert(!daysPattern.test(days), days);
    }
    for (const time of ['00:00', '09:30', '23:59']) {
        assert(timePattern.test(time), time);
    }
    for (const time of ['24:00', '9:30', '09:60', '0930', '09:30:00', '-1:00', '']) {
        assert(!timePattern.test(time), time);
    }
});

test('on some days: both ends to the minute', async () => {
    await breathe();
    // 2026-11-20 is a Friday
    assertEqual(changes([workdays], utc, '2026-11-20T12:00', 4 * 1440), [
        'off 2026-11-20T17:00',
        'on 2026-11-23T08:00',
        'off 2026-11-23T17:00',
        'on 2026-11-24T08:00',
    ]);
});

test('across midnight: the day is that of the beginning, also over the end of the week', async () => {
    await breathe();
    const nights: Hours = { days: 'sat', from: '22:30', to: '06:15' };
    assertEqual(changes([nights], utc, '2026-11-20T00:00', 4 * 1440), ['on 2026-11-21T22:30', 'off 2026-11-22T06:15']);
    assertEqual(changes([{ days: 'fri', from: '00:00', to: '24:00' }], utc, '2026-11-19T12:00', 3 * 1440), [
        'on 2026-11-20T00:00',
        'off 2026-11-21T00:00',
    ]);
    assertEqual(
        changes([{ days: 'fri-mon', from: '12:00', to: '12:01' }], utc, '2026-11-18T00:00', 7 * 1440).length,
        8,
    );
    assertEqual(changes([{ from: '23:59', to: '00:01' }], utc, '2026-12-31T12:00', 1440), [
        'on 2026-12-31T23:59',
        'off 2027-01-01T00:01',
    ]);
});

test('several that touch and overlap are one', async () => {
    await breathe();
    const list: Hours[] = [
        { from: '08:00', to: '12:00' },
        { from: '12:00', to: '14:00' },
        { from: '13:00', to: '15:00' },
    ];
    assertEqual(changes(list, utc, '2026-11-20T00:00', 1440), ['on 2026-11-20T08:00', 'off 2026-11-20T15:00']);
    assertEqual(changes([], utc, '2026-11-20T00:00', 1440), []);
});

test('local time: of the zone, in winter and in summer', async () => {
    await breathe();
    const list = [{ from: '08:00', to: '09:00' }];
    assertEqual(changes(list, berlin, '2026-01-15T00:00', 1440), ['on 2026-01-15T07:00', 'off 2026-01-15T08:00']);
    assertEqual(changes(list, berlin, '2026-07-15T00:00', 1440), ['on 2026-07-15T06:00', 'off 2026-07-15T07:00']);
});

test('the night of summer time: an hour that is left out', async () => {
    await breathe();
    // 2026-03-29, 01:00 UTC: 02:00 becomes 03:00
    assertEqual(changes([{ from: '02:30', to: '04:00' }], berlin, '2026-03-29T00:00', 600), [
        'on 2026-03-29T01:00',
        'off 2026-03-29T02:00',
    ]);
    assertEqual(changes([{ from: '01:00', to: '02:30' }], berlin, '2026-03-28T23:30', 600), [
        'on 2026-03-29T00:00',
        'off 2026-03-29T01:00',
    ]);
    assertEqual(changes([{ from: '02:10', to: '02:20' }], berlin, '2026-03-28T23:30', 600), []);
    assertEqual(changes([{ from: '22:00', to: '06:00' }], berlin, '2026-03-28T12:00', 1200), [
        'on 2026-03-28T21:00',
        'off 2026-03-29T04:00',
    ]);
});

test('the night of winter time: an hour that comes twice', async () => {
    await breathe();
    // 2026-10-25, 01:00 UTC: 03:00 becomes 02:00
    assertEqual(changes([{ from: '02:15', to: '02:45' }], berlin, '2026-10-24T23:30', 600), [
        'on 2026-10-25T00:15',
        'off 2026-10-25T00:45',
        'on 2026-10-25T01:15',
        'off 2026-10-25T01:45',
    ]);
    assertEqual(changes([{ from: '01:00', to: '04:00' }], berlin, '2026-10-24T22:30', 600), [
        'on 2026-10-24T23:00',
        'off 2026-10-25T03:00',
    ]);
});

/** The next beginning of one that does not hold is what is found minute by minute. */
function checkNext(list: readonly Hours[], rule: ZoneRule, from: string, minutes: number): void {
    let next = Number.POSITIVE_INFINITY;
    for (let minute = minutes; minute >= 0; minute -= 1) {
        const time = at(from) + minute * minuteMs;
        if (withinHours(list, rule, time)) {
            if (!withinHours(list, rule, time - minuteMs)) {
                next = time;
            }
            continue;
        }
        if (Number.isFinite(next) && minute % 13 === 0) {
            assertEqual(nextHours(list, rule, time + 12_345), next, `${from} + ${minute}`);
        }
    }
}

for (const [name, rule, from, hours] of [
    ['on some days', utc, '2026-11-20T00:00', workdays],
    ['summer time begins in it', berlin, '2026-03-28T20:00', { from: '02:30', to: '04:00' }],
    ['summer time begins within it', berlin, '2026-03-28T20:00', { from: '23:00', to: '05:00' }],
    ['summer time ends in it', berlin, '2026-10-24T20:00', { from: '02:30', to: '04:00' }],
    ['summer time ends within it', berlin, '2026-10-24T20:00', { from: '23:00', to: '05:00' }],
    ['half an hour, one way', lordHowe, '2026-04-04T10:00', { from: '01:45', to: '04:00' }],
    ['half an hour, the other way', lordHowe, '2026-10-03T10:00', { from: '02:15', to: '04:00' }],
] as const) {
    test(`when it begins next: as found minute by minute; ${name}`, async () => {
        await breathe();
        checkNext([hours], rule, from, 600);
    });
}

test('when it begins next: never, in a week, and the first of several', async () => {
    await breathe();
    assertEqual(nextHours([], utc, at('2026-11-20T00:00')), undefined);
    const friday: Hours = { days: 'fri', from: '08:00', to: '09:00' };
    assertEqual(nextHours([friday], utc, at('2026-11-20T08:00')), at('2026-11-27T08:00'));
    assertEqual(nextHours([friday, workdays], utc, at('2026-11-20T08:00')), at('2026-11-23T08:00'));
});
