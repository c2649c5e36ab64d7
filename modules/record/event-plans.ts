/**
 * Clips of events: when one begins, is made longer and ends, in the words of Matter's Push AV transport. A channel that
 * is recorded all the time has its clips in that recording; for others the media plane writes a file, and ends it.
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { sleep } from 'ocellus/app/base/time';
import { clipChannels, clipTimes, recordedStream } from 'ocellus/app/config/recording-rules';
import type { Settings } from 'ocellus/app/config/settings';
import type { AppEvent } from 'ocellus/app/events/event-bus';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import { isOpen } from 'ocellus/plane';

/** What it needs. */
export interface EventPlansOptions {
    readonly plane: Pick<PlaneApi, 'channels' | 'clip' | 'now'>;
    readonly host: Pick<HostApi, 'clock'>;
    readonly settings: () => Pick<Settings, 'channels' | 'record' | 'cloud'>;
    /** Whether a channel is recorded now without an event. */
    readonly recorded: (channel: string) => boolean;
    /** Whether clips have sound. */
    readonly withSound: () => boolean;
    /** Waits before a clip is tried again; left out: 0.2 s. */
    readonly wait?: (ms: number) => Promise<void>;
}

/** Of one channel; milliseconds of `Plane.now`. */
interface Running {
    startMs: number;
    endMs: number;
    limitMs: number;
    blindMs: number;
    /** Kinds that go on. */
    open: string[];
}

/** So long before its end a clip is made longer, when its event goes on. */
const aheadMs = 1000;
/** The clip before is being finished: tried again after so many milliseconds, so often. */
const [againMs, againMax] = [200, 25] as const;
/** Events that are older were of another time. */
const ageMaxMs = 600_000;
const clipName = 'event';

/** One per script. */
export class EventPlans {
    readonly #options: EventPlansOptions;
    readonly #running = new Map<string, Running>();

    constructor(options: EventPlansOptions) {
        this.#options = options;
    }

    /** An event: handlers of the bus call this with each of them. */
    handle({ kind, channel, state, at }: AppEvent): void {
        const { plane, host, settings } = this.#options;
        const agoMs = Math.max(0, host.clock().wallMs - Date.parse(at));
        if (!(agoMs <= ageMaxMs)) {
            return;
        }
        for (const one of clipChannels(settings(), kind, channel)) {
            this.#take(one, kind, state, plane.now() - agoMs);
        }
    }

    /** For the next script. */
    handover(): unknown {
        return [...this.#running].map(([name, running]) => ({ name, ...running }));
    }

    /** What the script before gave. */
    adopt(given: unknown): void {
        for (const one of Array.isArray(given) ? (given as readonly (Partial<Running> & { name?: unknown })[]) : []) {
            const { name, startMs, endMs, limitMs, blindMs, open } = one;
            const times = [startMs, endMs, limitMs, blindMs].every((time) => typeof time === 'number');
            if (typeof name === 'string' && times && Array.isArray(open)) {
                const running = { startMs, endMs, limitMs, blindMs, open: open.map(String) } as Running;
                this.#running.set(name, running);
                this.#arm(name, running);
            }
        }
    }

    #take(name: string, kind: string, state: AppEvent['state'], atMs: number): void {
        const times = clipTimes(this.#options.settings());
        const running = this.#running.get(name);
        if (state === 'end') {
            this.#running.set(name, {
                ...(running ?? none),
                open: (running ?? none).open.filter((one) => one !== kind),
            });
            return;
        }
        const before = running?.open ?? [];
        const open = state === 'begin' && !before.includes(kind) ? [...before, kind] : before;
        if (running !== undefined && atMs < running.endMs) {
            const endMs = Math.min(running.limitMs, Math.max(running.endMs, atMs + times.augmentationMs));
            this.#cut(name, { ...running, endMs, blindMs: endMs + times.blindMs, open });
        } else if (running !== undefined && atMs < running.blindMs) {
            this.#running.set(name, { ...running, open });
        } else if (!this.#options.recorded(name)) {
            const limitMs = atMs + times.maximumMs;
            const endMs = Math.min(limitMs, atMs + times.initialMs);
            this.#cut(name, { startMs: atMs, endMs, limitMs, blindMs: endMs + times.blindMs, open });
        }
    }

    #cut(name: string, running: Running): void {
        this.#running.set(name, running);
        this.#write(name, running).catch((error: unknown) => {
            console.warn(`${name}: no clip of the event: ${error instanceof Error ? error.message : String(error)}`);
        });
        this.#arm(name, running);
    }

    #arm(name: string, running: Running): void {
        const leftMs = running.endMs - aheadMs - this.#options.plane.now();
        if (running.endMs >= running.limitMs) {
            return;
        }
        setTimeout(
            () => {
                const now = this.#running.get(name);
                if (now?.endMs !== running.endMs || now.startMs !== running.startMs || now.open.length === 0) {
                    return;
                }
                const times = clipTimes(this.#options.settings());
                const endMs = Math.min(now.limitMs, now.endMs + times.augmentationMs);
                this.#cut(name, { ...now, endMs, blindMs: endMs + times.blindMs });
            },
            Math.max(0, leftMs),
        );
    }

    async #write(name: string, { startMs, endMs }: Running): Promise<void> {
        const { plane, settings, withSound, wait = sleep } = this.#options;
        const stream = recordedStream(settings(), name);
        const span = {
            name: clipName,
            beforeMs: clipTimes(settings()).preRollMs,
            afterMs: Math.round(endMs - startMs),
            audio: withSound(),
            at: startMs,
        };
        for (let count = 0; ; count++) {
            const row = plane.channels().find((one) => one.name === name);
            if (row === undefined || !isOpen(row)) {
                throw new OcellusError('NOENT', 'the channel is not open');
            }
            try {
                await plane.clip(row.number, stream, span);
                return;
            } catch (error) {
                if (!(error instanceof OcellusError && error.code === 'BUSY') || count === againMax) {
                    throw error;
                }
                await wait(againMs);
            }
        }
    }
}

const none: Running = { startMs: 0, endMs: 0, limitMs: 0, blindMs: 0, open: [] };
