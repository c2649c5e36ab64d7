/** Events of the day that only the store has, with their pictures. */
import { el, put } from '../dom.js';
import { formatTime } from '../format.js';
import type { StoredEvent } from './cloud-data.js';
import { kindIcon, kindText } from './kinds.js';
import { storedPicture } from './store-reader.js';

/** Rows at most: each fetches a picture. */
const ROWS_MAX = 100;

/** The list; empty: nothing is shown. */
export class CloudEvents {
    readonly element = el('ul', { class: 'rows' });
    readonly #onPlay: (event: StoredEvent) => void;
    #shown = '[]';

    constructor(onPlay: (event: StoredEvent) => void) {
        this.#onPlay = onPlay;
    }

    /** In order of time. */
    show(events: readonly StoredEvent[]): void {
        const state = JSON.stringify(events);
        if (state !== this.#shown) {
            this.#shown = state;
            put(this.element, ...events.slice(-ROWS_MAX).reverse().map((event) => this.#row(event)));
        }
    }

    #row(event: StoredEvent): HTMLElement {
        const name = `${kindText(event.kind)}, ${formatTime(event.start)}`;
        const none = (): Element => kindIcon(event.kind);
        const shot = event.stored === undefined ? el('span', { class: 'shot none' }, none()) : storedPicture(event.stored, none);
        const says = el('span', { class: 'says' }, el('span', { class: 'when' }, kindIcon(event.kind), name));
        return el('li', { class: 'event' }, el('button', { type: 'button', class: 'open', click: () => this.#onPlay(event) }, shot, says));
    }
}
