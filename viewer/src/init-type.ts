/** What an init segment (`ftyp moov`) of ours describes, as browsers want to be asked: the media type with its codecs. */

/** Boxes that only hold others, on the way to the sample entries. */
const holders = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);
/** Where the boxes of a sample entry begin behind its header: pictures and sound (ISO/IEC 14496-12 12.1.3, 12.2.3). */
const PICTURE_ENTRY = 78;

const hex = (value: number): string => value.toString(16).padStart(2, '0').toUpperCase();

/** Calls `found` with type, body and end of each box between two offsets; stops at one that does not fit. */
function eachBox(view: DataView, from: number, to: number, found: (type: string, body: number, end: number) => void): void {
    for (let at = from; at + 8 <= to; ) {
        const size = view.getUint32(at);
        if (size < 8 || size > to - at) {
            return;
        }
        const type = String.fromCharCode(...[4, 5, 6, 7].map((n) => view.getUint8(at + n)));
        found(type, at + 8, at + size);
        at += size;
    }
}

/** `hvc1.1.6.L120.90` (ISO/IEC 14496-15 E.3). */
function hevc(name: string, view: DataView, body: number): string {
    const first = view.getUint8(body + 1);
    let compatible = 0;
    for (let bit = 0; bit < 32; bit++) {
        compatible |= ((view.getUint32(body + 2) >>> bit) & 1) << (31 - bit);
    }
    const constraints: number[] = [];
    for (let n = 0; n < 6; n++) {
        constraints.push(view.getUint8(body + 6 + n));
    }
    while (constraints.at(-1) === 0) {
        constraints.pop();
    }
    const space = ['', 'A', 'B', 'C'][first >> 6] ?? '';
    const tier = (first & 0x20) !== 0 ? 'H' : 'L';
    return [name, `${space}${first & 0x1f}`, (compatible >>> 0).toString(16).toUpperCase(), `${tier}${view.getUint8(body + 12)}`, ...constraints.map(hex)].join('.');
}

function codecOf(type: string, view: DataView, body: number, end: number): string {
    let codec = type === 'mp4a' ? 'mp4a.40.2' : type === 'Opus' ? 'opus' : type;
    if (/^(avc|hvc|hev)/.test(type)) {
        eachBox(view, body + PICTURE_ENTRY, end, (child, at, childEnd) => {
            if (child === 'avcC' && childEnd - at >= 4) {
                codec = `${type}.${[1, 2, 3].map((n) => hex(view.getUint8(at + n))).join('')}`;
            } else if (child === 'hvcC' && childEnd - at >= 13) {
                codec = hevc(type, view, at);
            }
        });
    }
    return codec;
}

/** RFC 6381 names of the codecs in an init segment, video first as we write them. */
export function codecsOf(init: Uint8Array): string[] {
    const view = new DataView(init.buffer, init.byteOffset, init.byteLength);
    const codecs: string[] = [];
    const walk = (from: number, to: number): void =>
        eachBox(view, from, to, (type, body, end) => {
            if (holders.has(type)) {
                walk(body, end);
            } else if (type === 'stsd') {
                eachBox(view, body + 8, end, (entry, at, entryEnd) => codecs.push(codecOf(entry, view, at, entryEnd)));
            }
        });
    walk(0, init.byteLength);
    return codecs;
}
