import { getRecordings, type Recording } from './api.js';
import { el, put } from './dom.js';
import { formatBytes, formatDate, formatDuration } from './format.js';
import { strings } from './strings.js';

/** The list of one channel's recordings, newest first. */
export class RecordingList {
    readonly element = el('div');
    #channel = '';
    #shown = '';
    #current = '';

    /** Marks the recording that plays; an empty path marks none. */
    setCurrent(path: string): void {
        this.#current = path;
        for (const item of this.element.querySelectorAll('li')) {
            item.toggleAttribute('data-current', item.dataset['path'] === path);
        }
    }

    /** Reads the list again and shows it when it changed. */
    async refresh(channel: string): Promise<void> {
        this.#channel = channel;
        const found: Recording[] = [];
        let after: string | undefined;
        do {
            const answer = await getRecordings(channel, after);
            if (this.#channel !== channel) {
                return; // another channel was chosen meanwhile
            }
            if (answer.kind !== 'ok') {
                if (this.#shown === '') {
                    put(this.element, el('p', { class: 'empty' }, strings.recordingsFailed));
                }
                return;
            }
            found.push(...answer.value.recordings.filter((recording) => recording.channel === channel));
            after = answer.value.next;
        } while (after !== undefined && found.length < 1000);
        this.#show(found.reverse());
    }

    #show(recordings: readonly Recording[]): void {
        const state = JSON.stringify([this.#channel, recordings]);
        if (state === this.#shown) {
            return;
        }
        this.#shown = state;
        const focused = document.activeElement?.getAttribute('href');
        if (recordings.length === 0) {
            const title = el('strong', {}, strings.noRecordings);
            put(this.element, el('p', { class: 'empty' }, title, strings.noRecordingsText));
            return;
        }
        put(this.element, el('ul', { class: 'recordings' }, ...recordings.map((recording) => this.#row(recording))));
        this.setCurrent(this.#current);
        if (focused) {
            this.element.querySelector<HTMLElement>(`a[href="${CSS.escape(focused)}"]`)?.focus();
        }
    }

    #row(recording: Recording): HTMLElement {
        const when = formatDate(recording.startMs);
        const { startMs, endMs } = recording;
        const length = startMs !== undefined && endMs !== undefined ? formatDuration(endMs - startMs) : undefined;
        const what = [recording.open ? strings.stillOpen : length, formatBytes(recording.bytes)];
        const open = el(
            'a',
            { class: 'open', href: `#${recording.path}`, 'aria-label': strings.play(when) },
            el('span', { class: 'when' }, when),
            el('span', { class: 'what' }, what.filter((part) => part !== undefined).join(' · ')),
        );
        const href = `.${recording.path}`;
        const download = el('a', { href, download: true, title: strings.download, 'aria-label': `${strings.download} ${when}` }, '↓');
        const item = el('li', {}, open, download);
        item.dataset['path'] = recording.path;
        return item;
    }
}
