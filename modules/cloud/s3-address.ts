/** Where the objects of a bucket are, and which names they may have. Pure. */
import { StoreError } from 'ocellus/app/cloud/object-store';
import { parseUrl } from 'ocellus/app/net/url';

/** A bucket as settings name it. */
export interface BucketPlace {
    /** "https://s3.example.org" or with a port; http only where nobody listens. No path, no query. */
    readonly endpoint: string;
    /** "us-east-1"; stores of one's own mostly take any. */
    readonly region: string;
    readonly bucket: string;
    /** True: https://host/bucket/key, as most stores of one's own need it; false: https://bucket.host/key. */
    readonly pathStyle: boolean;
}

/** The same as requests need it. */
export interface BucketAddress {
    readonly secure: boolean;
    /** As an HTTP client sends it: with the port unless that is the usual one. */
    readonly host: string;
    /** The path before a key, with a slash at its end. */
    readonly base: string;
}

/** Bytes of a key in UTF-8, as S3 limits it. */
const keyBytesMax = 1024;

/** A mistake of the settings or of the caller. */
export function invalid(text: string): StoreError {
    return new StoreError('INVALID', text, false);
}

function urlOf(endpoint: string): ReturnType<typeof parseUrl> {
    try {
        return parseUrl(endpoint);
    } catch {
        throw invalid('the endpoint of the store is no address like https://s3.example.org');
    }
}

/** Throws StoreError `INVALID` for what can be no bucket. */
export function addressOf({ endpoint, region, bucket, pathStyle }: BucketPlace): BucketAddress {
    const { secure, host, port, path } = urlOf(endpoint);
    if (path !== '/') {
        throw invalid('the endpoint of the store has neither a path nor a query; the bucket is a setting of its own');
    }
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
        throw invalid('a bucket has 3 to 63 lower-case letters, digits, dots and hyphens');
    }
    if (!/^[A-Za-z0-9-]{1,64}$/.test(region)) {
        throw invalid('a region has letters, digits and hyphens, like us-east-1');
    }
    const name = host.includes(':') ? `[${host}]` : host;
    const shown = port === (secure ? 443 : 80) ? name : `${name}:${port}`;
    return { secure, host: pathStyle ? shown : `${bucket}.${shown}`, base: pathStyle ? `/${bucket}/` : '/' };
}

/** Whether every surrogate has its other half. */
function isWhole(text: string): boolean {
    try {
        encodeURIComponent(text);
        return true;
    } catch {
        return false;
    }
}

/** A key must be the same for everybody on the way: no empty, "." or ".." between slashes. Throws StoreError. */
export function checkKey(key: string): void {
    const bytes = new TextEncoder().encode(key).length;
    if (bytes === 0 || bytes > keyBytesMax || !isWhole(key)) {
        throw invalid(`a key of an object has 1 to ${keyBytesMax} bytes of UTF-8`);
    }
    if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
        throw invalid('a key of an object has nothing empty, "." or ".." between its slashes');
    }
}
