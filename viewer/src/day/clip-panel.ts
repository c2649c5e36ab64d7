/** A clip of the past as a file: marks on the time line, how large it will be, and how far it is. */
import { address, checkLogin } from '../api.js';
import { el, setText } from '../dom.js';
import { formatBytes, formatDate, formatDuration } from '../format.js';
import { record, text } from '../json.js';
import { t } from '../text.js';
import { onWall } from '../zone.js';
import type { Span } from './scale.js';

/** What is larger is saved by the browser's own download, which keeps nothing in memory. */
const KEEP_BYTES = 256_000_000;

/** Saves a blob or an address under a name. */
function download(href: string, name: string): void {
    const link = el('a', { href, download: name });
    document.body.append(link);
    link.click();
    link.remove();
}

/** `front-door 2026-11-21 14.03.05.mp4`, by the clock of the device. */
export function clipName(channel: string, at: number): string {
    return `${channel} ${onWall(at).toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '.')}.mp4`;
}

/** The part of the view that saves clips. */
export class ClipPanel {
    readonly element: HTMLElement;
    readonly #onMarks: (marks: Span | undefined) => void;
    readonly #span = el('p', { class: 'marks' });
    readonly #note = el('p', { class: 'note', role: 'status' });
    readonly #progress = el('progress', { max: '1', hidden: true, 'aria-label': t('clipProgress') });
    readonly #save: HTMLButtonElement;
    #channel = '';
    #marks: Span | undefined;
    #stop: AbortController | undefined;

    /** at: the cursor. onMarks: the marks were changed here; undefined: there are none any more. */
    constructor(at: () => number | undefined, onMarks: (marks: Span | undefined) => void) {
        this.#onMarks = onMarks;
        const move = (end: 'from' | 'to'): void => {
            const now = at();
            if (this.#marks && now !== undefined) {
                const { from, to } = this.#marks;
                this.set(end === 'from' ? { from: now, to: Math.max(to, now + 1000) } : { from: Math.min(from, now - 1000), to: now });
                this.#onMarks(this.#marks);
            }
        };
        this.#save = el('button', { type: 'button', class: 'primary', click: () => void this.#download() }, t('clipSave'));
        this.element = el(
            'section',
            { class: 'panel clip', 'aria-label': t('clip'), hidden: true },
            el('h2', {}, t('clip')),
            el('p', { class: 'hint' }, t('clipText')),
            this.#span,
            el(
                'div',
                { class: 'bar' },
                el('button', { type: 'button', click: () => move('from') }, t('clipFrom')),
                el('button', { type: 'button', click: () => move('to') }, t('clipTo')),
                this.#save,
                el('button', { type: 'button', click: () => this.close() }, t('cancel')),
            ),
            this.#progress,
            this.#note,
        );
    }

    /** Begins with these marks. */
    open(channel: string, marked: Span): void {
        this.#channel = channel;
        this.element.hidden = false;
        setText(this.#note, '');
        this.set(marked);
        this.#onMarks(marked);
        this.#save.focus();
    }

    /** The marks were moved. */
    set(marked: Span): void {
        this.#marks = marked;
        const { from, to } = marked;
        setText(this.#span, t('clipSpan', { from: formatDate(from), to: formatDate(to), length: formatDuration(to - from) }));
    }

    get isOpen(): boolean {
        return !this.element.hidden;
    }

    /** Ends it, and what is being saved. */
    close(): void {
        this.#stop?.abort();
        this.#stop = undefined;
        this.#marks = undefined;
        this.#show(undefined);
        if (!this.element.hidden) {
            this.element.hidden = true;
            this.#onMarks(undefined);
        }
    }

    #show(part: number | undefined): void {
        this.#progress.hidden = part === undefined;
        this.#progress.value = part ?? 0;
        this.#save.disabled = part !== undefined;
    }

    async #download(): Promise<void> {
        if (this.#marks === undefined) {
            return;
        }
        const { from, to } = this.#marks;
        const name = clipName(this.#channel, from);
        const url = address(`/export/${encodeURIComponent(this.#channel)}.mp4?from=${Math.round(from)}&to=${Math.round(to)}&format=plain`);
        this.#stop = new AbortController();
        const { signal } = this.#stop;
        this.#show(0);
        setText(this.#note, t('clipPreparing'));
        try {
            const response = await fetch(url, { cache: 'no-store', signal });
            checkLogin(response);
            if (!response.ok) {
                setText(this.#note, await this.#refusal(response));
                return;
            }
            const bytes = Number(response.headers.get('content-length') ?? Number.NaN);
            if (!(bytes <= KEEP_BYTES)) {
                await response.body?.cancel();
                download(url, name);
                setText(this.#note, t('clipByBrowser'));
                return;
            }
            const pieces = await this.#read(response, bytes);
            const blob = URL.createObjectURL(new Blob(pieces, { type: 'video/mp4' }));
            download(blob, name);
            setTimeout(() => URL.revokeObjectURL(blob), 60_000);
            setText(this.#note, t('clipSaved', { name, size: formatBytes(bytes) }));
        } catch {
            if (!signal.aborted) {
                setText(this.#note, t('clipFailed'));
            }
        } finally {
            this.#show(undefined);
        }
    }

    async #read(response: Response, bytes: number): Promise<BlobPart[]> {
        const reader = response.body?.getReader();
        const pieces: BlobPart[] = [];
        let came = 0;
        for (;;) {
            const piece = await reader?.read();
            if (piece === undefined || piece.done) {
                break;
            }
            pieces.push(piece.value);
            came += piece.value.length;
            this.#show(came / Math.max(bytes, 1));
            setText(this.#note, t('clipCame', { came: formatBytes(came), size: formatBytes(bytes) }));
        }
        if (came !== bytes) {
            throw new Error('the body ended early');
        }
        return pieces;
    }

    async #refusal(response: Response): Promise<string> {
        if (response.status === 404) {
            return t('clipNothing');
        }
        const came: unknown = await response.json().catch(() => undefined);
        const message = text(record(record(came)['error'])['message']) ?? '';
        return response.status === 409 ? `${t('clipChanged')} ${message}` : message || t('clipFailed');
    }
}
