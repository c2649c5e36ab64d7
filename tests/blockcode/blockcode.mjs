// The block code: frame number and time as black and white blocks in a picture (docs/blockcode.md).
// `read` and `draw` stand alone and import nothing: tests run `read` inside a browser page as well.

/**
 * @typedef {object} Plane
 * @property {ArrayLike<number>} pixels rows from top to bottom
 * @property {number} width in pixels
 * @property {number} height in pixels
 * @property {number} channels bytes per pixel: 1 = luma, 3 = RGB, 4 = RGBA
 */

/** @typedef {{ frame: number, timeMs: number }} Code frame 0 … 2^24-1, timeMs 0 … 2^32-1 */

/**
 * Reads the code of a picture of any size. Works on luma (full or limited range), RGB and RGBA.
 * @param {Plane} plane
 * @returns {Code | undefined} undefined: there is no code, or it does not match its checksum
 */
export function read(plane) {
    const cell = plane.width / 40;
    /** Mean brightness of the middle half of a cell. @param {number} column @param {number} row */
    const brightness = (column, row) => {
        let sum = 0;
        let count = 0;
        const bottom = Math.max(Math.floor((row + 0.75) * cell), Math.floor((row + 0.25) * cell) + 1);
        const right = Math.max(Math.floor((column + 0.75) * cell), Math.floor((column + 0.25) * cell) + 1);
        for (let y = Math.floor((row + 0.25) * cell); y < bottom; y++) {
            for (let x = Math.floor((column + 0.25) * cell); x < right; x++) {
                const at = (y * plane.width + x) * plane.channels;
                const [a, b, c] = [plane.pixels[at] ?? 0, plane.pixels[at + 1] ?? 0, plane.pixels[at + 2] ?? 0];
                sum += plane.channels === 1 ? a : (a + b + c) / 3;
                count++;
            }
        }
        return sum / count;
    };
    /** @type {number[]} */
    const bits = [];
    for (let row = 0; row < 4; row++) {
        const white = brightness(0, row);
        const black = brightness(1, row);
        if (white - black < 64) {
            return undefined;
        }
        for (let column = 2; column < 20; column++) {
            bits.push(brightness(column, row) > (white + black) / 2 ? 1 : 0);
        }
    }
    /** @param {number} from @param {number} length */
    const number = (from, length) => bits.slice(from, from + length).reduce((value, bit) => value * 2 + bit, 0);
    // CRC-16/CCITT-FALSE over the 56 bits of frame and time, most significant bit first
    let crc = 0xffff;
    for (const bit of bits.slice(0, 56)) {
        const top = (crc >> 15) ^ bit;
        crc = ((crc << 1) & 0xffff) ^ (top ? 0x1021 : 0);
    }
    return crc === number(56, 16) ? { frame: number(0, 24), timeMs: number(24, 32) } : undefined;
}

/**
 * Draws the code into the top left corner of a picture's luma plane, in place.
 * @param {Uint8Array} luma rows of `width` bytes
 * @param {number} width a multiple of 40
 * @param {Code} code
 * @param {{ black: number, white: number }} [levels] default: limited range, 16 and 235
 */
export function draw(luma, width, code, levels = { black: 16, white: 235 }) {
    const cell = width / 40;
    const bits = [];
    for (let i = 23; i >= 0; i--) {
        bits.push(Math.floor(code.frame / 2 ** i) % 2);
    }
    for (let i = 31; i >= 0; i--) {
        bits.push(Math.floor(code.timeMs / 2 ** i) % 2);
    }
    let crc = 0xffff;
    for (const bit of bits) {
        const top = (crc >> 15) ^ bit;
        crc = ((crc << 1) & 0xffff) ^ (top ? 0x1021 : 0);
    }
    for (let i = 15; i >= 0; i--) {
        bits.push((crc >> i) & 1);
    }
    for (let row = 0; row < 4; row++) {
        const line = [1, 0, ...bits.slice(row * 18, row * 18 + 18)];
        for (let y = row * cell; y < (row + 1) * cell; y++) {
            line.forEach((bit, column) => {
                const from = y * width + column * cell;
                luma.fill(bit ? levels.white : levels.black, from, from + cell);
            });
        }
    }
}
