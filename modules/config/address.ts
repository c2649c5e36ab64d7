/** Where pictures come from: what an address of a stream may be. */
import { redactUrl } from 'ocellus/app/config/redact';
import { refuse, type Schema, text } from 'ocellus/app/config/schema';

/** A source. It travels to the media plane as at most 511 bytes of UTF-8. */
export const inputSchema: Schema<string> = (() => {
    const allowed = 'a path or an address of 1 to 511 bytes';
    const shape = text(/^[^\0]+$/, allowed, redactUrl);
    return {
        allowed,
        read(value: unknown, at: string): string {
            const address = shape.read(value, at);
            if (new TextEncoder().encode(address).length > 511) {
                throw refuse(at, redactUrl(address), allowed);
            }
            return address;
        },
    };
})();

/** An address of the network that a login can be put into: scheme, what was there, the rest. */
const withHost = /^((?:ffmpeg:)?(?:rtsps?|https?|rtmps?|srt|mms|ftp):\/\/)(?:[^/?#]*@)?([^/?#@]+(?:[/?#].*)?)$/is;

/** Of a variable of the environment, which the host puts in: it stays as it is. */
const variable = /^\$\{OCELLUS_\w+\}$/;

/**
 * The address with user and password in place of those in it, percent-encoded (RFC 3986, section 3.2.1). '' as user, or
 * an address that no login belongs into: as it is.
 */
export function withLogin(address: string, user: string, password: string): string {
    const [, scheme, rest] = withHost.exec(address) ?? [];
    if (user === '' || scheme === undefined || rest === undefined) {
        return address;
    }
    const encoded = (text: string): string => (variable.test(text) ? text : encodeURIComponent(text));
    return `${scheme}${encoded(user)}${password === '' ? '' : `:${encoded(password)}`}@${rest}`;
}

/** The host in an address of the network, lower case, IPv6 without brackets; undefined: it has none. */
export function hostOf(address: string): string | undefined {
    const [place = ''] = (withHost.exec(address)?.[2] ?? '').split(/[/?#]/);
    const [, six, name] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d*)?$/.exec(place) ?? [];
    return (six ?? name)?.toLowerCase();
}

/** What people type for a camera instead of its address: an IP address, or a name of a home network, maybe with a path. */
const bare =
    /^(?:[^/@]*@)?((?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\]|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:local|lan|home|internal|home\.arpa|fritz\.box))(:\d{1,5})?(?:\/.*)?)$/i;

/** The address that is meant by one without a scheme, which would be a file; undefined: it is none. */
export function proposalFor(address: string): string | undefined {
    const [, rest, port] = bare.exec(address) ?? [];
    if (rest === undefined) {
        return undefined;
    }
    return `${port === ':80' || port === ':8080' ? 'http' : 'rtsp'}://${rest.includes('/') ? rest : `${rest}/`}`;
}

/** A size in place of an address: WxH, WxH@BITRATE, and options of the encoder behind `#`. */
const size = /^(\d+)x(\d+)(?:@([^#]*))?(?:#.*)?$/s;

/** A size, even, and a bit rate that an encoder takes. */
function sizeAllowed([, width, height, bitrate]: RegExpExecArray): boolean {
    const side = (value: string | undefined, least: number): boolean =>
        Number(value) >= least && Number(value) <= 8192 && Number(value) % 2 === 0;
    const rate = bitrate === undefined || (/^\d{5,9}$/.test(bitrate) && +bitrate >= 32_000 && +bitrate <= 200_000_000);
    return side(width, 160) && side(height, 80) && rate;
}

/** The source of a second stream; '' gives it up. */
export const subSchema: Schema<string> = (() => {
    const allowed =
        'an address like input, or a size like 640x360 or 640x360@500000, even, from 160x80 to 8192x8192 and from 32,000 to 200,000,000 bit/s';
    return {
        allowed,
        read(value: unknown, at: string): string {
            if (value === '') {
                return '';
            }
            const address = inputSchema.read(value, at);
            const given = size.exec(address);
            if (given !== null && !sizeAllowed(given)) {
                throw refuse(at, address, allowed);
            }
            return address;
        },
    };
})();

/** How the other end of an address is verified: by authorities, by a pinned certificate, not at all. Null: without TLS. */
export type TlsState = 'verified' | 'pinned' | 'off';

/** What an address asks for; the media plane holds it before a picture comes. */
export function tlsOf(address: string): TlsState | null {
    if (!/^(?:https|rtsps|rtmps):/.test(address)) {
        return null;
    }
    const options = address.slice(address.lastIndexOf('#') + 1).split('&');
    if (options.some((option) => option.startsWith('tlsFingerprint='))) {
        return 'pinned';
    }
    return options.includes('tlsVerify=off') ? 'off' : 'verified';
}
