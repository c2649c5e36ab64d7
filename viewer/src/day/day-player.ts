/**
 * Plays a channel from any instant, over files and gaps, up to now: by HLS of the past, or file by file where the device has
 * none; by HLS of the store what only that has.
 */
import type HlsConstructor from 'hls.js/light';
import type { ErrorData, Fragment, HlsConfig } from 'hls.js';
import { address, getRecordings, parseRecordings, type Recording } from '../api.js';
import { wayOf } from '../playable.js';
import type { PlayerState } from '../player.js';
import { RangePlayer } from '../range-player.js';
import type { Channel } from '../status.js';
import type { CloudProblem, Source } from './cloud-data.js';
import { find } from './data.js';
import { instantOf, type Piece, secondsOf } from './scale.js';

/** gap: nothing was recorded from there on; refused: this browser has not the codec; unstored: the store gives nothing. */
export type DayState = 'idle' | 'loading' | 'playing' | 'paused' | 'gap' | 'failed' | 'refused' | 'unstored';

/** So much of the past is asked for at once; nearer to now than this, it goes on into what is being recorded. */
const SPAN_MS = 2 * 3_600_000;
const LIVE_MS = 60_000;

/** What plays one stretch. */
interface Engine {
    readonly kind: Source['kind'];
    /** The instant that is shown. */
    readonly at: number | undefined;
    /** false: it does not reach there. */
    seek(at: number): boolean;
    close(): void;
}

/** Ends of a stretch: `ended` at an instant, or it could not begin; missing: the device has no such address. */
interface Ends {
    readonly onEnd: (at: number) => void;
    readonly onFail: (missing: boolean, data?: ErrorData) => void;
    /** A picture is shown, and moves. */
    readonly onPicture: () => void;
}

class HlsEngine implements Engine {
    readonly kind: Source['kind'];
    readonly #video: HTMLVideoElement;
    readonly #hls: HlsConstructor;
    readonly #stop = new AbortController();
    #fragments: readonly Fragment[] = [];

    constructor(Hls: typeof HlsConstructor, video: HTMLVideoElement, url: string, at: number, { onEnd, onFail }: Ends, store?: Partial<HlsConfig>) {
        this.#video = video;
        this.kind = store === undefined ? 'local' : 'cloud';
        const hls = new Hls({ enableWorker: false, autoStartLoad: false, backBufferLength: 30, maxBufferLength: 20, ...store });
        this.#hls = hls;
        let begun = false;
        hls.on(Hls.Events.LEVEL_LOADED, (_event, { details }) => {
            this.#fragments = details.fragments;
            if (!begun) {
                begun = true;
                const seconds = secondsOf(this.#pieces(), at) ?? 0;
                hls.startLoad(seconds);
                video.currentTime = seconds;
            }
        });
        hls.on(Hls.Events.ERROR, (_event, data) => {
            // where nothing was ever shown, there is nothing to recover: a codec that is not for HLS
            if (data.fatal && data.type === Hls.ErrorTypes.MEDIA_ERROR && begun && video.played.length > 0) {
                hls.recoverMediaError();
            } else if (data.fatal) {
                onFail(data.response?.code === 404, data);
            }
        });
        video.addEventListener('ended', () => onEnd(this.#end()), { signal: this.#stop.signal });
        hls.loadSource(url);
        hls.attachMedia(video);
    }

    get at(): number | undefined {
        return instantOf(this.#pieces(), this.#video.currentTime);
    }

    seek(at: number): boolean {
        const pieces = this.#pieces();
        const first = pieces[0];
        const seconds = secondsOf(pieces, at);
        if (first === undefined || seconds === undefined || at < first.at) {
            return false;
        }
        this.#video.currentTime = seconds;
        return true;
    }

    close(): void {
        this.#stop.abort();
        this.#hls.destroy();
        this.#video.removeAttribute('src');
        this.#video.load();
    }

    #pieces(): Piece[] {
        return this.#fragments.flatMap(({ start, duration, programDateTime }) => (programDateTime === null ? [] : [{ seconds: start, length: duration, at: programDateTime }]));
    }

    #end(): number {
        const last = this.#pieces().at(-1);
        return last === undefined ? 0 : last.at + last.length * 1000;
    }
}

class FileEngine implements Engine {
    readonly kind = 'local';
    readonly #player: RangePlayer;
    readonly #start: number;
    readonly #end: number;

    constructor(video: HTMLVideoElement, canvas: HTMLCanvasElement, file: Recording, at: number, packets: boolean, { onEnd, onFail, onPicture }: Ends) {
        this.#start = file.startMs ?? at;
        this.#end = file.endMs ?? Number.POSITIVE_INFINITY;
        const onState = (state: PlayerState): void => {
            if (state === 'failed') {
                onFail(false);
            } else if (state === 'playing') {
                onPicture();
            }
        };
        const player = new RangePlayer({ video, canvas, onState, onEnd: () => onEnd(file.endMs ?? this.#start + player.duration * 1000) });
        this.#player = player;
        void player.open(file.path, Math.max(at - this.#start, 0) / 1000, packets);
    }

    get at(): number | undefined {
        return this.#start + this.#player.time * 1000;
    }

    seek(at: number): boolean {
        if (at < this.#start || at >= this.#end) {
            return false;
        }
        this.#player.seek((at - this.#start) / 1000);
        return true;
    }

    close(): void {
        this.#player.close();
    }
}

/** Recordings around an instant, oldest first. */
async function filesAround(channel: string, at: number): Promise<readonly Recording[]> {
    const query = { channel, from: Math.round(at), to: Math.round(at + 12 * SPAN_MS), order: 'oldest', limit: 20 };
    const answer = await find('/api/recordings', query, parseRecordings);
    if (answer.kind === 'ok') {
        return answer.value.recordings;
    }
    const all = await getRecordings(channel); // a device that cannot look for times
    return all.kind === 'ok' ? all.value.recordings : [];
}

/** What the view gets from the player. */
export interface DayPlayerOptions {
    /** The instant that is shown now. */
    readonly onTime: (at: number) => void;
    readonly onState: (state: DayState) => void;
    /** Now by the clock of the device; undefined: it is not set. */
    readonly now: () => number | undefined;
    /** Where an instant, or the next one that there is, is played from. */
    readonly sourceOf: (at: number) => Source;
    /** How the store did; undefined: a picture of it is shown. */
    readonly onStore: (problem: CloudProblem | undefined) => void;
}

/** One picture, one instant. */
export class DayPlayer {
    readonly video: HTMLVideoElement;
    readonly #canvas: HTMLCanvasElement;
    readonly #options: DayPlayerOptions;
    #channel: Channel | undefined;
    #engine: Engine | undefined;
    #target: number | undefined;
    #plays = false;
    #turn = 0;
    #byFile = false;
    /** Channels that play file by file, for HLS has not all of their codecs. */
    readonly #files = new Set<string>();
    #rate = 1;
    /** It came here by itself, over the end of what was played before. */
    #flows = false;

    /** canvas: for what no video element plays. */
    constructor(video: HTMLVideoElement, canvas: HTMLCanvasElement, options: DayPlayerOptions) {
        this.video = video;
        this.#canvas = canvas;
        this.#options = options;
        video.addEventListener('timeupdate', () => this.#report());
        for (const event of ['seeked', 'loadeddata']) {
            video.addEventListener(event, () => this.#onStill());
        }
        video.addEventListener('playing', () => this.#onPicture());
        video.addEventListener('pause', () => !video.ended && this.#engine && options.onState('paused'));
        video.addEventListener('waiting', () => options.onState('loading'));
    }

    /** Whose recordings; another channel stops. */
    setChannel(channel: Channel | undefined): void {
        if (channel?.name !== this.#channel?.name) {
            this.stop();
        }
        this.#channel = channel;
    }

    /** The instant that is shown, or on its way. */
    get at(): number | undefined {
        return this.#target ?? this.#engine?.at;
    }

    get playing(): boolean {
        return this.#plays;
    }

    get rate(): number {
        return this.#rate;
    }

    /** 1: as it was. */
    set rate(value: number) {
        this.#rate = value;
        this.video.defaultPlaybackRate = value;
        this.video.playbackRate = value;
    }

    /** From there on. */
    playAt(at: number): void {
        this.#plays = true;
        this.#flows = false;
        this.#go(at);
    }

    /** The picture of an instant; it plays on if it played. */
    seek(at: number): void {
        this.#flows = false;
        this.#go(at);
    }

    /** Playing, or not. at: where to begin when nothing was shown yet. */
    toggle(at: number | undefined): void {
        this.#plays = !this.#plays;
        if (this.#engine === undefined) {
            if (this.#plays && at !== undefined) {
                this.playAt(at);
            }
        } else if (this.#plays) {
            this.#play();
        } else if (this.#canvas.hidden) {
            this.video.pause();
        } else {
            const now = this.at; // packets cannot wait: they begin again from here
            this.stop();
            this.#target = now;
            this.#options.onState('paused');
        }
    }

    /** One picture forward (1) or back (-1); it stands still then. */
    step(direction: number): void {
        this.#plays = false;
        this.video.pause();
        this.video.currentTime += direction / (this.#channel?.video?.fps || 25);
    }

    /** Nothing is shown. */
    stop(): void {
        this.#turn++;
        this.#plays = false;
        this.#target = undefined;
        this.#engine?.close();
        this.#engine = undefined;
        this.#options.onState('idle');
    }

    /** The picture of an instant is there, and stands still. */
    #onStill(): void {
        if (!this.#plays && this.#engine && !this.video.seeking && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
            this.#onPicture();
        }
        this.#report();
    }

    #onPicture(): void {
        if (!this.#plays) {
            this.video.pause(); // the picture of an instant was chosen, no more
        }
        this.#target = undefined;
        if (this.#engine?.kind === 'cloud') {
            this.#options.onStore(undefined);
        }
        this.#options.onState(this.#plays ? 'playing' : 'paused');
    }

    #report(): void {
        const at = this.#target ?? this.#engine?.at;
        if (at !== undefined) {
            this.#options.onTime(at);
        }
    }

    #play(): void {
        this.video.playbackRate = this.#rate;
        this.video.play().catch((error: unknown) => {
            if (error instanceof DOMException && error.name === 'NotAllowedError' && !this.video.muted) {
                this.video.muted = true; // the browser wants a click before sound
                this.video.play().catch(() => undefined);
            }
        });
    }

    #go(at: number): void {
        const channel = this.#channel;
        if (channel === undefined) {
            return;
        }
        if (wayOf(channel) === 'none') {
            this.stop();
            this.#options.onState('refused');
            return;
        }
        const source = this.#options.sourceOf(at);
        if (this.#engine?.kind === source.kind && this.#engine.seek(at)) {
            this.#target = undefined;
            this.#options.onTime(at);
            if (this.#plays) {
                this.#play();
            }
            return;
        }
        this.#target = at;
        this.#options.onState('loading');
        void (source.kind === 'cloud' ? this.#openStore(channel, source, ++this.#turn) : this.#open(channel, at, source.to, ++this.#turn));
    }

    /** A stretch that only the store has. */
    async #openStore(channel: Channel, { from, to, local }: Source & { readonly kind: 'cloud' }, turn: number): Promise<void> {
        const { default: Hls } = await import('hls.js/light');
        const { problemOf, storeConfig } = await import('./store-reader.js');
        if (turn !== this.#turn) {
            return; // another instant was chosen meanwhile
        }
        if (wayOf(channel) !== 'video' || !Hls.isSupported()) {
            this.stop();
            this.#options.onState('refused');
            return;
        }
        this.#target = from;
        const ends: Ends = {
            onEnd: (end) => turn === this.#turn && this.#next(Math.max(end, from + 1000)),
            onFail: (missing, data) => turn === this.#turn && this.#failStore(missing && data?.frag === undefined ? undefined : problemOf(data?.response?.code ?? 0), local),
            onPicture: () => undefined,
        };
        const url = address(`/api/cloud/${encodeURIComponent(channel.name)}/index.m3u8?from=${Math.round(from)}&to=${Math.round(to)}`);
        this.#begin(() => new HlsEngine(Hls, this.video, url, from, ends, storeConfig));
    }

    /** On the way it goes on with what the device has. problem: undefined: nothing of that time is in the store. */
    #failStore(problem: CloudProblem | undefined, local: number | undefined): void {
        this.#engine?.close();
        this.#engine = undefined;
        if (problem !== undefined) {
            this.#options.onStore(problem);
        }
        if (this.#flows && local !== undefined) {
            this.#go(local);
            return;
        }
        this.#plays = false;
        this.#options.onState(problem === undefined ? 'gap' : 'unstored');
    }

    /** By the video element, once what was there has let go of it. */
    #begin(make: () => Engine): void {
        this.#engine?.close();
        this.video.hidden = false;
        this.#canvas.hidden = true;
        this.#engine = make();
        this.rate = this.#rate;
        if (this.#plays) {
            this.#play();
        }
    }

    async #open(channel: Channel, at: number, until: number | undefined, turn: number): Promise<void> {
        const byFile = this.#byFile || this.#files.has(channel.name);
        const ends: Ends = {
            onEnd: (end) => turn === this.#turn && this.#next(Math.max(end, at + 1000)),
            onFail: (missing, data) => {
                if (turn !== this.#turn) {
                    return;
                }
                if (!byFile && data?.type === 'mediaError') {
                    this.#files.add(channel.name); // a sound that is not for HLS: the browser may play the file
                    this.#go(at);
                } else {
                    this.#fail(missing, at);
                }
            },
            onPicture: () => turn === this.#turn && this.#onPicture(),
        };
        const { default: Hls } = await import('hls.js/light');
        const packets = wayOf(channel) === 'packets'; // HLS has neither Motion JPEG nor G.711
        const files = packets || byFile || !Hls.isSupported() ? await filesAround(channel.name, at) : undefined;
        if (turn !== this.#turn) {
            return; // another instant was chosen meanwhile
        }
        this.#engine?.close();
        this.#engine = undefined;
        if (files === undefined) {
            const now = this.#options.now() ?? 0;
            const end = Math.min(at + SPAN_MS, until ?? Number.POSITIVE_INFINITY);
            const to = until === end || end < now - LIVE_MS ? `&to=${Math.round(end)}` : '';
            const url = address(`/playback/${encodeURIComponent(channel.name)}/index.m3u8?from=${Math.round(at)}${to}`);
            this.#begin(() => new HlsEngine(Hls, this.video, url, at, ends));
            return;
        }
        const file = files.find(({ startMs, endMs }) => startMs !== undefined && (endMs ?? Number.POSITIVE_INFINITY) > at + 500);
        if (file?.startMs === undefined) {
            this.#plays = false;
            this.#byFile = false; // nothing is there: this says nothing of the device
            this.#options.onState('gap');
            return;
        }
        this.#target = Math.max(at, file.startMs);
        this.#engine = new FileEngine(this.video, this.#canvas, file, this.#target, packets, ends);
        this.rate = this.#rate;
        if (this.#plays) {
            this.#play();
        }
    }

    /** A stretch is over: the next one, over a gap if there is one. */
    #next(at: number): void {
        this.#engine?.close();
        this.#engine = undefined;
        this.#flows = true;
        this.#go(at);
    }

    #fail(missing: boolean, at: number): void {
        this.#engine?.close();
        this.#engine = undefined;
        if (missing && !this.#byFile) {
            this.#byFile = true; // an older device, or nothing there: its files tell
            this.#go(at);
            return;
        }
        this.#plays = false;
        this.#options.onState(missing ? 'gap' : 'failed');
    }
}
