/** Arguments of P2p, checked before anything is posted. Pure. */
import { openIdMax, playOps } from 'ocellus/command';
import type { P2pOpenRecord } from 'ocellus/p2p-link';
import type { EarlyChannel, IceServer, KeepAlive, OpenOptions, Rate, Watermarks } from 'ocellus/p2p-setup';
import type { PlayControl } from 'ocellus/p2p-types';

/** Most of a 32-bit word that the mailbox carries as a signed one. */
const wordMax = 0x7fff_ffff;
/** As oc_p2p_config_t, without NUL. */
const [serversMax, caMax, labelMax, serverCount] = [2047, 511, 1024, 4];

const encoder = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An unsigned integer. TypeError: no number; RangeError: any other than a whole one from `least` to `most`. */
export function whole(name: string, value: unknown, least = 0, most = wordMax): number {
    if (typeof value !== 'number') {
        throw new TypeError(`${name} must be a number`);
    }
    if (!Number.isInteger(value) || value < least || value > most) {
        throw new RangeError(`${name} must be a whole number from ${least} to ${most}`);
    }
    return value;
}

/** A text as bytes. TypeError: no text; RangeError: more than `most` bytes, or a character that `not` names. */
export function text(name: string, value: unknown, most = Infinity, not = /\0/): Uint8Array {
    if (typeof value !== 'string') {
        throw new TypeError(`${name} must be a string`);
    }
    const bytes = encoder(value);
    if (bytes.length > most) {
        throw new RangeError(`${name} must be at most ${most} bytes`);
    }
    if (not.test(value)) {
        throw new RangeError(`${name} holds a character that it must not`);
    }
    return bytes;
}

/** A number of a viewer or view. */
export function handle(name: string, value: unknown): number {
    return whole(name, value, 1);
}

/** 0 < low < warn < high, or all 0: below a low of 0 nothing would ever go on again. */
export function watermarks(value: Watermarks): Watermarks {
    const low = whole('low', value.low);
    const warn = whole('warn', value.warn);
    const high = whole('high', value.high);
    if (!(low === 0 && warn === 0 && high === 0) && !(low > 0 && low < warn && warn < high)) {
        throw new RangeError(`watermarks ${low}, ${warn}, ${high}: must be 0 < low < warn < high, or all 0`);
    }
    return { low, warn, high };
}

/** {interval, attempts}. */
export function keepAlive(value: KeepAlive): KeepAlive {
    return { interval: whole('interval', value.interval, 0, 255), attempts: whole('attempts', value.attempts, 0, 10) };
}

/** {floor, holdMs, reportMs}. */
export function rate(value: Rate): Rate {
    return {
        floor: whole('floor', value.floor),
        holdMs: whole('holdMs', value.holdMs, 100, 60_000),
        reportMs: whole('reportMs', value.reportMs, 1000, 60_000),
    };
}

/** Numbers of P2P_PLAY: what, and how far or how fast. */
export function playOrder(control: PlayControl): readonly [number, number] {
    if ('pause' in control) {
        return [playOps.pause, 0];
    }
    if ('resume' in control) {
        return [playOps.resume, 0];
    }
    if ('seek' in control) {
        return [playOps.seek, whole('seek', Math.round(control.seek))];
    }
    return [playOps.speed, whole('speed, in thousandths,', Math.round(control.speed * 1000), 125, 64_000)];
}

/** Lines `ID LABEL`, an empty one, the description. */
export function offerParcel(sdp: string, channels: readonly EarlyChannel[]): Uint8Array {
    text('sdp', sdp);
    const seen = new Set<number>();
    const lines = channels.map(({ id, label }) => {
        whole('open: id', id, 0, openIdMax);
        if (seen.has(id)) {
            throw new RangeError(`open: id ${id} twice`);
        }
        seen.add(id);
        text('open: label', label, labelMax, /[\0\n\r]/);
        return `${id} ${label}\n`;
    });
    return encoder(`${lines.join('')}\n${sdp}`);
}

/** One line of servers. */
function serverLine({ url, username, credential }: IceServer): string {
    text('servers: url', url, serversMax, /[\0\s]/);
    if (!/^(stun|turns?):[^\s]/.test(url)) {
        throw new RangeError('servers: url must begin with stun:, turn: or turns:');
    }
    if ((username === undefined) !== (credential === undefined)) {
        throw new TypeError('servers: username and credential go together');
    }
    if (username === undefined) {
        return url;
    }
    text('servers: username', username, serversMax, /[\0\s]|^$/);
    text('servers: credential', credential, serversMax, /[\0\s]|^$/);
    return `${url} ${username} ${credential}`;
}

/** What P2P_OPEN carries; `sessionsMax` of this host. */
export function openRecord(options: OpenOptions, sessionsMax: number): P2pOpenRecord {
    const { owner, servers = [], ipv4 = true, ipv6 = true, loopback = false, relayOnly = false } = options;
    if (owner !== 'raw' && owner !== 'hub') {
        throw new TypeError("owner must be 'raw' or 'hub'");
    }
    for (const [name, value] of Object.entries({ ipv4, ipv6, loopback, relayOnly })) {
        if (typeof value !== 'boolean') {
            throw new TypeError(`${name} must be a boolean`);
        }
    }
    if (!ipv4 && !ipv6) {
        throw new RangeError('ipv4 and ipv6: at least one of the two');
    }
    if (servers.length > serverCount) {
        throw new RangeError(`servers: at most ${serverCount}`);
    }
    return {
        port: whole('port', options.port ?? 0, 0, 65_535),
        sessions: whole('sessions', options.sessions ?? 0, 0, sessionsMax),
        loopback,
        relayOnly,
        ipv4,
        ipv6,
        ...keepAlive(options.keepAlive ?? { interval: 10, attempts: 3 }),
        servers: text('servers', servers.map(serverLine).join('\n'), serversMax),
        ca: text('ca', options.ca ?? '', caMax),
    };
}
