// Footage as a camera leaves it in a store, made by hand after docs/formats-cloud.md: segments of a picture and a sound
// track whose samples are numbered, so that a test can say which ones it got.

/** @typedef {{ bytes: Buffer, etag: string, type: string, cacheControl: string | undefined }} Stored */
/** @typedef {{ stem: string, offset: number, bytes: number, startMs: number, durationMs: number }} Segment */
/** @typedef {{ id: number, startMs: number, endMs: number | null }} FootageEvent */

const [video, audio] = [{ id: 1, timescale: 90_000 }, { id: 2, timescale: 48_000 }];
const samplesOfSecond = { 1: 5, 2: 10 };
export const segmentMs = 4000;
const placeBytes = 100; // of the index of a recording, between its init segment and its first fragment

/** @param {string} type @param {(Buffer | number[])[]} parts */
function box(type, ...parts) {
    const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const head = Buffer.alloc(8, type, 'latin1');
    head.writeUInt32BE(8 + body.length);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body]);
}

/** Numbers of 32 bits. @param {number[]} values */
function u32(...values) {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, at * 4);
    return bytes;
}

const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** The head of a recording. @param {number} [width] of its picture: another one is another coding */
export function initOf(width = 64) {
    const size = Buffer.alloc(4);
    size.writeUInt16BE(width);
    size.writeUInt16BE(64, 2);
    const avcC = box('avcC', [1, 0x42, 0, 10, 0xff, 0xe1, 0, 4, 0x67, 0x42, 0, 10, 1, 0, 2, 0x68, 0xce]);
    const avc1 = box('avc1', [0, 0, 0, 0, 0, 0, 0, 1], Buffer.alloc(16), size, u32(0x480000, 0x480000, 0), [0, 1], Buffer.alloc(32), [0, 24, 0xff, 0xff], avcC);
    const esds = box('esds', u32(0), [3, 25, 0, 0, 0, 4, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 0x11, 0x88, 6, 1, 2]);
    const mp4a = box('mp4a', [0, 0, 0, 0, 0, 0, 0, 1], Buffer.alloc(8), [0, 1, 0, 16, 0, 0, 0, 0], u32(48_000 * 65_536), esds);
    const tables = [box('stts', u32(0, 0)), box('stsc', u32(0, 0)), box('stsz', u32(0, 0, 0)), box('stco', u32(0, 0))];
    const trak = (/** @type {typeof video} */ { id, timescale }, /** @type {string} */ kind, /** @type {Buffer} */ header, /** @type {Buffer} */ entry) =>
        box(
            'trak',
            box('tkhd', u32(3, 0, 0, id, 0, 0, 0, 0, 0, 0), matrix, u32(width << 16, 64 << 16)),
            box(
                'mdia',
                box('mdhd', u32(0, 0, 0, timescale, 0, 0x55c40000)),
                box('hdlr', u32(0, 0), Buffer.from(kind), Buffer.alloc(12), [0]),
                box('minf', header, box('dinf', box('dref', u32(0, 1), box('url ', u32(1)))), box('stbl', box('stsd', u32(0, 1), entry), ...tables)),
            ),
        );
    return Buffer.concat([
        box('ftyp', Buffer.from('iso6'), u32(0), Buffer.from('iso6cmfc')),
        box(
            'moov',
            box('mvhd', u32(0, 0, 0, 1000, 0, 0x10000, 0x1000000, 0, 0), matrix, Buffer.alloc(24), u32(3)),
            trak(video, 'vide', box('vmhd', u32(1, 0, 0)), avc1),
            trak(audio, 'soun', box('smhd', u32(0, 0)), mp4a),
            box('mvex', ...[video, audio].map(({ id }) => box('trex', u32(0, id, 1, 0, 0, 0)))),
        ),
    ]);
}

/** Four fragments of a second. @param {number} number of the segment in its recording @param {string} mark 4 letters in each sample */
function segmentOf(number, mark) {
    const fragments = [0, 1, 2, 3].map((second) => {
        const at = number * 4 + second;
        const trafs = (/** @type {number} */ moofBytes) =>
            [video, audio].map(({ id, timescale }, index) => {
                const count = samplesOfSecond[/** @type {1 | 2} */ (id)];
                const first = moofBytes + 8 + index * samplesOfSecond[1] * 8;
                const rows = Array.from({ length: count }, (_, sample) => u32(timescale / count, 8, id === 1 && sample > 0 ? 0x1010000 : 0x2000000));
                const time = Buffer.alloc(8);
                time.writeBigUInt64BE(BigInt(at * timescale + (id === 1 ? 1800 : 0)));
                return box('traf', box('tfhd', u32(0x20000, id)), box('tfdt', u32(0x1000000), time), box('trun', u32(0x701, count, first), ...rows));
            });
        const moof = (/** @type {number} */ bytes) => box('moof', box('mfhd', u32(0, at + 1)), ...trafs(bytes));
        const samples = [1, 2].flatMap((id) => Array.from({ length: samplesOfSecond[/** @type {1 | 2} */ (id)] }, (_, sample) => Buffer.concat([Buffer.from(mark), u32(at * 100 + id * 50 + sample)])));
        const fragment = Buffer.concat([moof(moof(0).length), box('mdat', ...samples)]);
        return Buffer.concat([box('free', Buffer.from('OCck'), Buffer.alloc(20, 7)), fragment]);
    });
    return Buffer.concat(fragments);
}

const iso = (/** @type {number} */ ms) => new Date(ms).toISOString();
const hourOf = (/** @type {number} */ ms) => iso(ms).slice(0, 13);

/** A camera that records one channel, and what it sends. */
export class Camera {
    /** @type {Segment[]} */
    segments = [];
    /** @type {FootageEvent[]} */
    events = [];
    #init = new Map();

    /** @param {Map<string, Stored>} objects @param {{ prefix?: string, device?: string, channel?: string, name?: string }} [names] device: its part of a key, name: as people write the channel */
    constructor(objects, { prefix = 'home/', device = 'cam=201', channel = 'front', name = channel } = {}) {
        this.objects = objects;
        this.root = `${prefix}${device}/`;
        this.folder = `${this.root}${channel}/`;
        this.name = name;
        this.put(`${this.root}device.json`, JSON.stringify({ version: 1, id: 'one' }));
    }

    /** @param {string} key @param {string | Buffer} bytes */
    put(key, bytes) {
        this.objects.set(key, { bytes: Buffer.from(bytes), etag: `"${Buffer.from(key).toString('hex').slice(-16)}"`, type: '', cacheControl: undefined });
    }

    /** A recording; those of `skipped` are in no segment. @param {number} startMs @param {number} count segments @param {{ skipped?: number[], width?: number }} [options] */
    record(startMs, count, { skipped = [], width } = {}) {
        const stem = `ocellus_${iso(startMs).replaceAll(/[-:]/g, '')}`;
        const init = initOf(width);
        this.#init.set(stem, init);
        const bytes = segmentOf(0, 'MARK').length;
        for (let number = 0; number < count; number++) {
            const [at, offset] = [startMs + number * segmentMs, init.length + placeBytes + number * bytes];
            if (skipped.includes(number)) continue;
            const day = this.folderOf(at);
            this.put(`${day}${stem}-init.mp4`, init);
            this.put(`${day}${stem}-${String(offset).padStart(10, '0')}.m4s`, segmentOf(number, stem.slice(-4)));
            this.segments.push({ stem, offset, bytes, startMs: at, durationMs: segmentMs });
        }
        return stem;
    }

    /** Folder of an instant. @param {number} ms */
    folderOf(ms) {
        return `${this.folder}${iso(ms).slice(0, 10)}/`;
    }

    /** @param {readonly Segment[]} segments @param {string} day @param {boolean} ended @param {readonly FootageEvent[]} events */
    playlist(segments, day, ended, events) {
        const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:10', '#EXT-X-MEDIA-SEQUENCE:0', '#EXT-X-PLAYLIST-TYPE:EVENT', '#EXT-X-INDEPENDENT-SEGMENTS'];
        for (const { id, startMs } of events) lines.push(`#EXT-X-DATERANGE:ID="event-${id}",CLASS="ocellus.motion",START-DATE="${iso(startMs)}",X-OCELLUS-MASK=1`);
        segments.forEach((segment, at) => {
            const before = segments[at - 1];
            const own = iso(segment.startMs).slice(0, 10);
            const folder = own === day ? '' : `../${own}/`;
            if (before === undefined || before.stem !== segment.stem || before.offset + before.bytes !== segment.offset) {
                if (before !== undefined) lines.push('#EXT-X-DISCONTINUITY');
                lines.push(`#EXT-X-MAP:URI="${folder}${segment.stem}-init.mp4"`, `#EXT-X-PROGRAM-DATE-TIME:${iso(segment.startMs)}`);
            }
            lines.push(`#EXTINF:${(segment.durationMs / 1000).toFixed(3)},`, `${folder}${segment.stem}-${String(segment.offset).padStart(10, '0')}.m4s`);
        });
        return `${[...lines, ...(ended ? ['#EXT-X-ENDLIST'] : [])].join('\n')}\n`;
    }

    /** Indexes and playlists; `openHour` ("2026-11-22T13") and its day go on. @param {string} [openHour] */
    write(openHour = '') {
        const hours = [...new Set(this.segments.map(({ startMs }) => hourOf(startMs)))].sort();
        /** @type {Map<string, unknown[]>} */
        const days = new Map();
        for (const hour of hours) {
            const day = hour.slice(0, 10);
            const own = this.segments.filter(({ startMs }) => hourOf(startMs) === hour);
            const events = this.events.filter(({ startMs }) => hourOf(startMs) === hour);
            const stems = [...new Set(own.map(({ stem }) => stem))];
            const rows = own.map(({ stem, offset, bytes, startMs, durationMs }) => [stems.indexOf(stem), offset, bytes, startMs, durationMs]);
            const ended = hour !== openHour;
            const key = `${this.folder}${day}/${hour.slice(11)}`;
            this.put(`${key}.json`, JSON.stringify({ version: 1, channel: this.name, hour: `${hour}Z`, ended, recordings: stems, segments: rows, events: events.map(({ id, startMs, endMs }) => [id, 'motion', 1, startMs, endMs, 1]) }));
            this.put(`${key}.m3u8`, this.playlist(own, day, ended, events));
            const sum = own.reduce((all, { bytes }) => all + bytes, 0);
            days.set(day, [...(days.get(day) ?? []), ...(ended ? [[hour.slice(11), own.length, sum, own.length * segmentMs, events.length]] : [])]);
        }
        for (const [day, rows] of days) {
            const ended = !openHour.startsWith(day);
            const own = this.segments.filter(({ startMs }) => iso(startMs).startsWith(day) && hourOf(startMs) !== openHour);
            this.put(`${this.folder}${day}/day.json`, JSON.stringify({ version: 1, channel: this.name, day, ended, hours: rows }));
            this.put(`${this.folder}${day}/day.m3u8`, this.playlist(own, day, ended, this.events.filter(({ startMs }) => iso(startMs).startsWith(day))));
        }
        for (const event of this.events) {
            const { id, startMs, endMs } = event;
            const day = iso(startMs).slice(0, 10);
            const own = this.segments.filter((one) => one.startMs < (endMs ?? startMs) + 10_000 && one.startMs + one.durationMs > startMs - 10_000);
            this.put(`${this.folder}${day}/event-${id}.jpg`, Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.from(`picture of ${id}`)]));
            this.put(`${this.folder}${day}/event-${id}.m3u8`, this.playlist(own, day, true, [event]));
        }
    }
}

/** Names that indexes and playlists of a store lead to, and that are not there. @param {ReadonlyMap<string, Stored>} objects */
export function holes(objects) {
    /** @type {string[]} */
    const missing = [];
    const need = (/** @type {string} */ from, /** @type {string} */ name) => {
        const key = `${from.slice(0, from.lastIndexOf('/') + 1)}${name}`.replace(/[^/]+\/\.\.\//, '');
        if (!objects.has(key)) missing.push(`${from} -> ${key}`);
    };
    for (const [key, { bytes }] of objects) {
        const text = String(bytes);
        if (key.endsWith('.m3u8')) for (const [, map, uri] of text.matchAll(/URI="([^"]+)"|^([^#\n]+)$/gm)) need(key, map ?? uri ?? '');
        else if (/\/\d\d\.json$/.test(key)) {
            const { recordings, segments, keys = [] } = JSON.parse(text);
            for (const [at, [recording, offset]] of segments.entries()) {
                const id = keys.filter((/** @type {[number, string]} */ [place]) => place <= at).pop()?.[1] ?? '';
                if (id !== '') need(key, `${id}.key.json`);
                need(key, `${recordings[recording]}-${String(offset).padStart(10, '0')}.m4s`);
                need(key, `${recordings[recording]}${id && '-'}${id}-init.mp4`);
            }
        } else if (key.endsWith('/day.json')) for (const [hour] of JSON.parse(text).hours) need(key, `${hour}.json`);
    }
    return missing;
}
