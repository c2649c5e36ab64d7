// `ocellus cloud verify`: whether a store has what its indexes promise (docs/formats-cloud.md). Indexes and playlists of a
// camera that goes on are read in an order that lets it: a playlist between two looks at its index, the list of objects
// last.
import { lengthOf, plain } from '../update/query.mjs';
import { Unable } from '../update/words.mjs';
import { ContentKeys, ivOf, Locked, readKeyObject, readersOf, sealedBytes, unseal } from './content-key.mjs';
import { chainProblems, digestOf, fits, headMac, isMac, isSealed, isSigned, kinds, linkProblems, salvage } from './evidence.mjs';
import { each, signersOf } from './footage.mjs';
import { Damaged, differenceOf, follows, hourOf, initName, keyName, pictureName, readDay, readDevice, readHour, readPlaylist, segmentName } from './index-file.mjs';
import { boxes } from './join.mjs';

/** @typedef {import('../update/words.mjs').Parsed} Parsed */
/** @typedef {import('./footage.mjs').Footage} Footage */
/** @typedef {import('./index-file.mjs').Hour} Hour */
/** @typedef {import('./index-file.mjs').Segment} Segment */
/** @typedef {import('./evidence.mjs').Kind} Kind */
/** What was read of an object, and why it is none. @typedef {{ digest: string, problem: string }} Content */
/** @typedef {{ isJson: boolean, isContinuous: boolean, allows: boolean, signers: readonly string[] }} Wishes isContinuous: gaps inside of a recording are wrong too; allows: what nothing proves is not; signers: that may sign, [] for any */

const daysAtOnce = 4; // 24 indexes of 0.3 MB and the names of a day, each
const objectsAtOnce = 2; // of a day, that are decrypted; held in memory as a whole
const objectMax = 512 << 20; // bytes
const batchSegmentsMax = 16; // by which the playlist of an hour may be behind its index (docs/formats-cloud.md)
const jpegMark = 'ffd8'; // that every JPEG begins with
const timesMs = 100; // by which times in a recording may differ
const clockMs = 1000; // by which a clock that is corrected lets recordings overlap

/** One walk: what is wrong, and sums. */
class Walk {
    /** Segments of a recording that lie in one hour, by the recording. @type {Map<string, { key: string, first: Segment, last: Segment }[]>} */
    #runs = new Map();
    /** Content keys that are known, by the names of their objects; undefined: nobody here opens it. @type {Map<string, Buffer | undefined>} */
    #contentKeys = new Map();
    /** What the hours of a channel prove: by its folder, by hour. @type {Map<string, Map<string, Hour>>} */
    #channels = new Map();
    /** Segments whose place in the chain is known. @type {Map<string, { name: string, segment: Segment }[]>} */
    #links = new Map();
    /** Of devices, by their folders. @type {Map<string, Set<string>>} */
    #signers = new Map();
    /** The highest of what was found. */
    code = 0;
    sums = { days: 0, hours: 0, segments: 0, bytes: 0, durationMs: 0, gaps: 0, gapMs: 0, unnamed: 0, encrypted: 0, decrypted: 0, proven: 0, findings: 0 };

    /** @param {ContentKeys} keys @param {Wishes} wishes */
    constructor(keys, wishes) {
        this.keys = keys;
        this.footage = keys.footage;
        this.wishes = wishes;
        this.isJson = wishes.isJson;
        this.isContinuous = wishes.isContinuous;
    }

    /** @param {string} object @param {string} problem @param {Kind} [kind] of evidence */
    find(object, problem, kind) {
        this.sums.findings++;
        this.code = Math.max(this.code, kind === undefined ? 1 : kinds[kind]);
        console.log(this.isJson ? JSON.stringify({ object, problem, ...(kind && { kind }) }) : plain(`${object}: ${kind === undefined ? '' : `${kind}: `}${problem}`));
    }

    /**
     * Reads an object; undefined: it is not there, or damaged, which is noted.
     * @template T
     * @param {string} key @param {(bytes: Buffer) => T} parse @param {boolean} isNeeded
     * @returns {Promise<T | undefined>}
     */
    async read(key, parse, isNeeded) {
        const found = await this.footage.s3.load(key);
        if (found === undefined) {
            if (isNeeded) this.find(key, 'is not there');
            return undefined;
        }
        try {
            return parse(found.bytes);
        } catch (error) {
            if (!(error instanceof Damaged)) throw error;
            this.find(key, error.message);
            return undefined;
        }
    }

    /** Reads the key objects of segments or pictures, and opens them if private keys were given. @param {string} folder @param {readonly { keyId: string }[]} sealed */
    async unlock(folder, sealed) {
        for (const id of new Set(sealed.map(({ keyId }) => keyId))) {
            const name = folder + keyName(id);
            if (id === '' || this.#contentKeys.has(name)) continue;
            this.#contentKeys.set(name, undefined);
            const wraps = await this.read(name, (bytes) => readKeyObject(bytes, id), true);
            if (wraps === undefined || this.keys.readers.length === 0) continue;
            try {
                this.#contentKeys.set(name, await this.keys.get(folder, id));
            } catch (error) {
                if (!(error instanceof Locked || error instanceof Damaged)) throw error;
                this.find(name, error instanceof Locked ? `is for ${error.ids.join(', ')}, for none of the keys that were given` : error.message);
            }
        }
    }

    /** IVs of objects of a channel, for playlists. @param {string} folder of a day @returns {import('./index-file.mjs').IvOf} */
    ivs(folder) {
        return (day, keyId, name) => {
            const key = this.#contentKeys.get(`${folder.slice(0, -11)}${day}/${keyName(keyId)}`);
            return key && ivOf(key, name).toString('hex');
        };
    }

    /** An object of a day, decrypted, where its key is known. @param {string} folder @param {string} name @param {string} keyId @param {number} [bytes] @returns {Promise<Content | undefined>} */
    async content(folder, name, keyId, bytes) {
        const key = this.#contentKeys.get(folder + keyName(keyId));
        if (key === undefined) return undefined;
        const found = await this.footage.s3.load(folder + name, objectMax);
        if (found === undefined) return undefined; // that is noted elsewhere
        const digest = digestOf(found.bytes);
        try {
            const plainBytes = unseal(found.bytes, key, name);
            if (bytes !== undefined && plainBytes.length !== bytes) throw new Damaged(`has ${plainBytes.length} bytes, decrypted, in the index ${bytes}`);
            if (name.endsWith('.jpg')) {
                if (plainBytes.toString('hex', 0, 2) !== jpegMark) throw new Damaged('is no JPEG');
            } else {
                const needed = bytes === undefined ? 'moov' : 'moof';
                if (!boxes(plainBytes).some(({ type }) => type === needed)) throw new Damaged(`has no ${needed}`);
            }
            this.sums.decrypted++;
            return { digest, problem: '' };
        } catch (error) {
            if (!(error instanceof Damaged)) throw error;
            return { digest, problem: error.message };
        }
    }

    /** Seals of a day, and what its MACs say of its objects. @param {string} folder @param {ReadonlyMap<string, Hour>} hours by "13" @param {ReadonlyMap<string, Content>} contents by name */
    evidence(folder, hours, contents) {
        const { prefix } = this.footage;
        const place = folder.slice(prefix.length);
        const day = folder.slice(-11, -1);
        const keyOf = (/** @type {string} */ id) => this.#contentKeys.get(folder + keyName(id));
        const channel = this.#channels.get(folder.slice(0, -11)) ?? new Map();
        this.#channels.set(folder.slice(0, -11), channel);
        const links = this.#links.get(folder.slice(0, -11)) ?? [];
        this.#links.set(folder.slice(0, -11), links);
        /** Objects with a MAC that fits. @type {Set<string>} */
        const good = new Set();
        /** @type {{ segment: Segment, key: Buffer, digest: string }[]} */
        const strange = [];
        const sorted = [...hours].sort(([a], [b]) => (a < b ? -1 : 1));
        for (const [at, [clock, hour]] of sorted.entries()) {
            channel.set(`${day}T${clock}`, hour);
            const { seal, segments } = hour;
            const index = `${folder}${clock}.json`;
            const key = seal && keyOf(seal.keyId);
            const isWhole = seal !== undefined && isSigned(seal, `${place}${clock}.json`) && (key === undefined || isSealed(seal, `${place}${clock}.json`, key));
            if (seal !== undefined) this.signed(index, seal.signer, isWhole);
            const proven = segments.filter(({ proof }) => proof !== undefined);
            const rows = proven.flatMap((segment) => {
                const found = contents.get(segmentName(segment));
                const own = keyOf(segment.keyId);
                return own === undefined || found === undefined ? [] : [{ segment, key: own, digest: found.digest }];
            });
            const name = (/** @type {Segment} */ segment) => folder + segmentName(segment);
            if (isWhole) {
                links.push(...proven.map((segment) => ({ name: name(segment), segment })));
                for (const row of rows) {
                    if (row.segment.proof && fits(row.key, place, row.segment, row.segment.proof, row.digest)) good.add(segmentName(row.segment));
                    else strange.push(row);
                }
            } else if (rows.length > 0) {
                const next = sorted[at + 1]?.[1].segments[0]?.proof;
                const found = salvage(rows, place, (kind, segment, problem) => this.find(name(segment), problem, kind), next);
                links.push(...found.map((segment) => ({ name: name(segment), segment })));
                for (const row of rows) good.add(segmentName(row.segment)); // whatever is wrong with it was told
            }
            if (this.keys.readers.length > 0) this.heads(folder, hour, keyOf, contents, good);
            const bare = segments.length - proven.length;
            if (this.keys.readers.length > 0 && !this.wishes.allows && bare > 0) this.find(index, `nothing proves ${bare} of its ${segments.length} segments`, 'unproven');
            if (isWhole && key !== undefined) this.sums.proven += rows.length;
        }
        for (const { segment, digest } of strange) {
            const [other] = strange.filter((one) => one.segment !== segment && one.segment.proof && fits(one.key, place, one.segment, one.segment.proof, digest));
            if (other === undefined) this.find(folder + segmentName(segment), 'has other bytes than the camera wrote', 'changed');
            else this.find(folder + segmentName(segment), `has the bytes of ${segmentName(other.segment)}`, 'swapped');
            good.add(segmentName(segment));
        }
        for (const [name, { problem }] of contents) if (problem !== '' && !good.has(name)) this.find(folder + name, problem);
    }

    /** Init segments and pictures of an hour that lie in its day. @param {string} folder @param {Hour} hour @param {(id: string) => Buffer | undefined} keyOf @param {ReadonlyMap<string, Content>} contents @param {Set<string>} good */
    heads(folder, hour, keyOf, contents, good) {
        if (hour.seal === undefined) return;
        /** @type {Map<string, { keyId: string, mac: string | undefined }>} */
        const all = new Map(hour.segments.flatMap((segment) => (segment.proof === undefined ? [] : [[initName(segment.stem, segment.keyId), { keyId: segment.keyId, mac: headMac(hour, segment) }]])));
        for (const picture of hour.pictures) if (picture.mac !== '') all.set(pictureName(picture), picture);
        for (const [name, { keyId, mac }] of all) {
            const [key, content] = [keyOf(keyId), contents.get(name)];
            if (key === undefined || content === undefined || good.has(name)) continue;
            if (!isMac(key, folder.slice(this.footage.prefix.length) + name, content.digest, mac)) this.find(folder + name, 'has other bytes than the camera wrote', 'changed');
            good.add(name);
        }
    }

    /** @param {string} index its name @param {string} signer @param {boolean} isWhole its seal and signature fit */
    signed(index, signer, isWhole) {
        if (!isWhole) this.find(index, 'has a seal or a signature that does not fit', 'changed');
        const { signers } = this.wishes;
        if (signers.length > 0 && !signers.includes(signer)) this.find(index, `is signed by ${signer}, not by the camera`, 'changed');
        const device = index.slice(0, this.footage.prefix.length + index.slice(this.footage.prefix.length).indexOf('/') + 1);
        const known = this.#signers.get(device) ?? new Set();
        this.#signers.set(device, known.add(signer));
    }

    /** Channels over all of their days. @param {ReadonlySet<string>} folders of days that were looked at */
    chains(folders) {
        for (const [folder, hours] of this.#channels) {
            chainProblems(this.#links.get(folder) ?? [], (kind, name, problem) => this.find(name, problem, kind));
            const isRead = (/** @type {string} */ hour) => folders.has(`${folder}${hour.slice(0, 10)}/`);
            linkProblems(hours, isRead, (kind, hour, problem) => this.find(`${folder}${hour.slice(0, 10)}/${hour.slice(11)}.json`, problem, kind));
        }
        for (const [device, signers] of this.#signers) {
            if (signers.size > 1 && this.wishes.signers.length === 0) this.find(device, `is signed by ${[...signers].join(' and ')}: was the camera reset? --signer KEY for each`, 'unproven');
        }
        return [...new Set([...this.#signers.values()].flatMap((one) => [...one]))];
    }

    /** An hour and its playlist. @param {string} folder @param {string} channel @param {string} hour "2026-11-22T13" @returns {Promise<Hour | undefined>} */
    async hour(folder, channel, hour) {
        const key = `${folder}${hour.slice(11)}`;
        const readIndex = async () => {
            const index = await this.read(`${key}.json`, (bytes) => readHour(bytes, channel, hour), true);
            await this.unlock(folder, index?.segments ?? []);
            return index;
        };
        const before = await readIndex();
        if (before === undefined || before.segments.length === 0) return before;
        const list = await this.read(`${key}.m3u8`, readPlaylist, true);
        const after = before.ended ? before : await readIndex();
        if (list === undefined || after === undefined) return after;
        // it may be behind, and the camera may have gone on between the two looks
        const count = list.entries.length;
        const mayLag = !before.ended && count >= before.segments.length - batchSegmentsMax && count <= after.segments.length;
        const difference = differenceOf(list, mayLag ? after.segments.slice(0, count) : after.segments, hour.slice(0, 10), this.ivs(folder));
        if (difference !== '') this.find(`${key}.m3u8`, difference);
        if (before.ended !== list.ended && !(list.ended && after.ended)) this.find(`${key}.m3u8`, list.ended ? 'has an end, its index goes on' : 'has no end, its index has');
        const missing = before.ended ? before.events.filter((id) => !list.events.includes(id)) : [];
        if (missing.length > 0) this.find(`${key}.m3u8`, `has no event ${missing.join(', ')}`);
        return after;
    }

    /** Segments of an hour among themselves. @param {string} folder @param {string} hour @param {readonly Segment[]} segments */
    order(folder, hour, segments) {
        const key = `${folder}${hour.slice(11)}.json`;
        /** @type {Map<string, { key: string, first: Segment, last: Segment }>} */
        const runs = new Map();
        for (const segment of segments) {
            if (hourOf(segment.startMs) !== hour) this.find(key, `${segmentName(segment)} begins at ${new Date(segment.startMs).toISOString()}, in another hour`);
            const run = runs.get(segment.stem);
            if (run !== undefined) this.pair(key, run.last, segment);
            runs.set(segment.stem, { key, first: run?.first ?? segment, last: segment });
        }
        for (const [stem, run] of runs) {
            const recording = `${folder.slice(0, -11)}${stem}`;
            this.#runs.set(recording, [...(this.#runs.get(recording) ?? []), run]);
        }
    }

    /** Where recordings go on in another hour or day. */
    joints() {
        for (const runs of this.#runs.values()) {
            runs.sort((a, b) => a.first.offset - b.first.offset);
            for (const [at, { key, first }] of runs.entries()) {
                const before = runs[at - 1];
                if (before !== undefined) this.pair(key, before.last, first);
            }
        }
    }

    /** Two segments of a recording, one behind the other. @param {string} key @param {Segment} before @param {Segment} segment */
    pair(key, before, segment) {
        if (follows(before, segment)) return;
        const name = segmentName(segment);
        const skipped = segment.offset - before.offset - before.bytes;
        const gapMs = segment.startMs - before.startMs - before.durationMs;
        if (skipped < 0) this.find(key, `${name} is twice, or overlaps ${segmentName(before)}`);
        else if (gapMs < -timesMs) this.find(key, `${name} begins ${-gapMs} ms before ${segmentName(before)} ends`);
        else if (skipped > 0 && gapMs <= timesMs) this.find(key, `${skipped} bytes before ${name} are in no segment`);
        else if (skipped > 0) {
            this.sums.gaps++;
            this.sums.gapMs += gapMs;
            if (this.isContinuous) this.find(key, `${lengthOf(gapMs)} before ${name} are missing`);
        }
    }

    /** Recordings of a day against each other. @param {string} folder @param {readonly Hour[]} hours */
    recordings(folder, hours) {
        /** @type {Map<string, Segment[]>} */
        const of = new Map();
        for (const segment of hours.flatMap(({ segments }) => segments)) {
            const known = of.get(segment.stem);
            if (known === undefined) of.set(segment.stem, [segment]);
            else known.push(segment);
        }
        const endOf = (/** @type {Segment} */ { startMs, durationMs }) => startMs + durationMs;
        const all = [...of.values()].map((segments) => {
            const first = segments.reduce((a, b) => (b.startMs < a.startMs ? b : a));
            const last = segments.reduce((a, b) => (endOf(b) > endOf(a) ? b : a));
            return { first, last, longestMs: Math.max(...segments.map(({ durationMs }) => durationMs)) };
        });
        /** @type {typeof all[number] | undefined} */
        let latest;
        for (const one of all.sort((a, b) => a.first.startMs - b.first.startMs)) {
            const overlapMs = latest === undefined ? 0 : Math.min(endOf(latest.last), endOf(one.last)) - one.first.startMs;
            // of another stream: it begins with the key frame before the change, less than a segment earlier
            const roomMs = clockMs + Math.max(latest?.longestMs ?? 0, one.longestMs);
            if (latest !== undefined && overlapMs > roomMs) this.find(folder, `${segmentName(one.first)} overlaps ${segmentName(latest.last)} by ${overlapMs} ms: was the clock set back?`);
            if (latest === undefined || endOf(one.last) >= endOf(latest.last)) latest = one;
        }
    }

    /** Index and playlist of a day against its hours. @param {string} folder @param {string} channel @param {string} day @param {ReadonlyMap<string, Hour>} hours */
    async day(folder, channel, day, hours) {
        const newest = [...hours.keys()].sort().pop() ?? '';
        // a camera notes an hour in its day before it begins the next one
        const over = [...hours].flatMap(([hour, { ended, segments }]) => (ended && segments.length > 0 && hour < newest ? [hour] : []));
        const read = (/** @type {boolean} */ isNeeded) => this.read(`${folder}day.json`, (bytes) => readDay(bytes, channel, day), isNeeded);
        const before = await read(false);
        const list = await this.read(`${folder}day.m3u8`, readPlaylist, before?.ended === true);
        const after = before?.ended ? before : await read(false);
        if (after === undefined) {
            if (over.length > 0) this.find(`${folder}day.json`, 'is not there, and hours are over');
            return;
        }
        for (const { hour, segments, bytes } of after.hours) {
            const own = hours.get(hour);
            if (own === undefined) this.find(`${folder}day.json`, `names the hour ${hour}, which has no index`);
            else if (own.ended && (own.segments.length !== segments || own.segments.reduce((sum, one) => sum + one.bytes, 0) !== bytes)) {
                this.find(`${folder}day.json`, `has ${segments} segments and ${bytes} bytes in the hour ${hour}, its index others`);
            }
        }
        for (const hour of over) {
            if (!after.hours.some((one) => one.hour === hour)) this.find(`${folder}day.json`, `has no hour ${hour}`);
        }
        if (list === undefined) return;
        const differences = [before, after].map((one) => differenceOf(list, (one?.hours ?? []).flatMap(({ hour }) => hours.get(hour)?.segments ?? []), day, this.ivs(folder)));
        const late = after.hours.some(({ hour }) => hours.get(hour)?.ended === false);
        if (!late && !differences.includes('')) this.find(`${folder}day.m3u8`, differences[1] ?? '');
    }

    /** Everything of a day. @param {string} device @param {string} channel @param {string} day */
    async all(device, channel, day) {
        const folder = this.footage.folder(device, channel, day);
        const { s3 } = this.footage;
        /** @type {Map<string, Hour>} */
        const hours = new Map();
        for (const clock of await this.footage.hours(folder)) {
            const index = await this.hour(folder, channel, `${day}T${clock}`);
            if (index !== undefined) hours.set(clock, index);
        }
        await this.day(folder, channel, day, hours);
        const names = (await s3.all(folder)).objects;
        /** @type {Set<string>} */
        const named = new Set();
        /** What is encrypted, by its name. @type {Map<string, { keyId: string, bytes?: number }>} */
        const sealed = new Map();
        for (const [clock, { segments }] of hours) {
            this.order(folder, `${day}T${clock}`, segments);
            for (const segment of segments) {
                const name = folder + segmentName(segment);
                const bytes = names.get(name);
                if (bytes === undefined) this.find(name, 'is not there, and an index names it');
                else if (bytes !== (segment.keyId === '' ? segment.bytes : sealedBytes(segment.bytes))) {
                    this.find(name, `has ${bytes} bytes, in the index ${segment.bytes}${segment.keyId === '' ? '' : ', encrypted'}`);
                }
                named.add(name).add(folder + initName(segment.stem, segment.keyId));
                if (segment.keyId !== '') {
                    named.add(folder + keyName(segment.keyId));
                    sealed.set(segmentName(segment), segment).set(initName(segment.stem, segment.keyId), { keyId: segment.keyId });
                    this.sums.encrypted++;
                }
                this.sums.segments++;
                this.sums.bytes += segment.bytes;
                this.sums.durationMs += segment.durationMs;
            }
        }
        const pictures = [...hours.values()].flatMap((hour) => hour.pictures.filter(({ startMs }) => hourOf(startMs).startsWith(day)));
        await this.unlock(folder, pictures);
        for (const picture of pictures) {
            const name = pictureName(picture);
            if (!names.has(folder + name)) this.find(folder + name, 'is not there, and an index names it');
            if (picture.keyId !== '') {
                named.add(folder + keyName(picture.keyId));
                sealed.set(name, { keyId: picture.keyId });
            }
        }
        for (const name of named) if (name.endsWith('-init.mp4') && !(Number(names.get(name)) > 0)) this.find(name, 'is not there, and segments need it');
        /** @type {Map<string, Content>} */
        const contents = new Map();
        await each(sealed, objectsAtOnce, async ([name, { keyId, bytes }]) => {
            const content = await this.content(folder, name, keyId, bytes);
            if (content !== undefined) contents.set(name, content);
        });
        this.evidence(folder, hours, contents);
        this.recordings(folder, [...hours.values()]);
        for (const [name, bytes] of names) {
            const rest = name.slice(folder.length);
            if (/^event-\d+\.m3u8$/.test(rest)) await this.event(name, folder, names);
            else if (!/^(?:(?:\d\d|day)\.(?:json|m3u8)|event-\d+(?:-[0-9a-f]{16})?\.jpg)$/.test(rest) && !named.has(name)) this.sums.unnamed++;
            else if (bytes === 0) this.find(name, 'is empty');
        }
        this.sums.days++;
        this.sums.hours += hours.size;
    }

    /** What the playlist of an event names is there. @param {string} key @param {string} folder @param {ReadonlyMap<string, number>} names */
    async event(key, folder, names) {
        const list = await this.read(key, readPlaylist, false);
        for (const uri of new Set(list?.entries.flatMap(({ uri, map, key, mapKey }) => [uri, map, ...[key, mapKey].flatMap((one) => one?.uri ?? [])]))) {
            const other = /^\.\.\/(\d{4}-\d\d-\d\d)\/([^/]+)$/.exec(uri);
            const name = other === null ? folder + uri : `${folder.slice(0, -11)}${other[1]}/${other[2]}`;
            const isThere = names.has(name) || (await this.footage.s3.head(name)) !== undefined;
            if (!isThere) this.find(key, `names ${uri}, which is not there`);
        }
    }
}

/** @param {Parsed} parsed @param {Footage} footage */
export async function verify(parsed, footage) {
    const [device, channel, day] = parsed.words;
    const wishes = { isJson: parsed.is('json'), isContinuous: parsed.is('continuous'), allows: parsed.is('allow-unauthenticated'), signers: signersOf(parsed.all('signer')) };
    const walk = new Walk(new ContentKeys(footage, await readersOf(parsed.all('key'))), wishes);
    /** @type {[string, string, string][]} */
    const days = [];
    for (const one of await footage.devices(device)) {
        await walk.read(`${footage.folder(one)}device.json`, readDevice, true);
        for (const two of await footage.channels(one, channel)) {
            for (const three of await footage.days(one, two, day)) days.push([one, two, three]);
        }
    }
    if (days.length === 0) throw new Unable('there is no such footage in the store');
    await each(days, daysAtOnce, (one) => walk.all(...one));
    walk.joints();
    const signers = walk.chains(new Set(days.map((one) => footage.folder(...one))));
    const { sums } = walk;
    if (walk.isJson) console.log(JSON.stringify({ verified: { ...sums, signers } }));
    else {
        console.log(`${sums.days} days, ${sums.hours} hours, ${sums.segments} segments, ${(sums.bytes / 1e6).toFixed(1)} MB, ${lengthOf(sums.durationMs)}`);
        if (sums.gaps > 0) console.log(`${sums.gaps} gaps of ${lengthOf(sums.gapMs)} inside of recordings`);
        if (sums.encrypted > 0) console.log(`${sums.encrypted} segments are encrypted; ${sums.decrypted === 0 ? 'with --key they are read too' : `${sums.decrypted} objects were decrypted`}`);
        if (sums.proven > 0) console.log(`${sums.proven} segments are in indexes with a seal`);
        for (const signer of signers) console.log(`indexes are signed by ${signer}`);
        if (sums.unnamed > 0) console.log(`${sums.unnamed} objects that no index names`);
    }
    return walk.code;
}
