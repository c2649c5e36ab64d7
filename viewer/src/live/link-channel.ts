/** One live channel of a connection, as its player sees it. */
import type { DeviceClock } from './age.js';
import type { Commands } from './commands.js';
import type { Fare } from './frames.js';
import type { Why } from './why.js';

/** What a live channel reports. Called from events of the channel, never from inside `open`. */
export interface ChannelEvents {
    readonly onText: (text: string) => void;
    readonly onData: (data: ArrayBuffer) => void;
    /** Nothing comes any more; not called after `close`. */
    readonly onOver: (why: Why) => void;
}

/** How the device sends one channel. */
export interface Sending {
    /** Bits per second that arrived. */
    readonly rate: number;
    /** Lost packets of a million. */
    readonly lossPpm: number;
}

/** What a channel needs of its connection. */
export interface ChannelOwner {
    readonly commands: Commands;
    readonly clock: DeviceClock;
    readonly sending: ReadonlyMap<number, Sending>;
    readonly up: boolean;
    readonly answeredMs: number | undefined;
    readonly rttUs: number;
    readonly relayed: boolean | undefined;
    /** Something came. */
    received(): void;
    /** A channel was let go. */
    left(channel: LinkChannel): void;
    /** Gives up because of what a viewer of it found. */
    fail(why: Why): void;
}

/** One live channel of a link. */
export class LinkChannel {
    readonly link: ChannelOwner;
    readonly #channel: RTCDataChannel;
    readonly #events: ChannelEvents;
    #over = false;

    constructor(link: ChannelOwner, channel: RTCDataChannel, events: ChannelEvents) {
        this.link = link;
        this.#channel = channel;
        this.#events = events;
        channel.binaryType = 'arraybuffer';
        channel.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
            link.received();
            if (this.#over) {
                return;
            }
            if (typeof data === 'string') {
                events.onText(data);
            } else {
                events.onData(data);
            }
        };
        channel.onclose = () => this.end({ kind: 'lost' });
    }

    /** Says how it fares. */
    report(fare: Fare): void {
        if (this.#channel.readyState === 'open' && this.#channel.id !== null) {
            this.link.commands.report(this.#channel.id, fare);
        }
    }

    /** How it is sent; undefined: not known. */
    get sending(): Sending | undefined {
        return this.#channel.id === null ? undefined : this.link.sending.get(this.#channel.id);
    }

    /** For the link: nothing comes any more. */
    end(why: Why): void {
        if (!this.#over) {
            this.close();
            this.#events.onOver(why);
        }
    }

    /** Lets go of it. May be called twice. */
    close(): void {
        this.#over = true;
        this.#channel.close();
        this.link.left(this);
    }
}
