/** Playlists of a push: what is read, how it goes on, what leaves it; and when a push is tried again. */
import { PushList, readLive, readPushed, sessionName } from 'ocellus/app/live/hls-push-list';
import { retryMs } from 'ocellus/app/live/hls-push-retry';
import type { ErrorCode } from 'ocellus/error';
import { assert, assertEqual, test } from 'ocellus/test/harness';

const wallMs = Date.UTC(2026, 10, 25, 20, 0, 0);
/** (wallMs - 2025) in 200 ms. */
const fresh = Math.floor((wallMs - Date.UTC(2025, 0, 1)) / 200);

const dateOf = (ms: number): string => new Date(ms).toISOString();

/** A list with `count` segments of a second that end at `endMs`. */
function listOf(count: number, { endMs = wallMs, session = 'abcdefgh000', target = 1 } = {}): PushList {
    const list = new PushList({ before: undefined, target, wallMs: endMs - count * 1000, nowMs: 0 });
    for (let n = 0; n < count; n++) {
        const date = dateOf(endMs - (count - n) * 1000);
        const segment = { name: `${session}-s${n}.m4s`, init: `${session}-i1.mp4`, seconds: '1.000000', date };
        list.add({ ...segment, isBreak: false }, n * 1000);
    }
    return list;
}

const numberOf = (text: string, tag: string): number => Number(new RegExp(`#EXT-X-${tag}:(\\d+)`).exec(text)?.[1]);

test('[E2] the playlist of the plane is read as it is', () => {
    const text = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-DISCONTINUITY-SEQUENCE:7
#EXT-X-MAP:URI="i3.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-25T20:00:00.123Z
#EXTINF:2.000000,
s41.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="i4.mp4"
#EXTINF:1.960000,
s42.m4s
`;
    assertEqual(readLive(text), {
        target: 2,
        sequence: 41,
        breaks: 7,
        segments: [
            { number: 41, init: 3, seconds: '2.000000', date: '2026-11-25T20:00:00.123Z', isBreak: false },
            { number: 42, init: 4, seconds: '1.960000', date: '', isBreak: true },
        ],
    });
    for (const other of [
        '',
        '<html>',
        text.replace('#EXTM3U', ''),
        text.replace('s42.m4s', 's42.ts'),
        text.replace('#EXTINF:1.960000,\n', ''),
        text.replace('#EXT-X-TARGETDURATION:2\n', ''),
        text.replace('s42.m4s', '../s42.m4s'),
    ]) {
        assertEqual(readLive(other), undefined, other);
    }
});

test('[E2] what is written is read back; of others nothing is', () => {
    const list = listOf(3);
    const read = readPushed(list.text(false));
    assertEqual(read, list.asRead());
    assertEqual(readPushed(list.text(true).replaceAll('\n', '\r\n')), read);
    assertEqual(numberOf(list.text(false), 'MEDIA-SEQUENCE'), fresh - 15);
    assert(list.text(true).endsWith('#EXT-X-ENDLIST\n') && !list.text(false).includes('ENDLIST'));
    for (const foreign of ['film-1.m4s', 'ABCDEFGH000-s1.m4s', 'abcdefgh000-s1.ts']) {
        assertEqual(readPushed(list.text(false).replace('abcdefgh000-s1.m4s', foreign)), undefined, foreign);
    }
    assert(/^[a-z0-9]{11}$/.test(sessionName(wallMs, 0.999)) && sessionName(0, 0) === '00000000000');
});

test('[E2] twenty seconds stay listed; a file goes when no player can want it any more', () => {
    const list = listOf(100);
    const text = list.text(false);
    assertEqual(text.split('#EXTINF').length - 1, 20);
    assertEqual(numberOf(text, 'MEDIA-SEQUENCE'), Math.floor((wallMs - 100_000 - Date.UTC(2025, 0, 1)) / 200) + 80);
    assertEqual(text.split('#EXT-X-MAP').length - 1, 1, 'one init segment for all');
    // the first one left the list at 20 s: its own second and the twenty of the list later it goes
    assertEqual(list.waste(40_999), undefined);
    assertEqual([list.waste(41_000), list.waste(41_000)], ['abcdefgh000-s0.m4s', undefined]);
    const long = listOf(100, { target: 10 });
    assertEqual(long.text(false).split('#EXTINF').length - 1, 40, 'four target durations');
});

test('[E2] a break is said, and counted when it leaves the list; init segments go with their last segment', () => {
    const list = listOf(2);
    list.break();
    const add = (n: number, init: number) =>
        list.add(
            {
                name: `abcdefgh000-s${n}.m4s`,
                init: `abcdefgh000-i${init}.mp4`,
                seconds: '1.0',
                date: '',
                isBreak: false,
            },
            0,
        );
    add(2, 2);
    add(3, 2);
    const [before, behind] = list.text(false).split('#EXT-X-DISCONTINUITY\n');
    assert(
        before?.endsWith('abcdefgh000-s1.m4s\n') && behind?.startsWith('#EXT-X-MAP:URI="abcdefgh000-i2.mp4"\n'),
        list.text(false),
    );
    const breaks = numberOf(list.text(false), 'DISCONTINUITY-SEQUENCE');
    for (let n = 4; n < 30; n++) {
        add(n, 2);
    }
    assertEqual(numberOf(list.text(false), 'DISCONTINUITY-SEQUENCE'), breaks + 1);
    const waste: string[] = [];
    for (
        let name = list.waste(Number.POSITIVE_INFINITY);
        name !== undefined;
        name = list.waste(Number.POSITIVE_INFINITY)
    ) {
        waste.push(name);
    }
    assertEqual(
        waste.filter((name) => name.includes('-i')),
        ['abcdefgh000-i1.mp4'],
    );
    list.forget('never');
    assertEqual(list.waste(0), 'never');
});

test('[E2] within the hour a list goes on over a restart, with its numbers and segments', () => {
    const before = readPushed(listOf(5, { endMs: wallMs - 3_500_000 }).text(true));
    const list = new PushList({ before, target: 1, wallMs, nowMs: 0 });
    list.add({ name: 'n', init: 'ni', seconds: '1.0', date: '', isBreak: false }, 0);
    const text = list.text(false);
    assertEqual(
        [numberOf(text, 'MEDIA-SEQUENCE'), numberOf(text, 'DISCONTINUITY-SEQUENCE')],
        [before?.sequence, before?.breaks],
    );
    assert(text.includes('-s4.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="ni"\n') && !text.includes('ENDLIST'), text);
});

test('[E2] a process that was killed had files behind its list: the next one deletes them', () => {
    const before = readPushed(listOf(100).text(false));
    const list = new PushList({ before, target: 1, wallMs, nowMs: 1000 });
    const names = Array.from({ length: 48 }, (_, at) => `abcdefgh000-s${at + 32}.m4s`); // 80 is the first that is listed
    assertEqual(list.waste(40_999), undefined);
    assertEqual(
        names.map(() => list.waste(41_000)),
        names,
    );
    assertEqual(list.waste(41_000), undefined);
});

test('[E2] later, or with another target duration, it begins anew; numbers never go back, and old files go', () => {
    for (const [age, target] of [
        [3_700_000, 1],
        [0, 2],
    ] as const) {
        const before = readPushed(listOf(5, { endMs: wallMs - age }).text(false));
        assert(before !== undefined);
        const list = new PushList({ before, target, wallMs, nowMs: 0 });
        assertEqual(list.isEmpty, true);
        list.add({ name: 'n', init: 'ni', seconds: '1.0', date: '', isBreak: false }, 0);
        assert(numberOf(list.text(false), 'MEDIA-SEQUENCE') >= before.sequence + 5);
        assert(numberOf(list.text(false), 'DISCONTINUITY-SEQUENCE') > before.breaks);
        assertEqual([list.waste(20_999), list.waste(21_000)], [undefined, 'abcdefgh000-s0.m4s']); // none is before it
    }
    const unset = new PushList({ before: readPushed(listOf(5).text(false)), target: 3, wallMs: 0, nowMs: 0 });
    assertEqual(unset.asRead().sequence, fresh - 25 + 5, 'also while the clock is not set');
});

test('[E2] pauses: 1, 2, 4, 4 … s for two minutes, then 8, 16, 30 s; 30 s for what a person has to mend', () => {
    const pause = (failures: number, downMs: number, code: ErrorCode = 'REFUSED', random = 0.5) =>
        retryMs({ code, failures, downMs, random });
    const pauses: number[] = [];
    for (let downMs = 0; downMs < 260_000; ) {
        const ms = pause(pauses.length + 1, downMs);
        pauses.push(ms / 1000);
        downMs += ms;
    }
    const soon = pauses.filter((seconds) => seconds <= 4);
    assertEqual(
        [soon.slice(0, 5), pauses.slice(soon.length)],
        [
            [1, 2, 4, 4, 4],
            [8, 16, 30, 30, 30, 30],
        ],
    );
    assertEqual([pause(9, 121_000), pause(9, 130_000), pause(9, 200_000)], [8000, 16_000, 30_000]);
    for (const code of ['PASSWORD', 'CERTIFICATE', 'EXIST', 'NOTSUP'] as const) {
        assertEqual(pause(1, 0, code), 30_000);
    }
    assertEqual([pause(3, 0, 'IO', 0), pause(3, 0, 'IO', 0.999_999)], [3200, 4800]);
});
