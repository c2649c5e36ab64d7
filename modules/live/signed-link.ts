/**
 * Watch links that end, on servers of others: what nginx's `secure_link` and CDNs check. Words of a template: `{expires}`, when
 * it ends, in seconds since 1970; `{md5}`, as nginx documents `secure_link_md5`, of `EXPIRES URI SECRET` written as
 * `"$secure_link_expires$uri SECRET"`; `{hmac}`, HMAC-SHA-256 of `EXPIRES URI` in hexadecimal digits, keyed with the secret.
 * URI is the path without the query. Where the words stand in the path itself it is the folder behind them, so that a
 * playlist's segments, which have its folder and not its query, are signed with it. Pure.
 */
import { md5 } from 'ocellus/app/live/md5';
import { base64url, hex, hmacSha256 } from 'ocellus/crypto';

/** What a target signs its links with. */
export interface LinkKey {
    readonly linkSecret: string;
    /** How long a link holds. */
    readonly linkSeconds: number;
}

/** Words that only a secret can fill in. */
export const signWords = /\{(expires|md5|hmac)\}/g;

/** Whether a template has one. */
export function isSigned(template: string): boolean {
    return template.search(signWords) >= 0;
}

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff);

/** As the server has it: decoded. */
function decoded(path: string): string {
    try {
        return decodeURIComponent(path);
    } catch {
        return path;
    }
}

/** What of the address is signed. */
function signedPart(address: string): string {
    const [, path = ''] = /^[a-z]+:\/\/[^/?#]*([^?#]*)/.exec(address) ?? [];
    const behind = path.slice(path.lastIndexOf('}') + 1);
    return decoded(isSigned(path) ? behind.slice(0, behind.lastIndexOf('/') + 1) : path);
}

/**
 * The address with its signature, from a template in which everything else is filled in. `wallMs`: UTC, of a clock that was
 * set. One without such words stays as it is.
 */
export function signedLink(template: string, { linkSecret, linkSeconds }: LinkKey, wallMs: number): string {
    const expires = String(Math.floor(wallMs / 1000) + linkSeconds);
    const signed = `${expires}${signedPart(template)}`;
    return template.replace(signWords, (_, word: string) => {
        switch (word) {
            case 'md5':
                return base64url(md5(bytesOf(`${signed} ${linkSecret}`)));
            case 'hmac':
                return hex(hmacSha256(bytesOf(linkSecret), bytesOf(signed)));
            default:
                return expires;
        }
    });
}
