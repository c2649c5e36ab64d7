/** What the settings of viewers by UDP (`p2p.*`) must fulfil together. Pure. */
import { hiddenTurn, stunServer, turnServer } from 'ocellus/app/config/ice-servers';
import { isObject, type JsonObject } from 'ocellus/app/config/json';
import { redactUrl } from 'ocellus/app/config/redact';
import { SettingsError } from 'ocellus/app/config/schema';
import { defaultsOf } from 'ocellus/app/config/settings-shape';
import type { Values } from 'ocellus/app/config/settings-entry';
import { serversMax, settingsTable } from 'ocellus/app/config/settings-table';
import type { IceServer, Rate, Watermarks } from 'ocellus/p2p';

/** Complete and checked. */
export type P2pSettings = Values<typeof settingsTable.p2p>;

/** In force when nothing else is said; the watermarks are those of the vendor's example. */
export const p2pDefaults: P2pSettings = defaultsOf(settingsTable.p2p);

function checkServers({ stun, turn: turns }: P2pSettings, where: string): void {
    if (stun.length + turns.length > serversMax) {
        throw new SettingsError(
            `${where}p2p.stun, p2p.turn: ${stun.length + turns.length} servers are not allowed; use at most ${serversMax}`,
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
    const shown = turns.find((entry) => hiddenTurn.test(entry));
    if (shown !== undefined) {
        throw new SettingsError(
            `${where}p2p.turn: "${shown}": user and password are hidden: give them again`,
            'p2p.turn',
        );
    }
    const bad = turns.find((entry) => !decodes(entry));
    if (bad !== undefined) {
        throw new SettingsError(
            `${where}p2p.turn: "${redactUrl(bad)}" is not allowed: its port or its percent-encoding is wrong`,
            'p2p.turn',
        );
    }
    const wrong = stun.find((entry) => stunServer(entry).port > 65_535 || stunServer(entry).port === 0);
    if (wrong !== undefined) {
        throw new SettingsError(`${where}p2p.stun: "${wrong}" is not allowed: its port is wrong`, 'p2p.stun');
    }
}

/** Throws `SettingsError`. `where`: in front of messages. */
export function checkP2p(settings: P2pSettings, where: string): void {
    const { low, warn, high } = settings.watermarks;
    if (high !== 0 && !(low > 0 && low < warn && warn < high)) {
        throw new SettingsError(
            `${where}p2p.watermarks: ${low}, ${warn}, ${high} are not allowed; use 0 < low < warn < high, or 0, 0, 0`,
            'p2p.watermarks',
        );
    }
    if (high === 0 && low + warn > 0) {
        throw new SettingsError(
            `${where}p2p.watermarks.high: 0 is not allowed: either all three are 0, or none`,
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
}

/** A list of TURN servers as it came back: entries that are shown without their secrets get them from `before`. */
function turnSecrets(given: unknown, before: unknown): unknown {
    const known: readonly unknown[] = Array.isArray(before) ? before : [];
    const whole = (entry: unknown): unknown =>
        typeof entry === 'string' && hiddenTurn.test(entry)
            ? (known.find((one) => typeof one === 'string' && redactUrl(one) === entry) ?? entry)
            : entry;
    return Array.isArray(given) ? given.map(whole) : given;
}

/** A document whose TURN servers came back as they were shown. `before`: its `p2p` until now. */
export function withTurnSecrets(given: JsonObject, before: unknown): JsonObject {
    const { p2p } = given;
    return isObject(p2p) && Object.hasOwn(p2p, 'turn')
        ? { ...given, p2p: { ...p2p, turn: turnSecrets(p2p.turn, isObject(before) ? before.turn : undefined) } }
        : given;
}

/** STUN and TURN servers as the transport takes them. */
export function iceServers({ stun, turn }: P2pSettings): IceServer[] {
    const place = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
    return [
        ...stun.map((entry) => {
            const { host, port } = stunServer(entry);
            return { url: `stun:${place(host, port)}` };
        }),
        ...turn.map((entry) => {
            const { host, port, transport, user, password } = turnServer(entry);
            const scheme = transport === 'tls' ? 'turns' : 'turn';
            const over = transport === 'tcp' ? '?transport=tcp' : '';
            return { url: `${scheme}:${place(host, port)}${over}`, username: user, credential: password };
        }),
    ];
}

/** Those that nobody has changed follow the stream; others stay as they are set. */
export function watermarksOf({ watermarks }: P2pSettings): Watermarks {
    const { low, warn, high } = p2pDefaults.watermarks;
    const follow = watermarks.low === low && watermarks.warn === warn && watermarks.high === high;
    return { ...watermarks, follow };
}

/** As the transport takes it. */
export function rateOf({ rate: { floorKbps, ...same } }: P2pSettings): Rate {
    return { ...same, floor: floorKbps * 1000 };
}
