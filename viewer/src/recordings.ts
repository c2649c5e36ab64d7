import { getRecordings, type Recording } from './api.js';
import { el, put } from './dom.js';
import { formatBytes, formatDuration } from './format.js';
import { dayHeading, localName, recordingTitle } from './recording-title.js';
import { fileName } from './recording-route.js';
import { t } from './text.js';

/** How often the list is read again. */
const REFRESH_MS = 10_000;
/** Rows that are read at most. */
const READ_MAX = 1000;

/** Buttons of a row, and what they say below it. Made in `recording-acts.ts`. */
export type RowActs = (recording: Recording) => readonly HTMLElement[];

/** The list of one channel's recordings, newest first. */
export class RecordingList {
    readonly element = el('div');
    readonly #max: number;
    #channel = '';
    #shown = '';
    #current = '';
    #lastMs = 0;
    #open = 100;
    /** Whether the device gives the newest first; one that does not is read from the oldest on. */
    #newest = true;
    readonly #acts: RowActs | undefined;

    /** max: rows that are shown, newest first; 0: all of them, by day. acts: what can be done with each. */
    constructor(max: number, acts?: RowActs) {
        this.#max = max;
        this.#acts = acts;
    }

    /** Something was deleted, or kept: read again at the next turn. */
    refreshSoon(): void {
        this.#lastMs = 0;
    }

    /** Marks the recording that plays; an empty path marks none. */
    setCurrent(path: string): void {
        this.#current = path;
        for (const item of this.element.querySelectorAll('li')) {
            const current = item.dataset['path'] === path;
            item.toggleAttribute('data-current', current);
            item.querySelector('a')?.toggleAttribute('aria-current', current);
        }
    }

    /** Reads the list when it is of another channel or was read some time ago. */
    async refresh(channel: string): Promise<void> {
        if (channel === this.#channel && Date.now() - this.#lastMs < REFRESH_MS) {
            return;
        }
        this.#channel = channel;
        this.#lastMs = Date.now();
        let found = await this.#read(channel, this.#newest);
        if (found === 'refused') {
            this.#newest = false;
            found = await this.#read(channel, false);
        }
        if (this.#channel !== channel || this.element.querySelector('.confirm')) {
            return; // another channel was chosen meanwhile, or somebody is being asked
        }
        if (typeof found !== 'string') {
            this.#show(found);
        } else if (this.#shown === '') {
            put(this.element, el('p', { class: 'empty' }, t('recordingsFailed')));
        }
    }

    /** Newest first. refused: the device does not know the order. */
    async #read(channel: string, newest: boolean): Promise<Recording[] | 'failed' | 'refused'> {
        const max = newest && this.#max > 0 ? this.#max : READ_MAX;
        const found: Recording[] = [];
        let after: string | undefined;
        do {
            const answer = await getRecordings(channel, after, newest);
            if (answer.kind !== 'ok' || this.#channel !== channel) {
                return newest && answer.kind === 'offline' && answer.reason === 'HTTP 400' ? 'refused' : 'failed';
            }
            found.push(...answer.value.recordings.filter((recording) => recording.channel === channel));
            after = answer.value.next;
        } while (after !== undefined && found.length < max);
        return newest ? found : found.reverse();
    }

    #show(recordings: readonly Recording[]): void {
        const state = JSON.stringify([this.#channel, recordings, this.#open]);
        if (state === this.#shown) {
            return;
        }
        this.#shown = state;
        const focused = document.activeElement?.getAttribute('href');
        if (recordings.length === 0) {
            put(this.element, el('p', { class: 'empty' }, el('strong', {}, t('noRecordings')), t('noRecordingsText')));
            return;
        }
        if (this.#max > 0) {
            put(this.element, el('ul', { class: 'rows' }, ...recordings.slice(0, this.#max).map((one) => this.#row(one))));
        } else {
            put(this.element, ...this.#days(recordings.slice(0, this.#open)), this.#more(recordings));
        }
        this.setCurrent(this.#current);
        if (focused) {
            this.element.querySelector<HTMLElement>(`a[href="${CSS.escape(focused)}"]`)?.focus();
        }
    }

    #days(recordings: readonly Recording[]): HTMLElement[] {
        const days = new Map<string, Recording[]>();
        for (const recording of recordings) {
            const day = recording.startMs === undefined ? t('clockNotSet') : dayHeading(recording.startMs);
            days.set(day, [...(days.get(day) ?? []), recording]);
        }
        return [...days].flatMap(([day, rows]) => [
            el('h3', {}, day),
            el('ul', { class: 'rows' }, ...rows.map((one) => this.#row(one))),
        ]);
    }

    #more(recordings: readonly Recording[]): HTMLElement | undefined {
        if (recordings.length <= this.#open) {
            return undefined;
        }
        const more = (): void => {
            this.#open += 200;
            this.#show(recordings);
        };
        return el('button', { type: 'button', class: 'more', click: more }, t('older'));
    }

    #row(recording: Recording): HTMLElement {
        const { startMs, endMs, path } = recording;
        const title = recordingTitle(recording);
        const length = startMs !== undefined && endMs !== undefined ? formatDuration(endMs - startMs) : undefined;
        const kept = recording.isProtected === true && this.#acts === undefined ? t('keptShort') : undefined;
        const what = [recording.open ? t('stillOpen') : length, formatBytes(recording.bytes), kept].filter((part) => part !== undefined).join(' · ');
        const open = el(
            'a',
            { class: 'open', href: `#${path}`, title: fileName(path) },
            el('span', { class: 'hidden' }, `${t('play')} `),
            el('span', { class: 'when' }, title),
            el('span', { class: 'what' }, what),
            startMs === undefined || this.#acts === undefined ? undefined : el('span', { class: 'file' }, fileName(path)),
        );
        const name = startMs === undefined ? fileName(path) : localName(recording.channel, startMs);
        const download = el('a', { href: `.${path}`, download: name, title: t('download'), 'aria-label': t('downloadOf', { name: title }) }, '↓');
        const item = el('li', {}, open, download, ...(this.#newest ? (this.#acts?.(recording) ?? []) : []));
        item.dataset['path'] = path;
        return item;
    }
}
