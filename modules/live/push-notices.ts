/** When viewers of a push are told that it stopped, is gone, and is back (requirement E6). Pure. */

/** Milliseconds without a packet after which its picture stands still, and after which its publisher is gone. */
export const [interruptedMs, offlineMs] = [15_000, 90_000] as const;

/** new: nothing was sent since it was started. */
export type Notice = 'new' | 'live' | 'interrupted' | 'offline';

/** How a push stands. */
export interface Heard {
    /** Since its target took something last, or since its start. */
    readonly silentMs: number;
    /** It took something since it was looked at last. */
    readonly isFresh: boolean;
    /** Nothing is sent in privacy mode: nobody waits for it. */
    readonly isPrivate: boolean;
}

/** What holds now. */
export function noticeOf(before: Notice, { silentMs, isFresh, isPrivate }: Heard): Notice {
    if (silentMs >= offlineMs) {
        return 'offline';
    }
    const now = isFresh ? 'live' : before;
    return now === 'live' && (isPrivate || silentMs >= interruptedMs) ? 'interrupted' : now;
}

/** The event of a change; undefined: it is none. */
export function noticeKind(
    before: Notice,
    now: Notice,
): 'push-interrupted' | 'push-offline' | 'push-resumed' | undefined {
    if (before === now) {
        return undefined;
    }
    if (now === 'live') {
        return before === 'new' ? undefined : 'push-resumed';
    }
    return now === 'offline' ? 'push-offline' : 'push-interrupted';
}

/** Milliseconds until a silent push is to be looked at again for it. */
export function noticeInMs(notice: Notice, silentMs: number): number {
    const next = notice === 'live' ? interruptedMs : offlineMs;
    return notice === 'offline' ? Infinity : Math.max(0, next - silentMs);
}
