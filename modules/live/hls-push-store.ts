/** Where a push puts its files: a web server, WebDAV, a bucket. What each answer means is a typed error. */
import { StoreError, type StoreErrorCode, type ObjectStore } from 'ocellus/app/cloud/object-store';
import { S3Client } from 'ocellus/app/cloud/s3-client';
import type { HlsPushTarget, S3PushTarget, WebPushTarget } from 'ocellus/app/live/hls-push-options';
import { HttpError, type HttpErrorCode, type Reply, request } from 'ocellus/app/net/request';
import { parseUrl } from 'ocellus/app/net/url';
import type { Body } from 'ocellus/body';
import { base64 } from 'ocellus/crypto';
import { type ErrorCode, OcellusError } from 'ocellus/error';

/** Of one push. Each method rejects with `OcellusError`, whose message has no secret and no path. */
export interface PushStore {
    /** Of the playlist. */
    readonly list: string;
    put(name: string, body: string | Body, kind: FileKind): Promise<void>;
    /** At most 64 KB; undefined: there is none, or it may not be read. */
    get(name: string): Promise<string | undefined>;
    /** One that is not there is fine. */
    remove(name: string): Promise<void>;
}

/** What a file is for those who cache it. */
export interface FileKind {
    /** Media type. */
    readonly type: string;
    /** Of `Cache-Control`. */
    readonly cache: string;
}

/** Milliseconds without progress, and for one request. */
const stallMs = 10_000;
const deadlineMs = 60_000;
/** Bytes of an answer. */
const replyMax = 65_536;
/** Folders that are made at most. */
const foldersMax = 16;
const defaultList = 'index.m3u8';

const listPattern = /^([^?]*\/)([A-Za-z0-9_.-]{1,80}\.m3u8)(\?.*)?$/;
const folderPattern = /^([^?]*?)\/*(\?.*)?$/;

const codesOfTransport: Readonly<Record<HttpErrorCode, ErrorCode>> = {
    RESOLVE: 'HOST',
    CONNECT: 'REFUSED',
    TLS: 'CERTIFICATE',
    TIMEOUT: 'TIMEOUT',
    RESET: 'CLOSED',
    REDIRECT: 'NOTSUP',
    TOO_BIG: 'FORMAT',
    PROTOCOL: 'FORMAT',
    CLOSED: 'STALE',
    PROXY: 'UNREACHABLE',
};

const ofTransport: ReadonlyMap<string, ErrorCode> = new Map(Object.entries(codesOfTransport));

/** Code and advice of a status that is no success. */
function meaningOf(status: number): readonly [ErrorCode, string] {
    switch (status) {
        case 401:
        case 403:
            return ['PASSWORD', 'it does not let this device write there: check user, password and rights'];
        case 404:
        case 409:
            return ['NOENT', 'there is no such folder, and it cannot be made'];
        case 405:
        case 501:
            return ['NOTSUP', 'it takes no PUT there'];
        case 408:
            return ['TIMEOUT', ''];
        case 413:
            return ['TOO_BIG', 'it takes no file of this size'];
        case 423:
        case 429:
        case 503:
            return ['BUSY', ''];
        case 507:
            return ['DISK_FULL', 'its disk is full'];
        default:
            if (status >= 300 && status < 400) {
                return ['NOTSUP', 'the target is elsewhere'];
            }
            return [status >= 400 && status < 500 ? 'INVAL' : 'IO', ''];
    }
}

function refusal(host: string, method: string, status: number): OcellusError {
    const [code, advice] = meaningOf(status);
    return new OcellusError(code, `${host}: ${method}: HTTP ${status}${advice === '' ? '' : `; ${advice}`}`);
}

/** A failure without its address, in whose path a key may be. */
function failure(host: string, error: unknown): OcellusError {
    if (!(error instanceof HttpError)) {
        return new OcellusError('INVAL', `${host}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const { code, message } = error;
    return new OcellusError(codesOfTransport[code], `${host}: ${message.slice(message.indexOf(': ') + 2)}`);
}

/** The parts of an address that others' names go between. */
function placeOf(url: string): { readonly folder: string; readonly list: string; readonly query: string } {
    const [, folder, list, query = ''] = listPattern.exec(url) ?? [];
    if (folder !== undefined && list !== undefined) {
        return { folder, list, query };
    }
    const [, base = '', more = ''] = folderPattern.exec(url) ?? [];
    return { folder: `${base}/`, list: defaultList, query: more };
}

/** What is there is longer than any list of ours, or no HTTP. */
const foreign: readonly ErrorCode[] = ['FORMAT'];
/** The same in a bucket; keys that may not list it are refused what is not there. Who is wrong hears it when it is written. */
const unreadable: readonly ErrorCode[] = ['PASSWORD', 'INVAL'];

/** undefined: it fails with one of these codes. */
async function unless<T>(codes: readonly ErrorCode[], promise: Promise<T>): Promise<T | undefined> {
    try {
        return await promise;
    } catch (error) {
        if (error instanceof OcellusError && codes.includes(error.code)) {
            return undefined;
        }
        throw error;
    }
}

/** By PUT and DELETE. A folder that is not there is made, as WebDAV does. */
class WebStore implements PushStore {
    readonly list: string;
    readonly #folder: string;
    readonly #query: string;
    readonly #host: string;
    readonly #headers: Readonly<Record<string, string>>;
    readonly #trust: { readonly pin?: string; readonly ca?: string };
    #hasMadeFolders = false;

    constructor({ url, user = '', password = '', pin = '', ca = '' }: WebPushTarget) {
        const { folder, list, query } = placeOf(url);
        const { host, port } = parseUrl(url);
        this.list = list;
        this.#folder = folder;
        this.#query = query;
        this.#host = `${host}:${port}`;
        const basic = user === '' && password === '' ? '' : base64(new TextEncoder().encode(`${user}:${password}`));
        this.#headers = basic === '' ? {} : { authorization: `Basic ${basic}` };
        this.#trust = { ...(pin !== '' && { pin }), ...(ca !== '' && { ca }) };
    }

    async put(name: string, body: string | Body, { type, cache }: FileKind): Promise<void> {
        const headers = { 'content-type': type, 'cache-control': cache };
        let { status } = await this.#send('PUT', this.#urlOf(name), { body, headers });
        if ((status === 404 || status === 409) && !this.#hasMadeFolders) {
            this.#hasMadeFolders = true;
            await this.#makeFolders();
            ({ status } = await this.#send('PUT', this.#urlOf(name), { body, headers }));
        }
        if (status < 200 || status >= 300) {
            throw refusal(this.#host, 'PUT', status);
        }
    }

    async get(name: string): Promise<string | undefined> {
        const reply = await unless(foreign, this.#send('GET', this.#urlOf(name)));
        if (reply !== undefined && reply.status >= 500 && reply.status !== 501) {
            throw refusal(this.#host, 'GET', reply.status);
        }
        return reply?.status === 200 ? reply.text() : undefined;
    }

    async remove(name: string): Promise<void> {
        const { status } = await this.#send('DELETE', this.#urlOf(name));
        if ((status < 200 || status >= 300) && status !== 404 && status !== 410) {
            throw refusal(this.#host, 'DELETE', status);
        }
    }

    #urlOf(name: string): string {
        return `${this.#folder}${name}${this.#query}`;
    }

    async #send(
        method: string,
        url: string,
        more: { readonly body?: string | Body; readonly headers?: Readonly<Record<string, string>> } = {},
    ): Promise<Reply> {
        try {
            return await request(url, {
                ...more,
                ...this.#trust,
                method,
                headers: { ...this.#headers, ...more.headers },
                timeoutMs: stallMs,
                deadlineMs,
                maxBytes: replyMax,
                redirects: 0,
            });
        } catch (error) {
            throw failure(this.#host, error);
        }
    }

    /** From the outermost one on; those that are there, or cannot be made, answer so. */
    async #makeFolders(): Promise<void> {
        const origin = /^https?:\/\/[^/]*\//i.exec(this.#folder)?.[0] ?? '';
        const parts = this.#folder.slice(origin.length).split('/').slice(0, -1);
        for (let count = 1; count <= Math.min(parts.length, foldersMax); count++) {
            await this.#send('MKCOL', `${origin}${parts.slice(0, count).join('/')}/${this.#query}`);
        }
    }
}

const ofStore: Readonly<Record<StoreErrorCode, ErrorCode>> = {
    OFFLINE: 'UNREACHABLE',
    SLOW_DOWN: 'BUSY',
    SERVER: 'IO',
    CLOCK: 'STATE',
    DENIED: 'PASSWORD',
    EXPIRED: 'PASSWORD',
    NO_BUCKET: 'NOENT',
    NO_KEY: 'NOENT',
    CONFLICT: 'EXIST',
    FULL: 'DISK_FULL',
    REDIRECT: 'NOTSUP',
    INVALID: 'INVAL',
    DAMAGED: 'FORMAT',
    UNSUPPORTED: 'NOTSUP',
    CHECKSUM: 'NOTSUP',
    TLS: 'CERTIFICATE',
};

function codeOf({ code, network = '' }: StoreError): ErrorCode {
    return ofTransport.get(network) ?? ofStore[code];
}

async function typed<T>(promise: Promise<T>): Promise<T> {
    try {
        return await promise;
    } catch (error) {
        throw error instanceof StoreError ? new OcellusError(codeOf(error), error.message) : error;
    }
}

/** Objects of a bucket, below `prefix`. */
export class BucketStore implements PushStore {
    readonly list = defaultList;
    readonly #store: ObjectStore;
    readonly #prefix: string;

    constructor(store: ObjectStore, prefix: string) {
        this.#store = store;
        this.#prefix = prefix === '' ? '' : `${prefix}/`;
    }

    async put(name: string, body: string | Body, { type, cache: cacheControl }: FileKind): Promise<void> {
        await typed(this.#store.put(`${this.#prefix}${name}`, body, { type, cacheControl }));
    }

    async get(name: string): Promise<string | undefined> {
        return (await unless(unreadable, typed(this.#store.get(`${this.#prefix}${name}`))))?.text;
    }

    async remove(name: string): Promise<void> {
        await typed(this.#store.remove(`${this.#prefix}${name}`));
    }
}

function bucketOf({ accessKeyId, secretAccessKey, ...place }: S3PushTarget['s3'], wallMs: () => number): S3Client {
    const keys = { accessKeyId, secretAccessKey };
    return new S3Client({ ...place, keys: () => keys, now: wallMs, stallMs, deadlineMs });
}

/** `wallMs`: milliseconds since 1970. Throws `OcellusError` `INVAL` for what can be no target. */
export function storeOf(target: HlsPushTarget, wallMs: () => number): PushStore {
    try {
        return 's3' in target ? new BucketStore(bucketOf(target.s3, wallMs), target.prefix) : new WebStore(target);
    } catch (error) {
        throw new OcellusError('INVAL', error instanceof Error ? error.message : String(error));
    }
}
