/** The events that are kept: begun, ended, listed. A host that keeps none says so once, and events go on without. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { maskOf } from 'ocellus/app/events/mask';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import type { EventQuery, EventRow } from 'ocellus/plane';

/** Which events; left out: all. */
export interface KeptQuery {
    readonly channel?: string;
    readonly kinds?: readonly string[];
    /** Those that touch the span, milliseconds since 1970. */
    readonly fromMs?: number;
    readonly toMs?: number;
    /** By their beginning; left out: the oldest first. */
    readonly newestFirst?: boolean;
    /** By their number instead. */
    readonly byNumber?: boolean;
    /** The last row before. */
    readonly after?: { readonly id: number; readonly startMs: number } | undefined;
    readonly limit?: number;
}

/** What is to be kept. */
export interface Kept {
    readonly kind: string;
    /** '': of none. */
    readonly channel: string;
    /** JSON; '': none. */
    readonly json: string;
    /** Left out: that of the kind. */
    readonly mask?: number;
    /** Left out: now. */
    readonly startMs?: number;
    /** Left out: as `startMs`; null: it goes on. */
    readonly endMs?: number | null;
}

/** Kinds that say why nothing is recorded: no footage belongs to them. */
export const reasonKinds: readonly string[] = ['privacy', 'no-picture', 'record-mode'];

/** Rows of a page when nothing is said. */
const pageRows = 100;

type LogPlane = Pick<PlaneApi, 'keptEvents' | 'beginEvent' | 'endEvent' | 'protectEvent' | 'deleteEvent'>;

/** One per script. */
export class EventLog {
    readonly #plane: LogPlane;
    readonly #host: Pick<HostApi, 'clock'>;
    readonly #followers = new Set<() => void>();
    #warned = false;

    constructor(plane: LogPlane, host: Pick<HostApi, 'clock'>) {
        this.#plane = plane;
        this.#host = host;
    }

    /** Calls `handler` when an event was kept or has ended: whoever reads events finds it then. */
    follow(handler: () => void): void {
        this.#followers.add(handler);
    }

    #tell(): void {
        for (const handler of this.#followers) {
            handler();
        }
    }

    /** Keeps an event; its number, 0: this host keeps none. */
    async keep({ kind, channel, json, mask = maskOf(kind), startMs, endMs }: Kept): Promise<number> {
        const start = startMs ?? this.#host.clock().wallMs;
        const end = endMs === null ? undefined : (endMs ?? start);
        try {
            const id = await this.#plane.beginEvent({ kind, mask, channel, startMs: start, endMs: end, data: json });
            this.#tell();
            return id;
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'NOTSUP') {
                if (!this.#warned) {
                    console.warn('events are not kept: this host has no index');
                }
                this.#warned = true;
                return 0;
            }
            throw error;
        }
    }

    /** The event of this kind that goes on at this channel ends; its number, 0: none does. */
    async end(kind: string, channel: string): Promise<number> {
        const { rows } = await this.page({ channel, kinds: [kind], newestFirst: true });
        const open = rows.find((row) => row.endMs === undefined && row.channel === channel);
        if (open === undefined) {
            return 0;
        }
        await this.#plane.endEvent(open.id, this.#host.clock().wallMs);
        this.#tell();
        return open.id;
    }

    /** A page of them. */
    async page(query: KeptQuery): Promise<{ readonly rows: readonly EventRow[]; readonly more: boolean }> {
        const { channel = '', kinds = [], fromMs = 0, toMs = 0, newestFirst = false, byNumber = false } = query;
        const given: EventQuery = {
            channel,
            kinds: kinds.length === 0 ? '' : `\n${kinds.join('\n')}\n`,
            fromMs,
            toMs,
            newestFirst,
            byNumber,
            afterId: query.after?.id ?? 0,
            afterMs: query.after?.startMs ?? 0,
            limit: query.limit ?? pageRows,
        };
        return await this.#plane.keptEvents(given);
    }

    /** `NOENT`. */
    async protect(id: number, on: boolean): Promise<void> {
        await this.#plane.protectEvent(id, on);
    }

    /** `NOENT`; `STATE`: it is protected. */
    async delete(id: number): Promise<void> {
        await this.#plane.deleteEvent(id);
    }
}
