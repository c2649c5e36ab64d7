import { BoundedQueue } from './queue.js';
import type { Sample } from './fmp4.js';

/** Two seconds of a camera with 30 pictures per second. */
const MOST = { entries: 60, bytes: 24 * 1024 * 1024 };
/** A decoded picture waits for its time for no longer than this in the hands of the browser. Seconds. */
const AHEAD = 0.1;

/** Decodes JPEG pictures one at a time and draws each when it is due. */
export class Pictures {
    readonly #canvas: HTMLCanvasElement;
    readonly #due: (sample: Sample) => number;
    readonly #onDrawn: (sample: Sample) => void;
    readonly #queue = new BoundedQueue<Sample>(MOST);
    #ready: { readonly bitmap: ImageBitmap; readonly sample: Sample } | undefined;
    #decoding = false;
    #frame = 0;
    #closed = false;

    /** due: seconds on the clock of `performance.now`. */
    constructor(canvas: HTMLCanvasElement, due: (sample: Sample) => number, onDrawn: (sample: Sample) => void) {
        this.#canvas = canvas;
        this.#due = due;
        this.#onDrawn = onDrawn;
        this.#frame = requestAnimationFrame(this.#tick);
    }

    get waiting(): number {
        return this.#queue.length;
    }

    push(sample: Sample): void {
        this.#queue.push(sample, sample.data.length);
    }

    /** Lets go of everything. May be called twice. */
    close(): void {
        this.#closed = true;
        cancelAnimationFrame(this.#frame);
        this.#queue.clear();
        this.#ready?.bitmap.close();
        this.#ready = undefined;
    }

    readonly #tick = (): void => {
        this.#frame = requestAnimationFrame(this.#tick);
        const now = performance.now() / 1000;
        if (this.#ready && this.#due(this.#ready.sample) <= now) {
            this.#draw(this.#ready);
            this.#ready = undefined;
        }
        if (!this.#ready && !this.#decoding) {
            void this.#decode(now);
        }
    };

    /** Of what is late already only the newest is worth the work. */
    #next(now: number): Sample | undefined {
        let sample = this.#queue.peek();
        if (sample === undefined || this.#due(sample) > now + AHEAD) {
            return undefined;
        }
        this.#queue.shift();
        for (let after = this.#queue.peek(); after !== undefined && this.#due(after) <= now; after = this.#queue.peek()) {
            sample = this.#queue.shift();
        }
        return sample;
    }

    async #decode(now: number): Promise<void> {
        const sample = this.#next(now);
        if (sample === undefined) {
            return;
        }
        this.#decoding = true;
        try {
            const bitmap = await createImageBitmap(new Blob([sample.data], { type: 'image/jpeg' }));
            if (this.#closed) {
                bitmap.close();
            } else {
                this.#ready = { bitmap, sample };
            }
        } catch {
            // a damaged picture: the next one is not
        } finally {
            this.#decoding = false;
        }
    }

    #draw({ bitmap, sample }: { bitmap: ImageBitmap; sample: Sample }): void {
        if (this.#canvas.width !== bitmap.width || this.#canvas.height !== bitmap.height) {
            this.#canvas.width = bitmap.width;
            this.#canvas.height = bitmap.height;
        }
        this.#canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
        bitmap.close();
        this.#onDrawn(sample);
    }
}
