// `ocellus cloud get`: a span of footage out of a store as one MP4. Gaps are closed, as in `ocellus export`. A run
// that was interrupted goes on when it is started again.
import { existsSync } from 'node:fs';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { timeOf } from '../update/query.mjs';
import { need, Unable, Usage } from '../update/words.mjs';
import { ContentKeys, readersOf, sealedBytes, unseal } from './content-key.mjs';
import { chainProblems, digestOf, fits, headMac, isMac, isSealed, isSigned } from './evidence.mjs';
import { signersOf, sound } from './footage.mjs';
import { Damaged, follows, initName, keyName, segmentName } from './index-file.mjs';
import { PartFile } from './part-file.mjs';
import { fileName, writePictures } from './pictures.mjs';

/** @typedef {import('../update/words.mjs').Parsed} Parsed */
/** @typedef {import('./footage.mjs').Footage} Footage */
/** @typedef {import('./pictures.mjs').Shot} Shot */
/** @typedef {import('./index-file.mjs').Hour} Hour */
/** head: MAC of its init segment. @typedef {import('./index-file.mjs').Segment & { folder: string, head: string | undefined }} Piece */
/** An index that was read. @typedef {{ folder: string, clock: string, index: Hour }} Read */

const ahead = 4; // segments that are fetched at the same time
const segmentMax = 512 << 20; // bytes, held in memory as a whole
const progressMs = 500;
const hourMs = 3_600_000;

/**
 * Segments that touch a span, one recording after the other, and pictures of events that begin in it.
 * @param {Footage} footage @param {string} device @param {string} channel @param {number} fromMs @param {number} toMs
 */
async function foundIn(footage, device, channel, fromMs, toMs) {
    const [first, last] = [fromMs - hourMs, toMs].map((ms) => new Date(Math.min(Math.max(ms, 0), 8.64e15)).toISOString().slice(0, 13));
    /** @type {Map<string, Piece[]>} */
    const recordings = new Map();
    /** @type {Map<string, Shot>} */
    const shots = new Map();
    /** @type {Read[]} */
    const reads = [];
    for (const day of await footage.days(device, channel)) {
        if (day < (first ?? '').slice(0, 10) || day > (last ?? '').slice(0, 10)) continue;
        const folder = footage.folder(device, channel, day);
        for (const clock of await footage.hours(folder)) {
            const hour = `${day}T${clock}`;
            if (hour < (first ?? '') || hour > (last ?? '')) continue;
            const index = await sound(`${folder}${clock}.json`, footage.hour(device, channel, hour));
            if (index !== undefined) reads.push({ folder, clock, index });
            for (const segment of index?.segments ?? []) {
                if (segment.startMs >= toMs || segment.startMs + segment.durationMs <= fromMs) continue;
                const own = recordings.get(segment.stem) ?? [];
                own.push({ ...segment, folder, head: index && headMac(index, segment) });
                recordings.set(segment.stem, own);
            }
            for (const picture of index?.pictures ?? []) {
                const shot = { ...picture, folder: footage.folder(device, channel, new Date(picture.startMs).toISOString().slice(0, 10)) };
                if (shot.startMs >= fromMs && shot.startMs < toMs) shots.set(fileName(shot), shot);
            }
        }
    }
    const groups = [...recordings.values()].map((own) => own.sort((a, b) => a.offset - b.offset));
    return { pieces: groups.sort((a, b) => (a[0]?.startMs ?? 0) - (b[0]?.startMs ?? 0)).flat(), shots: [...shots.values()], reads };
}

/**
 * An object, decrypted when it is encrypted.
 * @param {ContentKeys} keys @param {Piece} piece @param {string} name @param {number} [bytes] that it has to have
 */
async function fetchAll(keys, piece, name, bytes) {
    const { folder, keyId } = piece;
    const at = folder + name;
    if (bytes !== undefined && bytes > segmentMax) throw new Unable(`${at}: larger than ${segmentMax} bytes`);
    const stored = bytes === undefined || keyId === '' ? bytes : sealedBytes(bytes);
    const found = await keys.footage.s3.load(at, stored);
    if (found === undefined) throw new Unable(`${at}: the index ${bytes === undefined ? 'needs' : 'names'} it, and it is not there`);
    if (stored !== undefined && found.bytes.length !== stored) throw new Unable(`${at}: ${found.bytes.length} bytes, in the index ${bytes}${keyId === '' ? '' : ', encrypted'}`);
    const content = await sound(
        at,
        (async () => {
            if (keyId === '') return found.bytes;
            const key = await keys.get(folder, keyId);
            const [day, digest] = [folder.slice(keys.footage.prefix.length), digestOf(found.bytes)];
            const isOwn = bytes === undefined ? isMac(key, day + name, digest, piece.head) : piece.proof && fits(key, day, piece, piece.proof, digest);
            if (piece.proof !== undefined && !isOwn) throw new Damaged('changed: it has other bytes than the camera wrote');
            return unseal(found.bytes, key, name);
        })(),
    );
    if (bytes !== undefined && content.length !== bytes) throw new Unable(`${at}: ${content.length} bytes, decrypted, in the index ${bytes}`);
    return content;
}

/** Whoever cannot read the footage hears it before anything is fetched. @param {ContentKeys} keys @param {readonly { folder: string, keyId: string }[]} sealed */
async function unlock(keys, sealed) {
    const names = new Map(sealed.flatMap(({ folder, keyId }) => (keyId === '' ? [] : [[folder + keyName(keyId), { folder, keyId }]])));
    for (const [name, { folder, keyId }] of names) await sound(name, keys.get(folder, keyId));
}

/**
 * Whoever gives a private key gets what the camera encrypted, signed and sent, and all of it. What nothing proves is refused,
 * or told when it is allowed; what is proven to be wrong is refused.
 * @param {ContentKeys} keys @param {readonly Read[]} reads @param {readonly Piece[]} pieces of the span @param {readonly Shot[]} shots @param {readonly string[]} signers that may sign, [] for any @param {boolean} allows
 */
async function prove(keys, reads, pieces, shots, signers, allows) {
    const { prefix } = keys.footage;
    const needed = new Set([...pieces, ...shots].map(({ folder }) => folder));
    /** @type {Set<string>} */
    const found = new Set();
    for (const { folder, clock, index } of reads) {
        const { seal } = index;
        if (seal === undefined || !needed.has(folder)) continue;
        const name = `${folder}${clock}.json`;
        const key = await sound(folder + keyName(seal.keyId), keys.get(folder, seal.keyId));
        const place = name.slice(prefix.length);
        if (!isSealed(seal, place, key) || !isSigned(seal, place)) throw new Unable(`${name}: changed: its seal or its signature does not fit; "ocellus cloud verify" says more`);
        if (signers.length > 0 && !signers.includes(seal.signer)) throw new Unable(`${name}: changed: it is signed by ${seal.signer}, not by the camera`);
        found.add(seal.signer);
    }
    /** @type {string[]} */
    const problems = [];
    const open = pieces.filter(({ keyId }) => keyId === '').length + shots.filter(({ keyId }) => keyId === '').length;
    const bare = pieces.filter(({ keyId, proof }) => keyId !== '' && proof === undefined).length + shots.filter(({ keyId, mac }) => keyId !== '' && mac === '').length;
    if (open > 0) problems.push(`${open} objects are not encrypted`);
    if (bare > 0) problems.push(`${bare} objects are not authenticated`);
    if (found.size > 1 && signers.length === 0) problems.push(`they are signed by ${[...found].join(' and ')}`);
    const last = Math.max(0, ...pieces.map(({ proof }) => proof?.number ?? 0));
    const first = pieces.reduce((least, { proof }) => Math.min(least, proof?.number ?? least), Number.POSITIVE_INFINITY);
    const rows = reads.flatMap(({ folder, index }) => index.segments.flatMap((segment) => (segment.proof && segment.proof.number >= first && segment.proof.number <= last ? [{ name: folder + segmentName(segment), segment }] : [])));
    chainProblems(rows, (kind, name, problem) => problems.push(`${kind}: ${name}: ${problem}`));
    const [problem] = problems;
    if (problem === undefined) return;
    if (!allows) throw new Unable(`${problem}: not proven to be what the camera sent; --allow-unauthenticated takes them`);
    for (const one of problems) console.error(`ocellus cloud: not proven: ${one}`);
}

/** Progress for people on a terminal, or for programs. @param {boolean} isJson @param {number} total */
function progressOf(isJson, total) {
    let shownAt = 0;
    return (/** @type {number} */ bytes, isOver = false) => {
        if (isOver && !isJson && shownAt > 0) process.stderr.write('\n');
        if (isOver || Date.now() - shownAt < progressMs) return;
        if (isJson) console.log(JSON.stringify({ event: 'progress', bytes, total }));
        else if (process.stderr.isTTY) process.stderr.write(`\r${Math.floor((bytes / total) * 100)} % of ${(total / 1e6).toFixed(1)} MB`);
        else return;
        shownAt = Date.now();
    };
}

/** Writes what the part has not yet. @param {ContentKeys} keys @param {readonly Piece[]} pieces @param {PartFile} part @param {(bytes: number) => void} progress */
async function write(keys, pieces, part, progress) {
    const { join } = part;
    const first = part.done;
    let fetched = pieces.slice(0, first).reduce((sum, { bytes }) => sum + bytes, 0);
    let at = first;
    /** @type {Promise<Buffer>[]} */
    const coming = [];
    for (const [index, piece] of pieces.entries()) {
        if (index < first) continue;
        for (; at < Math.min(index + ahead, pieces.length); at++) {
            const next = /** @type {Piece} */ (pieces[at]);
            const promise = fetchAll(keys, next, segmentName(next), next.bytes);
            promise.catch(() => undefined); // seen when it is its turn
            coming.push(promise);
        }
        const before = pieces[index - 1];
        let head;
        if (before?.stem !== piece.stem) {
            const name = initName(piece.stem, piece.keyId);
            const init = await fetchAll(keys, piece, name);
            head = await sound(`${piece.folder}${name} (${new Date(piece.startMs).toISOString()})`, (async () => join.init(init))());
        } else if (!follows(before, piece)) {
            join.break();
        }
        const bytes = await /** @type {Promise<Buffer>} */ (coming.shift());
        await sound(piece.folder + segmentName(piece), (async () => join.segment(bytes))());
        part.add(head, bytes);
        fetched += piece.bytes;
        progress(fetched);
    }
}

const signals = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143 });
const goesOn = 'the same command goes on with it';

/**
 * Does the work; a signal, and a store or disk that fails, leave the part for the next run.
 * @param {PartFile} part @param {() => Promise<void>} work
 */
async function resumable(part, work) {
    /** @param {'SIGINT' | 'SIGTERM'} signal */
    const stop = (signal) => {
        const isKept = part.keep();
        part.close(isKept);
        console.error(`${process.stderr.isTTY ? '\n' : ''}ocellus cloud: interrupted; ${isKept ? `${part.file} has ${(part.bytes / 1e6).toFixed(1)} MB: ${goesOn}` : 'nothing was written'}`);
        process.exit(signals[signal]);
    };
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, stop);
    let isKept = false;
    try {
        await work();
    } catch (error) {
        const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
        const mayPass = (error instanceof StoreError && error.code !== 'INVALID') || code === 'ENOSPC' || code === 'EDQUOT';
        isKept = mayPass && part.done > 0 && keeps(part);
        if (isKept) throw new Unable(`${error instanceof StoreError ? message : `${part.out}: ${code}`}; ${part.file} stays: ${goesOn}`);
        throw error;
    } finally {
        for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.off(signal, stop);
        part.close(isKept);
    }
}

/** On a full disk the note of a moment before may have to do. @param {PartFile} part */
function keeps(part) {
    try {
        return part.keep();
    } catch {
        return existsSync(part.journal);
    }
}

/** @param {Parsed} parsed @param {Footage} footage */
export async function get(parsed, footage) {
    const [device = '', channel = ''] = parsed.words;
    const into = parsed.text('pictures');
    const out = into === undefined ? need(parsed, 'out') : parsed.text('out');
    const [fromMs, toMs] = [timeOf(parsed, 'from', Number.NaN), timeOf(parsed, 'to', Date.now())];
    if (Number.isNaN(fromMs)) throw new Usage('--from is missing');
    if (fromMs >= toMs) throw new Usage('--to: lies before --from');
    if (out !== undefined && existsSync(out)) throw new Unable(`${out}: exists already; name another file`);
    const keys = new ContentKeys(footage, await readersOf(parsed.all('key')));
    const signers = signersOf(parsed.all('signer'));
    const { pieces, shots, reads } = await foundIn(footage, device, channel, fromMs, toMs);
    if (pieces.length === 0) throw new Unable(`${device}, channel ${channel}: nothing of that time is in the store`);
    await unlock(keys, [...(out === undefined ? [] : pieces), ...(into === undefined ? [] : shots)]);
    if (keys.readers.length > 0) await prove(keys, reads, out === undefined ? [] : pieces, into === undefined ? [] : shots, signers, parsed.is('allow-unauthenticated'));
    if (into !== undefined) {
        await writePictures(keys, shots, into);
        if (parsed.is('json')) console.log(JSON.stringify({ event: 'pictures', folder: into, pictures: shots.length }));
        else console.log(`${into}: ${shots.length} pictures of events`);
    }
    return out === undefined ? 0 : exported(parsed, keys, pieces, out);
}

/** Writes the segments. @param {Parsed} parsed @param {ContentKeys} keys @param {readonly Piece[]} pieces one at least @param {string} out */
async function exported(parsed, keys, pieces, out) {
    const progress = progressOf(parsed.is('json'), pieces.reduce((sum, { bytes }) => sum + bytes, 0));
    try {
        const part = new PartFile(out, pieces.map((piece) => `${piece.folder}${segmentName(piece)} ${piece.bytes}`));
        if (part.done > 0 && !parsed.is('json')) console.error(`ocellus cloud: goes on behind ${(part.bytes / 1e6).toFixed(1)} MB of ${part.file}`);
        await resumable(part, async () => {
            await write(keys, pieces, part, progress);
            part.finish();
        });
        const { bytes } = part;
        progress(bytes, true);
        const start = new Date(/** @type {Piece} */ (pieces[0]).startMs).toISOString();
        const durationMs = pieces.reduce((sum, piece) => sum + piece.durationMs, 0);
        if (parsed.is('json')) console.log(JSON.stringify({ event: 'exported', file: out, bytes, start, durationMs }));
        else console.log(`${out}: ${(bytes / 1e6).toFixed(1)} MB, ${(durationMs / 1000).toFixed(1)} s from ${start} on`);
        return 0;
    } catch (error) {
        const { code } = /** @type {NodeJS.ErrnoException} */ (error);
        if (error instanceof Unable || error instanceof StoreError || error instanceof Damaged || code === undefined) throw error;
        throw new Unable(`${out}: ${code === 'EEXIST' ? 'exists already; name another file' : code}`);
    }
}
