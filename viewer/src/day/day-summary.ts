/** A day at a glance: how long was recorded, how many events, and its gaps with their reasons. */
import { get, type LogEvent, parseEvents, parseRecordings } from '../api.js';
import { parseModes } from '../camera/recording-words.js';
import { el, put, setText } from '../dom.js';
import { formatClock, formatDuration } from '../format.js';
import { t, word } from '../text.js';
import { type DayEvent, type Deleted, find, parseEventPage, type Recorded, readStorage } from './data.js';
import { type Gap, gapsOf, isMissed, keptKinds, type ModeChange, parseChanges, recordedMs } from './gaps.js';
import type { Span } from './scale.js';

/** How often what explains gaps is read again. */
const REFRESH_MS = 60_000;
/** Rows of gaps. */
const rowsMax = 50;

/** The log of the program, oldest first; undefined: it cannot be read. */
async function readLog(): Promise<readonly LogEvent[] | undefined> {
    const log: LogEvent[] = [];
    for (let from = 0; ; ) {
        const answer = await get(`/api/events?from=${from}`, parseEvents);
        if (answer.kind !== 'ok') {
            return undefined;
        }
        log.push(...answer.value.events);
        if (answer.value.events.length === 0 || answer.value.next <= from) {
            return log;
        }
        from = answer.value.next;
    }
}

/** When the first recording of a channel begins; infinite: it has none. undefined: not known. */
async function readOldest(channel: string): Promise<number | undefined> {
    const answer = await get(`/api/recordings?${new URLSearchParams({ channel, limit: '1' })}`, parseRecordings);
    return answer.kind !== 'ok' ? undefined : answer.value.recordings.length === 0 ? Number.POSITIVE_INFINITY : answer.value.recordings[0]?.startMs;
}

/** What the disk knows of a day: why nothing was recorded, and by which rules; of all of the pages the newest. */
async function readKept(channel: string, { from, to }: Span): Promise<{ readonly kept?: readonly DayEvent[] | undefined; readonly changes?: readonly ModeChange[] | undefined }> {
    const [page, changes] = await Promise.all([
        find('/api/event-log', { kind: keptKinds.join(','), from, to, limit: 200 }, parseEventPage),
        find('/api/event-log', { channel, kind: 'record-mode', from, order: 'oldest', limit: 200 }, parseChanges),
    ]);
    return { kept: page.kind === 'ok' ? page.value.events : undefined, changes: changes.kind === 'ok' ? changes.value : undefined };
}

/** What is shown of a day. */
export interface DaySummaryInput {
    readonly channel: string;
    readonly day: Span;
    readonly spans: readonly Recorded[];
    readonly events: number;
    /** Clock of the device; undefined: it is not set. */
    readonly now: number | undefined;
    readonly startedMs: number | undefined;
}

function reasonText({ reason }: Gap): string {
    return reason.kind === 'deleted' ? t('gapDeleted', { why: word('deleted', reason.why) }) : word('gap', reason.kind);
}

/** One line, and the list of gaps behind it. */
export class DaySummary {
    readonly element: HTMLElement;
    readonly #line = el('summary', {});
    readonly #rows = el('ul', { class: 'gaps' });
    readonly #onGo: (at: number) => void;
    #log: readonly LogEvent[] = [];
    #kept: readonly DayEvent[] = [];
    #changes: readonly ModeChange[] = [];
    #deleted: readonly Deleted[] = [];
    #oldest: number | undefined;
    #mode: string | undefined;
    /** Channel and day of all that is known. */
    #channel = '';
    #from = 0;
    #readMs = 0;
    #shown = '';
    #input: DaySummaryInput | undefined;

    /** onGo: somebody chose the end of a gap. */
    constructor(onGo: (at: number) => void) {
        this.#onGo = onGo;
        this.element = el('details', { class: 'glance', hidden: true }, this.#line, this.#rows);
    }

    /** undefined: the day is not known yet. */
    show(input: DaySummaryInput | undefined): void {
        this.#input = input;
        this.element.hidden = input === undefined;
        if (input === undefined) {
            return;
        }
        if (input.channel !== this.#channel || input.day.from !== this.#from) {
            [this.#channel, this.#from, this.#kept, this.#changes] = [input.channel, input.day.from, [], []];
            [this.#oldest, this.#mode, this.#readMs] = [undefined, undefined, 0];
        }
        const all = this.#gaps(input);
        if (all.length > 0 && Date.now() - this.#readMs > REFRESH_MS) {
            void this.#read(input);
        }
        const gaps = all.filter(isMissed);
        const long = recordedMs(input.spans, input.day);
        const parts = [long > 0 ? t('dayRecorded', { length: formatDuration(long) }) : t('dayNothing'), t('gapCount', { count: gaps.length }), t('dayEvents', { count: input.events }), ...(all.some(({ reason }) => reason.kind === 'rest') ? [word('gap', 'rest')] : [])];
        setText(this.#line, parts.join(' · '));
        const state = JSON.stringify(gaps.map(({ from, to, reason }) => [from, to - (to % 60_000), reason]));
        if (state !== this.#shown) {
            this.#shown = state;
            put(this.#rows, ...gaps.slice(-rowsMax).map((gap) => this.#row(gap)));
        }
    }

    #gaps({ channel, day, spans, now, startedMs }: DaySummaryInput): readonly Gap[] {
        return gapsOf(spans, day, now, { channel, deleted: this.#deleted, log: this.#log, kept: this.#kept, changes: this.#changes, startedMs, oldest: this.#oldest, mode: this.#mode });
    }

    #row(gap: Gap): HTMLElement {
        const { from, to } = gap;
        const when = `${formatClock(from, to - from < 60_000)} – ${formatClock(to, to - from < 60_000)} (${formatDuration(to - from)})`;
        return el('li', {}, el('button', { type: 'button', title: t('gapGo'), click: () => this.#onGo(to) }, when), el('span', {}, reasonText(gap)));
    }

    async #read({ channel, day }: DaySummaryInput): Promise<void> {
        this.#readMs = Date.now();
        const [storage, log, oldest, modes, { kept, changes }] = await Promise.all([readStorage(), readLog(), readOldest(channel), get('/api/settings', parseModes), readKept(channel, day)]);
        if (channel !== this.#channel || day.from !== this.#from) {
            return; // another one was chosen meanwhile
        }
        this.#oldest = oldest ?? this.#oldest;
        this.#mode = modes.kind === 'ok' ? modes.value.get(channel) : this.#mode;
        this.#deleted = storage.kind === 'ok' ? storage.value.last : this.#deleted;
        this.#log = log ?? this.#log;
        this.#kept = kept ?? this.#kept;
        this.#changes = changes ?? this.#changes;
        this.show(this.#input);
    }
}
