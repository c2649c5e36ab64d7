// Reads an archive of either engine (docs/formats-bytecode.md) as far as people want to know what is in it. The host
// checks more before it runs one: the signature is compared here too, code and identifiers only there.

/**
 * @typedef {object} Archive
 * @property {string} name
 * @property {readonly number[]} engine major and minor
 * @property {boolean} intact its signature is that of this engine's compiler
 * @property {string[]} modules
 * @property {Map<string, Buffer>} resources
 */

/** The file is none; one line. */
export class NotAnArchive extends Error {}

class Reader {
    /** @param {Buffer} data */
    constructor(data) {
        this.data = data;
        this.at = 0;
    }

    get done() {
        return this.at >= this.data.length;
    }

    /** The payload of the next atom. @param {string} type */
    take(type) {
        const size = this.at + 8 <= this.data.length ? this.data.readUInt32BE(this.at) : 0;
        const found = this.data.toString('latin1', this.at + 4, this.at + 8);
        if (size < 8 || size > this.data.length - this.at || found !== type) throw new NotAnArchive('damaged');
        const payload = this.data.subarray(this.at + 8, this.at + size);
        this.at += size;
        return payload;
    }

    /** The text before the NUL of the next atom. @param {string} type */
    text(type) {
        const payload = this.take(type);
        const end = payload.indexOf(0);
        if (end < 1) throw new NotAnArchive('damaged');
        return payload.toString('utf8', 0, end);
    }
}

/** As tools/xsb signs: two FNV-1a sums of 64 bits, in halves because numbers here have 53. @param {Buffer} data */
function signatureOf(data) {
    const out = Buffer.alloc(16);
    for (const [at, [startHigh, startLow, flip]] of /** @type {const} */ ([
        [0xcbf29ce4, 0x84222325, 0],
        [0x84222325, 0xcbf29ce4, 0x5a],
    ]).entries()) {
        let high = startHigh >>> 0;
        let low = startLow >>> 0;
        for (const byte of data) {
            low = (low ^ byte ^ flip) >>> 0;
            // times 0x100000001b3
            const product = low * 0x1b3;
            high = (Math.imul(high, 0x1b3) + Math.imul(low, 0x100) + Math.floor(product / 0x100000000)) >>> 0;
            low = product >>> 0;
        }
        out.writeUInt32LE(low, at * 8);
        out.writeUInt32LE(high, at * 8 + 4);
    }
    return out;
}

/** @param {Buffer} data @returns {Archive} throws NotAnArchive */
export function readArchive(data) {
    if (data.length < 8 || data.toString('latin1', 4, 8) !== 'XS_A') throw new NotAnArchive('not an application archive (.xsa)');
    if (data.readUInt32BE(0) > data.length) throw new NotAnArchive('cut off');
    const file = new Reader(data);
    const body = new Reader(file.take('XS_A'));
    if (!file.done) throw new NotAnArchive('damaged');
    const version = body.take('VERS');
    const signature = body.take('SIGN');
    if (version.length !== 4 || signature.length !== 16) throw new NotAnArchive('damaged');
    const intact = signature.equals(signatureOf(body.data.subarray(body.at)));
    const name = body.text('NAME');
    for (const type of ['SYMB', 'IDEN', 'MAPS']) body.take(type);
    const code = new Reader(body.take('MODS'));
    const boxes = new Reader(body.take('RSRC'));
    if (!body.done) throw new NotAnArchive('damaged');
    /** @type {Archive} */
    const archive = { name, engine: [version[0] ?? 0, version[1] ?? 0], intact, modules: [], resources: new Map() };
    while (!code.done) {
        archive.modules.push(code.text('PATH'));
        code.take('CODE');
    }
    while (!boxes.done) {
        const path = boxes.text('PATH');
        archive.resources.set(path, boxes.take('DATA'));
    }
    return archive;
}
