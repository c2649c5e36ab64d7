// A bucket of S3 for tools: the client of the camera (modules/cloud/s3-client.ts), which here reads whole lists and
// objects as bytes, and tries again when the store or the network could not take a request.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { isRemoved, refusalOf } from 'ocellus/app/cloud/s3-answers';
import { S3Client } from 'ocellus/app/cloud/s3-client';
import { listOf } from 'ocellus/app/cloud/s3-error';

/** @typedef {import('ocellus/app/cloud/s3-client').Call} Call */
/** @typedef {import('ocellus/app/cloud/object-store').PutOptions} PutOptions */

const documentMax = 8 << 20; // bytes of a reply that is read as a whole
const tries = 6; // with pauses of 0.2 to 6.4 s: a store may need a moment, a person does not wait for ever
const firstPauseMs = 200;
const pagesMax = 100_000; // of a list: more than any bucket has

export class S3 extends S3Client {
    /** The same request until it is answered, unless it is refused for good. @override @protected @param {Call} call */
    async send(call) {
        const sum = call.body instanceof Uint8Array && { 'content-md5': createHash('md5').update(call.body).digest('base64') };
        const summed = { ...call, headers: { ...call.headers, ...sum } }; // buckets with Object Lock want one
        for (let count = 1; ; count++) {
            try {
                const reply = await super.send(summed);
                if (reply.status < 400 || count === tries || !refusalOf('', reply).error.again) return reply;
            } catch (error) {
                if (!(error instanceof StoreError && error.again) || count === tries) throw error;
            }
            await sleep(firstPauseMs * 2 ** (count - 1) * (0.75 + Math.random() / 2));
        }
    }

    /** An object; undefined: there is none. @param {string} key @param {number} [max] bytes @returns {Promise<{ bytes: Buffer, etag: string } | undefined>} */
    async load(key, max = documentMax) {
        const reply = await this.read('GET', key, max);
        return reply && { bytes: Buffer.from(reply.bytes), etag: reply.headers.get('etag') ?? '' };
    }

    /**
     * All objects and folders of a prefix, with the bytes of each object.
     * @param {string} prefix @param {string} [delimiter] '/': no deeper than that
     * @returns {Promise<{ objects: Map<string, number>, folders: string[] }>}
     */
    async all(prefix, delimiter) {
        /** @type {Map<string, number>} */
        const objects = new Map();
        /** @type {string[]} */
        const folders = [];
        let token = '';
        for (let page = 0; page < pagesMax; page++) {
            const query = { 'list-type': '2', prefix, ...(delimiter && { delimiter }), ...(token && { 'continuation-token': token }) };
            const list = listOf((await this.document('GET', query)) ?? new ArrayBuffer(0));
            for (const { key, bytes } of list.objects) objects.set(key, bytes);
            folders.push(...list.folders);
            if (!list.more) return { objects, folders };
            if (list.token === '' || list.token === token) break;
            token = list.token;
        }
        throw new StoreError('SERVER', 'the list of objects has no end', false);
    }

    /** Whatever name it has: somebody else may have made it. @override @param {string} key */
    async remove(key) {
        const reply = await this.send({ method: 'DELETE', key });
        const error = isRemoved(reply) ? undefined : this.refusal('DELETE', key, reply).error;
        if (error !== undefined && error.code !== 'NO_KEY') throw error;
    }

    /** A document about the bucket, read or, with a body, written; undefined: it has none. @param {string} method @param {Record<string, string>} query @param {Buffer} [body] */
    async document(method, query, body) {
        const sent = body && { body, headers: { 'content-type': 'application/xml' } };
        const reply = await this.send({ method, key: '', query, maxBytes: documentMax, ...sent });
        if (reply.status < 300) return reply.bytes;
        const { error } = this.refusal(method, '', reply);
        if (error.code === 'NO_KEY') return undefined;
        throw error;
    }
}
