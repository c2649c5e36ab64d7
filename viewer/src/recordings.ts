import { getRecordings, type Recording } from './api.js';
import { el, put } from './dom.js';
import { formatBytes, formatDate, formatDay, formatDuration, formatTime } from './format.js';
import { fileName } from './route.js';
import { t } from './text.js';

/** How often the list is read again. */
const REFRESH_MS = 10_000;
/** Rows that are read at most. */
const READ_MOST = 1000;

/** The list of one channel's recordings, newest first. */
export class RecordingList {
    readonly element = el('div');
    readonly #most: number;
    #channel = '';
    #shown = '';
    #current = '';
    #lastMs = 0;
    #open = 100;

    /** most: rows that are shown, newest first; 0: all of them, by day. */
    constructor(most: number) {
        this.#most = most;
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
        const found: Recording[] = [];
        let after: string | undefined;
        do {
            const answer = await getRecordings(channel, after);
            if (this.#channel !== channel) {
                return; // another channel was chosen meanwhile
            }
            if (answer.kind !== 'ok') {
                if (this.#shown === '') {
                    put(this.element, el('p', { class: 'empty' }, t('recordingsFailed')));
                }
                return;
            }
            found.push(...answer.value.recordings.filter((recording) => recording.channel === channel));
            after = answer.value.next;
        } while (after !== undefined && found.length < READ_MOST);
        this.#show(found.reverse());
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
        if (this.#most > 0) {
            put(this.element, el('ul', { class: 'rows' }, ...recordings.slice(0, this.#most).map((one) => this.#row(one, formatDate(one.startMs)))));
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
            const day = recording.startMs === undefined ? t('clockNotSet') : formatDay(recording.startMs);
            days.set(day, [...(days.get(day) ?? []), recording]);
        }
        return [...days].flatMap(([day, rows]) => [
            el('h3', {}, day),
            el('ul', { class: 'rows' }, ...rows.map((one) => this.#row(one, formatTime(one.startMs)))),
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

    #row(recording: Recording, shown: string): HTMLElement {
        const { startMs, endMs } = recording;
        const when = startMs === undefined ? fileName(recording.path) : formatDate(startMs);
        const length = startMs !== undefined && endMs !== undefined ? formatDuration(endMs - startMs) : undefined;
        const what = [recording.open ? t('stillOpen') : length, formatBytes(recording.bytes)].filter((part) => part !== undefined).join(' · ');
        const open = el(
            'a',
            { class: 'open', href: `#${recording.path}` },
            el('span', { class: 'hidden' }, `${t('play')} `),
            el('span', { class: 'when' }, startMs === undefined ? when : shown),
            el('span', { class: 'what' }, what),
        );
        const href = `.${recording.path}`;
        const download = el('a', { href, download: true, title: t('download'), 'aria-label': t('downloadOf', { name: when }) }, '↓');
        const item = el('li', {}, open, download);
        item.dataset['path'] = recording.path;
        return item;
    }
}
