// Fragmented MP4 as the device writes it (docs/formats-media.md), for tests of its reader.

/** @param {number} value */
const u8 = (value) => Buffer.from([value]);
/** @param {number} value */
const u16 = (value) => Buffer.from([value >> 8, value & 255]);
/** @param {number} value */
export const u32 = (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    return bytes;
};
/** @param {number} value */
const u64 = (value) => Buffer.concat([u32(Math.floor(value / 2 ** 32)), u32(value % 2 ** 32)]);

/** @param {string} type @param {...Uint8Array} body */
export const box = (type, ...body) => {
    const all = Buffer.concat(body);
    return Buffer.concat([u32(8 + all.length), Buffer.from(type, 'latin1'), all]);
};
/** @param {number} count */
const zeros = (count) => Buffer.alloc(count);

/** @typedef {{ id: number, timescale: number, codec: string, sampleRate?: number, channels?: number }} Track */

const esds = box('esds', u32(0), u8(3), u8(21), u16(1), u8(0), u8(4), u8(13), u8(0x6c), zeros(12), u8(6), u8(1), u8(2));

/** @param {Track} track */
function entry(track) {
    if (track.sampleRate !== undefined) {
        return box(track.codec, zeros(6), u16(1), zeros(8), u16(track.channels ?? 1), u16(16), zeros(4), u16(track.sampleRate), u16(0));
    }
    return box('mp4v', zeros(6), u16(1), zeros(16), u16(640), u16(360), u32(0x480000), u32(0x480000), u32(0), u16(1), zeros(32), u16(24), u16(0xffff), esds);
}

/** @param {Track} track */
function trak(track) {
    const sound = track.sampleRate !== undefined;
    const stsd = box('stsd', u32(0), u32(1), entry(track));
    return box(
        'trak',
        box('tkhd', u32(7), u32(0), u32(0), u32(track.id), zeros(68)),
        box(
            'mdia',
            box('mdhd', u32(0), u32(0), u32(0), u32(track.timescale), u32(0), u32(0x55c40000)),
            box('hdlr', u32(0), u32(0), Buffer.from(sound ? 'soun' : 'vide'), zeros(13)),
            box('minf', box('stbl', stsd)),
        ),
    );
}

/** Init segment. @param {readonly Track[]} tracks */
export function init(tracks) {
    const trex = tracks.map((track) => box('trex', u32(0), u32(track.id), u32(1), u32(0), u32(0), u32(0)));
    return Buffer.concat([box('ftyp', Buffer.from('iso6'), u32(0), Buffer.from('iso6cmfc')), box('moov', box('mvhd', zeros(100)), ...tracks.map(trak), box('mvex', ...trex))]);
}

/** A fragment of samples of one track. @param {number} id @param {number} ticks @param {readonly { duration: number, data: Uint8Array }[]} samples */
export function fragment(id, ticks, samples) {
    const records = samples.map(({ duration, data }) => Buffer.concat([u32(duration), u32(data.length)]));
    /** @param {number} offset */
    const moof = (offset) =>
        box('moof', box('mfhd', u32(0), u32(1)), box('traf', box('tfhd', u32(0x20000), u32(id)), box('tfdt', u32(0x1000000), u64(ticks)), box('trun', u32(0x1000301), u32(samples.length), u32(offset), ...records)));
    const size = moof(0).length;
    return Buffer.concat([moof(size + 8), box('mdat', ...samples.map(({ data }) => data))]);
}

/** Motion JPEG with G.711 mu-law, as a camera of an IP network sends it. */
export const mjpegTracks = /** @type {const} */ ([
    { id: 1, timescale: 90000, codec: 'mp4v' },
    { id: 2, timescale: 8000, codec: 'ulaw', sampleRate: 8000, channels: 1 },
]);
