/** The JSON of the HTTP interface (docs/design/api.md), shared with the viewer as types. */
import type { ChannelSettings, Settings } from 'ocellus/app/config/settings';

/** What the picture is. */
export interface VideoJson {
    readonly codec: string;
    /** Pixels. */
    readonly width: number;
    readonly height: number;
    /** Frames per second; 0: not known yet. */
    readonly fps: number;
    /** Degrees clockwise by which it is to be turned for display: 0, 90, 180, 270. */
    readonly rotation: number;
}

/** What the sound is. */
export interface AudioJson {
    readonly codec: string;
    /** Hz. */
    readonly sampleRate: number;
    readonly channels: number;
}

/** One stream of a channel of `/api/status`. Counters count since it was opened. */
export interface StreamJson {
    /**
     * `lost`: also a stream that could not be opened so far. `private`: not open, because privacy mode is on; nothing but
     * names says something then.
     */
    readonly state: 'opening' | 'running' | 'lost' | 'ended' | 'closing' | 'private';
    /** Null: the source has none. */
    readonly video: VideoJson | null;
    readonly audio: AudioJson | null;
    /**
     * Whether the other end is the camera: by an authority, by `tlsFingerprint`, not looked at (`tlsVerify=off`). Null: an
     * address without TLS.
     */
    readonly tls: 'verified' | 'pinned' | 'off' | null;
    /** Coding of a track of the source that is not carried; null: there is none. */
    readonly omitted: { readonly video: string | null; readonly audio: string | null };
    /** Bits per second of all tracks, measured. */
    readonly bitrate: number;
    readonly gopMs: number;
    readonly gopBytes: number;
    readonly ring: {
        readonly bytes: number;
        readonly heldBytes: number;
        readonly heldMs: number;
        readonly readers: number;
        /** Times the ring overran a reader. */
        readonly overruns: number;
    };
    readonly packets: number;
    readonly bytes: number;
    /** Packets that came empty or late and were left out. */
    readonly dropped: number;
    /** Packets that came, or should have, and are not in the ring: by cause, those above 0. */
    readonly lost: { readonly [cause: string]: number };
    /** Breaks of the source's time line. */
    readonly jumps: number;
    readonly lostGops: number;
    readonly sourceLosses: number;
    /** Latency from capture to ring, microseconds. */
    readonly latencyUs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
    /** The previous name of `latencyUs`, until 0.2.0 (ADR 35). */
    readonly latenessUs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
    /**
     * `first`, `last`: numbers of the segments that can be played. `lowLatency`: the playlist has parts. `master`: of
     * the channel. Null: the format does not carry the picture.
     */
    readonly live: {
        readonly playlist: string;
        readonly plain: string;
        readonly master: string;
        readonly lowLatency: boolean;
        /** One body without an end, of every codec. */
        readonly mp4: string;
        /** HTTP-FLV. */
        readonly flv: string | null;
        /** JPEG images that replace each other (`multipart/x-mixed-replace`). */
        readonly mjpeg: string | null;
        readonly first: number;
        readonly last: number;
        readonly viewers: number;
    };
}

/** One channel of `/api/status`, with its main stream. */
export interface ChannelJson extends StreamJson {
    readonly id: number;
    /** Unique; the name in paths. */
    readonly name: string;
    /** Null: it has none. */
    readonly sub: StreamJson | null;
    /** Why it does not run as it is wanted, one line without secrets; null: it does, or was not tried yet. */
    readonly problem: string | null;
    /** Of whichever stream is recorded. */
    readonly recording: {
        readonly active: boolean;
        readonly failing: boolean;
        readonly files: number;
        readonly bytes: number;
        readonly lostPackets: number;
        /** How far the disk is behind: age of the newest packet on it, also while it refuses; 0: nothing came since. */
        readonly syncedAgeMs: number;
    };
}

/** `GET /api/status` */
export interface StatusJson {
    readonly version: string;
    /** Name of the recordings. */
    readonly name: string;
    /** Of the process. */
    readonly uptimeSeconds: number;
    readonly script: {
        /**
         * `running`: it gave this answer. Else the host did, as far as it knows: no script runs just now, it does not
         * answer in time, or it neither returns nor can be stopped.
         */
        readonly state: 'running' | 'restarting' | 'busy' | 'stuck';
        /** Counts the scripts of this process, from 1. */
        readonly generation: number;
        readonly restarts: number;
        readonly lastEnd: { readonly reason: string; readonly message: string; readonly at: string } | null;
    };
    readonly clock: { readonly now: string; readonly quality: 'none' | 'rtc' | 'ntp' };
    /** Local time, for people: names of files and times of this interface are UTC. */
    readonly timezone: {
        /** "Europe/Berlin"; the rule when it has no other name. */
        readonly name: string;
        /** POSIX TZ. */
        readonly posix: string;
        /** East of Greenwich, at `clock.now`. */
        readonly offsetMinutes: number;
    };
    readonly privacy: PrivacyJson;
    /** What the light of a camera tells. */
    readonly indicator: {
        /** A source is open, or may be. */
        readonly sensorOn: boolean;
        /** Somebody watches live. */
        readonly watching: boolean;
    };
    readonly channels: readonly ChannelJson[];
}

/** `GET /api/privacy`, `POST /api/privacy` */
export interface PrivacyJson {
    /** Nothing is captured. */
    readonly on: boolean;
    /** Why. */
    readonly by: readonly ('command' | 'schedule' | 'switch')[];
}

/** One file of `GET /api/recordings`. */
export interface RecordingJson {
    readonly channel: string;
    readonly name: string;
    /** Address of the file. */
    readonly path: string;
    /** Null: the wall clock was not set. */
    readonly start: string | null;
    /** Null while it is open. */
    readonly end: string | null;
    readonly bytes: number;
    readonly open: boolean;
}

/** `GET /api/recordings` */
export interface RecordingsJson {
    readonly recordings: readonly RecordingJson[];
    /** `after` of the next page. */
    readonly next: string | null;
}

/** One entry of `GET /api/events`. */
export interface EventJson {
    readonly number: number;
    readonly at: string;
    /** Null: the process. */
    readonly channel: string | null;
    /** Left out: the main stream or the whole channel. */
    readonly stream?: 'sub';
    readonly kind: string;
    /** 0 or a negative error number; of an input its level, 1 or 0. */
    readonly code: number;
    readonly path: string;
    readonly text: string;
}

/** `GET /api/events` */
export interface EventsJson {
    readonly events: readonly EventJson[];
    /** `from` to ask with next. */
    readonly next: number;
}

/** Any answer with a status of 400 or more. `at`: the key of the settings that it is about. */
export interface ErrorJson {
    readonly error: { readonly code: string; readonly message: string; readonly at?: string };
}

/** One channel of the settings: `input` and `sub` without passwords; sent back like this they stay as they are. */
export type ChannelSettingsJson = ChannelSettings;

/** `GET /api/settings`: the settings as they are wanted, without secrets, and what is to be known to change them. */
export interface SettingsJson extends Settings {
    /** Keys that the command line gives ("port", "record.name"): they cannot be changed. */
    readonly fixed: readonly string[];
    /** Changes with everything that is stored; `?revision=` of a change. */
    readonly revision: string;
    /** Keys ("port", "http.hosts") whose value is in force only after a restart of the program. */
    readonly restart: readonly string[];
}

/** `GET /api/channels` */
export interface ConfiguredChannelsJson {
    readonly channels: readonly ConfiguredChannelJson[];
    readonly revision: string;
}

/** `PATCH /api/settings` */
export interface SettingsChangeJson {
    readonly settings: SettingsJson;
    readonly restart: readonly string[];
    /** Channels that were opened again for it; null: that is not done yet. */
    readonly reopened: readonly string[] | null;
}

/** One channel of `/api/channels`, as it is wanted, without secrets. */
export interface ConfiguredChannelJson extends ChannelSettingsJson {
    /** Why it does not run, one line; null: it does, or is just being opened. It is tried again by itself. */
    readonly problem: string | null;
}

/** `POST /api/p2p/offer`, `POST /api/p2p/sessions/N` with an offer */
export interface P2pAnswerJson {
    /** The viewer's number. */
    readonly session: number;
    /** The answer to the offer. */
    readonly sdp: string;
}

/** A data channel of a viewer. */
export interface P2pChannelJson {
    readonly id: number;
    readonly kind: string;
    readonly state: string;
    /** Of live: number of the camera's channel. */
    readonly channel?: number;
    readonly stream?: 'main' | 'sub';
    /** Bytes unsent or not acknowledged. */
    readonly queued: number;
    /** Bytes per second: sent just now, acknowledged in the past second. */
    readonly instantRate: number;
    readonly acknowledgedRate: number;
    readonly acknowledgedBytes: number;
    readonly rttUs: number;
    readonly lossPpm: number;
    /** Packets that were left out, by reason. */
    readonly drops: {
        readonly overtaken: number;
        readonly watermark: number;
        readonly report: number;
        readonly tracks: number;
        readonly abandoned: number;
    };
    /** Why live is paused just now. */
    readonly held: { readonly high: boolean; readonly report: boolean };
}

/** One viewer by UDP, `GET /api/p2p/sessions/N`. */
export interface P2pSessionJson {
    readonly session: number;
    readonly state: string;
    /** "192.0.2.7:4711"; null: not known yet. */
    readonly address: string | null;
    readonly relayed: boolean;
    readonly rttUs: number;
    readonly uptimeSeconds: number;
    readonly channels: readonly P2pChannelJson[];
    /** Of the device, found since the answer; '' is the last one. */
    readonly candidates: readonly string[];
}

/** `GET /api/p2p/sessions` */
export interface P2pSessionsJson {
    readonly sessions: readonly P2pSessionJson[];
}
