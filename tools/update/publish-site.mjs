// Where releases are published: a folder that a web server serves, or a bucket. Bundles have names that never come again;
// the index is written last, in one step, and only in the place of the one that it was made from.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { createFile, readBytes, replaceFile } from './files.mjs';
import { indexMax, indexName } from './index-file.mjs';
import { Unable, Usage } from './words.mjs';

/** @typedef {import('./words.mjs').Parsed} Parsed */

/**
 * @typedef {object} Site
 * @property {string} shown place of the index, for messages
 * @property {() => Promise<string | undefined>} read the index; undefined: there is none
 * @property {(name: string, data: Buffer) => Promise<void>} add a bundle; one of that name stays
 * @property {(text: string) => Promise<boolean>} replace the index that was read last; false: it is another one by now
 * @property {() => void} close
 */

/** @param {string} dir @param {boolean} writes @returns {Site} */
function folderSite(dir, writes) {
    const file = path.join(dir, indexName);
    const lock = path.join(dir, '.publish.lock');
    if (writes) {
        mkdirSync(dir, { recursive: true });
        if (existsSync(lock)) throw new Unable(`${lock} is there: another publish is at work; remove it when none is`);
        createFile(lock, String(process.pid), 0o600);
    }
    return {
        shown: file,
        read: async () => (existsSync(file) ? readBytes(file, indexMax).toString('utf8') : undefined),
        add: async (name, data) => {
            if (!existsSync(path.join(dir, name))) createFile(path.join(dir, name), data, 0o644);
        },
        replace: async (text) => {
            replaceFile(file, text);
            return true;
        },
        close: () => {
            if (writes) rmSync(lock, { force: true });
        },
    };
}

/** @param {Parsed} parsed @param {string} address @returns {Promise<Site>} */
async function bucketSite(parsed, address) {
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/.exec(address) ?? [];
    const [{ S3 }, { placeOf }, { prefixOf }] = await Promise.all([import('../cloud/s3.mjs'), import('../cloud/place.mjs'), import('../cloud/footage.mjs')]);
    const folder = prefixOf(prefix, '--dir');
    const s3 = new S3(placeOf(parsed, bucket));
    /** Of the index that was read. @type {string | undefined} */
    let etag;
    /** Whether an object was refused, or is what was sent: a reply that was lost leaves it there. @param {string} key @param {Buffer} data @param {import('../cloud/s3.mjs').PutOptions} options */
    const put = async (key, data, options) => {
        try {
            await s3.put(key, data, options);
            return true;
        } catch (error) {
            if (!(error instanceof StoreError && error.code === 'CONFLICT')) throw error;
            return (await s3.load(key))?.bytes.equals(data) === true;
        }
    };
    return {
        shown: `s3://${bucket}/${folder}${indexName}`,
        read: async () => {
            const found = await s3.load(folder + indexName, indexMax);
            etag = found?.etag;
            return found?.bytes.toString('utf8');
        },
        add: async (name, data) => {
            const options = { type: 'application/octet-stream', cacheControl: 'max-age=31536000, immutable', isNew: true };
            if (!(await put(folder + name, data, options))) throw new Unable(`s3://${bucket}/${folder}${name} is there already, with other bytes`);
        },
        replace: (text) => put(folder + indexName, Buffer.from(text), { type: 'application/json', cacheControl: 'no-cache', ...(etag === undefined ? { isNew: true } : { etag }) }),
        close: () => undefined,
    };
}

/** @param {Parsed} parsed @param {string} dir `--dir` @param {boolean} writes false: it is only read */
export async function siteOf(parsed, dir, writes) {
    if (dir.startsWith('s3://')) return bucketSite(parsed, dir);
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(dir)) throw new Usage(`--dir: "${dir}" is not allowed: a folder, or s3://BUCKET/PREFIX`);
    return folderSite(dir, writes);
}
