import { localParts, offsetMinutes } from 'ocellus/app/base/time-zone';
import { parseZone } from 'ocellus/app/base/zone-rule';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

/**
 * Zone, its rule, minutes on 2026-01-01, then each change: the first minute and what holds from it on. Years 2026,
 * 2028 and 2037, from the transitions of tzdata 2025b as Python's zoneinfo reads them, not from the rules.
 */
const zones: readonly (readonly [string, string, number, string])[] = [
    [
        'Europe/Berlin',
        'CET-1CEST,M3.5.0,M10.5.0/3',
        60,
        '2026-03-29T01:00 120 2026-10-25T01:00 60 2028-03-26T01:00 120 2028-10-29T01:00 60 2037-03-29T01:00 120 2037-10-25T01:00 60',
    ],
    [
        'America/New_York',
        'EST5EDT,M3.2.0,M11.1.0',
        -300,
        '2026-03-08T07:00 -240 2026-11-01T06:00 -300 2028-03-12T07:00 -240 2028-11-05T06:00 -300 2037-03-08T07:00 -240 2037-11-01T06:00 -300',
    ],
    [
        'Australia/Lord_Howe', // half an hour of summer time, around New Year
        '<+1030>-10:30<+11>-11,M10.1.0,M4.1.0',
        660,
        '2026-04-04T15:00 630 2026-10-03T15:30 660 2028-04-01T15:00 630 2028-09-30T15:30 660 2037-04-04T15:00 630 2037-10-03T15:30 660',
    ],
    ['Asia/Tokyo', 'JST-9', 540, ''],
    ['Asia/Tehran', '<+0330>-3:30', 210, ''],
    [
        'Australia/Sydney',
        'AEST-10AEDT,M10.1.0,M4.1.0/3',
        660,
        '2026-04-04T16:00 600 2026-10-03T16:00 660 2028-04-01T16:00 600 2028-09-30T16:00 660 2037-04-04T16:00 600 2037-10-03T16:00 660',
    ],
    [
        'Europe/Dublin', // summer is the standard time, winter an hour less
        'IST-1GMT0,M10.5.0,M3.5.0/1',
        0,
        '2026-03-29T01:00 60 2026-10-25T01:00 0 2028-03-26T01:00 60 2028-10-29T01:00 0 2037-03-29T01:00 60 2037-10-25T01:00 0',
    ],
    [
        'Pacific/Chatham',
        '<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45',
        825,
        '2026-04-04T14:00 765 2026-09-26T14:00 825 2028-04-01T14:00 765 2028-09-23T14:00 825 2037-04-04T14:00 765 2037-09-26T14:00 825',
    ],
    [
        'America/Nuuk', // changes at a negative time of the day
        '<-02>2<-01>,M3.5.0/-1,M10.5.0/0',
        -120,
        '2026-03-29T01:00 -60 2026-10-25T01:00 -120 2028-03-26T01:00 -60 2028-10-29T01:00 -120 2037-03-29T01:00 -60 2037-10-25T01:00 -120',
    ],
    [
        'Asia/Jerusalem', // and at one beyond 24 h
        'IST-2IDT,M3.4.4/26,M10.5.0',
        120,
        '2026-03-27T00:00 180 2026-10-24T23:00 120 2028-03-24T00:00 180 2028-10-28T23:00 120 2037-03-27T00:00 180 2037-10-24T23:00 120',
    ],
    [
        'America/Santiago',
        '<-04>4<-03>,M9.1.6/24,M4.1.6/24',
        -180,
        '2026-04-05T03:00 -240 2026-09-06T04:00 -180 2028-04-02T03:00 -240 2028-09-03T04:00 -180 2037-04-05T03:00 -240 2037-09-06T04:00 -180',
    ],
    [
        'Antarctica/Troll',
        '<+00>0<+02>-2,M3.5.0/1,M10.5.0/3',
        0,
        '2026-03-29T01:00 120 2026-10-25T01:00 0 2028-03-26T01:00 120 2028-10-29T01:00 0 2037-03-29T01:00 120 2037-10-25T01:00 0',
    ],
];

test('12 zones: each change of three years to the second', () => {
    for (const [name, rule, january, changes] of zones) {
        const zone = parseZone(rule);
        assert(zone !== undefined, name);
        assertEqual(offsetMinutes(zone, Date.UTC(2026, 0, 1)), january, name);
        let before = january;
        const words = changes.split(' ');
        for (let at = 0; at + 1 < words.length; at += 2) {
            const [when, minutes] = [Date.parse(`${words[at] ?? ''}:00Z`), Number(words[at + 1])];
            assert(Number.isFinite(when), name);
            assertEqual(offsetMinutes(zone, when - 1), before, `${name}, before ${words[at] ?? ''}`);
            assertEqual(offsetMinutes(rule, when), minutes, `${name}, ${words[at] ?? ''}`);
            before = minutes;
        }
    }
});

test('local parts: date line, half hours, and the hour that comes twice', () => {
    const berlin = 'CET-1CEST,M3.5.0,M10.5.0/3';
    assertEqual(localParts(berlin, Date.UTC(2026, 11, 31, 23, 30, 15)), {
        year: 2027,
        month: 1,
        day: 1,
        weekday: 5,
        hour: 0,
        minute: 30,
        second: 15,
        offsetMinutes: 60,
        zone: 'CET',
    });
    const twice = [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)].map((at) => localParts(berlin, at));
    assertEqual(
        twice.map(({ hour, minute, zone }) => `${hour}:${minute} ${zone}`),
        ['2:30 CEST', '2:30 CET'],
    );
    const skipped = [Date.UTC(2026, 2, 29, 0, 59, 59), Date.UTC(2026, 2, 29, 1)].map((at) => localParts(berlin, at));
    assertEqual(
        skipped.map(({ hour, minute, second, zone }) => `${hour}:${minute}:${second} ${zone}`),
        ['1:59:59 CET', '3:0:0 CEST'],
    );
    const kathmandu = localParts('<+0545>-5:45', Date.UTC(2028, 1, 28, 18, 15));
    assertEqual([kathmandu.month, kathmandu.day, kathmandu.weekday, kathmandu.hour], [2, 29, 2, 0]);
    assertEqual(kathmandu.zone, '+0545');
});

test('rules by day of the year, all-year summer time, default changes, seconds', () => {
    const day = (year: number, month: number, of: number, hour = 12): number => Date.UTC(year, month - 1, of, hour);
    const julian = 'AAA0BBB,J60/0,J305/0'; // 1 March, whether leap year or not
    assertEqual(
        [day(2028, 2, 29), day(2028, 3, 1), day(2026, 2, 28), day(2026, 3, 1)].map((at) => offsetMinutes(julian, at)),
        [0, 60, 0, 60],
    );
    const plain = 'AAA0BBB,59/0,304/0'; // 29 February in leap years
    assertEqual(
        [day(2028, 2, 28), day(2028, 2, 29), day(2026, 2, 28), day(2026, 3, 1)].map((at) => offsetMinutes(plain, at)),
        [0, 60, 0, 60],
    );
    for (let month = 1; month <= 12; month++) {
        assertEqual(offsetMinutes('EST5EDT,0/0,J365/25', day(2027, month, 1, 4)), -240, `month ${month}`);
    }
    assertEqual(offsetMinutes('EST5EDT', Date.UTC(2026, 2, 8, 7)), -240);
    assertEqual(offsetMinutes('EST5EDT4,M3.2.0,M11.1.0', Date.UTC(2026, 2, 8, 6, 59)), -300);
    assertEqual(offsetMinutes('<-0044>0:44:30', 0), -44.5);
    assertEqual([offsetMinutes('AAA24', 0), offsetMinutes('AAA-24', 0)], [-1440, 1440]);
});

test('times: 1970, 2038, 9999; what lies outside counts as the nearest', () => {
    const rule = 'EST5EDT,M3.2.0,M11.1.0';
    assertEqual(localParts(rule, 0).year, 1969);
    assertEqual(localParts(rule, -1e15), localParts(rule, 0));
    assertEqual(localParts(rule, Number.NaN), localParts(rule, 0));
    const late = localParts(rule, 2_147_483_648_000);
    assertEqual([late.year, late.month, late.day, late.hour, late.minute, late.second], [2038, 1, 18, 22, 14, 8]);
    assertEqual(localParts(rule, Number.POSITIVE_INFINITY), localParts(rule, 253_402_300_799_999));
    assertEqual(localParts('AAA-24', 1e300).year, 10_000);
    assertEqual(offsetMinutes(rule, Date.UTC(2400, 6, 1)), -240);
});

test('anything else is no rule', () => {
    const wrong = [
        '',
        'CE',
        'CET',
        'CET-25',
        'CET-1:60',
        'CET-1 ',
        'CET-1:00:00:00',
        ':Europe/Berlin',
        'Europe/Berlin',
        'CET-1CEST,',
        'CET-1CEST,M3.5.0',
        'CET-1CEST,M3.5.0,M10.5.0,',
        'CET-1CEST,M0.5.0,M10.5.0',
        'CET-1CEST,M13.5.0,M10.5.0',
        'CET-1CEST,M3.0.0,M10.5.0',
        'CET-1CEST,M3.6.0,M10.5.0',
        'CET-1CEST,M3.5.7,M10.5.0',
        'CET-1CEST,M3.5.0/168,M10.5.0',
        'CET-1CEST,M3.5.0/,M10.5.0',
        'CET-1CEST,J0,J300',
        'CET-1CEST,J366,J3',
        'CET-1CEST,366,3',
        'CET-1CEST-2x',
        '<+1>1',
        '<+10>1x',
        '<+10',
        'system',
    ];
    for (const rule of wrong) {
        assertEqual(parseZone(rule), undefined, rule);
    }
    assertThrows(() => offsetMinutes('CET', 0), {
        type: RangeError,
        message: /^time zone: "CET" is not a POSIX TZ rule$/,
    });
});
