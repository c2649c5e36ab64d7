// How far flash and beep of a picture in a canvas are apart: measured where the page draws and where it schedules sound.
import { eventually } from '../device.mjs';

/**
 * Notes in the page when a flash is drawn and when a beep is heard, in milliseconds of its clock. Of the beeps those that are
 * heard whole: sound that comes too late for its picture is left out by the page, and a beep without its begin tells nothing.
 * @param {import('playwright-core').Page} page
 */
export async function watch(page) {
    await page.addInitScript(() => {
        const notes = { flashes: /** @type {number[]} */ ([]), beeps: /** @type {number[]} */ ([]), drawn: 0 };
        Reflect.set(window, 'notes', notes);
        const draw = CanvasRenderingContext2D.prototype.drawImage;
        let bright = false;
        CanvasRenderingContext2D.prototype.drawImage = /** @param {any[]} args */ function (...args) {
            Reflect.apply(draw, this, args);
            notes.drawn++;
            const now = (this.getImageData(9, 9, 1, 1).data[0] ?? 0) > 128;
            if (now && !bright) {
                notes.flashes.push(performance.now());
            }
            bright = now;
        };
        const start = AudioBufferSourceNode.prototype.start;
        let quiet = 1000; // samples since the last loud one: a tone crosses zero
        let beep = { at: 0, samples: 0 };
        AudioBufferSourceNode.prototype.start = function (when = 0) {
            const values = this.buffer?.getChannelData(0) ?? new Float32Array();
            const context = /** @type {AudioContext} */ (this.context);
            values.forEach((value, n) => {
                const loud = Math.abs(value) > 0.1;
                if (loud && quiet > 400) {
                    beep = { at: performance.now() + (when + n / 8000 - context.currentTime + (context.outputLatency || 0)) * 1000, samples: 0 };
                }
                quiet = loud ? 0 : quiet + 1;
                beep.samples++;
                if (quiet === 401 && beep.samples > 401 + 0.11 * 8000) {
                    notes.beeps.push(beep.at); // 120 ms
                }
            });
            start.call(this, when);
        };
    });
}

/** @param {import('playwright-core').Page} page @returns {Promise<{ flashes: number[], beeps: number[], drawn: number }>} */
export const notes = (page) => page.evaluate(() => Reflect.get(window, 'notes'));

/**
 * Waits for seven seconds in a row in which flash and beep are together: a machine that is busy with other things draws
 * some pictures late, one whose clocks do not agree never gets there.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<number[]>} picture after sound, ms
 */
export function together(page) {
    return eventually(
        async () => {
            const noted = await notes(page);
            const { offsets, sorted } = offsetsOf({ flashes: noted.flashes, beeps: noted.beeps.slice(-9) });
            const [median, most] = [sorted[3] ?? 99, sorted[5] ?? 99];
            if (offsets.length < 7 || median > 40 || most > 40) {
                throw new Error(`${offsets}`);
            }
            return offsets;
        },
        'flash and beep within 40 ms',
        70,
    );
}

/** Picture after sound in milliseconds, of each beep; and the sizes of these, sorted. @param {{ flashes: number[], beeps: number[] }} noted */
function offsetsOf({ flashes, beeps }) {
    // the first may begin before there is sound, the last before its picture is drawn
    const offsets = beeps.slice(1, -1).map((beep) => Math.round(flashes.map((flash) => flash - beep).reduce((a, b) => (Math.abs(a) < Math.abs(b) ? a : b))));
    return { offsets, sorted: offsets.map(Math.abs).sort((a, b) => a - b) };
}
