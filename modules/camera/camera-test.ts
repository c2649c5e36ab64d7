/**
 * Opens a camera for a moment, beside those that run, before its settings are stored: what it delivers, or why it does
 * not. One at a time; the next script closes what one that ends leaves open (ADR 92).
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { sleep } from 'ocellus/app/base/time';
import { channelOptions } from 'ocellus/app/camera/channel-options';
import { redactUrl } from 'ocellus/app/config/redact';
import type { ChannelSettings, Settings } from 'ocellus/app/config/settings';
import type { Body } from 'ocellus/body';
import { testChannel } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import { type ChannelRow, type PlaneEvent, rowState } from 'ocellus/plane';

/** What it needs. */
export interface CameraTestOptions {
    readonly plane: Pick<PlaneApi, 'now' | 'openChannel' | 'closeChannel' | 'channels' | 'channel'>;
    readonly live: () => Settings['live'];
    /** The newest key frame as JPEG; rejects with `STATE`: none yet. Undefined: this host makes none. */
    readonly picture: (channel: number) => Promise<Body | undefined>;
    /** Waits between two looks; left out: so many ms. */
    readonly wait?: (ms: number) => Promise<void>;
}

/** What was found. `row`: of the source as it ran last; `url`: that was opened. */
export type Found =
    | { readonly ok: true; readonly url: string; readonly row: ChannelRow; readonly picture: Body | undefined }
    | { readonly ok: false; readonly problem: string };

/** Milliseconds of the whole test, and between two looks at what has come. */
export const testMs = 15_000;
const lookMs = 200;
/** The rate of pictures is waited for so long behind the first packet. */
const rateMs = 3_000;

/**
 * Why a source that was opened delivers nothing, as soon as that is known; undefined: it is not. `opening`: what its
 * driver told with the opening.
 */
function failureOf(opening: string): string | undefined {
    return /^(.*); retrying$/s.exec(opening)?.[1];
}

/** Without the name that the channel has while it is tried, and with the source. */
function sentence(why: string, url: string): string {
    const [text, shown] = [why.replace(new RegExp(`^(?:open )?${testChannel}: `), ''), redactUrl(url)];
    return text.includes(shown) ? text : `${shown}: ${text}`;
}

/** One per script. */
export class CameraTest {
    readonly #options: CameraTestOptions;
    #opening = '';
    #busy = false;

    constructor(options: CameraTestOptions) {
        this.#options = options;
    }

    /** An entry of the event log: what the source says of itself. */
    handle({ channel, kind, text }: PlaneEvent): void {
        if (channel === testChannel && kind === 'channel-opened') {
            this.#opening = text;
        }
    }

    /** Rejects with `BUSY`: another one is being tested, `PRIVATE`. Close the picture. */
    async run(settings: ChannelSettings): Promise<Found> {
        if (this.#busy) {
            throw new OcellusError('BUSY', `another camera is being tested: again in ${testMs / 1000} s`);
        }
        this.#busy = true;
        try {
            return await this.#run(settings);
        } finally {
            this.#busy = false;
        }
    }

    async #run(settings: ChannelSettings): Promise<Found> {
        const { plane, live } = this.#options;
        const options = { ...channelOptions(settings, live(), 0), name: testChannel, subUrl: '' };
        const endMs = plane.now() + testMs;
        this.#opening = '';
        let channel: number | undefined;
        try {
            ({ channel } = await plane.openChannel(0, options));
            const found = await this.#look(channel, options.url, endMs);
            return typeof found === 'string' ? { ok: false, problem: sentence(found, options.url) } : found;
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'PRIVATE') {
                throw new OcellusError('PRIVATE', 'privacy mode is on: no camera is opened until it ends');
            }
            const why = error instanceof Error ? error.message : String(error);
            return { ok: false, problem: sentence(why, options.url) };
        } finally {
            const number = channel ?? plane.channels().find(({ name }) => name === testChannel)?.number;
            if (number !== undefined) {
                await plane.closeChannel(number).catch(() => undefined); // it may be gone already
            }
        }
    }

    /** Until there is a picture, packets of a source of sound only, or a reason why not: a text. */
    async #look(channel: number, url: string, endMs: number): Promise<Found | string> {
        const { plane, wait = sleep } = this.#options;
        let row = plane.channel(channel);
        let rateEndMs: number | undefined;
        while (plane.now() < endMs) {
            row = plane.channel(channel);
            const failure = failureOf(this.#opening);
            if (failure !== undefined) {
                return failure;
            }
            const came = row !== undefined && ['running', 'ended'].includes(rowState(row)) && row.packets_lo > 0;
            rateEndMs ??= came ? plane.now() + rateMs : undefined;
            const measured = row !== undefined && (row.fps_milli > 0 || plane.now() >= (rateEndMs ?? endMs));
            const found = came && measured ? await this.#found(row as ChannelRow, url) : undefined;
            if (found !== undefined) {
                return found;
            }
            await wait(lookMs);
        }
        return `${(row?.packets_lo ?? 0) > 0 ? 'no key frame' : 'nothing'} came within ${testMs / 1000} s`;
    }

    async #found(row: ChannelRow, url: string): Promise<Found | undefined> {
        if (row.video_codec === 0) {
            return row.audio_codec === 0 ? undefined : { ok: true, url, row, picture: undefined };
        }
        if (row.width === 0) {
            return undefined;
        }
        try {
            return { ok: true, url, row, picture: await this.#options.picture(row.number) };
        } catch (error) {
            const later = error instanceof OcellusError && (error.code === 'STATE' || error.code === 'BUSY');
            return later ? undefined : { ok: true, url, row, picture: undefined };
        }
    }
}
