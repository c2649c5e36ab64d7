/** Which pushes shall run, and the addresses that are kept for those that do not: in memory, and as text to be kept. */
import { isOver, keptLease, type Lease, type LeaseClock, leaseOf, newLease } from 'ocellus/app/live/push-lease';
import { PushRun } from 'ocellus/app/live/push-run';
import { type KeptPush, type KeptPushes, restingMax } from 'ocellus/app/live/push-store';
import type { StreamName } from 'ocellus/plane';

/** A push that does not run, and may be back within the hour. */
interface Resting {
    readonly channel: string;
    readonly target: string;
    readonly stream: StreamName;
    readonly lease: Lease;
}

/** All of a moment. */
interface Lists {
    readonly runs: readonly PushRun[];
    readonly resting: readonly Resting[];
}

function isOf(channel: string, target: string) {
    return (one: { readonly channel: string; readonly target: string }): boolean =>
        one.channel === channel && one.target === target;
}

/** One per script. */
export class PushMemory {
    #lists: Lists = { runs: [], resting: [] };
    #lastId = 0;
    #lastNumber = 0;

    /** In the order in which they were started. */
    get runs(): readonly PushRun[] {
        return this.#lists.runs;
    }

    /** For `restore`. */
    get lists(): Lists {
        return this.#lists;
    }

    /** As it was before a change that failed; numbers that were taken since are not taken again. */
    restore(lists: Lists): void {
        this.#lists = lists;
    }

    /** What was kept. `isOurs`: by this process. */
    adopt({ lastId, lastNumber, pushes }: KeptPushes, isOurs: boolean, clock: LeaseClock): void {
        this.#lastId = lastId;
        this.#lastNumber = lastNumber;
        const adopted = pushes.map((kept) => ({ ...kept, lease: leaseOf(kept, isOurs, clock) }));
        this.#lists = {
            runs: adopted.filter(({ id }) => id > 0).map((one) => new PushRun(one, clock.nowMs)),
            resting: adopted.filter(({ id }) => id === 0),
        };
    }

    /** The one that runs. */
    find(channel: string, target: string): PushRun | undefined {
        return this.runs.find(isOf(channel, target));
    }

    /** Takes the number of a new address. */
    readonly nextNumber = (): number => {
        this.#lastNumber++;
        return this.#lastNumber;
    };

    /** From now on this one shall run, in place of one of the same channel and target. Its address is theirs of the hour. */
    begin(channel: string, target: string, stream: StreamName, sinceMs: number, nowMs: number): PushRun {
        const is = isOf(channel, target);
        const { runs, resting } = this.#lists;
        const before = runs.find(is)?.lease ?? resting.find(is)?.lease;
        const lease = before === undefined || isOver(before, { nowMs }) ? newLease(this.nextNumber()) : before;
        this.#lastId++;
        const run = new PushRun({ id: this.#lastId, channel, target, stream, sinceMs, lease }, nowMs);
        this.#lists = {
            runs: [...runs.filter((one) => !is(one)), run],
            resting: resting.filter((one) => !is(one)),
        };
        return run;
    }

    /** It shall not run any more; its address is kept. */
    end({ channel, target, stream, lease }: PushRun): void {
        const is = isOf(channel, target);
        const { runs, resting } = this.#lists;
        this.#lists = {
            runs: runs.filter((one) => !is(one)),
            resting: [...resting, { channel, target, stream, lease }].slice(-restingMax),
        };
    }

    /** To be kept. `startedMs`: of this process. */
    kept(startedMs: number, clock: LeaseClock): KeptPushes {
        const { runs, resting } = this.#lists;
        const running = runs.map(({ id, channel, target, stream, sinceMs, notice, refused, lease }): KeptPush => {
            return { id, channel, target, stream, sinceMs, notice, refused, ...keptLease(lease, clock) };
        });
        const rest = resting
            .filter(({ lease }) => lease.usedMs !== undefined && !isOver(lease, clock))
            .map(({ channel, target, stream, lease }): KeptPush => {
                const none = { id: 0, sinceMs: 0, notice: 'new', refused: '' } as const;
                return { ...none, channel, target, stream, ...keptLease(lease, clock) };
            });
        return { startedMs, lastId: this.#lastId, lastNumber: this.#lastNumber, pushes: [...running, ...rest] };
    }
}
