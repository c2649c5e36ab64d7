/**
 * A picture of each channel once in an interval, spread evenly, to one target. Channels that are offline are left out,
 * and tried in turns of their own. Whatever has no time or no target when its turn comes is dropped and counted.
 */
import type { SnapshotsJson } from 'ocellus/app/http/api-types';
import { Gate, type Pass } from 'ocellus/app/snapshots/gate';
import { pictureMs, probeMs } from 'ocellus/app/snapshots/picture-source';
import { Spread } from 'ocellus/app/snapshots/spread';
import type { AddressChannel, Table } from 'ocellus/app/snapshots/table';
import { lineOf, SendError, type Target } from 'ocellus/app/snapshots/target';
import type { Body } from 'ocellus/body';

/** What it needs. */
export interface SnapshotsOptions {
    /** Tells this device from others. */
    readonly deviceId: string;
    /** Monotonic milliseconds, and those since 1970. */
    readonly now: () => number;
    readonly wallMs: () => number;
    /** From 0 to less than 1; left out: Math.random. */
    readonly random?: () => number;
    /** Names of the channels of the plane that have a picture. */
    readonly planeChannels: () => readonly string[];
    /** Those by address. May reject; one at a time. */
    readonly table: () => Promise<Table>;
    /** Rejects: there is no picture. */
    readonly planePicture: (name: string) => Promise<Body>;
    readonly addressPicture: (channel: AddressChannel, deadlineMs: number) => Promise<Body>;
    /** Counts for metrics. */
    readonly count?: (what: 'sent' | 'failed' | 'missed', by: number) => void;
}

/** Pictures under way, with at most 1 MB each: those of channels that are online, and of others. */
export const [shotsMax, probesMax] = [32, 16] as const;
/** Milliseconds after which channels are looked at again: the shortest interval. */
export const tableMs = 60_000;
/** A channel by address is offline after so many pictures in a row that could not be had. */
const failuresMax = 2;
/** Longest timer. */
const timerMsMax = 60_000;

/** One while there is a target. */
export class Snapshots {
    readonly #options: SnapshotsOptions;
    readonly #online: Spread;
    readonly #offline: Spread;
    readonly #random: () => number;
    #gate: Gate;
    #target: Target | undefined;
    #intervalMs = 60_000;
    #planMs = 0;
    #plane: ReadonlySet<string> = new Set();
    #addresses: ReadonlyMap<string, AddressChannel> = new Map();
    #table: Table | undefined;
    #reads = false;
    /** Failures in a row of channels by address that have some. */
    readonly #failures = new Map<string, number>();
    /** Those that are offline by address, and whose turn is next. */
    #lost: readonly string[] = [];
    #nextLost = 0;
    #channels = 0;
    #shots = 0;
    #probes = 0;
    #timer: number | undefined;
    #closed = false;
    #sent = 0;
    #failed = 0;
    #missed = 0;
    /** When a turn found no place the last time. */
    #fullMs = -Infinity;
    #bytes = 0;
    #lastError: SnapshotsJson['lastError'] = null;
    #tableProblem = '';

    constructor(options: SnapshotsOptions) {
        this.#options = options;
        this.#random = options.random ?? Math.random;
        this.#gate = new Gate(this.#random);
        this.#online = new Spread(options.deviceId);
        this.#offline = new Spread(`${options.deviceId}: offline`);
    }

    /** From now on, as this says; again after each change. `target` undefined: there is none just now. */
    follow(target: Target | undefined, intervalMs: number): void {
        if (target !== this.#target) {
            this.#target = target;
            this.#gate = new Gate(this.#random);
        }
        this.#intervalMs = intervalMs;
        this.#planMs = this.#options.now();
        this.#wake();
    }

    /** Nothing begins any more; what is under way ends. */
    close(): void {
        this.#closed = true;
        clearTimeout(this.#timer);
    }

    /** How it stands. */
    state(): SnapshotsJson {
        const isSlow = this.#options.now() - this.#fullMs < this.#intervalMs;
        const sends = isSlow ? 'slow' : 'sending';
        const waits = this.#gate.closed ? 'retrying' : this.#channels === 0 ? 'idle' : sends;
        return {
            state: this.#target === undefined ? 'inactive' : waits,
            intervalSeconds: this.#intervalMs / 1000,
            spacingMs: Math.round(this.#online.spacingMs),
            channels: this.#channels,
            offline: this.#lost.length,
            sent: this.#sent,
            bytes: this.#bytes,
            failed: this.#failed,
            missed: this.#missed,
            lastError: this.#lastError,
        };
    }

    #wake(): void {
        clearTimeout(this.#timer);
        if (this.#closed) {
            return;
        }
        const nowMs = this.#options.now();
        this.#turn(nowMs);
        const nextMs = Math.min(this.#online.nextMs, this.#offline.nextMs, this.#planMs);
        this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(1, Math.ceil(nextMs - nowMs)), timerMsMax));
    }

    #turn(nowMs: number): void {
        if (nowMs >= this.#planMs) {
            this.#plan(nowMs);
        }
        for (let turn = this.#online.take(nowMs); turn.id !== undefined; turn = this.#online.take(nowMs)) {
            this.#miss(turn.missed);
            this.#begin(turn.id, nowMs);
        }
        for (let turn = this.#offline.take(nowMs); turn.id !== undefined; turn = this.#offline.take(nowMs)) {
            this.#beginProbe(nowMs);
        }
    }

    /** What it brings is planned when it is there. */
    async #readTable(): Promise<void> {
        if (this.#reads) {
            return;
        }
        this.#reads = true;
        try {
            const table = await this.#options.table();
            this.#tableProblem = '';
            if (table !== this.#table && !this.#closed) {
                this.#table = table;
                this.#use(table);
                this.#planChannels(this.#options.now());
                this.#wake();
            }
        } catch (error) {
            const problem = lineOf(error);
            if (problem !== this.#tableProblem) {
                console.warn(`snapshots: the table cannot be read: ${problem}`);
            }
            this.#tableProblem = problem;
        }
        this.#reads = false;
    }

    #use(table: Table): void {
        const addresses = new Map<string, AddressChannel>();
        for (const channel of table.channels) {
            addresses.set(channel.name, channel);
        }
        for (const name of this.#addresses.keys()) {
            if (!addresses.has(name)) {
                this.#failures.delete(name);
            }
        }
        this.#addresses = addresses;
        for (const problem of table.problems) {
            console.warn(`snapshots: ${problem}`);
        }
    }

    #plan(nowMs: number): void {
        this.#planMs = nowMs + tableMs;
        this.#planChannels(nowMs);
        void this.#readTable();
    }

    #planChannels(nowMs: number): void {
        const plane = this.#options.planeChannels();
        this.#plane = new Set(plane);
        const online: string[] = plane.slice();
        const lost: string[] = [];
        for (const name of this.#addresses.keys()) {
            if (!this.#plane.has(name)) {
                const isLost = (this.#failures.get(name) ?? 0) >= failuresMax;
                (isLost ? lost : online).push(name);
            }
        }
        this.#channels = online.length;
        this.#lost = lost;
        this.#online.plan(online, this.#intervalMs, nowMs);
        this.#offline.plan(lost, this.#intervalMs, nowMs);
    }

    #miss(count: number): void {
        if (count > 0) {
            this.#missed += count;
            this.#options.count?.('missed', count);
        }
    }

    #fail(channel: string, error: unknown): void {
        this.#failed++;
        this.#options.count?.('failed', 1);
        const at = new Date(this.#options.wallMs()).toISOString();
        this.#lastError = { at, channel, message: lineOf(error) };
    }

    #begin(name: string, nowMs: number): void {
        if (this.#target === undefined) {
            return;
        }
        const isFull = this.#shots >= shotsMax;
        if (isFull) {
            this.#fullMs = nowMs;
        }
        const pass = isFull ? 'closed' : this.#gate.enter(nowMs);
        if (pass === 'closed') {
            this.#miss(1);
            return;
        }
        this.#shots++;
        void this.#shoot(name, pass, false);
    }

    /** The next of those that are offline, when there is a place: a turn is dropped, never a channel. */
    #beginProbe(nowMs: number): void {
        const name = this.#lost[this.#nextLost % this.#lost.length];
        if (name === undefined || this.#probes >= probesMax || this.#target === undefined || this.#gate.closed) {
            return;
        }
        this.#nextLost = (this.#nextLost + 1) % this.#lost.length;
        this.#probes++;
        void this.#shoot(name, this.#gate.enter(nowMs), true);
    }

    /** Rejects: there is none. Not async: one promise less for each picture. */
    #picture(name: string, isProbe: boolean): Promise<Body> {
        const address = this.#addresses.get(name);
        return address === undefined || this.#plane.has(name)
            ? this.#options.planePicture(name)
            : this.#options.addressPicture(address, isProbe ? probeMs : pictureMs);
    }

    #noPicture(name: string, isProbe: boolean, error: unknown): void {
        if (this.#addresses.has(name) && !this.#plane.has(name)) {
            this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
        }
        if (!isProbe) {
            this.#fail(name, error);
        }
    }

    #notSent(channel: string, gate: Gate, pass: Pass, error: unknown): void {
        const isOfAll = !(error instanceof SendError) || error.ofAll;
        if (isOfAll) {
            if (!gate.closed) {
                console.warn(`snapshots: ${lineOf(error)}; trying again`);
            }
            gate.failed(pass, this.#options.now());
        } else {
            gate.passed();
        }
        this.#fail(channel, error);
    }

    /** Never rejects. */
    async #shoot(channel: string, pass: Pass, isProbe: boolean): Promise<void> {
        const gate = this.#gate;
        const target = this.#target;
        let body: Body | undefined;
        try {
            body = await this.#picture(channel, isProbe);
            this.#failures.delete(channel);
        } catch (error) {
            this.#noPicture(channel, isProbe, error);
        }
        if (body === undefined || target === undefined) {
            gate.left(pass);
        } else {
            try {
                await target.send({ channel, atMs: this.#options.wallMs(), body });
                gate.passed();
                this.#sent++;
                this.#bytes += body.bytes;
                this.#options.count?.('sent', 1);
            } catch (error) {
                this.#notSent(channel, gate, pass, error);
            }
        }
        body?.close();
        if (isProbe) {
            this.#probes--;
        } else {
            this.#shots--;
        }
    }
}
