/**
 * How long the address of a push is kept: for an hour behind the last packet that its target took (ADR 122). Times are
 * monotonic, but over an end of the program: then the wall clock decides as soon as it is set. Pure.
 */

/** Milliseconds behind the last packet in which a publisher gets the address that it had. */
export const leaseMs = 3_600_000;
/** What is kept may be older than the truth by so much: it is written at most so often. */
export const keptEveryMs = 60_000;
/** Added back to what was kept, less what a timer may be late: who is back within the hour has the same address. */
const slackMs = keptEveryMs - 1000;

/** Now. `wallMs` undefined: the clock is not set. */
export interface LeaseClock {
    readonly nowMs: number;
    readonly wallMs: number | undefined;
}

/** The address of a push. */
export interface Lease {
    /** Of the address. */
    readonly number: number;
    /** When its target took something last, monotonic; undefined: never. */
    readonly usedMs: number | undefined;
    /** The same by the wall clock of a process before, as long as nobody could compare it; 0: there is none. */
    readonly unsureMs: number;
}

/** A lease as it is kept. */
export interface KeptLease {
    readonly number: number;
    /** Milliseconds since 1970; 0: the clock was not set; null: never. */
    readonly usedAt: number | null;
    /** The same, monotonic: of the process that kept it. */
    readonly usedMs: number;
}

/** Nothing was sent to it. */
export function newLease(number: number): Lease {
    return { number, usedMs: undefined, unsureMs: 0 };
}

/** With the wall clock, once there is one: what a process before kept is so old. */
export function settled(lease: Lease, { nowMs, wallMs }: LeaseClock): Lease {
    const { number, usedMs, unsureMs } = lease;
    if (unsureMs === 0 || wallMs === undefined || usedMs === undefined) {
        return lease;
    }
    // a clock that went back says nothing
    return { number, usedMs: Math.min(usedMs, nowMs - Math.max(0, wallMs - unsureMs - slackMs)), unsureMs: 0 };
}

/** As it was kept. `isOurs`: by this process, else by one before. */
export function leaseOf({ number, usedAt, usedMs }: KeptLease, isOurs: boolean, clock: LeaseClock): Lease {
    if (usedAt === null) {
        return newLease(number);
    }
    return isOurs
        ? { number, usedMs: Math.min(usedMs, clock.nowMs), unsureMs: 0 }
        : settled({ number, usedMs: clock.nowMs, unsureMs: usedAt }, clock);
}

/** Its target took something: so much for what was unsure. */
export function used(lease: Lease, usedMs: number): Lease {
    return usedMs > (lease.usedMs ?? -1) ? { number: lease.number, usedMs, unsureMs: 0 } : lease;
}

/** Whether the hour is over: the next address is a new one. */
export function isOver({ usedMs }: Lease, { nowMs }: Pick<LeaseClock, 'nowMs'>): boolean {
    return usedMs !== undefined && nowMs - usedMs > leaseMs;
}

/** To be kept. */
export function keptLease({ number, usedMs, unsureMs }: Lease, { nowMs, wallMs }: LeaseClock): KeptLease {
    if (usedMs === undefined) {
        return { number, usedAt: null, usedMs: 0 };
    }
    const usedAt = unsureMs > 0 ? unsureMs : wallMs === undefined ? 0 : Math.round(wallMs - (nowMs - usedMs));
    return { number, usedAt, usedMs };
}
