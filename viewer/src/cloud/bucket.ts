/** A bucket of an S3 store, read by the page itself: a public one, or with keys that may read. */
import { encodePath, Signer } from 'ocellus/app/cloud/sigv4';

/** Where the recordings are. Empty keys: the bucket is public. */
export interface Place {
    /** "https://s3.example.com" */
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    /** Folder of the cameras; empty: none. */
    readonly prefix: string;
    /** The bucket is in the path of addresses, not in the name of the host. */
    readonly pathStyle: boolean;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
}

/** Why a store gave nothing. `blocked`: nobody there, or it lets no page of this address in (CORS). */
export type Refusal = 'denied' | 'blocked' | 'failed';

/** A store gave nothing. */
export class BucketError extends Error {
    constructor(readonly why: Refusal) {
        super(why);
    }
}

/** Seconds for which the address of an object may be used. */
const addressSeconds = 3600;
/** Pages of a list that are read, 1,000 folders each. */
const pagesMax = 20;

/** One bucket. */
export class Bucket {
    readonly #base: string;
    readonly #prefix: string;
    readonly #signer: Signer | undefined;

    /** Throws TypeError: the endpoint is no address. */
    constructor(place: Place) {
        const { accessKeyId, secretAccessKey, region, bucket, pathStyle, prefix } = place;
        const endpoint = new URL(place.endpoint);
        this.#base = pathStyle ? `${endpoint.origin}/${bucket}/` : `${endpoint.protocol}//${bucket}.${endpoint.host}/`;
        this.#prefix = prefix === '' ? '' : `${prefix.replace(/^\/+|\/+$/g, '')}/`;
        this.#signer = accessKeyId === '' ? undefined : new Signer({ accessKeyId, secretAccessKey }, { region, service: 's3' });
    }

    /** Address of an object below the prefix. */
    url(key: string): string {
        return this.#base + encodePath(`${this.#prefix}${key}`);
    }

    /** The object of an address of `url`; undefined: it is of another place. */
    keyOf(url: string): string | undefined {
        const prefix = this.url('');
        return url.startsWith(prefix) ? url.slice(prefix.length).split('/').map(decodeURIComponent).join('/') : undefined;
    }

    /** The same address, good for an hour from now on: of one that was signed before, the signature is another one. */
    signed(url: string): string {
        if (this.#signer === undefined) {
            return url;
        }
        const { origin, host, pathname, searchParams } = new URL(url);
        const path = encodePath(decodeURIComponent(pathname));
        const query = Object.fromEntries([...searchParams].filter(([name]) => !name.startsWith('X-Amz-')));
        return `${origin}${path}?${this.#signer.query({ method: 'GET', host, path, query }, addressSeconds, Date.now())}`;
    }

    /** An object as text; undefined: there is none. Throws BucketError. */
    async text(key: string): Promise<string | undefined> {
        return (await this.#get(this.url(key)))?.text();
    }

    /** An object as it is; undefined: there is none. Throws BucketError. */
    async blob(key: string): Promise<Blob | undefined> {
        return (await this.#get(this.url(key)))?.blob();
    }

    /** Names of the folders in a folder ("" or "cam/"), in order. Throws BucketError. */
    async folders(folder: string): Promise<string[]> {
        const prefix = this.#prefix + folder;
        const names: string[] = [];
        let token = '';
        for (let page = 0; page < pagesMax; page++) {
            const query = new URLSearchParams({ 'list-type': '2', delimiter: '/', prefix, ...(token && { 'continuation-token': token }) });
            const text = (await (await this.#get(`${this.#base}?${query}`))?.text()) ?? '';
            const list = new DOMParser().parseFromString(text, 'application/xml');
            for (const found of list.querySelectorAll('CommonPrefixes > Prefix')) {
                names.push((found.textContent ?? '').slice(prefix.length).replace(/\/$/, ''));
            }
            token = list.querySelector('NextContinuationToken')?.textContent ?? '';
            if (token === '') {
                break;
            }
        }
        return names;
    }

    async #get(url: string): Promise<Response | undefined> {
        let response: Response;
        try {
            response = await fetch(this.signed(url), { credentials: 'omit', signal: AbortSignal.timeout(15_000) });
        } catch {
            throw new BucketError('blocked');
        }
        if (response.status === 404) {
            return undefined;
        }
        if (!response.ok) {
            throw new BucketError(response.status === 401 || response.status === 403 ? 'denied' : 'failed');
        }
        return response;
    }
}
