/**
 * MD5 (RFC 1321), only where a protocol asks for it: links of nginx's `secure_link`. It keeps nothing from being forged that
 * has no secret in it, and is no part of `ocellus/crypto`. Pure.
 */

const blockBytes = 64;
const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

/** The sines of section 3.4, step T. */
const sines = Array.from({ length: blockBytes }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0);

type Words = readonly [a: number, b: number, c: number, d: number];

/** The function of a round, and which word of the block it takes. */
function mixed(step: number, [, b, c, d]: Words): readonly [value: number, word: number] {
    switch (step >> 4) {
        case 0:
            return [(b & c) | (~b & d), step];
        case 1:
            return [(d & b) | (~d & c), (5 * step + 1) % 16];
        case 2:
            return [b ^ c ^ d, (3 * step + 5) % 16];
        default:
            return [c ^ (b | ~d), (7 * step) % 16];
    }
}

function withBlock(state: Words, block: DataView): Words {
    let now = state;
    for (let step = 0; step < blockBytes; step++) {
        const [value, word] = mixed(step, now);
        const sum = (now[0] + value + (sines[step] ?? 0) + block.getInt32(word * 4, true)) | 0;
        const shift = shifts[(step >> 4) * 4 + (step % 4)] ?? 0;
        const turned = (sum << shift) | (sum >>> (32 - shift));
        now = [now[3], (now[1] + turned) | 0, now[1], now[2]];
    }
    return [(state[0] + now[0]) | 0, (state[1] + now[1]) | 0, (state[2] + now[2]) | 0, (state[3] + now[3]) | 0];
}

/** The digest of bytes, 16 bytes. */
export function md5(bytes: Uint8Array): Uint8Array {
    const padded = new Uint8Array(Math.ceil((bytes.length + 9) / blockBytes) * blockBytes);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, bytes.length * 8, true);
    let state: Words = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
    for (let at = 0; at < padded.length; at += blockBytes) {
        state = withBlock(state, new DataView(padded.buffer, at, blockBytes));
    }
    const digest = new DataView(new ArrayBuffer(16));
    state.forEach((word, index) => {
        digest.setInt32(index * 4, word, true);
    });
    return new Uint8Array(digest.buffer);
}
