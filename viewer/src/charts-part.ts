/** The charts of a channel below its picture, while somebody wants them. */
import { loadRoom } from './after-first.js';
import type { Plots } from './charts.js';
import { el, put, setText } from './dom.js';
import type { Channel } from './status.js';
import { t } from './text.js';
import type { Context } from './view.js';

/** What a button opens in a place. */
export class ChartsPart {
    readonly #context: Context;
    readonly #button: HTMLButtonElement;
    readonly #place: HTMLElement;
    #charts: Plots | undefined;
    #channel: Channel | undefined;
    #open = false;

    /** button: says that it opens them, and is of no use until now. */
    constructor(context: Context, button: HTMLButtonElement, place: HTMLElement) {
        this.#context = context;
        this.#button = button;
        this.#place = place;
        button.addEventListener('click', () => this.#toggle());
        button.disabled = false;
    }

    /** channel: undefined while there is none. */
    show(channel: Channel | undefined): void {
        const other = channel?.name !== this.#channel?.name;
        this.#channel = channel;
        if (other) {
            this.close();
            void this.#begin();
        }
        this.#charts?.update();
    }

    close(): void {
        this.#charts?.close();
        this.#charts = undefined;
        put(this.#place);
    }

    #toggle(): void {
        this.#open = !this.#open;
        this.#button.setAttribute('aria-expanded', String(this.#open));
        setText(this.#button, t(this.#open ? 'chartsHide' : 'charts'));
        this.close();
        void this.#begin();
    }

    /** While they are open. */
    async #begin(): Promise<void> {
        const channel = this.#channel;
        if (channel === undefined || !this.#open) {
            return;
        }
        try {
            const code = await loadRoom(import('./charts.js'));
            if (this.#channel?.name !== channel.name || !this.#open || !this.#place.isConnected) {
                return;
            }
            this.close();
            const samples = this.#context.history.of(channel.name);
            this.#charts = new code.Plots(samples.times, code.chartsOf(samples, channel.sub !== undefined));
            put(this.#place, this.#charts.element);
            this.#charts.start();
        } catch {
            put(this.#place, el('p', { class: 'empty' }, t('notLoaded')));
        }
    }
}
