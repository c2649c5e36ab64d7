/** Plays one live channel of a link in one video element. */
import { number, record, text } from '../json.js';
import { ageOf } from './age.js';
import { type Edge, follow, startEdge } from './edge.js';
import { Feeder, sourceClass } from './feeder.js';
import { Fragments } from './fragments.js';
import type { LinkChannel } from './link-channel.js';
import type { Links } from './links.js';
import { playableType } from '../playable.js';
import { NEW_MS, Still, shownBy, STILL_MS } from './still.js';
import type { Why } from './why.js';

const [STEER_MS, REPORT_MS] = [100, 500];
/** After a beginning or a gap: from when on, and until when, playback may jump by less. Milliseconds. */
const FRESH_MS = [250, 2000] as const;
/** A picture that somebody paused takes no more than this ahead of what it shows, seconds. */
const PAUSED_AHEAD = 10;

/** What a player reports, from events. */
export interface LivePlayerEvents {
    /** The first picture is in the element. */
    readonly onFirst: () => void;
    readonly onPlaying: () => void;
    /** The picture stands still, and stays so: the channel is let go. */
    readonly onStill: () => void;
    /** Nothing comes any more; the last picture stays. */
    readonly onOver: (why: Why) => void;
}

/** One channel, from now until `close`. */
export class LivePlayer {
    readonly #video: HTMLVideoElement;
    readonly #events: LivePlayerEvents;
    readonly #links: Links;
    readonly #channel: LinkChannel;
    readonly #fragments = new Fragments();
    readonly #feeder: Feeder | undefined;
    readonly #Source = sourceClass();
    #edge: Edge = startEdge(performance.now() / 1000);
    #zeroMs: number | undefined;
    #freshMs: number | undefined;
    readonly #still = new Still();
    #stalled = false;
    #first = false;
    /** A first picture counts: the device may send what it had, and nothing else, so not before something new has come. */
    #proven: boolean;
    /** For how long a picture may stay as it is. */
    stillMs = STILL_MS;
    #over = false;
    /** Words of the device about the end of the channel. */
    #last = '';
    readonly #timers: readonly number[];
    readonly #onVisible = (): void => this.#report();

    /** label: of docs/design/p2p.md#channels. doubt: another player of it has stood still. */
    constructor(video: HTMLVideoElement, label: string, links: Links, events: LivePlayerEvents, doubt = false) {
        this.#proven = !doubt;
        this.#video = video;
        this.#events = events;
        this.#links = links;
        this.#feeder =
            this.#Source &&
            new Feeder(video, this.#Source, {
                onAppended: () => this.#onAppended(),
                onLost: () => this.#fragments.lose(),
                onFailed: (reason) => this.#end({ kind: 'channel', message: reason }),
            });
        this.#channel = links.open(label, {
            onText: (message) => this.#onText(message),
            onData: (data) => this.#onData(data),
            onOver: (why) => this.#end(this.#last === '' ? why : { kind: 'channel', message: this.#last }),
        });
        this.#timers = [setInterval(() => this.#steer(), STEER_MS), setInterval(() => this.#report(), REPORT_MS)];
        video.addEventListener('loadeddata', () => this.#onFirst(), { once: true });
        video.addEventListener('playing', () => this.#first && !this.#over && events.onPlaying());
        video.addEventListener('waiting', () => {
            this.#stalled = true;
        });
        document.addEventListener('visibilitychange', this.#onVisible);
    }

    /** Bytes of the picture have come. */
    get came(): boolean {
        return this.#freshMs !== undefined;
    }

    /** The connection it plays on. */
    get channel(): LinkChannel {
        return this.#channel;
    }

    /** Milliseconds that are buffered ahead of what is shown. */
    get aheadMs(): number {
        const end = this.#feeder?.edge?.end;
        return end === undefined ? 0 : Math.max(0, (end - this.#video.currentTime) * 1000);
    }

    /** Seconds since what is shown was captured, by the device's clock; else from the newest frame that came. */
    get delay(): number {
        return ageOf(this.#zeroMs, this.#video.currentTime, this.#channel.link.clock.at(Date.now())) ?? this.aheadMs / 1000;
    }

    /** Lets go of the channel; the last picture goes with it. May be called twice. */
    close(): void {
        this.#letGo();
        this.#feeder?.close();
    }

    #letGo(): void {
        this.#over = true;
        for (const timer of this.#timers) {
            clearInterval(timer);
        }
        document.removeEventListener('visibilitychange', this.#onVisible);
        this.#channel.close();
        this.#links.left();
    }

    /** The last picture stays until `close`. */
    #end(why: Why): void {
        if (!this.#over) {
            this.#letGo();
            this.#events.onOver(why);
        }
    }

    #onText(message: string): void {
        let about: Readonly<Record<string, unknown>>;
        try {
            about = record(JSON.parse(message));
        } catch {
            return;
        }
        const [refused, mime] = [text(about['error']), text(about['mime'])];
        if (refused !== undefined) {
            this.#last = refused; // the end of the channel follows
        } else if (mime !== undefined) {
            this.#begin(mime, number(record(about['timeline'])['zero_ms']));
        }
    }

    #begin(mime: string, zeroMs: number | undefined): void {
        const type = this.#Source && playableType(mime, this.#Source);
        if (type === undefined) {
            this.#end({ kind: 'codec' });
            return;
        }
        this.#zeroMs = zeroMs;
        this.#fragments.expectInit(type !== mime);
        this.#feeder?.begin(type);
    }

    #onData(data: ArrayBuffer): void {
        if (this.#video.paused && this.#first && this.aheadMs > PAUSED_AHEAD * 1000) {
            this.#fragments.lose();
        }
        switch (this.#fragments.take(data)) {
            case 'append':
                this.#feeder?.push(this.#fragments.begun ?? data);
                this.#prove();
                break;
            case 'damaged':
                this.#end({ kind: 'channel', message: 'damaged fragment' });
                break;
            case 'skip':
                break;
            default:
        }
    }

    #onAppended(): void {
        const edge = this.#feeder?.edge;
        if (edge === undefined || this.#over) {
            return;
        }
        if (this.#freshMs === undefined) {
            this.#freshMs = performance.now();
            this.#video.currentTime = edge.begin; // the key frame; what has happened since is jumped over when it is there
            this.play();
        } else if (this.#video.currentTime < edge.begin) {
            this.#steer();
        }
        const cut = this.#feeder?.trim(this.#fragments.keys);
        if (cut !== undefined) {
            this.#fragments.forget(cut);
        }
    }

    /** Something new has come. */
    #prove(): void {
        this.#proven ||= this.#freshMs !== undefined && performance.now() - this.#freshMs > NEW_MS;
    }

    /** A first picture that is being jumped over is not shown. */
    #onFirst(): void {
        if (!this.#proven) {
            return;
        }
        if (this.#video.seeking) {
            this.#video.addEventListener('seeked', () => this.#onFirst(), { once: true });
        } else if (!this.#over && !this.#first) {
            this.#first = true;
            this.#links.worked();
            this.#events.onFirst();
        }
    }

    /** Plays on. */
    play(): void {
        // Refused only by rules of autoplay: the controls are there then.
        this.#video.play().catch(() => undefined);
    }

    /** Whether what is shown moves. */
    #look(now: number): void {
        if (!this.#first && !this.#video.seeking && this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
            this.#onFirst(); // what was loaded before did not count
        } else if (this.#first && this.#still.look(now, shownBy(this.#video)) >= this.stillMs) {
            this.#letGo();
            this.#events.onStill();
        }
    }

    #steer(): void {
        const [video, range] = [this.#video, this.#feeder?.edge];
        if (!this.#over) {
            this.#look(performance.now());
        }
        if (this.#over || range === undefined || this.#freshMs === undefined || video.paused) {
            return;
        }
        const joined = video.currentTime >= range.begin - 0.01;
        // A seek to what lies before a gap may never end, because too little lies there for a picture: it is not waited for.
        if (video.seeking && joined) {
            return;
        }
        const now = performance.now();
        const since = now - this.#freshMs;
        const fresh = since >= FRESH_MS[0] && since <= FRESH_MS[1];
        const seen = { behind: range.end - video.currentTime, joined, fresh, stalled: this.#stalled && since > FRESH_MS[1], now: now / 1000 };
        this.#stalled = false;
        const { edge, jump } = follow(this.#edge, seen);
        this.#edge = edge;
        if (jump !== undefined) {
            if (!joined) {
                this.#freshMs = now;
            }
            video.currentTime = Math.max(range.begin, range.end - jump);
        }
        if (video.playbackRate !== edge.rate) {
            video.playbackRate = edge.rate;
        }
    }

    #report(): void {
        const visible = !document.hidden;
        this.#channel.report({ appendedMs: this.#feeder?.appendedMs ?? 0, aheadMs: this.aheadMs, dropped: this.#fragments.dropped, visible });
    }
}
