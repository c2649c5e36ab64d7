/** A window over the page: the rest waits, Escape closes it, the focus goes back where it was. */
import './camera.css';
import { el, put } from '../dom.js';
import { t } from '../text.js';

let counter = 0;

/** One window; it is shown at once. onClose: by whatever means. */
export class Modal {
    readonly element: HTMLDialogElement;
    readonly #body = el('div', { class: 'sheet-body' });

    constructor(title: string, onClose: () => void = () => undefined) {
        const id = `sheet-${++counter}`;
        const head = el('div', { class: 'sheet-head' }, el('h2', { id }, title), el('button', { type: 'button', class: 'sheet-close', 'aria-label': t('close'), title: t('close'), click: () => this.close() }, '×'));
        const closed = (): void => {
            this.element.remove();
            onClose();
        };
        this.element = el('dialog', { class: 'sheet', 'aria-labelledby': id, close: closed }, head, this.#body);
        document.body.append(this.element);
        this.element.showModal();
    }

    /** Replaces what is in it; the first field has the focus. */
    fill(...children: (Node | string | undefined)[]): void {
        put(this.#body, ...children);
        this.#body.querySelector<HTMLElement>('input, select, button, a')?.focus();
    }

    /** May be called twice. */
    close(): void {
        this.element.close();
    }
}
