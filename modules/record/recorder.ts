/** Recording: what the media plane writes under which name, and the list of what it wrote. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { sleep } from 'ocellus/app/base/time';
import type { Running } from 'ocellus/app/camera/cameras';
import { isRecorded, longerMs } from 'ocellus/app/config/recording-rules';
import type { Settings } from 'ocellus/app/config/settings';
import { recordOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import { OcellusError } from 'ocellus/error';
import type { RecordingRow, RecordOptions, StreamName } from 'ocellus/plane';
import type { RecordingRecord } from 'ocellus/settings-record';

/** Which recordings; left out: all. */
export interface RecordingsQuery {
    readonly channel?: string;
    /** As given when the recording began. */
    readonly name?: string;
    /** Those that touch [from, to), milliseconds since 1970. */
    readonly from?: number;
    readonly to?: number;
    /** By start over all channels; else by channel, then start. */
    readonly newest?: boolean;
    /** `path` of the last row that is known. */
    readonly after?: string;
}

/** Rows asked for at once. */
const pageRows = 100;

/** For how many milliseconds a channel is recorded from now on, 0: no end; undefined: it is not. */
export type RecordPlan = (channel: string) => number | undefined;

/** What it needs of the media plane. */
export type RecorderPlane = Pick<
    PlaneApi,
    'startRecording' | 'stopRecording' | 'recordings' | 'channels' | 'channel' | 'sub' | 'now'
>;

/** Records channels, with sound only too. Files: `recordings/<channel>/<name>_<start>_<end>.mp4`. */
export class Recorder {
    readonly #plane: RecorderPlane;
    readonly #plan: RecordPlan;
    readonly #byHand: RecordPlan;
    readonly #streamOf: (channel: string) => StreamName;
    /** Recordings that an application has started, by channel: their end in milliseconds of `Plane.now`, 0: none. */
    readonly #started = new Map<string, number>();
    #settings: Settings['record'];
    /** A recording that goes on with other settings has everything; not sound from before it was allowed. */
    #resume = true;

    constructor(
        plane: RecorderPlane,
        settings: Settings['record'],
        plan: RecordPlan = () => 0,
        streamOf: (channel: string) => StreamName = () => 'main',
        byHand: RecordPlan = () => undefined,
    ) {
        this.#streamOf = streamOf;
        this.#plane = plane;
        this.#settings = settings;
        this.#plan = plan;
        this.#byHand = byHand;
    }

    /** From the next `start` on. */
    use(settings: Settings['record']): void {
        this.#resume = this.#settings.audio || !settings.audio;
        this.#settings = settings;
    }

    /** Whether channels are recorded at all. */
    get enabled(): boolean {
        return isRecorded(this.#settings);
    }

    /** Whether recordings have sound. */
    get withSound(): boolean {
        return this.#settings.audio;
    }

    /** How a channel that is opened is recorded from its start; undefined: it is not. */
    fromStart(stream: StreamName, channel = ''): RecordOptions | undefined {
        const forMs = this.#forMs(channel);
        return forMs === undefined ? undefined : this.#optionsFor(stream, forMs);
    }

    /** Whether a channel is recorded now without an event. */
    records(channel: string): boolean {
        return this.#isStarted(channel) || this.#forMs(channel) !== undefined;
    }

    /** As `RecordPlan`: what the settings want, and what was asked for by hand. */
    #forMs(channel: string): number | undefined {
        return longerMs(this.enabled ? this.#plan(channel) : undefined, this.#byHand(channel));
    }

    #optionsFor(stream: StreamName, forMs: number): RecordOptions {
        const record = recordOf<RecordingRecord>('record', [settingsTable.record, this.#settings]);
        return {
            ...record,
            prerollMs: this.enabled ? record.prerollMs : 0, // rings are made for it only then
            stream,
            resume: false,
            forMs,
        };
    }

    /** A channel runs, and is recorded as the settings want it. `how`: recorded already, just opened, taken over. */
    async follow(channel: number, stream: StreamName, how: Running): Promise<void> {
        const name = this.#plane.channel(channel)?.name ?? '';
        const forMs = this.#forMs(name);
        if (this.#isStarted(name)) {
            return; // the application says when it ends
        }
        if (how === 'recorded') {
            this.#warnWithoutVideo(channel, stream);
        } else if (forMs !== undefined) {
            await this.start(channel, stream, forMs);
        } else if (how === 'adopted') {
            await this.stop(channel);
        }
    }

    /**
     * Records a channel under a name of its own, in place of what the settings want, until `stopNamed`, or for so many
     * seconds (0: no end), which the media plane counts.
     */
    async startNamed(channel: number, stream: StreamName, name: string, seconds: number): Promise<void> {
        await this.#begin(channel, { ...this.#optionsFor(stream, Math.round(seconds * 1000)), name });
        const endMs = seconds > 0 ? this.#plane.now() + seconds * 1000 : 0;
        this.#take(this.#plane.channel(channel)?.name ?? '', endMs);
    }

    #isStarted(name: string): boolean {
        const endMs = this.#started.get(name);
        return endMs !== undefined && (endMs === 0 || this.#plane.now() < endMs);
    }

    #take(name: string, endMs: number): void {
        this.#started.set(name, endMs);
        if (endMs > 0) {
            this.#giveBack(name, endMs).catch((error: unknown) => {
                console.warn(`${name}: ${error instanceof Error ? error.message : String(error)}`);
            });
        }
    }

    /** When the media plane has ended it, the channel is recorded again as the settings want it. */
    async #giveBack(name: string, endMs: number): Promise<void> {
        await sleep(endMs - this.#plane.now(), () => this.#started.get(name) !== endMs);
        const row = this.#plane.channels().find((one) => one.name === name);
        if (row !== undefined && this.#started.get(name) === endMs) {
            await this.stopNamed(row.number, name);
        }
    }

    /** For the next script of this application. */
    handover(): unknown {
        return [...this.#started].filter(([name]) => this.#isStarted(name));
    }

    /** What the script before gave: those recordings go on. */
    adopt(given: unknown): void {
        for (const one of Array.isArray(given) ? (given as readonly unknown[]) : []) {
            const [name, endMs] = Array.isArray(one) ? (one as readonly unknown[]) : [];
            if (typeof name === 'string' && typeof endMs === 'number') {
                this.#take(name, endMs);
            }
        }
    }

    /** That ends; the channel is recorded again as the settings want it. */
    async stopNamed(channel: number, name: string): Promise<void> {
        if (this.#started.delete(name)) {
            await this.follow(channel, this.#streamOf(name), 'adopted');
        }
    }

    #warnWithoutVideo(channel: number, stream: StreamName): void {
        const row = stream === 'main' ? this.#plane.channel(channel) : this.#plane.sub(channel);
        if (!this.#settings.audio && row !== undefined && row.video_codec === 0 && row.audio_codec !== 0) {
            console.warn(`${row.name}: the source has audio only and record.audio is off: recording nothing`);
        }
    }

    /**
     * Starts, or goes on when it runs already with these settings; with others, or of the other stream, it is finished
     * first. Splitting is the media plane's.
     */
    async start(channel: number, stream: StreamName, forMs = 0): Promise<void> {
        this.#warnWithoutVideo(channel, stream);
        await this.#begin(channel, this.#optionsFor(stream, forMs));
    }

    async #begin(channel: number, options: RecordOptions): Promise<void> {
        try {
            await this.#plane.startRecording(channel, options);
        } catch (error) {
            if (!(error instanceof OcellusError && error.code === 'STATE')) {
                throw error;
            }
            await this.#plane.stopRecording(channel);
            await this.#plane.startRecording(channel, { ...options, resume: this.#resume });
        }
    }

    /** Done when the file is complete; nothing to do is fine. */
    async stop(channel: number): Promise<void> {
        await this.#plane.stopRecording(channel);
    }

    /** A page, at most `limit` rows (1 to 200), in the order of the query. */
    async page(
        query: RecordingsQuery,
        limit: number,
    ): Promise<{ readonly rows: readonly RecordingRow[]; readonly more: boolean }> {
        const { channel = '', name = '', after = '', from = 0, to = 0, newest = false } = query;
        return await this.#plane.recordings({ channel, name, after, limit, from, to, newest });
    }

    /** All of them, in order, read page by page as they are asked for. */
    async *recordings(query: RecordingsQuery = {}): AsyncGenerator<RecordingRow, void> {
        let after = query.after ?? '';
        for (;;) {
            const { rows, more } = await this.page({ ...query, after }, pageRows);
            yield* rows;
            const last = rows[rows.length - 1];
            if (!more || last === undefined) {
                return;
            }
            after = last.path;
        }
    }
}
