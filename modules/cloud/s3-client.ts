/**
 * A bucket of S3: Amazon's, or that of any store with its interface. One request for each call: nothing is tried again
 * but after a correction of the clock, with other keys in place of expired ones, and in another way for a store that
 * takes no conditions or wants checksums (s3-answers.ts). Bodies go by reference. Over https the signature does not
 * cover them, TLS does, unless their hash is known; over http, and for a checksum, it is computed first
 * (transport.ts).
 */
import { type ObjectStore, type PutOptions, StoreError } from 'ocellus/app/cloud/object-store';
import { addressOf, type BucketAddress, type BucketPlace, checkKey, invalid } from 'ocellus/app/cloud/s3-address';
import { hasObject, isRemoved, isStored, type Refusal, refusalOf } from 'ocellus/app/cloud/s3-answers';
import { faultOf, listOf } from 'ocellus/app/cloud/s3-error';
import { emptyPayload, encodePath, encodeQuery, type Keys, Signer, unsignedPayload } from 'ocellus/app/cloud/sigv4';
import { hashOf, type Payload, sendTo } from 'ocellus/app/cloud/transport';
import type { Reply } from 'ocellus/app/net/request';
import { base64, fromHex } from 'ocellus/crypto';

/** Which bucket, and how it is reached. */
export interface S3Options extends BucketPlace {
    /** PEM of authorities; left out: those of the system. */
    readonly ca?: string;
    /** The keys of now, the same object while they are the same; undefined: there are none. */
    readonly keys: () => Keys | undefined;
    /**
     * Gets other keys than these: before the first request, and once for a request that is refused because they have
     * expired (CredentialsEndpoint). Rejects with StoreError. Left out: keys are what they are.
     */
    readonly renew?: (stale: Keys | undefined) => Promise<void>;
    /** Milliseconds since 1970. */
    readonly now: () => number;
    /** Milliseconds without progress until a request fails; left out: 30,000. */
    readonly stallMs?: number;
    /** Milliseconds until it fails anyway; left out: 600,000. */
    readonly deadlineMs?: number;
}

/** Bytes of a document that is read: `get`, a list of 1,000 objects. Held in the heap while it is read. */
const documentBytesMax = 1_048_576;
/** Bytes of a reply that is an error. */
const faultBytesMax = 65_536;
/** Objects of one list. */
const listMax = 1000;
/** A refusal without a document (of HEAD) is taken for one of a wrong clock when that differs by so much. */
const skewMs = 600_000;

/** What is sent of a request. */
export interface Call {
    readonly method: string;
    /** '': the bucket. */
    readonly key: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Payload;
    /** Of the body, where it is known. */
    readonly sha256?: string;
    readonly maxBytes?: number;
    /** With a checksum of the body. */
    readonly summed?: boolean;
}

/** How a store wants objects to be written. */
interface Way {
    /** It takes conditions; otherwise the device looks before it writes. */
    readonly conditional: boolean;
    readonly summed: boolean;
}

function bytesOf(body: Payload): number {
    if (typeof body === 'string') {
        return new TextEncoder().encode(body).length;
    }
    return body instanceof Uint8Array ? body.length : body.bytes;
}

/** One bucket. */
export class S3Client implements ObjectStore {
    readonly #options: S3Options;
    readonly #address: BucketAddress;
    /** Of `#signs`. */
    #signer: Signer | undefined;
    #signs: Keys | undefined;
    /** What the store's clock is ahead of `now`. */
    #aheadMs = 0;
    /** The one that it took last. */
    #way: Way = { conditional: true, summed: false };

    /** Throws StoreError `INVALID` for options that can be none. */
    constructor(options: S3Options) {
        this.#address = addressOf(options);
        this.#options = options;
    }

    /** Milliseconds by which the store's clock is ahead of this device's, 0 while the store has not refused the time. */
    get clockAheadMs(): number {
        return this.#aheadMs;
    }

    async put(key: string, body: Payload, options: PutOptions): Promise<string> {
        checkKey(key);
        for (let way = this.#way; ; ) {
            const reply = await this.#write(key, body, options, way);
            if (reply.status < 300) {
                const etag = isStored(reply) ? (reply.headers.get('etag') ?? '') : await this.#look(key, body, reply);
                this.#way = way;
                return etag;
            }
            const { error, remedy } = this.refusal('PUT', key, reply);
            if (error.code === 'NO_KEY' && options.etag !== undefined) {
                throw new StoreError('CONFLICT', error.message, false);
            }
            const hadCondition = way.conditional && (options.isNew === true || options.etag !== undefined);
            if (remedy === 'sum' && !way.summed) {
                way = { ...way, summed: true };
            } else if (remedy === 'plain' && hadCondition) {
                way = { ...way, conditional: false };
            } else {
                throw error;
            }
        }
    }

    async #write(key: string, body: Payload, options: PutOptions, way: Way): Promise<Reply> {
        const { type, cacheControl, isNew, etag } = options;
        if (!way.conditional && (isNew === true || etag !== undefined)) {
            const found = await this.head(key);
            if (isNew === true ? found !== undefined : found?.etag !== etag) {
                throw new StoreError('CONFLICT', `${this.#what('PUT', key)}: the condition does not hold`, false);
            }
        }
        return await this.send({
            method: 'PUT',
            key,
            body,
            summed: way.summed,
            ...(options.sha256 !== undefined && { sha256: options.sha256 }),
            headers: {
                'content-type': type,
                ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
                ...(way.conditional && isNew === true && { 'if-none-match': '*' }),
                // radosgw 16 and Spaces take a tag without its quotes only, most others take both
                ...(way.conditional && etag !== undefined && { 'if-match': etag.replaceAll('"', '') }),
            },
        });
    }

    /** The tag of an object whose write was answered in no way that says so: it is there with its length, or it is not. */
    async #look(key: string, body: Payload, answer: Reply): Promise<string> {
        const reply = await this.send({ method: 'HEAD', key });
        const bytes = bytesOf(body);
        if (reply.status !== 200 || Number(reply.headers.get('content-length')) !== bytes) {
            throw this.refusal('PUT', key, answer).error;
        }
        return reply.headers.get('etag') ?? '';
    }

    async get(key: string): Promise<{ readonly text: string; readonly etag: string } | undefined> {
        const reply = await this.read('GET', key, documentBytesMax);
        return reply && { text: reply.text(), etag: reply.headers.get('etag') ?? '' };
    }

    async head(key: string): Promise<{ readonly bytes: number; readonly etag: string } | undefined> {
        const reply = await this.read('HEAD', key);
        return reply && { bytes: Number(reply.headers.get('content-length')), etag: reply.headers.get('etag') ?? '' };
    }

    async list(
        prefix: string,
        after?: string,
        limit = listMax,
    ): Promise<{
        readonly objects: readonly { readonly key: string; readonly bytes: number }[];
        readonly more: boolean;
    }> {
        if (!Number.isInteger(limit) || limit < 1 || limit > listMax) {
            throw invalid(`a list has 1 to ${listMax} objects`);
        }
        const query = {
            'list-type': '2',
            'max-keys': String(limit),
            prefix,
            ...(after !== undefined && { 'start-after': after }),
        };
        const reply = await this.send({ method: 'GET', key: '', query, maxBytes: documentBytesMax });
        if (reply.status !== 200) {
            throw this.refusal('GET', '', reply).error;
        }
        const { objects, more } = listOf(reply.bytes);
        return { objects, more };
    }

    async remove(key: string): Promise<void> {
        checkKey(key);
        const reply = await this.send({ method: 'DELETE', key });
        const error = isRemoved(reply) ? undefined : this.refusal('DELETE', key, reply).error;
        if (error !== undefined && error.code !== 'NO_KEY') {
            throw error;
        }
    }

    presign(key: string, seconds: number): string {
        checkKey(key);
        const unsigned = { method: 'GET', host: this.#address.host, path: this.#path(key) };
        try {
            const query = this.#signerNow().query(unsigned, seconds, this.#nowMs());
            return `${this.#origin()}${unsigned.path}?${query}`;
        } catch (error) {
            throw error instanceof RangeError ? invalid(error.message) : error;
        }
    }

    #origin(): string {
        return `${this.#address.secure ? 'https' : 'http'}://${this.#address.host}`;
    }

    #path(key: string): string {
        return `${this.#address.base}${encodePath(key)}`;
    }

    #nowMs(): number {
        return this.#options.now() + this.#aheadMs;
    }

    #signerNow(): Signer {
        const keys = this.#options.keys();
        if (keys === undefined) {
            throw new StoreError('DENIED', 'there are no keys for the store', false);
        }
        if (this.#signer === undefined || keys !== this.#signs) {
            this.#signer = new Signer(keys, { region: this.#options.region, service: 's3' });
            this.#signs = keys;
        }
        return this.#signer;
    }

    /** GET or HEAD; undefined: there is no such object. */
    protected async read(method: string, key: string, maxBytes = faultBytesMax): Promise<Reply | undefined> {
        checkKey(key);
        const reply = await this.send({ method, key, maxBytes });
        if (hasObject(reply)) {
            return reply;
        }
        const { error } = this.refusal(method, key, reply);
        if (error.code === 'NO_KEY') {
            return undefined;
        }
        throw error;
    }

    #what(method: string, key: string): string {
        return `${method} ${this.#options.bucket}/${encodePath(key)}`;
    }

    /** What a reply that is no success means. */
    protected refusal(method: string, key: string, reply: Reply): Refusal {
        return refusalOf(this.#what(method, key), reply);
    }

    /** One request; a refusal is a reply. Sent again only with the clock of the store, or with other keys. */
    protected async send(call: Call): Promise<Reply> {
        const { keys, renew } = this.#options;
        const payload = await this.#payloadOf(call);
        if (keys() === undefined) {
            await renew?.(undefined);
        }
        let used = keys();
        let reply = await this.#sendOnce(call, payload);
        if (this.#correctClock(reply)) {
            used = keys();
            reply = await this.#sendOnce(call, payload);
        }
        const error = reply.status < 400 ? undefined : this.refusal(call.method, call.key, reply).error;
        if (renew === undefined || error?.code !== 'EXPIRED') {
            return reply;
        }
        await renew(used);
        return await this.#sendOnce(call, payload);
    }

    async #payloadOf({ method, key, body, summed, sha256: known }: Call): Promise<string> {
        if (body === undefined || known !== undefined) {
            return known ?? emptyPayload;
        }
        const isReference = typeof body !== 'string' && !(body instanceof Uint8Array);
        if (isReference && this.#address.secure && summed !== true) {
            return unsignedPayload;
        }
        return await hashOf(this.#what(method, key), body);
    }

    async #sendOnce(call: Call, payload: string): Promise<Reply> {
        const { method, key, query = {}, body, maxBytes = faultBytesMax } = call;
        const sum = call.summed === true && { 'x-amz-checksum-sha256': base64(fromHex(payload)) };
        const headers = { ...call.headers, ...sum };
        const { ca, stallMs = 30_000, deadlineMs = 600_000 } = this.#options;
        const unsigned = { method, host: this.#address.host, path: this.#path(key), query, headers };
        const search = encodeQuery(query);
        const signed = this.#signerNow().headers(unsigned, payload, this.#nowMs());
        const url = `${this.#origin()}${unsigned.path}${search === '' ? '' : `?${search}`}`;
        return await sendTo(this.#what(method, key), url, {
            method,
            headers: signed,
            timeoutMs: stallMs,
            deadlineMs,
            maxBytes,
            redirects: 0,
            ...(body !== undefined && { body }),
            ...(ca !== undefined && { ca }),
        });
    }

    /** Whether the store refused the time and gave its own, so that the request may pass now. */
    #correctClock(reply: Reply): boolean {
        const theirsMs = Date.parse(reply.headers.get('date') ?? '');
        if (reply.status !== 403 || Number.isNaN(theirsMs)) {
            return false;
        }
        const code = reply.bytes.byteLength === 0 ? '' : faultOf(reply.bytes)?.code;
        const aheadMs = theirsMs - this.#nowMs();
        if (code !== 'RequestTimeTooSkewed' && !(code === '' && Math.abs(aheadMs) > skewMs)) {
            return false;
        }
        this.#aheadMs += aheadMs;
        return true;
    }
}
