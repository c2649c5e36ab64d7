/** One target in the window of broadcasts: its state, its buttons, where people watch, what is sent. */
import { Plots } from '../charts.js';
import { confirmBox } from '../confirm.js';
import { el, put, setText } from '../dom.js';
import { formatBitrate, formatBytes } from '../format.js';
import { t, word } from '../text.js';
import type { Push, PushTarget } from './push-data.js';
import { sentenceOf } from './push-words.js';

/** Values of a plot: 15 minutes at one each 2 s. */
const MOST = 450;

/** What it does for the row. */
export interface PushActs {
    readonly start: (target: string) => Promise<void>;
    readonly stop: (target: string) => Promise<void>;
    readonly remove: (target: string) => Promise<void>;
}

/** An address with what is done with it. */
function watchAddress(kind: string, url: string): HTMLElement {
    const code = el('div', {});
    const copied = el('span', { class: 'note', role: 'status' });
    const copy = async (): Promise<void> => {
        const done = await navigator.clipboard?.writeText(url).then(() => true, () => false);
        setText(copied, t(done === true ? 'pushCopied' : 'pushCopyByHand'));
    };
    const show = async (event: Event): Promise<void> => {
        const button = event.currentTarget as HTMLButtonElement;
        const open = code.childElementCount === 0;
        button.setAttribute('aria-expanded', String(open));
        put(code);
        if (open) {
            const { drawQr } = await import('../access/qr.js');
            put(code, drawQr(url, t('houseCode', { address: url })));
        }
    };
    // a page opens what it can; the addresses of players are copied
    const shown = /^https?:/.test(url) ? el('a', { class: 'link', href: url, target: '_blank', rel: 'noreferrer' }, url) : el('code', {}, url);
    return el(
        'div',
        { class: 'push-address' },
        el('span', { class: 'hint' }, word('pushWatch', kind)),
        shown,
        el('div', { class: 'bar' }, el('button', { type: 'button', click: () => void copy() }, t('pushCopy')), el('button', { type: 'button', 'aria-expanded': 'false', click: (event) => void show(event) }, t('pushQr')), copied),
        code,
    );
}

/** The row; `show` brings it up to date. */
export class PushRow {
    readonly element: HTMLElement;
    readonly name: string;
    readonly #acts: PushActs;
    readonly #state = el('p', { class: 'push-state', role: 'status' });
    readonly #facts = el('p', { class: 'hint' });
    readonly #button = el('button', { type: 'button', click: () => void this.#toggle() });
    readonly #remove = el('button', { type: 'button', click: () => this.#ask() }, t('pushRemove'));
    readonly #sure = el('div', {});
    readonly #addresses = el('div', {});
    readonly #plotPlace = el('div', { class: 'charts' });
    readonly #times: number[] = [];
    readonly #bitrate: (number | undefined)[] = [];
    readonly #leftOut: (number | undefined)[] = [];
    #plots: Plots | undefined;
    #push: Push | undefined;
    #shown = '';

    constructor({ name, scheme, host }: PushTarget, acts: PushActs) {
        this.name = name;
        this.#acts = acts;
        const head = el('div', { class: 'push-head' }, el('h3', {}, name), el('span', { class: 'hint' }, `${scheme}, ${host}`));
        this.element = el('section', { class: 'push', 'aria-label': name }, head, this.#state, this.#facts, this.#addresses, this.#plotPlace, el('div', { class: 'bar' }, this.#button, el('span', { class: 'fill' }), this.#remove), this.#sure);
    }

    /** push: undefined: it does not run. nowMs: of the device. */
    show(push: Push | undefined, nowMs: number | undefined): void {
        this.#push = push;
        setText(this.#state, push === undefined ? t('pushOff') : sentenceOf(push, nowMs));
        this.#state.classList.toggle('why', push?.error !== undefined);
        setText(this.#button, t(push === undefined ? 'pushStart' : 'pushStop'));
        this.#button.classList.toggle('primary', push === undefined);
        this.#remove.hidden = push !== undefined;
        setText(this.#facts, push === undefined ? '' : t('pushFacts', { rate: formatBitrate(push.bitrate), bytes: formatBytes(push.sentBytes), gops: push.leftOutGops }));
        this.#showAddresses(push?.addresses ?? []);
        this.#plot(push);
    }

    close(): void {
        this.#plots?.close();
        this.#plots = undefined;
    }

    #showAddresses(addresses: Push['addresses']): void {
        const now = JSON.stringify(addresses);
        if (now !== this.#shown) {
            this.#shown = now; // an open code stays while nothing changes
            put(this.#addresses, ...addresses.map(([kind, url]) => watchAddress(kind, url)));
        }
    }

    #plot(push: Push | undefined): void {
        if (push === undefined) {
            this.close();
            put(this.#plotPlace);
            for (const column of [this.#times, this.#bitrate, this.#leftOut]) {
                column.length = 0;
            }
            return;
        }
        this.#times.push(Date.now() / 1000);
        this.#bitrate.push(push.bitrate);
        this.#leftOut.push(push.leftOutGops);
        if (this.#times.length > MOST) {
            for (const column of [this.#times, this.#bitrate, this.#leftOut]) {
                column.shift();
            }
        }
        if (this.#plots === undefined && this.#plotPlace.isConnected) {
            this.#plots = new Plots(this.#times, [
                { title: 'bitrate', unit: 'unitKilobits', scale: 1000, lines: [{ label: 'pushSent', colour: '--accent', values: this.#bitrate }] },
                { title: 'pushLeftOut', unit: 'pushGops', scale: 1, lines: [{ label: 'pushLeftOut', colour: '--bad', values: this.#leftOut }] },
            ]);
            put(this.#plotPlace, this.#plots.element);
            this.#plots.start();
        }
        this.#plots?.update();
    }

    async #toggle(): Promise<void> {
        await (this.#push === undefined ? this.#acts.start(this.name) : this.#acts.stop(this.name));
    }

    #ask(): void {
        put(this.#sure, confirmBox(t('pushRemoveSure', { name: this.name }), t('pushRemove'), () => void this.#acts.remove(this.name), () => put(this.#sure)));
        this.#sure.querySelector('button')?.focus();
    }
}
