/** What a script reads of viewers that are there; the words of docs/design/script.md. */
import type { SessionState, StreamName, ViewKind, ViewState } from 'ocellus/command';
import type { Watermarks } from 'ocellus/p2p-setup';

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
