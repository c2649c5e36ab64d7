// Footage in a store by its names: devices, channels, days, hours (docs/formats-cloud.md).
import { Unable, Usage } from '../update/words.mjs';
import { Damaged, readDay, readHour } from './index-file.mjs';

/** @typedef {import('./s3.mjs').S3} S3 */
/** @typedef {import('./index-file.mjs').Hour} Hour */
/** @typedef {import('./index-file.mjs').Day} Day */

const dayShape = /^\d{4}-\d\d-\d\d$/;

/** A name as a part of a key: letters, digits, - and _ as they are, every other byte as "=2F". @param {string} name @param {string} what */
export function partOf(name, what) {
    const bytes = Buffer.from(name);
    if (bytes.length === 0 || bytes.length > 63) throw new Usage(`${what}: a name has 1 to 63 bytes`);
    return [...bytes].map((byte) => (/[A-Za-z0-9_-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');
}

/** The name that a part was made of; undefined: it is none of ours. @param {string} part */
export function nameOf(part) {
    if (!/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(part)) return undefined;
    const name = Buffer.from(part.replace(/=(..)/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16))), 'latin1').toString('utf8');
    return Buffer.byteLength(name) <= 63 && partOf(name, 'name') === part ? name : undefined;
}

/** A prefix as it stands in front of keys: '' or "home/cameras/". @param {string} prefix @param {string} what gave it */
export function prefixOf(prefix, what) {
    const inner = prefix.replace(/^\/+|\/+$/g, '');
    const isGood = inner.split('/').every((part) => /^[A-Za-z0-9._-]+$/.test(part) && part !== '.' && part !== '..');
    if (inner !== '' && (!isGood || inner.length > 200)) throw new Usage(`${what}: a prefix has parts of letters, digits, ".", "_" and "-", 200 in all`);
    return inner === '' ? '' : `${inner}/`;
}

/** "2026-11-22". @param {string} day @param {string} what */
export function checkDay(day, what) {
    const ms = dayShape.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
    if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== day) throw new Usage(`${what}: "${day}" is not allowed: a day as 2026-11-22, UTC`);
    return day;
}

/**
 * Does something with each of a list, so many at a time; ends with the first failure.
 * @template T
 * @param {Iterable<T>} list @param {number} atOnce @param {(one: T) => Promise<void>} work
 */
export async function each(list, atOnce, work) {
    const rest = list[Symbol.iterator]();
    let failed = false;
    const run = async () => {
        try {
            for (let next = rest.next(); !next.done && !failed; next = rest.next()) await work(next.value);
        } catch (error) {
            failed = true;
            throw error;
        }
    };
    const ends = await Promise.allSettled(Array.from({ length: atOnce }, run));
    const bad = ends.find((end) => end.status === 'rejected');
    if (bad !== undefined) throw bad.reason;
}

/** Public keys of cameras, as `/api/status` has them. @param {readonly string[]} keys */
export function signersOf(keys) {
    for (const key of keys) if (!/^B[A-P][A-Za-z0-9_-]{85}$/.test(key)) throw new Usage('--signer: a public key has 87 characters; the camera shows it as cloud.signer');
    return keys;
}

export class Footage {
    /** @param {S3} s3 @param {string} prefix as of `prefixOf` */
    constructor(s3, prefix) {
        this.s3 = s3;
        this.prefix = prefix;
    }

    /** @param {string} device @param {string} [channel] @param {string} [day] */
    folder(device, channel, day) {
        const parts = [partOf(device, 'device'), ...(channel === undefined ? [] : [partOf(channel, 'channel')]), ...(day === undefined ? [] : [day])];
        return `${this.prefix}${parts.join('/')}/`;
    }

    /** Names of folders inside of one. @param {string} folder */
    async #inside(folder) {
        const { folders } = await this.s3.all(folder, '/');
        return folders.map((one) => one.slice(folder.length, -1));
    }

    /** All devices, or the one that is given. @param {string} [only] */
    async devices(only) {
        if (only !== undefined) return [only];
        return (await this.#inside(this.prefix)).flatMap((part) => nameOf(part) ?? []);
    }

    /** @param {string} device @param {string} [only] */
    async channels(device, only) {
        if (only !== undefined) return [only];
        return (await this.#inside(this.folder(device))).flatMap((part) => nameOf(part) ?? []);
    }

    /** In order. @param {string} device @param {string} channel @param {string} [only] */
    async days(device, channel, only) {
        if (only !== undefined) return [only];
        return (await this.#inside(this.folder(device, channel))).filter((part) => dayShape.test(part)).sort();
    }

    /** Hours of a day that have an index: "13", in order. @param {string} folder */
    async hours(folder) {
        /** @type {string[]} */
        const found = [];
        for (const digit of ['0', '1', '2']) {
            for (const key of (await this.s3.all(folder + digit, '/')).objects.keys()) {
                const [, hour] = /^([01]\d|2[0-3])\.json$/.exec(key.slice(folder.length)) ?? [];
                if (hour !== undefined) found.push(hour);
            }
        }
        return found.sort();
    }

    /** Undefined: it has no index. Throws Damaged. @param {string} device @param {string} channel @param {string} hour "2026-11-22T13" @returns {Promise<Hour | undefined>} */
    async hour(device, channel, hour) {
        const found = await this.s3.load(`${this.folder(device, channel, hour.slice(0, 10))}${hour.slice(11)}.json`);
        return found && readHour(found.bytes, channel, hour);
    }

    /** @param {string} device @param {string} channel @param {string} day @returns {Promise<Day | undefined>} */
    async day(device, channel, day) {
        const found = await this.s3.load(`${this.folder(device, channel, day)}day.json`);
        return found && readDay(found.bytes, channel, day);
    }
}

/** A damaged object ends a command that needs it. @template T @param {string} name @param {Promise<T>} work @returns {Promise<T>} */
export async function sound(name, work) {
    try {
        return await work;
    } catch (error) {
        throw error instanceof Damaged ? new Unable(`${name}: ${error.message}`) : error;
    }
}
