/** The small picture over the time line at an instant. */
import { el, setText } from '../dom.js';
import { formatTime } from '../format.js';
import { t } from '../text.js';
import { thumbnail } from './data.js';

/** At least so long between two requests. */
const PAUSE_MS = 120;

/** One request at a time: the newest one is asked for when the one before has come, and what nobody wants is cancelled. */
export class Peek {
    readonly element: HTMLElement;
    readonly #image = el('img', { alt: '' });
    readonly #missing = el('span', { class: 'missing', hidden: true }, t('thumbnailMissing'));
    readonly #time = el('span', { class: 'when' });
    readonly #address: (at: number) => string;
    #target = '';
    #requested = '';
    #busy = false;
    #timer: number | undefined;

    /** channel: whose pictures. */
    constructor(channel: () => string) {
        this.#address = (at) => thumbnail(channel(), at);
        this.#image.addEventListener('load', () => this.#came(true));
        this.#image.addEventListener('error', () => this.#came(false));
        this.element = el('div', { class: 'peek', 'aria-hidden': 'true', hidden: true }, this.#image, this.#missing, this.#time);
    }

    /**
     * Shows an instant at a pixel of a line of `width` pixels. begun: where the recording begins that has it; undefined: there
     * is no picture to ask for. fine: pictures nearer than this many milliseconds are the same.
     */
    show(x: number, width: number, at: number, begun: number | undefined, fine: number): void {
        this.element.hidden = false;
        setText(this.#time, formatTime(at));
        const half = this.element.offsetWidth / 2;
        this.element.style.left = `${Math.round(Math.min(Math.max(x, half), Math.max(width - half, half)))}px`;
        if (begun === undefined) {
            this.#drop();
            this.#show(false);
            return;
        }
        const step = Math.max(1000, fine);
        this.#target = this.#address(Math.max(Math.floor(at / step) * step, begun));
        this.#next();
    }

    /** Nothing is shown, and what was asked for is cancelled. */
    hide(): void {
        this.element.hidden = true;
        this.#drop();
    }

    #drop(): void {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#target = '';
        this.#requested = '';
        if (this.#busy) {
            this.#busy = false;
            this.#image.removeAttribute('src');
        }
    }

    #next(): void {
        if (this.#busy || this.#timer !== undefined || this.#target === this.#requested || this.#target === '') {
            return;
        }
        this.#busy = true;
        this.#requested = this.#target;
        this.#image.src = this.#requested;
    }

    #came(ok: boolean): void {
        if (!this.#busy) {
            return; // cancelled
        }
        this.#busy = false;
        this.#show(ok);
        this.#timer = setTimeout(() => {
            this.#timer = undefined;
            this.#next();
        }, PAUSE_MS);
    }

    #show(ok: boolean): void {
        this.#image.hidden = !ok;
        this.#missing.hidden = ok;
    }
}
