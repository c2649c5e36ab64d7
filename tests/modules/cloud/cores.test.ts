import { cursorsOf, cursorsText, newCursor } from 'ocellus/app/cloud/cursor';
import { type Cut, cut, every } from 'ocellus/app/cloud/cut';
import { dayText, emptyDay, parseDay, withHour } from 'ocellus/app/cloud/day-index';
import {
    emptyHour,
    type HourIndex,
    hourSegmentsMax,
    hourText,
    type IndexSegment,
    parseHour,
    withEvents,
    withSegment,
} from 'ocellus/app/cloud/hour-index';
import {
    dayFolder,
    deviceKey,
    hourAt,
    hourIndexName,
    partOf,
    prefixOf,
    segmentName,
    stemOf,
} from 'ocellus/app/cloud/object-names';
import { ListLines, playlistText } from 'ocellus/app/cloud/playlist';
import { OcellusError } from 'ocellus/error';
import { readPlaylist } from 'ocellus/test/cloud/read-playlist';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const day = '2026-11-21';
const startMs = Date.UTC(2026, 10, 21, 2, 51, 0);
const stem = 'ocellus_20261121T025100.000Z';
const hour = hourAt(startMs);

function segment(offset: number, at: number, more: Partial<IndexSegment> = {}): IndexSegment {
    return { stem, offset, bytes: 1000, startMs: at, durationMs: 4000, ...more };
}

test('[A9] names: hostile ones stay apart, and in their folder', () => {
    const names = ['front', 'FRONT', 'fr.nt', 'a/b', 'a=2Fb', '..', '.', 'tür', '🎥', ' ', 'a\nb', '%2F', 'con+x'];
    const parts = names.map((name) => partOf(name, 'channel'));
    assertEqual(new Set(parts).size, names.length);
    for (const part of parts) {
        assertEqual(/^[A-Za-z0-9_=-]+$/.test(part), true, part);
    }
    assertEqual(parts.slice(2, 6), ['fr=2Ent', 'a=2Fb', 'a=3D2Fb', '=2E=2E']);
    for (const name of ['', 'x'.repeat(64), 'ü'.repeat(32)]) {
        assertThrows(() => partOf(name, 'channel'), { type: OcellusError });
    }
});

test('[A9] names: prefixes, folders, what a recording is known by', () => {
    assertEqual([prefixOf(''), prefixOf('/'), prefixOf('/home/cams/')], ['', '', 'home/cams/']);
    for (const bad of ['a//b', '..', 'a/../b', 'ä', 'a b', 'x'.repeat(201), 'a?b']) {
        assertThrows(() => prefixOf(bad), { type: OcellusError });
    }
    const root = { prefix: 'home', device: 'cam 1' };
    assertEqual(deviceKey(root), 'home/cam=201/device.json');
    assertEqual(dayFolder(root, 'front', hour) + hourIndexName(hour), 'home/cam=201/front/2026-11-21/02.json');
    const path = `recordings/front/${stem}_20261121T025120.000Z.mp4`;
    assertEqual([stemOf(path), stemOf(`recordings/front/${stem}_open.mp4`)], [stem, stem]);
    assertEqual(segmentName(stem, 4_294_967_295), `${stem}-4294967295.m4s`);
    for (const bad of ['', 'x.mp4', `recordings/a/b/${stem}_open.mp4`, 'recordings/front/a_b.mp4']) {
        assertThrows(() => stemOf(bad), { type: OcellusError });
    }
});

test('[A9] playlist: one time line, its gaps, its events, its end', () => {
    const other = 'ocellus_20261121T025200.000Z';
    const segments = [
        segment(200, startMs),
        segment(1200, startMs + 4000),
        segment(3200, startMs + 12_000), // one is missing
        segment(200, startMs + 16_000, { stem: other }),
        segment(1200, startMs + 20_000, { stem: other, durationMs: 12_600 }),
    ];
    const events = [
        { id: 7, kind: 'mo"tion\n', mask: 1, startMs: startMs + 1000, endMs: startMs + 2500 },
        { id: 8, kind: 'vendor-32', mask: 0x80000000, startMs: startMs + 2000, endMs: undefined },
    ];
    const read = readPlaylist(playlistText({ segments, events, ended: true, day }));
    assertEqual(
        read.entries.map(({ uri, startMs: at, discontinuity, map }) => [uri, at - startMs, discontinuity, map]),
        [
            [`${stem}-0000000200.m4s`, 0, false, `${stem}-init.mp4`],
            [`${stem}-0000001200.m4s`, 4000, false, `${stem}-init.mp4`],
            [`${stem}-0000003200.m4s`, 12_000, true, `${stem}-init.mp4`],
            [`${other}-0000000200.m4s`, 16_000, true, `${other}-init.mp4`],
            [`${other}-0000001200.m4s`, 20_000, false, `${other}-init.mp4`],
        ],
    );
    assertEqual([read.ended, read.targetSeconds], [true, 13]);
    assertEqual(read.ranges, [
        `ID="event-7",CLASS="ocellus.motion",START-DATE="2026-11-21T02:51:01.000Z",END-DATE="2026-11-21T02:51:02.500Z",DURATION=1.500,X-OCELLUS-MASK=1`,
        `ID="event-8",CLASS="ocellus.vendor-32",START-DATE="2026-11-21T02:51:02.000Z",X-OCELLUS-MASK=2147483648`,
    ]);
    const empty = readPlaylist(playlistText({ segments: [], events, ended: false, day }));
    assertEqual([empty.entries, empty.ended, empty.targetSeconds], [[], false, 10]);
});

test('[A9] playlist: a growing one only gets longer; another day is beside it', () => {
    const one = [segment(200, startMs)];
    const two = [...one, segment(1200, startMs + 4000)];
    const text = (segments: readonly IndexSegment[], ended: boolean) =>
        playlistText({ segments, events: [], ended, day });
    assertEqual(text(two, false).startsWith(text(one, false)), true);
    assertEqual(text(two, true), `${text(two, false)}#EXT-X-ENDLIST\n`);
    const midnight = Date.UTC(2026, 10, 22);
    const read = readPlaylist(playlistText({ segments: [segment(200, midnight)], events: [], ended: true, day }));
    assertEqual(
        [read.entries[0]?.uri, read.entries[0]?.map],
        [`../2026-11-22/${stem}-0000000200.m4s`, `../2026-11-22/${stem}-init.mp4`],
    );
});

test('[A9] playlist: a whole day of segments of 4 s, hour by hour as it is read', () => {
    const midnight = Date.UTC(2026, 10, 21);
    const lines = new ListLines({ day });
    let [count, characters, breaks] = [0, 0, 0];
    for (let clock = 0; clock < 24; clock++) {
        const first = clock * 900;
        const segments = Array.from({ length: 900 }, (_, index) =>
            segment((first + index) * 1000, midnight + (first + index) * 4000),
        );
        const text = segments.map((one) => lines.of(one)).join('');
        count += text.split('.m4s\n').length - 1;
        characters += text.length;
        breaks += text.split('DISCONTINUITY').length - 1;
    }
    assertEqual([count, breaks, characters < 1_500_000], [21_600, 0, true]);
});

test('[A9] index of an hour: there and back, bounded, of nobody else', () => {
    let index: HourIndex = withEvents(emptyHour('front', hour), [
        { id: 2, kind: 'motion', mask: 1, startMs, endMs: undefined },
    ]);
    index = withSegment(withSegment(index, segment(200, startMs)), segment(1200, startMs + 4000, { stem: 'b_m5' }));
    index = withEvents(index, [
        { id: 2, kind: 'motion', mask: 1, startMs, endMs: startMs + 5 },
        { id: 1, kind: 'sound', mask: 4, startMs, endMs: startMs },
    ]);
    assertEqual(parseHour(hourText(index), 'front', hour), index);
    assertEqual(
        index.events.map(({ id, endMs }) => [id, endMs]),
        [
            [1, startMs],
            [2, startMs + 5],
        ],
    );
    const text = hourText(index);
    for (const bad of [
        '',
        '[]',
        '{}',
        text.slice(1),
        text.replace('"version":1', '"version":2'),
        text.replace('[0,200,', '[2,200,'),
        text.replace('[0,200,', '[0,-1,'),
        text.replace('[0,200,', '[0,1.5,'),
        text.replace('"ocellus_', '"/oc/ellus_'),
        text.replace('"motion"', '5'),
    ]) {
        assertThrows(() => parseHour(bad, 'front', hour), { type: OcellusError });
    }
    assertThrows(() => parseHour(text, 'back', hour), { type: OcellusError });
    assertThrows(() => parseHour(text, 'front', hour + 1), { type: OcellusError });
    const full = { ...index, segments: Array.from({ length: hourSegmentsMax }, () => segment(1, 1)) };
    assertThrows(() => withSegment(full, segment(2, 2)), { type: OcellusError });
});

test('[A9] index of an hour: a picture that is in the store stays named, members of later versions are passed over', () => {
    const seen = { id: 2, kind: 'motion', mask: 1, startMs, endMs: undefined };
    const first = withEvents(emptyHour('front', hour), [
        { ...seen, picture: '' },
        { ...seen, id: 3 },
        { ...seen, id: 4, picture: '0123456789abcdef' },
    ]);
    const index = withEvents(first, [{ ...seen, endMs: startMs + 5 }]);
    assertEqual(
        index.events.map(({ id, endMs, picture }) => [id, endMs, picture]),
        [
            [2, startMs + 5, ''],
            [3, undefined, undefined],
            [4, undefined, '0123456789abcdef'],
        ],
    );
    const text = hourText(index);
    assert(text.includes(`[2,"motion",1,${startMs},${startMs + 5},1],[3,"motion",1,${startMs},null],[4,`), text);
    assert(text.includes(',null,"0123456789abcdef"]]'), text);
    for (const none of ['0', '""', '"1"', '"0123456789abcdeF"', '{}']) {
        const events = parseHour(text.replace('"0123456789abcdef"', none), 'front', hour).events;
        assertEqual(events[2]?.picture, undefined, none);
    }
    assertEqual(parseHour(text, 'front', hour), index);
    assertEqual(parseHour(text.replace(',1],[3', ',1,"x",7],[3'), 'front', hour), index);
    assertThrows(() => parseHour(text.replace(',1],[3', `,1${',0'.repeat(7)}],[3`), 'front', hour), {
        type: OcellusError,
    });
});

test('[A9] index of a day: hours in order, once', () => {
    const index = withSegment(emptyHour('front', hour), segment(200, startMs));
    const found = withHour(withHour(withHour(emptyDay('front', day), '14', index), '02', index), '14', {
        ...index,
        segments: [],
    });
    assertEqual(found.hours, [
        { hour: '02', segments: 1, bytes: 1000, durationMs: 4000, events: 0 },
        { hour: '14', segments: 0, bytes: 0, durationMs: 0, events: 0 },
    ]);
    assertEqual(parseDay(dayText(found), 'front', day), found);
    const text = dayText(found);
    for (const bad of ['', text.replace('"14"', '"24"'), text.replace('"14"', '"02"'), text.replace('1000', '-1')]) {
        assertThrows(() => parseDay(bad, 'front', day), { type: OcellusError });
    }
    assertThrows(() => parseDay(text, 'back', day), { type: OcellusError });
    assertThrows(() => parseDay(text, 'front', '2026-11-22'), { type: OcellusError });
});

test('[A2] cursors: there and back; damaged ones are left out, the others stay', () => {
    const cursor = { ...newCursor(5), path: 'recordings/a/b_c_d.mp4', offset: 7, ms: 8, hour: 9, open: [1, 2] };
    const all = new Map([
        ['front', cursor],
        ['back', newCursor(6)],
    ]);
    const text = cursorsText(all);
    assertEqual([...cursorsOf(text)], [...all]);
    for (const bad of ['', '{', '[]', '{"version":2}', text.replace('"version":1', '"version":3')]) {
        assertEqual([...cursorsOf(bad)], []);
    }
    for (const [from, to] of [
        ['"offset":7', '"offset":-7'],
        ['"done":false', '"done":0'],
        ['"hour":9', '"hour":-2'],
        ['[1,2]', '[1,"2"]'],
        ['"recordings/a/b_c_d.mp4"', 'null'],
    ] as const) {
        assertEqual([...cursorsOf(text.replace(from, to)).keys()], ['back']);
    }
});

test('[A2] cuts: whole groups of pictures, the end of a recording as it is', () => {
    const keys = [0, 2000, 4000, 6000, 8000].map((ms, index) => ({ ms, offset: 100 + index * 10 }));
    const open = { initBytes: 50, bytes: 145, durationMs: 9000, open: true, keys, more: false };
    const start = { offset: 0, ms: 0 };
    const piece = (from: number, to: number, what: 'more' | 'newest' | 'last' = 'newest'): Cut => ({
        kind: 'piece',
        piece: {
            from: { offset: 100 + from / 200, ms: from },
            to: { offset: 100 + to / 200, ms: to },
            last: what === 'last',
            more: what === 'more',
        },
    });
    assertEqual(cut(open, start, every(4000)), piece(0, 4000, 'more'));
    assertEqual(cut(open, start, every(3000)), piece(0, 4000, 'more'));
    assertEqual(cut(open, start, every(2000)), piece(0, 2000, 'more'));
    assertEqual(cut(open, start, every(5000)), piece(0, 6000));
    assertEqual(cut(open, { offset: 120, ms: 4000 }, every(4000)), piece(4000, 8000));
    assertEqual(cut({ ...open, more: true }, { offset: 120, ms: 4000 }, every(4000)), piece(4000, 8000, 'more'));
    assertEqual(cut({ ...open, open: false }, { offset: 120, ms: 4000 }, every(4000)), piece(4000, 8000, 'more'));
    assertEqual(cut(open, { offset: 140, ms: 8000 }, every(4000)), { kind: 'wait' });
    assertEqual(cut({ ...open, more: true }, { offset: 140, ms: 8000 }, every(4000)), { kind: 'more', behind: 140 });
    assertEqual(cut({ ...open, open: false }, { offset: 140, ms: 8000 }, every(4000)), piece(8000, 9000, 'last'));
    assertEqual(cut({ ...open, open: false }, { offset: 145, ms: 9000 }, every(4000)), { kind: 'end' });
    assertEqual(cut({ ...open, keys: [] }, start, every(4000)), { kind: 'wait' });
    assertEqual(cut({ ...open, keys: [], open: false }, start, every(4000)), { kind: 'end' });
    // the key frame at the place is not in a coarser table any more
    assertEqual(cut(open, { offset: 125, ms: 5000 }, every(2000)), piece(5000, 8000));
});
