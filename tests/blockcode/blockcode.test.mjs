// Block code: what is drawn is read back; what is damaged is refused.
import test from 'ava';
import { draw, read } from './blockcode.mjs';

const width = 640;
const height = 360;

/** @param {import('./blockcode.mjs').Code} code @returns {Uint8Array} */
function picture(code) {
    const luma = new Uint8Array(width * height).map((_, i) => (i * 7919) % 256);
    draw(luma, width, code);
    return luma;
}

test('round trip at the ends and in the middle of the ranges', (t) => {
    for (const code of [
        { frame: 0, timeMs: 0 },
        { frame: 1, timeMs: 33 },
        { frame: 2 ** 24 - 1, timeMs: 2 ** 32 - 1 },
        { frame: 0xabcdef, timeMs: 0x12345678 },
    ]) {
        t.deepEqual(read({ pixels: picture(code), width, height, channels: 1 }), code);
    }
});

test('RGBA and pictures of other sizes', (t) => {
    const code = { frame: 4711, timeMs: 157033 };
    const luma = picture(code);
    for (const wide of [160, 320, 426, 640, 1280, 1920]) {
        const high = Math.round((wide * height) / width);
        const rgba = new Uint8ClampedArray(wide * high * 4);
        for (let y = 0; y < high; y++) {
            for (let x = 0; x < wide; x++) {
                const value = luma[Math.floor((y * height) / high) * width + Math.floor((x * width) / wide)] ?? 0;
                rgba.set([value, value, value, 255], (y * wide + x) * 4);
            }
        }
        t.deepEqual(read({ pixels: rgba, width: wide, height: high, channels: 4 }), code, `${wide} pixels wide`);
    }
});

test('every single wrong cell is noticed', (t) => {
    const code = { frame: 12345, timeMs: 411500 };
    for (let row = 0; row < 4; row++) {
        for (let column = 2; column < 20; column++) {
            const luma = picture(code);
            const invert = (luma[(row * 16 + 8) * width + column * 16 + 8] ?? 0) > 128 ? 16 : 235;
            for (let y = row * 16; y < row * 16 + 16; y++) {
                luma.fill(invert, y * width + column * 16, y * width + column * 16 + 16);
            }
            t.is(read({ pixels: luma, width, height, channels: 1 }), undefined);
        }
    }
});

test('no code: black, grey, noise', (t) => {
    for (const make of [() => 0, () => 128, (/** @type {number} */ i) => (i * 2654435761) % 256]) {
        const luma = new Uint8Array(width * height).map((_, i) => make(i));
        t.is(read({ pixels: luma, width, height, channels: 1 }), undefined);
    }
});
