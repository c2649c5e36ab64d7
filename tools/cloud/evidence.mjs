// What proves that encrypted footage is what its camera wrote, whole and in order (docs/formats-cloud.md#evidence).
import { createHash, createPublicKey, verify } from 'node:crypto';
import { macOf } from './content-key.mjs';
import { initName, segmentName } from './index-file.mjs';

/** @typedef {import('./index-file.mjs').Segment} Segment */
/** @typedef {import('./index-file.mjs').Proof} Proof */
/** @typedef {import('./index-file.mjs').Hour} Hour */
/** @typedef {import('./index-file.mjs').Seal} Seal */

/**
 * What may be wrong, from the least that it says to the most; exit codes of `verify`, of which the highest counts.
 * unproven: nothing proves it. changed: other bytes than the camera wrote. swapped: in the place of another. missing: it was
 * there. inserted: the camera did not write it. replayed: an older index was put back.
 */
export const kinds = /** @type {const} */ ({ unproven: 3, changed: 4, swapped: 5, missing: 6, inserted: 7, replayed: 8 });
/** @typedef {keyof typeof kinds} Kind */

/** SHA-256 as MACs have it. @param {Buffer} bytes */
export const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** @param {string} place DEVICE/CHANNEL/DAY/NAME @param {string} facts @param {string} digest */
const objectText = (place, facts, digest) => `ocellus cloud object 1\n${place}\n${facts}\n${digest}`;

/** @param {Segment} segment @param {Pick<Proof, 'number' | 'before'>} proof */
const factsOf = ({ bytes, startMs, durationMs }, { number, before }) => `${number} ${before || '-'} ${bytes} ${startMs} ${durationMs}`;

/** Whether a segment has that place in the chain. @param {Buffer} key content key @param {string} day DEVICE/CHANNEL/DAY/ @param {Segment} segment @param {Pick<Proof, 'number' | 'before'>} link @param {string} digest */
export const fits = (key, day, segment, link, digest) => segment.proof !== undefined && macOf(key, objectText(day + segmentName(segment), factsOf(segment, link), digest)) === segment.proof.mac;

/** Whether that is the MAC of an init segment or picture. @param {Buffer} key @param {string} place @param {string} digest @param {string | undefined} mac */
export const isMac = (key, place, digest, mac) => mac !== undefined && macOf(key, objectText(place, '', digest)) === mac;

/** MAC of the init segment of a segment. @param {Hour} hour @param {Segment} segment */
export const headMac = ({ seal }, { stem, keyId }) => seal?.heads.get(initName(stem, keyId));

/** What a seal and a signature are over. @param {Seal} seal @param {string} place */
const sealedText = ({ body }, place) => Buffer.concat([Buffer.from(`ocellus cloud index 1\n${place}\n`), body]);

/** @param {Seal} seal @param {string} place of the index @param {Buffer} key content key */
export const isSealed = (seal, place, key) => macOf(key, sealedText(seal, place)) === seal.seal;

/** Whether its signer signed it. @param {Seal} seal @param {string} place */
export function isSigned(seal, place) {
    const point = Buffer.from(seal.signer, 'base64url');
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
    try {
        const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' });
        return verify('sha256', sealedText(seal, place), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(seal.signature, 'base64url'));
    } catch {
        return false; // no point of the curve
    }
}

/**
 * Where segments stand that no seal vouches for. Each MAC has the number and the MAC before in it: so what was added,
 * moved or changed is found, and the numbers of the others, whose gaps `chainProblems` tells.
 * @typedef {{ segment: Segment, digest: string, key: Buffer }} Row
 * @param {readonly Row[]} rows of an index in its order @param {string} day DEVICE/CHANNEL/DAY/
 * @param {(kind: Kind, segment: Segment, problem: string) => void} find
 * @param {Pick<Proof, 'number' | 'before'> | undefined} next what the next hour begins with
 * @returns {Segment[]} that are proven, with their true place
 */
export function salvage(rows, day, find, next) {
    /** @type {Segment[]} */
    const proven = [];
    /** @type {Row[]} */
    let pending = [];
    const { number: start = 1, before: begin = '' } = rows[0]?.segment.proof ?? {};
    let last = { number: start - 1, mac: begin };
    const reach = rows.length + 64;
    const settle = (/** @type {Row} */ { segment }, /** @type {number} */ number, /** @type {string} */ before) => {
        const mac = segment.proof?.mac ?? '';
        proven.push({ ...segment, proof: { number, before, mac } });
        last = { number, mac };
    };
    for (const row of rows) {
        const { segment, digest, key } = row;
        const first = last;
        const links = [{ number: first.number + 1, before: first.mac }, ...(segment.proof && segment.proof.number > first.number ? [segment.proof] : [])];
        const link = links.find((one) => fits(key, day, segment, one, digest));
        if (link !== undefined) {
            settle(row, link.number, link.before);
            // one that stands in front of the one that it comes after
            const [moved] = pending.filter((one) => fits(one.key, day, one.segment, { number: link.number + 1, before: segment.proof?.mac ?? '' }, one.digest));
            if (moved !== undefined) {
                find('swapped', moved.segment, 'stands in front of the segment that it comes after');
                settle(moved, link.number + 1, segment.proof?.mac ?? '');
                pending = pending.filter((one) => one !== moved);
            }
            for (const one of pending) find('inserted', one.segment, 'has a MAC that fits nowhere in the chain');
            pending = [];
            continue;
        }
        const before = pending[pending.length - 1]?.segment.proof?.mac;
        const tries = before === undefined ? [] : Array.from({ length: reach }, (_, at) => first.number + 1 + at);
        const number = tries.find((one) => before !== undefined && fits(key, day, segment, { number: one, before }, digest));
        if (number === undefined || before === undefined) {
            pending.push(row);
            continue;
        }
        // the row before is of the camera by its MAC; what it says, or what came before it, is not as it was
        const own = /** @type {Row} */ (pending.pop());
        if (proven.length === 0 && number - 2 > first.number) find('missing', own.segment, `${number - 2 - first.number} segments before it are in no index`);
        if (number - 2 === first.number) find('changed', own.segment, 'is not what the camera wrote, or its row is not');
        for (const one of pending) find('inserted', one.segment, 'has a MAC that fits nowhere in the chain');
        pending = [];
        proven.push({ ...own.segment, proof: { number: number - 1, before: '', mac: before } });
        settle(row, number, before);
    }
    const end = pending[pending.length - 1];
    if (end !== undefined && next !== undefined && end.segment.proof?.mac === next.before) {
        pending.pop();
        if (next.number - 2 === last.number) find('changed', end.segment, 'is not what the camera wrote, or its row is not');
        proven.push({ ...end.segment, proof: { number: next.number - 1, before: '', mac: next.before } });
    }
    for (const one of pending) find('inserted', one.segment, 'has a MAC that fits nowhere in the chain');
    return proven;
}

/**
 * The chain of a channel over its hours.
 * @param {readonly { name: string, segment: Segment }[]} rows with a proof, their own MACs checked
 * @param {(kind: Kind, name: string, problem: string) => void} find
 */
export function chainProblems(rows, find) {
    const sorted = rows.flatMap(({ name, segment: { proof } }) => (proof === undefined ? [] : [{ name, ...proof }])).sort((a, b) => a.number - b.number);
    for (const [at, row] of sorted.entries()) {
        const before = sorted[at - 1];
        if (before === undefined) continue;
        const gone = row.number - before.number - 1;
        if (gone < 0) find('inserted', row.name, `has the number ${row.number}, as ${before.name}`);
        else if (gone > 0) find('missing', row.name, `${gone === 1 ? 'the segment' : `${gone} segments`} before it, number ${before.number + 1}${gone === 1 ? '' : ` to ${row.number - 1}`}, ${gone === 1 ? 'is' : 'are'} in no index`);
        else if (row.before !== '' && row.before !== before.mac) find('replayed', row.name, `comes after another segment than ${before.name}`);
    }
}

/**
 * Indexes against what others say of them.
 * @param {ReadonlyMap<string, Hour>} hours by "2026-11-22T13" @param {(hour: string) => boolean} isRead whether the day of an hour was looked at
 * @param {(kind: Kind, hour: string, problem: string) => void} find
 */
export function linkProblems(hours, isRead, find) {
    for (const [hour, { seal }] of hours) {
        const link = seal?.before;
        if (link === undefined || !isRead(link.hour)) continue;
        const other = hours.get(link.hour)?.seal;
        if (other === undefined) find('missing', link.hour, `the index of ${hour} comes after it, and ${hours.has(link.hour) ? 'it has no seal' : 'it is gone'}`);
        else if (other.count < link.count) find('replayed', link.hour, `was written ${other.count} times, and the index of ${hour} knows ${link.count}: an older one was put back`);
        else if (other.count === link.count && other.seal !== link.seal) find('replayed', link.hour, `is not the one that the index of ${hour} knows`);
    }
}
