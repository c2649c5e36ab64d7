/**
 * Live push (docs/design/live-push.md): starts and stops pushes, keeps which run, hands them to the media plane, and tells
 * what becomes of them. RTMP and SRT run in the media plane, HLS here.
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { channelNamed } from 'ocellus/app/config/recording-rules';
import type { Settings } from 'ocellus/app/config/settings';
import type { Raised } from 'ocellus/app/events/event-bus';
import { HlsPushes, type MakeHls } from 'ocellus/app/live/hls-pushes';
import { addressesOf, isNumbered, type PushAddresses } from 'ocellus/app/live/push-addresses';
import { checkStart, type Running } from 'ocellus/app/live/push-check';
import { vendorCodes } from 'ocellus/app/live/push-error';
import { type PushesJson, type PushJson, pushJson } from 'ocellus/app/live/push-json';
import { keptEveryMs, type LeaseClock } from 'ocellus/app/live/push-lease';
import { PushMemory } from 'ocellus/app/live/push-memory';
import type { Happening, PushRun } from 'ocellus/app/live/push-run';
import { type FillNames, type PushTargetSettings, readTargets } from 'ocellus/app/live/push-rules';
import { idle, type PushState, stateOfRow } from 'ocellus/app/live/push-state';
import { readKept, storeName } from 'ocellus/app/live/push-store';
import { type Destination, destinationOf, placeOf } from 'ocellus/app/live/push-targets';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import type { ChannelRow, PushTarget, StreamName } from 'ocellus/plane';

/** What it needs. */
export interface LivePushOptions {
    readonly plane: Pick<
        PlaneApi,
        'setPushes' | 'pushes' | 'pushWhy' | 'readStore' | 'writeStore' | 'channel' | 'channels' | 'sub' | 'privacy'
    >;
    readonly host: Pick<HostApi, 'clock' | 'now' | 'facts'>;
    readonly settings: () => Pick<Settings, 'live' | 'channels'>;
    /** Name of this device. */
    readonly device: () => string;
    readonly raise: (event: Raised) => void;
    /** Left out: the one of this program. */
    readonly hls?: MakeHls;
}

/** What a start answers. */
export interface PushStarted {
    readonly addresses: PushAddresses;
    /** It ran before: nothing has changed. */
    readonly already: boolean;
    /** Of the vendor's table: 40000415 when it ran before, else 0. */
    readonly vendor: number;
}

/** Milliseconds until what failed here is done again, and between two looks, at least and at most. */
const [againMs, lookMinMs, lookMaxMs] = [2000, 200, 60_000] as const;

function lineOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** One per script. Everything is done one after the other: of two who start the same, one does. */
export class LivePush {
    readonly #options: LivePushOptions;
    readonly #memory = new PushMemory();
    readonly #hls: HlsPushes;
    #last: Promise<unknown> = Promise.resolve();
    #isLoaded = false;
    /** The media plane has the list as it is, and the store what is to be kept. */
    #isHanded = false;
    #isKept = true;
    #keptMs = 0;
    #isPrivate = false;
    #warned = '';
    #timer: number | undefined;
    /** Targets of these settings. */
    #given: readonly unknown[] = [];
    #read: readonly PushTargetSettings[] = [];

    constructor(options: LivePushOptions) {
        this.#options = options;
        const { plane, host } = options;
        const make: MakeHls = async (parts) => {
            const { HlsPush } = await import('ocellus/app/live/hls-push');
            return new HlsPush({ plane, host, ...parts });
        };
        this.#hls = new HlsPushes(options.hls ?? make, () => void this.look());
    }

    /** What was kept runs from now on. Never rejects: what fails is done again. */
    async begin(): Promise<void> {
        await this.look();
    }

    /**
     * Starts one; done when it is kept and handed over, not when it is on the air. `stream`: left out, that of the target.
     * Rejects and changes nothing: `PushError`, `NOENT`, `STATE`, or it cannot be kept.
     */
    start(channel: string, target: string, { stream }: { readonly stream?: StreamName } = {}): Promise<PushStarted> {
        return this.#inTurn(async () => {
            await this.#load();
            const of = this.#target(target);
            const before = this.#memory.find(channel, target);
            if (before !== undefined && (stream ?? before.stream) === before.stream) {
                return { addresses: this.#addresses(before), already: true, vendor: vendorCodes.already };
            }
            const lists = this.#memory.lists;
            const { wallMs = 0, nowMs } = this.#clock();
            const run = this.#memory.begin(channel, target, stream ?? of.stream, Math.round(wallMs), nowMs);
            try {
                this.#check(run, of);
            } catch (error) {
                this.#memory.restore(lists);
                throw error;
            }
            try {
                await this.#keep();
                await this.#handOver();
            } catch (error) {
                this.#memory.restore(lists);
                [this.#isHanded, this.#isKept] = [false, false];
                await this.#settle();
                throw error;
            }
            const addresses = this.#addresses(run);
            this.#tell(run, 'push-started', { stream: run.stream, addresses }, `started: ${this.#place(run)}`);
            return { addresses, already: false, vendor: 0 };
        });
    }

    /** Ends one at once; one that does not run is fine. Rejects: `NOENT`; or it has ended, but that cannot be kept. */
    stop(channel: string, target: string): Promise<void> {
        return this.#inTurn(async () => {
            await this.#load();
            const run = this.#memory.find(channel, target);
            if (run === undefined) {
                this.#channel(channel);
                this.#target(target);
                return;
            }
            await this.#end(run, 'on request');
        });
    }

    /** How all of them stand. */
    state(): Promise<PushesJson> {
        return this.#inTurn(async () => {
            await this.#load();
            await this.#look();
            const { maxPushes } = this.#options.settings().live;
            return {
                maxPushes,
                targets: this.#targets().map(({ name, url, stream }) => ({ name, ...placeOf(url), stream })),
                pushes: this.#memory.runs.map((run) => this.#json(run)),
            };
        });
    }

    /** The settings have changed: what is gone from them ends, what is other than before is pushed anew. Never rejects. */
    follow(): Promise<void> {
        this.#isHanded = false;
        return this.look();
    }

    /** Something may have happened to a push. Never rejects. */
    look(): Promise<void> {
        return this.#inTurn(async () => {
            try {
                await this.#load();
                await this.#look();
            } catch (error) {
                this.#warn(error);
            }
        });
    }

    /** What goes on failing is told once. */
    #warn(error: unknown): void {
        const line = lineOf(error);
        if (line !== this.#warned) {
            console.warn(line.startsWith('live push') ? line : `live push: ${line}`);
        }
        this.#warned = line;
    }

    #inTurn<T>(work: () => Promise<T>): Promise<T> {
        const done = this.#last.then(work).finally(() => this.#wait());
        this.#last = done.catch(() => undefined);
        return done;
    }

    #wait(): void {
        clearTimeout(this.#timer);
        const nowMs = this.#options.host.now();
        const isSettled = this.#isLoaded && this.#isHanded && this.#isKept;
        const dues = this.#memory.runs.map((run) => run.dueInMs(nowMs));
        const dueMs = Math.min(isSettled ? Infinity : againMs, lookMaxMs, ...dues);
        if (!isSettled || dues.length > 0) {
            this.#timer = setTimeout(() => void this.look(), Math.max(lookMinMs, Math.ceil(dueMs)));
        }
    }

    #clock(): LeaseClock {
        const { host } = this.#options;
        const { wallMs, quality } = host.clock();
        return { nowMs: host.now(), wallMs: quality === 'none' ? undefined : wallMs };
    }

    /** Nothing is known to run, and nothing is ended, before what was kept has been read. */
    async #load(): Promise<void> {
        if (this.#isLoaded) {
            return;
        }
        const { plane, host } = this.#options;
        const { startedMs, generation } = host.facts;
        let text: string | undefined;
        try {
            text = await plane.readStore(storeName);
        } catch (error) {
            if (!(error instanceof OcellusError && error.code === 'NOTSUP')) {
                throw error;
            }
        }
        try {
            const kept = readKept(text);
            const isOurs = generation > 1 && kept.startedMs === Math.floor(startedMs);
            this.#memory.adopt(kept, isOurs, this.#clock());
        } catch (error) {
            console.warn(`live push: what was kept cannot be read: ${lineOf(error)}`);
        }
        this.#isLoaded = true;
        await this.#look(); // an address whose hour is over is given up before anything is handed over
    }

    /** Each push, then what is to be done, maybe again. */
    async #look(): Promise<void> {
        this.#endGone();
        const runs = this.#memory.runs;
        const states = runs.map((run) => this.#stateOf(run));
        await this.#lookAtPrivacy(states);
        const clock = this.#clock();
        for (const [index, run] of runs.entries()) {
            const { notice, refused } = run;
            for (const happening of run.look(states[index] ?? idle, clock, this.#isPrivate, this.#memory.nextNumber)) {
                this.#hear(run, happening);
            }
            this.#isKept &&= run.notice === notice && run.refused === refused;
        }
        this.#isKept &&= runs.length === 0 || clock.nowMs - this.#keptMs < keptEveryMs;
        await this.#settle();
    }

    /** The host has ended them all by itself: asked when one does not run. */
    async #lookAtPrivacy(states: readonly PushState[]): Promise<void> {
        const waits = states.some(({ phase }) => phase !== 'runs');
        this.#isPrivate = waits && (await this.#options.plane.privacy()).reasons.length > 0;
    }

    #hear(run: PushRun, { kind, data, line }: Happening): void {
        this.#isKept = false;
        const target = this.#targetOf(run);
        if (kind === 'push-renamed') {
            this.#isHanded = false;
            if (target === undefined || !isNumbered(target)) {
                return;
            }
        }
        const more = kind === 'push-renamed' ? { addresses: this.#addresses(run) } : {};
        this.#tell(run, kind, { ...data, ...more }, line);
    }

    #tell(run: PushRun, kind: string, data: { readonly [name: string]: unknown }, line: string): void {
        const { channel, target } = run;
        const isBad = kind === 'push-interrupted' || kind === 'push-offline' || kind === 'push-refused';
        console[isBad ? 'warn' : 'info'](`${channel}: pushed to ${target}: ${line}`);
        this.#options.raise({ kind, channel, data: { target, ...data } });
    }

    /** The list is handed over, and kept, where that is to be done. Never rejects. */
    async #settle(): Promise<void> {
        try {
            if (!this.#isHanded) {
                await this.#handOver();
            }
            if (!this.#isKept) {
                await this.#keep();
            }
            this.#warned = '';
        } catch (error) {
            this.#warn(error);
        }
    }

    #endGone(): void {
        for (const run of this.#memory.runs) {
            const isThere = channelNamed(this.#options.settings(), run.channel) !== undefined;
            if (!isThere || this.#targetOf(run) === undefined) {
                this.#forget(run, isThere ? 'its target is gone from the settings' : 'its camera is gone');
            }
        }
    }

    #forget(run: PushRun, why: string): void {
        this.#memory.end(run);
        [this.#isHanded, this.#isKept] = [false, false];
        this.#tell(run, 'push-stopped', { why }, `stopped: ${why}`);
    }

    /** It ends first, whatever becomes of the rest. */
    async #end(run: PushRun, why: string): Promise<void> {
        this.#forget(run, why);
        await this.#handOver();
        await this.#keep();
    }

    async #handOver(): Promise<void> {
        this.#isHanded = false;
        const all = this.#memory.runs.flatMap((run) => {
            const target = this.#targetOf(run);
            return target === undefined ? [] : [{ run, destination: this.#destination(run, target) }];
        });
        const { plane } = this.#options;
        const targets = all.flatMap(({ run: { id, channel, target, stream }, destination }): PushTarget[] => {
            const of = { id, channel, sub: stream === 'sub', name: `${channel}/${target}` };
            return destination.by === 'plane' ? [{ ...of, ...destination.target }] : [];
        });
        const hls = all.flatMap(({ run: { id, channel, stream }, destination: { by, target } }) =>
            by === 'hls' ? [{ id, channel, stream, target }] : [],
        );
        await Promise.all([this.#setPlane(plane, targets), this.#hls.set(hls)]);
        this.#isHanded = true;
    }

    /** A host that pushes nothing has nothing to end either. */
    async #setPlane(plane: LivePushOptions['plane'], targets: readonly PushTarget[]): Promise<void> {
        try {
            await plane.setPushes(targets);
        } catch (error) {
            if (targets.length > 0 || !(error instanceof OcellusError && error.code === 'NOTSUP')) {
                throw error;
            }
        }
    }

    async #keep(): Promise<void> {
        const { plane, host } = this.#options;
        const clock = this.#clock();
        this.#isKept = false;
        try {
            const kept = this.#memory.kept(Math.floor(host.facts.startedMs), clock);
            await plane.writeStore(storeName, JSON.stringify(kept));
        } catch (error) {
            if (!(error instanceof OcellusError)) {
                throw error;
            }
            if (error.code !== 'NOTSUP') {
                throw new OcellusError(error.code, `live push: cannot be kept: ${error.message}`);
            }
        }
        [this.#isKept, this.#keptMs] = [true, clock.nowMs];
    }

    #channel(name: string) {
        const found = channelNamed(this.#options.settings(), name);
        if (found === undefined) {
            throw new OcellusError('NOENT', `the settings have no channel named "${name.slice(0, 40)}"`);
        }
        return found;
    }

    #targets(): readonly PushTargetSettings[] {
        const { targets } = this.#options.settings().live;
        if (targets !== this.#given) {
            this.#given = targets;
            this.#read = readTargets(targets, ({ message }) => {
                console.warn(`${message}: left out`);
            });
        }
        return this.#read;
    }

    #target(name: string): PushTargetSettings {
        const found = this.#targets().find((one) => one.name === name);
        if (found === undefined) {
            throw new OcellusError('NOENT', `the settings have no target named "${name.slice(0, 40)}" (live.targets)`);
        }
        return found;
    }

    #targetOf({ target }: PushRun): PushTargetSettings | undefined {
        return this.#targets().find(({ name }) => name === target);
    }

    #names({ channel, target, lease }: PushRun): FillNames {
        return { channel, name: target, number: lease.number, device: this.#options.device() };
    }

    #destination(run: PushRun, target: PushTargetSettings): Destination {
        return destinationOf(target, this.#names(run));
    }

    #addresses(run: PushRun): PushAddresses {
        const target = this.#targetOf(run);
        return target === undefined ? {} : addressesOf(target, this.#names(run), this.#clock().wallMs);
    }

    #place(run: PushRun): string {
        const { scheme, host } = placeOf(this.#targetOf(run)?.url ?? '');
        return `${scheme}://${host}, ${run.stream}`;
    }

    #check(run: PushRun, target: PushTargetSettings): void {
        const { channel, stream } = run;
        const settings = this.#channel(channel);
        const running = this.#memory.runs.flatMap((one): Running[] => {
            const its = this.#targetOf(one);
            const of = its && { channel: one.channel, target: its, destination: this.#destination(one, its) };
            return one === run || of === undefined ? [] : [of];
        });
        const row = this.#rowOf(channel, stream);
        const destination = this.#destination(run, target);
        const { maxPushes } = this.#options.settings().live;
        checkStart({ channel, target, stream, destination, settings, row }, running, maxPushes);
    }

    #rowOf(channel: string, stream: StreamName): ChannelRow | undefined {
        const { plane } = this.#options;
        const main = plane.channels().find(({ name }) => name === channel);
        return stream === 'main' || main === undefined ? main : plane.sub(main.number);
    }

    #stateOf({ id }: PushRun): PushState {
        const { plane } = this.#options;
        const row = plane.pushes().find((one) => one.id === id);
        return this.#hls.state(id) ?? (row === undefined ? idle : stateOfRow(row, plane.pushWhy(id)));
    }

    #json(run: PushRun): PushJson {
        const { host } = placeOf(this.#targetOf(run)?.url ?? '');
        const of = { host, addresses: this.#addresses(run), isPrivate: this.#isPrivate };
        return pushJson(run, this.#stateOf(run), of, this.#clock());
    }
}
