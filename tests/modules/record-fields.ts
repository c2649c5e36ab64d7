/** What a record of a command says, read back from its bytes by the same layout. */

/** Where the fields of a record lie. */
export interface Layout {
    /** Without its items; with the records within it, which are not in `fields`. */
    readonly bytes: number;
    /** Each `NAME KIND OFFSET BYTES`, the kinds of protocol/records.ts; an enum is a u32. */
    readonly fields: readonly string[];
    /** Name of the list whose entries follow. */
    readonly items?: string;
    readonly item?: Layout;
}

type Value = string | number | boolean;

function readField(words: DataView, kind: string, at: number, size: number): Value {
    switch (kind) {
        case 'flag':
            return words.getUint8(at) !== 0;
        case 'u8':
            return words.getUint8(at);
        case 'u16':
            return words.getUint16(at, true);
        case 'i64':
            return words.getInt32(at + 4, true) * 4_294_967_296 + words.getUint32(at, true);
        case 'f64':
            return words.getFloat64(at, true);
        case 'i32':
            return words.getInt32(at, true);
        case 'u32':
            return words.getUint32(at, true);
        default: {
            const text = new TextDecoder().decode(new Uint8Array(words.buffer, words.byteOffset + at, size));
            return text.slice(0, text.indexOf('\0'));
        }
    }
}

/** Its fields by name, in their order. */
export function fieldsOf({ fields, bytes: length }: Layout, bytes: Uint8Array): Record<string, Value> {
    const words = new DataView(bytes.buffer, bytes.byteOffset, length);
    return Object.fromEntries(
        fields.map((field) => {
            const [name = '', kind = '', at, size] = field.split(' ');
            return [name, readField(words, kind, Number(at), Number(size))];
        }),
    );
}

/** The records behind its head. */
export function itemsOf({ bytes: length, item }: Layout, bytes: Uint8Array): Record<string, Value>[] {
    const size = item?.bytes ?? 1;
    const count = item === undefined ? 0 : (bytes.length - length) / size;
    return Array.from({ length: count }, (_, index) =>
        fieldsOf(item as Layout, bytes.slice(length + index * size, length + (index + 1) * size)),
    );
}
