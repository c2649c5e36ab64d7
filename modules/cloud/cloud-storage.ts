/**
 * Cloud storage: recordings of this device go to the owner's object store, all of them or those of events. The disk is
 * the spool, so that nothing is lost while the store, the network or the script is away.
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { backoffMs, withDeadline } from 'ocellus/app/base/time';
import {
    type ChannelState,
    type CloudCounts,
    type CloudState,
    joinedState,
    noCounts,
    type StateKind,
} from 'ocellus/app/cloud/cloud-state';
import type { KeySource } from 'ocellus/app/cloud/content-keys';
import { newCursor, type Plan, plans } from 'ocellus/app/cloud/cursor';
import { Cursors } from 'ocellus/app/cloud/cursors';
import { claim } from 'ocellus/app/cloud/device-object';
import { type EventSpan, HourWriter } from 'ocellus/app/cloud/hour-writer';
import { LimitedStore } from 'ocellus/app/cloud/limited-store';
import { type ObjectStore, StoreError } from 'ocellus/app/cloud/object-store';
import { type Push, PushGate } from 'ocellus/app/cloud/push-gate';
import { Turns } from 'ocellus/app/cloud/turns';
import { type Note, Uploader } from 'ocellus/app/cloud/uploader';
import { checkMask, kindsOf } from 'ocellus/app/events/mask';
import type { Body } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';

/** What it needs. */
export interface CloudStorageOptions {
    readonly plane: Pick<PlaneApi, 'recordings' | 'recordingKeys' | 'keptEvents' | 'readStore' | 'writeStore'>;
    /** Undefined: there are no credentials; the state is `inactive`. */
    readonly store: ObjectStore | undefined;
    /** In front of all names; ''. */
    readonly prefix: string;
    /** Name of this device, which nobody else uses below the prefix. */
    readonly device: string;
    /** Tells two devices of the same name apart; it stays the same for the life of the device. */
    readonly deviceId: string;
    /** Names of the channels whose recordings are sent. */
    readonly channels: () => readonly string[];
    readonly plan: Plan;
    /** Estimated bytes of a group of pictures, as 524,288; larger ones are sent whole and reported. */
    readonly maxGopSize: number;
    /** 2 to 10. */
    readonly segmentSeconds: number;
    /** While nothing happens, in the plan `continuous`: 2 to 600; left out, or less than `segmentSeconds`: that. */
    readonly latencySeconds?: number;
    /** Seconds that are sent before and after an event. */
    readonly preRollSeconds: number;
    readonly postRollSeconds: number;
    /** Of all channels together; 0: no limit. */
    readonly bytesPerSecond: () => number;
    /** Milliseconds since 1970, and monotonic ones. */
    readonly wallMs: () => number;
    readonly now: () => number;
    /** From 0 to less than 1; left out: Math.random. */
    readonly random?: () => number;
    /** Bytes of a recording: `recordingBody`. */
    readonly body: (path: string, from: number, to: number) => Body;
    /** The picture of an event: `pictureBody`; left out: pictures are not sent. */
    readonly picture?: (event: { readonly id: number; readonly startMs: number }) => Body;
    /** Keys that objects are encrypted with; left out: none. */
    readonly keys?: KeySource;
    /** Keeps an event of the device that `notifyEvent` brings. */
    readonly raise?: (kind: string) => Promise<void>;
    /** Something is going to be sent. Throws or rejects: not now; it is tried again with the next event, or after a minute. */
    readonly onPushStart?: (push: Push) => void | Promise<void>;
    /** Nothing more of it is sent. */
    readonly onPushStop?: (push: Push) => void;
}

/** Channels that send at the same time: a request and a body each, some 100 KB. */
const channelsAtOnce = 4;
/** Milliseconds until it is looked for something new, and until a blocked store is tried again. */
const [idleMs, blockedMs] = [1000, 300_000] as const;
/** A group of pictures, by which a segment may be longer than it is to be. */
const gopMsMax = 10_000;
/** `close` waits so long for what is whole. */
const closeMs = 10_000;
/** An earlier date is that of a clock that was not set. */
const clockSetMs = Date.UTC(2024, 0, 1);

function reasonOf(error: unknown): string {
    const code = error instanceof StoreError || error instanceof OcellusError ? error.code : 'FAILED';
    return `${code}: ${error instanceof Error ? error.message : String(error)}`;
}

function checked(options: CloudStorageOptions): CloudStorageOptions {
    const {
        maxGopSize,
        segmentSeconds,
        latencySeconds = segmentSeconds,
        preRollSeconds,
        postRollSeconds,
        plan,
    } = options;
    const ranges: readonly (readonly [name: string, value: number, min: number, max: number])[] = [
        ['maxGopSize', maxGopSize, 1, 2 ** 32],
        ['segmentSeconds', segmentSeconds, 2, 10],
        ['latencySeconds', latencySeconds, 2, 600],
        ['preRollSeconds', preRollSeconds, 0, 600],
        ['postRollSeconds', postRollSeconds, 0, 600],
    ];
    for (const [name, value, min, max] of ranges) {
        if (!(value >= min && value <= max)) {
            throw new OcellusError('RANGE', `${name}: ${String(value)} is not allowed; use ${min} to ${max}`);
        }
    }
    if (!plans.includes(plan)) {
        throw new OcellusError('INVAL', `plan: ${plans.join(', ')}`);
    }
    return options;
}

/** One per script. */
export class CloudStorage {
    readonly #options: CloudStorageOptions;
    readonly #store: ObjectStore | undefined;
    readonly #cursors: Cursors;
    readonly #turns = new Turns(channelsAtOnce);
    readonly #states = new Map<string, ChannelState>();
    #counts: CloudCounts = noCounts;
    #plan: Plan;
    #kind: 'new' | 'open' | 'closing' | 'closed' = 'new';
    /** Grows with each plan: loops of an earlier one end. */
    #round = 0;
    #loops: Promise<void>[] = [];
    #changing: Promise<void> = Promise.resolve();
    #closing: Promise<void> | undefined;
    #claimed = false;
    readonly #wakes = new Set<() => void>();

    /** `RANGE`, `INVAL`: an option is not allowed. */
    constructor(options: CloudStorageOptions) {
        this.#options = checked(options);
        this.#plan = options.plan;
        this.#cursors = new Cursors(options.plane);
        this.#store =
            options.store &&
            new LimitedStore(options.store, {
                now: options.now,
                sleep: (ms) => this.#pause(ms),
                bytesPerSecond: options.bytesPerSecond,
            });
    }

    /** Begins. `STATE`: it was started or closed before. Done when it knows where it was, not when something was sent. */
    async start(): Promise<void> {
        if (this.#kind !== 'new') {
            throw new OcellusError('STATE', 'cloud storage was started before');
        }
        this.#kind = 'open';
        await this.#cursors.load();
        await this.setPlan(this.#plan);
    }

    /** Another plan, or the same for other channels. `STATE`: it is not open. */
    async setPlan(plan: Plan): Promise<void> {
        this.#open('setPlan');
        checked({ ...this.#options, plan });
        this.#changing = this.#changing.then(() => this.#change(plan));
        await this.#changing;
    }

    /**
     * Events of the device, by their bits (requirement A7). Throws `RangeError` for a mask that is not allowed, `STATE`
     * before `start` and after `close`.
     */
    async notifyEvent(mask: number): Promise<void> {
        this.#open('notifyEvent');
        for (const kind of kindsOf(checkMask(mask))) {
            await this.#options.raise?.(kind);
        }
        this.wake();
    }

    /** Something was recorded, or settings have changed: the backlog is tried now. */
    wake(): void {
        for (const wake of [...this.#wakes]) {
            wake();
        }
    }

    /** How it stands. */
    state(): CloudState {
        const kind: StateKind = this.#kind !== 'open' ? 'closed' : this.#plan === 'off' ? 'off' : 'starting';
        const inactive = kind === 'starting' && this.#store === undefined;
        const channels = kind === 'starting' ? [...this.#states.values()] : [];
        const { wallMs, keys } = this.#options;
        const state = joinedState(this.#plan, kind, channels, this.#counts, wallMs(), keys?.on);
        return inactive ? { ...state, state: 'inactive', reason: 'there are no credentials' } : state;
    }

    /**
     * Sends what is whole, 10 s at most, keeps how far it is and ends. Again, it ends when the first one does; without a
     * start it does nothing. What a recording under way still brings is on the disk, and is sent after the next start.
     */
    close(): Promise<void> {
        this.#closing ??= this.#close();
        return this.#closing;
    }

    async #close(): Promise<void> {
        if (this.#kind === 'new') {
            this.#kind = 'closed';
        }
        if (this.#kind === 'open') {
            this.#kind = 'closing';
            this.wake();
            await this.#changing;
            await withDeadline(Promise.all(this.#loops), closeMs, 'close').catch(() => undefined);
            this.#round++;
            this.#kind = 'closed';
            this.wake();
        }
    }

    #open(what: string): void {
        if (this.#kind !== 'open') {
            throw new OcellusError('STATE', `${what}: cloud storage is not open`);
        }
    }

    async #change(plan: Plan): Promise<void> {
        this.#round++;
        this.wake();
        await Promise.all(this.#loops);
        this.#plan = plan;
        this.#states.clear();
        this.#loops = [];
        if (plan === 'off') {
            await this.#cursors.forget();
        } else if (this.#store !== undefined) {
            const round = this.#round;
            const store = this.#store;
            this.#loops = this.#options.channels().map((name) => this.#run(name, plan, store, round));
        }
    }

    #note(channel: string, note: Note): void {
        const counts = this.#counts;
        switch (note.kind) {
            case 'sent':
                this.#counts = { ...counts, segments: counts.segments + 1, bytes: counts.bytes + note.bytes };
                return;
            case 'large': {
                const largestGop = Math.max(counts.largestGop, note.bytes);
                if (counts.largeGops === 0) {
                    console.warn(`cloud: ${channel}: a segment has ${note.bytes} bytes, more than was estimated`);
                }
                this.#counts = { ...counts, largeGops: counts.largeGops + 1, largestGop };
                return;
            }
            case 'gap': {
                const [from, to] = [note.fromMs, note.toMs].map((ms) => new Date(ms).toISOString());
                console.warn(`cloud: ${channel}: ${from} to ${to} was deleted or damaged before it was sent`);
                this.#counts = { ...counts, gaps: counts.gaps + 1, gapMs: counts.gapMs + note.toMs - note.fromMs };
                return;
            }
            default:
                note satisfies never;
        }
    }

    #uploader(channel: string, plan: Exclude<Plan, 'off'>, store: ObjectStore, gate: PushGate): Uploader {
        const { plane, body, picture, wallMs, now, prefix, device, maxGopSize, keys } = this.#options;
        const { segmentSeconds, latencySeconds = segmentSeconds, preRollSeconds, postRollSeconds } = this.#options;
        const isQuiet = plan === 'continuous' && latencySeconds > segmentSeconds;
        const targetMs = isQuiet ? latencySeconds * 1000 + gopMsMax : 0;
        return new Uploader({
            channel,
            plan,
            plane,
            writer: new HourWriter(store, { prefix, device }, channel, keys, targetMs),
            body,
            ...(picture && { picture }),
            wallMs,
            now,
            segmentMs: segmentSeconds * 1000,
            quietMs: latencySeconds * 1000,
            margins: { beforeMs: preRollSeconds * 1000, afterMs: postRollSeconds * 1000 },
            gopBytesMax: maxGopSize,
            cursor: this.#cursors.of(channel) ?? newCursor(wallMs()),
            keep: (cursor) => this.#cursors.keep(channel, cursor),
            refused: (id) => gate.isRefused(id),
            begin: (spans: readonly EventSpan[]) => gate.begin(spans.map(({ event }) => event.id)),
            end: () => {
                gate.end();
            },
            note: (note) => {
                this.#note(channel, note);
            },
        });
    }

    /** Sends a channel until its plan ends; while it closes, until nothing is left. */
    async #run(channel: string, plan: Exclude<Plan, 'off'>, store: ObjectStore, round: number): Promise<void> {
        const gate = new PushGate({ channel, plan }, this.#options);
        const isOver = () => this.#round !== round;
        let state: ChannelState = { state: 'starting', reason: '', positionMs: 0, waitingBytes: 0 };
        let uploader: Uploader | undefined;
        /** The code of the last refusal that does not pass: believed when it comes twice, a bit on the way may flip. */
        let final = '';
        for (let failures = 0; !isOver(); ) {
            let waitMs = 0;
            try {
                if (this.#options.wallMs() < clockSetMs) {
                    throw new StoreError('CLOCK', 'the clock of this device is not set', true);
                }
                if (this.#cursors.of(channel) === undefined) {
                    await this.#cursors.keep(channel, newCursor(this.#options.wallMs()));
                }
                await this.#claim(store);
                uploader ??= this.#uploader(channel, plan, store, gate);
                const own = uploader;
                const { idle, positionMs, waitingBytes } = await this.#turns.run(() => own.step());
                const kind = idle ? (gate.why === '' ? 'idle' : 'refused') : 'sending';
                state = { state: kind, reason: gate.why, positionMs, waitingBytes };
                failures = 0;
                final = '';
                waitMs = idle ? idleMs : 0;
            } catch (error) {
                const passes = !(error instanceof StoreError) || error.again;
                const spread = 0.5 + (this.#options.random ?? Math.random)() / 2;
                const code = passes ? '' : error.code;
                waitMs = passes || code !== final ? backoffMs(passes ? failures : 0) * spread : blockedMs;
                final = code;
                failures++;
                state = { ...state, state: passes ? 'retrying' : 'blocked', reason: reasonOf(error) };
                this.#counts = { ...this.#counts, errors: this.#counts.errors + 1 };
                if (failures === 1) {
                    console.warn(`cloud: ${channel}: ${reasonOf(error)}; trying again`);
                }
            }
            this.#states.set(channel, state);
            if (waitMs > 0 && this.#kind === 'closing') {
                break;
            }
            if (waitMs > 0 && !isOver()) {
                await this.#pause(waitMs);
            }
        }
        gate.end();
        if (this.#kind === 'closed') {
            return; // `close` has waited long enough, and another one may write by now
        }
        await uploader?.keep().catch((error: unknown) => {
            console.warn(`cloud: ${channel}: ${reasonOf(error)}`);
        });
    }

    async #claim(store: ObjectStore): Promise<void> {
        if (!this.#claimed) {
            const { prefix, device, deviceId } = this.#options;
            await claim(store, { prefix, device }, deviceId);
            this.#claimed = true;
        }
    }

    #pause(ms: number): Promise<void> {
        return new Promise((resolve) => {
            const wake = () => {
                clearTimeout(timer);
                this.#wakes.delete(wake);
                resolve();
            };
            const timer = setTimeout(wake, ms);
            this.#wakes.add(wake);
        });
    }
}
