// Indexes and playlists of footage in a store, as docs/formats-cloud.md has them. modules/cloud writes them.

/** An object is not what its name promises; one line. */
export class Damaged extends Error {}

/**
 * @typedef {object} Segment
 * @property {string} stem of its recording
 * @property {number} offset bytes of the recording before it
 * @property {number} bytes
 * @property {number} startMs since 1970
 * @property {number} durationMs
 * @property {string} keyId of the content key; '': it is not encrypted
 * @property {Proof | undefined} proof undefined: it has none
 *
 * @typedef {{ number: number, before: string, mac: string }} Proof of a segment; before: MAC of the number before, '' of number 1
 * @typedef {{ id: number, startMs: number, keyId: string, mac: string }} Picture of an event, and of the content key; mac '': it has none
 * @typedef {object} Seal of an index
 * @property {Buffer} body up to the seal
 * @property {string} keyId of the content key that it is sealed with
 * @property {number} count
 * @property {{ hour: string, count: number, seal: string } | undefined} before
 * @property {string} signer
 * @property {string} seal
 * @property {string} signature
 * @property {Map<string, string>} heads MACs of init segments by their names
 *
 * @typedef {{ ended: boolean, segments: Segment[], events: number[], pictures: Picture[], seal: Seal | undefined }} Hour events by their numbers; seal undefined: it proves nothing
 * @typedef {{ hour: string, segments: number, bytes: number, durationMs: number, events: number }} DayHour
 * @typedef {{ ended: boolean, hours: DayHour[] }} Day
 * @typedef {{ uri: string, id: string, iv: string }} Sealed address of a key object, id and IV in hexadecimal digits
 * @typedef {{ uri: string, durationMs: number, isBreak: boolean, map: string, dateMs: number | undefined, key: Sealed | undefined, mapKey: Sealed | undefined }} Entry
 * @typedef {{ ended: boolean, entries: Entry[], events: number[], targetSeconds: number }} Playlist
 */

const segmentsMax = 4000;
const keyShape = /^[0-9a-f]{16}$/;
const macShape = /^[A-Za-z0-9_-]{43}$/;
const sealLength = 155; // bytes at the end of a sealed index
const sealedVersion = 3;
const gapMs = 100; // segments of a recording that follow each other are apart by no more

/** "2026-11-22T13" of an instant. @param {number} ms */
export const hourOf = (ms) => new Date(ms).toISOString().slice(0, 13);

/** @param {Segment} segment */
export const segmentName = ({ stem, offset }) => `${stem}-${String(offset).padStart(10, '0')}.m4s`;
/** @param {string} stem @param {string} keyId */
export const initName = (stem, keyId) => `${stem}${keyId && '-'}${keyId}-init.mp4`;
/** @param {Pick<Picture, 'id' | 'keyId'>} picture */
export const pictureName = ({ id, keyId }) => `event-${id}${keyId && '-'}${keyId}.jpg`;
/** @param {string} keyId */
export const keyName = (keyId) => `${keyId}.key.json`;

/** Whether a segment goes on where the one before it ended. @param {Segment} before @param {Segment} next */
export const follows = (before, next) =>
    before.stem === next.stem && before.offset + before.bytes === next.offset && Math.abs(next.startMs - before.startMs - before.durationMs) <= gapMs;

/** @param {Buffer} bytes @returns {Record<string, unknown>} */
function objectOf(bytes) {
    try {
        const value = JSON.parse(bytes.toString('utf8'));
        if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    } catch {
        // below
    }
    throw new Damaged('is no JSON object');
}

/** @param {unknown} value @returns {unknown[]} */
function listOf(value) {
    if (!Array.isArray(value)) throw new Damaged('has no list where one belongs');
    return value;
}

/** @param {unknown} value @returns {number} */
function whole(value) {
    if (!Number.isSafeInteger(value) || Number(value) < 0) throw new Damaged('has no number where one belongs');
    return Number(value);
}

/** Which key each of so many segments has. @param {unknown} keys rows of a place and an id @param {number} count @returns {string[]} */
function keysOf(keys, count) {
    /** @type {string[]} */
    const ids = Array(count).fill('');
    let next = 0;
    for (const row of listOf(keys)) {
        const [place, id] = listOf(row);
        const at = whole(place);
        if (at < next || at >= count || typeof id !== 'string' || !(id === '' || keyShape.test(id))) throw new Damaged('has a key that is none');
        ids.fill(id, at);
        next = at + 1;
    }
    if (!ids.some((id) => id !== '')) throw new Damaged('has keys, and nothing in it is encrypted');
    return ids;
}

/** @param {unknown} value @returns {string} */
function macOf(value) {
    if (typeof value !== 'string' || !macShape.test(value)) throw new Damaged('has a MAC that is none');
    return value;
}

/** The proof of each row. @param {unknown} chain @param {readonly unknown[][]} rows @returns {(Proof | undefined)[]} */
function proofsOf(chain, rows) {
    const runs = new Map(listOf(chain).map((run) => {
        const [from, number, before] = listOf(run);
        return [whole(from), { number: whole(number), before: before === '' ? '' : macOf(before) }];
    }));
    /** @type {Proof | undefined} */
    let last;
    return rows.map((row, at) => {
        const mac = row[5];
        const begin = runs.get(at) ?? (last && { number: last.number + 1, before: last.mac });
        if (mac !== undefined && begin === undefined) throw new Damaged('has a MAC outside of its chain');
        last = mac === undefined || begin === undefined ? undefined : { ...begin, mac: macOf(mac) };
        return last;
    });
}

/** What seals an index. @param {Buffer} bytes @param {Record<string, unknown>} found @param {readonly string[]} stems @param {readonly string[]} keyIds @returns {Seal} */
function sealOf(bytes, found, stems, keyIds) {
    const [, seal = '', signature = ''] = /^,"seal":"([A-Za-z0-9_-]{43})","signature":"([A-Za-z0-9_-]{86})"\}$/.exec(bytes.toString('latin1', Math.max(0, bytes.length - sealLength))) ?? [];
    const signer = found['signer'];
    if (seal === '' || typeof signer !== 'string' || !/^B[A-P][A-Za-z0-9_-]{85}$/.test(signer)) throw new Damaged('has no seal at its end');
    const heads = new Map(listOf(found['heads']).map((row) => {
        const [recording, keyId, mac] = listOf(row);
        const stem = stems[whole(recording)];
        if (stem === undefined || typeof keyId !== 'string' || !keyShape.test(keyId)) throw new Damaged('has an init segment that is none');
        return [initName(stem, keyId), macOf(mac)];
    }));
    const link = found['before'] === null ? undefined : listOf(found['before']);
    const hour = /^(\d{4}-\d\d-\d\dT\d\d)Z$/.exec(String(link?.[0]))?.[1];
    if (link !== undefined && hour === undefined) throw new Damaged('has an hour before it that is none');
    const keyId = keyIds.findLast((id) => id !== '') ?? '';
    return { body: bytes.subarray(0, -sealLength), keyId, count: whole(found['count']), before: link && { hour: hour ?? '', count: whole(link[1]), seal: macOf(link[2]) }, signer, seal, signature, heads };
}

/** @param {Record<string, unknown>} found @param {Record<string, unknown>} expected */
function check(found, expected) {
    for (const [name, value] of Object.entries({ version: 1, ...expected })) {
        if (found[name] !== value) throw new Damaged(`has ${name} ${JSON.stringify(found[name])}, not ${JSON.stringify(value)}`);
    }
}

/** @param {Buffer} bytes @param {string} channel @param {string} hour "2026-11-22T13" @returns {Hour} */
export function readHour(bytes, channel, hour) {
    const found = objectOf(bytes);
    const isSealed = found['version'] === sealedVersion;
    const hasKeys = isSealed || found['version'] === 2;
    if (!hasKeys && found['version'] !== 1) throw new Damaged(`has version ${JSON.stringify(found['version'])}, not 1 to ${sealedVersion}`);
    check({ ...found, version: 1 }, { channel, hour: `${hour}Z` });
    const stems = listOf(found['recordings']).map((stem) => {
        if (typeof stem !== 'string' || !/^[A-Za-z0-9._-]{1,100}$/.test(stem)) throw new Damaged('has a recording without a name');
        return stem;
    });
    const rows = listOf(found['segments']).map(listOf);
    if (rows.length > segmentsMax) throw new Damaged(`has more than ${segmentsMax} segments`);
    const keyIds = hasKeys ? keysOf(found['keys'], rows.length) : [];
    const proofs = isSealed ? proofsOf(found['chain'], rows) : [];
    const segments = rows.map((row, at) => {
        const [recording, offset, length, startMs, durationMs] = row.slice(0, 5).map(whole);
        return { stem: stems[recording ?? -1] ?? '', offset: offset ?? -1, bytes: length ?? -1, startMs: startMs ?? -1, durationMs: durationMs ?? -1, keyId: keyIds[at] ?? '', proof: proofs[at] };
    });
    if (segments.some(({ stem, durationMs }) => stem === '' || durationMs < 0)) throw new Damaged('has a segment that is none');
    const events = listOf(found['events']).map(listOf);
    const pictures = events.flatMap(([id, , , startMs, , picture, mac]) => {
        const keyId = typeof picture === 'string' && keyShape.test(picture) ? picture : '';
        return picture === 1 || keyId !== '' ? [{ id: whole(id), startMs: whole(startMs), keyId, mac: isSealed && keyId !== '' && mac !== undefined ? macOf(mac) : '' }] : [];
    });
    const seal = isSealed ? sealOf(bytes, found, stems, keyIds) : undefined;
    return { ended: found['ended'] === true, segments, events: events.map(([id]) => whole(id)), pictures, seal };
}

/** @param {Buffer} bytes @param {string} channel @param {string} day "2026-11-22" @returns {Day} */
export function readDay(bytes, channel, day) {
    const found = objectOf(bytes);
    check(found, { channel, day });
    const hours = listOf(found['hours']).map((row) => {
        const [hour, ...numbers] = listOf(row);
        const [segments, length, durationMs, events] = numbers.map(whole);
        if (typeof hour !== 'string' || !/^(?:[01]\d|2[0-3])$/.test(hour) || events === undefined) throw new Damaged('has an hour that is none');
        return { hour, segments: segments ?? 0, bytes: length ?? 0, durationMs: durationMs ?? 0, events };
    });
    return { ended: found['ended'] === true, hours };
}

/** @param {Buffer} bytes */
export function readDevice(bytes) {
    const found = objectOf(bytes);
    check(found, {});
    if (typeof found['id'] !== 'string') throw new Damaged('has no id');
}

/** The value of EXT-X-KEY. @param {string} value @returns {Sealed | undefined} */
function sealedOf(value) {
    if (value === 'METHOD=NONE') return undefined;
    const [, uri = '', id = '', iv = ''] = /^METHOD=AES-128,URI="((?:\.\.\/[^"/]+\/)?([0-9a-f]{16})\.key\.json)",IV=0x([0-9A-Fa-f]{32})$/.exec(value) ?? [];
    if (id === '') throw new Damaged('has a key that is none');
    return { uri, id, iv: iv.toLowerCase() };
}

/** A media playlist; lines that are not known are passed over. @param {Buffer} bytes @returns {Playlist} */
export function readPlaylist(bytes) {
    const lines = bytes.toString('utf8').split('\n');
    if (lines[0] !== '#EXTM3U') throw new Damaged('is no playlist');
    /** @type {Playlist} */
    const list = { ended: false, entries: [], events: [], targetSeconds: 0 };
    let [isBreak, map, durationMs] = [false, '', Number.NaN];
    /** @type {number | undefined} */
    let dateMs;
    /** @type {Sealed | undefined} */
    let key;
    /** @type {Sealed | undefined} */
    let mapKey;
    for (const line of lines.slice(1)) {
        const [, tag = '', value = ''] = /^#(EXT[A-Z-]+)(?::(.*))?$/.exec(line) ?? [];
        if (tag === 'EXT-X-ENDLIST') list.ended = true;
        else if (tag === 'EXT-X-TARGETDURATION') list.targetSeconds = Number(value);
        else if (tag === 'EXT-X-DISCONTINUITY') isBreak = true;
        else if (tag === 'EXT-X-KEY') key = sealedOf(value);
        else if (tag === 'EXT-X-MAP') [map, mapKey] = [/^URI="([^"]*)"$/.exec(value)?.[1] ?? '', key];
        else if (tag === 'EXT-X-PROGRAM-DATE-TIME') dateMs = Date.parse(value);
        else if (tag === 'EXT-X-DATERANGE') list.events.push(Number(/ID="event-(\d+)"/.exec(value)?.[1]));
        else if (tag === 'EXTINF') durationMs = Math.round(Number(value.replace(/,.*/, '')) * 1000);
        else if (tag === '' && line !== '' && !line.startsWith('#')) {
            if (!Number.isSafeInteger(durationMs) || map === '') throw new Damaged(`has ${line} without its length or init segment`);
            list.entries.push({ uri: line, durationMs, isBreak, map, dateMs, key, mapKey });
            [isBreak, durationMs, dateMs] = [false, Number.NaN, undefined];
        }
    }
    return list;
}

/** The IV of an object of a day in hexadecimal digits; undefined: nobody here knows its key. @typedef {(day: string, keyId: string, name: string) => string | undefined} IvOf */

/** @param {Sealed | undefined} key in a playlist @param {string} folder of the object, as the playlist has it @param {string} day of it @param {string} name @param {string} keyId that it has @param {IvOf} ivOf */
function keyDifference(key, folder, day, name, keyId, ivOf) {
    if ((key?.uri ?? '') !== (keyId && folder + keyName(keyId))) return `${name}: with ${key ? `the key ${key.uri}` : 'no key'}, in the index ${keyId ? `with ${keyId}` : 'without one'}`;
    const iv = key && ivOf(day, keyId, name);
    return iv === undefined || iv === key?.iv ? '' : `${name}: with another IV than its name gives`;
}

/**
 * The first thing in which a playlist in the folder of `day` is not the one of these segments; '': there is none.
 * @param {Playlist} list @param {readonly Segment[]} segments @param {string} day @param {IvOf} ivOf
 */
export function differenceOf({ entries, targetSeconds }, segments, day, ivOf) {
    if (entries.length !== segments.length) return `has ${entries.length} segments, the index ${segments.length}`;
    for (const [at, segment] of segments.entries()) {
        const entry = /** @type {Entry} */ (entries[at]);
        const own = hourOf(segment.startMs).slice(0, 10);
        const folder = own === day ? '' : `../${own}/`;
        const name = segmentName(segment);
        const before = segments[at - 1];
        const begins = before === undefined || !follows(before, segment);
        if (entry.uri !== folder + name) return `has ${entry.uri} where the index has ${name}`;
        if (entry.durationMs !== segment.durationMs) return `${name}: ${entry.durationMs} ms, in the index ${segment.durationMs}`;
        if (targetSeconds < Math.round(entry.durationMs / 1000)) return `${name}: longer than the target of ${targetSeconds} s`;
        // where a recording goes on under another key, a playlist may begin anew or not
        const isOtherKey = before !== undefined && !begins && before.keyId !== segment.keyId;
        if (!isOtherKey && entry.isBreak !== (begins && at > 0)) return `${name}: ${entry.isBreak ? 'a' : 'no'} discontinuity before it`;
        const mapKeyId = entry.mapKey?.id ?? '';
        const map = entry.map.slice(entry.map.lastIndexOf('/') + 1);
        const isMapOfBefore = !begins && entry.map === entries[at - 1]?.map;
        if (map !== initName(segment.stem, mapKeyId) || (mapKeyId !== segment.keyId && !isMapOfBefore)) return `${name}: with ${entry.map}`;
        const mapFolder = entry.map.slice(0, -map.length);
        const difference =
            keyDifference(entry.key, folder, own, name, segment.keyId, ivOf) ||
            keyDifference(entry.mapKey, mapFolder, mapFolder === '' ? day : mapFolder.slice(3, -1), map, mapKeyId, ivOf);
        if (difference !== '') return difference;
        if (begins && entry.dateMs !== segment.startMs) return `${name}: another time than the index`;
    }
    return '';
}
