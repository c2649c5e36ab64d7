// Segments of recordings as one fragmented MP4 (ISO/IEC 14496-12): their bytes as they lie, but for decode times and
// sequence numbers, which go on from one piece to the next, as `ocellus export` has it (docs/adr/0060).
import { Damaged } from './index-file.mjs';

/** @typedef {{ type: string, body: number, end: number }} Box */
/** @typedef {{ timescale: number, defaultDuration: number }} Track */

/** Boxes between two places. @param {Buffer} bytes @param {number} from @param {number} to @returns {Box[]} */
export function boxes(bytes, from = 0, to = bytes.length) {
    /** @type {Box[]} */
    const found = [];
    for (let at = from; at < to; ) {
        if (at + 8 > to) throw new Damaged('ends inside of a box');
        const short = bytes.readUInt32BE(at);
        const isLong = short === 1;
        if (isLong && at + 16 > to) throw new Damaged('ends inside of a box');
        const size = isLong ? Number(bytes.readBigUInt64BE(at + 8)) : short === 0 ? to - at : short;
        const body = at + (isLong ? 16 : 8);
        if (at + size > to || at + size < body) throw new Damaged('has a box that is longer than what it lies in');
        found.push({ type: bytes.toString('latin1', at + 4, at + 8), body, end: at + size });
        at += size;
    }
    return found;
}

/** @param {Buffer} bytes @param {Box} box @param {string} type @returns {Box} */
function inside(bytes, { body, end }, type) {
    const found = boxes(bytes, body, end).find((box) => box.type === type);
    if (found === undefined) throw new Damaged(`has no ${type}`);
    return found;
}

/** @param {Buffer} bytes @param {Box} box @param {number} need */
function full({ length }, { type, body, end }, need) {
    if (end - body < need || end > length) throw new Damaged(`has a ${type} that is too short`);
}

/** @param {Buffer} init */
function readInit(init) {
    const moov = boxes(init).find(({ type }) => type === 'moov');
    if (moov === undefined) throw new Damaged('has no moov');
    /** @type {Map<number, Track>} */
    const tracks = new Map();
    /** What must be the same in all that is joined. */
    let coding = '';
    for (const trak of boxes(init, moov.body, moov.end).filter(({ type }) => type === 'trak')) {
        const tkhd = inside(init, trak, 'tkhd');
        const mdia = inside(init, trak, 'mdia');
        const mdhd = inside(init, mdia, 'mdhd');
        full(init, tkhd, 24);
        full(init, mdhd, 24);
        const id = init.readUInt32BE(tkhd.body + (init[tkhd.body] === 1 ? 20 : 12));
        const timescale = init.readUInt32BE(mdhd.body + (init[mdhd.body] === 1 ? 20 : 12));
        const { body, end } = inside(init, inside(init, inside(init, mdia, 'minf'), 'stbl'), 'stsd');
        if (timescale === 0 || tracks.has(id)) throw new Damaged('has a track that is none');
        tracks.set(id, { timescale, defaultDuration: 0 });
        coding += `${id} ${timescale} ${init.toString('hex', body, end)}\n`;
    }
    const mvex = inside(init, moov, 'mvex');
    for (const trex of boxes(init, mvex.body, mvex.end).filter(({ type }) => type === 'trex')) {
        full(init, trex, 16);
        const track = tracks.get(init.readUInt32BE(trex.body + 4));
        if (track) track.defaultDuration = init.readUInt32BE(trex.body + 12);
    }
    if (tracks.size === 0) throw new Damaged('has no track');
    return { tracks, coding };
}

/** @param {bigint} a @param {bigint} b @returns {bigint} */
const common = (a, b) => (b === 0n ? a : common(b, a % b));

/** A part of a fragment: times of one track. @typedef {{ tfdt: Box, isLong: boolean, time: bigint, duration: bigint, step: bigint }} Part */

/** One MP4 out of many pieces, in their order. */
export class Join {
    /** @type {ReturnType<typeof readInit> | undefined} */
    #init;
    #coding = '';
    /** Ticks of a second in which every track has whole ones. */
    #unit = 1n;
    /** Where what was written ends, in units. */
    #end = 0n;
    #shift = 0n;
    #begins = true;
    #sequence = 0;

    /** The init segment of what follows. Its bytes, which belong to the beginning of the file, for the first one; undefined for others. Throws Damaged, also for another coding. @param {Buffer} bytes */
    init(bytes) {
        const { tracks, coding } = readInit(bytes);
        this.#begins = true;
        if (this.#init !== undefined) {
            if (coding !== this.#coding) throw new Damaged('has another coding than what lies before it: get the two parts by themselves');
            return undefined;
        }
        this.#init = { tracks, coding };
        this.#coding = coding;
        this.#unit = [...tracks.values()].reduce((unit, { timescale }) => common(unit, BigInt(timescale)), 0n);
        return bytes;
    }

    /** What goes on with the same first init segment, by `resume`; JSON. */
    state() {
        return { end: String(this.#end), shift: String(this.#shift), begins: this.#begins, sequence: this.#sequence };
    }

    /** Goes on. @param {Buffer} head the first init segment @param {ReturnType<Join['state']>} state */
    static resume(head, { end, shift, begins, sequence }) {
        const join = new Join();
        join.init(head);
        [join.#end, join.#shift, join.#begins, join.#sequence] = [BigInt(end), BigInt(shift), begins, sequence];
        return join;
    }

    /** The next segment does not go on where the one before ended. */
    break() {
        this.#begins = true;
    }

    /** Changes a segment so that it goes on where the one before ended. Throws Damaged. @param {Buffer} bytes */
    segment(bytes) {
        const top = boxes(bytes);
        const moofs = top.filter(({ type }) => type === 'moof');
        if (moofs.length === 0) throw new Damaged('has no fragment');
        const parts = moofs.flatMap((moof) => this.#parts(bytes, moof));
        if (this.#begins) {
            const [first = 0n] = parts.map(({ time, step }) => time / step).sort((a, b) => (a < b ? -1 : 1));
            this.#shift = this.#end - first;
            this.#begins = false;
        }
        for (const { tfdt, isLong, time, duration, step } of parts) {
            const next = time + this.#shift * step;
            if (next < 0n || (!isLong && next >> 32n !== 0n)) throw new Damaged('has times that cannot be moved');
            if (isLong) bytes.writeBigUInt64BE(next, tfdt.body + 4);
            else bytes.writeUInt32BE(Number(next), tfdt.body + 4);
            const end = (next + duration + step - 1n) / step;
            if (end > this.#end) this.#end = end;
        }
        for (const moof of moofs) {
            const mfhd = inside(bytes, moof, 'mfhd');
            full(bytes, mfhd, 8);
            this.#sequence++;
            bytes.writeUInt32BE(this.#sequence, mfhd.body + 4);
        }
        // its check sum is no longer that of the fragment
        for (const { body, end } of top.filter(({ type }) => type === 'free')) bytes.fill(0, body, end);
    }

    /** @param {Buffer} bytes @param {Box} moof @returns {Part[]} */
    #parts(bytes, moof) {
        return boxes(bytes, moof.body, moof.end)
            .filter(({ type }) => type === 'traf')
            .map((traf) => {
                const [tfhd, tfdt] = [inside(bytes, traf, 'tfhd'), inside(bytes, traf, 'tfdt')];
                full(bytes, tfhd, 8);
                full(bytes, tfdt, 8);
                const flags = bytes.readUInt32BE(tfhd.body) & 0xff_ffff;
                const track = this.#init?.tracks.get(bytes.readUInt32BE(tfhd.body + 4));
                if (track === undefined) throw new Damaged('has a track that its init segment has not');
                if (flags & 1) throw new Damaged('has places that are counted from the beginning of its file');
                let { defaultDuration } = track;
                if (flags & 8) {
                    const at = tfhd.body + 8 + (flags & 2 ? 4 : 0);
                    full(bytes, tfhd, at + 4 - tfhd.body);
                    defaultDuration = bytes.readUInt32BE(at);
                }
                const isLong = bytes[tfdt.body] === 1;
                full(bytes, tfdt, isLong ? 12 : 8);
                const time = isLong ? bytes.readBigUInt64BE(tfdt.body + 4) : BigInt(bytes.readUInt32BE(tfdt.body + 4));
                const truns = boxes(bytes, traf.body, traf.end).filter(({ type }) => type === 'trun');
                const duration = truns.reduce((sum, trun) => sum + lengthOf(bytes, trun, defaultDuration), 0n);
                return { tfdt, isLong, time, duration, step: BigInt(track.timescale) / this.#unit };
            });
    }
}

/** Ticks of the samples of a run. @param {Buffer} bytes @param {Box} trun @param {number} defaultDuration @returns {bigint} */
function lengthOf(bytes, trun, defaultDuration) {
    full(bytes, trun, 8);
    const flags = bytes.readUInt32BE(trun.body) & 0xff_ffff;
    const count = bytes.readUInt32BE(trun.body + 4);
    if (!(flags & 0x100)) return BigInt(count) * BigInt(defaultDuration);
    const row = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length * 4;
    const first = trun.body + 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
    full(bytes, trun, first - trun.body + count * row);
    let sum = 0;
    for (let at = first, left = count; left > 0; left--, at += row) sum += bytes.readUInt32BE(at);
    return BigInt(sum);
}
