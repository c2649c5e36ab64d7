/** Events of an application: those it raises, and those of the media plane, by kind. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { EventLog } from 'ocellus/app/events/event-log';
import { checkMask, kindsOf, maskOf } from 'ocellus/app/events/mask';
import { programKinds } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import type { PlaneEvent, StreamName } from 'ocellus/plane';

/** An event of one instant, or the beginning or the end of one that goes on. */
export type EventState = 'moment' | 'begin' | 'end';

/** Something happened. */
export interface AppEvent {
    /** `record-opened`, `source-lost`, … (docs/design/event-kinds.md), or what an application raised. */
    readonly kind: string;
    /** Null: the event is of no channel. */
    readonly channel: string | null;
    readonly stream: StreamName;
    /** ISO 8601, UTC. */
    readonly at: string;
    /** What whoever raised it gave; undefined of the media plane's. */
    readonly data: unknown;
    /** 0, or a negative error number; of an input its level. */
    readonly code: number;
    /** Of a recording. */
    readonly path: string;
    readonly text: string;
    readonly state: EventState;
    /** It happened in quiet hours: nobody should be disturbed for it. */
    readonly quiet: boolean;
}

/** What is to be raised. */
export interface Raised {
    /** `[a-z][a-z0-9-]*`, at most 23 characters, none that begins as those of the program do (docs/design/event-kinds.md). */
    readonly kind: string;
    readonly channel?: string;
    /** Anything JSON has, at most 4 KB as text. */
    readonly data?: unknown;
    /** Left out: `moment`. */
    readonly state?: EventState;
}

/** What the bus needs. */
export interface EventBusOptions {
    readonly plane: Pick<PlaneApi, 'addEvent'>;
    readonly host: Pick<HostApi, 'clock'>;
    /** Where events of the application are kept; left out: nowhere. */
    readonly log?: Pick<EventLog, 'keep' | 'end'>;
    /** Whether an instant is in quiet hours; left out: never. */
    readonly quiet?: (atMs: number) => boolean;
}

/** Called with each event of a kind. A promise that rejects is logged like a throw. */
export type EventHandler = (event: AppEvent) => void | Promise<void>;

/** Characters of the data of an event as JSON. */
export const dataMax = 4096;

/** Events that wait for handlers; the oldest go. */
const earlyMax = 64;

/** Events of the program begin so, beside `programKinds`: no application pretends to be it. */
const reserved =
    /^(?:channels?|clock|data|gop|packets|privacy|process|record(?:ing)?|script|source|sub|track|update|video|listening|ended)(?:-|$)/;

/** Refuses what cannot be raised, and gives the data as text, '': none. */
export function checkRaised({ kind, channel = '', data }: Raised): string {
    if (typeof kind !== 'string' || !/^[a-z][a-z0-9-]{0,22}$/.test(kind)) {
        throw new OcellusError('INVAL', 'kind: 1 to 23 of a-z, 0-9 and -, a letter first');
    }
    if (reserved.test(kind) || programKinds.includes(` ${kind} `)) {
        throw new OcellusError('INVAL', `kind: "${kind}" is not allowed: events of the program are called so`);
    }
    if (/^vendor-\d/.test(kind) && maskOf(kind) === 0) {
        throw new OcellusError('INVAL', `kind: "${kind}" is no bit of the vendor's; use vendor-18 to vendor-32`);
    }
    if (typeof channel !== 'string' || !/^(?:[a-z0-9][a-z0-9-]{0,30})?$/.test(channel)) {
        throw new OcellusError('INVAL', 'channel: the name of a channel');
    }
    const json = data === undefined ? '' : (JSON.stringify(data) ?? '');
    if (json.length > dataMax) {
        throw new OcellusError(
            'TOO_BIG',
            `data: ${json.length} characters of JSON are not allowed: at most ${dataMax}`,
        );
    }
    return json;
}

/** Inputs and detectors end with this text. */
const endText = 'off';

function stateOf({ code, text }: PlaneEvent): EventState {
    return code === 1 ? 'begin' : code === 0 && text === endText ? 'end' : 'moment';
}

/** One per script. Handlers run one after the other; one that fails stops no other. */
export class EventBus {
    readonly #options: EventBusOptions;
    readonly #handlers = new Map<string, Set<EventHandler>>();
    readonly #followers = new Set<EventHandler>();
    /** Undefined: `open` was called. */
    #early: PlaneEvent[] | undefined = [];

    constructor(options: EventBusOptions) {
        this.#options = options;
    }

    /** Calls `handler` with each event of this kind from now on; one that is there already stays once. */
    on(kind: string, handler: EventHandler): void {
        const handlers = this.#handlers.get(kind) ?? new Set<EventHandler>();
        this.#handlers.set(kind, handlers.add(handler));
    }

    /** No longer; twice is fine. */
    off(kind: string, handler: EventHandler): void {
        this.#handlers.get(kind)?.delete(handler);
    }

    /** Calls `handler` with every event, before those of its kind. For services of the program. */
    follow(handler: EventHandler): void {
        this.#followers.add(handler);
    }

    /** Calls the handlers, adds the event to the log of the program and keeps it. Throws `OcellusError` for one that is none. */
    raise(raised: Raised): void {
        this.raiseKept(raised).catch((error: unknown) => {
            console.warn(`event ${raised.kind}: not kept: ${error instanceof Error ? error.message : String(error)}`);
        });
    }

    /**
     * As `raise`; the number of the event that is kept: 0: none is. Throws like it, and rejects when it cannot be kept.
     * `mask`: left out, that of the kind.
     */
    raiseKept(raised: Raised, mask?: number): Promise<number> {
        const { kind, channel = '', data, state = 'moment' } = raised;
        const json = checkRaised(raised);
        const { plane, host, log } = this.#options;
        plane.addEvent(kind, channel, state === 'end' ? endText : json).catch((error: unknown) => {
            console.warn(`event ${kind}: not in the log: ${error instanceof Error ? error.message : String(error)}`);
        });
        const { wallMs } = host.clock();
        const code = state === 'begin' ? 1 : 0;
        const at = new Date(wallMs).toISOString();
        const quiet = this.#isQuiet(wallMs);
        const of = { kind, channel: channel === '' ? null : channel, stream: 'main', at, data, code } as const;
        this.#call({ ...of, path: '', text: json, state, quiet });
        if (log === undefined) {
            return Promise.resolve(0);
        }
        const kept = { kind, channel, json, startMs: wallMs, endMs: state === 'begin' ? null : wallMs };
        return state === 'end' ? log.end(kind, channel) : log.keep(mask === undefined ? kept : { ...kept, mask });
    }

    /**
     * Reports events by their mask: bit 1 motion, 2 human, 3 sound, 4 linkage, 17 to 32 the vendor's (17 is the doorbell,
     * others have the kinds `vendor-18` to `vendor-32`). Each bit is an event of its kind, kept with the whole mask.
     * Throws `RangeError` for 0 and for a reserved bit (5 to 16): then nothing is reported.
     */
    notifyEvent(mask: number, data?: unknown, channel = ''): void {
        const word = checkMask(mask);
        const raised = kindsOf(word).map((kind): Raised => ({ kind, channel, data }));
        for (const one of raised) {
            checkRaised(one);
        }
        for (const one of raised) {
            this.raiseKept(one, word).catch((error: unknown) => {
                console.warn(`event ${one.kind}: not kept: ${error instanceof Error ? error.message : String(error)}`);
            });
        }
    }

    /** Handlers are there now: what came before goes to them. */
    open(): void {
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const event of early) {
            this.publish(event);
        }
    }

    /** An event of the log: those that were raised have been told already. Before `open` it waits. */
    publish(event: PlaneEvent): void {
        const { kind, channel, stream, at, code, path, text, raised } = event;
        if (raised === true) {
            return;
        }
        if (this.#early !== undefined) {
            this.#early.push(event);
            if (this.#early.length > earlyMax) {
                this.#early.shift();
            }
        } else {
            const of = { kind, channel, stream: stream ?? 'main', at, data: undefined, code, path, text } as const;
            this.#call({ ...of, state: stateOf(event), quiet: this.#isQuiet(Date.parse(at)) });
        }
    }

    #isQuiet(atMs: number): boolean {
        return this.#options.quiet?.(atMs) ?? false;
    }

    #call(event: AppEvent): void {
        for (const handler of [...this.#followers, ...(this.#handlers.get(event.kind) ?? [])]) {
            Promise.resolve(event)
                .then(handler)
                .catch((error: unknown) => {
                    console.error(`event ${event.kind}: handler failed:`, error);
                });
        }
    }
}
