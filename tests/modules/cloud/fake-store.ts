/** An object store in memory that refuses what a real one refuses, fails on command and notes the order of writes. */
import { type ObjectStore, type PutOptions, StoreError } from 'ocellus/app/cloud/object-store';
import type { Body } from 'ocellus/body';

/** Bytes that a test lends: of a recording, from one place to another. */
export class FakeBody {
    readonly type = 'video/mp4';
    readonly text: string;
    closed = false;

    constructor(text: string) {
        this.text = text;
    }
    get bytes(): number {
        return this.closed ? 0 : this.text.length;
    }
    slice(): never {
        throw new Error('not here');
    }
    close(): void {
        this.closed = true;
    }
}

/** A body of the test as what the interface takes. */
export function bodyOf(text: string): Body {
    return new FakeBody(text) as unknown as Body;
}

/** The text of a body of the test. */
export function textOfBody(body: Body): string {
    return textOf(body);
}

function textOf(body: string | Uint8Array | Body): string {
    if (typeof body === 'string') {
        return body;
    }
    const given = body as unknown as FakeBody;
    if (given.closed) {
        throw new Error('a closed body is sent');
    }
    return given.text;
}

const keyMax = 1024;
const getMax = 1_048_576;

/** A bucket. */
export class FakeStore implements ObjectStore {
    readonly objects = new Map<string, { readonly text: string; readonly etag: string; readonly type: string }>();
    /** Keys in the order in which they were written. */
    readonly writes: string[] = [];
    /** Before each write and read: throws what goes wrong. `after`: the object is written all the same. */
    fault: (kind: 'put' | 'get', key: string) => { readonly error: Error; readonly after?: boolean } | undefined = () =>
        undefined;
    #etags = 0;

    async put(key: string, body: string | Uint8Array | Body, { type, isNew, etag }: PutOptions): Promise<string> {
        const text = textOf(body);
        await undefined;
        const fault = this.fault('put', key);
        if (fault !== undefined && fault.after !== true) {
            throw fault.error;
        }
        if (key === '' || key.length > keyMax || key.startsWith('/') || key.includes('//') || type === '') {
            throw new StoreError('INVALID', `no key: ${key}`, false);
        }
        const before = this.objects.get(key);
        if ((isNew === true && before !== undefined) || (etag !== undefined && before?.etag !== etag)) {
            throw new StoreError('CONFLICT', key, false);
        }
        this.#etags++;
        const tag = `"${this.#etags}"`;
        this.objects.set(key, { text, etag: tag, type });
        this.writes.push(key);
        if (fault !== undefined) {
            throw fault.error;
        }
        return tag;
    }

    async get(key: string) {
        await undefined;
        const fault = this.fault('get', key);
        if (fault !== undefined) {
            throw fault.error;
        }
        const found = this.objects.get(key);
        if (found !== undefined && found.text.length > getMax) {
            throw new StoreError('INVALID', 'too large', false);
        }
        return found;
    }

    async head(key: string) {
        const found = this.objects.get(key);
        return found && { bytes: found.text.length, etag: found.etag };
    }

    async list(prefix: string, after = '', limit = 1000) {
        const keys = [...this.objects.keys()].sort().filter((key) => key.startsWith(prefix) && key > after);
        const objects = keys.slice(0, limit).map((key) => ({ key, bytes: this.objects.get(key)?.text.length ?? 0 }));
        return { objects, more: keys.length > limit };
    }

    async remove(key: string): Promise<void> {
        this.objects.delete(key);
    }

    presign(key: string, seconds: number): string {
        return `https://bucket.example/${key}?expires=${seconds}`;
    }
}
