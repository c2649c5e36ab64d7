/** Plays a watch link, or an address, in a stage: WebRTC first, then what plays without it, until the link is over. */
import { el } from '../dom.js';
import type { Links } from '../live/links.js';
import { Way } from '../live/way.js';
import type { Why } from '../live/why.js';
import { type LoadHls, Player } from '../player.js';
import type { WatchLink } from './watch-link.js';

/** How it is. by: file is an address of MP4. */
export type EmbedState =
    | { readonly kind: 'starting' }
    | { readonly kind: 'playing'; readonly by: 'webrtc' | 'hls' | 'file'; readonly why: Why | undefined }
    | { readonly kind: 'stalled'; readonly reason: 'lost' | 'unsupported' }
    | { readonly kind: 'ended'; readonly reason: 'over' };

/** What is to be played. */
export interface EmbedSource {
    /** undefined: there is only `fallback`. */
    readonly link: WatchLink | undefined;
    /** Address of a playlist or of MP4; empty: the playlist of the link. */
    readonly fallback: string;
    readonly small: boolean;
}

/** How often what failed is tried again, and a link is read that does not answer. */
const AGAIN_MS = 2000;
/** Pictures of two players are never one. */
let players = 0;

/** One stage, from now until `close`. */
export class EmbedPlayer {
    readonly #stage: HTMLElement;
    readonly #source: EmbedSource;
    readonly #onState: (state: EmbedState) => void;
    readonly #load: LoadHls;
    readonly #name = `link ${players++}`;
    readonly #way: Way | undefined;
    readonly #links: Links | undefined;
    readonly #timer: ReturnType<typeof setInterval>;
    #channel = '';
    #reading = false;
    #closed = false;
    /** What plays without WebRTC. */
    #other: HTMLVideoElement | undefined;
    #player: Player | undefined;

    /** onState: called from events and timers. */
    constructor(stage: HTMLElement, source: EmbedSource, load: LoadHls, onState: (state: EmbedState) => void) {
        this.#stage = stage;
        this.#source = source;
        this.#load = load;
        this.#onState = onState;
        onState({ kind: 'starting' });
        this.#timer = setInterval(() => this.#show(), AGAIN_MS);
        if (source.link !== undefined) {
            this.#links = source.link.links();
            this.#way = new Way(this.#links, {
                make: () => this.#make(),
                onFirst: (video) => this.#onFirst(video),
                onPlaying: () => this.#report('webrtc'),
                onLost: () => this.#onTrouble(),
                onFallBack: (doubt) => this.#onFallBack(doubt),
            });
        }
        this.#show();
        void this.#read();
    }

    /** The element that shows the picture now. */
    get video(): HTMLVideoElement | undefined {
        return this.#way?.video ?? this.#other;
    }

    /** Lets go of everything. May be called twice. */
    close(): void {
        this.#closed = true;
        clearInterval(this.#timer);
        this.#way?.stop();
        this.#links?.close();
        this.#dropOther();
        this.#stage.replaceChildren();
    }

    #show(): void {
        if (this.#closed) {
            return;
        }
        if (this.#way === undefined) {
            this.#playOther(false);
        } else {
            const stream = this.#source.small ? '&stream=sub' : '';
            this.#way.show({ channel: this.#name, small: this.#source.small, label: `action=live${stream}` });
        }
        if (this.#player === undefined && this.#other === undefined && this.#way?.video === undefined) {
            void this.#read();
        }
    }

    #make(): HTMLVideoElement {
        const video = el('video', { playsinline: true, 'aria-hidden': 'true', tabindex: '-1' });
        video.muted = this.video?.muted ?? true;
        video.volume = this.video?.volume ?? 1;
        this.#stage.append(video);
        return video;
    }

    /** The previous picture goes when the next one is there. */
    #onFirst(video: HTMLVideoElement): void {
        video.muted = this.#other?.muted ?? video.muted;
        this.#dropOther();
        this.#report('webrtc');
    }

    #report(by: 'webrtc' | 'hls' | 'file'): void {
        if (!this.#closed) {
            const playing = this.#way?.playing;
            this.#onState({ kind: 'playing', by, why: playing?.by === 'hls' ? playing.why : undefined });
        }
    }

    #onTrouble(): void {
        if (!this.#closed) {
            this.#onState({ kind: 'stalled', reason: 'lost' });
            void this.#read();
        }
    }

    #onFallBack(doubt: boolean): void {
        if (this.#other === undefined) {
            void this.#read().then(() => this.#playOther(doubt));
        }
    }

    /** A link that is over ends everything; one that does not answer may come back. */
    async #read(): Promise<void> {
        const { link } = this.#source;
        if (link === undefined || this.#reading || this.#closed) {
            return;
        }
        this.#reading = true;
        const state = await link.read();
        this.#reading = false;
        if (this.#closed) {
            return;
        }
        if (state.kind === 'good') {
            this.#channel = state.channel;
        } else if (state.kind === 'over') {
            this.close();
            this.#onState({ kind: 'ended', reason: 'over' });
        }
    }

    #playOther(doubt: boolean): void {
        const { link, fallback } = this.#source;
        const own = link === undefined || this.#channel === '' ? '' : link.at(`live/${this.#channel}/${this.#source.small ? 'sub/' : ''}index.m3u8`);
        const address = fallback === '' ? own : new URL(fallback, document.baseURI).href;
        if (this.#closed || this.#other !== undefined || address === '') {
            return;
        }
        const video = this.#make();
        this.#other = video;
        video.addEventListener('waiting', () => this.#other === video && this.#onTrouble());
        if (/\.mp4$/.test(new URL(address).pathname)) {
            this.#playFile(video, address);
            return;
        }
        this.#player = new Player(video, this.#load, (state) => {
            if (state === 'playing') {
                this.#report('hls');
            } else if (state === 'unsupported') {
                this.#onState({ kind: 'stalled', reason: 'unsupported' });
            } else if (state === 'failed') {
                this.#onTrouble();
            }
        });
        this.#player.playLive(address, { doubt });
    }

    #playFile(video: HTMLVideoElement, address: string): void {
        video.crossOrigin = 'anonymous';
        video.addEventListener('playing', () => this.#report('file'));
        for (const end of ['error', 'ended']) {
            video.addEventListener(end, () => {
                if (this.#other === video) {
                    this.#dropOther(); // tried again with the next turn
                    this.#onTrouble();
                }
            });
        }
        video.src = address;
        video.play().catch(() => undefined);
    }

    #dropOther(): void {
        const video = this.#other;
        this.#other = undefined;
        this.#player?.stop();
        this.#player = undefined;
        video?.removeAttribute('src');
        video?.remove();
    }
}

