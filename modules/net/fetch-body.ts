/** HTTP requests whose bytes stay outside of the heap: a picture is read, and sent on. */
import type { Body } from 'ocellus/body';
import { exchange } from 'embedded:network/http/client';

/** What a request has beside its address. */
export interface FetchInit {
    /** A line "name: value\n" for each; left out: none. */
    readonly headers?: string;
    /** Milliseconds for the whole request, 1 or more. */
    readonly deadlineMs: number;
    /** Bytes of the reply, 1 or more; one that is longer fails with TOO_BIG. */
    readonly maxBytes: number;
}

/** What a request that sends has beside its address. */
export interface SendInit extends Pick<FetchInit, 'headers' | 'deadlineMs'> {
    readonly method: 'PUT' | 'POST';
    readonly body: Body;
}

/** A reply. A status that is no success is no failure. */
export interface Fetched {
    readonly status: number;
    /** To be closed; undefined: it had no bytes. */
    readonly body: Body | undefined;
}

/** Reads `url`, http or https; no redirect is followed. Rejects with `HttpError`. */
export function fetchBody(url: string, init: FetchInit): Promise<Fetched> {
    return fetchAs(url, init, (status, body) => ({ status, body }));
}

/** As `fetchBody`, and what `take` makes of the reply, or throws: for what is done often, with one promise for both. */
export function fetchAs<T>(
    url: string,
    { headers = '', deadlineMs, maxBytes }: FetchInit,
    take: (status: number, body: Body | undefined) => T,
): Promise<T> {
    return new Promise((resolve, reject) => {
        exchange({ url, method: 'GET', headers, deadlineMs, collect: maxBytes }, (error, status, body) => {
            try {
                if (error !== null) {
                    throw error;
                }
                resolve(take(status, body));
            } catch (reason) {
                reject(reason);
            }
        });
    });
}

/** Sends a body; the status of the reply, whose bytes are dropped. Rejects as `fetchBody`. */
export function sendBody(url: string, { method, headers = '', body, deadlineMs }: SendInit): Promise<number> {
    return new Promise((resolve, reject) => {
        exchange({ url, method, headers, body, deadlineMs, collect: 0 }, (error, status) => {
            if (error === null) {
                resolve(status);
            } else {
                reject(error);
            }
        });
    });
}
