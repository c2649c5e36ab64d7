/** Writes the bytes of records of commands, and reads lines of replies; which there are: `ocellus/records`, `ocellus/reply-rows`. Pure. */

const [twoTo32, twoTo53] = [4_294_967_296, 9_007_199_254_740_992];

/** Bytes of a text of at most `most`, cut between two characters. */
function fitting(bytes: Uint8Array, most: number): Uint8Array {
    let end = Math.min(bytes.length, most);
    while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
        end--;
    }
    return bytes.subarray(0, end);
}

/** Puts the fields of a record to where it begins. */
export type Put<T> = (to: RecordWriter, value: T) => void;

/**
 * One for each parcel. Fields have a place from the beginning of their record; one that is left out is 0, false or ''.
 * Throws RangeError with the field's name: a text is too long or has a NUL, a number has no place there; TypeError: it must
 * be a text.
 */
export class RecordWriter {
    readonly bytes: Uint8Array;
    readonly #view: DataView;
    readonly #encoder = new TextEncoder();
    #base = 0;
    #prefix = '';

    /** All 0. */
    constructor(size: number) {
        this.bytes = new Uint8Array(size);
        this.#view = new DataView(this.bytes.buffer);
    }

    /** A text with its NUL, or a list of them, one a line. */
    text(name: string, at: number, size: number, value: unknown): void {
        this.#text(name, at, size, value, false);
    }

    /** A text for people, cut when it is too long. */
    cut(name: string, at: number, size: number, value: unknown): void {
        this.#text(name, at, size, value, true);
    }

    flag(_name: string, at: number, value: unknown): void {
        this.#view.setUint8(this.#base + at, value ? 1 : 0);
    }

    u8(name: string, at: number, value: unknown): void {
        this.#view.setUint8(this.#base + at, this.#whole(name, value, 0, 256));
    }

    u16(name: string, at: number, value: unknown): void {
        this.#view.setUint16(this.#base + at, this.#whole(name, value, 0, 65_536), true);
    }

    u32(name: string, at: number, value: unknown): void {
        this.#view.setUint32(this.#base + at, this.#whole(name, value, 0, twoTo32), true);
    }

    i32(name: string, at: number, value: unknown): void {
        this.#view.setInt32(this.#base + at, this.#whole(name, value, -(2 ** 31), twoTo32), true);
    }

    /** Below 2^53; a fraction is cut off. */
    i64(name: string, at: number, value: unknown): void {
        const number = Math.trunc(Number(value ?? 0));
        if (!(Math.abs(number) < twoTo53)) {
            throw new RangeError(`${this.#prefix}${name}: not a number of 53 bits`);
        }
        const high = Math.floor(number / twoTo32);
        this.#view.setUint32(this.#base + at, number - high * twoTo32, true);
        this.#view.setInt32(this.#base + at + 4, high, true);
    }

    f64(_name: string, at: number, value: unknown): void {
        this.#view.setFloat64(this.#base + at, Number(value), true);
    }

    /** A record at a place of this one; `prefix`: before the names of its fields. Undefined: all of it is 0. */
    record<T>(prefix: string, at: number, put: Put<T>, value: T | undefined): void {
        if (value !== undefined) {
            const [base, before] = [this.#base, this.#prefix];
            this.#base = base + at;
            this.#prefix = before + prefix;
            put(this, value);
            this.#base = base;
            this.#prefix = before;
        }
    }

    #text(name: string, at: number, size: number, value: unknown, cut: boolean): void {
        const text = Array.isArray(value) ? value.join('\n') : (value ?? '');
        if (typeof text !== 'string') {
            throw new TypeError(`${this.#prefix}${name} must be a string`);
        }
        if (text === '') {
            return;
        }
        const bytes = this.#encoder.encode(text);
        if (bytes.includes(0)) {
            throw new RangeError(`${this.#prefix}${name}: a text with a zero byte`);
        }
        if (bytes.length >= size && !cut) {
            throw new RangeError(`${this.#prefix}${name}: longer than ${size - 1} bytes`);
        }
        this.bytes.set(fitting(bytes, size - 1), this.#base + at);
    }

    /** A whole number from `least` up to that many above it. */
    #whole(name: string, value: unknown, least: number, count: number): number {
        const number = value ?? 0;
        if (!(Number.isInteger(number) && Number(number) >= least && Number(number) < least + count)) {
            const range = `from ${least} to ${least + count - 1}`;
            const what = `${this.#prefix}${name}: ${String(value)}`;
            throw new RangeError(`${what} is not allowed; use a whole number ${range}`);
        }
        return Number(number);
    }
}

/** The bytes of a record of `size` bytes with nothing behind it. */
export function recordBytes<T>(size: number, put: Put<T>, value: T): Uint8Array {
    const to = new RecordWriter(size);
    put(to, value);
    return to.bytes;
}

/** The same with others behind it, of `step` bytes each. */
export function listBytes<T, I>(
    size: number,
    put: Put<T>,
    value: T,
    step: number,
    putItem: Put<I>,
    items: readonly I[],
): Uint8Array {
    const to = new RecordWriter(size + items.length * step);
    put(to, value);
    items.forEach((item, index) => {
        to.record('', size + index * step, putItem, item);
    });
    return to.bytes;
}

/** One for each parcel: fields as text, each ended by NUL. Behind the last one all are empty. */
export class LineReader {
    readonly #text: string;
    #at = 0;
    #isOver = false;

    constructor(text: string) {
        this.#text = text;
    }

    text(): string {
        const end = this.#text.indexOf('\0', this.#at);
        if (end < 0) {
            this.#isOver = true;
            return '';
        }
        const field = this.#text.slice(this.#at, end);
        this.#at = end + 1;
        return field;
    }

    number(): number {
        return Number(this.text());
    }

    optional(): number | undefined {
        const field = this.text();
        return field === '' ? undefined : Number(field);
    }

    flag(): boolean {
        return this.text() === '1';
    }

    /** All that follow; one that is cut off is left out. */
    rows<T>(read: (from: LineReader) => T): T[] {
        const rows: T[] = [];
        for (;;) {
            const row = read(this);
            if (this.#isOver) {
                return rows;
            }
            rows.push(row);
        }
    }
}
