/** Events with their pictures, newest first, as far back as there are any. Pages that are far from what is seen are let go of. */
import { send } from '../api.js';
import { confirmBox } from '../confirm.js';
import { el, put, setText } from '../dom.js';
import { formatDay, formatDuration, formatTime } from '../format.js';
import { mayEverywhere } from '../rights.js';
import { t } from '../text.js';
import { type DayEvent, type EventQuery, readEvents } from './data.js';
import { sign } from './icons.js';
import { kindIcon, kindText } from './kinds.js';
import { shotOf } from './shot.js';

/** Events of a page. */
const PAGE = 40;
/** How often the newest page is read again. */
const REFRESH_MS = 10_000;

/** Some events, and where they are asked for. Only its height is kept while it is far away. */
interface Page {
    readonly element: HTMLElement;
    /** undefined: the newest. */
    readonly after: string | undefined;
    shown: boolean;
    loading: boolean;
    last: boolean;
}

/** What the list says to the view. */
export interface EventListOptions {
    readonly onPlay: (event: DayEvent) => void;
    /** An event was protected, or deleted. */
    readonly onChange: () => void;
    /** Kinds that have come, for the filter. */
    readonly onKinds: (kinds: readonly string[]) => void;
}

/** The list. */
export class EventList {
    readonly element: HTMLElement;
    readonly #options: EventListOptions;
    readonly #pages = el('div');
    readonly #note = el('p', { class: 'empty', role: 'status' });
    readonly #box: HTMLElement;
    readonly #seen: IntersectionObserver;
    #list: Page[] = [];
    #query: EventQuery | undefined;
    #stop = new AbortController();
    #readMs = 0;
    #newest = '';

    constructor(options: EventListOptions) {
        this.#options = options;
        this.#box = el('div', { class: 'scroll events', tabindex: '0', role: 'group', 'aria-label': t('events') }, this.#note, this.#pages);
        this.element = this.#box;
        this.#seen = new IntersectionObserver((entries) => this.#onSeen(entries), { root: this.#box, rootMargin: '800px 0px' });
    }

    /** Which events; the same ones again: the newest are read from time to time. */
    show(query: EventQuery): void {
        if (JSON.stringify(query) !== JSON.stringify(this.#query)) {
            this.#query = query;
            this.#begin();
        } else if (Date.now() - this.#readMs > REFRESH_MS && this.#box.scrollTop < 50 && !this.#box.querySelector('.confirm')) {
            void this.#refresh();
        }
    }

    /** Reads the newest at the next turn. */
    refresh(): void {
        this.#readMs = 0;
    }

    close(): void {
        this.#stop.abort();
        this.#seen.disconnect();
    }

    #begin(): void {
        this.#stop.abort();
        this.#stop = new AbortController();
        this.#seen.disconnect();
        this.#list = [];
        this.#newest = '';
        put(this.#pages);
        setText(this.#note, t('loading'));
        this.#box.scrollTop = 0;
        this.#add(undefined);
    }

    #add(after: string | undefined): void {
        const page: Page = { element: el('div', { class: 'page' }), after, shown: false, loading: false, last: true };
        this.#list.push(page);
        this.#pages.append(page.element);
        this.#seen.observe(page.element);
        if (after === undefined) {
            void this.#load(page);
        }
    }

    #onSeen(entries: readonly IntersectionObserverEntry[]): void {
        for (const { target, isIntersecting } of entries) {
            const page = this.#list.find(({ element }) => element === target);
            if (page === undefined) {
                continue;
            }
            if (isIntersecting && !page.shown) {
                void this.#load(page);
            } else if (!isIntersecting && page.shown && !page.element.contains(document.activeElement)) {
                page.element.style.height = `${page.element.offsetHeight}px`;
                page.shown = false;
                put(page.element);
            }
        }
    }

    async #load(page: Page): Promise<void> {
        if (this.#query === undefined || page.loading) {
            return;
        }
        page.loading = true;
        const { signal } = this.#stop;
        const answer = await readEvents(this.#query, page.after, PAGE, signal);
        page.loading = false;
        if (signal.aborted) {
            return;
        }
        this.#readMs = Date.now();
        if (answer.kind !== 'ok') {
            const again = el('button', { type: 'button', class: 'more', click: () => void this.#load(page) }, t('tryAgain'));
            setText(this.#note, '');
            put(page.element, el('p', { class: 'empty', role: 'alert' }, t('eventsFailed')), again);
            return;
        }
        const { events, next } = answer.value;
        this.#fill(page, events);
        if (page.last && next !== undefined && events.length > 0) {
            page.last = false;
            this.#add(next);
        }
        if (page.after === undefined) {
            this.#newest = JSON.stringify(events);
            setText(this.#note, events.length === 0 ? t('eventsNone') : '');
        }
    }

    async #refresh(): Promise<void> {
        this.#readMs = Date.now();
        const { signal } = this.#stop;
        if (this.#query === undefined) {
            return;
        }
        const answer = await readEvents(this.#query, undefined, PAGE, signal);
        if (!signal.aborted && answer.kind === 'ok' && JSON.stringify(answer.value.events) !== this.#newest && !this.#pages.contains(document.activeElement)) {
            this.#begin();
        }
    }

    #fill(page: Page, events: readonly DayEvent[]): void {
        page.shown = true;
        page.element.style.height = '';
        let day = '';
        const rows = events.flatMap((event) => {
            const name = formatDay(event.start);
            const heading = name === day ? [] : [el('li', { class: 'day' }, el('h3', {}, name))];
            day = name;
            return [...heading, this.#row(event)];
        });
        put(page.element, el('ul', { class: 'rows' }, ...rows));
        this.#options.onKinds([...new Set(events.map(({ kind }) => kind))]);
    }

    #row(event: DayEvent): HTMLElement {
        const name = `${kindText(event.kind)}, ${formatTime(event.start)}`;
        const length = event.end === undefined ? t('eventGoesOn') : event.end - event.start >= 1000 ? formatDuration(event.end - event.start) : '';
        const what = [this.#query?.channel === '' ? (event.channelTitle ?? event.channel) : '', length].filter(Boolean).join(' · ');
        const play = el(
            'button',
            { type: 'button', class: 'open', click: () => this.#options.onPlay(event) },
            shotOf(event),
            el('span', { class: 'says' }, el('span', { class: 'when' }, kindIcon(event.kind), name), el('span', { class: 'what' }, what)),
        );
        const item = el('li', { class: 'event' }, play);
        const problem = el('p', { class: 'note why', role: 'alert' });
        if (mayEverywhere('delete')) {
            item.append(this.#lock(event, name, problem), this.#remove(event, name, item, problem));
        }
        item.append(problem);
        return item;
    }

    #lock(event: DayEvent, name: string, problem: HTMLElement): HTMLElement {
        let on = event.isProtected;
        const button = el('button', { type: 'button', class: 'act lock', 'aria-label': t('protectOf', { name }) });
        const show = (): void => {
            button.setAttribute('aria-pressed', String(on));
            button.title = t(on ? 'unprotect' : 'protect');
            put(button, sign(on ? 'kept' : 'free'));
        };
        button.addEventListener('click', async () => {
            button.disabled = true;
            const outcome = await send('PATCH', `/api/event-log/${event.id}`, { protected: !on });
            button.disabled = false;
            on = outcome.ok ? !on : on;
            setText(problem, outcome.ok ? '' : outcome.status === 404 ? t('eventGone') : outcome.message || t('notDone'));
            show();
            this.#options.onChange();
        });
        show();
        return button;
    }

    #remove(event: DayEvent, name: string, item: HTMLElement, problem: HTMLElement): HTMLElement {
        const button = el('button', { type: 'button', class: 'act', 'aria-label': t('deleteOf', { name }), title: t('delete') }, '×');
        const close = (): void => {
            confirm.remove();
            button.focus();
        };
        const really = async (): Promise<void> => {
            const outcome = await send('DELETE', `/api/event-log/${event.id}`);
            // somebody else was faster: it is gone all the same
            if (outcome.ok || outcome.status === 404) {
                item.remove();
                this.#box.focus();
                this.#options.onChange();
                return;
            }
            close();
            setText(problem, outcome.status === 409 ? t('deleteProtected') : outcome.message || t('notDone'));
        };
        const confirm = confirmBox(t('eventDeleteSure'), t('deleteYes'), () => void really(), close);
        button.addEventListener('click', () => {
            setText(problem, '');
            item.append(confirm);
            confirm.querySelector<HTMLElement>('button:last-child')?.focus();
        });
        return button;
    }
}
