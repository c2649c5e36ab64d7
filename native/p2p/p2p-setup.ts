/** How the transport of viewers is opened and an offer taken; the words of docs/design/script.md. */
import type { P2pOwner } from 'ocellus/command';

/** Which layer speaks to the transport; they exclude each other. */
export type Owner = P2pOwner;

/** A STUN or TURN server. */
export interface IceServer {
    /** `stun:HOST[:PORT]`, `turn:HOST[:PORT][?transport=udp|tcp]`, `turns:…`; without blanks, as the others. */
    readonly url: string;
    /** With `credential`, or neither. */
    readonly username?: string;
    readonly credential?: string;
}

/** Probes of a viewer's path: it is `lost` when none of `attempts` is answered. Either 0: off, its signalling decides. */
export interface KeepAlive {
    /** Seconds, 0 to 255. */
    readonly interval: number;
    /** 0 to 10. */
    readonly attempts: number;
}

/** How the transport opens. What is left out is 0, false or empty unless it says something else. */
export interface OpenOptions {
    readonly owner: Owner;
    /** UDP, of both families; 0: any free one. */
    readonly port?: number;
    /** Viewers at a time; 0: as many as this host can. */
    readonly sessions?: number;
    /** At most four. */
    readonly servers?: readonly IceServer[];
    /** PEM file that TURN over TLS trusts; '': those of the system. */
    readonly ca?: string;
    /** Addresses of this machine alone are candidates too. */
    readonly loopback?: boolean;
    /** Through TURN only. */
    readonly relayOnly?: boolean;
    /** Left out: true. At least one of the two. */
    readonly ipv4?: boolean;
    readonly ipv6?: boolean;
    /** Left out: every 10 s, 3 attempts. */
    readonly keepAlive?: KeepAlive;
}

/** What `open` found. */
export interface Opened {
    /** A script before this one had opened it: viewers and settings are those, `views()` lists them. */
    readonly adopted: boolean;
}

/** A description and the viewer it is for. */
export interface Description {
    readonly session: number;
    readonly sdp: string;
}

/** A channel that the viewer opens `negotiated`, so that media leaves a round trip earlier. */
export interface EarlyChannel {
    /** 0 to 1023, one each. */
    readonly id: number;
    /** At most 1,024 bytes of UTF-8. */
    readonly label: string;
}

/** How an offer is taken. */
export interface OfferOptions {
    /** Left out: a new viewer. Else its ICE restart. */
    readonly session?: number;
    readonly open?: readonly EarlyChannel[];
    /** `HttpRequest.login` of the request that brought the offer: the viewer ends with that login. Left out or 0: with none. */
    readonly login?: number;
}

/** How the bit rate of a source that is encoded here follows its viewers. */
export interface Rate {
    /** Bits per second: it is never set lower; 0: an eighth of what the source makes. */
    readonly floor: number;
    /** Milliseconds after a fall in which it does not rise, 100 to 60,000. */
    readonly holdMs: number;
    /** Milliseconds without a report of its page after which live of a viewer pauses, 1,000 to 60,000. */
    readonly reportMs: number;
}

/** Bytes unsent, 0 < low < warn < high; all 0: off. */
export interface Watermarks {
    readonly low: number;
    readonly warn: number;
    readonly high: number;
    /** They are least values: `high` is 1.5 times the largest GOP of the stream at least. For all views only. */
    readonly follow?: boolean;
}
