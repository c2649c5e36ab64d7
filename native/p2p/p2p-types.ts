/** What viewers ask of a script, what it is told of them, how the transport opens, what is read of it; the words of docs/design/script.md. */
import type { P2pOwner, SessionState, StreamName, TalkCodec, ViewKind, ViewState } from 'ocellus/command';

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

/** How a view is sent. Rates in bytes per second. */
export interface SendStatus {
    /** Sent, measured over the last moments. */
    readonly instantRate: number;
    /** Acknowledged in the past second. */
    readonly acknowledgedRate: number;
    /** Acknowledged since the view began; exact up to 2^53. */
    readonly acknowledgedBytes: number;
    /** Microseconds; 0: not measured yet. */
    readonly rttUs: number;
    /** Of a million packets. */
    readonly lossPpm: number;
    /** Bytes that may be under way. */
    readonly congestionWindow: number;
    readonly pacingRate: number;
    readonly drops: Drops;
}

/** Packets of the stream that the viewer did not get, by reason. */
export interface Drops {
    /** The ring had gone on. */
    readonly overtaken: number;
    /** More than `high` was unsent. */
    readonly watermark: number;
    /** The page was hidden, or did not report. */
    readonly report: number;
    /** Their tracks are not carried. */
    readonly tracks: number;
    /** Messages given up after they had begun. */
    readonly abandoned: number;
}

/** A viewer that is there. */
export interface Session {
    readonly session: number;
    readonly state: SessionState;
    /** Data channels that are there. */
    readonly views: number;
    /** "192.0.2.7:4711", "[2001:db8::7]:4711"; '': not known yet. */
    readonly address: string;
    /** Through TURN. */
    readonly relayed: boolean;
    /** Microseconds; 0: not measured yet. */
    readonly rttUs: number;
    readonly uptimeS: number;
    /** `OfferOptions.login` of its latest offer; 0: none was needed. */
    readonly login: number;
}

/** A data channel that is there. */
export interface View extends SendStatus {
    readonly view: number;
    readonly session: number;
    readonly state: ViewState;
    readonly kind: ViewKind;
    /** Of its data channel. */
    readonly id: number;
    /** The camera's, for live. */
    readonly channel: number;
    readonly stream: StreamName;
    /** Bytes unsent or not acknowledged. */
    readonly queued: number;
    /** Why live takes nothing from its ring just now. */
    readonly held: { readonly high: boolean; readonly report: boolean };
    /** In force. */
    readonly watermarks: Watermarks;
    /** More than `warn` is unsent. */
    readonly aboveWarn: boolean;
    /** Key pictures asked for. */
    readonly keyRequests: number;
    /** Times that live went on at a newer key picture. */
    readonly jumps: number;
    /** Of the viewer; exact up to 2^53. */
    readonly receivedBytes: number;
    /** Messages of the viewer that the script did not take in time. */
    readonly receivedDropped: number;
}

/** A channel's label, `[name?]query`, taken apart. Everybody on the way may read it: nothing in it is a secret. */
export interface Params {
    /** `action` of the query: live, playback, voice, command or one of the application's own; '': none. */
    readonly action: string;
    /** What stands before the `?`; '': nothing. */
    readonly name: string;
    /** All keys, `action` too; at most 16. */
    readonly query: ReadonlyMap<string, string>;
}

/** Who asks. */
export interface Peer {
    /** The viewer; > 0. */
    readonly session: number;
    /** The data channel on which it asks; > 0, not used again in a run of 2^20. */
    readonly view: number;
    /** Where it is reached, "192.0.2.7:4711"; '': not known yet, as for a channel that came with the offer. */
    readonly address: string;
}

/** What a viewer gets. */
export type Accept =
    /** From the ring, without the script, until the view ends. `channel`: number of a camera's channel. */
    | { readonly kind: 'live'; readonly channel: number; readonly stream?: StreamName }
    /** Recordings on one time line. `base`: its instant 0, for the viewer, 1 to 39 bytes such as ISO 8601 without quotes;
     * `atMs`: where it begins, from there. */
    | {
          readonly kind: 'playback';
          readonly base: string;
          readonly atMs: number;
          readonly files: readonly PlaybackFile[];
      };

/**
 * A viewer's voice goes to the loudspeaker, without the script, until the view ends. One viewer talks at a time: another
 * one is refused as `busy`.
 */
export interface Voice {
    readonly kind: 'voice';
    /** What the viewer sends. */
    readonly codec: TalkCodec;
    /** Where it is played: `auto`, `file` or `alsa:DEVICE`; left out: `auto`. At most 95 bytes. */
    readonly output?: string;
    /** Percent, 0 to 100; left out: 100. */
    readonly volume?: number;
}

/** One file of a playback: 1 to 64, in order of time. */
export interface PlaybackFile {
    /** Milliseconds from `base` to its beginning. */
    readonly offsetMs: number;
    /** In the data directory, below `recordings`; at most 255 bytes. */
    readonly path: string;
}

/** What a playback does next. Seek: milliseconds from `base`; speed: 0.125 to 64, from 8 on key pictures only. */
export type PlayControl =
    | { readonly pause: true }
    | { readonly resume: true }
    | { readonly seek: number }
    | { readonly speed: number };

/** What a handler of commands gives back; null or nothing in it: the channel is closed, and the viewer told. */
export type CommandAnswer = Uint8Array | string | null;

/** The transport or one of its views came to a point (of its vendor's names: PEER_READY, PEER_CONNECT_FAIL, …). */
export type P2pEvent =
    /** Sockets are open, addresses known. */
    | { readonly kind: 'ready' }
    /** A STUN or TURN server cannot be reached. */
    | { readonly kind: 'connect-fail'; readonly reason: string }
    /** The network failed a viewer. */
    | { readonly kind: 'peer-error'; readonly session: number; readonly reason: string }
    /** Our address is another one; sessions renegotiate by themselves. */
    | { readonly kind: 'addr-changed' }
    /** Once for each crossing: below low (sends again), above warn, above high (has stopped). */
    | {
          readonly kind: 'watermark';
          readonly level: 'low' | 'warn' | 'high';
          readonly view: number;
          readonly session: number;
      };

/** A viewer came, is not heard, is heard again, or is gone. */
export interface SessionEvent {
    readonly session: number;
    readonly state: 'up' | 'lost' | 'back' | 'over';
    /** Why; '': nothing to say. */
    readonly reason: string;
    /** Where it is reached, "192.0.2.7:4711"; '': not told. */
    readonly address: string;
}

/** A candidate of ours for a viewer that trickles. */
export interface CandidateEvent {
    readonly session: number;
    /** For `addIceCandidate`; '': there are no more. */
    readonly line: string;
}

/**
 * Called from the loop, never from inside a method of `P2p`. What one of them throws beyond what is said here is
 * logged and stops nobody.
 */
export interface P2pCallbacks {
    /**
     * A viewer asks to be sent something. A throw refuses, and its message is what the viewer reads. 5 s. Left out:
     * everything is refused.
     */
    onSendStart?(params: Params, peer: Peer): Accept | Promise<Accept>;
    /** Once for each `Accept` given, also for one that could not be carried out. */
    onSendStop?(view: number, reason: string): void;
    /**
     * A viewer opens a channel with `action=voice`. A `Voice`: the device plays it; nothing: its messages come to
     * `onReceive`. A throw refuses. 5 s. Left out: everything is refused.
     */
    onReceiveStart?(params: Params, peer: Peer): Voice | void | Promise<Voice | undefined> | Promise<void>;
    /** A message of a viewer, the application's own bytes; null: that was the last, of a `Voice` too. */
    onReceive?(view: number, data: Uint8Array | null): void;
    /** A request of a viewer. A throw answers it with an error, and so do 5 s; the channel stays open. Left out: no
     * command channel is accepted. */
    onCommand?(request: Uint8Array, peer: Peer): CommandAnswer | Promise<CommandAnswer>;
    /** A message of a viewer on its playback, at most 1 KB. */
    onControl?(view: number, text: string): void | Promise<void>;
    /** What is of no session and no view of the application's own. */
    onEvent?(event: P2pEvent): void;
    /** A viewer is connected, lost, back or gone. */
    onSession?(event: SessionEvent): void;
    /** One of our addresses for a viewer that trickles. */
    onCandidate?(event: CandidateEvent): void;
}
