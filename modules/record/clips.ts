/** Clips: files of a span around now, beside whatever is recorded; and the same out of the ring, without a file. */
import type { Body, RingSpan } from 'ocellus/body';
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { sleep } from 'ocellus/app/base/time';
import type { Recorder, RecordingsQuery } from 'ocellus/app/record/recorder';
import { OcellusError } from 'ocellus/error';
import { isOpen, type RecordingRow, type StreamName } from 'ocellus/plane';

/** Which span. */
export interface ClipOptions {
    /** Name of the channel. */
    readonly channel: string;
    /** Left out: the main one. */
    readonly stream?: StreamName;
    /** Seconds before now, 0 to 600; as far back as the ring of the channel goes. */
    readonly beforeSeconds: number;
    /** Seconds from now on, 0 to 600. */
    readonly afterSeconds: number;
    /** Of its file; left out: `clip`. `[A-Za-z0-9-]{1,63}` */
    readonly name?: string;
}

/** Which span of the ring. */
export type SpanOptions = Omit<ClipOptions, 'name'>;

/** A recording that an application starts. */
export interface RecordStart {
    /** Name of the channel. */
    readonly channel: string;
    /** Of its files; `[A-Za-z0-9-]{1,63}` */
    readonly name: string;
    /** Left out: the main one. */
    readonly stream?: StreamName;
    /** It ends by itself then, also without the script; left out or 0: not. At most a day. */
    readonly seconds?: number;
}

/** A file that is complete. */
export interface Clip {
    /** As `RecordingRow.path`: for `recordingBody`. */
    readonly path: string;
    readonly channel: string;
    /** ISO 8601, UTC: of the key frame at or before the beginning; null: the wall clock was not set. */
    readonly start: string | null;
    readonly end: string | null;
    readonly bytes: number;
}

/** What records for an application. */
export interface ClipRecorder {
    /**
     * A file of the span, also while the channel is recorded; done when it is complete and listed. A clip of the same
     * channel that runs is made longer, and both get the same file, of the first one's name. It ends on time without the
     * script, with its source, and 10 minutes after its beginning. Rejects with `OcellusError`: `NOENT` no such channel,
     * `STATE` its source is not open, `CLOSED` nothing came, `DISK_FULL`, `PRIVATE`, …
     */
    clip(options: ClipOptions): Promise<Clip>;
    /**
     * The same span as a body of MP4, sent from the ring of the channel without a file; done after `afterSeconds`. The ring
     * must hold all of it, and lends at most half of its memory (`ringBody` of `ocellus/body`). Close it when it was sent.
     */
    span(options: SpanOptions): Promise<Body>;
    /** The newest key frame of a channel: `snapshotBody` of `ocellus/body`. */
    snapshot(channel: string, stream?: StreamName): Promise<Body>;
    /**
     * Records a channel under a name of its own, in place of what the settings want of it; nothing is missing between the two.
     * Split after the minutes of the settings.
     */
    start(options: RecordStart): Promise<void>;
    /** That ends; the channel is recorded again as the settings want it. */
    stop(channel: string): Promise<void>;
    /** Files of recordings, in order: of one name, those of one recording. */
    recordings(query?: RecordingsQuery): AsyncIterable<RecordingRow>;
}

/** Recordings by the name of a channel; tests supply their own. */
export type NamedRecorder = Pick<Recorder, 'startNamed' | 'stopNamed' | 'recordings'>;

/** Bodies of rings, by the number of a channel; tests supply their own. */
export interface RingBodies {
    span(channel: number, span: RingSpan): Promise<Body>;
    snapshot(channel: number, stream: StreamName): Promise<Body>;
}

const secondsMax = 600;
/** The clip before is being finished: asked again after so many milliseconds, so often. */
const [againMs, againMax] = [200, 25];

function checkSeconds(name: string, seconds: number): number {
    if (!(seconds >= 0 && seconds <= secondsMax)) {
        throw new OcellusError('RANGE', `${name}: ${String(seconds)} is not allowed; use 0 to ${secondsMax}`);
    }
    return Math.round(seconds * 1000);
}

function noBody(): Promise<Body> {
    return Promise.reject(new OcellusError('NOTSUP', 'this plane lends no bodies of rings'));
}

const daySeconds = 86_400;

const noRing: RingBodies = { span: noBody, snapshot: noBody };

/** One per script. `audio`: whether recordings have sound. */
export class Clips implements ClipRecorder {
    readonly #plane: Pick<PlaneApi, 'channels' | 'clip' | 'recordings'>;
    readonly #audio: () => boolean;
    readonly #ring: RingBodies;
    readonly #recorder: NamedRecorder | undefined;

    constructor(
        plane: Pick<PlaneApi, 'channels' | 'clip' | 'recordings'>,
        audio: () => boolean,
        ring: RingBodies = noRing,
        recorder?: NamedRecorder,
    ) {
        this.#recorder = recorder;
        this.#plane = plane;
        this.#audio = audio;
        this.#ring = ring;
    }

    async clip({ channel, stream = 'main', beforeSeconds, afterSeconds, name = 'clip' }: ClipOptions): Promise<Clip> {
        const beforeMs = checkSeconds('beforeSeconds', beforeSeconds);
        const afterMs = checkSeconds('afterSeconds', afterSeconds);
        if (!/^[A-Za-z0-9-]{1,63}$/.test(name)) {
            throw new OcellusError('INVAL', 'name: at most 63 of A-Z, a-z, 0-9 and -');
        }
        const number = this.#numberOf(channel, 'clip');
        const span = { name, beforeMs, afterMs, audio: this.#audio() };
        const path = await this.#begin(() => this.#plane.clip(number, stream, span));
        return await this.#listed(channel, path);
    }

    async start({ channel, name, stream = 'main', seconds = 0 }: RecordStart): Promise<void> {
        if (!/^[A-Za-z0-9-]{1,63}$/.test(name)) {
            throw new OcellusError('INVAL', 'name: at most 63 of A-Z, a-z, 0-9 and -');
        }
        if (!(seconds >= 0 && seconds <= daySeconds)) {
            throw new OcellusError('RANGE', `seconds: ${String(seconds)} is not allowed; use 0 to ${daySeconds}`);
        }
        this.#numberOf(channel, 'start');
        await this.#named().startNamed(channel, stream, name, seconds);
    }

    async stop(channel: string): Promise<void> {
        this.#numberOf(channel, 'stop');
        await this.#named().stopNamed(channel);
    }

    recordings(query: RecordingsQuery = {}): AsyncIterable<RecordingRow> {
        return this.#named().recordings(query);
    }

    #named(): NamedRecorder {
        if (this.#recorder === undefined) {
            throw new OcellusError('NOTSUP', 'this plane records nothing by name');
        }
        return this.#recorder;
    }

    async span({ channel, stream = 'main', beforeSeconds, afterSeconds }: SpanOptions): Promise<Body> {
        const beforeMs = checkSeconds('beforeSeconds', beforeSeconds);
        const afterMs = checkSeconds('afterSeconds', afterSeconds);
        this.#numberOf(channel, 'span');
        if (afterMs > 0) {
            await sleep(afterMs);
        }
        const span = { beforeMs: beforeMs + afterMs, stream, audio: this.#audio() };
        return await this.#ring.span(this.#numberOf(channel, 'span'), span);
    }

    async snapshot(channel: string, stream: StreamName = 'main'): Promise<Body> {
        return await this.#ring.snapshot(this.#numberOf(channel, 'snapshot'), stream);
    }

    #numberOf(channel: string, what: string): number {
        const row = this.#plane.channels().find((one) => one.name === channel);
        if (row === undefined || !isOpen(row)) {
            throw new OcellusError('NOENT', `${what}: no channel "${channel}" is open`);
        }
        return row.number;
    }

    async #begin(clip: () => Promise<string>): Promise<string> {
        for (let count = 0; ; count++) {
            try {
                return await clip();
            } catch (error) {
                const finishing = error instanceof OcellusError && error.code === 'BUSY';
                if (!finishing || count === againMax) {
                    throw error;
                }
                await sleep(againMs);
            }
        }
    }

    async #listed(channel: string, path: string): Promise<Clip> {
        // a recording of that start and no length, which need not exist, is the row before
        const after = path.replace(/([^_]+)_[^_]+\.mp4$/, '$1_$1.mp4');
        const { rows } = await this.#plane.recordings({
            channel,
            name: '',
            after,
            limit: 4,
            newest: false,
            from: 0,
            to: 0,
        });
        const row = rows.find((one) => one.path === path);
        if (row === undefined) {
            throw new OcellusError('NOENT', `clip: ${path} is not there any more`);
        }
        const { start, end, bytes } = row;
        return { path, channel, start, end, bytes };
    }
}
