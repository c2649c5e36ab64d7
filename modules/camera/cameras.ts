/** Brings the running channels in line with the settings: adopts, reopens, opens, closes. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { backoffMs, sleep } from 'ocellus/app/base/time';
import { channelHash } from 'ocellus/app/camera/channel-options';
import { redactUrl } from 'ocellus/app/config/redact';
import { OcellusError } from 'ocellus/error';
import { type ChannelOptions, type ChannelRow, rowState } from 'ocellus/plane';

type CameraPlane = Pick<PlaneApi, 'channels' | 'openChannel' | 'adoptChannel' | 'closeChannel'>;

/** What `Cameras` needs. */
export interface CamerasOptions {
    readonly plane: CameraPlane;
    readonly wanted: readonly ChannelOptions[];
    /** The first script of the process: a source that cannot be opened is an error, not something to try again. */
    readonly first: boolean;
    /** Called when a channel runs, opened or adopted; rejects: it is tried again, or fails the start. */
    readonly onRunning: (channel: number, options: ChannelOptions) => Promise<void>;
    /** Waits before attempt `attempt`; for tests. */
    readonly wait?: (attempt: number) => Promise<void>;
}

/** One per script. */
export class Cameras {
    readonly #options: CamerasOptions;

    constructor(options: CamerasOptions) {
        this.#options = options;
    }

    /**
     * Done when every channel runs. First script: rejects with the first failure, one line for a person. Later ones:
     * done when each was tried once; failures are logged and tried again for as long as the script lives.
     */
    async start(): Promise<void> {
        const { wanted, first } = this.#options;
        const names = new Set(wanted.map(({ name }) => name));
        const closing = this.#options.plane
            .channels()
            .filter((row) => !names.has(row.name) && rowState(row) !== 'closing')
            .map((row) => this.#close(row));
        const starting = wanted.map((options) => (first ? this.#bring(options) : this.#tryBring(options, 0)));
        await Promise.all([...closing, ...starting]);
    }

    /** A channel that the settings no longer name. */
    async #close(row: ChannelRow): Promise<void> {
        console.info(`${row.name}: closed, it is not in the settings`);
        try {
            await this.#options.plane.closeChannel(row.number);
        } catch (error) {
            console.warn(`${row.name}: cannot close: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    async #tryBring(options: ChannelOptions, attempt: number): Promise<void> {
        try {
            await this.#bring(options);
        } catch (error) {
            console.warn(error instanceof Error ? error.message : String(error));
            void this.#again(options, attempt);
        }
    }

    async #again(options: ChannelOptions, attempt: number): Promise<void> {
        const { wait = (count: number) => sleep(backoffMs(count)) } = this.#options;
        await wait(attempt);
        await this.#tryBring(options, attempt + 1);
    }

    /** Adopts, or closes what differs and opens; then tells. Every error names the channel and its source. */
    async #bring(options: ChannelOptions): Promise<void> {
        const hash = channelHash(options);
        let doing = 'open';
        try {
            const row = this.#options.plane.channels().find(({ name }) => name === options.name);
            let channel: number;
            if (row !== undefined && row.config_hash === hash && rowState(row) !== 'closing') {
                doing = 'adopt';
                channel = row.number;
                await this.#options.plane.adoptChannel(channel);
            } else {
                if (row !== undefined) {
                    doing = 'reopen';
                    await this.#options.plane.closeChannel(row.number);
                }
                channel = await this.#options.plane.openChannel(hash, options);
            }
            doing = 'start';
            await this.#options.onRunning(channel, options);
        } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            const code = error instanceof OcellusError ? error.code : 'IO';
            throw new OcellusError(code, `${options.name}: cannot ${doing} ${redactUrl(options.url)}: ${why}`);
        }
    }
}
