/** One push that shall run: what it is, and what is told of it as time goes on. */
import { isOver, type Lease, type LeaseClock, leaseMs, newLease, settled, used } from 'ocellus/app/live/push-lease';
import { type Notice, noticeInMs, noticeKind, noticeOf } from 'ocellus/app/live/push-notices';
import { type PushState, problemOf, refusalOf } from 'ocellus/app/live/push-state';
import type { StreamName } from 'ocellus/plane';

/** What there is to tell. `data`: beside the target. */
export interface Happening {
    readonly kind: 'push-interrupted' | 'push-offline' | 'push-resumed' | 'push-renamed' | 'push-refused';
    readonly data: { readonly [name: string]: unknown };
    /** For the log, behind "cam1: target: ". */
    readonly line: string;
}

/** What it is made of. */
export interface PushRunOptions {
    /** > 0, of no other push of this process. */
    readonly id: number;
    readonly channel: string;
    /** Name of its target. */
    readonly target: string;
    readonly stream: StreamName;
    /** When it was started, milliseconds since 1970; 0: the clock was not set. */
    readonly sinceMs: number;
    readonly lease: Lease;
    /** Left out: it is started now. */
    readonly notice?: Notice;
    /** Code of the refusal that was told; '' or left out: none was. */
    readonly refused?: string;
}

/** While something is awaited of a push it is looked at so often. */
const awaitedMs = 1000;
/** A bit rate is the mean over so much at least. */
const rateMs = 1000;

/** As long as it shall run. */
export class PushRun {
    readonly id: number;
    readonly channel: string;
    readonly target: string;
    readonly stream: StreamName;
    readonly sinceMs: number;
    #lease: Lease;
    #notice: Notice;
    #refused: string;
    /** Since when its target has taken nothing, monotonic. */
    #quietMs: number;
    /** `deliveredMs` when it was looked at last. */
    #seenMs = 0;
    #phase: PushState['phase'] = 'waits';
    /** Of what it had taken; undefined: not looked at yet, and it ran before this script. */
    #sample: { readonly atMs: number; readonly bytes: number } | undefined;
    #bitrate = 0;

    constructor(
        { id, channel, target, stream, sinceMs, lease, notice = 'new', refused = '' }: PushRunOptions,
        nowMs: number,
    ) {
        this.id = id;
        this.channel = channel;
        this.target = target;
        this.stream = stream;
        this.sinceMs = sinceMs;
        this.#lease = lease;
        this.#notice = notice;
        this.#refused = refused;
        this.#quietMs = notice === 'new' ? nowMs : (lease.usedMs ?? nowMs);
        this.#sample = notice === 'new' ? { atMs: nowMs, bytes: 0 } : undefined;
    }

    get lease(): Lease {
        return this.#lease;
    }

    get notice(): Notice {
        return this.#notice;
    }

    get refused(): string {
        return this.#refused;
    }

    /** Bits per second that its target took lately. */
    get bitrate(): number {
        return this.#bitrate;
    }

    /** Looks at its state; what has happened since the last time, in order. `nextNumber`: takes the number of an address. */
    look(state: PushState, clock: LeaseClock, isPrivate: boolean, nextNumber: () => number): readonly Happening[] {
        const { nowMs } = clock;
        const isFresh = state.deliveredMs > this.#seenMs && state.deliveredMs > this.#quietMs;
        const before = this.#lease;
        this.#phase = state.phase;
        this.#seenMs = state.deliveredMs;
        this.#measure(state, nowMs);
        this.#lease = isFresh ? used(this.#lease, state.deliveredMs) : settled(this.#lease, clock);
        const quietMs = this.#quietMs;
        if (isFresh) {
            this.#quietMs = state.deliveredMs;
        } else if (before.unsureMs > 0 && this.#lease.unsureMs === 0) {
            this.#quietMs = this.#lease.usedMs ?? this.#quietMs; // of a process before: the clock is set now
        }
        const why = isPrivate ? 'privacy mode' : (problemOf(state)?.message ?? 'nothing is sent');
        return [
            ...this.#hearNotice(isFresh, isPrivate, nowMs, why, (this.#quietMs - quietMs) / 1000),
            ...this.#hearRefusal(state, isFresh, nowMs),
            ...this.#hearLease(clock, nextNumber),
        ];
    }

    #measure({ bytes }: PushState, nowMs: number): void {
        const before = this.#sample;
        if (before === undefined || bytes < before.bytes) {
            this.#sample = { atMs: nowMs, bytes };
        } else if (nowMs - before.atMs >= rateMs) {
            this.#bitrate = Math.round(((bytes - before.bytes) * 8000) / (nowMs - before.atMs));
            this.#sample = { atMs: nowMs, bytes };
        }
    }

    #hearNotice(isFresh: boolean, isPrivate: boolean, nowMs: number, why: string, gapS: number): readonly Happening[] {
        const before = this.#notice;
        const silentMs = nowMs - this.#quietMs;
        this.#notice = noticeOf(before, { silentMs, isFresh, isPrivate });
        const kind = noticeKind(before, this.#notice);
        if (kind === undefined) {
            return [];
        }
        if (kind === 'push-resumed') {
            const seconds = Math.round(gapS);
            return [{ kind, data: { seconds }, line: `on the air again after ${seconds} s` }];
        }
        const what = kind === 'push-offline' ? 'off the air' : 'interrupted';
        return [{ kind, data: { why }, line: `${what}: ${why}` }];
    }

    /** Told once for each reason, until it runs again. */
    #hearRefusal(state: PushState, isFresh: boolean, nowMs: number): readonly Happening[] {
        const silentMs = state.deliveredMs === 0 ? Infinity : nowMs - state.deliveredMs;
        const refusal = refusalOf(state, silentMs);
        if (refusal === undefined || refusal.code === this.#refused) {
            this.#refused = isFresh ? '' : this.#refused;
            return [];
        }
        const { code, vendor, message: why } = refusal;
        this.#refused = code;
        return [{ kind: 'push-refused', data: { code, vendor, why }, line: `refused: ${why}` }];
    }

    #hearLease(clock: LeaseClock, nextNumber: () => number): readonly Happening[] {
        if (!isOver(this.#lease, clock)) {
            return [];
        }
        const number = nextNumber();
        this.#lease = newLease(number);
        return [{ kind: 'push-renamed', data: { number }, line: `gone for an hour: a new address, number ${number}` }];
    }

    /** Milliseconds until it is to be looked at again. */
    dueInMs(nowMs: number): number {
        const { usedMs } = this.#lease;
        const over = usedMs === undefined ? Infinity : usedMs + leaseMs + 1 - nowMs;
        const isAwaited = this.#notice !== 'live' && (this.#phase === 'runs' || this.#phase === 'connecting');
        return Math.min(over, noticeInMs(this.#notice, nowMs - this.#quietMs), isAwaited ? awaitedMs : Infinity);
    }
}
