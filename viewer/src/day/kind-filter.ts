/** Which kinds of events are shown; it is the key to their shapes too. */
import { el } from '../dom.js';
import { t } from '../text.js';
import { kindIcon, kindText, knownKinds } from './kinds.js';

/** The device takes no more in one request. */
const CHOSEN_MAX = 8;

/** Buttons, one for each kind; none pressed: all kinds. */
export class KindFilter {
    readonly element = el('div', { class: 'kinds', role: 'group', 'aria-label': t('kindsShown') });
    readonly #onChange: () => void;
    readonly #buttons = new Map<string, HTMLButtonElement>();

    constructor(onChange: () => void) {
        this.#onChange = onChange;
        this.add(knownKinds);
    }

    /** Kinds that were not known; at most 24 in all. */
    add(kinds: readonly string[]): void {
        for (const kind of kinds) {
            if (!this.#buttons.has(kind) && this.#buttons.size < 24) {
                const button = el('button', { type: 'button', 'aria-pressed': 'false' }, kindIcon(kind), kindText(kind));
                button.addEventListener('click', () => {
                    button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
                    this.#limit();
                    this.#onChange();
                });
                this.#buttons.set(kind, button);
                this.element.append(button);
            }
        }
        this.#limit();
    }

    /** Those that were chosen; none: all. */
    get chosen(): readonly string[] {
        return [...this.#buttons].filter(([, button]) => button.getAttribute('aria-pressed') === 'true').map(([kind]) => kind);
    }

    #limit(): void {
        const full = this.chosen.length >= CHOSEN_MAX;
        for (const button of this.#buttons.values()) {
            button.disabled = full && button.getAttribute('aria-pressed') !== 'true';
        }
    }
}
