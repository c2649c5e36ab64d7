/** Recording: what the media plane writes under which name, and the list of what it wrote. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { Running } from 'ocellus/app/camera/cameras';
import { isRecorded } from 'ocellus/app/config/recording-rules';
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
    /** `path` of the last row that is known. */
    readonly after?: string;
}

/** Rows asked for at once. */
const pageRows = 100;

/** Records channels, with sound only too. Files: `recordings/<channel>/<name>_<start>_<end>.mp4`. */
export class Recorder {
    readonly #plane: Pick<PlaneApi, 'startRecording' | 'stopRecording' | 'recordings' | 'channel' | 'sub'>;
    #settings: Settings['record'];
    /** A recording that goes on with other settings has everything; not sound from before it was allowed. */
    #resume = true;

    constructor(
        plane: Pick<PlaneApi, 'startRecording' | 'stopRecording' | 'recordings' | 'channel' | 'sub'>,
        settings: Settings['record'],
    ) {
        this.#plane = plane;
        this.#settings = settings;
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

    /** How a channel that is opened is recorded from its start; undefined: it is not. */
    fromStart(stream: StreamName): RecordOptions | undefined {
        return this.enabled ? this.#optionsFor(stream) : undefined;
    }

    #optionsFor(stream: StreamName): RecordOptions {
        return {
            ...recordOf<RecordingRecord>('record', [settingsTable.record, this.#settings]),
            stream,
            resume: false,
        };
    }

    /** A channel runs, and is recorded as the settings want it. `how`: recorded already, just opened, taken over. */
    async follow(channel: number, stream: StreamName, how: Running): Promise<void> {
        if (how === 'recorded') {
            this.#warnWithoutVideo(channel, stream);
        } else if (this.enabled) {
            await this.start(channel, stream);
        } else if (how === 'adopted') {
            await this.stop(channel);
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
    async start(channel: number, stream: StreamName): Promise<void> {
        const options = this.#optionsFor(stream);
        this.#warnWithoutVideo(channel, stream);
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

    /** A page, at most `limit` rows (1 to 200), sorted by channel, then start. */
    async page(
        query: RecordingsQuery,
        limit: number,
    ): Promise<{ readonly rows: readonly RecordingRow[]; readonly more: boolean }> {
        const { channel = '', name = '', after = '' } = query;
        return await this.#plane.recordings({ channel, name, after, limit });
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
