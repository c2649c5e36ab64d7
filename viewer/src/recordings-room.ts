/** The room of recordings: by the time line where the device has one, else by the list of its files. */
import { el, put, setText } from './dom.js';
import { find, parseTimeline, readStorage } from './day/data.js';
import { DayView } from './day/day-view.js';
import { RecordingsView } from './recordings-view.js';
import type { Route } from './route.js';
import { t } from './text.js';
import type { Context, View } from './view.js';

/** Finds out once what the device has. */
export class RecordingsRoom implements View {
    readonly #note = el('p', { class: 'empty', role: 'status' }, t('loading'));
    readonly element = el('div', {}, this.#note);
    readonly #context: Context;
    #route: Route;
    #view: View | undefined;
    #probing = false;
    #closed = false;

    constructor(context: Context, route: Route) {
        this.#context = context;
        this.#route = route;
        this.update();
    }

    get title(): string {
        return t('recordings');
    }

    show(route: Route): boolean {
        if (route.kind !== 'recordings') {
            return false;
        }
        this.#route = route;
        this.#view?.show(route);
        return true;
    }

    update(): void {
        if (this.#view) {
            this.#view.update();
        } else if (!this.#probing) {
            void this.#probe();
        }
    }

    onVisible(): void {
        this.#view?.onVisible?.();
    }

    focus(): void {
        this.#view?.focus?.();
    }

    close(): void {
        this.#closed = true;
        this.#view?.close();
    }

    /** A channel that was removed and has recordings. */
    async #removed(): Promise<string | undefined> {
        const answer = await readStorage();
        return answer.kind === 'ok' ? answer.value.recorded[0] : undefined;
    }

    async #probe(): Promise<void> {
        const route = this.#route;
        const { status } = this.#context;
        if (status === undefined) {
            setText(this.#note, t('connecting'));
            return;
        }
        this.#probing = true;
        const channel = (route.kind === 'recordings' ? route.channel : undefined) ?? status.channels[0]?.name ?? (await this.#removed());
        if (channel === undefined) {
            this.#probing = false;
            setText(this.#note, t('noChannels'));
            return;
        }
        void import('hls.js/light').catch(() => undefined); // comes meanwhile: the first picture waits for it
        const answer = await find('/api/timeline', { channel, from: 1, to: 2 }, parseTimeline);
        this.#probing = false;
        if (this.#closed || this.#view) {
            return;
        }
        if (answer.kind === 'ok') {
            this.#view = new DayView(this.#context, this.#route);
        } else if (answer.kind === 'unsupported') {
            setText(this.#note, t('storageNone'));
            return;
        } else if (answer.kind === 'missing') {
            this.#view = new RecordingsView(this.#context, this.#route);
        } else {
            setText(this.#note, t('timelineFailed')); // the next turn tries again
            return;
        }
        put(this.element, this.#view.element);
    }
}
