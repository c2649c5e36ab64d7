import type HlsConstructor from 'hls.js/light';

/** What a player tells the page. */
export type PlayerState = 'starting' | 'playing' | 'failed' | 'unsupported';

/** Brings hls.js in. */
export type LoadHls = () => Promise<typeof HlsConstructor>;

/** Plays live playlists in one video element; the last one asked for wins. */
export class Player {
    readonly #video: HTMLVideoElement;
    readonly #onState: (state: PlayerState) => void;
    readonly #load: LoadHls;
    #hls: HlsConstructor | undefined;
    #retry: number | undefined;
    #source = '';
    #live = false;

    /** onState is called from events of the video element and of hls.js, never from play functions. */
    constructor(video: HTMLVideoElement, load: LoadHls, onState: (state: PlayerState) => void) {
        this.#video = video;
        this.#load = load;
        this.#onState = onState;
        video.addEventListener('playing', () => onState('playing'));
        video.addEventListener('error', () => {
            if (this.#hls === undefined && video.getAttribute('src')) {
                onState('failed');
                this.#tryLater();
            }
        });
    }

    /** Seconds between the edge of the live picture and what is shown; undefined when it is not known. */
    get delay(): number | undefined {
        const delay = this.#hls?.latency;
        return delay !== undefined && delay > 0 ? delay : undefined;
    }

    /** Plays a live playlist. hls.js is loaded at the first call of the page. */
    playLive(url: string): void {
        if (this.#live && this.#source === url) {
            return;
        }
        this.stop();
        this.#live = true;
        this.#source = url;
        this.#video.muted = true;
        void this.#startLive(url);
    }

    /** Lets go of everything. May be called twice. */
    stop(): void {
        clearTimeout(this.#retry);
        this.#hls?.destroy();
        this.#hls = undefined;
        this.#live = false;
        this.#source = '';
        this.#video.removeAttribute('src');
        this.#video.load();
    }

    /** After the page was hidden: jump to the edge. */
    toEdge(): void {
        const edge = this.#hls?.liveSyncPosition;
        if (this.#live && edge !== undefined && edge !== null && edge - this.#video.currentTime > 1.5) {
            this.#video.currentTime = edge;
            this.#play();
        }
    }

    async #startLive(url: string): Promise<void> {
        const Hls = await this.#load().catch(() => undefined);
        if (this.#source !== url) {
            return; // something else was asked for while the library came in
        }
        if (Hls === undefined) {
            this.#onState('failed');
            this.#tryLater();
            return;
        }
        if (!Hls.isSupported()) {
            this.#startNative(url);
            return;
        }
        const hls = new Hls({
            enableWorker: false, // a worker would need blob: scripts, which the page's policy forbids
            lowLatencyMode: true,
            maxLiveSyncPlaybackRate: 1.1,
            backBufferLength: 15,
        });
        // The playlist says how far behind the edge to play: PART-HOLD-BACK, or three segments when it is plain.
        // Given to the constructor, this would take a distance of our own along.
        hls.config.liveMaxLatencyDurationCount = 6;
        this.#hls = hls;
        hls.on(Hls.Events.MANIFEST_PARSED, () => this.#play());
        hls.on(Hls.Events.ERROR, (_event, data) => {
            if (!data.fatal) {
                return;
            }
            this.#onState('failed');
            if (data.type === Hls.ErrorTypes.MEDIA_ERROR) {
                hls.recoverMediaError();
            } else {
                this.#tryLater();
            }
        });
        hls.loadSource(url);
        hls.attachMedia(this.#video);
    }

    /** Browsers without Media Source Extensions may play HLS by themselves. */
    #startNative(url: string): void {
        if (this.#video.canPlayType('application/vnd.apple.mpegurl') === '') {
            this.#onState('unsupported');
            return;
        }
        this.#video.src = url;
        this.#play();
    }

    #play(): void {
        // Refused only by autoplay rules: the controls are there then.
        this.#video.play().catch(() => undefined);
    }

    #tryLater(): void {
        const [url, live] = [this.#source, this.#live];
        clearTimeout(this.#retry);
        if (!live) {
            return;
        }
        this.#retry = setTimeout(() => {
            this.stop();
            this.playLive(url);
        }, 1500);
    }
}
