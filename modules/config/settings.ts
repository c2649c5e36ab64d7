/** The settings: their types, what is allowed, what holds when nothing is said (docs/design/cli.md). */
import type { Hours } from 'ocellus/app/base/hours';
import { zoneAllowed } from 'ocellus/app/base/zone';
import { inputSchema, subSchema } from 'ocellus/app/config/address';
import { hoursSchema } from 'ocellus/app/config/hours-schema';
import { p2pDefaults, p2pSchema, type P2pSettings, redactedP2p } from 'ocellus/app/config/p2p-settings';
import { redactUrl } from 'ocellus/app/config/redact';
import { choice, flag, list, object, oneOrList, text, type TypeOf, whole, zeroOr } from 'ocellus/app/config/schema';
import { type LogLevel, logLevels } from 'ocellus/host';
import type { StreamName } from 'ocellus/plane';

const streamNames = ['main', 'sub'] as const satisfies readonly StreamName[];

/** Memory of a ring: by time, or exact. */
export type RingSize = { readonly seconds: number } | { readonly bytes: number };

/** One source. */
export interface ChannelSettings {
    /** Unique; part of paths. */
    readonly name: string;
    readonly input: string;
    /** The second stream: an address, or `WxH` or `WxH@BITRATE` to make it of the first; '': none. */
    readonly sub: string;
    readonly record: { readonly stream: StreamName };
    readonly audio: boolean;
    readonly loop: boolean;
    readonly ring: RingSize;
    /** 0: none. */
    readonly prerollSeconds: number;
    /** Bytes; 0: what the source announces. */
    readonly maxGopSize: number;
}

/** Everything, complete and checked. */
export interface Settings {
    readonly channels: readonly ChannelSettings[];
    /** Addresses. */
    readonly listen: readonly string[];
    /** 0: any free one. */
    readonly port: number;
    /** Who may ask (docs/design/access.md). */
    readonly http: {
        readonly login: 'remote' | 'always';
        readonly hosts: readonly string[];
        readonly corsOrigins: readonly string[];
        readonly trustedProxies: readonly string[];
        /** PEM files; both '' or none. */
        readonly tlsCert: string;
        readonly tlsKey: string;
    };
    readonly record: {
        readonly enabled: boolean;
        readonly name: string;
        readonly segmentMinutes: number;
        /** 0: none. */
        readonly prerollSeconds: number;
        /** Sound too. */
        readonly audio: boolean;
    };
    readonly live: { readonly targetMs: number; readonly partMs: number };
    /** Seconds; 0: until it is stopped. */
    readonly duration: number;
    readonly log: LogLevel;
    /** `system`, a name of the zone database or a POSIX TZ rule; storage is UTC all the same. */
    readonly timezone: string;
    /** When nothing is captured (docs/design/privacy.md). */
    readonly privacy: { readonly schedule: readonly Hours[] };
    /** A LED of this machine that tells of sensor and viewers; '': none. */
    readonly indicator: { readonly led: string };
    /** Viewers by UDP (docs/design/p2p.md). */
    readonly p2p: P2pSettings;
}

/** Addresses to listen on, and entries of other lists, at most. */
export const [listenMax, namesMax] = [8, 16];
/** Entries of `privacy.schedule` at most. */
const scheduleMax = 16;

/** One schema per setting, used for the file and the command line. */
export const schemas = {
    channelName: text(/^[a-z0-9][a-z0-9-]{0,30}$/, '1 to 31 of a-z, 0-9 and -, not - first'),
    input: inputSchema,
    sub: subSchema,
    listen: text(
        /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F]*:[\da-fA-F:]*:[\da-fA-F:.]*)$/,
        'an IPv4 or IPv6 address or localhost',
    ),
    port: whole(0, 65_535),
    login: choice(['remote', 'always']),
    host: text(/^(?:\*\.)?[A-Za-z0-9:._-]{1,120}$/, 'a host name or an address, without a port'),
    corsOrigin: text(
        /^https?:\/\/[a-z0-9.:[\]_-]{1,110}$/,
        'an origin like https://example.com, in small letters, without a path',
    ),
    trustedProxy: text(/^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F:.]*:[\da-fA-F:.]*)$/, 'an IPv4 or IPv6 address'),
    tlsFile: text(/^[^\0\n]{1,500}$/, 'a path of 1 to 500 characters'),
    led: text(/^(?!\.)[^\s/]{0,63}$/, 'a name in /sys/class/leds, at most 63 characters; "" for none'),
    recordName: text(/^[A-Za-z0-9-]{1,63}$/, '1 to 63 of A-Z, a-z, 0-9 and -'),
    segmentMinutes: whole(1, 1440),
    prerollSeconds: whole(0, 3600),
    duration: whole(0, 31_536_000),
    log: choice(logLevels),
    timezone: text(/^[!-~]{1,63}$/, zoneAllowed),
} as const;

/** One channel of the file, and of `/api/channels`. */
export const channelSchema = object({
    name: schemas.channelName,
    input: schemas.input,
    sub: schemas.sub,
    record: object({ stream: choice(streamNames) }),
    audio: flag(),
    loop: flag(),
    ring: object({ seconds: whole(1, 3600), bytes: whole(65_536, 2_000_000_000) }),
    prerollSeconds: schemas.prerollSeconds,
    maxGopSize: whole(0, 268_435_456),
});

/** The settings file, on a host with so many channels. */
export const fileSchema = (channelsMax: number) =>
    object(
        {
            channels: list(channelSchema, channelsMax, 0),
            listen: oneOrList(schemas.listen, listenMax),
            port: schemas.port,
            http: object({
                login: schemas.login,
                hosts: list(schemas.host, namesMax),
                corsOrigins: list(schemas.corsOrigin, namesMax),
                trustedProxies: list(schemas.trustedProxy, namesMax),
                tlsCert: schemas.tlsFile,
                tlsKey: schemas.tlsFile,
            }),
            record: object({
                enabled: flag(),
                name: schemas.recordName,
                segmentMinutes: schemas.segmentMinutes,
                prerollSeconds: schemas.prerollSeconds,
                audio: flag(),
            }),
            live: object({ targetMs: whole(200, 10_000), partMs: zeroOr(100, 2000) }),
            duration: schemas.duration,
            log: schemas.log,
            timezone: schemas.timezone,
            privacy: object({ schedule: list(hoursSchema, scheduleMax, 0) }),
            indicator: object({ led: schemas.led }),
            p2p: p2pSchema,
        },
        ': ',
    );

/** What a settings file may say. */
export type FileSettings = TypeOf<ReturnType<typeof fileSchema>>;
/** A channel as the file gives it. */
export type FileChannel = TypeOf<typeof channelSchema>;

/** In force when neither file nor command line says otherwise. */
export const defaults = {
    listen: ['127.0.0.1'],
    port: 8080,
    http: { login: 'remote', hosts: [], corsOrigins: [], trustedProxies: [], tlsCert: '', tlsKey: '' },
    record: { enabled: true, name: 'ocellus', segmentMinutes: 90, prerollSeconds: 0, audio: false },
    live: { targetMs: 1000, partMs: 200 },
    duration: 0,
    log: 'info',
    timezone: 'system',
    privacy: { schedule: [] },
    indicator: { led: '' },
    p2p: p2pDefaults,
    channel: {
        sub: '',
        record: { stream: 'main' },
        audio: true,
        loop: true,
        ring: { seconds: 12 },
        prerollSeconds: 0,
        maxGopSize: 0,
    },
} as const;

/** The keys of a channel that hold an address. */
export const addressKeys: readonly string[] = ['input', 'sub'];

/** A channel without secrets, for people. */
export function redactedChannel<T extends object>(channel: T): T {
    const entries = Object.entries(channel).map(([key, value]: [string, unknown]) => [
        key,
        addressKeys.includes(key) && typeof value === 'string' ? redactUrl(value) : value,
    ]);
    return Object.fromEntries(entries) as T;
}

/** The settings without secrets, for people. */
export function redacted(settings: Settings): Settings {
    return { ...settings, channels: settings.channels.map(redactedChannel), p2p: redactedP2p(settings.p2p) };
}

/**
 * What is in force only after a restart of the program. Everything else is applied at once; `live`, the pre-rolls
 * and what belongs to one channel by opening that channel again.
 */
export const restartKeys: readonly (keyof Settings)[] = ['listen', 'port', 'http', 'duration'];
