import type HlsConstructor from 'hls.js/light';
import { LOOK_MS, STILL_MS, Still, shownBy } from './live/still.js';

/** What a player tells the page. failed: there is no picture, or it stands still; another try is under way. */
export type PlayerState = 'starting' | 'playing' | 'failed' | 'unsupported';

/** Brings hls.js in. */
export type LoadHls = () => Promise<typeof HlsConstructor>;

/** What is known of a live stream. */
export interface LiveStream {
    /** Number of its first segment: a player that plays older ones begins anew. */
    readonly generation?: number | undefined;
    /** For how many milliseconds its picture may stay as it is. */
    readonly stillMs?: number;
    /** It has stood still: it plays when the playlist has something new. */
    readonly doubt?: boolean;
}

/** How soon a playlist is read again that has nothing new; one that has been missing for long is asked for less often. */
const [AGAIN_MS, MISSING_MS, MISSING] = [300, 1500, 30];
/** Chromium may run on behind the end of what it has: seconds after which that is seen. */
const PAST_S = 0.3;
/** Where nothing comes any more hls.js goes back from the end, and plays what it has again. Seconds: within so many the end is near, and a step of so many is back. */
const BACK_S = 0.5;
/** A first picture is waited for so long. */
const PATIENCE_MS = 10_000;

/** What a playlist lists; empty: it is not there. */
async function listOf(url: string): Promise<string> {
    try {
        const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
        // a clock that is set moves dates, and no picture
        return response.ok ? (await response.text()).replace(/^#EXT-X-PROGRAM-DATE-TIME.*$/gm, '') : '';
    } catch {
        return '';
    }
}

/** Plays live playlists in one video element; the last one asked for wins. */
export class Player {
    readonly #video: HTMLVideoElement;
    readonly #onState: (state: PlayerState) => void;
    readonly #load: LoadHls;
    readonly #still = new Still();
    #hls: HlsConstructor | undefined;
    #look: ReturnType<typeof setInterval> | undefined;
    #source = '';
    /** Counts what was begun: what belongs to an older one is given up. */
    #turn = 0;
    #beganMs = 0;
    #playing = false;
    #stillMs = STILL_MS;
    /** Number of the newest segment that a playlist listed. */
    #newest = 0;
    /** Where it was at the last look, if that was near the end of what it had. */
    #dry: number | undefined;

    /** onState is called from events and timers, never from play functions. */
    constructor(video: HTMLVideoElement, load: LoadHls, onState: (state: PlayerState) => void) {
        this.#video = video;
        this.#load = load;
        this.#onState = onState;
        video.addEventListener('playing', () => {
            this.#playing = true;
            onState('playing');
        });
        video.addEventListener('error', () => {
            if (this.#hls === undefined && video.getAttribute('src')) {
                this.#fail();
            }
        });
    }

    /** Seconds between the edge of the live picture and what is shown; undefined when it is not known. */
    get delay(): number | undefined {
        const delay = this.#hls?.latency;
        return delay !== undefined && delay > 0 ? delay : undefined;
    }

    /** Plays a live playlist. hls.js is loaded at the first call of the page. Called again, it takes what is known now. */
    playLive(url: string, { generation = 0, stillMs = STILL_MS, doubt = false }: LiveStream = {}): void {
        this.#stillMs = stillMs;
        if (this.#source === url) {
            if (this.#newest > 0 && this.#newest < generation) {
                this.#fail();
            }
            return;
        }
        this.stop();
        this.#source = url;
        this.#video.muted = true;
        this.#look = setInterval(() => this.#watch(), LOOK_MS);
        void (doubt ? this.#again(this.#turn) : this.#start());
    }

    /** Lets go of everything. May be called twice. */
    stop(): void {
        clearInterval(this.#look);
        this.#source = '';
        this.#letGo();
    }

    /** After the page was hidden: jump to the edge. */
    toEdge(): void {
        const edge = this.#hls?.liveSyncPosition;
        if (edge !== undefined && edge !== null && edge - this.#video.currentTime > 1.5) {
            this.#video.currentTime = edge;
            this.#play();
        }
    }

    #letGo(): void {
        this.#turn++;
        this.#hls?.destroy();
        this.#hls = undefined;
        this.#playing = false;
        this.#still.reset();
        this.#newest = 0;
        this.#dry = undefined;
        this.#video.removeAttribute('src');
        this.#video.load();
    }

    async #start(): Promise<void> {
        const turn = this.#turn;
        this.#beganMs = performance.now();
        const Hls = await this.#load().catch(() => undefined);
        if (this.#turn !== turn) {
            return; // something else was asked for while the library came in
        }
        if (Hls === undefined) {
            this.#fail();
            return;
        }
        if (!Hls.isSupported()) {
            this.#startNative();
            return;
        }
        const hls = new Hls({
            enableWorker: false, // a worker would need blob: scripts, which the page's policy forbids
            lowLatencyMode: true,
            maxLiveSyncPlaybackRate: 1.1,
            backBufferLength: 15,
        });
        this.#hls = hls;
        hls.on(Hls.Events.MANIFEST_PARSED, () => this.#play());
        hls.on(Hls.Events.LEVEL_UPDATED, (_event, { details }) => {
            if (this.#newest > 0 && (details.endSN < this.#newest || details.startSN > this.#newest + 1)) {
                this.#failSoon(); // it was opened again, or the page slept: nothing goes on from what was there
                return;
            }
            this.#newest = details.endSN;
            // The playlist says how far behind the edge to play: PART-HOLD-BACK, or three segments when it is plain. Farther
            // behind than this hls.js does not hurry: it has to jump, or it would stay there.
            hls.config.liveMaxLatencyDuration = 2 * (hls.targetLatency ?? 0) + details.targetduration;
        });
        hls.on(Hls.Events.ERROR, (_event, data) => {
            const missing = data.details === Hls.ErrorDetails.LEVEL_LOAD_ERROR && (data.response?.code === 404 || data.response?.code === 503);
            if (missing) {
                this.#failSoon(); // it is being opened again: hls.js would come back to it seconds later
            }
            if (!data.fatal || missing) {
                return;
            }
            if (data.type === Hls.ErrorTypes.MEDIA_ERROR) {
                this.#onState('failed');
                hls.recoverMediaError();
            } else {
                this.#failSoon();
            }
        });
        hls.loadSource(this.#source);
        hls.attachMedia(this.#video);
    }

    /** Browsers without Media Source Extensions may play HLS by themselves. */
    #startNative(): void {
        if (this.#video.canPlayType('application/vnd.apple.mpegurl') === '') {
            this.#onState('unsupported');
            return;
        }
        this.#video.src = this.#source;
        this.#play();
    }

    #play(): void {
        // Refused only by autoplay rules: the controls are there then.
        this.#video.play().catch(() => undefined);
    }

    /** There is nothing to show at the place where the element says that it plays. */
    get #past(): boolean {
        const { buffered, currentTime, seeking } = this.#video;
        return buffered.length > 0 && !seeking && currentTime > buffered.end(buffered.length - 1) + PAST_S;
    }

    /** It plays what it has shown again. */
    #replays(): boolean {
        const { buffered, currentTime } = this.#video;
        const replays = this.#dry !== undefined && currentTime < this.#dry - BACK_S;
        this.#dry = buffered.length > 0 && currentTime > buffered.end(buffered.length - 1) - BACK_S ? currentTime : undefined;
        return replays;
    }

    #watch(): void {
        const now = performance.now();
        const shown = shownBy(this.#video);
        const stands = this.#still.look(now, shown);
        const replays = this.#replays();
        if (shown === undefined) {
            this.#beganMs = now;
        } else if (this.#playing ? stands >= this.#stillMs || this.#past || replays : this.#hls !== undefined && now - this.#beganMs > PATIENCE_MS) {
            this.#fail();
        }
    }

    /** Out of an event of hls.js, which it ends. */
    #failSoon(): void {
        const turn = this.#turn;
        setTimeout(() => this.#turn === turn && this.#fail(), 0);
    }

    /** Nothing plays, or always the same: a player is made anew when the playlist has something new. */
    #fail(): void {
        this.#letGo();
        this.#onState('failed');
        void this.#again(this.#turn);
    }

    async #again(turn: number): Promise<void> {
        const before = await listOf(this.#source);
        for (let [list, missing] = [before, 0]; this.#turn === turn; list = await listOf(this.#source)) {
            if (list !== '' && list !== before) {
                void this.#start();
                return;
            }
            missing = list === '' ? missing + 1 : 0;
            await new Promise((resolve) => setTimeout(resolve, missing > MISSING ? MISSING_MS : AGAIN_MS));
        }
    }
}
