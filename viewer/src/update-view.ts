/** Updates of the application: what runs, what was tried, and how to put another one on the device. */
import { get } from './api.js';
import { el, put, setText } from './dom.js';
import { formatBytes, formatDate } from './format.js';
import type { Route } from './route.js';
import { t, word } from './text.js';
import { type Attempt, order, parseUpdate, sendBundle, type Slot, type Update } from './update-state.js';
import type { View } from './view.js';

/** States in which nothing else can be begun. */
const busy: ReadonlySet<string> = new Set(['staged', 'handing-over', 'trial', 'rolling-back']);

function row(name: string, what: string, more?: HTMLElement): HTMLElement {
    return el('li', {}, el('span', { class: 'open' }, el('span', {}, name), el('span', { class: 'what' }, what), more));
}

function slotRow(slot: Slot): HTMLElement {
    const state = slot.state === '' ? '' : word('slot', slot.state);
    const what = [state, slot.channel, slot.revision, slot.bytes === undefined ? '' : formatBytes(slot.bytes), slot.keyId];
    const notes = slot.notes === '' ? undefined : el('span', { class: 'what notes' }, slot.notes);
    return row(`${word('slot', slot.slot)}: ${slot.name} ${slot.version}`, what.filter((part) => part !== '').join(' · '), notes);
}

function attemptRow({ atMs, version, from, result, why, by }: Attempt): HTMLElement {
    const what = [formatDate(atMs), from === '' ? '' : t('updateFrom', { from }), by === '' ? '' : t('updateBy', { by }), word('why', why)];
    return row(`${version}: ${word('update', result)}`, what.filter((part) => part !== '').join(' · '));
}

/** The room of updates. */
export class UpdateView implements View {
    readonly element: HTMLElement;
    readonly title = t('update');
    readonly #now = el('p', { class: 'empty', role: 'status' }, t('loading'));
    readonly #progress = el('progress', { max: '1', hidden: true, 'aria-label': t('updateProgress') });
    readonly #note = el('p', { class: 'empty', role: 'status' });
    readonly #available = el('p', { class: 'notes', hidden: true });
    readonly #slots = el('ul', { class: 'rows' });
    readonly #failure = el('div', { hidden: true });
    readonly #history = el('ul', { class: 'rows' });
    readonly #file = el('input', { type: 'file', accept: '.ocb,application/octet-stream' });
    readonly #confirm = el('span', { class: 'confirm', hidden: true });
    readonly #back = el('button', { type: 'button', click: () => this.#confirmBack() }, t('updateBack'));
    readonly #send = el('button', { type: 'button', click: () => void this.#upload() }, t('updateSend'));
    readonly #check = el('button', { type: 'button', click: () => void this.#order('check', t('updateChecking')) }, t('updateCheck'));
    readonly #controls: HTMLElement;
    #reading = false;
    #sending = false;
    #shown = '';

    constructor() {
        put(
            this.#confirm,
            t('updateBackSure'),
            ' ',
            el('button', { type: 'button', click: () => void this.#rollBack() }, t('updateBackYes')),
            el('button', { type: 'button', click: () => this.#cancel() }, t('cancel')),
        );
        this.#controls = el(
            'div',
            { hidden: true },
            el('label', { class: 'field' }, t('updateFile'), this.#file),
            el('div', { class: 'bar' }, this.#send, this.#check, this.#back, this.#confirm),
        );
        const now = el('section', { class: 'panel', 'aria-label': t('update') }, el('h2', {}, t('update')), this.#now, this.#progress, this.#available, this.#controls, this.#note, this.#slots);
        const before = el('section', { class: 'panel', 'aria-label': t('updateHistory') }, el('h2', {}, t('updateHistory')), this.#failure, this.#history);
        this.element = el('div', { class: 'columns even' }, now, before);
        void this.#read();
    }

    show(route: Route): boolean {
        return route.kind === 'update';
    }

    update(): void {
        void this.#read();
    }

    close(): void {
        // it holds nothing
    }

    async #read(): Promise<void> {
        if (this.#reading) {
            return;
        }
        this.#reading = true;
        const answer = await get('/api/update', parseUpdate);
        this.#reading = false;
        if (answer.kind === 'ok') {
            this.#show(answer.value);
        } else if (answer.kind === 'offline' && answer.reason === 'HTTP 404') {
            this.#off(t('updateNone'));
        }
    }

    /** There is nothing to operate: why. */
    #off(why: string): void {
        setText(this.#now, why);
        this.#controls.hidden = true;
        this.#progress.hidden = true;
    }

    #show(update: Update): void {
        const { state, version, name } = update;
        const works = busy.has(state) || this.#sending;
        if (state === 'disabled') {
            this.#off(t('updateDisabled'));
        } else {
            setText(this.#now, `${name} ${version} · ${word('update', state)}`);
            this.#controls.hidden = false;
        }
        this.#send.toggleAttribute('disabled', works);
        this.#check.toggleAttribute('disabled', works);
        this.#back.toggleAttribute('disabled', works || !update.slots.some((slot) => slot.state === 'previous'));
        this.#progress.hidden = update.progress === undefined && !works;
        if (update.progress === undefined) {
            this.#progress.removeAttribute('value');
        } else {
            this.#progress.value = update.progress;
        }
        setText(this.#available, update.available === '' ? '' : `${t('updateAvailable', { version: update.available })} ${update.availableNotes}`);
        this.#available.hidden = update.available === '';
        const lists = JSON.stringify([update.slots, update.history, update.failure]);
        if (lists !== this.#shown) {
            this.#shown = lists; // what does not change keeps its selection and its place
            this.#showLists(update);
        }
    }

    #showLists({ slots, history, failure }: Update): void {
        put(this.#slots, ...slots.map(slotRow));
        const none = el('li', {}, el('span', { class: 'what' }, t('updateHistoryNone')));
        put(this.#history, ...(history.length === 0 ? [none] : history.map(attemptRow)));
        this.#failure.hidden = failure === undefined;
        if (failure) {
            const stack = failure.stack === '' ? undefined : el('pre', { tabindex: '0', role: 'region', 'aria-label': t('updateStack') }, failure.stack);
            const line = t('updateFailure', { version: failure.version, time: formatDate(failure.atMs), why: word('why', failure.why) });
            put(this.#failure, el('p', { class: 'problem' }, line), stack);
        }
    }

    #report(outcome: string | undefined, done: string): void {
        put(this.#note, outcome === '' ? done : outcome === undefined ? t('notDone') : outcome);
    }

    async #upload(): Promise<void> {
        const file = this.#file.files?.[0];
        if (file === undefined) {
            put(this.#note, t('updateNoFile'));
            this.#file.focus();
            return;
        }
        this.#sending = true;
        put(this.#note, t('updateSending'));
        this.#report(await sendBundle(file), t('updateSent'));
        this.#sending = false;
        await this.#read();
    }

    async #order(what: 'check' | 'rollback', done: string): Promise<void> {
        this.#report(await order(what), done);
        await this.#read();
    }

    #confirmBack(): void {
        this.#confirm.hidden = false;
        this.#confirm.querySelector('button')?.focus();
    }

    #cancel(): void {
        this.#confirm.hidden = true;
        this.#back.focus();
    }

    async #rollBack(): Promise<void> {
        this.#confirm.hidden = true;
        await this.#order('rollback', t('updateBackBegun'));
        this.#back.focus();
    }
}
