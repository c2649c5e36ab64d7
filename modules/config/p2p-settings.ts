/** Settings of viewers by UDP (`p2p.*`, docs/design/cli.md). Pure. */
import { redactUrl } from 'ocellus/app/config/redact';
import { flag, list, object, SettingsError, text, type TypeOf, whole } from 'ocellus/app/config/schema';

/** STUN and TURN servers together, at most. */
const serversMax = 4;

/** How much of a view may wait unsent, in bytes; all 0: off. */
export interface Watermarks {
    readonly low: number;
    readonly warn: number;
    readonly high: number;
}

/** Complete and checked. */
export interface P2pSettings {
    readonly enabled: boolean;
    /** UDP; 0: any free one. */
    readonly port: number;
    readonly ipv6: boolean;
    /** Loopback addresses are offered too: for viewers on the same machine. */
    readonly loopback: boolean;
    /** Only addresses of TURN servers are told and used. */
    readonly relayOnly: boolean;
    /** `HOST` or `HOST:PORT`. */
    readonly stun: readonly string[];
    /** `turn://USER:PASSWORD@HOST[:PORT][?transport=tcp]`, `turns://…` with TLS. */
    readonly turn: readonly string[];
    /** Viewers at a time. */
    readonly maxPeers: number;
    readonly watermarks: Watermarks;
    /** Seconds between probes and unanswered ones in a row until a viewer counts as gone; either 0: off. */
    readonly keepAlive: { readonly interval: number; readonly attempts: number };
}

/** A TURN server, its credentials decoded. */
export interface TurnServer {
    readonly host: string;
    readonly port: number;
    readonly transport: 'udp' | 'tcp' | 'tls';
    readonly user: string;
    readonly password: string;
}

// plain texts: the SDK's compiler names a tagged template by the path of its file on the machine that builds
const name = '(?:[A-Za-z0-9._-]{1,253}|\\[[\\da-fA-F:.]{2,45}\\])';
const port = '(?::\\d{1,5})?';
const part = '(?:[^\\s:@/?#%]|%[\\da-fA-F]{2}){1,250}';
const server = new RegExp(`^(${name})(${port})$`);
/** Redacted ones are let through here: whoever gives one back has its secrets put in again (`turnSecrets`). */
const turn = new RegExp(`^(turns?)://(?:(${part}):(${part})|\\*{3})@(${name})(${port})(?:\\?transport=(udp|tcp))?$`);
const hidden = /^turns?:\/\/\*\*\*@/;
const bytes = whole(0, 16_777_216);

/** The object `p2p`. */
export const p2pSchema = object({
    enabled: flag(),
    port: whole(0, 65_535),
    ipv6: flag(),
    loopback: flag(),
    relayOnly: flag(),
    stun: list(
        text(server, 'a host name or an address, [..] around IPv6, and a port if it is not 3478'),
        serversMax,
        0,
    ),
    turn: list(
        text(turn, 'turn://USER:PASSWORD@HOST, percent-encoded, with :PORT or ?transport=tcp behind it', redactUrl),
        serversMax,
        0,
    ),
    maxPeers: whole(1, 64),
    watermarks: object({ low: bytes, warn: bytes, high: bytes }),
    keepAlive: object({ interval: whole(0, 255), attempts: whole(0, 10) }),
});

/** In force when nothing else is said; the watermarks are those of the vendor's example. */
export const p2pDefaults: P2pSettings = {
    enabled: true,
    port: 0,
    ipv6: true,
    loopback: false,
    relayOnly: false,
    stun: [],
    turn: [],
    maxPeers: 16,
    watermarks: { low: 204_800, warn: 409_600, high: 512_000 },
    keepAlive: { interval: 10, attempts: 3 },
};

/** The place of a server's address: "3478" of "stun.example:3478". */
function portOf(given: string, otherwise: number): number {
    return given === '' ? otherwise : Number(given.slice(1));
}

function bare(host: string): string {
    return host.replace(/^\[|\]$/g, '');
}

/** Host and port of an entry of `stun`. */
export function stunServer(entry: string): { readonly host: string; readonly port: number } {
    const [, host = '', given = ''] = server.exec(entry) ?? [];
    return { host: bare(host), port: portOf(given, 3478) };
}

/** What an entry of `turn` says. */
export function turnServer(entry: string): TurnServer {
    const [, scheme, user = '', password = '', host = '', given = '', over = 'udp'] = turn.exec(entry) ?? [];
    const tls = scheme === 'turns';
    return {
        host: bare(host),
        port: portOf(given, tls ? 5349 : 3478),
        transport: tls ? 'tls' : over === 'tcp' ? 'tcp' : 'udp',
        user: decodeURIComponent(user),
        password: decodeURIComponent(password),
    };
}

function checkServers({ stun, turn: turns }: P2pSettings, where: string): void {
    if (stun.length + turns.length > serversMax) {
        throw new SettingsError(
            `${where}p2p.stun, p2p.turn: ${stun.length + turns.length} servers are not allowed: at most ${serversMax}`,
            'p2p.turn',
        );
    }
    const decodes = (entry: string): boolean => {
        try {
            const { port: given } = turnServer(entry);
            return given > 0 && given <= 65_535;
        } catch {
            return false;
        }
    };
    const shown = turns.find((entry) => hidden.test(entry));
    if (shown !== undefined) {
        throw new SettingsError(`${where}p2p.turn: "${shown}": user and password are not shown: give them`, 'p2p.turn');
    }
    const bad = turns.find((entry) => !decodes(entry));
    if (bad !== undefined) {
        throw new SettingsError(
            `${where}p2p.turn: "${redactUrl(bad)}" is not allowed: its port, or its percent-encoding`,
            'p2p.turn',
        );
    }
    const wrong = stun.find((entry) => stunServer(entry).port > 65_535 || stunServer(entry).port === 0);
    if (wrong !== undefined) {
        throw new SettingsError(`${where}p2p.stun: "${wrong}" is not allowed: its port`, 'p2p.stun');
    }
}

/** Checked together. `where`: in front of messages. Throws `SettingsError`. */
export function p2pSettings(given: TypeOf<typeof p2pSchema> | undefined, where: string): P2pSettings {
    const settings: P2pSettings = {
        ...p2pDefaults,
        ...given,
        watermarks: { ...p2pDefaults.watermarks, ...given?.watermarks },
        keepAlive: { ...p2pDefaults.keepAlive, ...given?.keepAlive },
    };
    const { low, warn, high } = settings.watermarks;
    if (high !== 0 && !(low > 0 && low < warn && warn < high)) {
        throw new SettingsError(
            `${where}p2p.watermarks: ${low}, ${warn}, ${high} are not allowed: 0 < low < warn < high, or 0, 0, 0`,
            'p2p.watermarks',
        );
    }
    if (high === 0 && low + warn > 0) {
        throw new SettingsError(
            `${where}p2p.watermarks.high: 0 is not allowed: all three of them are 0, or none`,
            'p2p.watermarks.high',
        );
    }
    checkServers(settings, where);
    if (settings.relayOnly && settings.turn.length === 0) {
        throw new SettingsError(
            `${where}p2p.relayOnly: true is not allowed: p2p.turn names no server`,
            'p2p.relayOnly',
        );
    }
    return settings;
}

/** A list of TURN servers as it came back: entries that are shown without their secrets get them from `before`. */
export function turnSecrets(given: unknown, before: unknown): unknown {
    const known: readonly unknown[] = Array.isArray(before) ? before : [];
    const whole = (entry: unknown): unknown =>
        typeof entry === 'string' && hidden.test(entry)
            ? (known.find((one) => typeof one === 'string' && redactUrl(one) === entry) ?? entry)
            : entry;
    return Array.isArray(given) ? given.map(whole) : given;
}

/** For people: without user names and passwords. */
export function redactedP2p(p2p: P2pSettings): P2pSettings {
    return { ...p2p, turn: p2p.turn.map(redactUrl) };
}
