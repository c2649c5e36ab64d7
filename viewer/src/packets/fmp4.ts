/**
 * Reads fragmented MP4 (ISO/IEC 14496-12 8.8) while it comes in: `ftyp moov`, then `moof mdat` pairs, as
 * docs/formats-media.md says. Trusts nothing: what is damaged is an error, what is unknown is skipped, and no more than
 * one fragment is held.
 */

/** A track of the init segment. */
export interface Track {
    readonly id: number;
    /** Ticks of a second. */
    readonly timescale: number;
    readonly kind: 'video' | 'audio' | 'other';
    /** Sample entry: `mp4v`, `alaw`, `avc1`, …; `mjpeg` for mp4v that carries JPEG. */
    readonly codec: string;
    /** Hz; 0 for what is not sound. */
    readonly sampleRate: number;
    readonly channels: number;
}

/** One access unit. */
export interface Sample {
    readonly track: Track;
    /** When it is shown, seconds on the stream's time line. */
    readonly seconds: number;
    /** 0: not known. */
    readonly duration: number;
    readonly key: boolean;
    /** A copy: owned by whoever gets it. */
    readonly data: Uint8Array<ArrayBuffer>;
}

/** Bytes that are not such a file; the message says what is wrong. */
export class Fmp4Error extends Error {
    override readonly name = 'Fmp4Error';
}

/** Larger boxes are refused: 16 MB is a picture of 8K in JPEG several times over. */
const BOX_MAX = 16 * 1024 * 1024;
/** Samples of one fragment. */
const SAMPLES_MAX = 4096;
const TRACKS_MAX = 8;

interface Box {
    readonly type: string;
    /** Offsets into the view: of its first byte, of its payload, behind its last byte. */
    readonly start: number;
    readonly body: number;
    readonly end: number;
}

interface Defaults {
    duration: number;
    size: number;
    flags: number;
}

function typeAt(view: DataView, at: number): string {
    return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

/** A number of `bytes` bytes inside of a box. */
function read(view: DataView, box: Box, at: number, bytes: 1 | 2 | 4): number {
    if (at < box.body || at + bytes > box.end) {
        throw new Fmp4Error(`${box.type} is too short`);
    }
    return bytes === 1 ? view.getUint8(at) : bytes === 2 ? view.getUint16(at) : view.getUint32(at);
}

/** A number of 64 bits; more than a float holds exactly is refused. */
function read64(view: DataView, box: Box, at: number): number {
    const value = read(view, box, at, 4) * 2 ** 32 + read(view, box, at + 4, 4);
    if (value > Number.MAX_SAFE_INTEGER) {
        throw new Fmp4Error(`${box.type}: a number out of range`);
    }
    return value;
}

/** The boxes between two offsets. */
function boxes(view: DataView, from: number, to: number): Box[] {
    const found: Box[] = [];
    for (let at = from; at + 8 <= to; ) {
        const size = view.getUint32(at);
        const type = typeAt(view, at + 4);
        if (size < 8 || size > to - at) {
            throw new Fmp4Error(`${type}: ${size} bytes do not fit`);
        }
        found.push({ type, start: at, body: at + 8, end: at + size });
        at += size;
    }
    return found;
}

function inside(view: DataView, box: Box, ...path: string[]): Box | undefined {
    let now: Box | undefined = box;
    for (const type of path) {
        now = now && boxes(view, now.body, now.end).find((child) => child.type === type);
    }
    return now;
}

/** The object type of an `esds` (14496-1 7.2.6.5): 0x6C is JPEG. */
function objectType(view: DataView, esds: Box): number {
    let at = esds.body + 4;
    const header = (tag: number): void => {
        if (read(view, esds, at, 1) !== tag) {
            throw new Fmp4Error('esds: not as expected');
        }
        at++;
        for (let n = 0; n < 4 && (read(view, esds, at++, 1) & 0x80) !== 0; n++) {
            // the length takes up to four bytes
        }
    };
    header(3);
    const flags = read(view, esds, at + 2, 1);
    at += 3;
    if (flags !== 0) {
        throw new Fmp4Error('esds: not as expected');
    }
    header(4);
    return read(view, esds, at, 1);
}

function parseTrack(view: DataView, trak: Box): Track {
    const [tkhd, mdhd] = [inside(view, trak, 'tkhd'), inside(view, trak, 'mdia', 'mdhd')];
    const [hdlr, stsd] = [inside(view, trak, 'mdia', 'hdlr'), inside(view, trak, 'mdia', 'minf', 'stbl', 'stsd')];
    if (!tkhd || !mdhd || !hdlr || !stsd) {
        throw new Fmp4Error('a track without its headers');
    }
    const long = (box: Box): boolean => read(view, box, box.body, 1) === 1;
    const id = read(view, tkhd, tkhd.body + (long(tkhd) ? 20 : 12), 4);
    const timescale = read(view, mdhd, mdhd.body + (long(mdhd) ? 20 : 12), 4);
    read(view, hdlr, hdlr.body + 8, 4);
    const handler = typeAt(view, hdlr.body + 8);
    const kind = handler === 'vide' ? 'video' : handler === 'soun' ? 'audio' : 'other';
    const entry = boxes(view, Math.min(stsd.body + 8, stsd.end), stsd.end)[0];
    if (!entry || timescale === 0) {
        throw new Fmp4Error('a track without a format');
    }
    const sound = kind === 'audio';
    let codec = entry.type;
    if (codec === 'mp4v' && entry.end - entry.body > 78) {
        const esds = boxes(view, entry.body + 78, entry.end).find((child) => child.type === 'esds');
        codec = esds && objectType(view, esds) === 0x6c ? 'mjpeg' : codec;
    }
    return {
        id,
        timescale,
        kind,
        codec,
        channels: sound ? read(view, entry, entry.body + 16, 2) : 0,
        sampleRate: sound ? read(view, entry, entry.body + 24, 2) : 0,
    };
}

interface Run {
    readonly box: Box;
    readonly flags: number;
    readonly count: number;
    /** Of the first record. */
    readonly at: number;
    readonly dataOffset: number | undefined;
    readonly firstFlags: number | undefined;
}

function parseRun(view: DataView, trun: Box): Run {
    const flags = read(view, trun, trun.body, 4) & 0xffffff;
    const count = read(view, trun, trun.body + 4, 4);
    const record = [0x100, 0x200, 0x400, 0x800].filter((bit) => (flags & bit) !== 0).length * 4;
    let at = trun.body + 8;
    const optional = (bit: number): number | undefined => {
        if ((flags & bit) === 0) {
            return undefined;
        }
        at += 4;
        return read(view, trun, at - 4, 4);
    };
    const dataOffset = optional(1);
    const firstFlags = optional(4);
    if (count > SAMPLES_MAX || at + count * record > trun.end) {
        throw new Fmp4Error(`trun: ${count} samples do not fit`);
    }
    return { box: trun, flags, count, at, dataOffset: dataOffset === undefined ? undefined : dataOffset | 0, firstFlags };
}

/** A reader of one stream. After an error it is of no use any more. */
export class Fmp4Reader {
    #bytes = new Uint8Array(64 * 1024);
    #held = 0;
    /** Bytes of a skipped box that are still to come. */
    #skip = 0;
    #tracks: Track[] = [];
    readonly #defaults = new Map<number, Defaults>();
    #moof: Uint8Array<ArrayBuffer> | undefined;

    /** Tracks of the newest init segment; none before it came. */
    get tracks(): readonly Track[] {
        return this.#tracks;
    }

    /** Bytes that are held, for tests of the bound. */
    get heldBytes(): number {
        return this.#held + (this.#moof?.length ?? 0);
    }

    /** Takes the next bytes, any number of them. Gives the samples that became whole. Throws `Fmp4Error`. */
    push(chunk: Uint8Array): Sample[] {
        const samples: Sample[] = [];
        let from = 0;
        while (from < chunk.length) {
            const skipped = Math.min(this.#skip, chunk.length - from);
            this.#skip -= skipped;
            from += skipped;
            const taken = Math.min(chunk.length - from, this.#wanted());
            this.#append(chunk.subarray(from, from + taken));
            from += taken;
            this.#take(samples);
        }
        return samples;
    }

    /** How many more bytes make what is begun whole: its header, or all of it. */
    #wanted(): number {
        return this.#held < 8 ? 8 - this.#held : this.#size() - this.#held;
    }

    /** Of the box that is held in part; its header is there. */
    #size(): number {
        return new DataView(this.#bytes.buffer).getUint32(0);
    }

    #append(chunk: Uint8Array): void {
        const needed = this.#held + chunk.length;
        if (needed > this.#bytes.length) {
            const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
            larger.set(this.#bytes.subarray(0, this.#held));
            this.#bytes = larger;
        }
        this.#bytes.set(chunk, this.#held);
        this.#held = needed;
    }

    #take(samples: Sample[]): void {
        if (this.#held < 8) {
            return;
        }
        const size = this.#size();
        const type = typeAt(new DataView(this.#bytes.buffer), 4);
        if (size < 8) {
            throw new Fmp4Error(`${type}: a size of ${size} is not read`);
        }
        if (!/^[\x20-\x7e\xa9]{4}$/.test(type) || (this.#tracks.length === 0 && size > BOX_MAX)) {
            throw new Fmp4Error('this is no MP4');
        }
        if (!['moov', 'moof', 'mdat'].includes(type)) {
            this.#skip = size - this.#held; // the header alone is held, or all of a box of 8 bytes
            this.#held = 0;
            return;
        }
        if (size > BOX_MAX) {
            throw new Fmp4Error(`${type}: ${size} bytes are too many`);
        }
        if (this.#held < size) {
            return;
        }
        const box = this.#bytes.slice(0, size);
        this.#held = 0;
        if (type === 'moov') {
            this.#onInit(box);
        } else if (type === 'moof') {
            this.#moof = box;
        } else if (this.#moof) {
            const moof = this.#moof;
            this.#moof = undefined;
            this.#onFragment(moof, box, samples);
        }
    }

    #onInit(moov: Uint8Array<ArrayBuffer>): void {
        const view = new DataView(moov.buffer);
        const whole: Box = { type: 'moov', start: 0, body: 8, end: moov.length };
        const children = boxes(view, 8, moov.length);
        const traks = children.filter((box) => box.type === 'trak');
        if (traks.length === 0 || traks.length > TRACKS_MAX) {
            throw new Fmp4Error(`moov: ${traks.length} tracks`);
        }
        this.#tracks = traks.map((trak) => parseTrack(view, trak));
        this.#defaults.clear();
        const mvex = inside(view, whole, 'mvex');
        for (const trex of mvex ? boxes(view, mvex.body, mvex.end).filter((box) => box.type === 'trex') : []) {
            const word = (n: number): number => read(view, trex, trex.body + 4 + 4 * n, 4);
            this.#defaults.set(word(0), { duration: word(2), size: word(3), flags: word(4) });
        }
    }

    #onFragment(moof: Uint8Array<ArrayBuffer>, mdat: Uint8Array<ArrayBuffer>, samples: Sample[]): void {
        const view = new DataView(moof.buffer);
        for (const traf of boxes(view, 8, moof.length).filter((box) => box.type === 'traf')) {
            this.#onTrack(view, traf, mdat, samples);
        }
    }

    #onTrack(view: DataView, traf: Box, mdat: Uint8Array<ArrayBuffer>, samples: Sample[]): void {
        const children = boxes(view, traf.body, traf.end);
        const tfhd = children.find((box) => box.type === 'tfhd');
        const tfdt = children.find((box) => box.type === 'tfdt');
        if (!tfhd || !tfdt) {
            throw new Fmp4Error('a fragment without tfhd or tfdt');
        }
        const id = read(view, tfhd, tfhd.body + 4, 4);
        const track = this.#tracks.find((one) => one.id === id);
        if (!track) {
            return; // of a track nobody announced
        }
        const defaults = this.#header(view, tfhd, id);
        const wide = read(view, tfdt, tfdt.body, 1) === 1;
        let ticks = wide ? read64(view, tfdt, tfdt.body + 4) : read(view, tfdt, tfdt.body + 4, 4);
        let at = 8;
        for (const box of children.filter((child) => child.type === 'trun')) {
            const run = parseRun(view, box);
            // offsets count from the start of moof, and mdat follows it
            at = run.dataOffset === undefined ? at : run.dataOffset - view.byteLength;
            let entry = run.at;
            const word = (bit: number, otherwise: number): number => {
                if ((run.flags & bit) === 0) {
                    return otherwise;
                }
                entry += 4;
                return read(view, box, entry - 4, 4);
            };
            for (let n = 0; n < run.count; n++) {
                const duration = word(0x100, defaults.duration);
                const size = word(0x200, defaults.size);
                const flags = word(0x400, n === 0 && run.firstFlags !== undefined ? run.firstFlags : defaults.flags);
                const shift = word(0x800, 0) | 0;
                if (at < 8 || size > mdat.length - at) {
                    throw new Fmp4Error(`a sample of ${size} bytes lies outside of mdat`);
                }
                const key = (flags & 0x10000) === 0;
                const seconds = (ticks + shift) / track.timescale;
                samples.push({ track, seconds, duration: duration / track.timescale, key, data: mdat.slice(at, at + size) });
                at += size;
                ticks += duration;
            }
        }
    }

    /** What holds for samples that say nothing: of tfhd, else of trex. */
    #header(view: DataView, tfhd: Box, id: number): Defaults {
        const flags = read(view, tfhd, tfhd.body, 4) & 0xffffff;
        let at = tfhd.body + 8 + ((flags & 1) !== 0 ? 8 : 0) + ((flags & 2) !== 0 ? 4 : 0);
        const found = this.#defaults.get(id) ?? { duration: 0, size: 0, flags: 0 };
        const word = (bit: number, otherwise: number): number => {
            if ((flags & bit) === 0) {
                return otherwise;
            }
            at += 4;
            return read(view, tfhd, at - 4, 4);
        };
        return { duration: word(8, found.duration), size: word(0x10, found.size), flags: word(0x20, found.flags) };
    }
}
