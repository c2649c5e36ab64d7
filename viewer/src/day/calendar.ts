/** A month, with the days that have recordings and events. */
import { dayName, monthDays } from '../../../modules/base/zone-days.js';
import { el, put, setText } from '../dom.js';
import { formatDuration } from '../format.js';
import { t } from '../text.js';
import { readStoredDays } from './cloud-data.js';
import { type DayCount, readDays } from './data.js';
import { sign } from './icons.js';
import { dayText, monthAfter, monthOf, week } from './time.js';

/** How often the month of today is read again. */
const REFRESH_MS = 60_000;

/** One month at a time. */
export class Calendar {
    readonly element: HTMLElement;
    readonly #onDay: (day: number) => void;
    readonly #title = el('h3', { 'aria-live': 'polite' });
    readonly #days = el('div', { class: 'days' });
    readonly #note = el('p', { class: 'note', role: 'status' });
    #channel = '';
    #month = '';
    #day = 0;
    #today: number | undefined;
    #counts: ReadonlyMap<string, DayCount> = new Map();
    /** Days that have something in the store. */
    #stored: ReadonlySet<string> = new Set();
    /** The device has a store. */
    #hasStore = false;
    #stop: AbortController | undefined;
    #readMs = 0;
    #shown = '';

    constructor(onDay: (day: number) => void) {
        this.#onDay = onDay;
        const { names } = week();
        const head = names.map(({ short, long }) => el('span', { class: 'weekday', title: long, 'aria-hidden': 'true' }, short));
        const turn = (by: number): void => this.#setMonth(monthAfter(this.#month, by));
        this.element = el(
            'div',
            { class: 'calendar' },
            el(
                'div',
                { class: 'month' },
                el('button', { type: 'button', 'aria-label': t('monthBefore'), click: () => turn(-1) }, sign('before')),
                this.#title,
                el('button', { type: 'button', 'aria-label': t('monthAfter'), click: () => turn(1) }, sign('next')),
            ),
            el('div', { class: 'days', 'aria-hidden': 'true' }, ...head),
            this.#days,
            this.#note,
        );
        this.#days.addEventListener('keydown', (event) => this.#onKey(event));
    }

    /** The day that is shown, and the device's own; today: undefined while its clock is not set. */
    show(channel: string, day: number, today: number | undefined, hasStore: boolean): void {
        this.#readMs = hasStore === this.#hasStore ? this.#readMs : 0;
        this.#hasStore = hasStore;
        const changed = channel !== this.#channel || day !== this.#day;
        const other = channel !== this.#channel;
        this.#channel = channel;
        this.#day = day;
        this.#today = today;
        if (other || this.#month === '' || changed) {
            this.#setMonth(monthOf(day), other);
        } else if (Date.now() - this.#readMs > REFRESH_MS) {
            void this.#read();
        } else {
            this.#draw();
        }
    }

    /** Something was deleted, or added: the counts are read again. */
    refresh(): void {
        this.#readMs = 0;
    }

    close(): void {
        this.#stop?.abort();
    }

    #setMonth(month: string, again = false): void {
        if (month !== this.#month || again) {
            this.#month = month;
            this.#counts = new Map();
            this.#stored = new Set();
            void this.#read();
        }
        this.#draw();
    }

    async #read(): Promise<void> {
        this.#stop?.abort();
        this.#stop = new AbortController();
        this.#readMs = Date.now();
        const month = this.#month;
        const answer = await readDays(this.#channel, month, this.#stop.signal);
        if (answer.kind === 'aborted' || month !== this.#month) {
            return;
        }
        setText(this.#note, answer.kind === 'ok' ? '' : t('calendarFailed'));
        if (answer.kind === 'ok') {
            this.#counts = new Map(answer.value.map((one) => [one.day, one]));
            this.#draw();
        }
        await this.#readStored(month, this.#stop.signal);
    }

    /** Behind what the device has; without an answer the days stay as they were. */
    async #readStored(month: string, stop: AbortSignal): Promise<void> {
        const found = this.#hasStore ? await readStoredDays(this.#channel, month, stop) : undefined;
        if (month === this.#month && !stop.aborted && (found === undefined || found.kind === 'ok')) {
            this.#stored = found?.value ?? new Set();
            this.#draw();
        }
    }

    #draw(): void {
        const span = monthDays(this.#month);
        if (span === undefined) {
            return;
        }
        const state = JSON.stringify([this.#month, this.#day, this.#today, [...this.#counts.values()], [...this.#stored]]);
        if (state === this.#shown) {
            return;
        }
        this.#shown = state;
        const focused = this.#days.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset['day'] : undefined;
        setText(this.#title, dayText(span.first, { month: 'long', year: 'numeric' }));
        const { first } = week();
        const before = (span.first + 4 - first + 7 * 1_000_000) % 7; // 1970-01-01 was a Thursday
        const cells = Array.from({ length: span.next - span.first }, (_, n) => this.#cell(span.first + n));
        put(this.#days, ...Array.from({ length: before }, () => el('span')), ...cells);
        if (focused !== undefined) {
            this.#days.querySelector<HTMLElement>(`[data-day="${focused}"]`)?.focus();
        }
    }

    #cell(day: number): HTMLElement {
        const count = this.#counts.get(dayName(day));
        const recorded = (count?.seconds ?? 0) > 0;
        const stored = !recorded && this.#stored.has(dayName(day));
        const events = count?.events ?? 0;
        const labels = [
            dayText(day, { dateStyle: 'full' }),
            recorded ? t('dayRecorded', { length: formatDuration((count?.seconds ?? 0) * 1000) }) : t(stored ? 'dayStored' : 'dayNothing'),
            events > 0 ? t('dayEvents', { count: events }) : '',
        ].filter(Boolean);
        const chosen = day === this.#day;
        return el(
            'button',
            {
                type: 'button',
                class: [recorded ? 'recorded' : stored ? 'stored' : '', events > 0 ? 'busy' : ''].join(' ').trim() || undefined,
                'data-day': String(day),
                'aria-label': labels.join(', '),
                title: labels.slice(1).join(', '),
                'aria-pressed': String(chosen),
                'aria-current': day === this.#today ? 'date' : undefined,
                tabindex: chosen || (monthOf(this.#day) !== this.#month && dayName(day).endsWith('-01')) ? '0' : '-1',
                disabled: this.#today !== undefined && day > this.#today,
                click: () => this.#onDay(day),
            },
            String(Number(dayName(day).slice(8))),
        );
    }

    #onKey(event: KeyboardEvent): void {
        const from = Number((event.target as HTMLElement).dataset['day'] ?? Number.NaN);
        const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
        if (by === undefined || Number.isNaN(from)) {
            return;
        }
        event.preventDefault();
        const to = from + by;
        this.#setMonth(monthOf(to));
        this.#days.querySelector<HTMLElement>(`[data-day="${to}"]`)?.focus();
    }
}
