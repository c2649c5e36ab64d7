/** Plays what no video element knows: Motion JPEG and G.711, live or out of a recording, from fragmented MP4 by fetch. */
import { LOOK_MS, NEW_MS, Still, STILL_MS } from '../live/still.js';
import type { PlayerState } from '../player.js';
import { Fmp4Error, Fmp4Reader, type Sample } from './fmp4.js';
import { isG711 } from './g711.js';
import { Pace } from './pace.js';
import { Pictures } from './pictures.js';
import { Sound } from './sound.js';

/** Live: pictures wait this long for those that the network holds up. Seconds. */
const LIVE_DELAY = 0.25;
/** A file is read no further ahead of what is shown than this. Seconds. */
const FILE_AHEAD = 1.5;
/** After this long without a byte a live stream is asked for anew. */
const SILENCE_MS = 10_000;
const RETRY_MS = 1500;

const clock = (): number => performance.now() / 1000;

/** Bytes of a stream, piece by piece; ends with the signal. */
export type Pieces = (signal: AbortSignal) => AsyncGenerator<Uint8Array>;

async function* fetchPieces(url: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const response = await fetch(url, { cache: 'no-store', signal });
    if (!response.ok || response.body === null) {
        throw new Error(`HTTP ${response.status}`);
    }
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        yield piece.value;
    }
}

/** One stream at a time; the last one asked for wins. */
export class PacketPlayer {
    /** The picture; stays as it is for sound alone. */
    readonly canvas: HTMLCanvasElement;
    readonly #onState: (state: PlayerState) => void;
    readonly #sound = new Sound((seconds) => this.#pace.due(seconds));
    #pace = new Pace({ delay: LIVE_DELAY, live: true });
    #pictures: Pictures | undefined;
    #stop: AbortController | undefined;
    #retry: number | undefined;
    #newest: number | undefined;
    readonly #still = new Still();
    #watch: ReturnType<typeof setInterval> | undefined;
    /** Pictures, or pieces of sound, that were shown. */
    #count = 0;
    /** It stood still: what the device had is nothing new. */
    #doubt = false;
    #beganMs: number | undefined;
    /** For how long a live picture may stay as it is. */
    stillMs = STILL_MS;

    /** onState: as of `Player`. */
    constructor(canvas: HTMLCanvasElement, onState: (state: PlayerState) => void) {
        this.canvas = canvas;
        this.#onState = onState;
    }

    get muted(): boolean {
        return this.#sound.muted;
    }

    /** Sound begins only out of a click or key press. */
    set muted(value: boolean) {
        this.#sound.muted = value;
    }

    /** Live: seconds between the newest packet that came and what is shown. */
    get delay(): number | undefined {
        return this.#newest === undefined ? undefined : Math.max(0, this.#newest - this.#pace.at(clock()));
    }

    /** Pictures that came and wait to be shown. */
    get waiting(): number {
        return this.#pictures?.waiting ?? 0;
    }

    /** Seconds on the stream's time line that are shown now. */
    get time(): number {
        return this.#newest === undefined ? 0 : Math.min(this.#newest, this.#pace.at(clock()));
    }

    play(url: string, live: boolean): void {
        this.stop();
        this.#start(
            (signal) => fetchPieces(url, signal),
            live,
            () => this.play(url, live),
        );
    }

    /** Plays a file whose bytes somebody fetches: the init segment, then fragments from any place on. */
    playPieces(pieces: Pieces): void {
        this.stop();
        this.#start(pieces, false, undefined);
    }

    /** Lets go of the stream. May be called twice. */
    stop(): void {
        clearTimeout(this.#retry);
        clearInterval(this.#watch);
        this.#stop?.abort();
        this.#stop = undefined;
        this.#pictures?.close();
        this.#pictures = undefined;
        this.#sound.flush();
        this.#newest = undefined;
        this.#beganMs = undefined;
        this.#count = 0;
    }

    /** As `stop`; gives the sound device back too. */
    close(): void {
        this.stop();
        this.#sound.close();
    }

    #start(pieces: Pieces, live: boolean, again: (() => void) | undefined): void {
        const stop = new AbortController();
        this.#stop = stop;
        this.#pace = new Pace({ delay: live ? LIVE_DELAY : 0.1, live });
        this.#pictures = new Pictures(
            this.canvas,
            (sample) => this.#pace.due(sample.seconds),
            () => this.#onShown(),
        );
        if (live) {
            this.#still.reset();
            this.#watch = setInterval(() => this.#look(stop), LOOK_MS);
        }
        this.#read(pieces, live, stop).then(
            () => this.#ended(live, stop, undefined, again),
            (error: unknown) => this.#ended(live, stop, error, again),
        );
    }

    async #read(pieces: Pieces, live: boolean, stop: AbortController): Promise<void> {
        const reader = pieces(stop.signal);
        const packets = new Fmp4Reader();
        for (;;) {
            const silence = live ? setTimeout(() => stop.abort(new Error('silence')), SILENCE_MS) : undefined;
            const { done, value } = await reader.next().finally(() => clearTimeout(silence));
            if (done === true) {
                return;
            }
            const samples = packets.push(value);
            if (packets.tracks.length > 0 && !packets.tracks.some((track) => track.codec === 'mjpeg' || isG711(track.codec))) {
                throw new Fmp4Error('neither JPEG nor G.711');
            }
            const pictures = packets.tracks.some((track) => track.codec === 'mjpeg');
            for (const sample of samples) {
                this.#take(sample, pictures);
                while (!live && sample.seconds - this.#pace.at(clock()) > FILE_AHEAD && !stop.signal.aborted) {
                    await new Promise((resolve) => setTimeout(resolve, 50));
                }
            }
        }
    }

    #take(sample: Sample, pictures: boolean): void {
        const picture = sample.track.codec === 'mjpeg';
        if (!picture && !isG711(sample.track.codec)) {
            return;
        }
        if (this.#pace.arrived(sample.seconds, clock())) {
            this.#sound.flush();
        }
        this.#newest = sample.seconds;
        this.#beganMs ??= performance.now();
        if (picture) {
            this.#pictures?.push(sample);
        } else {
            this.#sound.push(sample);
            if (!pictures) {
                this.#onShown();
            }
        }
    }

    #onShown(): void {
        if (this.#doubt && performance.now() - (this.#beganMs ?? 0) <= NEW_MS) {
            return;
        }
        this.#doubt = false;
        this.#count++;
        this.#onState('playing');
    }

    #look(stop: AbortController): void {
        const shown = document.hidden ? undefined : { time: this.#count, frames: 0 };
        if (this.#count > 0 && this.#still.look(performance.now(), shown) >= this.stillMs) {
            clearInterval(this.#watch);
            this.#doubt = true;
            stop.abort(new Error('still'));
        }
    }

    #ended(live: boolean, stop: AbortController, error: unknown, again: (() => void) | undefined): void {
        if (this.#stop !== stop) {
            return; // something else plays
        }
        if (error instanceof Fmp4Error || (!live && error !== undefined)) {
            this.#onState(live ? 'unsupported' : 'failed');
        } else if (live) {
            this.#onState('failed');
        }
        if (again !== undefined && live) {
            this.#retry = setTimeout(again, RETRY_MS);
        }
    }
}
