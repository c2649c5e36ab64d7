/** Objects of a store, as the cloud needs them: S3, or a fake of the tests. */
import type { Body } from 'ocellus/body';

/** Why a store refused. `again`: the same request may pass later. */
export type StoreErrorCode =
    | 'OFFLINE'
    | 'SLOW_DOWN'
    | 'SERVER'
    | 'CLOCK'
    | 'DENIED'
    | 'EXPIRED'
    | 'NO_BUCKET'
    | 'NO_KEY'
    | 'CONFLICT'
    | 'FULL'
    | 'REDIRECT'
    | 'INVALID'
    | 'DAMAGED'
    | 'UNSUPPORTED'
    | 'CHECKSUM'
    | 'TLS';

/** `message` is one line for people, without secrets. */
export class StoreError extends Error {
    constructor(
        readonly code: StoreErrorCode,
        message: string,
        readonly again: boolean,
        /** Of `OFFLINE`: what kept the request from a reply, an `HttpErrorCode`; left out: not known. */
        readonly network?: string,
    ) {
        super(message);
    }
}

/** How an object is written. */
export interface PutOptions {
    /** Media type. */
    readonly type: string;
    /** "max-age=31536000, immutable"; left out: none. */
    readonly cacheControl?: string;
    /** SHA-256 of the bytes in hexadecimal digits, when it is known already: the store gets it with the request. */
    readonly sha256?: string;
    /** It does not wait for what a limit has still to pay for larger objects before it. */
    readonly urgent?: boolean;
    /** Only when there is no such object; CONFLICT otherwise. */
    readonly isNew?: boolean;
    /** Only when the object has this tag; CONFLICT otherwise. */
    readonly etag?: string;
}

/** A bucket of a store. Each method rejects with a StoreError. */
export interface ObjectStore {
    /** Writes an object; its tag. A Body is sent by reference. */
    put(key: string, body: string | Uint8Array | Body, options: PutOptions): Promise<string>;
    /** At most 1 MB; undefined: there is none. */
    get(key: string): Promise<{ readonly text: string; readonly etag: string } | undefined>;
    /** undefined: there is none. */
    head(key: string): Promise<{ readonly bytes: number; readonly etag: string } | undefined>;
    /** In order of keys. */
    list(
        prefix: string,
        after?: string,
        limit?: number,
    ): Promise<{
        readonly objects: readonly { readonly key: string; readonly bytes: number }[];
        readonly more: boolean;
    }>;
    remove(key: string): Promise<void>;
    /** An address that reads the object for so many seconds (1 to 604,800). */
    presign(key: string, seconds: number): string;
}
