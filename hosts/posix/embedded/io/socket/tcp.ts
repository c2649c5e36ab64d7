/**
 * TCP of ECMA-419: a connection that a script opens. Members and errors are those of the Moddable SDK for Linux, driven by
 * events of the loop instead of a poll; `host` is looked up beside. A closed object and a wrong receiver are a
 * `SyntaxError`, as there. docs/design/network.md lists what is ours and what differs.
 */

/** What `read` gives and `write` takes. */
export type Format = 'number' | 'buffer';

/** Bytes that can be read and written in place. */
export type ByteBuffer = ArrayBuffer | Uint8Array | Int8Array | Uint8ClampedArray | DataView;

/** Where to, and what is called. */
export interface Options {
    /** IPv4 or IPv6. */
    address?: string | undefined;
    /** A name, in place of `address`. */
    host?: string | undefined;
    port?: number | undefined;
    /** In place of those: another connection, which is closed for its owner. */
    from?: TCP | undefined;
    nodelay?: boolean | undefined;
    /** The same. */
    noDelay?: boolean | undefined;
    /** Seconds without data before the other end is asked whether it is there; 0: never. */
    keepAlive?: number | undefined;
    /** So many bytes can be read. */
    onReadable?: ((this: TCP, bytes: number) => void) | undefined;
    /** So many bytes can be written. */
    onWritable?: ((this: TCP, bytes: number) => void) | undefined;
    /** It failed, or the other end closed it; what came has been read. */
    onError?: ((this: TCP, error: Error) => void) | undefined;
    /** Default "buffer". */
    format?: Format | undefined;
    /** Becomes the property of this name. */
    target?: unknown;
}

interface Handle {
    readonly connection: never;
}
type Callback = (kind: number, bytes: number, why: string) => void;

/** What a connection reports; as in tcp_xs.c. */
const kinds = Object.freeze({ readable: 0, writable: 1, error: 2 });

interface NativeTcp {
    /** nodelay: -1 as it is. A negative code of oc_err.h when it cannot be opened. */
    open(
        callback: Callback,
        host: string,
        named: boolean,
        port: number,
        nodelay: number,
        keepAlive: number,
    ): Handle | number;
    close(handle: Handle): void;
    again(handle: Handle): void;
    readable(handle: Handle): number;
    read(handle: Handle, bytes: Uint8Array): void;
    writable(handle: Handle): number;
    write(handle: Handle, bytes: Uint8Array): void;
    /** "ADDRESS PORT", or '': not connected */
    remote(handle: Handle): string;
}

const nativeTcp: NativeTcp = {
    open(callback, host, named, port, nodelay, keepAlive) {
        return native<NativeTcp['open']>('xs_tcp_open').call(this, callback, host, named, port, nodelay, keepAlive);
    },
    close(handle) {
        native<NativeTcp['close']>('xs_tcp_end').call(this, handle);
    },
    again(handle) {
        native<NativeTcp['again']>('xs_tcp_again').call(this, handle);
    },
    readable(handle) {
        return native<NativeTcp['readable']>('xs_tcp_readable').call(this, handle);
    },
    read(handle, bytes) {
        native<NativeTcp['read']>('xs_tcp_take').call(this, handle, bytes);
    },
    writable(handle) {
        return native<NativeTcp['writable']>('xs_tcp_writable').call(this, handle);
    },
    write(handle, bytes) {
        native<NativeTcp['write']>('xs_tcp_put').call(this, handle, bytes);
    },
    remote(handle) {
        return native<NativeTcp['remote']>('xs_tcp_remote').call(this, handle);
    },
};
Object.freeze(nativeTcp);

function bytesOf(value: unknown): Uint8Array {
    if (value instanceof ArrayBuffer) {
        return new Uint8Array(value);
    }
    if (ArrayBuffer.isView(value) && ((value as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1) === 1) {
        return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
    }
    throw new TypeError('TCP: neither an ArrayBuffer nor a view of bytes');
}

function formatOf(value: unknown): Format {
    if (value !== 'number' && value !== 'buffer') {
        throw new RangeError(`TCP format: ${String(value)} is neither "number" nor "buffer"`);
    }
    return value;
}

/** As the SDK converts it; a symbol is a TypeError. */
function portOf(value: unknown): number {
    if (value === undefined) {
        throw new Error('TCP: port is missing');
    }
    const port = Math.trunc(Number(value));
    if (!(port >= 1 && port <= 65_535)) {
        throw new RangeError('TCP: port is not from 1 to 65535');
    }
    return port;
}

function openError(code: number): Error {
    switch (code) {
        case -1:
            return new Error('TCP: address is neither IPv4 nor IPv6; give a name as host');
        case -7:
            return new Error('TCP: 128 connections or 32 lookups are under way; close some');
        default:
            return new Error('TCP: no memory');
    }
}

/** A connection and who is told of it: another object after `from`. */
interface Link {
    handle: Handle;
    owner: TCP;
}

/** A TCP connection. */
export default class TCP {
    /** Undefined: closed. */
    #link: Link | undefined;
    #format: Format;
    readonly #onReadable: Options['onReadable'];
    readonly #onWritable: Options['onWritable'];
    readonly #onError: Options['onError'];

    constructor(options: Options) {
        this.#format = formatOf(options.format ?? 'buffer');
        this.#onReadable = options.onReadable;
        this.#onWritable = options.onWritable;
        this.#onError = options.onError;
        this.#link = 'from' in options ? this.#adopt(options.from) : this.#open(options);
        if ('target' in options) {
            Object.defineProperty(this, 'target', {
                value: options.target,
                writable: true,
                enumerable: true,
                configurable: true,
            });
        }
    }

    #open(options: Options): Link {
        const port = portOf(options.port);
        const host = options.address ?? options.host;
        if (typeof host !== 'string' || !/^[A-Za-z0-9._:-]{1,253}$/.test(host)) {
            throw new Error('TCP: neither address nor host, or not one');
        }
        const nodelay = options.nodelay ?? options.noDelay;
        const link: { handle?: Handle; owner: TCP } = { owner: this };
        const handle = nativeTcp.open(
            (kind, bytes, why) => {
                link.owner.#report(kind, bytes, why);
            },
            host,
            options.address === undefined,
            port,
            nodelay === undefined ? -1 : Number(Boolean(nodelay)),
            Math.min(32_767, Math.max(0, Math.trunc(Number(options.keepAlive ?? 0)) || 0)),
        );
        if (typeof handle === 'number') {
            throw openError(handle);
        }
        link.handle = handle;
        return link as Link;
    }

    #adopt(from: unknown): Link {
        const link = TCP.#of(from).#link;
        if (link === undefined) {
            throw new SyntaxError('TCP: from is closed');
        }
        (from as TCP).#link = undefined;
        link.owner = this;
        nativeTcp.again(link.handle);
        return link;
    }

    static #of(value: unknown): TCP {
        if (typeof value !== 'object' || value === null || !(#link in value)) {
            throw new SyntaxError('TCP: no TCP object');
        }
        return value;
    }

    /** The handle of an open connection. */
    static #opened(value: unknown): Handle {
        const link = TCP.#of(value).#link;
        if (link === undefined) {
            throw new SyntaxError('TCP: closed');
        }
        return link.handle;
    }

    #report(kind: number, bytes: number, why: string): void {
        if (kind === kinds.readable) {
            this.#onReadable?.call(this, bytes);
        } else if (kind === kinds.writable) {
            this.#onWritable?.call(this, bytes);
        } else {
            this.#onError?.call(this, new Error(`TCP: ${why}`));
        }
    }

    /** Twice is fine. */
    close(): void {
        const link = TCP.#of(this).#link;
        this.#link = undefined;
        if (link !== undefined) {
            nativeTcp.close(link.handle);
        }
    }

    /**
     * Undefined: nothing came. Format number: one byte. Format buffer: `count` bytes, default all; or into a buffer,
     * the number of its bytes. Throws when fewer came.
     */
    read(count?: number): number | ArrayBuffer | undefined;
    read(buffer: ByteBuffer): number | undefined;
    read(desired?: number | ByteBuffer): number | ArrayBuffer | undefined {
        const handle = TCP.#opened(this);
        const there = nativeTcp.readable(handle);
        if (there === 0) {
            return undefined;
        }
        if (this.#format === 'number') {
            const one = new Uint8Array(1);
            nativeTcp.read(handle, one);
            return one[0];
        }
        const into = desired === undefined || typeof desired === 'number' ? undefined : bytesOf(desired);
        const count = into === undefined ? Math.trunc(Number(desired ?? there)) : into.length;
        if (!(count > 0 && count <= there)) {
            throw new Error(`TCP read: ${count} bytes, ${there} came`);
        }
        const bytes = into ?? new Uint8Array(count);
        nativeTcp.read(handle, bytes);
        return into === undefined ? (bytes.buffer as ArrayBuffer) : count;
    }

    /** A byte or bytes; the number of bytes that can be written before `onWritable` is called again. */
    write(value: number | ByteBuffer): number {
        const handle = TCP.#opened(this);
        const bytes = this.#format === 'number' ? Uint8Array.of(Number(value)) : bytesOf(value);
        if (bytes.length > nativeTcp.writable(handle)) {
            throw new Error('TCP write: would block; write at most what onWritable says');
        }
        nativeTcp.write(handle, bytes);
        return nativeTcp.writable(handle);
    }

    /** Of the other end; undefined: not connected. */
    get remoteAddress(): string | undefined {
        const remote = nativeTcp.remote(TCP.#opened(this));
        return remote === '' ? undefined : remote.slice(0, remote.indexOf(' '));
    }

    /** The same. */
    get remotePort(): number | undefined {
        const remote = nativeTcp.remote(TCP.#opened(this));
        return remote === '' ? undefined : Number(remote.slice(remote.indexOf(' ')));
    }

    get format(): Format {
        TCP.#opened(this);
        return this.#format;
    }

    set format(value: Format) {
        TCP.#opened(this);
        this.#format = formatOf(value);
    }
}
Object.freeze(TCP.prototype);
