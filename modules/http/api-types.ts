/** The JSON of the HTTP interface (docs/design/api.md), shared with the viewer as types. */
import type { ModeName } from 'ocellus/app/config/mode-settings';
import type { CloudState } from 'ocellus/app/cloud/cloud-state';
import type { OwnSettingJson } from 'ocellus/app/config/own-settings';
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
     * `lost`: also a stream that could not be opened so far. `silent`: it should deliver and does not. `private`: not open,
     * because privacy mode is on; nothing but names says something then.
     */
    readonly state: 'opening' | 'running' | 'lost' | 'silent' | 'ended' | 'closing' | 'private';
    /**
     * Number of the first live segment since it was opened; never falls while the machine runs. Another one: it was opened
     * again, and players of it begin anew. 0: it is not open.
     */
    readonly generation: number;
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
     * the channel. Null: the format does not carry the picture (`ts`: or the sound of a channel without one).
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
        /** An MPEG transport stream. */
        readonly ts: string | null;
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
    /** What people call it; `name` when they call it nothing else. */
    readonly title: string;
    /** Null: it has none. */
    readonly sub: StreamJson | null;
    /** Why it does not run as it is wanted, one line without secrets; null: it does, or was not tried yet. */
    readonly problem: string | null;
    /** The same as a word: an error code in lower case (`refused`, `password`, `no-video`, …). Null with `problem`. */
    readonly reason: string | null;
    /** Of whichever stream is recorded. */
    readonly recording: {
        /** Packets are written: false also while none come. */
        readonly active: boolean;
        readonly failing: boolean;
        readonly files: number;
        readonly bytes: number;
        /** Missing in recordings: what the disk refused, and what came to nobody while they were under way. */
        readonly lostPackets: number;
        /** How far the disk is behind: age of the newest packet on it, also while it refuses; 0: nothing came since. */
        readonly syncedAgeMs: number;
        /** By hand, beside what the settings want. */
        readonly now: boolean;
        /** When that ends by itself, ISO 8601, UTC; null: until it is ended, or it is not. */
        readonly until: string | null;
        /** When that was begun, ISO 8601, UTC; null: it is not, nobody knows, or no script runs. */
        readonly since: string | null;
    };
}

/** `POST /api/channels/test`: what a camera delivers, or why it does not. */
export interface CameraTestJson {
    readonly ok: boolean;
    /** One sentence for people, without secrets; null: it delivers. */
    readonly problem: string | null;
    /** Its code in lower case, as in the status; null: it delivers, or no code says it. */
    readonly reason: string | null;
    readonly video: VideoJson | null;
    readonly audio: AudioJson | null;
    readonly tls: StreamJson['tls'];
    /** `data:image/jpeg;base64,…`; null: no picture, or this host makes none. */
    readonly snapshot: string | null;
}

/** A camera that answered a search. */
export interface FoundCameraJson {
    /** For `POST /api/channels/search/address`. */
    readonly id: string;
    /** As it calls itself; empty: it does not say. */
    readonly name: string;
    readonly model: string;
    readonly location: string;
    /** IP address. */
    readonly address: string;
    /** Shown name of a channel that plays from this address; null: there is none. */
    readonly channel: string | null;
}

/** `POST /api/channels/search` */
export interface CameraSearchJson {
    readonly running: boolean;
    /** Why the network was not asked; null: it was. */
    readonly problem: string | null;
    readonly cameras: readonly FoundCameraJson[];
}

/** A stream of a found camera. */
export interface FoundStreamJson {
    /** For `input` or `sub` of a channel; without user and password. */
    readonly input: string;
    /** As the camera calls it, "H264"; empty: it does not say. */
    readonly codec: string;
    /** Pixels; 0: the camera does not say. */
    readonly width: number;
    readonly height: number;
}

/** `POST /api/channels/search/address` */
export interface CameraAddressJson {
    readonly ok: boolean;
    /** One sentence for people, without secrets; null: the streams are there. */
    readonly problem: string | null;
    readonly reason: 'silent' | 'password' | 'clock' | 'media' | 'certificate' | 'protocol' | null;
    /** Maker and model; empty: it does not say. */
    readonly name: string;
    readonly main: FoundStreamJson | null;
    /** A smaller one; null: there is none. */
    readonly sub: FoundStreamJson | null;
}

/** `GET /api/status` */
export interface StatusJson {
    readonly version: string;
    /** Level of the host's API. */
    readonly apiLevel: number;
    /** The one that runs; both empty when the host answers, which does not know. */
    readonly application: { readonly name: string; readonly version: string };
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
        /** Services that ended several scripts and are left out until their settings change; left out: none. */
        readonly leftOut?: readonly string[];
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
    /** The set of settings that is chosen: home, away, night; none: none of them; null: the host answers without a script. */
    readonly mode: ModeName | null;
    /** What the light of a camera tells. */
    readonly indicator: {
        /** A source is open, or may be. */
        readonly sensorOn: boolean;
        /** Somebody watches live. */
        readonly watching: boolean;
    };
    /** Cloud storage ([cloud.md](cloud.md)); null: the settings name no store. */
    readonly cloud: CloudState | null;
    /** The disk of the recordings, at most a minute old; null: this host keeps none, or it is not known yet. */
    readonly disk: DiskJson | null;
    readonly channels: readonly ChannelJson[];
    /** Left out: the settings name no target. */
    readonly snapshots?: SnapshotsJson;
}

/** `low`: nearly full; `blocked`: room is short, and events keep everything; `failing`: it cannot be written, or does not answer. */
export type DiskState = 'good' | 'low' | 'full' | 'blocked' | 'failing' | 'gone';

/** How the disk is, for people. */
export interface DiskJson {
    readonly state: DiskState;
    /** ISO 8601, UTC; null: it is good, or the clock was not set. */
    readonly since: string | null;
    /** Bytes; 0: not known. */
    readonly free: number;
    readonly total: number;
    /** Names of the channels whose recordings cannot be written. */
    readonly failing: readonly string[];
}

/** For how long the disk lasts. */
export interface DiskForecast {
    /** `known`; `learning`: not a day of recordings yet; `idle`: nothing was recorded in two days; `clock`: it is not set. */
    readonly state: 'known' | 'learning' | 'idle' | 'clock';
    /** Of all channels, over the last two days at most; null: not known. */
    readonly bytesPerDay: number | null;
    /** Days that recordings stay, or with `full` days until nothing more fits; null: not known. */
    readonly days: number | null;
    /** What ends them: room on the disk, the limit of bytes, their age; `full`: nothing is ever deleted. */
    readonly until: 'space' | 'bytes' | 'age' | 'full' | null;
}

/** Snapshots of all channels, since the script began (docs/design/snapshots.md). */
export interface SnapshotsJson {
    /**
     * `inactive`: the cloud has no store, or no keys. `idle`: no channel is online. `retrying`: the target does not receive.
     * `slow`: within the last interval turns were dropped, as 32 pictures are under way already.
     */
    readonly state: 'inactive' | 'idle' | 'sending' | 'slow' | 'retrying';
    readonly intervalSeconds: number;
    /** Between two pictures; 0: no channel is online. */
    readonly spacingMs: number;
    /** Online; and those by address that are not. */
    readonly channels: number;
    readonly offline: number;
    /** Pictures, and their bytes. */
    readonly sent: number;
    readonly bytes: number;
    /** Pictures that could not be had or were not received. */
    readonly failed: number;
    /** Turns that were dropped: the target did not receive, too many pictures were under way, a pause. */
    readonly missed: number;
    /** One line without secrets. */
    readonly lastError: { readonly at: string; readonly channel: string; readonly message: string } | null;
}

/** `GET /api/privacy`, `POST /api/privacy` */
export interface PrivacyJson {
    /** Nothing is captured. */
    readonly on: boolean;
    /** Why. */
    readonly by: readonly ('command' | 'schedule' | 'switch')[];
}

/** `/api/mode`. */
export interface ModeJson {
    readonly mode: ModeName;
}

/** What a restore does: of `/api/backup/check` before, of `/api/backup/restore` behind. */
export interface RestoreJson {
    /** ISO time; of the device that the backup was made on. */
    readonly made: string;
    /** Version of the program that made it. */
    readonly from: string;
    /** Name of that device. */
    readonly device: string;
    /** Keys that change ("record.maxDays"); no values, for some are secrets. */
    readonly settings: readonly string[];
    /** Names of cameras. */
    readonly channels: {
        readonly added: readonly string[];
        readonly changed: readonly string[];
        readonly removed: readonly string[];
    };
    /** Who may log in then; null: that stays as it is. */
    readonly users: readonly string[] | null;
    /** A line for each part that this version does not understand: it is kept, and not used. */
    readonly ignored: readonly string[];
    /** Keys of the backup that the command line of this device decides: they have no effect here. */
    readonly fixed: readonly string[];
}

/** One file of `GET /api/recordings`. */
export interface RecordingJson {
    readonly channel: string;
    /** What people call the channel. */
    readonly channelTitle: string;
    readonly name: string;
    /** Address of the file. */
    readonly path: string;
    /** Null: the wall clock was not set. */
    readonly start: string | null;
    /** Null while it is open. */
    readonly end: string | null;
    readonly bytes: number;
    readonly open: boolean;
    /** Of what is in it. */
    readonly durationMs: number;
    /** An event keeps it from being deleted. */
    readonly protected: boolean;
}

/** `GET /api/storage`; bytes. */
export interface StorageJson {
    readonly files: number;
    readonly bytes: number;
    readonly free: number;
    readonly total: number;
    /** Names of channels that have recordings, also of those that are not in the settings any more; at most 200. */
    readonly recorded: readonly string[];
    /** Start of the oldest recording; null: there is none with a date. */
    readonly oldest: string | null;
    /** For how long it lasts. */
    readonly forecast: DiskForecast;
    /** As in the status. */
    readonly disk: DiskJson | null;
    readonly policy: {
        readonly keepFreePercent: number;
        readonly keepFreeMB: number;
        readonly maxMB: number;
        readonly maxDays: number;
        /** Of recordings before a protected event. */
        readonly leadSeconds: number;
        /** Those with limits of their own. */
        readonly channels: readonly { readonly name: string; readonly maxMB: number; readonly maxDays: number }[];
    };
    /** Of the last 1,000 deletions. */
    readonly deleted: {
        readonly files: number;
        readonly bytes: number;
        /** 20 of them, the newest first; why: `age`, `channel`, `bytes`, `space` or `request`. */
        readonly last: readonly {
            readonly path: string;
            readonly bytes: number;
            readonly at: string;
            readonly why: string;
        }[];
    };
    /** Room is short, and nothing may be deleted. */
    readonly blocked: boolean;
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
    /** An application, or who asked it to, raised it; left out: the program did. */
    readonly raised?: true;
}

/** `POST /api/events` */
export interface EventRaiseJson {
    /** `[a-z][a-z0-9-]*`, at most 23 characters, none of the program's own. */
    readonly kind: string;
    /** Name of a channel. */
    readonly channel?: string;
    /** For the application, and kept; at most 4 KB. */
    readonly data?: unknown;
    /** Left out: `moment`. `end`: of the one of this kind that goes on at this channel. */
    readonly state?: 'moment' | 'begin' | 'end';
    /** Of a span of the past, ISO 8601 or milliseconds since 1970: it is kept, and nobody is notified. */
    readonly start?: string | number;
    readonly end?: string | number;
    /** Its recordings are not deleted. */
    readonly protected?: boolean;
}

/** An event that is kept. */
export interface KeptEventJson {
    readonly id: number;
    readonly kind: string;
    /** Requirement A7; 0: its kind has no bit. */
    readonly mask: number;
    /** Null: of none. */
    readonly channel: string | null;
    /** What people call the channel; null: of none. */
    readonly channelTitle: string | null;
    readonly start: string;
    /** Null: it goes on. */
    readonly end: string | null;
    readonly data: unknown;
    /** Address of a picture; null: there is none. */
    readonly picture: string | null;
    readonly protected: boolean;
    /** An application, or who asked it to, raised it. */
    readonly raised: boolean;
}

/** `GET /api/event-log` */
export interface KeptEventsJson {
    readonly events: readonly KeptEventJson[];
    /** `after` of the next page; null: this is the last one. */
    readonly next: string | null;
}

/** `GET /api/app`: the application that runs. */
export interface AppJson {
    readonly name: string;
    readonly version: string;
    /** What the page shows of it; null: nothing. */
    readonly panel: { readonly title: string } | null;
    /** Its routes begin so, "/api/things", its commands included: the page lets the panel request those. */
    readonly routes: readonly string[];
    /** Its settings, below `app` in `GET /api/settings`. */
    readonly settings: readonly OwnSettingJson[];
    /** Level of the host's API. */
    readonly apiLevel: number;
    /** What the host lets it do: `network`, `files`, `http`, `media`, `viewers`, `settings`, `system`. */
    readonly capabilities: readonly string[];
}

/** `GET /api/events` */
export interface EventsJson {
    readonly events: readonly EventJson[];
    /** `from` to ask with next. */
    readonly next: number;
}

/** Any answer with a status of 400 or more. `at`: the key of the settings that it is about. */
export interface ErrorJson {
    readonly error: {
        readonly code: string;
        readonly message: string;
        readonly at?: string;
        /** A value that may have been meant. */
        readonly proposal?: string;
    };
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
    /** The same as a word, as in the status. */
    readonly reason: string | null;
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

/** An event of the time line: as of `/api/event-log`, without its data. */
export interface TimelineEventJson {
    readonly id: number;
    readonly kind: string;
    readonly mask: number;
    readonly channel: string | null;
    readonly start: string;
    /** Null: it goes on. */
    readonly end: string | null;
    /** Path of its picture. */
    readonly picture: string | null;
    readonly protected: boolean;
}

/** `GET /api/timeline`, oldest first. */
export interface TimelineJson {
    /** Without a gap above 2 s. */
    readonly spans: readonly { readonly start: string; readonly end: string; readonly bytes: number }[];
    readonly events: readonly TimelineEventJson[];
    readonly more: boolean;
    /** Everything before it is here: value of `from` for what is missing. */
    readonly next: string | null;
}

/** `GET /api/days`: those that have something, by the clock of the device. */
export interface DaysJson {
    readonly days: readonly {
        /** "2026-11-22" */
        readonly day: string;
        /** That were recorded. */
        readonly seconds: number;
        /** At most 200. */
        readonly events: number;
    }[];
}

/** `GET /api/cloud/<channel>/days` */
export interface CloudDaysJson {
    /** "2026-11-22", UTC, in order. */
    readonly days: readonly string[];
    /** For each of them: its hours that have something, 0 to 23, UTC. */
    readonly hours: readonly (readonly number[])[];
}

/** `GET /api/cloud/<channel>/spans` */
export interface CloudSpansJson {
    readonly spans: readonly { readonly start: string; readonly end: string; readonly bytes: number }[];
    readonly events: readonly {
        readonly id: number;
        readonly kind: string;
        readonly mask: number;
        readonly start: string;
        /** null: it goes on. */
        readonly end: string | null;
        /** Below `/api/cloud/<channel>/`: "2026-11-22.event-7.jpg"; null: the store has none. */
        readonly picture: string | null;
    }[];
}
