/**
 * "Record now": asked for by hand, beside whatever the settings want of a channel. Kept by the host, so that a restart of
 * the script or of the program does not end it; the media plane ends a bounded one on time by itself (ADR 91).
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { sleep } from 'ocellus/app/base/time';
import { parseJson } from 'ocellus/app/config/json';
import { fullBytes } from 'ocellus/app/record/disk-state';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';

/** Channels as the settings list them. */
type Listed = readonly { readonly name: string; readonly input: string }[];

/** New names of channels: the one in the same place with the same input, whose name is new. Pure. */
export function renamedOf(before: Listed, now: Listed): ReadonlyMap<string, string> {
    const had = (list: Listed, name: string): boolean => list.some((one) => one.name === name);
    const pairs = before.flatMap(({ name, input }, index): readonly (readonly [string, string])[] => {
        const other = now[index];
        const is = other !== undefined && other.name !== name && !had(now, name) && !had(before, other.name);
        return is && other.input === input ? [[name, other.name]] : [];
    });
    return new Map(pairs);
}

/** What it needs. */
export interface RecordNowOptions {
    readonly plane: Pick<PlaneApi, 'now' | 'privacy' | 'storage' | 'readStore' | 'writeStore'>;
    readonly host: Pick<HostApi, 'clock'>;
    /** Those of the settings, in their order. */
    readonly channels: () => Listed;
    /** Done when a channel is recorded as it shall be, if it is open; rejects with why it cannot be. */
    readonly recorded: (channel: string) => Promise<void>;
    /** What `json` says has changed. */
    readonly onChange: () => void;
}

/** Whether a channel is recorded by hand, for people. */
export interface RecordNowJson {
    readonly now: boolean;
    /** ISO 8601, UTC, to the second; null: until it is ended. */
    readonly until: string | null;
    /** Since when, ISO 8601, UTC, to the second; null: it is not, or the clock was not set then. */
    readonly since: string | null;
}

/** Of one channel. */
interface Entry {
    /** As asked for; 0: until it is ended. */
    readonly seconds: number;
    /** `Plane.now` of its end; 0: none. */
    readonly endMs: number;
    /** When it was begun, by the wall clock; 0: that was not set. */
    readonly sinceMs: number;
}

/** An entry as it is kept. `untilMs`: of the wall clock; 0: it has no end, or the clock was not set. */
interface Kept {
    readonly name?: unknown;
    readonly seconds?: unknown;
    readonly untilMs?: unknown;
    readonly sinceMs?: unknown;
}

/** What is kept under this name says which channels are recorded now. */
const storeName = 'recordnow';
const storedNames: ReadonlySet<string> = new Set(['channels', 'name', 'seconds', 'untilMs', 'sinceMs']);

/** Seconds at most: a day, so that one that is forgotten does not fill the disk. 0 has no end. */
export const recordNowMax = 86_400;

/** ISO 8601, to the second. */
function toSecond(wallMs: number): string {
    return new Date(Math.round(wallMs / 1000) * 1000).toISOString();
}

/** One per script. */
export class RecordNow {
    readonly #options: RecordNowOptions;
    readonly #entries = new Map<string, Entry>();

    constructor(options: RecordNowOptions) {
        this.#options = options;
    }

    /** What was kept goes on. Never rejects. Done before a channel is opened. */
    async load(): Promise<void> {
        try {
            const text = await this.#options.plane.readStore(storeName);
            const { channels } = parseJson(text ?? '{}', storeName, 0, storedNames) as { readonly channels?: unknown };
            for (const kept of Array.isArray(channels) ? (channels as readonly Kept[]) : []) {
                this.#adopt(kept);
            }
            this.forget(this.#options.channels());
        } catch (error) {
            if (!(error instanceof OcellusError && error.code === 'NOTSUP')) {
                console.warn(`record now: ${error instanceof Error ? error.message : String(error)}`);
            }
        }
    }

    /** End of the recording of a channel, by `Plane.now`; 0: until it is ended; undefined: it is not recorded. */
    endMs(channel: string): number | undefined {
        const endMs = this.#entries.get(channel)?.endMs;
        return endMs !== undefined && endMs > 0 && endMs <= this.#options.plane.now() ? undefined : endMs;
    }

    /** For people. */
    json(channel: string): RecordNowJson {
        const endMs = this.endMs(channel);
        const left = endMs === undefined || endMs === 0 ? endMs : endMs - this.#options.plane.now();
        const sinceMs = left === undefined ? 0 : (this.#entries.get(channel)?.sinceMs ?? 0);
        return {
            now: left !== undefined,
            until: left === undefined || left === 0 ? null : toSecond(this.#options.host.clock().wallMs + left),
            since: sinceMs === 0 ? null : toSecond(sinceMs),
        };
    }

    /**
     * Begins it, or sets its end anew; done when it is kept and the media plane has it. `seconds`: 0 to `recordNowMax`, 0:
     * until `end`. Rejects and changes nothing: `NOENT`, `RANGE`, `PRIVATE`, `DISK_FULL`, or it cannot be kept.
     */
    async begin(channel: string, seconds: number): Promise<void> {
        const { plane } = this.#options;
        this.#check(channel);
        if (!(Number.isInteger(seconds) && seconds >= 0 && seconds <= recordNowMax)) {
            throw new OcellusError(
                'RANGE',
                `seconds: ${String(seconds)} is not allowed; use 1 to ${recordNowMax}, or 0 for no end`,
            );
        }
        if ((await plane.privacy()).reasons.length > 0) {
            throw new OcellusError('PRIVATE', 'privacy mode is on: nothing is recorded until it ends');
        }
        await this.#checkDisk();
        const { wallMs, quality } = this.#options.host.clock();
        // made longer, it is the same recording
        const before = this.endMs(channel) === undefined ? undefined : this.#entries.get(channel);
        const sinceMs = before?.sinceMs ?? (quality === 'none' ? 0 : Math.round(wallMs));
        await this.#set(channel, { seconds, endMs: seconds === 0 ? 0 : plane.now() + seconds * 1000, sinceMs });
        console.info(`${channel}: recorded by hand${seconds === 0 ? '' : ` for ${seconds} s`}`);
    }

    /** Ends it; the channel is recorded again as the settings want it. Nothing to end is fine. */
    async end(channel: string): Promise<void> {
        this.#check(channel);
        if (this.#entries.has(channel)) {
            await this.#set(channel, undefined);
            console.info(`${channel}: no longer recorded by hand`);
        }
    }

    /** The settings have changed: a channel with another name goes on; one that is gone is not meant any more. */
    forget(before: Listed): void {
        const now = this.#options.channels();
        const renamed = renamedOf(before, now);
        const gone = [...this.#entries].filter(([name]) => !now.some((one) => one.name === name));
        for (const [name, entry] of gone) {
            this.#put(name, undefined);
            const other = renamed.get(name);
            if (other !== undefined) {
                this.#put(other, entry);
            }
        }
        if (gone.length > 0) {
            this.#keep().catch((error: unknown) => {
                console.warn(`record now: ${error instanceof Error ? error.message : String(error)}`);
            });
        }
    }

    #check(channel: string): void {
        if (!this.#options.channels().some(({ name }) => name === channel)) {
            throw new OcellusError('NOENT', `the settings have no channel named "${channel.slice(0, 40)}"`);
        }
    }

    /** A host without files says so when the recording begins. */
    async #checkDisk(): Promise<void> {
        const { free, total } = await this.#options.plane.storage().catch((error: unknown) => {
            if (error instanceof OcellusError && error.code === 'NOTSUP') {
                return { free: 0, total: 0 };
            }
            throw error;
        });
        if (total > 0 && free < fullBytes(total)) {
            const megabytes = Math.floor(free / 1_000_000);
            throw new OcellusError('DISK_FULL', `the disk is full: ${megabytes} MB are free; delete recordings first`);
        }
    }

    async #set(channel: string, entry: Entry | undefined): Promise<void> {
        const before = this.#entries.get(channel);
        this.#put(channel, entry);
        try {
            await this.#keep();
            await this.#options.recorded(channel);
        } catch (error) {
            this.#put(channel, before);
            await this.#keep().catch(() => undefined); // whatever it was that failed is told
            throw error;
        }
    }

    #put(channel: string, entry: Entry | undefined): void {
        if (entry === undefined) {
            this.#entries.delete(channel);
        } else {
            this.#entries.set(channel, entry);
        }
        this.#options.onChange();
        if (entry !== undefined && entry.endMs > 0) {
            this.#over(channel, entry).catch((error: unknown) => {
                console.warn(`${channel}: ${error instanceof Error ? error.message : String(error)}`);
            });
        }
    }

    /** The media plane has ended it then; what the settings want follows. */
    async #over(channel: string, entry: Entry): Promise<void> {
        const mine = (): boolean => this.#entries.get(channel) === entry;
        await sleep(entry.endMs - this.#options.plane.now(), () => !mine());
        if (mine()) {
            this.#put(channel, undefined);
            await this.#options.recorded(channel);
            await this.#keep();
        }
    }

    #adopt({ name, seconds, untilMs, sinceMs }: Kept): void {
        if (typeof name !== 'string' || typeof seconds !== 'number' || typeof untilMs !== 'number') {
            return;
        }
        const { wallMs, quality } = this.#options.host.clock();
        // without a clock nobody knows how much of it is over
        const left = untilMs > 0 && quality !== 'none' ? Math.min(untilMs - wallMs, seconds * 1000) : seconds * 1000;
        if (seconds === 0 || left > 0) {
            const endMs = seconds === 0 ? 0 : this.#options.plane.now() + left;
            this.#put(name, { seconds, endMs, sinceMs: typeof sinceMs === 'number' ? sinceMs : 0 });
        }
    }

    async #keep(): Promise<void> {
        const { plane, host } = this.#options;
        const { wallMs, quality } = host.clock();
        const channels = [...this.#entries].map(([name, { seconds, endMs, sinceMs }]) => ({
            name,
            seconds,
            sinceMs,
            untilMs: endMs === 0 || quality === 'none' ? 0 : Math.round(wallMs + endMs - plane.now()),
        }));
        try {
            await plane.writeStore(storeName, JSON.stringify({ channels }));
        } catch (error) {
            if (!(error instanceof OcellusError)) {
                throw error;
            }
            if (error.code !== 'NOTSUP') {
                throw new OcellusError(error.code, `record now: cannot be kept: ${error.message}`);
            }
        }
    }
}
