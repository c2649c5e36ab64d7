/** Feeds one video element by Media Source Extensions: bounded before it, trimmed behind it. */
import { BoundedQueue } from '../packets/queue.js';

/** Waits to be appended: 8 MB is 4 s of 16 Mbit/s; more means that the element takes nothing. */
const QUEUE_BYTES = 8 * 1024 * 1024;
const QUEUE_ENTRIES = 2000;
/** So much is appended at once while the element catches up, bytes. */
const BATCH = 512 * 1024;
/** What was shown so long ago is cut away, seconds, up to a key frame. */
const [BEHIND_MAX, BEHIND_LEFT] = [10, 4];

/** A media source of this browser; undefined: it has none. */
export function sourceClass(): typeof MediaSource | undefined {
    const known = globalThis as unknown as { ManagedMediaSource?: typeof MediaSource; MediaSource?: typeof MediaSource };
    return known.MediaSource ?? known.ManagedMediaSource;
}

/** What the feeder reports, from events of the element and the buffer. */
export interface FeederEvents {
    /** Something was appended, or cut away. */
    readonly onAppended: () => void;
    /** What waited is lost: on with the next key frame. */
    readonly onLost: () => void;
    /** Nothing can be appended any more. */
    readonly onFailed: (reason: string) => void;
}

/** A range of time that can be played, seconds. */
export interface Range {
    readonly begin: number;
    readonly end: number;
}

/** One element, until `close`. */
export class Feeder {
    readonly #video: HTMLVideoElement;
    readonly #events: FeederEvents;
    readonly #source: MediaSource;
    readonly #address: string;
    readonly #queue = new BoundedQueue<ArrayBuffer | string>({ entries: QUEUE_ENTRIES, bytes: QUEUE_BYTES });
    #buffer: SourceBuffer | undefined;
    #lost = false;
    #closed = false;
    /** When something was appended last, `performance.now()`. */
    appendedMs = 0;

    constructor(video: HTMLVideoElement, Source: typeof MediaSource, events: FeederEvents) {
        this.#video = video;
        this.#events = events;
        this.#source = new Source();
        this.#address = URL.createObjectURL(this.#source);
        this.#source.addEventListener('sourceopen', () => this.#pump());
        video.addEventListener('error', () => this.#fail(video.error?.message ?? ''));
        video.disableRemotePlayback = true; // a managed source needs that
        video.src = this.#address;
    }

    /** An init segment of this media type comes next. */
    begin(mime: string): void {
        this.#queue.push(mime, 0);
    }

    push(data: ArrayBuffer): void {
        const before = this.#queue.dropped;
        this.#queue.push(data, data.byteLength);
        if (this.#queue.dropped !== before) {
            this.#queue.clear();
            this.#lost = true;
            this.#events.onLost();
        }
        this.#pump();
    }

    /** What can be played at the live edge; undefined: nothing. */
    get edge(): Range | undefined {
        const ranges = this.#closed ? undefined : this.#buffer?.buffered;
        const last = (ranges?.length ?? 0) - 1;
        return ranges === undefined || last < 0 ? undefined : { begin: ranges.start(last), end: ranges.end(last) };
    }

    /** Cuts away what was shown long ago. keys: times at which it may be cut, oldest first. @returns the time up to which, seconds */
    trim(keys: readonly number[]): number | undefined {
        const buffer = this.#buffer;
        const now = this.#video.currentTime;
        if (this.#closed || buffer === undefined || buffer.updating || buffer.buffered.length === 0 || now - buffer.buffered.start(0) < BEHIND_MAX) {
            return undefined;
        }
        const cut = keys.filter((time) => time < now - BEHIND_LEFT).at(-1);
        if (cut === undefined || cut - 0.001 <= buffer.buffered.start(0)) {
            return undefined;
        }
        buffer.remove(0, cut - 0.001); // a removal ends at the next key frame
        return cut;
    }

    /** Lets go of the element and of all that waits. May be called twice. */
    close(): void {
        this.#closed = true;
        this.#queue.clear();
        URL.revokeObjectURL(this.#address);
        this.#video.removeAttribute('src');
        this.#video.load();
    }

    #fail(reason: string): void {
        if (!this.#closed) {
            this.#events.onFailed(reason);
        }
    }

    #pump(): void {
        if (this.#closed || this.#source.readyState !== 'open' || this.#buffer?.updating === true || this.#video.error !== null) {
            return;
        }
        try {
            const next = this.#queue.peek();
            if (typeof next === 'string') {
                this.#queue.shift();
                this.#useType(next);
                this.#pump();
            } else if (next !== undefined && this.#buffer !== undefined) {
                if (this.#lost) {
                    this.#lost = false;
                    this.#buffer.abort(); // what is half appended is given up
                }
                this.#buffer.appendBuffer(this.#batch());
                this.appendedMs = performance.now();
            }
        } catch (error) {
            this.#refused(error);
        }
    }

    #useType(mime: string): void {
        if (this.#buffer !== undefined) {
            this.#buffer.changeType(mime);
            return;
        }
        this.#buffer = this.#source.addSourceBuffer(mime);
        this.#buffer.addEventListener('updateend', () => {
            this.#events.onAppended();
            this.#pump();
        });
    }

    /** The queue as one piece, up to a limit. */
    #batch(): ArrayBuffer {
        const parts: ArrayBuffer[] = [];
        let bytes = 0;
        for (let next = this.#queue.peek(); next instanceof ArrayBuffer && (bytes === 0 || bytes + next.byteLength <= BATCH); next = this.#queue.peek()) {
            this.#queue.shift();
            parts.push(next);
            bytes += next.byteLength;
        }
        const [only] = parts;
        if (parts.length === 1 && only !== undefined) {
            return only;
        }
        const whole = new Uint8Array(bytes);
        let at = 0;
        for (const part of parts) {
            whole.set(new Uint8Array(part), at);
            at += part.byteLength;
        }
        return whole.buffer;
    }

    /** The browser's memory is full: what was shown goes, and what comes waits for a key frame. */
    #refused(error: unknown): void {
        const buffer = this.#buffer;
        if (!(error instanceof DOMException && error.name === 'QuotaExceededError') || buffer === undefined) {
            this.#fail(error instanceof Error ? error.message : String(error));
            return;
        }
        this.#queue.clear();
        this.#lost = true;
        this.#events.onLost();
        if (!buffer.updating && buffer.buffered.length > 0) {
            buffer.remove(0, Math.max(this.#video.currentTime, buffer.buffered.start(0) + 0.1));
        }
    }
}
