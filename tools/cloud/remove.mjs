// `ocellus cloud rm`: footage before a day leaves a store. Indexes and playlists go first, so that nobody is led to what is
// not there; a walk that was cut off goes on when it is started again.
import { createInterface } from 'node:readline';
import { atTerminal } from '../update/secret.mjs';
import { need, Unable, Usage } from '../update/words.mjs';
import { checkDay, each } from './footage.mjs';
import { Damaged, readPlaylist } from './index-file.mjs';

/** @typedef {import('../update/words.mjs').Parsed} Parsed */
/** @typedef {import('./footage.mjs').Footage} Footage */
/** @typedef {import('./index-file.mjs').Entry} Entry */
/** @typedef {import('./index-file.mjs').Sealed} Sealed */
/** @typedef {{ day: string, folder: string, indexes: string[], objects: string[], bytes: number }} Doomed */

const atOnce = 12; // requests

/** Whether nothing more is expected of a day. @param {Footage} footage @param {string} device @param {string} channel @param {string} day */
async function isOver(footage, device, channel, day) {
    try {
        return (await footage.day(device, channel, day))?.ended === true;
    } catch (error) {
        if (error instanceof Damaged) return false;
        throw error;
    }
}

/** What a day has; undefined: its camera may still write there. @param {Footage} footage @param {string} device @param {string} channel @param {string} day @param {boolean} force @returns {Promise<Doomed | undefined>} */
async function doomedOf(footage, device, channel, day, force) {
    const folder = footage.folder(device, channel, day);
    const { objects } = await footage.s3.all(folder);
    const keys = [...objects.keys()];
    const isIndex = (/** @type {string} */ key) => /\/(?:\d\d|day|event-\d+)\.(?:json|m3u8)$/.test(key);
    const indexes = keys.filter(isIndex);
    // a walk that was cut off has left neither playlists nor the index of the day
    const isRest = !indexes.some((key) => key.endsWith('.m3u8') || key.endsWith('/day.json'));
    if (!force && !isRest && !(await isOver(footage, device, channel, day))) return undefined;
    // each of these leads to those behind it
    const order = (/** @type {string} */ key) => (key.endsWith('.m3u8') ? 0 : key.endsWith('/day.json') ? 1 : 2);
    return {
        day,
        folder,
        indexes: indexes.sort((a, b) => order(a) - order(b)),
        objects: keys.filter((key) => !isIndex(key)),
        bytes: [...objects.values()].reduce((sum, bytes) => sum + bytes, 0),
    };
}

/** @param {string} uri "../2026-11-22/" or '' */
const folderOf = (uri) => uri.slice(0, uri.lastIndexOf('/') + 1);
/** @param {string} uri @param {ReadonlySet<string>} days */
const isGone = (uri, days) => days.has(folderOf(uri).slice(3, -1));

/** @param {Sealed | undefined} key */
const keyLine = (key) => `#EXT-X-KEY:METHOD=${key ? `AES-128,URI="${key.uri}",IV=0x${key.iv}` : 'NONE'}`;

/**
 * The init segment of what stays; undefined: it is encrypted, and `maps` has not which one it is.
 * @param {Entry} entry @param {ReadonlySet<string>} days @param {ReadonlyMap<string, Pick<Entry, 'map' | 'mapKey'>>} maps
 * @returns {Pick<Entry, 'map' | 'mapKey'> | undefined}
 */
function mapOf({ uri, map, key, mapKey }, days, maps) {
    if (!isGone(map, days)) return { map, mapKey };
    // the day that stays has its own init segment of the recording
    return key || mapKey ? maps.get(uri) : { map: folderOf(uri) + map.slice(folderOf(map).length), mapKey };
}

/**
 * A playlist without what lies in folders of other days that go; '': nothing is left of it, or nobody knows how it begins.
 * @param {string} text @param {ReadonlySet<string>} days
 * @param {ReadonlyMap<string, Pick<Entry, 'map' | 'mapKey'>>} maps init segments by the addresses of segments, as playlists of hours have them
 */
export function without(text, days, maps) {
    const { entries, ended } = readPlaylist(Buffer.from(text));
    if (!entries.some(({ uri }) => isGone(uri, days))) return text;
    const head = text.split('\n').filter((line) => /^#(?:EXTM3U|EXT-X-(?:VERSION|TARGETDURATION|MEDIA-SEQUENCE|PLAYLIST-TYPE|INDEPENDENT-SEGMENTS|DATERANGE))/.test(line));
    /** @type {string[]} */
    const lines = [];
    let [nextMs, map, keyNow] = [Number.NaN, '', keyLine(undefined)];
    const useKey = (/** @type {Sealed | undefined} */ key) => {
        if (keyLine(key) !== keyNow) lines.push(keyLine(key));
        keyNow = keyLine(key);
    };
    for (const entry of entries) {
        const startMs = entry.dateMs ?? nextMs;
        nextMs = startMs + entry.durationMs;
        if (isGone(entry.uri, days)) continue;
        const own = mapOf(entry, days, maps);
        if (own === undefined) return '';
        if (map === '' || entry.isBreak || entry.dateMs !== undefined) {
            if (map !== '') lines.push('#EXT-X-DISCONTINUITY');
            useKey(own.mapKey);
            lines.push(`#EXT-X-MAP:URI="${own.map}"`, `#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs).toISOString()}`);
            ({ map } = own);
        } else if (map !== own.map) {
            useKey(own.mapKey);
            lines.push(`#EXT-X-MAP:URI="${own.map}"`);
            ({ map } = own);
        }
        useKey(entry.key);
        lines.push(`#EXTINF:${(entry.durationMs / 1000).toFixed(3)},`, entry.uri);
    }
    return lines.length === 0 ? '' : `${[...head, ...lines, ...(ended ? ['#EXT-X-ENDLIST'] : [])].join('\n')}\n`;
}

/** Init segments that encrypted segments of a playlist have in their own hours. @param {Footage} footage @param {string} folder @param {string} text @param {ReadonlySet<string>} gone */
async function mapsOf(footage, folder, text, gone) {
    /** @type {Map<string, Pick<Entry, 'map' | 'mapKey'>>} */
    const maps = new Map();
    /** @type {Set<string>} */
    const hours = new Set();
    let nextMs = Number.NaN;
    for (const { uri, dateMs, durationMs, map, key, mapKey } of readPlaylist(Buffer.from(text)).entries) {
        const startMs = dateMs ?? nextMs;
        nextMs = startMs + durationMs;
        if (!isGone(uri, gone) && (key || mapKey) && isGone(map, gone)) hours.add(`${folderOf(uri)}${new Date(startMs).toISOString().slice(11, 13)}`);
    }
    for (const hour of hours) {
        const own = folderOf(hour);
        const found = await footage.s3.load(`${folder}${hour}.m3u8`.replace(/[^/]+\/\.\.\//, ''));
        const moved = (/** @type {Sealed | undefined} */ key) => key && { ...key, uri: own + key.uri };
        for (const { uri, map, mapKey } of found ? readPlaylist(found.bytes).entries : []) maps.set(own + uri, { map: own + map, mapKey: moved(mapKey) });
    }
    return maps;
}

/** Playlists of events of the days that stay lead no more into those that go: their pre-roll begins later. @param {Footage} footage @param {string} device @param {string} channel @param {ReadonlySet<string>} gone */
async function shorten(footage, device, channel, gone) {
    const { s3 } = footage;
    const next = [...gone].map((day) => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10));
    for (const day of new Set(next.filter((one) => !gone.has(one)))) {
        const folder = footage.folder(device, channel, day);
        const { objects } = await s3.all(`${folder}event-`);
        await each(objects.keys(), atOnce, async (key) => {
            const found = await s3.load(key);
            if (found === undefined) return;
            const text = found.bytes.toString('utf8');
            try {
                const rest = without(text, gone, await mapsOf(footage, folder, text, gone));
                if (rest === '') await s3.remove(key);
                else if (rest !== text) await s3.put(key, Buffer.from(rest), { type: 'application/vnd.apple.mpegurl', cacheControl: 'no-cache', etag: found.etag });
            } catch (error) {
                if (!(error instanceof Damaged)) throw error;
            }
        });
    }
}

/** @param {string} line */
async function confirm(line) {
    if (!atTerminal()) throw new Unable('nobody is there to confirm: give --yes');
    process.stderr.write(`${line}\nType yes to delete it: `);
    const reader = createInterface({ input: process.stdin });
    const typed = await new Promise((resolve) => reader.once('line', resolve).once('close', () => resolve('')));
    reader.close();
    if (typed.trim() !== 'yes') throw new Unable('not confirmed; nothing is deleted');
}

/** @param {Parsed} parsed @param {Footage} footage */
export async function rm(parsed, footage) {
    const [device = '', channel = ''] = parsed.words;
    const before = checkDay(need(parsed, 'before'), '--before');
    if (before > new Date().toISOString().slice(0, 10)) throw new Usage('--before: a day in the future');
    const [isDry, isJson] = [parsed.is('dry-run'), parsed.is('json')];
    /** @type {Doomed[]} */
    const doomed = [];
    let code = 0;
    for (const day of (await footage.days(device, channel)).filter((one) => one < before)) {
        const found = await doomedOf(footage, device, channel, day, parsed.is('force'));
        if (found !== undefined) doomed.push(found);
        else {
            console.error(`ocellus cloud: ${device}/${channel}/${day}: stays: its camera may still write there; --force deletes it too`);
            code = 1;
        }
    }
    const count = doomed.reduce((sum, { indexes, objects }) => sum + indexes.length + objects.length, 0);
    const bytes = doomed.reduce((sum, one) => sum + one.bytes, 0);
    const line = `${doomed.length} days, ${count} objects, ${(bytes / 1e6).toFixed(1)} MB of ${device}, channel ${channel}`;
    if (!isDry && count > 0) {
        if (!parsed.is('yes')) await confirm(line);
        await shorten(footage, device, channel, new Set(doomed.map(({ day }) => day)));
        for (const { indexes, objects } of doomed) {
            for (const key of indexes) await footage.s3.remove(key);
            await each(objects, atOnce, (key) => footage.s3.remove(key));
        }
    }
    if (isJson) console.log(JSON.stringify({ deleted: !isDry, days: doomed.map(({ day }) => day), objects: count, bytes }));
    else console.log(`${isDry ? 'would delete' : 'deleted'}: ${line}`);
    return code;
}
