/**
 * Plays a recording by ranges: a few KB of key frames, then its fragments from wherever it is wanted on, into a video
 * element (Media Source Extensions), or onto a canvas (Motion JPEG, G.711). What it cannot do the browser does alone,
 * from the whole file, and the reason is told.
 */
import { address } from './api.js';
import { codecsOf } from './init-type.js';
import type { PacketPlayer } from './packets/packet-player.js';
import type { PlayerState } from './player.js';
import { RecordingFile } from './recording-file.js';

/** Seconds that are fetched ahead of what is shown, and kept behind it. */
const AHEAD = 20;
const BEHIND = 20;
/** How often a player that has enough looks again. */
const LOOK_MS = 250;
/** Pictures may begin this much behind the place that was wanted. Seconds. */
const GAP = 0.05;

/** What a recording is shown by, and who hears of it. */
export interface RangePlayerParts {
    readonly video: HTMLVideoElement;
    /** For Motion JPEG and G.711; one of both is hidden. */
    readonly canvas: HTMLCanvasElement;
    readonly onState: (state: PlayerState) => void;
    /** Where it is, seconds from the start of the file, and how long it is now. */
    readonly onTime?: (seconds: number, duration: number) => void;
    /** The browser plays the whole file instead; why. */
    readonly onWhole?: (reason: string) => void;
    /** All of it was shown. */
    readonly onEnd?: () => void;
}

/** One recording at a time; the last one opened wins. */
export class RangePlayer {
    readonly #parts: RangePlayerParts;
    #file: RecordingFile | undefined;
    #stop = new AbortController();
    /** Of the bytes that come in just now; a seek ends it. */
    #fetching: AbortController | undefined;
    #source: MediaSource | undefined;
    #buffer: SourceBuffer | undefined;
    #init: Uint8Array<ArrayBuffer> | undefined;
    #packets: PacketPlayer | undefined;
    #timer: number | undefined;
    #whole = false;
    #rate = 1;
    #place = 0;

    constructor(parts: RangePlayerParts) {
        this.#parts = parts;
    }

    /** The element is shared with other players: nothing is heard of it when this one is closed. */
    #listen(signal: AbortSignal): void {
        const { video, onState, onEnd } = this.#parts;
        const on = (event: string, call: () => void): void => video.addEventListener(event, call, { signal });
        on('playing', () => onState('playing'));
        on('timeupdate', () => this.#report());
        on('ended', () => onEnd?.());
        on('seeking', () => this.#onSeeking());
        on('error', () => this.#onError());
    }

    /** Seconds of media in the file; grows while it is written. */
    get duration(): number {
        const { duration } = this.#parts.video;
        return this.#whole ? (Number.isFinite(duration) ? duration : 0) : (this.#file?.duration ?? 0);
    }

    /** Seconds from the start of the file. */
    get time(): number {
        return this.#packets?.time ?? this.#parts.video.currentTime;
    }

    /** How fast it plays; 1 as it was. Motion JPEG and G.711 have no other. */
    get rate(): number {
        return this.#rate;
    }

    set rate(value: number) {
        this.#rate = value;
        this.#parts.video.playbackRate = value;
    }

    get muted(): boolean {
        return this.#packets?.muted ?? this.#parts.video.muted;
    }

    set muted(value: boolean) {
        if (this.#packets) {
            this.#packets.muted = value;
        } else {
            this.#parts.video.muted = value;
        }
    }

    /**
     * Plays `/recordings/<channel>/<file>.mp4` from `seconds` on. Resolves when it is under way, or has failed. packets: no
     * video element plays the channel; only of use for a file without key frames.
     */
    async open(path: string, seconds = 0, packets = false): Promise<void> {
        this.close();
        const stop = this.#stop;
        this.#listen(stop.signal);
        const file = new RecordingFile(path);
        this.#file = file;
        this.#place = seconds;
        try {
            await file.refresh();
            const init = await file.init(stop.signal);
            const codecs = codecsOf(init);
            const type = `video/mp4; codecs="${codecs.join(', ')}"`;
            if (stop.signal.aborted) {
                return;
            }
            if (codecs.every((codec) => ['mp4v', 'alaw', 'ulaw'].includes(codec))) {
                await this.#openPackets(file, init, stop.signal);
            } else if (!('MediaSource' in globalThis)) {
                throw new Error('no Media Source Extensions');
            } else if (!MediaSource.isTypeSupported(type)) {
                throw new Error(type);
            } else {
                this.#openSource(init, type);
            }
            this.#timer = setInterval(() => this.#look(), 500);
        } catch (error) {
            if (!stop.signal.aborted) {
                await this.#openWhole(path, packets, error);
            }
        }
    }

    /** Goes to this place: shown from the last key frame at or before it on, as fast as that comes in. */
    seek(seconds: number): void {
        const place = Math.max(0, Math.min(seconds, this.duration));
        this.#place = place;
        if (this.#packets) {
            this.#startPackets(this.#packets, place);
        } else {
            this.#parts.video.currentTime = place; // `seeking` fetches what is missing
        }
    }

    /** Lets go of everything. May be called twice. */
    close(): void {
        this.#stop.abort();
        this.#stop = new AbortController();
        this.#fetching?.abort();
        clearInterval(this.#timer);
        this.#packets?.close();
        this.#packets = undefined;
        if (this.#source !== undefined || this.#whole) {
            const old = this.#parts.video.src;
            this.#parts.video.removeAttribute('src');
            this.#parts.video.load();
            URL.revokeObjectURL(old);
        }
        this.#source = undefined;
        this.#buffer = undefined;
        this.#file = undefined;
        this.#whole = false;
    }

    #report(): void {
        this.#parts.onTime?.(this.time, this.duration);
    }

    #show(canvas: boolean): void {
        this.#parts.video.hidden = canvas;
        this.#parts.canvas.hidden = !canvas;
    }

    /** The browser alone, or the packet player, from the whole file. */
    async #openWhole(path: string, packets: boolean, error: unknown): Promise<void> {
        const seconds = this.#place;
        this.#fetching?.abort();
        clearInterval(this.#timer);
        this.#source = undefined;
        this.#buffer = undefined;
        this.#parts.onWhole?.(error instanceof Error ? error.message : String(error));
        this.#show(packets);
        if (packets) {
            const { signal } = this.#stop;
            const { PacketPlayer } = await import('./packets/packet-player.js');
            if (!signal.aborted) {
                this.#packets = new PacketPlayer(this.#parts.canvas, (state) => this.#parts.onState(state));
                this.#packets.play(address(path), false);
            }
            return;
        }
        this.#whole = true;
        const { video } = this.#parts;
        video.src = address(path);
        video.playbackRate = this.#rate;
        if (seconds > 0) {
            video.addEventListener('loadedmetadata', () => this.seek(seconds), { once: true });
        }
        video.play().catch(() => undefined);
    }

    #onError(): void {
        if (this.#parts.video.getAttribute('src')) {
            this.#parts.onState('failed');
        }
    }

    // ---- Motion JPEG and G.711 ----

    async #openPackets(file: RecordingFile, init: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
        const { PacketPlayer } = await import('./packets/packet-player.js');
        if (signal.aborted || this.#file !== file) {
            return;
        }
        this.#show(true);
        this.#init = init;
        this.#packets = new PacketPlayer(this.#parts.canvas, (state) => this.#parts.onState(state));
        this.#startPackets(this.#packets, this.#place);
    }

    #startPackets(packets: PacketPlayer, seconds: number): void {
        const [file, init] = [this.#file, this.#init];
        if (file === undefined || init === undefined) {
            return;
        }
        packets.playPieces(async function* (signal) {
            yield init;
            yield* file.read(seconds, signal, () => Promise.resolve());
        });
    }

    // ---- Media Source Extensions ----

    #openSource(init: Uint8Array<ArrayBuffer>, type: string): void {
        const { video } = this.#parts;
        const source = new MediaSource();
        this.#show(false);
        this.#source = source;
        this.#init = init;
        source.addEventListener(
            'sourceopen',
            () => {
                const buffer = source.addSourceBuffer(type);
                this.#buffer = buffer;
                if (this.#place > 0) {
                    video.currentTime = this.#place;
                }
                void this.#fill(buffer, this.#place);
            },
            { once: true },
        );
        video.src = URL.createObjectURL(source);
        video.playbackRate = this.#rate;
        video.play().catch(() => undefined);
    }

    /** Fetches from `seconds` on and appends, until a seek or the end. */
    async #fill(buffer: SourceBuffer, seconds: number): Promise<void> {
        const [file, source, init] = [this.#file, this.#source, this.#init];
        if (file === undefined || source === undefined || init === undefined) {
            return;
        }
        this.#fetching?.abort();
        const fetching = new AbortController();
        this.#fetching = fetching;
        const { signal } = fetching;
        try {
            await this.#idle(buffer, signal);
            if (source.readyState === 'open') {
                buffer.abort();
            }
            await this.#append(buffer, init, signal);
            this.#lengthen();
            for await (const piece of file.read(seconds, signal, () => this.#room(buffer, signal))) {
                await this.#append(buffer, piece, signal);
                this.#overGap();
            }
            await this.#idle(buffer, signal);
            if (source.readyState === 'open') {
                source.endOfStream();
            }
        } catch {
            if (!signal.aborted) {
                this.#parts.onState('failed');
            }
        }
    }

    /** Until the buffer takes something. */
    async #idle(buffer: SourceBuffer, signal: AbortSignal): Promise<void> {
        signal.throwIfAborted();
        if (buffer.updating) {
            await new Promise((resolve) => buffer.addEventListener('updateend', resolve, { once: true }));
            signal.throwIfAborted();
        }
    }

    async #append(buffer: SourceBuffer, piece: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
        for (;;) {
            await this.#idle(buffer, signal);
            try {
                buffer.appendBuffer(piece);
                break;
            } catch (error) {
                if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') {
                    throw error;
                }
                await this.#forget(buffer, signal); // full: what was shown goes, the rest waits
                await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
            }
        }
        await this.#idle(buffer, signal);
    }

    /** Gives back what was shown some time ago, and what an earlier place has left far ahead. */
    async #forget(buffer: SourceBuffer, signal: AbortSignal): Promise<void> {
        const now = this.#parts.video.currentTime;
        for (const [from, to] of [
            [0, now - BEHIND],
            [now + 3 * AHEAD, Number.POSITIVE_INFINITY],
        ] as const) {
            await this.#idle(buffer, signal);
            const held = buffer.buffered;
            const some = held.length > 0 && to > 0 && held.start(0) < to && held.end(held.length - 1) > from;
            if (some && this.#source?.readyState === 'open') {
                buffer.remove(from, to);
            }
        }
        await this.#idle(buffer, signal);
    }

    /** Until less than AHEAD seconds wait to be shown. */
    async #room(buffer: SourceBuffer, signal: AbortSignal): Promise<void> {
        await this.#forget(buffer, signal);
        while (this.#ahead() >= AHEAD * Math.max(1, this.#rate)) {
            await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
            signal.throwIfAborted();
        }
    }

    /** Seconds behind the current place without a gap. */
    #ahead(): number {
        const { buffered, currentTime } = this.#parts.video;
        for (let n = 0; n < buffered.length; n++) {
            if (buffered.start(n) <= currentTime + GAP && buffered.end(n) > currentTime) {
                return buffered.end(n) - currentTime;
            }
        }
        return 0;
    }

    /** The file has a gap here, or begins a little later: on with what follows. */
    #overGap(): void {
        const { video } = this.#parts;
        const { buffered, currentTime } = video;
        const end = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
        if (video.seeking && end <= currentTime) {
            return; // it is on its way to the place that is wanted
        }
        for (let n = 0; n < buffered.length && this.#ahead() <= GAP; n++) {
            if (buffered.start(n) > currentTime) {
                video.currentTime = buffered.start(n);
                return;
            }
        }
    }

    #onSeeking(): void {
        const buffer = this.#buffer;
        const place = this.#parts.video.currentTime;
        if (buffer === undefined || this.#ahead() > GAP) {
            return;
        }
        this.#place = place;
        void this.#fill(buffer, place);
    }

    /** Now and then: the length of a file that grows, a gap that was reached. */
    #look(): void {
        this.#overGap();
        this.#file?.grow(); // also while there is enough ahead, and nothing is fetched
        this.#lengthen();
        if (this.#packets) {
            this.#report();
        }
    }

    #lengthen(): void {
        const [file, source, buffer] = [this.#file, this.#source, this.#buffer];
        if (file === undefined || source?.readyState !== 'open' || buffer === undefined || buffer.updating) {
            return;
        }
        const { buffered } = buffer;
        const length = Math.max(file.duration, buffered.length > 0 ? buffered.end(buffered.length - 1) : 0);
        if (!Number.isFinite(source.duration) || source.duration < length) {
            source.duration = length;
        }
    }
}
