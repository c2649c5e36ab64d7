// Other names for source files in an archive of the SDK's linker (docs/formats-bytecode.md): its compiler only knows
// absolute paths of the machine that builds.
import { createHash } from 'node:crypto';

const headerBytes = 8;

/** @param {string} type @param {readonly Buffer[]} parts */
function atom(type, parts) {
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32BE(parts.reduce((sum, part) => sum + part.length, headerBytes));
    header.write(type, 4, 'latin1');
    return Buffer.concat([header, ...parts]);
}

/** Atoms one behind the other. @param {Buffer} data @returns {{ type: string, payload: Buffer }[]} */
function atomsOf(data) {
    const found = [];
    for (let at = 0; at < data.length; ) {
        const size = at + headerBytes <= data.length ? data.readUInt32BE(at) : 0;
        if (size < headerBytes || size > data.length - at) throw new Error('not an archive of the SDK');
        found.push({ type: data.toString('latin1', at + 4, at + headerBytes), payload: data.subarray(at + headerBytes, at + size) });
        at += size;
    }
    return found;
}

/**
 * The identifiers, some by another name, in the order of their first use: the compiler orders them by a hash of all.
 * @param {Buffer} symbols payload of SYMB
 * @param {Buffer} maps payload of MAPS
 * @param {ReadonlyMap<string, string>} names
 * @returns {[Buffer, Buffer]} the same two
 */
function ordered(symbols, maps, names) {
    const words = symbols.toString('utf8', 2).split('\0').slice(0, symbols.readUInt16LE());
    const used = new Set([0]); // the first is a placeholder
    for (let at = 0; at < maps.length; at += 2) used.add(maps.readUInt16LE(at));
    const unused = [...words.keys()].filter((index) => !used.has(index));
    const order = [...used, ...unused.sort((a, b) => ((words[a] ?? '') < (words[b] ?? '') ? -1 : 1))];
    const places = new Map(order.map((index, place) => [index, place]));
    const moved = Buffer.alloc(maps.length);
    for (let at = 0; at < maps.length; at += 2) moved.writeUInt16LE(places.get(maps.readUInt16LE(at)) ?? 0, at);
    const text = order.map((index) => `${names.get(words[index] ?? '') ?? words[index]}\0`).join('');
    return [Buffer.concat([symbols.subarray(0, 2), Buffer.from(text)]), moved];
}

/** With its NUL, without what is behind. @param {Buffer} payload of PATH */
const pathOf = (payload) => payload.subarray(0, payload.indexOf(0) + 1);

/**
 * The same archive with other names for files, which no code looks up, and signed again. The names of the machine that
 * builds leave nothing behind.
 * @param {Buffer} archive as xsl -a makes it
 * @param {ReadonlyMap<string, string>} names
 * @returns {Buffer} throws for anything else
 */
export function renameFiles(archive, names) {
    const [whole, ...more] = atomsOf(archive);
    if (whole?.type !== 'XS_A' || more.length > 0) throw new Error('not an archive of the SDK');
    const parts = new Map(atomsOf(whole.payload).map(({ type, payload }) => [type, payload]));
    const part = (/** @type {string} */ type) => parts.get(type) ?? Buffer.alloc(0);
    const [symbols, maps] = ordered(part('SYMB'), part('MAPS'), names);
    const resources = atomsOf(part('RSRC'));
    const signature = createHash('md5');
    for (const payload of [part('NAME'), symbols, maps]) signature.update(payload);
    for (const { type, payload } of [...atomsOf(part('MODS')), ...resources]) signature.update(type === 'PATH' ? pathOf(payload) : payload);
    const signed = signature.digest();
    const front = [
        atom('VERS', [part('VERS')]),
        atom('SIGN', [signed]),
        atom('NAME', [part('NAME')]),
        atom('SYMB', [symbols]),
        atom('IDEN', [part('IDEN')]),
        atom('MAPS', [maps]),
        atom('MODS', [part('MODS')]),
    ];
    // data of a resource begins at a multiple of four in the file; the linker fills with what is at hand
    let at = front.reduce((sum, one) => sum + one.length, headerBytes + headerBytes);
    const packed = resources.map(({ type, payload }) => {
        const path = type === 'PATH' ? pathOf(payload) : payload;
        const one = atom(type, type === 'PATH' ? [path, signed.subarray(0, -(at + headerBytes + path.length) & 3)] : [path]);
        at += one.length;
        return one;
    });
    return atom('XS_A', [...front, atom('RSRC', packed)]);
}
