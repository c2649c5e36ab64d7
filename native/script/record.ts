/** Records of commands as their bytes. Pure; which there are: `ocellus/records`. */

/** Where the fields of a record lie. */
export interface Layout {
    /** Without its items. */
    readonly bytes: number;
    /** Each `NAME KIND OFFSET BYTES`, the kinds of protocol/records.ts. */
    readonly fields: readonly string[];
    /** Name of the list whose entries follow. */
    readonly items?: string;
    readonly item?: Layout;
}

const [twoTo32, twoTo53] = [4_294_967_296, 9_007_199_254_740_992];

/** Bytes of a text of at most `most`, cut between two characters. */
function fitting(bytes: Uint8Array, most: number): Uint8Array {
    let end = Math.min(bytes.length, most);
    while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
        end--;
    }
    return bytes.subarray(0, end);
}

function putText(out: Uint8Array, name: string, value: unknown, size: number, cut: boolean): void {
    const text = Array.isArray(value) ? value.join('\n') : (value ?? '');
    if (typeof text !== 'string') {
        throw new TypeError(`${name} must be a string`);
    }
    const bytes = new TextEncoder().encode(text);
    if (bytes.includes(0)) {
        throw new RangeError(`${name}: a text with a zero byte`);
    }
    if (bytes.length >= size && !cut) {
        throw new RangeError(`${name}: longer than ${size - 1} bytes`);
    }
    out.set(fitting(bytes, size - 1));
}

/** A number of `bits`, negative ones as their two's complement. */
function checked(name: string, value: unknown, bits: number): number {
    const number = Number(value ?? 0);
    if (!(number >= -(2 ** (bits - 1)) && number < 2 ** bits)) {
        throw new RangeError(`${name}: not a number of ${bits} bits`);
    }
    return number;
}

function putNumber(words: DataView, name: string, kind: string, at: number, value: unknown): void {
    switch (kind) {
        case 'flag':
            words.setUint8(at, value ? 1 : 0);
            break;
        case 'u8':
            words.setUint8(at, checked(name, value, 8));
            break;
        case 'u16':
            words.setUint16(at, checked(name, value, 16), true);
            break;
        case 'i64': {
            const number = Math.trunc(Number(value ?? 0));
            if (!(Math.abs(number) < twoTo53)) {
                throw new RangeError(`${name}: not a number of 53 bits`);
            }
            const high = Math.floor(number / twoTo32);
            words.setUint32(at, number - high * twoTo32, true);
            words.setInt32(at + 4, high, true);
            break;
        }
        case 'f64':
            words.setFloat64(at, Number(value), true);
            break;
        default:
            words.setUint32(at, checked(name, value, 32), true);
    }
}

function put(out: Uint8Array, { fields }: Layout, value: object, items: number): void {
    const words = new DataView(out.buffer, out.byteOffset, out.byteLength);
    const given = value as Readonly<Record<string, unknown>>;
    for (const field of fields) {
        const [name = '', kind = '', place, size] = field.split(' ');
        const at = Number(place);
        if (kind === 'text' || kind === 'cut') {
            // a name: of the fields of a record
            putText(out.subarray(at), name, given[name], Number(size), kind === 'cut');
        } else {
            // a name: of the fields of a record
            putNumber(words, name, kind, at, name.endsWith('.length') ? items : given[name]);
        }
    }
}

/** The bytes of a record: fields that are left out are 0, false or ''. Throws TypeError or RangeError with the field's name. */
export function recordBytes(layout: Layout, value: object): Uint8Array {
    const { bytes, items = '', item } = layout;
    // a name: of a layout
    const list = item === undefined ? [] : (value as Readonly<Record<string, readonly object[]>>)[items];
    const count = list?.length ?? 0;
    const out = new Uint8Array(bytes + count * (item?.bytes ?? 0));
    put(out, layout, value, count);
    list?.forEach((entry, index) => {
        if (item !== undefined) {
            put(out.subarray(bytes + index * item.bytes), item, entry, 0);
        }
    });
    return out;
}
