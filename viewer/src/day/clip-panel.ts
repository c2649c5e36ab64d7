/** A clip of the past as a file: marks on the time line, how large it will be, and how far it is. */
import { address, checkLogin } from '../api.js';
import { el, setText } from '../dom.js';
import { formatBytes, formatDate, formatDuration } from '../format.js';
import { record, text } from '../json.js';
import { localName } from '../recording-title.js';
import { may } from '../rights.js';
import { t } from '../text.js';
import type { Recorded } from './data.js';
import type { Span } from './scale.js';

/** What is larger is saved by the browser's own download, which keeps nothing in memory. */
const KEEP_BYTES = 256_000_000;
/** Between two marks at least, and what is not told as a gap. */
const [leastMs, gapMs] = [1000, 3000];

/** Saves a blob or an address under a name. */
function download(href: string, name: string): void {
    const link = el('a', { href, download: name });
    document.body.append(link);
    link.click();
    link.remove();
}

/** How much of a stretch was recorded, and how large that is, by the spans of the day. Pure. */
export function contentOf(spans: readonly Recorded[], { from, to }: Span): { readonly ms: number; readonly bytes: number } {
    let [ms, bytes] = [0, 0];
    for (const { start, end, bytes: size } of spans) {
        const common = Math.max(Math.min(end, to) - Math.max(start, from), 0);
        ms += common;
        bytes += (size * common) / Math.max(end - start, 1);
    }
    return { ms, bytes };
}

/** What the panel asks of the view, and tells it. */
export interface ClipPanelOptions {
    /** The cursor. */
    readonly at: () => number | undefined;
    /** The marks were changed here; undefined: there are none any more. */
    readonly onMarks: (marks: Span | undefined) => void;
    readonly spans: () => readonly Recorded[];
    /** The recordings between the marks are to be deleted. */
    readonly onDelete: (marks: Span) => void;
}

/** The part of the view that saves clips. */
export class ClipPanel {
    readonly element: HTMLElement;
    readonly #options: ClipPanelOptions;
    readonly #span = el('p', { class: 'marks' });
    readonly #size = el('p', { class: 'marks', role: 'status' });
    readonly #note = el('p', { class: 'note', role: 'status' });
    readonly #progress = el('progress', { max: '1', hidden: true, 'aria-label': t('clipProgress') });
    readonly #save: HTMLButtonElement;
    readonly #remove: HTMLButtonElement;
    #channel = '';
    #marks: Span | undefined;
    #stop: AbortController | undefined;
    #saving = false;
    /** Nothing was recorded between the marks. */
    #nothing = false;

    constructor(options: ClipPanelOptions) {
        this.#options = options;
        this.#remove = el('button', { type: 'button', click: () => this.#marks && options.onDelete(this.#marks) }, t('purgeMarked'));
        this.#save = el('button', { type: 'button', class: 'primary', click: () => void this.#download() }, t('clipSave'));
        this.element = el(
            'section',
            { class: 'panel clip', 'aria-label': t('clip'), hidden: true },
            el('h2', {}, t('clip')),
            el('p', { class: 'hint' }, t('clipText')),
            this.#span,
            this.#size,
            el(
                'div',
                { class: 'bar' },
                el('button', { type: 'button', click: () => this.mark('from') }, t('clipFrom')),
                el('button', { type: 'button', click: () => this.mark('to') }, t('clipTo')),
                this.#save,
                may('delete') ? this.#remove : undefined,
                el('button', { type: 'button', click: () => this.close() }, t('cancel')),
            ),
            this.#progress,
            this.#note,
        );
    }

    /** Begins with these marks. */
    open(channel: string, marked: Span): void {
        this.#show(undefined);
        this.#channel = channel;
        this.element.hidden = false;
        setText(this.#note, '');
        this.set(marked);
        this.#options.onMarks(marked);
    }

    /** One mark goes to the cursor; the other stays where it is, in front or behind. False: there are no marks yet, or no cursor. */
    mark(end: 'from' | 'to'): boolean {
        const now = this.#options.at();
        if (this.#marks === undefined || now === undefined) {
            return false;
        }
        const { from, to } = this.#marks;
        this.set(end === 'from' ? { from: now, to: Math.max(to, now + leastMs) } : { from: Math.min(from, now - leastMs), to: now });
        this.#options.onMarks(this.#marks);
        return true;
    }

    /** The marks were moved, or the day was read again. */
    set(marked: Span | undefined = this.#marks): void {
        if (marked === undefined) {
            return;
        }
        this.#marks = marked;
        const { from, to } = marked;
        setText(this.#span, t('clipSpan', { from: formatDate(from), to: formatDate(to), length: formatDuration(to - from) }));
        const { ms, bytes } = contentOf(this.#options.spans(), marked);
        const size = formatBytes(bytes);
        setText(this.#size, ms === 0 ? t('clipNothing') : ms < to - from - gapMs ? t('clipSizeGaps', { size, length: formatDuration(ms) }) : t('clipSize', { size }));
        this.#nothing = ms === 0;
        this.#enable();
    }

    get isOpen(): boolean {
        return !this.element.hidden;
    }

    focus(): void {
        this.#save.focus();
    }

    /** Ends it, and what is being saved. */
    close(): void {
        this.#stop?.abort();
        this.#stop = undefined;
        this.#marks = undefined;
        this.#show(undefined);
        if (!this.element.hidden) {
            this.element.hidden = true;
            this.#options.onMarks(undefined);
        }
    }

    #show(part: number | undefined): void {
        this.#progress.hidden = part === undefined;
        this.#progress.value = part ?? 0;
        this.#saving = part !== undefined;
        this.#enable();
    }

    #enable(): void {
        this.#save.disabled = this.#saving || this.#nothing;
        this.#remove.disabled = this.#saving || this.#nothing;
    }

    async #download(): Promise<void> {
        if (this.#marks === undefined) {
            return;
        }
        const { from, to } = this.#marks;
        const name = localName(this.#channel, from);
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
            const left = Number.parseInt(response.headers.get('x-ocellus-left-out') ?? '0', 10);
            const end = left > 0 ? ` ${t('clipLeftOut', { count: left })}` : '';
            const bytes = Number(response.headers.get('content-length') ?? Number.NaN);
            if (!(bytes <= KEEP_BYTES)) {
                await response.body?.cancel();
                download(url, name);
                setText(this.#note, t('clipByBrowser') + end);
                return;
            }
            const pieces = await this.#read(response, bytes);
            const blob = URL.createObjectURL(new Blob(pieces, { type: 'video/mp4' }));
            download(blob, name);
            setTimeout(() => URL.revokeObjectURL(blob), 60_000);
            setText(this.#note, t('clipSaved', { name, size: formatBytes(bytes) }) + end);
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
