/**
 * HTTP client of ECMA-419, by libcurl on the script's loop: HTTP/1.1, and HTTP/2 where the server offers it. Names and
 * behaviour are those of the Moddable SDK; docs/design/network.md lists what is ours and what differs.
 */
import { Body } from 'ocellus/body';
import Timer from 'timer';

/** Why a request failed, as a stable word. The order is that of oc_fetch_code_t. */
const codes = [
    'RESOLVE',
    'CONNECT',
    'TLS',
    'TIMEOUT',
    'RESET',
    'REDIRECT',
    'TOO_BIG',
    'PROTOCOL',
    'CLOSED',
    'PROXY',
] as const;
/** Why a request failed. */
export type HttpErrorCode = (typeof codes)[number];

/** A failure of a request. The message is one line without user, password or query of an address. */
export class HttpError extends Error {
    override readonly name = 'HttpError';
    readonly code: HttpErrorCode;

    constructor(code: HttpErrorCode, message: string) {
        super(message);
        this.code = code;
    }
}

/** Bytes that can be read and written in place. */
export type ByteBuffer = ArrayBuffer | Uint8Array | Int8Array | Uint8ClampedArray | DataView;

/** The server, and how requests reach it. */
export interface ClientOptions {
    /** A name, an IPv4 address, or an IPv6 address with or without brackets. */
    host: string;
    /** 80, or 443 with `secure`. */
    port?: number | undefined;
    /** Of other hosts; not looked at. */
    socket?: unknown;
    /** Of other hosts; not looked at. */
    dns?: unknown;
    /** A request failed and the client with it; after the `onDone` of each request. */
    onError?: ((error: HttpError) => void) | undefined;
    /** https. The certificate is verified, always. */
    secure?: boolean | undefined;
    /** PEM of authorities, as text; default: those of the system. */
    ca?: string | undefined;
    /** SHA-256 of the server's certificate in hex, with or without colons; it decides instead of authorities and name. */
    pin?: string | undefined;
    /** URL of a proxy: http, https, socks5 or socks5h. Those of the environment are not used. */
    proxy?: string | undefined;
    /** Milliseconds without progress after which a request fails; 0: none; default 30,000. */
    timeout?: number | undefined;
    /** Redirects that are followed, 0 to 10; default 5; 0: they are ordinary replies. */
    redirects?: number | undefined;
}

/** One request, and what is called for its reply. */
export interface RequestOptions {
    /** Default GET, or PUT with `body`. */
    method?: string | undefined;
    /** With query, percent-encoded; default "/". */
    path?: string | undefined;
    /** With `content-length` or `transfer-encoding: chunked` the body is what `write` is given. */
    headers?: ReadonlyMap<string, string | readonly string[]> | undefined;
    /** What is sent, without a byte in JavaScript; sent again where HTTP allows that. Its type is the `content-type`. */
    body?: Body | undefined;
    /** Headers of the reply that `onHeaders` gets, in lower case; default: all. */
    headersMask?: readonly string[] | undefined;
    /** Status, headers and the reason of the reply, once. */
    onHeaders?:
        | ((this: HTTPRequest, status: number, headers: Map<string, string>, statusText: string) => void)
        | undefined;
    /**
     * Bytes of a reply that is kept outside of the heap and never read, at most: `HTTPRequest.body` gives it. A longer
     * one fails with TOO_BIG.
     */
    collect?: number | undefined;
    /** `count` bytes can be read. Without it the reply is read and dropped. */
    onReadable?: ((this: HTTPRequest, count: number) => void) | undefined;
    /** `count` bytes can be written. */
    onWritable?: ((this: HTTPRequest, count: number) => void) | undefined;
    /** Last: null when the reply is complete and has been read. */
    onDone?: ((this: HTTPRequest, error: HttpError | null) => void) | undefined;
}

interface NativeNetwork {
    readonly network: never;
}
interface NativeExchange {
    readonly exchange: never;
}
interface NativeCollector {
    readonly collector: never;
}
type Callback = (kind: number, number: number, text?: string, more?: string) => void;

/** What an exchange tells; as in http_client_xs.c. */
const kinds = Object.freeze({ headers: 0, readable: 1, writable: 2, done: 3, failed: 4 });
/** oc_fetch_upload_t */
const uploads = Object.freeze({ nothing: 0, length: 1, chunked: 2, body: 3 });

interface Settings {
    readonly origin: string;
    readonly proxy: string;
    readonly ca: string;
    readonly pin: string;
    readonly timeout: number;
    readonly redirects: number;
}

interface Upload {
    readonly kind: number;
    readonly bytes: number;
}

interface NativeHttp {
    open(): NativeNetwork;
    collector(max: number): NativeCollector;
    start(
        network: NativeNetwork,
        callback: Callback,
        url: string,
        method: string,
        headers: string,
        settings: Settings,
        upload: Upload,
        body: Body | undefined,
        collector: NativeCollector | undefined,
    ): NativeExchange | number;
    exchange(
        network: NativeNetwork,
        callback: Callback,
        url: string,
        method: string,
        headers: string,
        body: Body | undefined,
        collector: NativeCollector | undefined,
        deadlineMs: number,
    ): NativeExchange | number;
    stop(exchange: NativeExchange): void;
    readable(exchange: NativeExchange): number;
    read(exchange: NativeExchange, bytes: Uint8Array): void;
    writable(exchange: NativeExchange): number;
    write(exchange: NativeExchange, bytes: Uint8Array): void;
    writeEnd(exchange: NativeExchange): void;
}

const nativeHttp: NativeHttp = {
    open() {
        return native<() => NativeNetwork>('xs_http_open').call(this);
    },
    collector(max) {
        return native<NativeHttp['collector']>('xs_http_collector').call(this, max);
    },
    start(network, callback, url, method, headers, settings, upload, body, collector) {
        return native<NativeHttp['start']>('xs_http_start').call(
            this,
            network,
            callback,
            url,
            method,
            headers,
            settings,
            upload,
            body,
            collector,
        );
    },
    exchange(network, callback, url, method, headers, body, collector, deadlineMs) {
        return native<NativeHttp['exchange']>('xs_http_exchange').call(
            this,
            network,
            callback,
            url,
            method,
            headers,
            body,
            collector,
            deadlineMs,
        );
    },
    stop(exchange) {
        native<NativeHttp['stop']>('xs_http_stop').call(this, exchange);
    },
    readable(exchange) {
        return native<NativeHttp['readable']>('xs_http_readable').call(this, exchange);
    },
    read(exchange, bytes) {
        native<NativeHttp['read']>('xs_http_read').call(this, exchange, bytes);
    },
    writable(exchange) {
        return native<NativeHttp['writable']>('xs_http_writable').call(this, exchange);
    },
    write(exchange, bytes) {
        native<NativeHttp['write']>('xs_http_write').call(this, exchange, bytes);
    },
    writeEnd(exchange) {
        native<NativeHttp['writeEnd']>('xs_http_write_end').call(this, exchange);
    },
};
Object.freeze(nativeHttp);

/** Bytes of a reply that is collected: a request may not take more of the process. */
const collectMax = 16_777_216;

/** The reply of an exchange that is over; undefined: it had no bytes, or they were taken. */
function collectedBy(collector: NativeCollector): Body | undefined {
    const body = new Body();
    const has = native<(collector: NativeCollector) => boolean>('xs_http_collected').call(body, collector);
    return has ? body : undefined;
}

/** Of this machine; libcurl is loaded with the first request. */
let shared: NativeNetwork | undefined;

function network(): NativeNetwork {
    shared ??= nativeHttp.open();
    return shared;
}

function bytesOf(value: unknown): Uint8Array {
    if (value instanceof ArrayBuffer) {
        return new Uint8Array(value);
    }
    if (ArrayBuffer.isView(value) && ((value as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1) === 1) {
        return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
    }
    throw new TypeError('HTTP: neither an ArrayBuffer nor a view of bytes');
}

function whole(value: unknown, what: string, min: number, max: number, otherwise: number): number {
    if (value === undefined) {
        return otherwise;
    }
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
        throw new RangeError(`HTTP ${what}: ${String(value)} is no whole number from ${min} to ${max}`);
    }
    return value;
}

/** A text that C gets as it is: no NUL, and one byte for each character. */
function ascii(value: unknown, what: string, pattern: RegExp): string {
    const text = typeof value === 'string' ? value : '';
    if (typeof value !== 'string' || !pattern.test(text)) {
        throw new TypeError(`HTTP ${what}: not allowed in a request`);
    }
    return text;
}

/** The text that was found to be PEM last: most requests have the same, of 2 KB. */
let lastPem = '';

/** Never a path: an application without `files` reads none. */
function pem(ca: unknown): string {
    if (ca === lastPem && lastPem !== '') {
        return lastPem;
    }
    const text = ascii(ca, 'ca', pemPattern);
    if (!text.includes('-----BEGIN ')) {
        throw new TypeError('HTTP ca: no PEM; give the text of the certificates, not a path');
    }
    lastPem = text;
    return text;
}

const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[?[0-9A-Fa-f:.]{2,45}\]?)$/;

function originOf(options: ClientOptions): string {
    const secure = options.secure === true;
    const host = ascii(options.host, 'host', hostPattern);
    const port = whole(options.port, 'port', 1, 65535, secure ? 443 : 80);
    const shown = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    const usual = port === (secure ? 443 : 80);
    return `${secure ? 'https' : 'http'}://${shown}${usual ? '' : `:${port}`}`;
}

function settingsOf(options: ClientOptions): Settings {
    const pin = options.pin === undefined ? '' : ascii(options.pin, 'pin', /^[0-9A-Fa-f:]+$/).replaceAll(':', '');
    if (pin !== '' && pin.length !== 64) {
        throw new TypeError('HTTP pin: not the SHA-256 of a certificate, which has 64 hexadecimal digits');
    }
    return Object.freeze({
        origin: originOf(options),
        proxy: options.proxy === undefined ? '' : ascii(options.proxy, 'proxy', /^(?:https?|socks5h?):\/\/[!-~]+$/),
        ca: options.ca === undefined ? '' : pem(options.ca),
        pin,
        timeout: whole(options.timeout, 'timeout', 0, 86_400_000, 30_000),
        redirects: whole(options.redirects, 'redirects', 0, 10, 5),
    });
}

/* Made once: the engine compiles a literal each time that it is evaluated, for some 0.1 ms. */
const namePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const linePattern = /^[\t -~]*$/;
const typePattern = /^content-type:/im;
const methodPattern = /^[A-Za-z]{1,16}$/;
const pathPattern = /^\/[!-"$-~]*$/;
const pemPattern = /^[\t\n\r -~]+$/;

/** Headers as "Name: value\n", and the body that they promise. */
function headersOf(options: RequestOptions, method: string): { text: string; upload: Upload } {
    let text = '';
    let kind: number = uploads.nothing;
    let bytes = 0;
    for (const [name, value] of options.headers ?? []) {
        ascii(name, 'header name', namePattern);
        const values = typeof value === 'string' || !Array.isArray(value) ? [String(value)] : value;
        for (const one of values) {
            const line = ascii(String(one), `header ${name}`, linePattern);
            const lower = name.toLowerCase();
            if (lower === 'content-length') {
                bytes = whole(Number(line), 'content-length', 0, Number.MAX_SAFE_INTEGER, 0);
                kind = uploads.length;
            } else if (lower !== 'transfer-encoding') {
                text += `${name}: ${line}\n`;
            } else if (line.trim().toLowerCase() === 'chunked') {
                kind = uploads.chunked;
            } else {
                throw new TypeError('HTTP transfer-encoding: only chunked');
            }
        }
    }
    const { body } = options;
    if (body !== undefined) {
        const typed = typePattern.test(text) || body.type === '';
        return { text: typed ? text : `${text}content-type: ${body.type}\n`, upload: { kind: uploads.body, bytes: 0 } };
    }
    if (kind === uploads.nothing && (method === 'POST' || method === 'PUT' || method === 'PATCH')) {
        kind = uploads.length; /* of no bytes, and says so */
    }
    return { text, upload: { kind, bytes } };
}

/** "name: value\n" to a map; a name that comes twice has its values joined. */
function mapOf(text: string, mask: readonly string[] | undefined): Map<string, string> {
    const headers = new Map<string, string>();
    if (mask?.length === 0) {
        return headers;
    }
    for (const line of text.split('\n')) {
        const colon = line.indexOf(': ', 1);
        const name = line.slice(0, colon);
        if (colon > 0 && mask?.includes(name) !== false) {
            const value = line.slice(colon + 2);
            const before = headers.get(name);
            headers.set(name, before === undefined ? value : `${before}, ${value}`);
        }
    }
    return headers;
}

/** Why a request could not begin, by the numbers of oc_err.h. */
function startError(number: number): HttpError {
    switch (number) {
        case -11:
            return new HttpError('PROTOCOL', 'HTTP request: address, method or headers are none of a request');
        case -12:
            return new HttpError('TOO_BIG', 'HTTP request: address, headers or ca are too long');
        case -1:
            return new HttpError('TLS', 'HTTP request: ca is no PEM');
        case -17:
            return new HttpError('CLOSED', 'HTTP request: its body is closed');
        case -7:
            return new HttpError('TOO_BIG', 'HTTP request: more than 1,024 requests wait; begin fewer at a time');
        default:
            return new HttpError('TOO_BIG', 'HTTP request: no memory');
    }
}

/** The side of a request that its client sees. */
interface Handle {
    start(): void;
    fail(error: HttpError): void;
    stop(): void;
}

/** A request of a client. */
export class HTTPRequest {
    readonly #options: RequestOptions;
    #exchange: NativeExchange | undefined;
    #answered = false;
    readonly #collector: NativeCollector | undefined;
    #complete = false;

    /** @internal By `HTTPClient.request`. */
    constructor(
        options: RequestOptions,
        settings: Settings,
        over: (error: HttpError | null) => void,
        give: (handle: Handle) => void,
    ) {
        const method = ascii(
            options.method ?? (options.body === undefined ? 'GET' : 'PUT'),
            'method',
            methodPattern,
        ).toUpperCase();
        const path = ascii(options.path ?? '/', 'path', pathPattern);
        const { text, upload } = headersOf(options, method);
        if (method === 'CONNECT' || method === 'TRACE') {
            throw new TypeError(`HTTP method: ${method} is not for applications`);
        }
        const max = whole(options.collect, 'collect', 0, collectMax, 0);
        this.#options = options;
        this.#collector = max > 0 ? nativeHttp.collector(max) : undefined;
        const done = (error: HttpError | null): void => {
            this.#exchange = undefined;
            this.#complete = error === null;
            this.#options.onDone?.call(this, error);
            over(error);
        };
        give({
            start: () => {
                const callback = this.#callback(done);
                const url = settings.origin + path;
                const started = nativeHttp.start(
                    network(),
                    callback,
                    url,
                    method,
                    text,
                    settings,
                    upload,
                    options.body,
                    this.#collector,
                );
                if (typeof started === 'number') {
                    Timer.set(() => done(startError(started)));
                } else {
                    this.#exchange = started;
                }
            },
            fail: (error) => {
                this.#options.onDone?.call(this, error);
            },
            stop: () => {
                const exchange = this.#exchange;
                this.#exchange = undefined;
                if (exchange !== undefined) {
                    nativeHttp.stop(exchange);
                }
            },
        });
    }

    #callback(done: (error: HttpError | null) => void): Callback {
        const options = this.#options;
        return (kind, number, text = '', more = '') => {
            switch (kind) {
                case kinds.headers:
                    this.#answered = true;
                    options.onHeaders?.call(this, number, mapOf(more, options.headersMask), text);
                    break;
                case kinds.readable:
                    if (options.onReadable === undefined) {
                        this.read();
                    } else {
                        options.onReadable.call(this, number);
                    }
                    break;
                case kinds.writable:
                    options.onWritable?.call(this, number);
                    break;
                default:
                    done(kind === kinds.done ? null : new HttpError(codes[number] ?? 'PROTOCOL', text));
            }
        };
    }

    /** Up to `count` bytes of the reply, default all that are there; undefined: none are. */
    read(count?: number): ArrayBuffer | undefined;
    /** Into `buffer`; the number of bytes, undefined: none are there. */
    read(buffer: ByteBuffer): number | undefined;
    read(desired?: number | ByteBuffer): ArrayBuffer | number | undefined {
        const exchange = this.#exchange;
        const there = exchange === undefined || !this.#answered ? 0 : nativeHttp.readable(exchange);
        if (exchange === undefined || there === 0) {
            return undefined;
        }
        if (typeof desired === 'object') {
            const room = bytesOf(desired);
            const into = room.subarray(0, Math.min(there, room.length));
            nativeHttp.read(exchange, into);
            return into.length;
        }
        const count = Math.min(there, whole(desired, 'read', 0, Number.MAX_SAFE_INTEGER, there));
        const bytes = new Uint8Array(count);
        nativeHttp.read(exchange, bytes);
        return bytes.buffer as ArrayBuffer;
    }

    /** The reply that was collected, once, from `onDone` on; undefined: it had no bytes. */
    body(): Body | undefined {
        return this.#collector === undefined || !this.#complete ? undefined : collectedBy(this.#collector);
    }

    /** Bytes of the body; undefined ends a chunked one. The number of bytes that can be written next. */
    write(data?: ByteBuffer): number {
        const exchange = this.#exchange;
        if (exchange === undefined) {
            throw new Error('HTTP write: the request is not under way');
        }
        if (data === undefined) {
            nativeHttp.writeEnd(exchange);
            return 0;
        }
        const bytes = bytesOf(data);
        if (bytes.length > nativeHttp.writable(exchange)) {
            throw new Error('HTTP write: would block; write at most what onWritable says');
        }
        nativeHttp.write(exchange, bytes);
        return nativeHttp.writable(exchange);
    }
}

/** One request of which only the end matters. */
export interface ExchangeOptions {
    /** http or https, percent-encoded, without user, password and fragment. */
    readonly url: string;
    readonly method: 'GET' | 'PUT' | 'POST';
    /** A line "name: value\n" for each, ASCII; neither `content-length` nor `transfer-encoding`. '': none. */
    readonly headers: string;
    /** What is sent; its type is a header of the caller. */
    readonly body?: Body | undefined;
    /** Milliseconds for all of it, 1 or more. */
    readonly deadlineMs: number;
    /** Bytes of the reply that are kept, 16 MB at most; a longer one fails with TOO_BIG. 0: they are dropped. */
    readonly collect: number;
}

/** The end of an exchange: why it failed, or null; the status; the bytes of the reply, undefined: none. */
export type ExchangeEnd = (error: HttpError | null, status: number, body: Body | undefined) => void;

/**
 * One request over a connection that all exchanges of the machine share, no redirect is followed. It enters the script
 * once, at its end. Calls `end` later, never before it returns. Throws HttpError:
 * `PROTOCOL`, what must not be in a request; `CLOSED`, `TOO_BIG` as `HTTPClient`.
 */
export function exchange(options: ExchangeOptions, end: ExchangeEnd): void {
    const { url, method, headers, body, deadlineMs, collect } = options;
    const collector =
        collect === 0 ? undefined : nativeHttp.collector(whole(collect, 'collect', 1, collectMax, collectMax));
    const callback: Callback = (kind, number, text) => {
        if (kind === kinds.done) {
            end(null, number, collector === undefined ? undefined : collectedBy(collector));
        } else {
            end(new HttpError(codes[number] ?? 'PROTOCOL', text ?? ''), 0, undefined);
        }
    };
    const limitMs = whole(deadlineMs, 'deadlineMs', 1, 86_400_000, 1);
    const begun = nativeHttp.exchange(network(), callback, url, method, headers, body, collector, limitMs);
    if (typeof begun === 'number') {
        throw startError(begun);
    }
}

/** Requests to one host, one after the other. A failure of one ends the client, as in the SDK. */
export default class HTTPClient {
    readonly #settings: Settings;
    readonly #onError: ((error: HttpError) => void) | undefined;
    #queue: Handle[] = [];
    #closed = false;

    constructor(options: ClientOptions) {
        this.#settings = settingsOf(options);
        this.#onError = options.onError;
    }

    /** Begins when those before it are done. Throws TypeError for what must not be in a request. */
    request(options: RequestOptions): HTTPRequest {
        if (this.#closed) {
            throw new HttpError('CLOSED', 'HTTP request: the client is closed');
        }
        const over = (error: HttpError | null): void => {
            this.#over(error);
        };
        const give = (handle: Handle): void => {
            if (this.#queue.push(handle) === 1) {
                handle.start();
            }
        };
        return new HTTPRequest({ ...options }, this.#settings, over, give);
    }

    #over(error: HttpError | null): void {
        if (this.#closed) {
            return;
        }
        this.#queue.shift();
        if (error === null) {
            this.#queue[0]?.start();
            return;
        }
        const rest = this.#queue;
        this.close();
        for (const handle of rest) {
            handle.fail(error);
        }
        this.#onError?.(error);
    }

    /** Ends every request; none of them is told. Twice is fine. */
    close(): void {
        this.#closed = true;
        this.#queue[0]?.stop();
        this.#queue = [];
    }
}
Object.freeze(HTTPClient.prototype);
Object.freeze(HTTPRequest.prototype);
