// What an application declares in its archive: resource `ocellus.needs` (docs/design/applications.md). tools/checks/api-level.mjs
// compares it with that of this repository.

export const needsResource = 'ocellus.needs';

/** Name and bit, in the order in which they are written. */
// begin capabilities: made by tools/protocol from protocol/enums.ts
export const capabilities = Object.freeze({ network: 1, files: 2, http: 4, media: 8, viewers: 16, settings: 32, system: 64, update: 128 });
// end capabilities

/** The level of the host's API that applications of this source are written for; OC_API_LEVEL. */
export const apiLevel = 1;

/**
 * Bits of `all`, `none` or `NAME,NAME`. Throws TypeError on a name that is none, and on viewers without network.
 * @param {string} text
 */
export function parseCapabilities(text) {
    if (text === 'all') return Object.values(capabilities).reduce((bits, bit) => bits | bit, 0);
    if (text === 'none') return 0;
    let bits = 0;
    for (const name of text.split(',')) {
        if (!Object.hasOwn(capabilities, name)) {
            throw new TypeError(`no capability ${name}; there are ${Object.keys(capabilities).join(', ')}`);
        }
        bits |= capabilities[/** @type {keyof typeof capabilities} */ (name)];
    }
    if (bits & capabilities.viewers && !(bits & capabilities.network)) throw new TypeError('viewers need network');
    return bits;
}

/**
 * The resource: magic, format, level, capabilities. Throws TypeError when `api` is no level.
 * @param {number} bits
 * @param {number | string} [api]
 */
export function needsBytes(bits, api = apiLevel) {
    const level = Number(api);
    if (!Number.isInteger(level) || level < 1 || level > 0xffff) throw new TypeError(`${api} is no level of the host's API`);
    const bytes = Buffer.alloc(16);
    bytes.write('OCAP', 'latin1');
    for (const [index, word] of [1, level, bits].entries()) bytes.writeUInt32LE(word, 4 + 4 * index);
    return bytes;
}
