/**
 * Signature Version 4 of AWS for S3, in headers and in addresses. Pure: the time is an argument, and nothing is sent.
 * Source: "Authenticating Requests (AWS Signature Version 4)" of the Amazon S3 API reference.
 */
import { hex, hmacSha256, sha256 } from 'ocellus/crypto';

/** Keys of an account, or temporary ones of a session. */
export interface Keys {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Of temporary keys; left out: the keys stay valid. */
    readonly sessionToken?: string;
}

/** What a signature is valid for beside its day. */
export interface Scope {
    /** "us-east-1". */
    readonly region: string;
    /** "s3". */
    readonly service: string;
}

/** A request before it is signed. */
export interface UnsignedRequest {
    readonly method: string;
    /** As the HTTP client sends it: with the port unless that is the usual one. */
    readonly host: string;
    /** Percent-encoded, as it is sent (`encodePath`). */
    readonly path: string;
    /** Names and values without percent-encoding. */
    readonly query?: Readonly<Record<string, string>>;
    /** ASCII; all of them are signed, and must be sent as they are. */
    readonly headers?: Readonly<Record<string, string>>;
}

/** In place of a payload's hash: the signature does not cover the payload. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** SHA-256 of no bytes, in hexadecimal. */
export const emptyPayload = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Seconds that an address may be valid: a week. */
export const presignSecondsMax = 604_800;

const algorithm = 'AWS4-HMAC-SHA256';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const hashText = (text: string): string => hex(sha256(utf8(text)));

/** A literal is compiled each time that it is evaluated, for some 0.1 ms: all that run for a request are made once. */
const [left, spaces] = [/[!'()*]/g, / +/g] as const;

/**
 * RFC 3986 with upper-case digits: everything but letters, digits, "-", ".", "_" and "~" is encoded. URIError for half
 * of a surrogate pair.
 */
export function encodeText(text: string): string {
    return encodeURIComponent(text).replace(left, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The same for a key of an object: its slashes stay. */
export function encodePath(key: string): string {
    return encodeText(key).replaceAll('%2F', '/');
}

/** A query in the order that is signed; '' for none. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
    return Object.entries(query)
        .map(([name, value]) => `${encodeText(name)}=${encodeText(value)}`)
        .sort()
        .join('&');
}

/** "20130524T000000Z". `atMs`: milliseconds since 1970. */
export function stampOf(atMs: number): string {
    const [day = '', time = ''] = new Date(atMs).toISOString().split('T');
    return `${day.replaceAll('-', '')}T${time.slice(0, 8).replaceAll(':', '')}Z`;
}

/** The key that signs for a day ("20130524") and a scope. 32 bytes. */
export function signingKey(secret: string, day: string, { region, service }: Scope): Uint8Array {
    return [day, region, service, 'aws4_request'].reduce(
        (key, part) => hmacSha256(key, utf8(part)),
        utf8(`AWS4${secret}`),
    );
}

interface Canonical {
    readonly text: string;
    /** "host;range;x-amz-date". */
    readonly names: string;
}

function canonicalOf(request: UnsignedRequest, payload: string): Canonical {
    const headers = Object.entries({ ...request.headers, host: request.host })
        .map(([name, value]) => [name.toLowerCase(), value.trim().replace(spaces, ' ')] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
    const names = headers.map(([name]) => name).join(';');
    const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
    const query = encodeQuery(request.query ?? {});
    return { text: `${request.method}\n${request.path}\n${query}\n${lines}\n${names}\n${payload}`, names };
}

/** Signs for one account and scope. It keeps the key of a day, whose derivation takes four HMACs. */
export class Signer {
    readonly #keys: Keys;
    readonly #scope: Scope;
    #day = '';
    #dayKey: Uint8Array = new Uint8Array(0);

    constructor(keys: Keys, scope: Scope) {
        this.#keys = keys;
        this.#scope = scope;
    }

    /**
     * The headers to send: those of the request, and the signature. `payload`: SHA-256 of the payload in hexadecimal, or
     * `unsignedPayload`. `atMs`: milliseconds since 1970; a store refuses what is more than 15 minutes off.
     */
    headers(request: UnsignedRequest, payload: string, atMs: number): Record<string, string> {
        const { sessionToken } = this.#keys;
        const stamp = stampOf(atMs);
        const headers: Record<string, string> = {
            ...request.headers,
            'x-amz-content-sha256': payload,
            'x-amz-date': stamp,
            ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
        };
        const canonical = canonicalOf({ ...request, headers }, payload);
        const signature = this.#sign(canonical, stamp);
        headers['authorization'] =
            `${algorithm} Credential=${this.#credential(stamp)},SignedHeaders=${canonical.names},Signature=${signature}`;
        return headers;
    }

    /**
     * The query of an address that is valid for `seconds` (1 to 604,800) from `atMs` on. RangeError for other seconds.
     * Whoever has the address has what it gives: it is a secret.
     */
    query(request: UnsignedRequest, seconds: number, atMs: number): string {
        if (!Number.isInteger(seconds) || seconds < 1 || seconds > presignSecondsMax) {
            throw new RangeError(`an address is valid for 1 to ${presignSecondsMax} seconds`);
        }
        const { sessionToken } = this.#keys;
        const stamp = stampOf(atMs);
        const names = ['host', ...Object.keys(request.headers ?? {}).map((name) => name.toLowerCase())];
        const query = {
            ...request.query,
            'X-Amz-Algorithm': algorithm,
            'X-Amz-Credential': this.#credential(stamp),
            'X-Amz-Date': stamp,
            'X-Amz-Expires': String(seconds),
            'X-Amz-SignedHeaders': names.sort().join(';'),
            ...(sessionToken !== undefined && { 'X-Amz-Security-Token': sessionToken }),
        };
        const canonical = canonicalOf({ ...request, query }, unsignedPayload);
        return `${encodeQuery(query)}&X-Amz-Signature=${this.#sign(canonical, stamp)}`;
    }

    #range(stamp: string): string {
        return `${stamp.slice(0, 8)}/${this.#scope.region}/${this.#scope.service}/aws4_request`;
    }

    #credential(stamp: string): string {
        return `${this.#keys.accessKeyId}/${this.#range(stamp)}`;
    }

    #sign(canonical: Canonical, stamp: string): string {
        const day = stamp.slice(0, 8);
        if (day !== this.#day) {
            this.#dayKey = signingKey(this.#keys.secretAccessKey, day, this.#scope);
            this.#day = day;
        }
        const text = `${algorithm}\n${stamp}\n${this.#range(stamp)}\n${hashText(canonical.text)}`;
        return hex(hmacSha256(this.#dayKey, utf8(text)));
    }
}
