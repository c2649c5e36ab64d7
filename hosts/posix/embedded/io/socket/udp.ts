/**
 * UDP of ECMA-419: datagrams that a script sends and receives. Members are those of the Moddable SDK. Ours beside:
 * `address` of the constructor, IPv6, `localPort`; a datagram to a group leaves by each interface that is up and no
 * loopback. A closed object and a wrong receiver are a `SyntaxError`. docs/design/network.md lists what differs.
 */

/** Bytes that can be read in place. */
export type ByteBuffer = ArrayBuffer | Uint8Array | Int8Array | Uint8ClampedArray | DataView;

/** Where it receives, and what is called. */
export interface Options {
    /** Of this machine, IPv4 or IPv6; default "0.0.0.0", all of IPv4; "::": all of IPv6. */
    address?: string | undefined;
    /** Of this machine; default 0: one that is free. */
    port?: number | undefined;
    /** So many datagrams can be read, or more: read until there is none. */
    onReadable?: ((this: UDP, packets: number) => void) | undefined;
    /** Only "buffer". */
    format?: 'buffer' | undefined;
    /** Becomes the property of this name. */
    target?: unknown;
}

/** What came, and from where. */
export interface Datagram extends ArrayBuffer {
    readonly address: string;
    readonly port: number;
}

interface Handle {
    readonly socket: never;
}

interface NativeUdp {
    /** A negative code of oc_err.h when it cannot be opened. */
    open(callback: () => void, address: string, port: number): Handle | number;
    close(handle: Handle): void;
    port(handle: Handle): number;
    read(handle: Handle): Datagram | undefined;
    /** A negative code of oc_err.h when it cannot be sent. */
    write(handle: Handle, bytes: Uint8Array, address: string, port: number): number;
}

const nativeUdp: NativeUdp = {
    open(callback, address, port) {
        return native<NativeUdp['open']>('xs_udp_open').call(this, callback, address, port);
    },
    close(handle) {
        native<NativeUdp['close']>('xs_udp_end').call(this, handle);
    },
    port(handle) {
        return native<NativeUdp['port']>('xs_udp_port').call(this, handle);
    },
    read(handle) {
        return native<NativeUdp['read']>('xs_udp_take').call(this, handle);
    },
    write(handle, bytes, address, port) {
        return native<NativeUdp['write']>('xs_udp_put').call(this, handle, bytes, address, port);
    },
};
Object.freeze(nativeUdp);

function bytesOf(value: unknown): Uint8Array {
    if (value instanceof ArrayBuffer) {
        return new Uint8Array(value);
    }
    if (ArrayBuffer.isView(value) && ((value as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1) === 1) {
        return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
    }
    throw new TypeError('UDP: neither an ArrayBuffer nor a view of bytes');
}

function addressOf(value: unknown): string {
    if (typeof value !== 'string' || !/^[0-9A-Fa-f.:]{2,45}$/.test(value)) {
        throw new Error('UDP: address is neither IPv4 nor IPv6');
    }
    return value;
}

function portOf(value: unknown, least: number): number {
    const port = Math.trunc(Number(value));
    if (!(port >= least && port <= 65_535)) {
        throw new RangeError(`UDP: port is not from ${least} to 65535`);
    }
    return port;
}

function openError(code: number): Error {
    switch (code) {
        case -1:
            return new Error('UDP: address is neither IPv4 nor IPv6');
        case -7:
            return new Error('UDP: 16 sockets are open; close some');
        default:
            return new Error('UDP: address or port cannot be had on this machine');
    }
}

/** A socket of UDP. */
export default class UDP {
    /** Undefined: closed. */
    #handle: Handle | undefined;

    constructor(options: Options = {}) {
        const { address = '0.0.0.0', port = 0, format = 'buffer', onReadable } = options;
        if (format !== 'buffer') {
            throw new RangeError(`UDP format: ${String(format)} is not "buffer"`);
        }
        const handle = nativeUdp.open(() => onReadable?.call(this, 1), addressOf(address), portOf(port, 0));
        if (typeof handle === 'number') {
            throw openError(handle);
        }
        this.#handle = handle;
        if ('target' in options) {
            Object.defineProperty(this, 'target', {
                value: options.target,
                writable: true,
                enumerable: true,
                configurable: true,
            });
        }
    }

    static #of(value: unknown): UDP {
        if (typeof value !== 'object' || value === null || !(#handle in value)) {
            throw new SyntaxError('UDP: no UDP object');
        }
        return value;
    }

    static #opened(value: unknown): Handle {
        const handle = UDP.#of(value).#handle;
        if (handle === undefined) {
            throw new SyntaxError('UDP: closed');
        }
        return handle;
    }

    /** Twice is fine. */
    close(): void {
        const handle = UDP.#of(this).#handle;
        this.#handle = undefined;
        if (handle !== undefined) {
            nativeUdp.close(handle);
        }
    }

    /** The next datagram, of at most 8,192 bytes; longer ones are dropped. Undefined: there is none. */
    read(): Datagram | undefined {
        return nativeUdp.read(UDP.#opened(this));
    }

    /**
     * Sends a datagram to an address of the socket's family, to a group by every interface. Throws when the system does
     * not take it: no way there, too long; that it is taken says nothing about its arrival.
     */
    write(buffer: ByteBuffer, address: string, port: number): void {
        const handle = UDP.#opened(this);
        if (nativeUdp.write(handle, bytesOf(buffer), addressOf(address), portOf(port, 1)) < 0) {
            throw new Error('UDP write: it cannot be sent there from this machine');
        }
    }

    /** Of this end. */
    get localPort(): number {
        return nativeUdp.port(UDP.#opened(this));
    }

    get format(): 'buffer' {
        UDP.#opened(this);
        return 'buffer';
    }
}
Object.freeze(UDP.prototype);
