/**
 * Keeps why nothing is recorded as events: they lie on the disk with the recordings, and explain a gap when the log of
 * the program is gone. `privacy` of the device and `no-picture` of a camera last as long as it is so; `record-mode` of a
 * camera is the moment at which it became recorded by another rule.
 */
import { sleep } from 'ocellus/app/base/time';
import type { Settings } from 'ocellus/app/config/settings';
import type { EventLog } from 'ocellus/app/events/event-log';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import type { PlaneEvent } from 'ocellus/plane';

/** Milliseconds: what is shorter is no gap. */
const leastMs = 5000;
const lost = /^(?:source-(?:lost|absent|silent)|channel-failed)$/;
const found = /^(?:source-resumed|channel-(?:opened|closed))$/;

/** What it needs. */
export interface AbsencesOptions {
    readonly log: Pick<EventLog, 'keep' | 'end'>;
    readonly host: Pick<HostApi, 'clock'>;
    /** Waits before a camera without a picture is told; left out: `leastMs`. */
    readonly wait?: (ms: number) => Promise<void>;
}

/** The rule by which a camera is recorded: a word of `record.mode`, or `off`. */
function modesOf({ record, channels }: Pick<Settings, 'record' | 'channels'>): ReadonlyMap<string, string> {
    return new Map(channels.map((channel) => [channel.name, record.enabled ? channel.record.mode : 'off']));
}

/** One per script. */
export class Absences {
    readonly #options: AbsencesOptions;
    /** Cameras without a picture, and whether that is kept. */
    readonly #lost = new Map<string, boolean>();
    #chain: Promise<void> = Promise.resolve();

    constructor(options: AbsencesOptions) {
        this.#options = options;
    }

    /** An event of the log of the program. */
    hear({ kind, channel, stream, raised }: Pick<PlaneEvent, 'kind' | 'channel' | 'stream' | 'raised'>): void {
        if (raised === true || stream !== undefined) {
            return; // an application's own words; of the small stream
        }
        const startMs = this.#options.host.clock().wallMs;
        if (kind === 'privacy-on') {
            this.#do((log) => log.keep({ kind: 'privacy', channel: '', json: '', startMs, endMs: null }));
        } else if (kind === 'privacy-off') {
            this.#do((log) => log.end('privacy', ''));
        } else if (channel !== null && lost.test(kind) && !this.#lost.has(channel)) {
            void this.#lose(channel, startMs);
        } else if (channel !== null && found.test(kind)) {
            const isKept = this.#lost.get(channel);
            this.#lost.delete(channel);
            if (isKept !== false) {
                this.#do((log) => log.end('no-picture', channel)); // undefined: a script before this one may have begun it
            }
        }
    }

    /** The settings have changed. */
    follow(before: Pick<Settings, 'record' | 'channels'>, now: Pick<Settings, 'record' | 'channels'>): void {
        const former = modesOf(before);
        for (const [channel, mode] of modesOf(now)) {
            const was = former.get(channel);
            if (was !== undefined && was !== mode) {
                this.#do((log) =>
                    log.keep({ kind: 'record-mode', channel, json: JSON.stringify({ mode, before: was }) }),
                );
            }
        }
    }

    async #lose(channel: string, startMs: number): Promise<void> {
        this.#lost.set(channel, false);
        await (this.#options.wait ?? sleep)(leastMs);
        if (this.#lost.get(channel) === false) {
            this.#lost.set(channel, true);
            this.#do((log) => log.keep({ kind: 'no-picture', channel, json: '', startMs, endMs: null }));
        }
    }

    /** One behind the other: an end finds what began before it. Without a clock there is no time to tell. */
    #do(act: (log: AbsencesOptions['log']) => Promise<number>): void {
        const { log, host } = this.#options;
        this.#chain = this.#chain
            .then(async () => {
                if (host.clock().quality !== 'none') {
                    await act(log);
                }
            })
            .catch((error: unknown) => {
                if (error instanceof OcellusError && error.code === 'NOTSUP') {
                    return; // this host keeps no events
                }
                console.warn(`reason of a gap: not kept: ${error instanceof Error ? error.message : String(error)}`);
            });
    }
}
