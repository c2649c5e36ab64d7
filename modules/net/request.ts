/** One HTTP request as a promise, for replies that fit into memory; everything else: `embedded:network/http/client`. */
import { Body } from 'ocellus/body';
import { parseUrl } from 'ocellus/app/net/url';
import HTTPClient, { HttpError, type RequestOptions } from 'embedded:network/http/client';

export { HttpError, type HttpErrorCode } from 'embedded:network/http/client';

/** What a request has beside its address. */
export interface RequestInit {
    /** Default GET, or PUT with a body. */
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | ArrayBuffer | Uint8Array | Body;
    /** Milliseconds without progress; default 30,000; 0: none. A body may take as long as it moves. */
    readonly timeoutMs?: number;
    /** Milliseconds for the whole request; default 600,000; 0: none. */
    readonly deadlineMs?: number;
    /** Bytes of the reply; one that is longer fails with TOO_BIG. Default 65,536. */
    readonly maxBytes?: number;
    /** PEM of authorities, no path to it; default: those of the system. */
    readonly ca?: string;
    /** SHA-256 of the server's certificate; it decides instead of authorities and name. */
    readonly pin?: string;
    /** URL of a proxy. */
    readonly proxy?: string;
    /** Redirects that are followed, 0 to 10; default 5. */
    readonly redirects?: number;
}

/** A reply. A status that is no success is no failure. */
export interface Reply {
    readonly status: number;
    /** Names in lower case. */
    readonly headers: ReadonlyMap<string, string>;
    readonly bytes: ArrayBuffer;
    /** The bytes as UTF-8. */
    text(): string;
}

function join(parts: readonly Uint8Array[], length: number): ArrayBuffer {
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return all.buffer;
}

function bytesOf(body: Exclude<RequestInit['body'], Body>): Uint8Array | undefined {
    if (typeof body === 'string') {
        return new TextEncoder().encode(body);
    }
    return body instanceof ArrayBuffer ? new Uint8Array(body) : body;
}

/** Requests `url`, http or https. Rejects with `HttpError`, or TypeError for what must not be in a request. */
export function request(url: string, init: RequestInit = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
        const { secure, host, port, path } = parseUrl(url);
        const maxBytes = init.maxBytes ?? 65_536;
        const timeoutMs = init.timeoutMs ?? 30_000;
        const deadlineMs = init.deadlineMs ?? 600_000;
        const reference = init.body instanceof Body ? init.body : undefined;
        const body = init.body instanceof Body ? undefined : bytesOf(init.body);
        const { ca, pin, proxy, redirects } = init;
        const client = new HTTPClient({ host, port, secure, timeout: timeoutMs, ca, pin, proxy, redirects });
        const method = init.method ?? (init.body === undefined ? 'GET' : 'PUT');
        const shown = `${method} ${secure ? 'https' : 'http'}://${host}:${port}`;
        const parts: Uint8Array[] = [];
        let length = 0;
        let status = 0;
        let received: ReadonlyMap<string, string> = new Map();
        let sent = 0;
        let timer: number | undefined;
        const end = (error: HttpError | null): void => {
            clearTimeout(timer);
            client.close();
            if (error !== null) {
                reject(error);
                return;
            }
            const bytes = join(parts, length);
            resolve({ status, headers: received, bytes, text: () => new TextDecoder().decode(bytes) });
        };
        const headers = new Map(Object.entries(init.headers ?? {}));
        if (body !== undefined) {
            headers.set('content-length', String(body.length));
        }
        const options: RequestOptions = {
            method,
            path,
            headers,
            body: reference,
            onHeaders(code, map) {
                status = code;
                received = map;
            },
            onReadable() {
                const bytes = this.read();
                if (bytes === undefined) {
                    return;
                }
                length += bytes.byteLength;
                parts.push(new Uint8Array(bytes));
                if (length > maxBytes) {
                    end(new HttpError('TOO_BIG', `${shown}: the reply has more than ${maxBytes} bytes`));
                }
            },
            onWritable(count) {
                if (body !== undefined && sent < body.length) {
                    const part = body.slice(sent, sent + count);
                    sent += part.length;
                    this.write(part);
                }
            },
            onDone: end,
        };
        if (deadlineMs > 0) {
            timer = setTimeout(
                () => end(new HttpError('TIMEOUT', `${shown}: not done in ${deadlineMs} ms`)),
                deadlineMs,
            );
        }
        try {
            client.request(options);
        } catch (error) {
            clearTimeout(timer);
            throw error;
        }
    });
}
