/**
 * The first picture before any library has come in: the endless MP4 of a channel, fed to a second video element over the
 * first. The player behind it takes over as soon as it plays.
 */
import { el } from './dom.js';

/** Nobody waits longer for the first picture than this. */
const PATIENCE_MS = 8000;
/** What is loaded after it leaves the machine to the decoder for so long. */
const SETTLE_MS = 100;

let underWay: Promise<void> = Promise.resolve();

/** Resolves when libraries may be loaded: a first picture is there, or nobody waits for one. */
export function firstPicture(): Promise<void> {
    return underWay;
}

/** One stream, from now until `close`. */
export class QuickStart {
    readonly element = el('video', { class: 'quick', playsinline: true, 'aria-hidden': 'true', tabindex: '-1' });
    readonly #stop = new AbortController();
    readonly #source = new MediaSource();
    readonly #address = URL.createObjectURL(this.#source);
    readonly #waiting: Uint8Array<ArrayBuffer>[] = [];
    #buffer: SourceBuffer | undefined;
    #done: () => void = () => undefined;

    /** type: of `typeOf`. onPicture: it is seen. */
    constructor(url: string, type: string, onPicture: () => void) {
        underWay = new Promise((resolve) => {
            this.#done = resolve;
            setTimeout(resolve, PATIENCE_MS);
        });
        this.element.muted = true;
        this.element.addEventListener(
            'playing',
            () => {
                onPicture();
                setTimeout(this.#done, SETTLE_MS);
            },
            { once: true },
        );
        this.element.addEventListener('error', () => this.close());
        this.#source.addEventListener('sourceopen', () => void this.#begin(url, type), { once: true });
        this.element.src = this.#address;
    }

    /** Lets go of everything. May be called twice. */
    close(): void {
        this.#done();
        this.#stop.abort();
        this.element.removeAttribute('src');
        this.element.load();
        this.element.remove();
        URL.revokeObjectURL(this.#address);
        this.#waiting.length = 0;
        this.#buffer = undefined;
    }

    async #begin(url: string, type: string): Promise<void> {
        try {
            const response = await fetch(url, { cache: 'no-store', signal: this.#stop.signal });
            if (!response.ok || response.body === null) {
                throw new Error(`HTTP ${response.status}`);
            }
            const buffer = this.#source.addSourceBuffer(type);
            this.#buffer = buffer;
            buffer.addEventListener('updateend', () => this.#next());
            const reader = response.body.getReader();
            for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
                this.#waiting.push(piece.value);
                this.#next();
            }
        } catch {
            this.close(); // the player behind says what is wrong, if it is
        }
    }

    #next(): void {
        const buffer = this.#buffer;
        if (buffer === undefined || buffer.updating || this.#source.readyState !== 'open') {
            return;
        }
        const { buffered } = buffer;
        const video = this.element;
        if (buffered.length > 0 && video.paused) {
            // from its key picture on, where 0 is as good a place as any, and never hurried: the player that follows is a little behind the edge too
            if (video.currentTime < buffered.start(0)) {
                video.currentTime = buffered.start(0);
            }
            video.play().catch(() => this.close());
        }
        const piece = this.#waiting.shift();
        if (piece) {
            buffer.appendBuffer(piece);
        }
    }
}
