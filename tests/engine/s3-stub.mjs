// A strict store of S3 for tests: it verifies Signature Version 4 by its own code, keeps objects in memory, and fails by
// name when a test orders that. It refuses what real stores refuse; docs/design/cloud.md says which of them it was
// compared with.
import { createHash, createHmac } from 'node:crypto';
import { Uploads } from './s3-uploads.mjs';

/** @typedef {{ bytes: Buffer, etag: string, type: string, cacheControl: string | undefined }} Stored */
/** @typedef {{ status: number, code: string, message?: string, extra?: string, headers?: Record<string, string> }} Refusal */

const maxSkewMs = 15 * 60_000;
const unsigned = 'UNSIGNED-PAYLOAD';

/** @param {Buffer | string} bytes */
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
/** @param {Buffer | string} key @param {string} text */
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
/** @param {string} text */
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
/** @param {string} text */
const escapeXml = (text) => text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** What each fault answers; others are in `#fail`. @type {Record<string, Refusal>} */
const refusals = {
    500: { status: 500, code: 'InternalError', message: 'We encountered an internal error. Please try again.' },
    'slow-down': { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' },
    denied: { status: 403, code: 'AccessDenied', message: 'Access Denied' },
    expired: { status: 400, code: 'ExpiredToken', message: 'The provided token has expired.' },
    quota: { status: 403, code: 'QuotaExceeded' },
    'too-large': { status: 400, code: 'EntityTooLarge' },
    conflict: { status: 409, code: 'ConditionalRequestConflict' },
    redirect: { status: 301, code: 'PermanentRedirect', extra: '<Endpoint>film.s3.eu-west-1.example.org</Endpoint>', headers: { 'x-amz-bucket-region': 'eu-west-1' } },
};

/** So much later comes the reply of a request whose fault is "late": who does not wait for it has gone by then. */
const LATE_MS = 2000;

/** @param {any} request @param {(body: Buffer) => void} done called with the whole body */
function collect(request, done) {
    /** @type {Buffer[]} */
    const parts = [];
    request.on('data', (/** @type {Buffer} */ part) => parts.push(part));
    request.on('end', () => done(Buffer.concat(parts)));
    request.on('error', () => {});
}

/** One store. */
export class S3Stub {
    /** Access key to secret, to the session token it goes with, and to when both end. @type {Map<string, { secret: string, token?: string, endsMs?: number }>} */
    keys = new Map([
        ['STUBKEY', { secret: 'stub/secret+key' }],
        ['STUBTEMPORARY', { secret: 'temporary', token: 'to/ke+n==' }],
    ]);
    region = 'us-east-1';
    /** @type {Map<string, Map<string, Stored>>} */
    buckets = new Map([['film', new Map()]]);
    /** Multipart uploads that are neither complete nor aborted, by bucket. @type {Map<string, Uploads>} */
    uploads = new Map();
    /** Called before each request. @type {(request: any) => void} */
    notice = () => {};
    /** Taken by the next requests, one each. @type {string[]} */
    faults = [];
    /** Share of the requests that fail with 500 or a reset, 0 to 1. */
    share = 0;
    /** Milliseconds that its clock is ahead. */
    skewMs = 0;
    /** Objects and folders of a page of a list, at most. */
    page = 1000;
    /** CORS rules of buckets, as they were put. @type {Map<string, string>} */
    cors = new Map();
    /** Is called with each request that is granted; what it throws is refused. @type {(method: string, key: string) => void} */
    watch = () => {};
    /** Whether a request is carried out and its reply is lost, once. @type {(method: string, key: string) => boolean} */
    lose = () => false;
    /**
     * What kind of store it is: `plain`: it takes no conditions; `sums`: an object needs a checksum, as in a bucket with
     * Object Lock; `md5`: only Content-MD5 is one; `untagged`: a write has no tag in its answer; `portal`: something else
     * answers everything. @type {string}
     */
    kind = '';
    /** Host names after a bucket, for virtual-host style: "film.s3.localhost". */
    domain = 's3.localhost';
    /** What it has seen. */
    seen = { requests: 0, failed: 0, stalled: 0, unsigned: 0, hashed: 0 };
    #random = 1;

    /** Answers one request of http or http2. @param {any} request @param {any} reply */
    serve(request, reply) {
        this.seen.requests++;
        this.notice(request);
        reply.sendDate = false;
        reply.setHeader('date', new Date(this.#nowMs()).toUTCString());
        const fault = this.faults.shift() ?? (this.kind === 'portal' ? 'page/200' : this.#randomFault());
        if (fault !== undefined && this.#fail(fault, request, reply)) {
            this.seen.failed++;
            return;
        }
        collect(request, (body) => this.#answer(request, reply, body));
    }

    /** Puts empty objects there. @param {string} bucket @param {string} prefix @param {number} count */
    fill(bucket, prefix, count) {
        for (let i = 0; i < count; i++) this.buckets.get(bucket)?.set(`${prefix}${i}`, { bytes: Buffer.alloc(0), etag: '"x"', type: 'text/plain', cacheControl: undefined });
    }

    #nowMs() {
        return Date.now() + this.skewMs;
    }

    /** The same sequence each time. */
    #randomFault() {
        this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
        if (this.#random / 2 ** 32 >= this.share) return undefined;
        return this.#random & 1 ? '500' : 'reset';
    }

    /** @param {string} name @param {any} request @param {any} reply @returns {boolean} whether it answers */
    #fail(name, request, reply) {
        if (name === 'none') return false;
        const destroy = () => (request.stream ? request.stream.session.destroy() : request.socket.resetAndDestroy());
        if (name === 'stall') {
            this.seen.stalled++;
            request.resume();
        } else if (name === 'reset') {
            const half = Number(request.headers['content-length'] ?? 0) / 2;
            let got = 0;
            if (half === 0) destroy();
            else
                request.on('data', (/** @type {Buffer} */ part) => {
                    got += part.length;
                    if (got >= half) destroy();
                });
            request.on('error', () => {});
        } else if (name === 'late') {
            const end = reply.end.bind(reply);
            reply.end = (/** @type {any[]} */ ...rest) => void setTimeout(end, LATE_MS, ...rest);
            collect(request, (body) => this.#answer(request, reply, body));
        } else if (name === 'lost') {
            /** @type {any} */
            const nobody = { setHeader: () => {}, writeHead: () => nobody, end: () => {} };
            collect(request, (body) => {
                this.#answer(request, nobody, body);
                destroy();
            });
        } else if (name === 'truncated') {
            reply.writeHead(200, { 'content-length': '1000', etag: '"x"' });
            reply.write('only this', destroy);
        } else if (name === 'html') {
            request.resume();
            reply.end('<!DOCTYPE html><html><body>Sign in to the hotel');
        } else if (name === '503') {
            request.resume();
            reply.writeHead(503).end();
        } else if (name.startsWith('page/')) {
            const page = '<!DOCTYPE html><html><body>Sign in to the hotel';
            request.resume().on('end', () => reply.writeHead(Number(name.slice(5)), { 'content-type': 'text/html; charset=utf-8', 'content-length': page.length }).end(request.method === 'HEAD' ? undefined : page));
        } else if (/^\d{3}\/$/.test(name)) {
            request.resume().on('end', () => reply.writeHead(Number(name.slice(0, 3))).end());
        } else {
            const [status = '', code = ''] = name.split('/');
            const refusal = refusals[name] ?? (code === '' ? undefined : { status: Number(status), code });
            if (refusal === undefined) throw new Error(`s3-stub: no fault ${name}`);
            request.resume().on('end', () => this.#refuse(request, reply, refusal));
        }
        return true;
    }

    /** @param {any} request @param {any} reply @param {Refusal} refusal */
    #refuse(request, reply, { status, code, message = '', extra = '', headers = {} }) {
        const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${extra}<RequestId>tx1</RequestId></Error>`;
        reply.writeHead(status, { 'content-type': 'application/xml', ...headers });
        reply.end(request.method === 'HEAD' ? undefined : text);
    }

    /** @param {any} request @param {any} reply @param {Buffer} body */
    #answer(request, reply, body) {
        try {
            const host = String(request.headers[':authority'] ?? request.headers.host);
            const [rawPath = '', search = ''] = String(request.url).split('?');
            const query = new Map(search.split('&').filter(Boolean).map((pair) => /** @type {[string, string]} */ (pair.split('=').map(decodeURIComponent))));
            this.#verify(request, host, rawPath, query, body);
            const path = decodeURIComponent(rawPath).slice(1);
            const virtual = new RegExp(`^(.+)\\.${this.domain}(?::\\d+)?$`).exec(host)?.[1];
            const cut = path.indexOf('/');
            const bucket = virtual ?? (cut < 0 ? path : path.slice(0, cut));
            const key = virtual !== undefined ? path : cut < 0 ? '' : path.slice(cut + 1);
            const objects = this.buckets.get(bucket);
            if (objects === undefined) throw { status: 404, code: 'NoSuchBucket' };
            const uploads = this.uploads.get(bucket) ?? new Uploads();
            this.uploads.set(bucket, uploads);
            this.watch(request.method, key);
            if (this.lose(request.method, key)) {
                this.lose = () => false;
                reply.end = () => request.socket.resetAndDestroy();
                reply.writeHead = () => reply;
            }
            if (query.has('cors')) this.#cors(request, reply, bucket, key, body);
            else if (!uploads.serve(request, reply, objects, key, query, body)) this.#run(request, reply, objects, key, query, body);
        } catch (error) {
            const refusal = /** @type {Refusal} */ (error);
            if (refusal.code === undefined) throw error;
            this.#refuse(request, reply, refusal);
        }
    }

    /** Throws a Refusal. @param {any} request @param {string} host @param {string} path @param {Map<string, string>} query @param {Buffer} body */
    #verify(request, host, path, query, body) {
        const denied = { status: 403, code: 'AccessDenied', message: 'Access Denied' };
        const inQuery = query.has('X-Amz-Signature');
        const shape = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
        const found = inQuery
            ? /^([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request$/.exec(query.get('X-Amz-Credential') ?? '')
            : shape.exec(String(request.headers.authorization ?? ''));
        if (found === null) throw denied;
        const [, id = '', day = '', region = ''] = found;
        const [names, signature] = inQuery ? [query.get('X-Amz-SignedHeaders') ?? '', query.get('X-Amz-Signature')] : [found[4] ?? '', found[5]];
        const stamp = String(inQuery ? query.get('X-Amz-Date') : request.headers['x-amz-date']);
        const token = inQuery ? query.get('X-Amz-Security-Token') : request.headers['x-amz-security-token'];
        const account = this.keys.get(id);
        if (account === undefined) throw { status: 403, code: 'InvalidAccessKeyId' };
        this.#checkTime(stamp, day, inQuery ? Number(query.get('X-Amz-Expires')) : undefined);
        if (region !== this.region) throw { status: 400, code: 'AuthorizationHeaderMalformed', message: `the region '${region}' is wrong`, extra: `<Region>${this.region}</Region>` };
        if (token !== account.token) throw { status: 403, code: 'InvalidAccessKeyId' };
        if (account.endsMs !== undefined && this.#nowMs() >= account.endsMs) throw /** @type {Refusal} */ (refusals['expired']);
        const signed = names.split(';');
        for (const name of ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))]) {
            if (!signed.includes(name)) throw { ...denied, message: `There were headers present in the request which were not signed: ${name}` };
        }
        const payload = inQuery ? unsigned : String(request.headers['x-amz-content-sha256']);
        if (payload !== unsigned && !/^[0-9a-f]{64}$/.test(payload)) throw { status: 400, code: 'InvalidRequest' };
        const lines = signed.map((name) => `${name}:${name === 'host' ? host : String(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`).join('');
        const canonicalPath = path.split('/').map((part) => encode(decodeURIComponent(part))).join('/');
        const search = [...query].filter(([name]) => name !== 'X-Amz-Signature').map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join('&');
        const canonical = [request.method, canonicalPath, search, lines, names, payload].join('\n');
        const text = ['AWS4-HMAC-SHA256', stamp, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join('\n');
        const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${account.secret}`, day), region));
        if (hmac(key, text).toString('hex') !== signature) {
            throw { status: 403, code: 'SignatureDoesNotMatch', message: 'The request signature we calculated does not match the signature you provided. Check your key and signing method.', extra: `<StringToSign>${escapeXml(text)}</StringToSign>` };
        }
        if (payload === unsigned) this.seen.unsigned++;
        else if (payload === sha256(body)) this.seen.hashed++;
        else throw { status: 400, code: 'XAmzContentSHA256Mismatch' };
    }

    /** @param {string} stamp @param {string} day @param {number | undefined} seconds of an address */
    #checkTime(stamp, day, seconds) {
        const atMs = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
        if (Number.isNaN(atMs) || !stamp.startsWith(day)) throw { status: 403, code: 'AccessDenied' };
        const age = this.#nowMs() - atMs;
        if (seconds === undefined && Math.abs(age) > maxSkewMs) {
            throw { status: 403, code: 'RequestTimeTooSkewed', message: 'The difference between the request time and the current time is too large.' };
        }
        if (seconds !== undefined && (age < -maxSkewMs || age > seconds * 1000 || !(seconds >= 1 && seconds <= 604_800))) {
            throw { status: 403, code: 'AccessDenied', message: 'Request has expired' };
        }
    }

    /** @param {any} request @param {any} reply @param {Map<string, Stored>} objects @param {string} key @param {Map<string, string>} query @param {Buffer} body */
    #run(request, reply, objects, key, query, body) {
        const stored = objects.get(key);
        if (key === '' && request.method === 'GET') {
            this.#list(reply, objects, query);
        } else if (request.method === 'PUT' && key !== '') {
            const { 'if-none-match': none, 'if-match': match } = request.headers;
            if (request.headers['content-length'] === undefined) throw { status: 411, code: 'MissingContentLength' };
            this.#checkKind(request, body);
            if (none === '*' && stored !== undefined) throw { status: 412, code: 'PreconditionFailed' };
            if (match !== undefined && stored === undefined) throw { status: 404, code: 'NoSuchKey' };
            if (match !== undefined && match !== stored?.etag.slice(1, -1)) throw { status: 412, code: 'PreconditionFailed' };
            const etag = `"${createHash('md5').update(body).digest('hex')}"`;
            const type = String(request.headers['content-type'] ?? 'binary/octet-stream');
            objects.set(key, { bytes: body, etag, type, cacheControl: request.headers['cache-control'] });
            reply.writeHead(200, this.kind === 'untagged' ? {} : { etag }).end();
        } else if (request.method === 'DELETE') {
            objects.delete(key);
            reply.writeHead(204).end();
        } else if (stored === undefined) {
            throw { status: 404, code: 'NoSuchKey' };
        } else {
            this.#read(request, reply, stored);
        }
    }

    /** Throws a Refusal for what this kind of store does not take. @param {any} request @param {Buffer} body */
    #checkKind({ headers }, body) {
        const [sum, md5] = [headers['x-amz-checksum-sha256'], headers['content-md5']];
        if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) throw { status: 400, code: 'BadDigest' };
        if (sum !== undefined && sum !== createHash('sha256').update(body).digest('base64')) throw { status: 400, code: 'BadDigest' };
        if (this.kind === 'plain' && (headers['if-none-match'] ?? headers['if-match']) !== undefined) {
            throw { status: 501, code: 'NotImplemented', message: 'A header you provided implies functionality that is not implemented.' };
        }
        if (md5 === undefined && ((this.kind === 'sums' && sum === undefined) || this.kind === 'md5')) {
            throw { status: 400, code: 'InvalidRequest', message: `Content-MD5${this.kind === 'sums' ? ' OR x-amz-checksum-' : ''} HTTP header is required for Put Object requests with Object Lock parameters` };
        }
    }

    /** @param {any} request @param {any} reply @param {Stored} stored */
    #read(request, reply, stored) {
        const { range, 'if-match': match } = request.headers;
        const size = stored.bytes.length;
        const [, first = '0', last = String(size - 1)] = /^bytes=(\d+)-(\d+)?$/.exec(range ?? '') ?? [];
        const [from, to] = [Number(first), Math.min(Number(last), size - 1)];
        if (match !== undefined && match !== '*' && match.replaceAll('"', '') !== stored.etag.slice(1, -1)) throw { status: 412, code: 'PreconditionFailed' };
        if (range !== undefined && from >= size) throw { status: 416, code: 'InvalidRange', headers: { 'content-range': `bytes */${size}` } };
        const bytes = stored.bytes.subarray(from, to + 1);
        const headers = {
            etag: stored.etag,
            'content-type': stored.type,
            'content-length': String(bytes.length),
            ...(stored.cacheControl && { 'cache-control': stored.cacheControl }),
            ...(range !== undefined && { 'content-range': `bytes ${from}-${to}/${size}` }),
        };
        reply.writeHead(range === undefined ? 200 : 206, headers).end(request.method === 'HEAD' ? undefined : bytes);
    }

    /** Rules of a bucket, as text. @param {any} request @param {any} reply @param {string} bucket @param {string} key @param {Buffer} body */
    #cors(request, reply, bucket, key, body) {
        if (key !== '') throw { status: 400, code: 'InvalidArgument' };
        if (request.method === 'GET') {
            const text = this.cors.get(bucket);
            if (text === undefined) throw { status: 404, code: 'NoSuchCORSConfiguration' };
            reply.writeHead(200, { 'content-type': 'application/xml' }).end(text);
        } else if (request.method === 'PUT') {
            if (request.headers['content-md5'] === undefined) throw { status: 400, code: 'InvalidRequest', message: 'Missing required header for this request: Content-MD5' };
            if (request.headers['content-md5'] !== createHash('md5').update(body).digest('base64')) throw { status: 400, code: 'BadDigest' };
            const text = String(body);
            if (!/^<CORSConfiguration[^>]*>(?:<CORSRule[\s\S]*?<AllowedOrigin>[\s\S]*?<AllowedMethod>[\s\S]*?<\/CORSRule>){1,100}<\/CORSConfiguration>$/.test(text)) throw { status: 400, code: 'MalformedXML' };
            this.cors.set(bucket, text);
            reply.writeHead(200).end();
        } else throw { status: 405, code: 'MethodNotAllowed' };
    }

    /** @param {any} reply @param {Map<string, Stored>} objects @param {Map<string, string>} query */
    #list(reply, objects, query) {
        if (query.get('list-type') !== '2') throw { status: 400, code: 'InvalidArgument' };
        const [prefix, delimiter, token] = [query.get('prefix') ?? '', query.get('delimiter') ?? '', query.get('continuation-token')];
        if (token !== undefined && !token.startsWith('t:')) throw { status: 400, code: 'InvalidArgument' };
        const after = token === undefined ? (query.get('start-after') ?? '') : Buffer.from(token.slice(2), 'base64').toString();
        const max = Math.min(Number(query.get('max-keys') ?? 1000), this.page);
        const utf8 = (/** @type {string} */ a, /** @type {string} */ b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
        const folderOf = (/** @type {string} */ key) => {
            const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
            return end < 0 ? undefined : key.slice(0, end + delimiter.length);
        };
        const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && utf8(key, after) > 0);
        // a folder that was in the page before is not in the next one
        const rows = [...new Set(keys.map((key) => folderOf(key) ?? key))].filter((row) => token === undefined || utf8(row, after) > 0).sort(utf8);
        const shown = rows.slice(0, max).map((row) => {
            const stored = objects.get(row);
            if (stored === undefined || folderOf(row) !== undefined) return `<CommonPrefixes><Prefix>${escapeXml(row)}</Prefix></CommonPrefixes>`;
            return `<Contents><Key>${escapeXml(row)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>${escapeXml(stored.etag)}</ETag><Size>${stored.bytes.length}</Size></Contents>`;
        });
        const isCut = rows.length > max;
        const next = isCut ? `<NextContinuationToken>t:${Buffer.from(rows[max - 1] ?? '').toString('base64')}</NextContinuationToken>` : '';
        reply.setHeader('content-type', 'application/xml');
        reply.end(`<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><KeyCount>${shown.length}</KeyCount><IsTruncated>${isCut}</IsTruncated>${next}${shown.join('')}</ListBucketResult>`);
    }
}
