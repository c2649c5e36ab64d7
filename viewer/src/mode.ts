/** The choice of home, away and night in the head of the page. */
import { send } from './api.js';
import { el, put } from './dom.js';
import { may } from './rights.js';
import type { Status } from './status.js';
import './mode.css';
import { t, word } from './text.js';

/** What can be chosen. */
export const modes = ['none', 'home', 'away', 'night'] as const;

/** Shows the mode of the device, and changes it. */
export class ModeSwitch {
    readonly element = el('label', { class: 'mode', hidden: true });
    readonly #select = el('select', { 'aria-label': t('mode'), change: () => void this.#choose() });
    readonly #onChange: (problem: string) => void;
    #now = '';
    #busy = false;

    /** onChange: after the device answered; problem: empty, or what it said. */
    constructor(onChange: (problem: string) => void) {
        this.#onChange = onChange;
        put(this.#select, ...modes.map((name) => el('option', { value: name }, word('mode', name))));
        put(this.element, el('span', { 'aria-hidden': 'true' }, t('mode')), this.#select);
    }

    /** A device without modes shows none, nor does it to who may not choose; one whose application restarts keeps what was shown. */
    show({ mode, answers }: Status): void {
        if (mode === undefined || !may('change')) {
            this.element.hidden ||= answers;
            return;
        }
        this.element.hidden = false;
        this.#now = mode;
        if (!this.#busy) {
            this.#select.value = mode;
        }
    }

    async #choose(): Promise<void> {
        this.#busy = true;
        const outcome = await send('POST', '/api/mode', { mode: this.#select.value });
        this.#busy = false;
        if (!outcome.ok) {
            this.#select.value = this.#now;
        }
        this.#onChange(outcome.ok ? '' : outcome.message || t('notDone'));
    }
}
