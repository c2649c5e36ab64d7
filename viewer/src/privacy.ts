/** The privacy switch and the lights of the device, in the head of the page. */
import { send } from './request.js';
import { el, setText } from './dom.js';
import { may } from './rights.js';
import type { Status } from './status.js';
import { t, word } from './text.js';

/** Turns privacy mode on and off, and says what the sensor does. */
export class PrivacySwitch {
    readonly element = el('span', { class: 'privacy', hidden: true });
    readonly #light = el('span', { class: 'light', role: 'img' });
    readonly #button = el('button', { type: 'button', role: 'switch', 'aria-checked': 'false', click: () => void this.#toggle() }, t('privacy'));
    readonly #onChange: (problem: string) => void;
    #on = false;
    #busy = false;

    /** onChange: after the device answered; problem: empty, or what it said. */
    constructor(onChange: (problem: string) => void) {
        this.#onChange = onChange;
        this.element.append(this.#light, this.#button);
    }

    /** Whether this person may turn it: else it only shows how it is. */
    allow(may: boolean): void {
        this.#button.disabled = !may;
    }

    show(status: Status): void {
        const { privacy, indicator } = status;
        this.element.hidden = privacy === undefined && indicator === undefined;
        this.#button.hidden = privacy === undefined;
        this.#light.hidden = indicator === undefined;
        this.#on = privacy?.on === true;
        this.#button.setAttribute('aria-checked', String(this.#on));
        const light = indicator?.watching ? 'watching' : indicator?.sensorOn ? 'on' : 'off';
        if (this.#light.dataset['state'] !== light) {
            this.#light.dataset['state'] = light;
            const text = word('light', light);
            this.#light.setAttribute('aria-label', text);
            this.#light.title = text;
        }
    }

    async #toggle(): Promise<void> {
        if (this.#busy) {
            return;
        }
        this.#busy = true;
        // who does not own the device turns it by a command
        const outcome = await send('POST', may('change') ? '/api/privacy' : '/api/commands/privacy', { on: !this.#on });
        this.#busy = false;
        this.#onChange(outcome.ok ? '' : outcome.message || t('notDone'));
    }
}

/** What is said across the page while privacy is on. */
export class PrivacyBanner {
    readonly element = el('div', { class: 'banner', role: 'status', hidden: true });

    show(status: Status): void {
        const { privacy } = status;
        const by = (privacy?.by ?? []).map((reason) => word('by', reason)).join(', ');
        setText(this.element, privacy?.on ? t('privacyBanner', { by: by === '' ? t('unknown') : by }) : '');
        this.element.hidden = privacy?.on !== true;
    }
}
