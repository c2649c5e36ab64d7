import { el } from './dom.js';
import { list, record, text } from './json.js';
import type { Period } from './settings-fields.js';
import { t } from './text.js';

interface Line {
    readonly element: HTMLElement;
    readonly days: HTMLInputElement;
    readonly from: HTMLInputElement;
    readonly to: HTMLInputElement;
}

/** Rows of days and times. Tells of changes by the event `input` of its element. */
export class ScheduleInput {
    readonly element: HTMLElement;
    readonly #lines = el('div', { class: 'lines' });
    readonly #add: HTMLButtonElement;
    readonly #fixed: boolean;
    #rows: Line[] = [];

    /** label: id of what names it. */
    constructor(label: string, value: unknown, fixed: boolean) {
        this.#fixed = fixed;
        const add = (): void => {
            this.#append({ days: 'mon-fri', from: '08:00', to: '17:00' });
            this.#rows.at(-1)?.days.focus();
        };
        this.#add = el('button', { type: 'button', disabled: fixed, click: add }, t('periodAdd'));
        this.element = el('div', { role: 'group', 'aria-labelledby': label }, this.#lines, this.#add);
        for (const entry of list(value).map(record)) {
            this.#append({ days: text(entry['days']) ?? 'daily', from: text(entry['from']) ?? '', to: text(entry['to']) ?? '' });
        }
    }

    read(): readonly Period[] {
        return this.#rows.map(({ days, from, to }) => ({ days: days.value.trim().toLowerCase(), from: from.value.trim(), to: to.value.trim() }));
    }

    focus(): void {
        (this.#rows[0]?.days ?? this.#add).focus();
    }

    #append(period: Period): void {
        const input = (label: string, value: string, size: string): HTMLInputElement =>
            el('input', { type: 'text', size, 'aria-label': label, value, disabled: this.#fixed, spellcheck: 'false' });
        const days = input(t('periodDays'), period.days, '14');
        const from = input(t('periodFrom'), period.from, '5');
        const to = input(t('periodTo'), period.to, '5');
        const remove = (): void => {
            this.#rows = this.#rows.filter((row) => row.element !== element);
            element.remove();
            this.#add.focus();
            this.element.dispatchEvent(new Event('input'));
        };
        const button = el('button', { type: 'button', disabled: this.#fixed, 'aria-label': t('periodRemove'), click: remove }, '×');
        const element = el('div', { class: 'period' }, days, from, '–', to, button);
        this.#rows.push({ element, days, from, to });
        this.#lines.append(element);
    }
}
