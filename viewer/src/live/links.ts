/** All WebRTC connections to one device: pictures share them, and what one learns the others know. */
import { Backoff } from './backoff.js';
import { Doubt } from './doubt.js';
import { Link, type LinkOptions } from './link.js';
import type { ChannelEvents, LinkChannel } from './link-channel.js';
import type { Why } from './why.js';

/** A connection without a picture is kept for so long: another room may want it. */
const IDLE_MS = 10_000;

/** The connections of one page to one device. */
export class Links {
    readonly #options: LinkOptions;
    readonly #links = new Set<Link>();
    readonly #backoff = new Backoff();
    readonly #doubt: Doubt;
    #idle: ReturnType<typeof setTimeout> | undefined;
    #why: Why = { kind: 'lost' };

    /** of: as of `Doubt`. */
    constructor(options: LinkOptions, of?: string) {
        this.#options = options;
        this.#doubt = new Doubt(of);
    }

    /** Lately no connection came about: whoever waits for one lets something else play. */
    get doubted(): boolean {
        return this.#doubt.holds;
    }

    /** Why WebRTC is not tried now; undefined: it may be. */
    get held(): Why | undefined {
        return this.#backoff.ready(performance.now()) ? undefined : this.#why;
    }

    /** Describes a connection already, before anybody knows what is to be shown; it ends unless a picture comes soon. */
    prepare(): void {
        if (this.#links.size === 0) {
            this.#make();
            this.left();
        }
    }

    /** Opens a live channel, on a connection that is there or on a new one. */
    open(label: string, events: ChannelEvents): LinkChannel {
        return this.#free().open(label, events);
    }

    /** Opens the channel of a talk. Whoever gets it closes it. */
    openVoice(label: string, how: RTCDataChannelInit): RTCDataChannel {
        const channel = this.#free().openVoice(label, how);
        channel.addEventListener('close', () => this.left());
        return channel;
    }

    /** A connection that has a place. */
    #free(): Link {
        clearTimeout(this.#idle);
        return [...this.#links].find((one) => !one.full) ?? this.#make();
    }

    #make(): Link {
        const link = new Link(this.#options, (over, why, playedMs) => {
            this.#links.delete(over);
            this.#why = why;
            this.#backoff.failed(performance.now(), playedMs, why.kind);
            if (playedMs === 0 && (why.kind === 'time' || why.kind === 'lost')) {
                this.#doubt.begin();
            }
        });
        this.#links.add(link);
        return link;
    }

    /** A picture is there. */
    worked(): void {
        this.#backoff.worked();
        this.#doubt.end();
    }

    /** Ends all at once. */
    close(): void {
        clearTimeout(this.#idle);
        for (const link of this.#links) {
            link.close();
        }
        this.#links.clear();
    }

    /** A channel was let go: connections that nobody uses end later. */
    left(): void {
        clearTimeout(this.#idle);
        this.#idle = setTimeout(() => {
            for (const link of [...this.#links].filter(({ used }) => used === 0)) {
                this.#links.delete(link);
                link.close();
            }
        }, IDLE_MS);
    }
}
