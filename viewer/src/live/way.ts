/** Which way a live picture comes: WebRTC first, HLS while that does not work. */
import { decodes } from '../playable.js';
import type { Stream } from '../status.js';
import { Backoff } from './backoff.js';
import { sourceClass } from './feeder.js';
import type { Links } from './links.js';
import { LivePlayer } from './live-player.js';
import { STILL_MS } from './still.js';
import type { Why } from './why.js';

/** Nobody waits longer than this for the first picture by WebRTC while nothing else plays. */
const PATIENCE_MS = 3000;
/** A connection that ended is made again at once, then after 1 s; after so many times in a row, HLS plays. */
const [AGAIN_MS, AGAIN_MAX] = [1000, 1];
/** A channel that the device ended is opened again after 1 s each time: by then the state of the device may say why. */
const REFUSED_MAX = 3;
/** An offer without any answer is made again with the next state of the device, so many times in a row. */
const GONE_MAX = 5;

/** What plays, for the details of the page. */
export type Playing =
    | { readonly by: 'webrtc'; readonly relayed: boolean | undefined; readonly rttUs: number; readonly lossPpm: number | undefined; readonly rate: number | undefined; readonly aheadMs: number }
    | { readonly by: 'hls'; readonly why: Why };

/** What is to be shown. */
export interface Target {
    /** Name of the channel. */
    readonly channel: string;
    readonly small: boolean;
    /** Left out: nothing of it is known. */
    readonly stream?: Stream;
    /** For how many milliseconds its picture may stay as it is; left out: `STILL_MS`. */
    readonly stillMs?: number;
    /** Label of its data channel; left out: by name and size. */
    readonly label?: string;
}

/** The picture around it. */
export interface WayEvents {
    /** A video element over what is shown, transparent until it has a picture. */
    readonly make: () => HTMLVideoElement;
    /** This one has a picture: it is shown from now on, instead of what was. It may be one that another picture showed. */
    readonly onFirst: (video: HTMLVideoElement) => void;
    readonly onPlaying: () => void;
    /** The picture stands still: another try is under way. */
    readonly onLost: () => void;
    /** HLS shall play; called again while it does, it changes nothing. doubt: the picture stood still, and only something new is live. */
    readonly onFallBack: (doubt: boolean) => void;
}

/** A person may choose HLS in the address: `?play=hls`. */
export function chosenHls(search: string): boolean {
    return new URLSearchParams(search).get('play') === 'hls';
}

/** Label of a live channel. */
export function liveLabel(channel: string, small: boolean): string {
    return new URLSearchParams({ action: 'live', channel, ...(small && { stream: 'sub' }) }).toString();
}

/** Why this page does not use WebRTC at all; undefined: it does. */
function barred(): Why | undefined {
    if (chosenHls(location.search)) {
        return { kind: 'chosen' };
    }
    return !('RTCPeerConnection' in globalThis) || sourceClass() === undefined ? { kind: 'browser' } : undefined;
}

/** A live picture will be shown soon: what can be done before it is known which. */
export function prepareWay(links: Links): void {
    if (barred() === undefined) {
        links.prepare();
    }
}

/** Why this page cannot play a stream by WebRTC; undefined: it can. */
function unable(stream: Stream | undefined): Why | undefined {
    const why = barred();
    if (why !== undefined) {
        return why;
    }
    return stream?.video !== undefined && !decodes(stream.video.codec) ? { kind: 'codec' } : undefined;
}

/** A player in its element. Its events go to the picture that has it now. */
interface One {
    way: Way;
    readonly player: LivePlayer;
    readonly video: HTMLVideoElement;
    readonly label: string;
}

/** Which picture shows a channel, or has shown it until just now: a room that opens takes it over. */
const showing = new Map<string, Way>();
/** A room that has closed keeps its pictures for so long: those of the next one are seen a moment later. */
const KEPT_MS = 1000;

/** One picture. */
export class Way {
    readonly #events: WayEvents;
    readonly #links: Links;
    #backoff = new Backoff();
    #label = '';
    /** The one that is shown, and the one that shall be. */
    #shown: One | undefined;
    #next: One | undefined;
    #channel = '';
    #patience: number | undefined;
    #again: number | undefined;
    #failures = 0;
    /** What is shown stands still. */
    #stands = false;
    /** It has stood still though the connection was there: the device may have nothing new. */
    #doubt = false;
    #stillMs = STILL_MS;
    #why: Why | undefined;
    #beganMs = 0;

    constructor(links: Links, events: WayEvents) {
        this.#links = links;
        this.#events = events;
    }

    /** The element that shows the picture; undefined: it is not WebRTC that does. */
    get video(): HTMLVideoElement | undefined {
        return this.#shown?.video;
    }

    /** Seconds since what is shown was captured. */
    get delay(): number | undefined {
        return this.#shown?.player.delay;
    }

    /** undefined: nothing plays yet. */
    get playing(): Playing | undefined {
        if (this.#shown === undefined) {
            return this.#why && { by: 'hls', why: this.#why };
        }
        const { channel, aheadMs } = this.#shown.player;
        return { by: 'webrtc', relayed: channel.link.relayed, rttUs: channel.link.rttUs, lossPpm: channel.sending?.lossPpm, rate: channel.sending?.rate, aheadMs };
    }

    /** Shows a stream; called with each new state of the device, it also tries again what failed. */
    show({ channel, small, stream, stillMs = STILL_MS, label = liveLabel(channel, small) }: Target): void {
        if (label !== this.#label) {
            this.#label = label;
            this.#failures = 0;
            this.#dropNext();
        }
        this.#takeOver(channel);
        this.#stillMs = stillMs;
        for (const one of [this.#shown, this.#next]) {
            if (one !== undefined) {
                one.player.stillMs = this.#stillMs;
            }
        }
        const current = this.#next ?? (this.#stands ? undefined : this.#shown);
        if (current?.label === label || this.#again !== undefined) {
            return;
        }
        const why = unable(stream) ?? this.#links.held ?? (this.#backoff.ready(performance.now()) ? undefined : (this.#why ?? { kind: 'time' }));
        if (why !== undefined) {
            this.#fallBack(why);
            return;
        }
        this.#try((stream?.state ?? 'running') === 'running');
        if (this.#links.doubted && this.#shown === undefined) {
            this.#fallBack({ kind: 'time' }); // nobody waits: it goes on beside
        }
    }

    /** Nothing plays from now on. May be called twice. */
    stop(): void {
        this.#label = '';
        this.#doubt = false;
        this.#why = undefined;
        this.#failures = 0;
        this.#backoff = new Backoff();
        clearTimeout(this.#again);
        this.#again = undefined;
        this.#dropNext();
        this.#dropShown();
    }

    /** What another picture shows of the channel is shown here from now on: by then that one is about to close. */
    #takeOver(channel: string): void {
        this.#channel = channel;
        const other = showing.get(channel);
        const one = other === undefined ? undefined : other.#shown;
        if (other === undefined || other === this || one === undefined || this.#shown !== undefined || other.#stands) {
            return;
        }
        other.#shown = undefined;
        one.way = this;
        this.#shown = one;
        showing.set(channel, this);
        this.#events.onFirst(one.video);
        setTimeout(() => one.player.play(), 0); // an element that was moved may have stopped
    }

    /** As `stop`, for good; another picture may still take over what was shown. */
    close(): void {
        const one = this.#shown;
        if (one === undefined || this.#stands) {
            this.stop();
            return;
        }
        this.#dropNext();
        clearTimeout(this.#again);
        setTimeout(() => this.stop(), KEPT_MS);
    }

    #try(running: boolean): void {
        const video = this.#events.make();
        const label = this.#label;
        this.#beganMs = performance.now();
        const events = {
            onFirst: () => one.way.#onFirst(player),
            onPlaying: () => one.way.#shown === one && one.way.#events.onPlaying(),
            onStill: () => one.way.#shown === one && one.way.#onStill(),
            onOver: (why: Why) => one.way.#onOver(player, why),
        };
        const player: LivePlayer = new LivePlayer(video, label, this.#links, events, this.#doubt);
        player.stillMs = this.#stillMs;
        const one: One = { way: this, player, video, label };
        this.#next = one;
        clearTimeout(this.#patience);
        if (running && !this.#doubt) {
            this.#patience = setTimeout(() => this.#late(), PATIENCE_MS);
        }
    }

    /** The time counts from the answer of the device, while somebody looks; once more when bytes of the picture, or no answer, have come. */
    #late(again = false): void {
        const { player } = this.#next ?? {};
        if (player === undefined) {
            return;
        }
        const { link } = player.channel;
        const now = performance.now();
        const left = document.hidden ? PATIENCE_MS : Math.max(this.#beganMs, link.answeredMs ?? 0) + PATIENCE_MS - now;
        if (left > 10) {
            this.#patience = setTimeout(() => this.#late(again), left);
        } else if (!again && (player.came || link.answeredMs === undefined)) {
            this.#patience = setTimeout(() => this.#late(true), PATIENCE_MS);
        } else if (link.up) {
            this.#dropNext();
            this.#failed({ kind: 'time' });
        } else {
            link.fail({ kind: 'time' }); // it ends for all pictures
        }
    }

    #onFirst(player: LivePlayer): void {
        const next = this.#next;
        if (next?.player !== player) {
            return;
        }
        clearTimeout(this.#patience);
        this.#next = undefined;
        this.#why = undefined;
        this.#doubt = false;
        this.#events.onFirst(next.video);
        this.#dropShown();
        this.#shown = next;
        showing.set(this.#channel, this);
    }

    /** Another player waits for something new: the last picture stays until then. */
    #onStill(): void {
        this.#stands = true;
        this.#doubt = true;
        this.#events.onLost();
        if (this.#next === undefined && this.#again === undefined) {
            this.#try(true);
        }
    }

    #onOver(player: LivePlayer, why: Why): void {
        const shown = this.#shown?.player === player;
        if (!shown) {
            this.#dropNext();
        }
        if (shown) {
            if (performance.now() - this.#beganMs > PATIENCE_MS * 3) {
                this.#failures = 0;
            }
            this.#stands = true;
            this.#events.onLost();
        }
        this.#failures++;
        const held = this.#links.held;
        const refused = why.kind === 'channel';
        if (why.kind === 'gone' && this.#failures > 1 && this.#failures <= GONE_MAX) {
            return; // with the next state of the device
        }
        if (held !== undefined || why.kind === 'codec' || this.#failures > (refused ? REFUSED_MAX : AGAIN_MAX)) {
            this.#failed(held ?? why);
            return;
        }
        clearTimeout(this.#again);
        const wait = refused ? AGAIN_MS : AGAIN_MS * (this.#failures - 1);
        this.#again = setTimeout(() => {
            this.#again = undefined;
            this.#try(true);
        }, wait);
    }

    #failed(why: Why): void {
        this.#failures = 0;
        this.#backoff.failed(performance.now(), 0, why.kind);
        this.#fallBack(why);
    }

    #fallBack(why: Why): void {
        const doubt = this.#doubt || this.#stands;
        this.#why = why;
        this.#dropShown();
        this.#events.onFallBack(doubt);
    }

    #dropNext(): void {
        clearTimeout(this.#patience);
        this.#next?.player.close();
        this.#next?.video.remove();
        this.#next = undefined;
    }

    #dropShown(): void {
        this.#shown?.player.close();
        this.#shown?.video.remove();
        this.#shown = undefined;
        this.#stands = false;
        if (showing.get(this.#channel) === this) {
            showing.delete(this.#channel);
        }
    }
}
