/**
 * Sound of the microphone as messages of `action=voice` (docs/formats-viewers.md): 8 kHz, A-law, 20 ms each. Pure.
 */

const RATE = 8000;
const BLOCK = 160;
const HEAD = 6;
/** The largest magnitude of A-law, in steps of 13 bits. */
const CLIP = 4095;

/** A sample of -1 to 1 as a byte of A-law (ITU-T G.711, table 1a). */
export function alaw(sample: number): number {
    const size = Math.min(CLIP, Math.floor(Math.abs(sample) * (CLIP + 1)));
    const segment = size < 32 ? 0 : Math.floor(Math.log2(size)) - 4;
    const step = segment === 0 ? size >> 1 : (size >> segment) & 15;
    return ((sample >= 0 ? 0x80 : 0) | (segment << 4) | step) ^ 0x55;
}

/** One talk: takes pieces of any length, gives whole messages. */
export class VoiceEncoder {
    readonly #step: number;
    #sum = 0;
    #weight = 0;
    readonly #block = new Uint8Array(BLOCK);
    #filled = 0;
    #sequence = 0;
    #time = 0;

    /** `rate`: samples per second of the microphone, at least 8000. Throws RangeError. */
    constructor(rate: number) {
        if (!(rate >= RATE)) {
            throw new RangeError(`a rate of ${rate} is not allowed; use at least ${RATE}`);
        }
        this.#step = rate / RATE;
    }

    /** Samples of -1 to 1, one channel; the messages that they complete. */
    add(samples: Float32Array): Uint8Array<ArrayBuffer>[] {
        const messages: Uint8Array<ArrayBuffer>[] = [];
        for (const sample of samples) {
            this.#take(sample, messages);
        }
        return messages;
    }

    /** A sample of 8 kHz is the mean of those in its time: what is above 4 kHz is damped. */
    #take(sample: number, messages: Uint8Array<ArrayBuffer>[]): void {
        let left = 1;
        while (this.#weight + left >= this.#step) {
            const part = this.#step - this.#weight;
            this.#put((this.#sum + sample * part) / this.#step, messages);
            left -= part;
            this.#sum = 0;
            this.#weight = 0;
        }
        this.#sum += sample * left;
        this.#weight += left;
    }

    #put(value: number, messages: Uint8Array<ArrayBuffer>[]): void {
        this.#block[this.#filled++] = alaw(value);
        if (this.#filled < BLOCK) {
            return;
        }
        const message = new Uint8Array(HEAD + BLOCK);
        const view = new DataView(message.buffer);
        view.setUint16(0, this.#sequence);
        view.setUint32(2, this.#time);
        message.set(this.#block, HEAD);
        messages.push(message);
        this.#sequence = (this.#sequence + 1) % 2 ** 16;
        this.#time = (this.#time + BLOCK) % 2 ** 32;
        this.#filled = 0;
    }
}
