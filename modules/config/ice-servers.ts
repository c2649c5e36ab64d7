/** STUN and TURN servers as settings name them. Pure. */
import { redactUrl } from 'ocellus/app/config/redact';
import { text } from 'ocellus/app/config/schema';

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
/** An entry of `turn` without its user and password. */
export const hiddenTurn = /^turns?:\/\/\*\*\*@/;

/** An entry of `stun`. */
export const stunSchema = text(server, 'a host name or an address, [..] around IPv6, and a port if it is not 3478');

/** An entry of `turn`. */
export const turnSchema = text(
    turn,
    'turn://USER:PASSWORD@HOST, percent-encoded, with :PORT or ?transport=tcp behind it',
    redactUrl,
);

/** The place of a server's address: "3478" of "stun.example:3478". */
function portOf(given: string, fallback: number): number {
    return given === '' ? fallback : Number(given.slice(1));
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
