/**
 * Sends each event that begins to a receiver (docs/design/events.md). The kept events are the spool: a cursor, stored
 * after each delivery, is all that is remembered, so that what could not be sent survives a restart.
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { isObject, parseJson } from 'ocellus/app/config/json';
import type { Titles } from 'ocellus/app/config/names';
import type { Settings } from 'ocellus/app/config/settings';
import type { EventLog } from 'ocellus/app/events/event-log';
import { receiverOf } from 'ocellus/app/events/webhook-service';
import { keptEventText } from 'ocellus/app/http/event-api';
import { request } from 'ocellus/app/net/request';
import { type Body, bodyReadMax, pictureBody } from 'ocellus/body';
import { hex, hmacSha256, Sha256 } from 'ocellus/crypto';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import type { EventRow } from 'ocellus/plane';

/** Sends a document or a picture; the status of the reply. Rejects: no reply came. */
export type Post = (url: string, headers: Readonly<Record<string, string>>, body: string | Body) => Promise<number>;

/** A picture outside of the heap, until it is closed. */
export interface Picture {
    readonly body: string | Body;
    /** SHA-256 of its bytes. */
    readonly hash: string;
    close(): void;
}

/** What it needs. */
export interface WebhookOptions {
    readonly plane: Pick<PlaneApi, 'readStore' | 'writeStore'>;
    readonly host: Pick<HostApi, 'clock'>;
    readonly log: Pick<EventLog, 'page'>;
    readonly settings: () => Settings['events']['webhook'];
    /** Whether an instant is in quiet hours. */
    readonly quiet: (atMs: number) => boolean;
    /** Those of the settings. */
    readonly channels: () => Titles;
    /** Name of this device for the receiver. */
    readonly device: () => string;
    /** Milliseconds for which the receiver is the one of the settings; left out: it just became that. */
    readonly knownMs?: () => number;
    /** Left out: the web of this machine. */
    readonly post?: Post;
    /** The picture of an event; throws when it has none any more; left out: the one that is kept. */
    readonly picture?: (row: EventRow) => Picture;
    /** Waits for a picture; left out: so many ms. */
    readonly pause?: (ms: number) => Promise<void>;
    /** Waits before attempt `count` (0 is the first repetition); left out: 1 s, doubled up to 5 minutes. */
    readonly wait?: (count: number) => Promise<void>;
}

const storeName = 'webhook';
const memoryNames: ReadonlySet<string> = new Set(['url', 'done']);
/** Events that wait are sent for so long, and so many of them. */
const [ageMaxMs, waitingMax] = [86_400_000, 1000] as const;
const pageRows = 50;
const [stallMs, requestMs, waitMaxMs] = [10_000, 20_000, 300_000] as const;

/** An event is sent without its picture when that has not come so long after it began. */
const [pictureMs, pauseMs] = [2000, 250] as const;

/** Statuses that mean: never this one. Others are tried again; a picture is, when the receiver may take it later. */
const refusals: readonly number[] = [400, 409, 410, 413, 422];

const send: Post = async (url, headers, body) => {
    const init = { method: 'POST', headers, body, timeoutMs: stallMs, deadlineMs: requestMs, redirects: 0 };
    return (await request(url, init)).status;
};

const passing = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

/** The kept picture, read once for its hash: a picture has 512 KB at most, and leaves without the heap. */
function keptPicture(row: EventRow): Picture {
    const body = pictureBody(row);
    const hash = new Sha256();
    for (let at = 0; at < body.bytes; at += bodyReadMax) {
        hash.update(body.read(at, bodyReadMax));
    }
    return { body, hash: hex(hash.digest()), close: () => body.close() };
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** Scheme, host and port: what comes behind may be secret. */
function shown(url: string): string {
    return /^https?:\/\/[^/]*/.exec(url)?.[0] ?? '';
}

/** The value of `Ocellus-Signature`: HMAC-SHA-256 of "SECONDS.BODY". */
export function signature(secret: string, seconds: number, body: string): string {
    const encoder = new TextEncoder();
    return `t=${seconds},v1=${hex(hmacSha256(encoder.encode(secret), encoder.encode(`${seconds}.${body}`)))}`;
}

/** What a stored cursor says of this receiver; undefined: nothing. */
function doneOf(text: string, url: string): number | undefined {
    try {
        const memory = parseJson(text, storeName, 0, memoryNames);
        const [receiver, done] = isObject(memory) ? [memory['url'], memory['done']] : [];
        return receiver === url && typeof done === 'number' && Number.isSafeInteger(done) ? done : undefined;
    } catch {
        return undefined;
    }
}

/** One per script. */
export class Webhook {
    readonly #options: WebhookOptions;
    readonly #post: Post;
    readonly #wait: (count: number) => Promise<void>;
    readonly #pause: (ms: number) => Promise<void>;
    readonly #picture: (row: EventRow) => Picture;
    /** Event that was received, while its picture was not yet. */
    #received = 0;
    /** The receiver that takes no pictures. */
    #pictureless = '';
    /** Number of the last event that needs no sending; undefined: not read yet. */
    #done: number | undefined;
    /** The receiver that `#done` is about. */
    #receiver = '';
    #running = false;
    #again = false;
    /** Ends a wait before its time. */
    #wake: (() => void) | undefined;

    constructor(options: WebhookOptions) {
        this.#options = options;
        this.#post = options.post ?? send;
        this.#picture = options.picture ?? keptPicture;
        this.#pause = options.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
        this.#wait = options.wait ?? ((count) => this.#sleep(Math.min(1000 * 2 ** Math.min(count, 9), waitMaxMs)));
    }

    /** Something was kept, or the settings have changed. Never rejects; done when nothing more waits. */
    async follow(): Promise<void> {
        this.#again = true;
        if (this.#running) {
            return;
        }
        this.#running = true;
        for (let failures = 0; this.#again; ) {
            this.#again = false;
            try {
                await this.#sendAll();
                failures = 0;
            } catch (error) {
                if (error instanceof OcellusError && error.code === 'NOTSUP') {
                    break; // this host keeps no events
                }
                const url = receiverOf(this.#options.settings());
                if (failures === 0) {
                    console.warn(`webhook ${shown(url)}: ${messageOf(error)}; trying again`);
                }
                this.#again = true;
                await this.#wait(failures);
                failures++;
            }
        }
        this.#running = false;
    }

    /** Other settings: a pending attempt is made now. */
    changed(): void {
        this.#pictureless = '';
        this.#wake?.();
        void this.follow();
    }

    #sleep(ms: number): Promise<void> {
        return new Promise((resolve) => {
            const timer = setTimeout(resolve, ms);
            this.#wake = () => {
                clearTimeout(timer);
                resolve();
            };
        });
    }

    async #sendAll(): Promise<void> {
        const url = receiverOf(this.#options.settings());
        if (url === '') {
            this.#done = undefined;
            return;
        }
        if (this.#done === undefined || this.#receiver !== url) {
            await this.#begin(url);
        }
        for (;;) {
            const after = { id: this.#done ?? 0, startMs: 0 };
            const { rows, more } = await this.#options.log.page({ byNumber: true, after, limit: pageRows });
            for (const row of rows) {
                if (receiverOf(this.#options.settings()) !== url) {
                    this.#again = true;
                    return;
                }
                await this.#sendOne(url, row);
                await this.#note(row.id);
            }
            if (!more || rows.length === 0) {
                return;
            }
        }
    }

    /** Where the script before this one was; a receiver that is new gets what has happened since it is one. */
    async #begin(url: string): Promise<void> {
        const newest = await this.#newest();
        const known = doneOf((await this.#options.plane.readStore(storeName)) ?? '', url);
        const { knownMs } = this.#options;
        const before = known ?? (knownMs === undefined ? newest : await this.#newestBefore(knownMs()));
        const done = Math.min(before, newest);
        if (newest - done > waitingMax) {
            console.warn(`webhook ${shown(url)}: ${newest - done - waitingMax} events are too many and are left out`);
        }
        this.#receiver = url;
        await this.#note(Math.max(done, newest - waitingMax));
    }

    async #newest(query: { readonly byNumber?: true; readonly toMs?: number } = { byNumber: true }): Promise<number> {
        const { rows } = await this.#options.log.page({ ...query, newestFirst: true, limit: 1 });
        return rows[0]?.id ?? 0;
    }

    /** The last one before the receiver was the one of the settings. */
    async #newestBefore(knownMs: number): Promise<number> {
        return await this.#newest({ toMs: Math.floor(this.#options.host.clock().wallMs - knownMs) - 1 });
    }

    async #note(done: number): Promise<void> {
        if (done === this.#done) {
            return;
        }
        this.#done = done;
        await this.#options.plane.writeStore(storeName, JSON.stringify({ url: this.#receiver, done }));
    }

    /** The event with its picture, which is made while it is kept. */
    async #pictured(row: EventRow): Promise<EventRow> {
        let now = row;
        for (let left = pictureMs / pauseMs; left > 0 && !now.picture; left--) {
            if (this.#options.host.clock().wallMs - row.startMs >= pictureMs) {
                break;
            }
            await this.#pause(pauseMs);
            [now = row] = await this.#rowsFrom(row.id);
        }
        return now;
    }

    /** The row of an event as it is now; empty: it is gone. */
    async #rowsFrom(id: number): Promise<readonly EventRow[]> {
        const { rows } = await this.#options.log.page({ byNumber: true, after: { id: id - 1, startMs: 0 }, limit: 1 });
        return rows.filter((row) => row.id === id);
    }

    async #sendOne(url: string, begun: EventRow): Promise<void> {
        if (this.#options.quiet(begun.startMs) || this.#options.host.clock().wallMs - begun.startMs > ageMaxMs) {
            return;
        }
        let row = begun;
        if (this.#received === begun.id) {
            [row = begun] = await this.#rowsFrom(begun.id);
        } else {
            row = await this.#pictured(begun);
            if (!(await this.#sendEvent(url, row))) {
                return;
            }
            this.#received = begun.id;
        }
        if (row.picture && this.#options.settings().pictures && this.#pictureless !== url) {
            await this.#sendPicture(url, row);
        }
    }

    /** false: it is left out. Throws: it is tried again. */
    async #sendEvent(url: string, row: EventRow): Promise<boolean> {
        const body = `{"device":${JSON.stringify(this.#options.device())},"event":${keptEventText(row, this.#options.channels())}}`;
        const status = await this.#post(url, this.#headers(row, 'application/json', '', body), body);
        if (status >= 200 && status < 300) {
            return true;
        }
        if (!refusals.includes(status)) {
            throw new Error(`HTTP ${status}`);
        }
        console.warn(`webhook ${shown(url)}: event ${row.id}: HTTP ${status}: it is left out`);
        return false;
    }

    /** Throws: it is tried again. */
    async #sendPicture(url: string, row: EventRow): Promise<void> {
        let picture: Picture;
        try {
            picture = this.#picture(row);
        } catch {
            return; // removed for newer ones
        }
        try {
            const headers = {
                ...this.#headers(row, 'image/jpeg', '-picture', picture.hash),
                'ocellus-event': `${row.id}`,
            };
            const status = await this.#post(url, headers, picture.body);
            if (passing(status)) {
                throw new Error(`HTTP ${status}`);
            }
            if (status < 200 || status >= 300) {
                this.#pictureless = url;
                console.warn(`webhook ${shown(url)}: a picture: HTTP ${status}: no more are sent there`);
            }
        } finally {
            picture.close();
        }
    }

    /** signed: the body, or the hash of a picture. */
    #headers(row: EventRow, type: string, part: string, signed: string): Record<string, string> {
        const seconds = Math.floor(this.#options.host.clock().wallMs / 1000);
        const { secret } = this.#options.settings();
        return {
            'content-type': type,
            'idempotency-key': `${row.id}-${row.startMs}${part}`,
            ...(secret !== '' && { 'ocellus-signature': signature(secret, seconds, signed) }),
        };
    }
}
