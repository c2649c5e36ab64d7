/**
 * Watches the disk of the recordings: asked when the log tells something of it or a file begins or ends, and when somebody
 * wants to know and it is a minute ago. What changes is an event `disk-low`, `disk-full`, `disk-blocked`, `disk-failing` or `disk-gone` that goes on as long as it is so.
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { EventBus } from 'ocellus/app/events/event-bus';
import type { EventLog } from 'ocellus/app/events/event-log';
import type { DiskJson, DiskState } from 'ocellus/app/http/api-types';
import { diskState, type KeepFree } from 'ocellus/app/record/disk-state';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import type { PlaneEvent, Storage } from 'ocellus/plane';

/** What it needs. */
export interface DiskWatchOptions {
    readonly plane: Pick<PlaneApi, 'storage' | 'channels' | 'sub' | 'events'>;
    readonly host: Pick<HostApi, 'clock' | 'now'>;
    readonly events: Pick<EventBus, 'raise'>;
    readonly log: Pick<EventLog, 'page'>;
    readonly settings: () => KeepFree;
}

/** Milliseconds until a look is old. */
export const lookMs = 60_000;

/** Events of the program that say something of the disk. */
const telling = /^(?:data-(?:gone|moved)|record-(?:opened|closed|failed|recovered)|retention-blocked)$/;

/** Looks without an answer until that is told: after a start the files are compared first. */
const silentMax = 3;

/** One per script. */
export class DiskWatch {
    readonly #options: DiskWatchOptions;
    #state: DiskState = 'good';
    #sinceMs: number | undefined;
    #storage: Storage | undefined;
    #gone = false;
    /** Looks in a row without an answer. */
    #silent = 0;
    /** This host keeps no files. */
    #none = false;
    #looked = false;
    #lookedMs = 0;
    #looking = false;
    #again = false;

    constructor(options: DiskWatchOptions) {
        this.#options = options;
    }

    /** null: this host keeps no recordings, or it is not known yet. */
    json(): DiskJson | null {
        if (this.#none || !this.#looked) {
            return null;
        }
        if (this.#options.host.now() - this.#lookedMs > lookMs) {
            void this.look();
        }
        return {
            state: this.#state,
            since: this.#sinceMs === undefined ? null : new Date(this.#sinceMs).toISOString(),
            free: this.#storage?.free ?? 0,
            total: this.#storage?.total ?? 0,
            failing: this.#failing(),
        };
    }

    /** Looks for the first time. Never rejects. */
    async start(): Promise<void> {
        await this.#readGone();
        await this.look();
    }

    /** An event of the log. */
    hear({ kind }: Pick<PlaneEvent, 'kind'>): void {
        if (telling.test(kind) || (kind === 'recording-deleted' && this.#state !== 'good')) {
            this.#follow(kind);
            void this.look();
        }
    }

    #follow(kind: string): void {
        this.#gone = kind === 'data-gone' || (this.#gone && kind !== 'data-moved');
    }

    /** A script before this one may have heard that it is gone. */
    async #readGone(): Promise<void> {
        try {
            for (let from = 0; ; ) {
                const { events, next } = await this.#options.plane.events(from);
                for (const { kind } of events) {
                    this.#follow(kind);
                }
                if (events.length === 0 || next <= from) {
                    return;
                }
                from = next;
            }
        } catch (error) {
            console.warn(`disk: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    /** Done when the state is that of now. Never rejects. */
    async look(): Promise<void> {
        this.#again = true;
        if (this.#looking || this.#none) {
            return;
        }
        this.#looking = true;
        this.#lookedMs = this.#options.host.now();
        while (this.#again) {
            this.#again = false;
            await this.#ask();
        }
        this.#looking = false;
    }

    async #ask(): Promise<void> {
        try {
            this.#storage = await this.#options.plane.storage();
            this.#silent = 0;
        } catch (error) {
            this.#none = error instanceof OcellusError && error.code === 'NOTSUP';
            this.#silent++;
        }
        if (!this.#none) {
            const facts = {
                gone: this.#gone,
                failing: this.#silent >= silentMax || this.#failing().length > 0,
                storage: this.#storage,
            };
            await this.#become(diskState(facts, this.#options.settings(), this.#state));
            this.#looked = true;
        }
    }

    #failing(): string[] {
        const { plane } = this.#options;
        return plane
            .channels()
            .filter((row) => row.record_failing !== 0 || (plane.sub(row.number)?.record_failing ?? 0) !== 0)
            .map(({ name }) => name);
    }

    async #become(state: DiskState): Promise<void> {
        const before = this.#state;
        if (state === before) {
            return;
        }
        const { events, host } = this.#options;
        const { wallMs, quality } = host.clock();
        const known = this.#looked ? undefined : await this.#begunMs(state);
        this.#state = state;
        this.#sinceMs = state === 'good' || quality === 'none' ? undefined : (known ?? wallMs);
        if (before !== 'good') {
            events.raise({ kind: `disk-${before}`, state: 'end' });
        }
        if (state !== 'good') {
            const { free = 0, total = 0 } = this.#storage ?? {};
            console.warn(
                `disk: ${state}${total > 0 && state !== 'gone' ? `, ${Math.floor(free / 1e6)} MB are free` : ''}`,
            );
            if (known === undefined) {
                events.raise({
                    kind: `disk-${state}`,
                    state: 'begin',
                    data: { free, total, channels: this.#failing() },
                });
            }
        } else {
            console.info('disk: good again');
        }
    }

    /** When it began for the script before this one; undefined: it did not. */
    async #begunMs(state: DiskState): Promise<number | undefined> {
        if (state === 'good') {
            return undefined;
        }
        try {
            const query = { channel: '', kinds: [`disk-${state}`], newestFirst: true, limit: 1 };
            const [row] = (await this.#options.log.page(query)).rows;
            return row?.endMs === undefined ? row?.startMs : undefined;
        } catch {
            return undefined; // a disk that is gone keeps no events
        }
    }
}
