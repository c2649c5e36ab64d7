// The file .ocb: docs/design/update.md says what is in it. native/update/oc_bundle reads it on the device.
import { createHash } from 'node:crypto';
import { isVersion } from 'ocellus/app/base/semver';
import { verifies } from './keys.mjs';

export const bundleMax = 4 << 20; // bytes
export const manifestMax = 16 << 10;
export const noteMax = 4 << 10;
const signaturesMax = 4;
const enginesMax = 4;
const revokedMax = 32;
const signedAs = Buffer.from('ocellus bundle 1\0', 'latin1');

/** The file is no bundle, or says what no bundle may say; one line. */
export class NotABundle extends Error {}

/**
 * @typedef {object} Engine
 * @property {string} engine `xs-13.3`
 * @property {number} bytes
 * @property {string} sha256 hex
 *
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {string} channel
 * @property {string} revision
 * @property {number} counter
 * @property {string} host
 * @property {number} apiLevel
 * @property {number} capabilities bits
 * @property {number} settings
 * @property {string} notes
 * @property {Engine[]} engines
 * @property {string[]} revoked key ids, hex
 *
 * @typedef {object} Bundle
 * @property {Manifest} manifest
 * @property {Buffer} box the whole box ocbm
 * @property {{ id: string, value: Buffer }[]} signatures
 * @property {Buffer[]} archives
 */

const upTo = (/** @type {number} */ max) => (/** @type {number} */ value) => Number.isInteger(value) && value >= 0 && value <= max;

/** By field: whether the value is allowed, and the rule for people. @type {Readonly<Record<string, readonly [(value: any) => boolean, string]>>} */
const rules = {
    name: [(text) => /^[a-z0-9][a-z0-9-]{0,63}$/.test(text), 'a to z, 0 to 9 and "-", at most 64, not "-" first'],
    version: [isVersion, 'a version as 1.2.3 (SemVer 2.0), at most 64 characters'],
    channel: [(text) => /^[a-z]{1,16}$/.test(text), 'a to z, at most 16'],
    revision: [(text) => /^[\x20-\x7e]{0,64}$/.test(text), 'printable ASCII, at most 64'],
    counter: [upTo(0xffffffff), 'a whole number of 32 bits'],
    host: [isVersion, 'a version as 1.2.3 (SemVer 2.0)'],
    apiLevel: [upTo(0xffff), 'a whole number of 16 bits'],
    capabilities: [upTo(0xffffffff), '32 bits'],
    settings: [upTo(0xffffffff), 'a whole number of 32 bits'],
    notes: [(text) => Buffer.byteLength(text) <= noteMax && !/\p{Cc}/u.test(text.replaceAll(/[\n\t]/g, '')), `text of at most ${noteMax} bytes without control characters but line feed and tab`],
};

/** @param {Manifest} manifest @returns {Manifest} the same; throws NotABundle */
export function checkManifest(manifest) {
    for (const [field, [allowed, rule]] of Object.entries(rules)) {
        const value = manifest[/** @type {keyof Manifest} */ (field)];
        if (!allowed(value)) throw new NotABundle(`${field}: ${JSON.stringify(value)?.slice(0, 60)} is not allowed: ${rule}`);
    }
    const { engines, revoked } = manifest;
    if (engines.length > enginesMax) throw new NotABundle(`more than ${enginesMax} engines`);
    if (new Set(engines.map(({ engine }) => engine)).size !== engines.length) throw new NotABundle('two archives for the same engine');
    if (revoked.length > revokedMax) throw new NotABundle(`more than ${revokedMax} revoked keys`);
    if (engines.length === 0 && revoked.length === 0) throw new NotABundle('neither an archive nor a revoked key');
    if (!revoked.every((id) => /^[0-9a-f]{16}$/.test(id))) throw new NotABundle('a revoked key is no key id');
    return manifest;
}

/** @param {string} type @param {readonly (Uint8Array | string)[]} parts */
function box(type, ...parts) {
    const head = Buffer.alloc(8, type.padStart(8, '\0'), 'latin1');
    const whole = Buffer.concat([head, ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))]);
    whole.writeUInt32BE(whole.length);
    return whole;
}

/** @param {number} value */
const u32 = (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
};

/** The box ocbm. @param {Manifest} manifest */
export function manifestBox(manifest) {
    const m = checkManifest(manifest);
    const engines = m.engines.map(({ engine, bytes, sha256 }) => box('engi', Buffer.from([engine.length]), engine, u32(bytes), Buffer.from(sha256, 'hex')));
    const revoked = m.revoked.map((id) => box('rvok', Buffer.from(id, 'hex')));
    const whole = box(
        'ocbm',
        ...[box('name', m.name), box('vers', m.version), box('chan', m.channel), box('revn', m.revision), box('cntr', u32(m.counter))],
        ...[box('host', m.host), box('apil', u32(m.apiLevel).subarray(2)), box('caps', u32(m.capabilities)), box('sets', u32(m.settings))],
        ...[box('note', m.notes), ...engines, ...revoked],
    );
    if (whole.length > manifestMax) throw new NotABundle(`the manifest has more than ${manifestMax} bytes`);
    return whole;
}

/** What is signed, before its hash. @param {Uint8Array} manifest the box */
export const signedBytes = (manifest) => Buffer.concat([signedAs, manifest]);

/** The file. @param {Pick<Bundle, 'box' | 'signatures' | 'archives'>} bundle */
export function writeBundle({ box: manifest, signatures, archives }) {
    if (signatures.length < 1 || signatures.length > signaturesMax) throw new NotABundle(`a bundle has 1 to ${signaturesMax} signatures`);
    const signs = signatures.map(({ id, value }) => box('sign', Buffer.from(id, 'hex'), value));
    const whole = Buffer.concat([manifest, ...signs, ...archives.map((archive) => box('arch', archive))]);
    if (whole.length > bundleMax) throw new NotABundle(`larger than ${bundleMax.toLocaleString('en')} bytes`);
    return whole;
}

class Reader {
    /** @param {Buffer} data */
    constructor(data) {
        this.data = data;
        this.at = 0;
    }

    /** Of the next box; '' at the end. */
    get type() {
        return this.data.toString('latin1', this.at + 4, this.at + 8);
    }

    /** The next box with its header. @param {string} type */
    whole(type) {
        const size = this.at + 8 <= this.data.length ? this.data.readUInt32BE(this.at) : 0;
        if (size < 8 || size > this.data.length - this.at || this.type !== type) throw new NotABundle('damaged');
        this.at += size;
        return this.data.subarray(this.at - size, this.at);
    }

    /** Its content. @param {string} type @param {number} [bytes] that it must have */
    take(type, bytes) {
        const content = this.whole(type).subarray(8);
        if (bytes !== undefined && content.length !== bytes) throw new NotABundle('damaged');
        return content;
    }

    /** @param {string} type */
    text(type) {
        const content = this.take(type);
        const text = content.toString('utf8');
        if (!Buffer.from(text).equals(content)) throw new NotABundle('damaged');
        return text;
    }

    /** Boxes of one type. @template T @param {string} type @param {(content: Buffer) => T} read @param {number} [bytes] */
    all(type, read, bytes) {
        const list = [];
        while (this.at < this.data.length && this.type === type) list.push(read(this.take(type, bytes)));
        return list;
    }

    end() {
        if (this.at !== this.data.length) throw new NotABundle('damaged');
    }
}

/** @param {Buffer} content of engi @returns {Engine} */
function readEngine(content) {
    const length = content[0] ?? 0;
    const engine = content.toString('latin1', 1, 1 + length);
    if (content.length !== 1 + length + 4 + 32 || !/^xs-\d{1,3}\.\d{1,3}$/.test(engine)) throw new NotABundle('damaged');
    return { engine, bytes: content.readUInt32BE(1 + length), sha256: content.toString('hex', 1 + length + 4) };
}

/** @param {Buffer} box ocbm */
function readManifest(box) {
    const body = new Reader(box.subarray(8));
    /** @type {Manifest} */
    const manifest = {
        name: body.text('name'),
        version: body.text('vers'),
        channel: body.text('chan'),
        revision: body.text('revn'),
        counter: body.take('cntr', 4).readUInt32BE(),
        host: body.text('host'),
        apiLevel: body.take('apil', 2).readUInt16BE(),
        capabilities: body.take('caps', 4).readUInt32BE(),
        settings: body.take('sets', 4).readUInt32BE(),
        notes: body.text('note'),
        engines: body.all('engi', readEngine),
        revoked: body.all('rvok', (id) => id.toString('hex'), 8),
    };
    body.end();
    return checkManifest(manifest);
}

/** Reads a bundle; its hashes agree with its archives. Signatures are not checked. @param {Buffer} data @returns {Bundle} throws NotABundle */
export function readBundle(data) {
    if (data.length > bundleMax) throw new NotABundle(`larger than ${bundleMax.toLocaleString('en')} bytes`);
    if (data.toString('latin1', 4, 8) !== 'ocbm') throw new NotABundle('not a bundle (.ocb)');
    const file = new Reader(data);
    const manifestBytes = file.whole('ocbm');
    if (manifestBytes.length > manifestMax) throw new NotABundle('damaged');
    const manifest = readManifest(manifestBytes);
    const signatures = file.all('sign', (content) => ({ id: content.toString('hex', 0, 8), value: content.subarray(8) }), 72);
    if (signatures.length < 1 || signatures.length > signaturesMax) throw new NotABundle('damaged');
    const archives = manifest.engines.map(({ engine, bytes, sha256 }) => {
        const archive = file.take('arch', bytes);
        if (sha256Of(archive) !== sha256) throw new NotABundle(`the archive for ${engine} is not the one of the manifest`);
        return archive;
    });
    file.end();
    return { manifest, box: manifestBytes, signatures, archives };
}

/** @param {Uint8Array} data */
export const sha256Of = (data) => createHash('sha256').update(data).digest('hex');

/** The ids of those keys that signed. @param {Bundle} bundle @param {readonly { id: string, key: import('node:crypto').KeyObject }[]} keys */
export function signedBy({ box: manifest, signatures }, keys) {
    const message = signedBytes(manifest);
    return keys.filter(({ id, key }) => signatures.some((one) => one.id === id && verifies(key, message, one.value))).map(({ id }) => id);
}
