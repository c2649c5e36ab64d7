import { type Heard, type Notice, noticeInMs, noticeKind, noticeOf } from 'ocellus/app/live/push-notices';
import { assertEqual, test } from 'ocellus/test/harness';

const heard = (silentMs: number, more: Partial<Heard> = {}): Heard => ({
    silentMs,
    isFresh: false,
    isPrivate: false,
    ...more,
});

/** Kinds that a row of looks brings. */
function told(...looks: readonly Heard[]): string[] {
    let now: Notice = 'new';
    return looks.flatMap((look) => {
        const before = now;
        now = noticeOf(before, look);
        return noticeKind(before, now) ?? [];
    });
}

test('[E6] after 15 s the video has stopped, after 90 s the publisher is gone, each told once, then it is back', () => {
    const fresh = heard(0, { isFresh: true });
    assertEqual(told(fresh, heard(14_999)), []);
    assertEqual(told(fresh, heard(15_000), heard(40_000), heard(89_999)), ['push-interrupted']);
    assertEqual(told(fresh, heard(15_000), heard(90_000), heard(500_000)), ['push-interrupted', 'push-offline']);
    assertEqual(told(fresh, heard(15_000), fresh, heard(15_000)), [
        'push-interrupted',
        'push-resumed',
        'push-interrupted',
    ]);
    assertEqual(told(fresh, heard(95_000), fresh), ['push-offline', 'push-resumed']);
});

test('[E6] what never ran is not interrupted; it is gone after 90 s all the same', () => {
    assertEqual(told(heard(0), heard(20_000), heard(90_000)), ['push-offline']);
    assertEqual(told(heard(0), heard(20_000), heard(0, { isFresh: true })), []);
});

test('[E6] privacy mode stops it at once, and it is back with its first packet', () => {
    const fresh = heard(0, { isFresh: true });
    assertEqual(told(fresh, heard(2, { isPrivate: true }), heard(9), fresh), ['push-interrupted', 'push-resumed']);
    // also when nobody looked while it ran
    assertEqual(told(heard(2, { isFresh: true, isPrivate: true }), fresh), ['push-interrupted', 'push-resumed']);
});

test('a look comes when there is something to tell', () => {
    assertEqual(
        [noticeInMs('live', 5000), noticeInMs('interrupted', 15_000), noticeInMs('new', 0)],
        [10_000, 75_000, 90_000],
    );
    assertEqual([noticeInMs('offline', 100_000), noticeInMs('live', 99_000)], [Infinity, 0]);
});
