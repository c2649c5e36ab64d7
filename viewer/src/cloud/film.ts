/** Plays the hours of a day one after the other, straight from the store. */
import type { FragmentLoaderConstructor, LoaderCallbacks, LoaderConfiguration, PlaylistLoaderConstructor, PlaylistLoaderContext } from 'hls.js';
import type HlsConstructor from 'hls.js/light';
import type { Bucket } from './bucket.js';
import type { Verdict } from './evidence.js';
import { FilmEvidence } from './film-evidence.js';
import { type Hour, silentSince } from './footage.js';
import { keyLoaderOf, type Lock } from './key-loader.js';
import type { Reader } from './private-key.js';

const endTag = '#EXT-X-ENDLIST';

/** refused: the browser has not the codec. */
export type FilmState = 'loading' | 'playing' | 'ended' | 'failed' | 'refused' | Lock;

/** A class of loaders for playlists: where `isOver`, one without an end is a recording all the same, not live. */
function endedLoaderOf(loader: PlaylistLoaderConstructor, isOver: () => boolean): PlaylistLoaderConstructor {
    return class extends loader {
        override load(context: PlaylistLoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<PlaylistLoaderContext>): void {
            super.load(context, config, {
                ...callbacks,
                onSuccess: (response, ...rest) => {
                    const { data } = response;
                    const ends = isOver() && typeof data === 'string' && !data.includes(endTag);
                    callbacks.onSuccess(ends ? { ...response, data: `${data.trimEnd()}\n${endTag}\n` } : response, ...rest);
                },
            });
        }
    };
}

/** One picture. */
export class Film {
    readonly video: HTMLVideoElement;
    readonly #bucket: Bucket;
    readonly #reader: () => Reader | undefined;
    readonly #onState: (state: FilmState) => void;
    readonly #onVerdict: (verdict: Verdict, signer: string) => void;
    #hours: readonly Hour[] = [];
    #hls: HlsConstructor | undefined;
    #turn = 0;

    /** `reader`: the private key of who reads encrypted recordings; `onVerdict`: what its evidence says of what plays. */
    constructor(video: HTMLVideoElement, bucket: Bucket, reader: () => Reader | undefined, onState: (state: FilmState) => void, onVerdict: (verdict: Verdict, signer: string) => void) {
        this.video = video;
        this.#bucket = bucket;
        this.#reader = reader;
        this.#onState = onState;
        this.#onVerdict = onVerdict;
        video.onplaying = () => onState('playing');
    }

    #hourOf(key: string): Hour | undefined {
        return this.#hours.find((hour) => hour.key === key);
    }

    /** The hours of another day, or of the same one as they are now. */
    setHours(hours: readonly Hour[]): void {
        this.#hours = hours;
    }

    /** Plays from an instant on, or from the first picture behind it. */
    async playAt(at: number): Promise<void> {
        const hour = this.#hours.find(({ spans }) => (spans.at(-1)?.end ?? 0) > at);
        const turn = ++this.#turn;
        this.close();
        if (hour === undefined) {
            this.#onState('ended');
            return;
        }
        this.#onState('loading');
        const { default: Hls } = await import('hls.js/light');
        if (turn !== this.#turn) {
            return;
        }
        if (!Hls.isSupported()) {
            this.#onState('refused');
            return;
        }
        const onLocked = (lock: Lock): void => {
            if (turn === this.#turn) {
                this.#turn++;
                this.#onState(lock);
                queueMicrotask(() => this.close()); // hls.js is in the middle of its own call
            }
        };
        const { loader } = Hls.DefaultConfig;
        const evidence = new FilmEvidence(this.#bucket, this.#reader, hour.key, (verdict, signer) => {
            if (turn === this.#turn) {
                this.#onVerdict(verdict, signer);
            }
        });
        const hls = new Hls({
            loader: keyLoaderOf(this.#bucket, this.#reader, onLocked),
            pLoader: endedLoaderOf(loader as PlaylistLoaderConstructor, () => silentSince(this.#hourOf(hour.key), Date.now()) !== undefined),
            fLoader: evidence.loaderOf(loader as FragmentLoaderConstructor),
            enableWorker: false,
            autoStartLoad: false,
            maxBufferLength: 20,
            backBufferLength: 30,
            liveSyncMode: 'buffered',
            xhrSetup: (xhr, url) => {
                xhr.open('GET', this.#bucket.signed(url), true);
            },
        });
        this.#hls = hls;
        let begun = false;
        hls.on(Hls.Events.LEVEL_LOADED, (_event, { details: { fragments } }) => {
            void evidence.order(fragments.map(({ url }) => url));
            if (begun) {
                return;
            }
            begun = true;
            const first = fragments.find(({ programDateTime, duration }) => (programDateTime ?? 0) + duration * 1000 > at);
            const into = first?.programDateTime == null ? 0 : Math.max(0, at - first.programDateTime) / 1000;
            const seconds = (first?.start ?? 0) + into;
            hls.startLoad(seconds);
            this.video.currentTime = seconds;
        });
        hls.on(Hls.Events.ERROR, (_event, { fatal, details }) => {
            if (fatal && turn === this.#turn) {
                const codec = details === Hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR || details === Hls.ErrorDetails.BUFFER_ADD_CODEC_ERROR;
                this.#onState(codec ? 'refused' : 'failed');
            }
        });
        this.video.onended = () => void this.playAt(hour.spans.at(-1)?.end ?? at + 1);
        hls.loadSource(this.#bucket.url(hour.key));
        hls.attachMedia(this.video);
        this.video.play().catch(() => {
            this.video.muted = true; // the browser wants a click before sound
            this.video.play().catch(() => undefined);
        });
    }

    /** Lets go of what plays. */
    close(): void {
        this.#hls?.destroy();
        this.#hls = undefined;
    }
}
