/** The newest event of a channel, below its tile. Loaded after the pictures. */
import { el, put } from './dom.js';
import { kindIcon, kindText } from './day/kinds.js';
import { type DayEvent, readEvents } from './day/data.js';
import { shotOf } from './day/shot.js';
import { dayOf } from './day/time.js';
import { formatDate } from './format.js';
import { may } from './rights.js';
import { atHash } from './recording-route.js';
import { t } from './text.js';

/** How often it is read again. */
const REFRESH_MS = 15_000;
/** A device that does not know the request is not asked again. */
let missing = false;

/** A link to the event; hidden while there is none. */
export class LastEvent {
    readonly element: HTMLAnchorElement = el('a', { class: 'last', href: '#/', hidden: true });
    readonly #channel: string;
    #readMs = 0;
    #shown = '';
    #busy = false;

    constructor(channel: string) {
        this.#channel = channel;
    }

    /** Reads it when it was some time ago. */
    update(): void {
        if (!missing && !this.#busy && may('look', this.#channel) && Date.now() - this.#readMs > REFRESH_MS) {
            void this.#read();
        }
    }

    async #read(): Promise<void> {
        this.#busy = true;
        const answer = await readEvents({ channel: this.#channel, kind: '' }, undefined, 1);
        this.#busy = false;
        this.#readMs = Date.now();
        missing = answer.kind === 'missing';
        if (answer.kind === 'ok' && JSON.stringify(answer.value.events) !== this.#shown) {
            this.#shown = JSON.stringify(answer.value.events);
            this.#show(answer.value.events[0]);
        }
    }

    #show(event: DayEvent | undefined): void {
        this.element.hidden = event === undefined;
        if (event === undefined) {
            return;
        }
        this.element.setAttribute('href', atHash(this.#channel, dayOf(event.start), event.start));
        put(this.element, shotOf(event, () => undefined), el('span', {}, kindIcon(event.kind), t('lastEvent', { name: kindText(event.kind), time: formatDate(event.start) })));
    }
}
