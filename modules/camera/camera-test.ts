/**
 * Opens a camera for a moment, beside those that run, before its settings are stored: what it delivers, or why it does
 * not. One at a time; it is in no list of the next script (ADR 92).
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { sleep } from 'ocellus/app/base/time';
import { channelOptions } from 'ocellus/app/camera/channel-options';
import { redactUrl } from 'ocellus/app/config/redact';
import type { ChannelSettings, Settings } from 'ocellus/app/config/settings';
import { errorOf, reasonOf } from 'ocellus/app/camera/problem';
import type { Body } from 'ocellus/body';
import { testChannel } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import { type ChannelOptions, type ChannelRow, rowState } from 'ocellus/plane';

/** What it needs. */
export interface CameraTestOptions {
    readonly plane: Pick<PlaneApi, 'now' | 'privacy' | 'channels' | 'why'>;
    /** `tested` has changed: done when the media plane has it; rejects when it does not take it. */
    readonly changed: () => Promise<void>;
    readonly live: () => Settings['live'];
    /** The newest key frame as JPEG; rejects with `STATE`: none yet. Undefined: this host makes none. */
    readonly picture: (channel: number) => Promise<Body | undefined>;
    /** Waits between two looks; left out: so many ms. */
    readonly wait?: (ms: number) => Promise<void>;
}

/** What was found. `row`: of the source as it ran last; `url`: that was opened; `reason`: as in the status. */
export type Found =
    | { readonly ok: true; readonly url: string; readonly row: ChannelRow; readonly picture: Body | undefined }
    | { readonly ok: false; readonly problem: string; readonly reason: string | null };

/** Why nothing was found, without its source. */
type Failure = Pick<Found & { ok: false }, 'problem' | 'reason'>;

/** Milliseconds of the whole test, and between two looks at what has come. */
export const testMs = 15_000;
const lookMs = 200;
/** The rate of pictures is waited for so long behind the first packet. */
const rateMs = 3_000;

/** Without the name that the channel has while it is tried, and with the source. */
function sentence(why: string, url: string): string {
    const [text, shown] = [why.replace(new RegExp(`^${testChannel}: (?:cannot open )?`), ''), redactUrl(url)];
    return text.includes(shown) ? text : `${shown}: ${text}`;
}

function failed({ problem, reason }: Failure, url: string): Found {
    return { ok: false, problem: sentence(problem, url), reason };
}

function isPrivate(): OcellusError {
    return new OcellusError('PRIVATE', 'privacy mode is on: no camera is opened until it ends');
}

/** One per script. */
export class CameraTest {
    readonly #options: CameraTestOptions;
    #busy = false;
    #tested: ChannelOptions | undefined;

    constructor(options: CameraTestOptions) {
        this.#options = options;
    }

    /** The camera that is being tried; undefined: none is. */
    get tested(): ChannelOptions | undefined {
        return this.#tested;
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
        const { plane, live, changed } = this.#options;
        if ((await plane.privacy()).reasons.length > 0) {
            throw isPrivate();
        }
        const options = { ...channelOptions(settings, live(), 0), name: testChannel, subUrl: '' };
        this.#tested = options;
        try {
            await changed();
            const found = await this.#look(options.url, plane.now() + testMs);
            return 'ok' in found ? found : failed(found, options.url);
        } catch (error) {
            if (!(error instanceof OcellusError) || error.code === 'PRIVATE') {
                throw error;
            }
            return failed({ problem: error.message, reason: reasonOf(error.code) }, options.url);
        } finally {
            this.#tested = undefined;
            await changed().catch(() => undefined); // it is tried again
        }
    }

    /** Until there is a picture, packets of a source of sound only, or why not. */
    async #look(url: string, endMs: number): Promise<Found | Failure> {
        const { plane, wait = sleep } = this.#options;
        let row: ChannelRow | undefined;
        let rateEndMs: number | undefined;
        while (plane.now() < endMs) {
            row = plane.channels().find((one) => one.name === testChannel && rowState(one) !== 'closing');
            const error = errorOf(row, row === undefined ? '' : plane.why(row.number), url);
            if (error?.code === 'PRIVATE') {
                throw isPrivate();
            }
            if (error !== undefined) {
                return { problem: error.message, reason: reasonOf(error.code) };
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
        const what = (row?.packets_lo ?? 0) > 0 ? 'no key frame' : 'nothing';
        return { problem: `${what} came within ${testMs / 1000} s`, reason: null };
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
