// Which store, and by which keys: places are options, keys come from the environment or from a file that nobody else
// can read; never from the command line, which others can see.
import { statSync } from 'node:fs';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { addressOf } from 'ocellus/app/cloud/s3-address';
import { readBytes } from '../update/files.mjs';
import { need, Unable, Usage } from '../update/words.mjs';

/** @typedef {import('../update/words.mjs').Parsed} Parsed */
/** @typedef {import('ocellus/app/cloud/sigv4').Keys} Keys */

/** @typedef {import('ocellus/app/cloud/s3-client').S3Options} Place */

const text = /** @type {const} */ ({ type: 'string' });

/** Options of every tool that reaches a store. */
export const placeOptions = /** @type {import('../update/words.mjs').Options} */ ({
    endpoint: text,
    region: text,
    'path-style': { type: 'boolean' },
    ca: text,
    'key-file': text,
});

/** Their help. */
export const placeUsage = `  --endpoint URL      https://s3.example.org
  --region NAME       (us-east-1)
  --path-style        the bucket is in the path, as stores of one's own mostly
                      need it; else it is part of the host name
  --ca FILE           authorities (PEM) instead of those of Node
  --key-file FILE     keys, instead of those of the environment; mode 0600

Keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones,
AWS_SESSION_TOKEN in the environment, or lines NAME=VALUE of these in FILE.
`;

const caMax = 1 << 20; // bytes
const keyFileMax = 16_384; // bytes
/** What the keys of a store look like: no secret is in a message, so the name has to do. */
const shapes = /** @type {const} */ ({
    AWS_ACCESS_KEY_ID: /^[!-.0-~]{1,128}$/,
    AWS_SECRET_ACCESS_KEY: /^[!-~]{1,256}$/,
    AWS_SESSION_TOKEN: /^[!-~]{0,8192}$/,
});

/** Lines NAME=VALUE of a file that belongs to this user or root, and that nobody else can read. @param {string} file */
function linesOf(file) {
    const about = statSync(file, { throwIfNoEntry: false });
    if (about !== undefined && (about.mode & 0o077) !== 0) {
        throw new Unable(`${file}: others can read it: chmod 600 ${file}`);
    }
    const lines = readBytes(file, keyFileMax).toString('utf8').split(/\r?\n/);
    /** @type {Record<string, string>} */
    const found = {};
    lines.forEach((line, index) => {
        if (line.trim() === '' || line.startsWith('#')) return;
        const [, name = '', value = ''] = /^(AWS_[A-Z_]+)=(.*)$/.exec(line) ?? [];
        if (!Object.hasOwn(shapes, name)) {
            throw new Unable(`${file}:${index + 1}: no line AWS_ACCESS_KEY_ID=..., AWS_SECRET_ACCESS_KEY=... or AWS_SESSION_TOKEN=...`);
        }
        found[name] = value;
    });
    return found;
}

/** @param {string | undefined} file @returns {Keys} */
function keysOf(file) {
    const from = file === undefined ? process.env : linesOf(file);
    const [id = '', secret = '', token = ''] = Object.entries(shapes).map(([name, shape]) => {
        const value = from[name] ?? '';
        if (value === '' && name !== 'AWS_SESSION_TOKEN') {
            throw new Unable(`${name} is missing in ${file ?? 'the environment; or give --key-file'}`);
        }
        if (!shape.test(value)) throw new Unable(`${name} is no such key; copy it again`);
        return value;
    });
    return { accessKeyId: id, secretAccessKey: secret, ...(token !== '' && { sessionToken: token }) };
}

/** @param {Parsed} parsed @param {string} bucket @returns {Place} */
export function placeOf(parsed, bucket) {
    const place = { endpoint: need(parsed, 'endpoint'), region: parsed.text('region') ?? 'us-east-1', bucket, pathStyle: parsed.is('path-style') };
    try {
        addressOf(place);
    } catch (error) {
        throw error instanceof StoreError ? new Usage(error.message) : error;
    }
    const keys = keysOf(parsed.text('key-file'));
    const ca = parsed.text('ca');
    return { ...place, keys: () => keys, now: Date.now, ...(ca !== undefined && { ca: readBytes(ca, caMax).toString() }) };
}
