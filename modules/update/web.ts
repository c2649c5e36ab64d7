/** Downloads: one document, or a file that goes on where it was cut off. */
import { request } from 'ocellus/app/net/request';
import { parseUrl } from 'ocellus/app/net/url';
import type { Web } from 'ocellus/app/update/types';
import HTTPClient, { type HTTPRequest } from 'embedded:network/http/client';

/** Milliseconds without a byte, and for all of a document or of a bundle. */
const [stallMs, documentMs, bundleMs] = [30_000, 60_000, 600_000] as const;

/** A download that cannot go on; one line. */
export class DownloadError extends Error {
    override readonly name = 'DownloadError';
    /** The connection broke: a later try goes on from here. */
    readonly broken: boolean;

    constructor(message: string, broken = false) {
        super(message);
        this.broken = broken;
    }
}

/** How many bytes of the reply lie before `from`; throws when it is none of this file. */
function skippedOf(status: number, headers: ReadonlyMap<string, string>, from: number, total: number): number {
    if (status === 200) {
        return from; // the server knows no ranges
    }
    if (status !== 206) {
        throw new DownloadError(`the bundle: HTTP ${status}`);
    }
    const [, first, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
    if (first !== String(from) || (size !== '*' && size !== String(total))) {
        throw new DownloadError('the bundle: the server sends another range than was requested');
    }
    return 0;
}

/** One request for the rest of a bundle. */
class Download {
    readonly #take: (bytes: Uint8Array) => Promise<void>;
    readonly #partBytes: number;
    #skip = 0;
    #left: number;
    #failed: unknown;
    #reading: Promise<void> | undefined;

    constructor(left: number, partBytes: number, take: (bytes: Uint8Array) => Promise<void>) {
        this.#left = left;
        this.#partBytes = partBytes;
        this.#take = take;
    }

    begin(status: number, headers: ReadonlyMap<string, string>, from: number, total: number): void {
        this.#skip = skippedOf(status, headers, from, total);
    }

    /** Takes what is there, part by part: meanwhile the server waits. */
    readable(from: HTTPRequest, fail: (error: unknown) => void): void {
        this.#reading ??= this.#drain(from).catch((error: unknown) => {
            this.#failed = error;
            fail(error);
        });
    }

    async #drain(from: HTTPRequest): Promise<void> {
        for (let part = from.read(this.#partBytes); part !== undefined; part = from.read(this.#partBytes)) {
            const bytes = new Uint8Array(part);
            const skipped = Math.min(this.#skip, bytes.length);
            this.#skip -= skipped;
            this.#left -= bytes.length - skipped;
            if (this.#left < 0) {
                throw new DownloadError('the bundle is longer than the index says');
            }
            if (skipped < bytes.length) {
                await this.#take(bytes.subarray(skipped));
            }
        }
        this.#reading = undefined;
    }

    /** When everything that came was taken. */
    async end(): Promise<void> {
        await this.#reading;
        if (this.#failed !== undefined) {
            throw this.#failed;
        }
        if (this.#left > 0) {
            throw new DownloadError('the bundle ends too early', true);
        }
    }
}

/** The web of this machine. */
export const web: Web = {
    get: (url, maxBytes) => request(url, { maxBytes, timeoutMs: stallMs, deadlineMs: documentMs }),

    download(url, from, total, partBytes, take) {
        return new Promise((resolve, reject) => {
            const { secure, host, port, path } = parseUrl(url);
            const client = new HTTPClient({ host, port, secure, timeout: stallMs });
            const download = new Download(total - from, partBytes, take);
            let timer: number | undefined;
            const end = (error: unknown): void => {
                clearTimeout(timer);
                client.close();
                reject(error);
            };
            timer = setTimeout(
                () => end(new DownloadError(`the bundle is not here after ${bundleMs / 60_000} min`, true)),
                bundleMs,
            );
            client.request({
                path,
                headers: new Map(from === 0 ? [] : [['range', `bytes=${from}-`]]),
                headersMask: ['content-range'],
                onHeaders(status, headers) {
                    try {
                        download.begin(status, headers, from, total);
                    } catch (error) {
                        end(error);
                    }
                },
                onReadable() {
                    download.readable(this, end);
                },
                onDone(error) {
                    if (error !== null) {
                        end(new DownloadError(`the bundle: ${error.message}`, true));
                        return;
                    }
                    download.end().then(() => {
                        clearTimeout(timer);
                        client.close();
                        resolve();
                    }, end);
                },
            });
        });
    },
};
