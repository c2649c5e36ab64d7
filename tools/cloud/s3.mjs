// A bucket of S3 in Node, for tools: one request after the other is signed by aws4, sent by node:http(s), and tried again
// when the store or the network could not take it. modules/cloud/s3-client.ts is that of the device.
import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import aws4 from 'aws4';
import { Unable } from '../update/words.mjs';
import { children, readXml, textOf } from './xml.mjs';

/** @typedef {import('./place.mjs').Place} Place */
/** @typedef {{ type: string, cacheControl?: string, isNew?: boolean, etag?: string }} PutOptions */
/** @typedef {{ status: number, headers: http.IncomingHttpHeaders, body: Buffer }} Reply */

/**
 * @typedef {object} Call
 * @property {string} method
 * @property {string} [key] left out: the bucket
 * @property {Record<string, string>} [query]
 * @property {Record<string, string>} [headers]
 * @property {Buffer} [body]
 * @property {number} [max] bytes of the reply
 */

/** Why a store refused: `kind` for whoever can do something about it. */
export class Refused extends Unable {
    /** @param {'again' | 'missing' | 'conflict' | 'clock' | 'large' | 'other'} kind @param {string} message @param {string} [code] of S3 */
    constructor(kind, message, code = '') {
        super(message);
        this.kind = kind;
        this.code = code;
    }
}

const documentMax = 8 << 20; // bytes of a reply that is read as a whole
const stallMs = 30_000;
const tries = 6; // with pauses of 0.2 to 6.4 s: a store may need a moment, a person does not wait for ever
const firstPauseMs = 200;
const pagesMax = 100_000; // of a list: more than any bucket has

/** What the owner can do, by the codes of S3. @type {Readonly<Record<string, string>>} */
const advice = {
    AccessDenied: 'check what the keys permit',
    SignatureDoesNotMatch: 'check the secret key',
    InvalidAccessKeyId: 'check the keys',
    ExpiredToken: 'the keys have expired',
    InvalidToken: 'the keys have expired',
    NoSuchBucket: 'there is no such bucket; is --path-style needed?',
    RequestTimeTooSkewed: 'the clock of this machine is wrong',
    NotImplemented: 'this store does not take what is sent: use another one',
};
/** What a store without conditional writes answers to one. */
const unsupported = new Set(['NotImplemented', 'MethodNotAllowed', 'UnsupportedOperation', 'InvalidRequest', 'InvalidArgument']);
const passing = new Set(['SlowDown', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequests', 'InternalError', 'ServiceUnavailable', 'RequestTimeout', 'OperationAborted']);

/** @param {string} text RFC 3986 */
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** One line without what moves a cursor. @param {string} text */
const shown = (text) => text.replace(/[^ -~]+/g, ' ').trim().slice(0, 200);

export class S3 {
    /** @type {Place} */
    #place;
    #agent;
    /** What the clock of the store is ahead. */
    #aheadMs = 0;

    /** @param {Place} place */
    constructor(place) {
        this.#place = place;
        const options = { keepAlive: true, maxSockets: 16, ...(place.ca && { ca: place.ca }) };
        this.#agent = place.secure ? new https.Agent(options) : new http.Agent(options);
    }

    /** Ends connections that are kept. */
    close() {
        this.#agent.destroy();
    }

    /** An object; undefined: there is none. @param {string} key @param {number} [max] bytes @returns {Promise<{ bytes: Buffer, etag: string } | undefined>} */
    async get(key, max = documentMax) {
        const reply = await this.#need({ method: 'GET', key, max });
        return reply && { bytes: reply.body, etag: reply.headers.etag ?? '' };
    }

    /** Its length; undefined: there is none. @param {string} key */
    async head(key) {
        const reply = await this.#need({ method: 'HEAD', key });
        return reply && Number(reply.headers['content-length']);
    }

    /**
     * All objects and folders of a prefix, with the bytes of each object.
     * @param {string} prefix @param {string} [delimiter] '/': no deeper than that
     * @returns {Promise<{ objects: Map<string, number>, folders: string[] }>}
     */
    async list(prefix, delimiter) {
        /** @type {Map<string, number>} */
        const objects = new Map();
        /** @type {string[]} */
        const folders = [];
        let token = '';
        for (let page = 0; page < pagesMax; page++) {
            const query = { 'list-type': '2', prefix, ...(delimiter && { delimiter }), ...(token && { 'continuation-token': token }) };
            const root = readXml((await this.send({ method: 'GET', query })).body);
            if (root?.localName !== 'ListBucketResult') throw new Refused('other', 'the store answers with no list of objects; is the endpoint one of S3?');
            for (const one of children(root, 'Contents')) objects.set(textOf(one, 'Key'), Number(textOf(one, 'Size')));
            for (const one of children(root, 'CommonPrefixes')) folders.push(textOf(one, 'Prefix'));
            const next = textOf(root, 'NextContinuationToken');
            if (textOf(root, 'IsTruncated') !== 'true') return { objects, folders };
            if (next === '' || next === token) break;
            token = next;
        }
        throw new Refused('other', 'the list of objects has no end');
    }

    /**
     * Writes an object. Refused with `conflict`: a condition does not hold; after a reply that was lost the object may be
     * there all the same. A store without conditional writes is looked at before it is written to.
     * @param {string} key @param {Buffer} body
     * @param {PutOptions} options
     */
    async put(key, body, { type, cacheControl, isNew, etag }) {
        const headers = { 'content-type': type, ...(cacheControl && { 'cache-control': cacheControl }) };
        // radosgw 16 and Spaces take a tag without its quotes only, most others take both
        const condition = { ...(isNew && { 'if-none-match': '*' }), ...(etag !== undefined && { 'if-match': etag.replaceAll('"', '') }) };
        try {
            await this.#write(key, body, { ...headers, ...condition });
        } catch (error) {
            if (etag !== undefined && error instanceof Refused && error.kind === 'missing') throw new Refused('conflict', error.message);
            if (!(error instanceof Refused && unsupported.has(error.code)) || Object.keys(condition).length === 0) throw error;
            const found = await this.#need({ method: 'HEAD', key });
            if (isNew ? found !== undefined : found?.headers.etag !== etag) throw new Refused('conflict', `${this.#what({ method: 'PUT', key })}: the condition does not hold`);
            await this.#write(key, body, headers);
        }
    }

    /** An answer without a tag, or with a document, is looked after: a proxy may have given it. @param {string} key @param {Buffer} body @param {Record<string, string>} headers */
    async #write(key, body, headers) {
        const sum = createHash('md5').update(body).digest('base64'); // buckets with Object Lock want one
        const reply = await this.send({ method: 'PUT', key, body, headers: { ...headers, 'content-md5': sum } });
        if ((!reply.headers.etag || reply.body.length > 0) && (await this.head(key)) !== body.length) {
            throw new Refused('other', `${this.#what({ method: 'PUT', key })}: HTTP ${reply.status}; this is no answer of a store: is a sign-in page or a proxy between?`);
        }
    }

    /** No failure when there is none. @param {string} key */
    async remove(key) {
        await this.#need({ method: 'DELETE', key });
    }

    /** Undefined: there is no such object. @param {Call} call */
    async #need(call) {
        try {
            return await this.send(call);
        } catch (error) {
            if (error instanceof Refused && error.kind === 'missing') return undefined;
            throw error;
        }
    }

    /** One request until it is answered; throws Refused. @param {Call} call @returns {Promise<Reply>} */
    async send(call) {
        let corrected = false;
        for (let count = 1; ; count++) {
            try {
                return await this.#once(call);
            } catch (error) {
                if (!(error instanceof Refused)) throw error;
                if (error.kind === 'clock' && !corrected) corrected = true;
                else if (error.kind !== 'again' || count >= tries) throw error;
                else await sleep(firstPauseMs * 2 ** (count - 1) * (0.75 + Math.random() / 2));
            }
        }
    }

    /** @param {Call} call */
    #what = ({ method, key = '' }) => `${method} ${this.#place.bucket}/${key.split('/').map(encode).join('/')}`;

    /** @param {Call} call @returns {Promise<Reply>} */
    async #once(call) {
        const { method, key = '', query = {}, body, max = documentMax } = call;
        const { secure, hostname, port, host, base, region, keys, ca } = this.#place;
        const search = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join('&');
        const stamp = new Date(Date.now() + this.#aheadMs).toISOString().replace(/[-:]|\.\d+/g, '');
        const headers = {
            ...call.headers,
            host,
            'x-amz-date': stamp,
            'x-amz-content-sha256': createHash('sha256').update(body ?? '').digest('hex'),
            ...(body && { 'content-length': String(body.length) }),
        };
        const place = base + key.split('/').map(encode).join('/');
        const signed = aws4.sign({ service: 's3', region, method, headers, path: search === '' ? place : `${place}?${search}` }, keys);
        const options = { host: hostname, port, method, path: signed.path, headers: signed.headers, agent: this.#agent, ...(secure && ca && { ca }) };
        /** @type {Reply} */
        const reply = await new Promise((resolve, reject) => {
            const fail = (/** @type {Error} */ error) => reject(this.#failure(error));
            const sent = (secure ? https : http).request(options, (response) => {
                /** @type {Buffer[]} */
                const parts = [];
                let length = 0;
                response.on('data', (part) => {
                    parts.push(part);
                    length += part.length;
                    if (length > max) {
                        reject(new Refused('large', `${this.#what(call)}: more than ${max} bytes`));
                        sent.destroy();
                    }
                });
                response.on('error', fail);
                response.on('aborted', () => fail(new Error('the connection broke')));
                response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }));
            });
            sent.setTimeout(stallMs, () => sent.destroy(new Error(`no answer within ${stallMs / 1000} s`)));
            sent.on('error', fail);
            sent.end(body);
        });
        if (reply.status >= 200 && reply.status < 300) return reply;
        throw this.#refusal(call, reply);
    }

    /** Why no reply came. @param {NodeJS.ErrnoException} error @returns {Refused} */
    #failure({ code = '', message }) {
        const { host } = this.#place;
        if (/^EPROTO$|^ERR_SSL/.test(code)) return new Refused('other', `${host}: no TLS is there (${code})`);
        if (/CERT|SELF_SIGNED|UNABLE_TO|^ERR_TLS/.test(code)) return new Refused('other', `${host}: its certificate is of no authority known here, or of another name (${code}); give --ca`);
        if (code === 'ENOTFOUND') return new Refused('other', `${host}: there is no such host`);
        return new Refused('again', `${host}: ${code === 'ECONNREFUSED' ? 'refused: nothing listens there' : code || shown(message)}`);
    }

    /** @param {Call} call @param {Reply} reply @returns {Refused} */
    #refusal(call, { status, headers, body }) {
        const root = body.length > 0 ? readXml(body) : undefined;
        const code = root?.localName === 'Error' ? shown(textOf(root, 'Code')) : status === 501 ? 'NotImplemented' : '';
        const region = headers['x-amz-bucket-region'] ?? (root ? shown(textOf(root, 'Region')) : '');
        const elsewhere = (status >= 300 && status < 400) || code === 'AuthorizationHeaderMalformed' ? `the bucket is elsewhere${region ? `: --region ${region}` : ''}` : '';
        const parts = [`${this.#what(call)}: HTTP ${status}`, code, root ? shown(textOf(root, 'Message')) : '', advice[code] ?? '', elsewhere];
        const message = parts.filter((part) => part !== '').join('; ');
        if (code === 'RequestTimeTooSkewed' || (status === 403 && code === '')) {
            const theirs = Date.parse(headers.date ?? '');
            const aheadMs = theirs - Date.now();
            if (!Number.isNaN(theirs) && (code !== '' || Math.abs(aheadMs - this.#aheadMs) > 600_000)) {
                this.#aheadMs = aheadMs;
                return new Refused('clock', message, code);
            }
        }
        if (code === 'PreconditionFailed' || (code === '' && status === 412)) return new Refused('conflict', message, code);
        // A bucket that is missing is a mistake of the command line, an object is not
        if (status === 404 && (code === 'NoSuchKey' || code === '')) return new Refused('missing', message, code);
        const again = passing.has(code) || (code === '' && (status === 429 || status >= 500)) || code === 'ConditionalRequestConflict';
        return new Refused(again ? 'again' : 'other', message, code);
    }
}
