/** Recordings by names of their own, and the list of what the media plane wrote. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { sleep } from 'ocellus/app/base/time';
import type { NamedRecording } from 'ocellus/app/record/desired-recording';
import type { RecordingRow, StreamName } from 'ocellus/plane';

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

/** What it needs. */
export interface RecorderOptions {
    readonly plane: Pick<PlaneApi, 'recordings' | 'now'>;
    /** Done when a channel is recorded as it shall be; rejects with why it cannot be. */
    readonly recorded: (channel: string) => Promise<void>;
}

/** Recordings that the application starts, and the list of all. Files: `recordings/<channel>/<name>_<start>_<end>.mp4`. */
export class Recorder {
    readonly #options: RecorderOptions;
    readonly #named = new Map<string, NamedRecording>();

    constructor(options: RecorderOptions) {
        this.#options = options;
    }

    /** Those that the application has started, by channel. */
    get named(): ReadonlyMap<string, NamedRecording> {
        return this.#named;
    }

    /**
     * Records a channel under a name of its own, in place of what the settings want, until `stopNamed`, or for so many
     * seconds (0: no end), which the media plane counts. Rejects and changes nothing: why it cannot be.
     */
    async startNamed(channel: string, stream: StreamName, name: string, seconds: number): Promise<void> {
        const before = this.#named.get(channel);
        const endMs = seconds > 0 ? this.#options.plane.now() + Math.round(seconds * 1000) : 0;
        this.#put(channel, { name, stream, endMs });
        try {
            await this.#options.recorded(channel);
        } catch (error) {
            this.#put(channel, before);
            await this.#options.recorded(channel).catch(() => undefined); // whatever failed first is told
            throw error;
        }
    }

    /** That ends; the channel is recorded again as the settings want it. */
    async stopNamed(channel: string): Promise<void> {
        if (this.#named.delete(channel)) {
            await this.#options.recorded(channel);
        }
    }

    #put(channel: string, recording: NamedRecording | undefined): void {
        if (recording === undefined) {
            this.#named.delete(channel);
            return;
        }
        this.#named.set(channel, recording);
        if (recording.endMs > 0) {
            this.#giveBack(channel, recording).catch((error: unknown) => {
                console.warn(`${channel}: ${error instanceof Error ? error.message : String(error)}`);
            });
        }
    }

    /** When the media plane has ended it, the channel is recorded again as the settings want it. */
    async #giveBack(channel: string, recording: NamedRecording): Promise<void> {
        const isOver = (): boolean => this.#named.get(channel) !== recording;
        await sleep(recording.endMs - this.#options.plane.now(), isOver);
        if (!isOver()) {
            await this.stopNamed(channel);
        }
    }

    /** For the next script of this application. */
    handover(): unknown {
        return [...this.#named].map(([channel, { name, stream, endMs }]) => [channel, endMs, name, stream]);
    }

    /** What the script before gave: those recordings go on. */
    adopt(given: unknown): void {
        for (const one of Array.isArray(given) ? (given as readonly unknown[]) : []) {
            const [channel, endMs, name, stream] = Array.isArray(one) ? (one as readonly unknown[]) : [];
            const isStream = stream === 'main' || stream === 'sub';
            if (typeof channel === 'string' && typeof endMs === 'number' && typeof name === 'string' && isStream) {
                this.#put(channel, { name, stream, endMs });
            }
        }
    }

    /** A page, at most `limit` rows (1 to 200), in the order of the query. */
    async page(
        query: RecordingsQuery,
        limit: number,
    ): Promise<{ readonly rows: readonly RecordingRow[]; readonly more: boolean }> {
        const { channel = '', name = '', after = '', from = 0, to = 0, newest = false } = query;
        return await this.#options.plane.recordings({ channel, name, after, limit, from, to, newest });
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
