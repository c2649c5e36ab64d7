/** What viewers ask of a script, and what it is told of them; the words of docs/design/script.md. */
import type { StreamName, TalkCodec } from 'ocellus/command';

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
