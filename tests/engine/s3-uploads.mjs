// Multipart uploads of the strict store in s3-stub.mjs: what Amazon's documentation of each request says is refused, is.
import { createHash } from 'node:crypto';

/** @typedef {import('./s3-stub.mjs').Stored} Stored */
/** @typedef {{ key: string, type: string, parts: Map<number, Stored> }} Upload */

const leastBytes = 5 * 1024 * 1024;
/** @param {string} text */
const md5 = (text) => createHash('md5').update(text, 'latin1').digest('hex');
/** @param {string} body */
const document = (body) => `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;

/** The uploads of one bucket. */
export class Uploads {
    /** @type {Map<string, Upload>} */
    all = new Map();
    /** What completions answer with 200 in place of carrying them out, one each. @type {string[]} */
    sham = [];
    /** What the next completion answers with 200 when it has carried it out. @type {string | undefined} */
    mute;
    #count = 0;

    /** Whether the request is one about an upload, and is answered. @param {any} request @param {any} reply @param {Map<string, Stored>} objects @param {string} key @param {Map<string, string>} query @param {Buffer} body */
    serve(request, reply, objects, key, query, body) {
        const id = query.get('uploadId');
        if (id === undefined && !query.has('uploads')) return false;
        const upload = this.all.get(id ?? '');
        if (id === undefined && request.method === 'POST' && key !== '') this.#begin(request, reply, key);
        else if (id === undefined && request.method === 'GET' && key === '') this.#list(reply);
        else if (id === undefined) throw { status: 405, code: 'MethodNotAllowed' };
        else if (upload === undefined || upload.key !== key) throw { status: 404, code: 'NoSuchUpload' };
        else if (request.method === 'PUT') this.#part(request, reply, upload, Number(query.get('partNumber')), body);
        else if (request.method === 'POST') this.#complete(reply, objects, id, upload, body.toString());
        else if (request.method === 'DELETE') {
            this.all.delete(id);
            reply.writeHead(204).end();
        } else throw { status: 405, code: 'MethodNotAllowed' };
        return true;
    }

    /** @param {any} request @param {any} reply @param {string} key */
    #begin(request, reply, key) {
        const id = `up+load/${++this.#count}==`; // ids have characters that are encoded in a query
        this.all.set(id, { key, type: String(request.headers['content-type'] ?? 'binary/octet-stream'), parts: new Map() });
        reply.writeHead(200, { 'content-type': 'application/xml' });
        reply.end(document(`<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Key>x</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`));
    }

    /** @param {any} request @param {any} reply @param {Upload} upload @param {number} number @param {Buffer} body */
    #part(request, reply, upload, number, body) {
        if (!(Number.isInteger(number) && number >= 1 && number <= 10_000)) throw { status: 400, code: 'InvalidArgument' };
        if (request.headers['content-length'] === undefined) throw { status: 411, code: 'MissingContentLength' };
        const etag = `"${createHash('md5').update(body).digest('hex')}"`;
        upload.parts.set(number, { bytes: body, etag, type: '', cacheControl: undefined });
        reply.writeHead(200, { etag }).end();
    }

    /** @param {any} reply @param {Map<string, Stored>} objects @param {string} id @param {Upload} upload @param {string} text */
    #complete(reply, objects, id, upload, text) {
        const named = [...text.matchAll(/<Part><PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag><\/Part>/g)].map(([, number, etag]) => ({ number: Number(number), etag }));
        const whole = `<CompleteMultipartUpload>${named.map(({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`;
        if (named.length === 0 || whole !== text) throw { status: 400, code: 'MalformedXML' };
        const parts = named.map(({ number, etag }, i) => {
            const part = upload.parts.get(number);
            if (number <= (named[i - 1]?.number ?? 0)) throw { status: 400, code: 'InvalidPartOrder' };
            if (part === undefined || part.etag.replaceAll('"', '') !== etag?.replaceAll('"', '')) throw { status: 400, code: 'InvalidPart' };
            if (i + 1 < named.length && part.bytes.length < leastBytes) throw { status: 400, code: 'EntityTooSmall' };
            return part;
        });
        const sham = this.sham.shift();
        if (sham !== undefined) {
            reply.writeHead(200, { 'content-type': 'application/xml' }).end(sham);
            return;
        }
        const tag = md5(parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex').toString('latin1')).join(''));
        const etag = `"${tag}-${parts.length}"`;
        objects.set(upload.key, { bytes: Buffer.concat(parts.map(({ bytes }) => bytes)), etag, type: upload.type, cacheControl: undefined });
        this.all.delete(id);
        reply.writeHead(200, { 'content-type': 'application/xml' });
        if (this.mute !== undefined) reply.end(this.mute);
        else reply.end(document(`<CompleteMultipartUploadResult><ETag>${etag.replaceAll('"', '&quot;')}</ETag></CompleteMultipartUploadResult>`));
    }

    /** @param {any} reply */
    #list(reply) {
        const rows = [...this.all].map(([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`);
        reply.writeHead(200, { 'content-type': 'application/xml' });
        reply.end(document(`<ListMultipartUploadsResult>${rows.join('')}<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`));
    }
}
