/**
 * Values that outlive the application's scripts, with the names of ECMA-419: `KeyValueStorage.open({ path })` is one
 * domain, the file `kv/<path>` of the application's folder. A write is on the disk when it returns.
 *
 * A portable application keeps to what NVS of ESP32 takes: 13 bytes for the name of a domain, 15 for a key, 4000 for a
 * value. Here a name and a key have up to 48 bytes, and a domain 64 KB with everything in it.
 */
import { type ErrorCode, OcellusError } from 'ocellus/error';
import { TextDecoder, TextEncoder } from 'ocellus/text';

/** The form of the values that `read` gives and `write` takes. */
export type StorageFormat =
    | 'buffer'
    | 'string'
    | 'uint8'
    | 'int8'
    | 'uint16'
    | 'int16'
    | 'uint32'
    | 'int32'
    | 'uint64'
    | 'int64';

/** `bigint` for the formats of 64 bits. */
export type StorageValue = ArrayBuffer | string | number | bigint;

/** What is opened. */
export interface StorageOpenOptions {
    /** Name of the domain: letters, digits, `.`, `_`, `-`; it does not begin with a dot. */
    path: string;
    /** `buffer` when none is given. */
    format?: StorageFormat;
    /** `r`: nothing is written. */
    mode?: 'r' | 'r+';
}

/** In the order of their numbers in the file (docs/formats-storage.md). */
const formats: readonly StorageFormat[] = Object.freeze([
    'buffer',
    'string',
    'uint8',
    'int8',
    'uint16',
    'int16',
    'uint32',
    'int32',
    'uint64',
    'int64',
]);

/** A code's text, where its own would mislead. */
const reasons: Readonly<Partial<Record<ErrorCode, string>>> = Object.freeze({
    BUSY: '64 files and stores are open',
    DISK_FULL: 'no space left, or the application has used all it may',
    INVAL: 'a key has 1 to 48 bytes, a name of a domain too, of letters, digits, ".", "_" and "-"',
    TOO_BIG: 'a value has at most 4000 bytes, a domain 64 KB',
});

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Gives what a native gave; throws for a number below 0. */
function check<T>(result: T | number, what: string): T {
    if (typeof result === 'number' && result < 0) {
        const { code, message } = OcellusError.fromNumber(result);
        throw Object.assign(new Error(`${what}: ${reasons[code] ?? message}`), { code });
    }
    return result as T;
}

function formatOf(format: string): StorageFormat {
    if (!formats.includes(format as StorageFormat)) {
        throw new RangeError(`format: ${format} is none`);
    }
    return format as StorageFormat;
}

/** A template throws for a symbol, which String would not. */
function keyOf(key: unknown): Uint8Array {
    if (key === undefined) {
        throw new SyntaxError('key required');
    }
    return encoder.encode(`${key as string}`);
}

type Bytes = ArrayBuffer | ArrayBufferView;

function isBytes(value: unknown): value is Bytes {
    return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

/** Numbers wrap, as in an element of a typed array. */
function encode(format: StorageFormat, value: Bytes | StorageValue): Bytes {
    if (format === 'buffer') {
        if (!isBytes(value)) {
            throw new TypeError('value: not a buffer');
        }
        return value;
    }
    if (format === 'string') {
        return encoder.encode(`${value as string}`);
    }
    const view = new DataView(new ArrayBuffer(8));
    if (format === 'uint64' || format === 'int64') {
        view.setBigInt64(0, BigInt.asIntN(64, value as bigint), true);
        return view;
    }
    view.setInt32(0, Number(value), true);
    return new Uint8Array(view.buffer, 0, Number(format.replace(/\D+/, '')) / 8);
}

function decode(format: StorageFormat, bytes: ArrayBuffer): StorageValue {
    const view = new DataView(bytes);
    switch (format) {
        case 'buffer':
            return bytes;
        case 'string':
            return decoder.decode(bytes);
        case 'uint8':
            return view.getUint8(0);
        case 'int8':
            return view.getInt8(0);
        case 'uint16':
            return view.getUint16(0, true);
        case 'int16':
            return view.getInt16(0, true);
        case 'uint32':
            return view.getUint32(0, true);
        case 'int32':
            return view.getInt32(0, true);
        case 'uint64':
            return view.getBigUint64(0, true);
        case 'int64':
            return view.getBigInt64(0, true);
    }
}

/** Into the caller's buffer, as ECMA-419 has it for the format `buffer`; gives the bytes. */
function copy(value: StorageValue, to: Bytes): number {
    if (!(value instanceof ArrayBuffer)) {
        throw new TypeError('buffer: the format is not buffer');
    }
    if (to.byteLength < value.byteLength) {
        throw new RangeError('buffer: too small');
    }
    const target = ArrayBuffer.isView(to)
        ? new Uint8Array(to.buffer, to.byteOffset, to.byteLength)
        : new Uint8Array(to);
    target.set(new Uint8Array(value));
    return value.byteLength;
}

/** One domain. Several may be open on the same one: each sees what the others wrote. */
export class Storage extends Native('xs_domain_destructor') {
    #format: StorageFormat;
    readonly #readOnly: boolean;

    constructor(path: string, format: StorageFormat, readOnly: boolean) {
        super();
        this.#format = format;
        this.#readOnly = readOnly;
        const opened = native<(name: Uint8Array) => number>('xs_domain_open').call(this, encoder.encode(path));
        check(opened, 'open');
    }
    /** Twice is fine; what was written is kept. */
    close(): void {
        native<() => void>('xs_domain_close').call(this);
    }
    get format(): StorageFormat {
        native<() => void>('xs_domain_check').call(this);
        return this.#format;
    }
    set format(value: StorageFormat) {
        native<() => void>('xs_domain_check').call(this);
        this.#format = formatOf(value);
    }
    /** `undefined`: there is no such key. TypeError: its value has another format. */
    read(key: string): StorageValue | undefined;
    /** Fills a buffer; gives the bytes of the value. */
    read(key: string, buffer: ArrayBuffer | ArrayBufferView): number | undefined;
    read(key: string, buffer?: Bytes): StorageValue | undefined {
        native<() => void>('xs_domain_check').call(this);
        const found = check(
            native<(key: Uint8Array) => [number, ArrayBuffer] | number | undefined>('xs_domain_read').call(
                this,
                keyOf(key),
            ),
            'read',
        );
        if (!Array.isArray(found)) {
            return undefined;
        }
        const format = formats[found[0]];
        if (format !== this.#format) {
            throw new TypeError(`read: the value is ${format}`);
        }
        const value = decode(format, found[1]);
        return buffer === undefined ? value : copy(value, buffer);
    }
    /** Returns when the value is on the disk. */
    write(key: string, value: ArrayBuffer | ArrayBufferView | StorageValue): void {
        native<() => void>('xs_domain_check').call(this);
        const name = keyOf(key);
        if (value === undefined) {
            throw new SyntaxError('value required');
        }
        this.#writable();
        const bytes = encode(this.#format, value);
        const write = native<(key: Uint8Array, format: number, value: Bytes) => number>('xs_domain_write');
        check(write.call(this, name, formats.indexOf(this.#format), bytes), 'write');
    }
    /** A key that is not there is left alone. */
    delete(key: string): void {
        native<() => void>('xs_domain_check').call(this);
        const name = keyOf(key);
        this.#writable();
        check(native<(key: Uint8Array) => number>('xs_domain_delete').call(this, name), 'delete');
    }
    /** The keys as they are now. */
    [Symbol.iterator](): IterableIterator<string> {
        const keys = check(native<() => string[] | number>('xs_domain_keys').call(this), 'keys');
        return (keys as string[]).values();
    }
    #writable(): void {
        if (this.#readOnly) {
            throw Object.assign(new Error('opened for reading only'), { code: 'READ_ONLY' });
        }
    }
}

/** The store of the application; where the SDK has `device.storage`. */
const KeyValueStorage = Object.freeze({
    /** Opens a domain; it is made by the first write. */
    open(options: StorageOpenOptions): Storage {
        const { path, format = 'buffer', mode = 'r+' } = options;
        if (path === undefined) {
            throw new Error('open: path required');
        }
        if (mode !== 'r' && mode !== 'r+') {
            throw new Error('open: no such mode');
        }
        return new Storage(`${path}`, formatOf(format), mode === 'r');
    },
});

export default KeyValueStorage;
