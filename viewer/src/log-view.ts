/** What happened: the device's log, newest first, followed while it is wanted. */
import { get, type LogEvent, parseEvents } from './api.js';
import { el, put, setText } from './dom.js';
import { formatDate } from './format.js';
import type { Route } from './route.js';
import { titleOf } from './status.js';
import { t, word } from './text.js';
import type { Context, View } from './view.js';

/** Lines that are kept, and those that are shown at once. */
const KEEP = 2000;
const SHOW = 300;
/** Channel of events while a camera is tried (ADR 92). */
const TESTED = 'testing-';

/** The room of the log. */
export class LogView implements View {
    readonly element: HTMLElement;
    readonly title = t('log');
    readonly #context: Context;
    readonly #rows = el('tbody');
    readonly #note = el('p', { class: 'empty', role: 'status' });
    readonly #follow = el('input', { type: 'checkbox', checked: true });
    readonly #search = el('input', { type: 'search', placeholder: t('logSearch'), 'aria-label': t('logSearch'), input: () => this.#show() });
    readonly #channel = el('select', { 'aria-label': t('channel'), change: () => this.#show() });
    #events: LogEvent[] = [];
    #next = 0;
    #names = '';
    #reading = false;
    #closed = false;

    constructor(context: Context) {
        this.#context = context;
        const head = [t('time'), t('channel'), t('event'), t('details')].map((name) => el('th', { scope: 'col' }, name));
        const table = el('table', { class: 'log' }, el('thead', {}, el('tr', {}, ...head)), this.#rows);
        const tools = el('div', { class: 'bar' }, this.#search, this.#channel, el('label', { class: 'check' }, this.#follow, t('logFollow')));
        const body = el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('log') }, table);
        this.element = el('section', { class: 'panel wide' }, el('h2', {}, t('log')), tools, this.#note, body);
        this.#showChannels();
        void this.#read();
    }

    show(route: Route): boolean {
        return route.kind === 'log';
    }

    update(): void {
        this.#showChannels();
        if (this.#follow.checked) {
            void this.#read();
        }
    }

    close(): void {
        this.#closed = true;
    }

    #showChannels(): void {
        const channels = this.#context.status?.channels ?? [];
        const names = channels.map((channel) => channel.name);
        const key = JSON.stringify(channels.map(({ name, title }) => [name, title]));
        if (key === this.#names && this.#channel.options.length > 0) {
            return;
        }
        this.#names = key;
        const chosen = this.#channel.value;
        put(this.#channel, el('option', { value: '' }, t('allChannels')), ...channels.map(({ name, title }) => el('option', { value: name }, title)));
        this.#channel.value = names.includes(chosen) ? chosen : '';
    }

    /** Reads what came since; a device that started again counts from the beginning. */
    async #read(): Promise<void> {
        if (this.#reading) {
            return;
        }
        this.#reading = true;
        const answer = await get(`/api/events?from=${this.#next}`, parseEvents);
        this.#reading = false;
        if (this.#closed) {
            return;
        }
        if (answer.kind !== 'ok') {
            setText(this.#note, t('logFailed'));
            return;
        }
        const { events, next } = answer.value;
        if (next < this.#next) {
            this.#events = [];
            this.#next = 0;
            return; // the next turn reads from the beginning
        }
        this.#next = next;
        if (events.length > 0 || this.#events.length === 0) {
            this.#events = [...this.#events, ...events].slice(-KEEP);
            this.#show();
        }
    }

    /** A camera that is being tried has a name of its own. */
    #titleOf({ channel }: LogEvent): string {
        return channel === TESTED ? t('logTested') : titleOf(this.#context.status, channel);
    }

    #matches(event: LogEvent): boolean {
        const [wanted, channel] = [this.#search.value.trim().toLowerCase(), this.#channel.value];
        const words = `${event.kind} ${word('event', event.kind)} ${event.text} ${event.channel} ${this.#titleOf(event)}`.toLowerCase();
        return (channel === '' || event.channel === channel) && words.includes(wanted);
    }

    #show(): void {
        const found = this.#events.filter((event) => this.#matches(event));
        const shown = found.slice(-SHOW).reverse();
        put(this.#rows, ...shown.map((event) => this.#row(event)));
        setText(this.#note, found.length === 0 ? t('logEmpty') : found.length > shown.length ? t('logMore', { shown: shown.length, found: found.length }) : '');
    }

    #row(event: LogEvent): HTMLElement {
        const bad = event.code < 0 || /lost|failed|gap/.test(event.kind);
        return el(
            'tr',
            bad ? { class: 'bad' } : {},
            el('td', { class: 'when' }, formatDate(event.atMs)),
            el('td', {}, this.#titleOf(event)),
            el('td', {}, word('event', event.kind)),
            el('td', { class: 'text' }, event.text),
        );
    }
}
