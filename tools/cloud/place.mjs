// Which store, and by which keys: places are options, keys come from the environment or from a file that nobody else
// can read; never from the command line, which others can see.
import { statSync } from 'node:fs';
import { readBytes } from '../update/files.mjs';
import { need, Unable, Usage } from '../update/words.mjs';

/** @typedef {import('../update/words.mjs').Parsed} Parsed */
/** @typedef {{ accessKeyId: string, secretAccessKey: string, sessionToken?: string }} Keys */

/**
 * @typedef {object} Place
 * @property {boolean} secure
 * @property {string} hostname without brackets
 * @property {number} port
 * @property {string} host as the header has it: with the port unless that is the usual one
 * @property {string} base path before a key, with a slash at its end
 * @property {string} region
 * @property {string} bucket
 * @property {Keys} keys
 * @property {Buffer | undefined} ca authorities (PEM) instead of those of Node
 */

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

/** @param {string} endpoint */
function urlOf(endpoint) {
    let url;
    try {
        url = new URL(endpoint);
    } catch {
        throw new Usage('--endpoint: no address like https://s3.example.org');
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Usage('--endpoint: http or https');
    if (url.username || url.password) throw new Usage('--endpoint: without user and password: keys are in the environment');
    if (url.pathname !== '/' || url.search || url.hash) throw new Usage('--endpoint: without a path; the bucket is given by itself');
    return url;
}

/** @param {Parsed} parsed @param {string} bucket @param {string} what gave the bucket @returns {Place} */
export function placeOf(parsed, bucket, what) {
    const url = urlOf(need(parsed, 'endpoint'));
    const region = parsed.text('region') ?? 'us-east-1';
    if (!/^[A-Za-z0-9-]{1,64}$/.test(region)) throw new Usage('--region: letters, digits and hyphens, like us-east-1');
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
        throw new Usage(`${what}: a bucket has 3 to 63 lower-case letters, digits, dots and hyphens`);
    }
    const inPath = parsed.is('path-style');
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    const secure = url.protocol === 'https:';
    const ca = parsed.text('ca');
    return {
        secure,
        hostname: inPath ? hostname : `${bucket}.${hostname}`,
        port: Number(url.port || (secure ? 443 : 80)),
        host: inPath ? url.host : `${bucket}.${url.host}`,
        base: inPath ? `/${bucket}/` : '/',
        region,
        bucket,
        keys: keysOf(parsed.text('key-file')),
        ca: ca === undefined ? undefined : readBytes(ca, caMax),
    };
}
