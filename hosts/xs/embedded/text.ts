/** TextEncoder and TextDecoder of the Encoding Standard, for UTF-8 only. */

function encode(text: string): Uint8Array {
    return native<(text: string) => Uint8Array>('xs_text_encode').call(undefined, text);
}

/** Bytes at the end of `bytes` that are a UTF-8 sequence cut short (0 to 3). */
function tail(bytes: Uint8Array): number {
    return native<(bytes: Uint8Array) => number>('xs_text_tail').call(undefined, bytes);
}

/** Throws TypeError for malformed bytes when `fatal`, else puts U+FFFD for each. */
function decode(bytes: Uint8Array, fatal: boolean): string {
    return native<(bytes: Uint8Array, fatal: boolean) => string>('xs_text_decode').call(undefined, bytes, fatal);
}

/** Text to UTF-8 bytes. */
export class TextEncoder {
    /** Always 'utf-8'. */
    get encoding(): string {
        return 'utf-8';
    }
    /** UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
    encode(text = ''): Uint8Array {
        return encode(String(text));
    }
}

/** How a decoder treats what is not clean text. */
export interface TextDecoderOptions {
    /** Malformed bytes throw TypeError instead of giving U+FFFD. */
    fatal?: boolean;
    /** Keep a byte order mark. */
    ignoreBOM?: boolean;
}

/** UTF-8 bytes to text, at once or chunk by chunk. */
export class TextDecoder {
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    /** Bytes of a sequence that the last chunk of a stream cut. */
    #rest = new Uint8Array(0);
    #started = false;

    /** RangeError for any label but UTF-8's. */
    constructor(label = 'utf-8', options: TextDecoderOptions = {}) {
        if (!/^\s*(?:utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) {
            throw new RangeError(`TextDecoder: unknown encoding ${label}`);
        }
        this.fatal = options.fatal ?? false;
        this.ignoreBOM = options.ignoreBOM ?? false;
    }
    /** Always 'utf-8'. */
    get encoding(): string {
        return 'utf-8';
    }
    /** Text of the bytes. With `stream`, a sequence that the chunk cuts is kept for the next call. */
    decode(input?: ArrayBuffer | ArrayBufferView, options: { stream?: boolean } = {}): string {
        let bytes = this.#join(input);
        if (options.stream === true) {
            const kept = tail(bytes);
            this.#rest = bytes.slice(bytes.length - kept);
            bytes = bytes.subarray(0, bytes.length - kept);
        } else {
            this.#rest = new Uint8Array(0);
        }
        let text = decode(bytes, this.fatal);
        if (!this.#started && !this.ignoreBOM && text.startsWith('\uFEFF')) {
            text = text.slice(1);
        }
        this.#started = options.stream === true && (this.#started || text.length > 0 || bytes.length > 0);
        return text;
    }
    #join(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
        const chunk =
            input === undefined
                ? new Uint8Array(0)
                : ArrayBuffer.isView(input)
                  ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
                  : new Uint8Array(input);
        if (this.#rest.length === 0) {
            return chunk;
        }
        const joined = new Uint8Array(this.#rest.length + chunk.length);
        joined.set(this.#rest);
        joined.set(chunk, this.#rest.length);
        return joined;
    }
}
