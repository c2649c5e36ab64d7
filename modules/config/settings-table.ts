/**
 * Every setting, once. Types, defaults, the command line, `--help`, the fields of the page, the tables of
 * docs/design/cli.md, the records of the media plane and the keys with secrets follow from these entries: some while the
 * program runs (load.ts, settings.ts, the page), the others by `tools/settings` (docs/adr/0033-settings-once.md). Pure.
 */
import { zoneAllowed } from 'ocellus/app/base/zone-rule';
import { inputSchema, subSchema } from 'ocellus/app/config/address';
import { cloudTable } from 'ocellus/app/config/cloud-settings';
import { stunSchema, turnSchema } from 'ocellus/app/config/ice-servers';
import { modeTable } from 'ocellus/app/config/mode-settings';
import { pushesMax, pushTargetsSchema } from 'ocellus/app/config/push-settings';
import { choice, flag, list, oneOrList, text, whole, zeroOr } from 'ocellus/app/config/schema';
import type { Group, Setting } from 'ocellus/app/config/settings-entry';
import * as allowed from 'ocellus/app/config/settings-schemas';
import { snapshotTable } from 'ocellus/app/config/snapshot-settings';

/** The groups of the page, in order; `channel`: the form of each channel. */
export const pageGroups = [
    'recording',
    'live',
    'time',
    'privacy',
    'events',
    'cloud',
    'network',
    'p2p',
    'update',
    'log',
] as const;
/** Where the page has a setting. */
export type PageGroup = (typeof pageGroups)[number] | 'channel';

/** Whether an entry is a setting. */
export function isSetting(entry: Setting | Group): entry is Setting {
    return typeof (entry as { schema?: { read?: unknown } }).schema?.read === 'function';
}

/** Addresses to listen on, entries of other lists, STUN and TURN servers, and hours of privacy, at most. */
export const [listenMax, namesMax, serversMax, scheduleMax] = [8, 16, 4, 16];

/** One channel of the file, and of `/api/channels`. */
export const channelTable = {
    name: {
        schema: text(/^(?!testing-$)[a-z0-9][a-z0-9-]{0,30}$/, '1 to 31 characters of a-z, 0-9 and -, not - first'),
        shown: 'base name of the input, else `cam1`, `cam2`, …',
        meaning: 'part of paths, unique',
        page: 'channel set.channelName hint.channelName',
        basic: true,
        record: { of: 'channel', name: 'name', size: 'OC_CHANNEL_NAME_MAX' },
    },
    title: {
        schema: allowed.titleSchema,
        default: '',
        shown: '`name`',
        meaning: 'name for people, in any language; no path changes with it',
        page: 'channel set.channelTitle hint.channelTitle',
        basic: true,
    },
    input: {
        schema: inputSchema,
        shown: 'it must be given',
        meaning: 'the [source](#inputs)',
        page: 'channel set.input hint.input',
        basic: true,
        secret: true,
        record: { of: 'channel', name: 'url', size: 'OC_CAPTURE_URL_MAX' },
    },
    user: {
        schema: text(/^[^\n\r]{0,64}$/, 'at most 64 characters; "" for none'),
        default: '',
        meaning: 'user of the camera, put into the addresses `input` and `sub` in place of one in them',
        page: 'channel set.channelUser hint.channelUser',
        basic: true,
    },
    password: {
        schema: text(/^[^\n\r]{0,128}$/, 'at most 128 characters; "" for none', () => '***'),
        default: '',
        meaning: 'its password, shown as `***`',
        page: 'channel set.channelPassword hint.channelPassword',
        basic: true,
        hidden: true,
    },
    sub: {
        schema: subSchema,
        default: '',
        meaning: 'the [second stream](#second-stream)',
        allowed: 'an address as in `input`, or a size; `""`: none',
        page: 'channel set.sub hint.sub',
        secret: true,
        record: { of: 'channel', name: 'subUrl', size: 'OC_CAPTURE_URL_MAX' },
    },
    record: {
        stream: {
            schema: choice(['main', 'sub']),
            default: 'main',
            meaning: 'the stream that is recorded; `sub` when there is one',
            page: 'channel set.recordStream',
        },
        mode: {
            schema: choice(['continuous', 'scheduled', 'event', 'scheduled-event', 'never']),
            default: 'continuous',
            meaning:
                '`continuous`: always; `scheduled`: in the hours of `record.schedule`; `event`: clips of events; `scheduled-event`: in those hours all the time, else clips; `never`: only [by hand](api.md#recording-by-hand)',
            page: 'channel set.recordMode hint.recordMode',
            basic: true,
        },
        schedule: {
            schema: list(allowed.hoursSchema, scheduleMax, 0),
            default: [],
            meaning: 'hours in which the channel is recorded all the time, for the modes that have some',
            allowed: 'as `privacy.schedule`',
        },
        maxMB: {
            schema: whole(0, allowed.megabytesMax),
            default: 0,
            meaning: 'megabytes of recordings of this channel, at most; the oldest are deleted. 0: no limit',
            page: 'channel set.recordMaxMB hint.recordMaxMB',
        },
        maxDays: {
            schema: whole(0, allowed.daysMax),
            default: 0,
            meaning: 'days after which its recordings are deleted; 0: no limit',
            page: 'channel set.recordMaxDays hint.recordMaxDays',
        },
    },
    audio: {
        schema: flag(),
        default: true,
        meaning: 'audio of the source; false: it is left out',
        page: 'channel set.audio',
        basic: true,
        record: { of: 'channel', name: 'audio' },
    },
    loop: {
        schema: flag(),
        default: true,
        meaning: 'a file starts again at its end',
        page: 'channel set.loop',
        record: { of: 'channel', name: 'loop' },
    },
    ring: {
        seconds: {
            schema: whole(1, 3600),
            default: 12,
            meaning: 'memory of the ring, by time; or `ring.bytes`',
            page: 'channel set.ringSeconds hint.ringSeconds',
            record: { of: 'channel', name: 'ringMs', times: 1000 },
        },
        bytes: {
            schema: whole(65_536, 2_000_000_000),
            shown: '`ring.seconds` holds',
            meaning: 'memory of the ring, exact',
            record: { of: 'channel', name: 'ringBytes' },
        },
    },
    prerollSeconds: {
        schema: whole(0, 3600),
        default: 0,
        meaning: 'at most the seconds of the ring; 0: none',
        page: 'channel set.prerollSeconds hint.prerollSeconds',
        record: { of: 'channel', name: 'prerollMs', times: 1000 },
    },
    maxGopSize: {
        schema: whole(0, 268_435_456),
        default: 0,
        meaning: 'bytes of the largest GOP; 0: what the source announces',
        record: { of: 'channel', name: 'maxGopBytes' },
    },
    motion: {
        enabled: {
            schema: flag(),
            default: false,
            meaning: 'motion is looked for, in the sub stream if there is one: at most 2 % of a core, some 20 MB',
            page: 'channel set.motionEnabled hint.motionEnabled',
        },
        sensitivity: {
            schema: whole(1, 100),
            default: 50,
            meaning: 'more finds smaller differences, and more that is no motion',
            page: 'channel set.motionSensitivity',
        },
        zones: {
            schema: allowed.zonesSchema,
            default: '',
            meaning: 'polygons in which motion counts, at most 8, apart by `;`; empty: everywhere',
            page: 'channel set.motionZones hint.motionZones',
        },
        minAreaPercent: {
            schema: whole(0, 100),
            default: 0,
            meaning: 'part of the picture that has to move; 0: 0.2 percent',
            page: 'channel set.motionMinArea hint.motionMinArea',
        },
        cooldownSeconds: {
            schema: whole(1, 3600),
            default: 10,
            meaning: 'an event of motion or sound ends so long after the last of it',
            page: 'channel set.motionCooldown hint.motionCooldown',
        },
    },
    sound: {
        enabled: {
            schema: flag(),
            default: false,
            meaning: 'sound that is louder than usual is an event',
            page: 'channel set.soundEnabled',
        },
        thresholdDb: {
            schema: whole(1, 60),
            default: 15,
            meaning: 'decibels above the usual level',
            page: 'channel set.soundThreshold hint.soundThreshold',
        },
    },
} as const satisfies Group;

/** Everything but channels. */
export const settingsTable = {
    listen: {
        schema: oneOrList(allowed.addressSchema, listenMax),
        default: ['127.0.0.1'],
        option: 'listen ADDR',
        help: 'address of the HTTP server; beyond loopback it is HTTPS with login',
        meaning:
            'address of the HTTP server: IPv4, IPv6 or `localhost`; one, or a list. Beyond loopback it is HTTPS with login ([access.md](access.md)) and refused while no password is set',
        page: 'network set.listen hint.listen',
        restart: true,
        record: { of: 'listen', name: 'addresses', size: 512 },
    },
    port: {
        schema: whole(0, 65_535),
        default: 8080,
        option: 'port N',
        help: 'its port, 0 = any free one',
        meaning: 'of all addresses; 0: any free one',
        page: 'network set.port',
        restart: true,
        record: { of: 'listen', name: 'port' },
    },
    http: {
        login: {
            schema: choice(['remote', 'always']),
            default: 'remote',
            option: 'login remote|always',
            help: 'always: HTTPS and login on loopback too',
            page: 'network set.login hint.login',
            basic: true,
            restart: true,
            record: { of: 'listen', name: 'always', when: 'always' },
        },
        hosts: {
            schema: list(allowed.hostSchema, namesMax),
            default: [],
            option: 'host NAME',
            help: 'one more name or address of this machine',
            meaning:
                'names and addresses by which this machine is reached, `*.example.com` for one label; in the certificate and among the allowed `Host`s',
            page: 'network set.hosts hint.hosts',
            restart: true,
            record: { of: 'listen', name: 'hosts', size: 2048 },
        },
        corsOrigins: {
            schema: list(allowed.originSchema, namesMax),
            default: [],
            option: 'cors-origin ORIGIN',
            help: 'a site whose pages may read',
            meaning: 'other sites whose pages may read, `https://example.com`',
            page: 'network set.corsOrigins hint.corsOrigins',
            restart: true,
            record: { of: 'listen', name: 'corsOrigins', size: 2048 },
        },
        trustedProxies: {
            schema: list(allowed.proxySchema, namesMax),
            default: [],
            option: 'trusted-proxy ADDR',
            help: 'a reverse proxy that names its clients',
            meaning:
                'addresses of reverse proxies ([access.md](access.md#reverse-proxies)): whatever comes from one logs in, and counts by the address of the client that it names, or is refused. None: requests that a proxy hands on to loopback are refused',
            page: 'network set.trustedProxies hint.trustedProxies',
            restart: true,
            record: { of: 'listen', name: 'trustedProxies', size: 768 },
        },
        tlsCert: {
            schema: allowed.pathSchema,
            default: '',
            shown: 'made',
            option: 'tls-cert FILE',
            help: 'a certificate (PEM) instead of the one that is made',
            meaning: 'certificate with its chain (PEM), instead of the one that is made; read again when it changes',
            page: 'network set.tlsCert hint.tls',
            restart: true,
            record: { of: 'listen', name: 'tlsCert', size: 512 },
        },
        tlsKey: {
            schema: allowed.pathSchema,
            default: '',
            shown: 'made',
            option: 'tls-key FILE',
            help: 'its key',
            meaning: 'its key (PEM, no password)',
            page: 'network set.tlsKey hint.tls',
            restart: true,
            record: { of: 'listen', name: 'tlsKey', size: 512 },
        },
    },
    record: {
        enabled: {
            schema: flag(),
            default: true,
            option: 'record on|off',
            help: 'recordings are written',
            page: 'recording set.recordEnabled',
            basic: true,
        },
        name: {
            schema: text(/^[A-Za-z0-9-]{1,63}$/, '1 to 63 characters of A-Z, a-z, 0-9 and -'),
            default: 'ocellus',
            option: 'name NAME',
            help: 'name of the recordings',
            page: 'recording set.recordName hint.recordName',
            record: { of: 'record', name: 'name', size: 'OC_OUT_FILE_NAME_MAX' },
        },
        segmentMinutes: {
            schema: whole(1, 1440),
            default: 90,
            option: 'segment-minutes N',
            help: 'split recordings after N minutes, 1 .. 1440',
            meaning: 'minutes after which recordings are split',
            page: 'recording set.segmentMinutes',
            basic: true,
            record: { of: 'record', name: 'segmentMs', times: 60_000 },
        },
        prerollSeconds: {
            schema: whole(0, 3600),
            default: 0,
            meaning: 'at most the seconds of each ring; 0: none',
            page: 'recording set.prerollSeconds hint.prerollSeconds',
            record: { of: 'record', name: 'prerollMs', times: 1000 },
        },
        audio: {
            schema: flag(),
            default: false,
            option: 'record-audio on|off',
            help: 'sound in recordings too',
            meaning:
                'sound in recordings too; live has it in any case. A source of sound only is not recorded without it',
            page: 'recording set.recordAudio hint.recordAudio',
            basic: true,
            record: { of: 'record', name: 'audio' },
        },
        event: {
            kinds: {
                schema: list(text(/^[a-z][a-z0-9-]{0,22}$/, '1 to 23 of a-z, 0-9 and -, a letter first'), namesMax, 0),
                default: ['motion', 'human', 'sound', 'linkage', 'doorbell'],
                meaning: 'kinds of events that make clips',
            },
            preRollSeconds: {
                schema: whole(0, 600),
                default: 10,
                meaning: 'seconds of a clip before its event; the ring of the channel is made long enough',
                page: 'recording set.eventPreRoll',
                basic: true,
            },
            initialSeconds: {
                schema: whole(1, 590),
                default: 20,
                meaning: 'seconds of a clip behind the beginning of its event',
                page: 'recording set.eventInitial',
            },
            augmentationSeconds: {
                schema: whole(1, 590),
                default: 10,
                meaning: 'seconds by which a clip goes on while its event does, and from another event on',
                page: 'recording set.eventAugmentation',
            },
            maximumSeconds: {
                schema: whole(1, 590),
                default: 300,
                meaning: 'seconds behind the beginning of its event after which a clip ends in any case',
                page: 'recording set.eventMaximum',
            },
            blindSeconds: {
                schema: whole(0, 3600),
                default: 5,
                meaning: 'seconds behind a clip in which events make no other',
                page: 'recording set.eventBlind',
            },
        },
        keepFreePercent: {
            schema: whole(0, 99),
            default: 10,
            meaning:
                'percent of the disk that stay free; the lesser of this and `record.keepFreeMB` holds, and the oldest recordings are deleted for it. Both 0: nothing is',
            page: 'recording set.keepFreePercent hint.keepFreePercent',
        },
        keepFreeMB: {
            schema: whole(0, allowed.megabytesMax),
            default: 5000,
            meaning: 'megabytes of the disk that stay free',
            page: 'recording set.keepFreeMB hint.keepFreeMB',
        },
        maxMB: {
            schema: whole(0, allowed.megabytesMax),
            default: 0,
            meaning: 'megabytes of all recordings, at most; 0: no limit',
            page: 'recording set.recordMaxMB hint.recordMaxMB',
        },
        maxDays: {
            schema: whole(0, allowed.daysMax),
            default: 0,
            meaning: 'days after which recordings are deleted; 0: no limit',
            page: 'recording set.recordMaxDays hint.recordMaxDays',
            basic: true,
        },
    },
    live: {
        targetMs: {
            schema: whole(200, 10_000),
            default: 1000,
            meaning: 'length of segments in milliseconds',
            page: 'live set.targetMs hint.targetMs',
            record: { of: 'channel', name: 'liveTargetMs', c: 'hls_target_ms' },
        },
        partMs: {
            schema: zeroOr(100, 2000),
            default: 200,
            meaning: 'length of the parts of low-latency HLS; 0: plain HLS',
            page: 'live set.partMs hint.partMs',
            record: { of: 'channel', name: 'livePartMs', c: 'hls_part_ms' },
        },
        maxPushes: {
            schema: whole(1, pushesMax),
            default: 4,
            meaning: 'live pushes at a time of each account ([live-push.md](live-push.md)); all together at most 16',
            page: 'live set.maxPushes hint.maxPushes',
        },
        targets: {
            schema: pushTargetsSchema,
            default: [],
            items: { secret: ['url'], hidden: ['key', 'passphrase', 'linkSecret'] },
            meaning: 'where channels are pushed to; keys and passphrases are shown as `***`',
            allowed: 'a list of [targets](live-push.md#targets)',
        },
    },
    duration: {
        schema: whole(0, 31_536_000),
        default: 0,
        option: 'duration S',
        help: 'stop by itself after S seconds, 0 = never',
        meaning: 'seconds after which the program stops by itself; 0: never',
        restart: true,
    },
    log: {
        schema: choice(['error', 'warn', 'info', 'debug']),
        default: 'info',
        option: 'log LEVEL',
        help: 'lines of the log: error, warn, info or debug',
        meaning: 'the least important lines that are written to the log',
        page: 'log set.log',
    },
    timezone: {
        schema: text(/^[!-~]{1,63}$/, zoneAllowed),
        default: 'system',
        option: 'timezone ZONE',
        help: 'local time: system, Europe/Berlin, or a POSIX TZ rule',
        meaning: 'local time for people (page, schedules). Names of files, the API and logs stay UTC',
        allowed:
            "`system`, a zone of this machine's database (`Europe/Berlin`) or a POSIX TZ rule (`CET-1CEST,M3.5.0,M10.5.0/3`)",
        page: 'time set.timezone hint.timezone',
        basic: true,
    },
    privacy: {
        schedule: {
            schema: list(allowed.hoursSchema, scheduleMax, 0),
            default: [],
            meaning: 'hours in which nothing is captured',
            allowed:
                'up to 16 of `days` (`daily`, `mon-fri`, `sat,sun`, …: the day it begins), `from` and `to` (local time of `timezone`; `to` not later than `from` is of the next day, 24:00 is midnight)',
            page: 'privacy set.privacySchedule hint.privacySchedule',
            basic: true,
        },
    },
    mode: modeTable,
    events: {
        quietHours: {
            schema: list(allowed.hoursSchema, scheduleMax, 0),
            default: [],
            meaning:
                'hours in which events are kept, but nobody is disturbed: no webhook, and `quiet` for applications',
            allowed: 'as `privacy.schedule`',
            page: 'events set.quietHours hint.quietHours',
            basic: true,
        },
        webhook: {
            url: {
                ...allowed.webAddress('https://example.com/events, without user and password'),
                default: '',
                meaning: 'each event that begins is sent there ([events.md](events.md#webhook)); `""`: nowhere',
                page: 'events set.webhookUrl hint.webhookUrl',
                basic: true,
            },
            secret: {
                schema: text(/^[!-~]{0,128}$/, 'at most 128 characters without spaces; "" for none'),
                default: '',
                meaning: 'key of the signature, shown as `***`; `""`: requests are not signed',
                page: 'events set.webhookSecret hint.webhookSecret',
                hidden: true,
            },
            pictures: {
                schema: flag(),
                default: true,
                meaning: 'the picture of an event is sent behind it, in a request of its own',
                page: 'events set.webhookPictures hint.webhookPictures',
            },
        },
    },
    cloud: cloudTable,
    snapshots: snapshotTable,
    indicator: {
        led: {
            schema: text(/^(?!\.)[^\s/]{0,63}$/, 'a name in /sys/class/leds, at most 63 characters; "" for none'),
            default: '',
            meaning: 'a LED: steady while a source is open, blinking while somebody watches ([privacy.md](privacy.md))',
            page: 'privacy set.indicatorLed hint.indicatorLed',
        },
    },
    update: {
        url: {
            ...allowed.webAddress('https://example.com/camera/index.json, without user and password'),
            default: '',
            meaning: 'address of the index of releases ([update.md](update.md#index-of-releases)); `""`: none',
            page: 'update set.updateUrl hint.updateUrl',
            basic: true,
        },
        mode: {
            schema: choice(['off', 'check', 'apply']),
            default: 'check',
            meaning: '`check`: a new release is shown; `apply`: it is fetched and started too',
            page: 'update set.updateMode hint.updateMode',
            basic: true,
        },
        channel: {
            schema: text(/^[a-z]{1,16}$/, '1 to 16 of a-z'),
            default: 'stable',
            meaning: 'release channel',
            page: 'update set.updateChannel',
        },
        group: {
            schema: text(/^(?:[a-z0-9][a-z0-9-]{0,31})?$/, 'at most 32 of a-z, 0-9 and -, not - first; "" for none'),
            default: '',
            meaning: 'group of devices, which a roll-out may name',
            page: 'update set.updateGroup hint.updateGroup',
        },
        intervalMinutes: {
            schema: whole(1, 10_080),
            default: 360,
            meaning: 'minutes between two looks, less up to a fifth',
            page: 'update set.updateInterval',
        },
    },
    p2p: {
        enabled: {
            schema: flag(),
            default: true,
            meaning: 'WebRTC ([p2p.md](p2p.md)); nothing is opened before the first one asks',
            page: 'p2p set.p2pEnabled hint.p2pEnabled',
            basic: true,
        },
        port: {
            schema: whole(0, 65_535),
            default: 0,
            meaning: 'UDP; 0: any free one',
            page: 'p2p set.p2pPort hint.p2pPort',
            record: { of: 'p2p', name: 'port' },
        },
        ipv6: {
            schema: flag(),
            default: true,
            meaning: 'IPv6 too',
            page: 'p2p set.p2pIpv6',
            record: { of: 'p2p', name: 'ipv6' },
        },
        loopback: {
            schema: flag(),
            default: false,
            meaning: 'loopback addresses too, for viewers on the same machine',
            page: 'p2p set.p2pLoopback hint.p2pLoopback',
            record: { of: 'p2p', name: 'loopback' },
        },
        relayOnly: {
            schema: flag(),
            default: false,
            meaning: 'true: only addresses of TURN servers are told and used',
            page: 'p2p set.p2pRelayOnly hint.p2pRelayOnly',
            record: { of: 'p2p', name: 'relayOnly' },
        },
        stun: {
            schema: list(stunSchema, serversMax, 0),
            default: [],
            meaning: 'STUN servers, with `p2p.turn` at most 4',
            allowed: '`HOST` or `HOST:PORT`',
            page: 'p2p set.p2pStun hint.p2pStun',
        },
        turn: {
            schema: list(turnSchema, serversMax, 0),
            default: [],
            meaning: 'TURN servers; user and password percent-encoded, shown as `***`',
            allowed: '`turn://USER:PASSWORD@HOST[:PORT][?transport=tcp]`, `turns://…` with TLS',
            page: 'p2p set.p2pTurn hint.p2pTurn',
            secret: true,
        },
        maxPeers: {
            schema: whole(1, 64),
            default: 16,
            meaning: 'viewers at a time (a board: 8)',
            page: 'p2p set.p2pMaxPeers',
            record: { of: 'p2p', name: 'sessions' },
        },
        watermarks: {
            low: {
                schema: allowed.bytesSchema,
                default: 204_800,
                meaning: 'bytes unsent; 0 < `low` < `warn` < `high`, or all 0: off',
                page: 'p2p set.p2pLow hint.p2pLow',
            },
            warn: {
                schema: allowed.bytesSchema,
                default: 409_600,
                meaning: 'see `low`',
                page: 'p2p set.p2pWarn hint.p2pWarn',
            },
            high: {
                schema: allowed.bytesSchema,
                default: 512_000,
                meaning:
                    'left as they are, the three grow with the stream: `high` is 1.5 times its largest GOP at least, what is set stays. The first GOP of a viewer is exempt',
                page: 'p2p set.p2pHigh hint.p2pHigh',
            },
        },
        rate: {
            floorKbps: {
                schema: zeroOr(16, 100_000),
                default: 0,
                shown: '0: an eighth of what the source makes',
                meaning:
                    'kbit/s below which the bit rate of a source that is encoded here does not follow its slowest viewer',
                page: 'p2p set.p2pFloor hint.p2pFloor',
            },
            holdMs: {
                schema: whole(100, 60_000),
                default: 2000,
                meaning: 'milliseconds after a fall of the bit rate in which it does not rise',
                page: 'p2p set.p2pHold',
            },
            reportMs: {
                schema: whole(1000, 60_000),
                default: 3000,
                meaning: 'milliseconds without a report of its page after which live of a viewer pauses',
                page: 'p2p set.p2pReport hint.p2pReport',
            },
        },
        keepAlive: {
            interval: {
                schema: whole(0, 255),
                default: 10,
                meaning: 'seconds between probes; 0: off',
                page: 'p2p set.p2pInterval hint.p2pKeepAlive',
                record: { of: 'p2p', name: 'interval', c: 'keep_alive_s' },
            },
            attempts: {
                schema: whole(0, 10),
                default: 3,
                meaning: 'unanswered probes in a row until a viewer counts as gone; 0: off',
                page: 'p2p set.p2pAttempts hint.p2pKeepAlive',
                record: { of: 'p2p', name: 'attempts', c: 'keep_alive_attempts' },
            },
        },
    },
    talk: {
        output: {
            schema: allowed.outputSchema,
            default: 'auto',
            meaning:
                'the speaker for the voice of a viewer: `auto` the default device of ALSA, `file` the file `talk.wav` of the data directory, `none` no talk',
            page: 'p2p set.talkOutput hint.talkOutput',
        },
        volume: {
            schema: whole(0, 100),
            default: 100,
            meaning: 'percent, from the next talk on',
            page: 'p2p set.talkVolume',
        },
    },
} as const satisfies Group;
