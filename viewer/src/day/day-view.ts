/** A day of one camera: picture, time line, calendar, events, files, storage. */
import './day.css';
import { send } from '../api.js';
import { el, put, setText } from '../dom.js';
import { formatDate } from '../format.js';
import { ChannelTabs, panel } from '../parts.js';
import { codecName } from '../playable.js';
import { recordingActs } from '../recording-acts.js';
import { RecordingList } from '../recordings.js';
import { atHash, fileStart, recordingsHash } from '../recording-route.js';
import { liveHash, type Route } from '../route.js';
import { channelNamed, titleOf } from '../status.js';
import { may } from '../rights.js';
import { type PlainKey, t } from '../text.js';
import type { Context, View } from '../view.js';
import { dayNamed } from '../../../modules/base/zone-days.js';
import { Calendar } from './calendar.js';
import { ClipPanel } from './clip-panel.js';
import { CloudDay } from './cloud-day.js';
import { type CloudProblem, onlyStored, sourceAt, type StoredEvent } from './cloud-data.js';
import { CloudEvents } from './cloud-events.js';
import { type DayEvent, readTimeline, type Recorded } from './data.js';
import { DayPlayer, type DayState } from './day-player.js';
import { DaySummary } from './day-summary.js';
import { EventList } from './event-list.js';
import { sign } from './icons.js';
import { KindFilter } from './kind-filter.js';
import { type Means, PurgePanel } from './purge.js';
import type { Span, Stretch } from './scale.js';
import { dayOf, dayText, spanOf } from './time.js';
import { TimeLine } from './timeline.js';
import { StoragePanel } from './storage-panel.js';

/** How often a day that goes on is read again, and one that is over. */
const [TODAY_MS, PAST_MS] = [10_000, 60_000];
/** Answers that one day is read in, at most. */
const ANSWERS = 30;
/** The picture follows a hand at most so often. */
const SEEK_MS = 250;
/** Between the marks of a clip while only one was set. */
const MARK_MS = 30_000;
const speeds = [0.5, 1, 2, 4, 8, 16];
const problems = { blocked: 'storeBlocked', denied: 'storeDenied', failed: 'storeFailed' } as const satisfies Readonly<Record<CloudProblem, PlainKey>>;

/** The room of recordings on a device that has a time line. */
export class DayView implements View {
    readonly element: HTMLElement;
    readonly #context: Context;
    readonly #tabs = new ChannelTabs(recordingsHash);
    readonly #video = el('video', { playsinline: true, tabindex: '0' });
    readonly #canvas = el('canvas', { role: 'img', hidden: true }, t('canvasFallback'));
    readonly #notice = el('div', { class: 'notice', role: 'status' });
    readonly #stage: HTMLElement;
    readonly #player: DayPlayer;
    readonly #line: TimeLine;
    readonly #calendar: Calendar;
    readonly #filter: KindFilter;
    readonly #events: EventList;
    readonly #files = new RecordingList(
        0,
        recordingActs(() => this.#filesChanged()),
    );
    readonly #filesBox: HTMLDetailsElement;
    readonly #storage = new StoragePanel(() => this.update());
    readonly #clip: ClipPanel;
    readonly #glance = new DaySummary((at) => this.#seek(at, true));
    readonly #purge = new PurgePanel(() => this.#filesChanged());
    readonly #cloud = new CloudDay(() => this.#showStored());
    readonly #cloudEvents = new CloudEvents((event) => this.#openEvent(event));
    readonly #cloudBox = panel(t('cloudEvents'), this.#cloudEvents.element);
    readonly #cloudNote = el('p', { class: 'note', role: 'status' });
    readonly #when = el('h2', { class: 'title' });
    readonly #note = el('p', { class: 'note', role: 'status' });
    readonly #dayTitle = el('h2', { class: 'daytitle' });
    readonly #play: HTMLButtonElement;
    readonly #sound: HTMLButtonElement;
    readonly #scope: HTMLSelectElement;
    readonly #back = el('a', { class: 'button' }, t('backToLive'));
    readonly #purgeDay = el('button', { type: 'button', click: () => this.#day !== undefined && this.#askDelete(spanOf(this.#day), 'belong') }, t('purgeDay'));
    #channel: string | undefined;
    #day: number | undefined;
    /** Where the address leads, until it is played. */
    #requested: number | undefined;
    #at: number | undefined;
    #state: DayState = 'idle';
    #spans: readonly Recorded[] = [];
    /** What only the store has of the day. */
    #onlyStored: readonly Stretch[] = [];
    /** Why the last picture of the store did not come; undefined: it did. */
    #storeProblem: CloudProblem | undefined;
    #timelineFailed = false;
    #dayEvents: readonly DayEvent[] = [];
    #known = '';
    #readMs = 0;
    #stop: AbortController | undefined;
    #seekTimer: number | undefined;
    /** Clock of the device, and of this browser, at the last answer. */
    #clock: { readonly device: number; readonly here: number } | undefined;

    constructor(context: Context, route: Route) {
        this.#context = context;
        this.#stage = el('div', { class: 'stage' }, this.#video, this.#canvas, this.#notice);
        this.#player = new DayPlayer(this.#video, this.#canvas, {
            onTime: (at) => this.#onTime(at),
            onState: (state) => this.#onState(state),
            now: () => this.#now(),
            sourceOf: (at) => sourceAt(this.#spans, this.#onlyStored, at, spanOf(this.#day ?? dayOf(at)).to),
            onStore: (problem) => {
                this.#storeProblem = problem;
                this.#showProblem();
            },
        });
        this.#cloudBox.hidden = true;
        this.#line = new TimeLine({
            onSeek: (at, final) => this.#seek(at, final),
            onPlay: (at) => this.#player.playAt(at),
            onToggle: () => this.#toggle(),
            onMarks: (marks) => {
                this.#clip.set(marks);
                this.#line.setMarks(marks);
            },
            channel: () => this.#name() ?? '',
        });
        this.#clip = new ClipPanel({
            at: () => this.#at,
            onMarks: (marks) => this.#line.setMarks(marks),
            spans: () => this.#spans,
            onDelete: (marks) => this.#askDelete(marks, 'touch'),
        });
        this.#calendar = new Calendar((day) => this.#openDay(day));
        this.#filter = new KindFilter(() => this.#showEvents());
        this.#events = new EventList({
            onPlay: (event) => this.#openEvent(event),
            onChange: () => this.#changed(),
            onKinds: (kinds) => this.#filter.add(kinds),
        });
        this.#scope = el('select', { 'aria-label': t('channels'), change: () => this.#showEvents() }, el('option', { value: 'one' }, t('thisChannel')), el('option', { value: 'all' }, t('allChannels')));
        this.#play = el('button', { type: 'button', class: 'primary', click: () => this.#toggle() }, t('play'));
        this.#sound = el('button', { type: 'button', class: 'round', click: () => (this.#video.muted = !this.#video.muted) });
        this.#filesBox = el('details', { toggle: () => this.update() }, el('summary', {}, t('files')), el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('files') }, this.#files.element));
        this.element = this.#layout();
        this.#video.addEventListener('volumechange', () => this.#showSound());
        this.#video.addEventListener('click', () => this.#toggle());
        this.element.addEventListener('keydown', (event) => this.#onKey(event));
        this.#showSound();
        this.#onState('idle');
        this.show(route);
    }

    get title(): string {
        return t('recordings');
    }

    show(route: Route): boolean {
        if (route.kind !== 'recordings') {
            return false;
        }
        const other = route.channel !== undefined && route.channel !== this.#channel;
        this.#channel = route.channel ?? this.#channel;
        const start = route.path === undefined ? undefined : fileStart(route.path);
        this.#requested = start ?? route.at;
        const day = this.#requested !== undefined ? dayOf(this.#requested) : dayNamed(route.day ?? '');
        if (other || day !== this.#day) {
            this.#day = day ?? (other ? undefined : this.#day);
            this.#reset(other || this.#requested === undefined);
        }
        this.update();
        return true;
    }

    update(): void {
        const { status } = this.#context;
        const channels = status?.channels ?? [];
        const name = this.#name();
        const names = channels.map((channel) => channel.name);
        const removed = [...new Set([...this.#storage.recorded, ...(status === undefined || name === undefined ? [] : [name])])].filter((one) => !names.includes(one));
        this.#tabs.show(channels, name, removed);
        this.#back.hidden = name === undefined;
        this.#storage.update(status?.cloud);
        const { clock } = status ?? {};
        this.#clock = clock?.nowMs === undefined || clock.quality === 'none' ? undefined : { device: clock.nowMs, here: Date.now() };
        if (status === undefined || name === undefined) {
            this.#report(t(status === undefined ? 'connecting' : 'noChannels'), status === undefined ? '' : t('noChannelsText'));
            return;
        }
        const day = this.#day ?? dayOf(this.#now() ?? Date.now());
        this.#day = day;
        this.#back.setAttribute('href', liveHash(name));
        this.#back.hidden = removed.includes(name);
        const shown = { name: titleOf(status, name) };
        this.#video.setAttribute('aria-label', t('pictureOf', shown));
        this.#canvas.setAttribute('aria-label', t('pictureOf', shown));
        this.#player.setChannel(channels.find((channel) => channel.name === name) ?? channelNamed(name));
        this.#line.setBounds(spanOf(day));
        this.#line.setLabel(t('timelineOf', shown));
        this.#line.setNow(this.#now());
        setText(this.#dayTitle, dayText(day, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }));
        this.#calendar.show(name, day, this.#now() === undefined ? undefined : dayOf(this.#now() ?? 0), this.#hasStore());
        this.#showEvents();
        if (this.#filesBox.open) {
            void this.#files.refresh(name);
        }
        const isToday = this.#now() !== undefined && day === dayOf(this.#now() ?? 0);
        if (Date.now() - this.#readMs > (isToday ? TODAY_MS : PAST_MS)) {
            void this.#read(name, day);
        } else {
            this.#readStored(name, day);
        }
        this.#playRequested();
    }

    onVisible(): void {
        this.#readMs = 0;
    }

    focus(): void {
        this.#line.focus();
    }

    close(): void {
        clearTimeout(this.#seekTimer);
        this.#stop?.abort();
        this.#player.stop();
        this.#clip.close();
        this.#purge.close();
        this.#line.close();
        this.#calendar.close();
        this.#cloud.close();
        this.#events.close();
    }

    #layout(): HTMLElement {
        const button = (label: string, name: Parameters<typeof sign>[0], act: () => void): HTMLElement => el('button', { type: 'button', class: 'round', title: label, 'aria-label': label, click: act }, sign(name));
        const speed: HTMLSelectElement = el(
            'select',
            { 'aria-label': t('speed'), change: () => (this.#player.rate = Number(speed.value)) },
            ...speeds.map((value) => el('option', { value: String(value), selected: value === 1 }, `${value}×`)),
        );
        const full = (): void => void this.#stage.requestFullscreen().catch(() => undefined);
        const controls = el(
            'div',
            { class: 'bar controls' },
            this.#when,
            button(t('stepBack'), 'stepBack', () => this.#player.step(-1)),
            this.#play,
            button(t('stepOn'), 'stepOn', () => this.#player.step(1)),
            speed,
            this.#sound,
            button(t('fullScreen'), 'full', full),
        );
        const days = el(
            'div',
            { class: 'bar daybar' },
            button(t('dayBefore'), 'before', () => this.#openDay((this.#day ?? 0) - 1)),
            this.#dayTitle,
            button(t('dayAfter'), 'next', () => this.#openDay((this.#day ?? 0) + 1)),
            el('button', { type: 'button', click: () => this.#openDay(dayOf(this.#now() ?? Date.now())) }, t('today')),
        );
        const tools = el(
            'div',
            { class: 'bar' },
            el('button', { type: 'button', title: t('markFromKey'), 'aria-keyshortcuts': 'I', click: () => this.#mark('from') }, t('markFrom')),
            el('button', { type: 'button', title: t('markToKey'), 'aria-keyshortcuts': 'O', click: () => this.#mark('to') }, t('markTo')),
            el('button', { type: 'button', click: () => this.#openClip() }, t('clipBegin')),
            may('change') ? el('button', { type: 'button', click: () => void this.#bookmark() }, t('bookmark')) : undefined,
            may('delete') ? this.#purgeDay : undefined,
            this.#back,
        );
        const left = el('div', {}, this.#tabs.element, days, this.#stage, this.#line.element, this.#glance.element, this.#cloudNote, controls, tools, this.#clip.element, this.#purge.element, this.#note);
        const events = panel(t('events'), this.#scope, this.#filter.element, this.#events.element);
        const side = el('div', { class: 'side' }, panel(t('calendar'), this.#calendar.element), events, this.#cloudBox, this.#storage.element, el('section', { class: 'panel', 'aria-label': t('files') }, this.#filesBox));
        return el('div', { class: 'columns day' }, left, side);
    }

    /** The channel in the address, or the first. */
    #name(): string | undefined {
        return this.#channel ?? this.#context.status?.channels[0]?.name ?? this.#storage.recorded[0];
    }

    #now(): number | undefined {
        return this.#clock && this.#clock.device + Date.now() - this.#clock.here;
    }

    /** Another day, or another channel. stops: what plays belongs to neither. */
    #reset(stops: boolean): void {
        this.#readMs = 0;
        this.#known = '';
        this.#timelineFailed = false;
        this.#spans = [];
        this.#onlyStored = [];
        this.#storeProblem = undefined;
        this.#dayEvents = [];
        this.#cloud.show('', undefined, false);
        this.#line.setData([], []);
        this.#clip.close();
        this.#purge.close();
        if (stops) {
            clearTimeout(this.#seekTimer);
            this.#seekTimer = undefined;
            this.#player.stop();
            this.#at = undefined;
            this.#line.setAt(undefined, false);
            setText(this.#when, '');
        }
        this.#onState(this.#state);
    }

    #openDay(day: number): void {
        const name = this.#name();
        if (name !== undefined) {
            location.hash = atHash(name, day);
        }
    }

    #openEvent(event: DayEvent): void {
        const name = event.channel || this.#name();
        if (name !== undefined && name !== this.#name()) {
            location.hash = atHash(name, dayOf(event.start), event.start);
            return;
        }
        this.#requested = event.start;
        this.#playRequested();
        this.#stage.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    }

    #playRequested(): void {
        const at = this.#requested;
        if (at === undefined || this.#name() === undefined || !this.#isKnown(at)) {
            return;
        }
        this.#requested = undefined;
        clearTimeout(this.#seekTimer);
        this.#seekTimer = undefined;
        this.#showInstant(at);
        this.#player.playAt(at);
    }

    /** Whether it is known who has an instant: the device alone, where there is no store. */
    #isKnown(at: number): boolean {
        const local = this.#spans.some(({ start, end }) => at >= start && at < end);
        return local || !this.#hasStore() || this.#timelineFailed || (this.#known !== '' && this.#cloud.isRead);
    }

    async #read(name: string, day: number): Promise<void> {
        this.#stop?.abort();
        this.#stop = new AbortController();
        this.#readMs = Date.now();
        const { signal } = this.#stop;
        const bounds = spanOf(day);
        const spans: Recorded[] = [];
        const events = new Map<number, DayEvent>();
        let { from } = bounds;
        for (let count = 0; count < ANSWERS && from < bounds.to; count++) {
            const answer = await readTimeline(name, from, bounds.to, signal);
            if (answer.kind === 'aborted') {
                return;
            }
            if (answer.kind !== 'ok') {
                this.#readMs = Date.now() - PAST_MS + 5000; // soon again
                setText(this.#note, t('timelineFailed'));
                this.#timelineFailed = true;
                this.#playRequested();
                return;
            }
            const { value } = answer;
            const [first, ...rest] = value.spans.filter(({ end }) => end > (spans.at(-1)?.end ?? 0));
            const last = spans.at(-1);
            if (first && last && first.start <= last.end) {
                spans[spans.length - 1] = { ...first, start: last.start };
            } else if (first) {
                spans.push(first);
            }
            spans.push(...rest);
            for (const event of value.events) {
                events.set(event.id, event);
            }
            if (value.next === undefined || value.next <= from) {
                break;
            }
            from = value.next;
        }
        if (this.#note.textContent === t('timelineFailed')) {
            setText(this.#note, '');
        }
        const found = JSON.stringify([spans, [...events.values()]]);
        if (found !== this.#known) {
            this.#known = found;
            this.#spans = spans;
            this.#dayEvents = [...events.values()].sort((a, b) => a.start - b.start);
            this.#filter.add(this.#dayEvents.map(({ kind }) => kind));
            this.#clip.set();
            this.#showStored();
        }
        this.#readStored(name, day);
        this.#onState(this.#state);
    }

    #hasStore(): boolean {
        const { cloud } = this.#context.status ?? {};
        return cloud !== undefined && cloud.state !== 'inactive';
    }

    /** Behind what is on the device, which is not kept waiting. */
    #readStored(name: string, day: number): void {
        if (this.#known !== '' && name === this.#name() && day === this.#day) {
            const goesOn = this.#now() !== undefined && day >= dayOf(this.#now() ?? 0);
            this.#cloud.show(name, this.#hasStore() ? spanOf(day) : undefined, goesOn);
        }
    }

    /** Events that the device does not have any more. */
    #storedEvents(): readonly StoredEvent[] {
        const known = new Set(this.#dayEvents.map(({ id, start }) => `${id} ${start}`));
        return this.#cloud.stored.events.filter(({ id, start }) => !known.has(`${id} ${start}`));
    }

    /** The device has less now, or the store more. */
    #showStored(): void {
        this.#onlyStored = onlyStored(this.#spans, this.#cloud.stored.spans);
        const events = this.#storedEvents();
        this.#filter.add(events.map(({ kind }) => kind));
        this.#cloudEvents.show(events);
        this.#cloudBox.hidden = events.length === 0;
        this.#showLine();
        this.#showProblem();
        this.#playRequested();
        this.#onState(this.#state);
    }

    #showProblem(): void {
        const problem = this.#storeProblem ?? this.#cloud.problem;
        setText(this.#cloudNote, problem === undefined ? '' : t(problems[problem]));
    }

    #showLine(): void {
        const kinds = this.#filter.chosen;
        const stored = this.#storedEvents();
        const events = stored.length === 0 ? this.#dayEvents : [...this.#dayEvents, ...stored].sort((a, b) => a.start - b.start);
        this.#showGlance(events.length);
        this.#line.setData(this.#spans, kinds.length === 0 ? events : events.filter(({ kind }) => kinds.includes(kind)), this.#onlyStored);
    }

    #showGlance(events: number): void {
        const [channel, day, now] = [this.#name(), this.#day, this.#now()];
        const { uptimeMs } = this.#context.status ?? {};
        const known = channel !== undefined && day !== undefined && this.#known !== '';
        this.#glance.show(known ? { channel, day: spanOf(day), spans: this.#spans, events, now, startedMs: now === undefined || uptimeMs === undefined ? undefined : now - uptimeMs } : undefined);
    }

    #showEvents(): void {
        const name = this.#name();
        if (name === undefined || this.#day === undefined) {
            return;
        }
        this.#showLine();
        this.#scope.hidden = (this.#context.status?.channels.length ?? 0) < 2;
        const isPast = this.#now() !== undefined && this.#day < dayOf(this.#now() ?? 0);
        this.#events.show({
            channel: this.#scope.value === 'all' ? '' : name,
            kind: this.#filter.chosen.join(','),
            ...(isPast && { to: spanOf(this.#day).to }),
        });
    }

    /** Something was protected, deleted or marked. */
    #changed(): void {
        this.#readMs = 0;
        this.#files.refreshSoon();
        this.#calendar.refresh();
        this.#storage.refresh();
    }

    /** The same of recordings: events that keep them came or went. */
    #filesChanged(): void {
        this.#changed();
        this.#events.refresh();
    }

    #seek(at: number, final: boolean): void {
        if ([t('markNothing'), t('clipNothing')].includes(this.#note.textContent)) {
            setText(this.#note, ''); // a time is chosen
        }
        this.#showInstant(at);
        clearTimeout(this.#seekTimer);
        const go = (): void => {
            this.#seekTimer = undefined;
            this.#player.seek(at);
        };
        this.#seekTimer = setTimeout(go, final ? SEEK_MS : 2 * SEEK_MS);
    }

    #toggle(): void {
        const first = this.#spans.at(-1) ?? this.#onlyStored.at(-1);
        this.#player.toggle(this.#at ?? (first && Math.max(first.start, first.end - 60_000)));
        this.#showPlay();
    }

    #onTime(at: number): void {
        // until the player has heard of it, the cursor stays where the hand has put it
        if (this.#seekTimer === undefined) {
            this.#showInstant(at);
        }
    }

    #showInstant(at: number): void {
        this.#at = at;
        setText(this.#when, formatDate(at));
        const day = dayOf(at);
        const name = this.#name();
        if (day !== this.#day && name !== undefined) {
            // it played over midnight
            history.replaceState(null, '', atHash(name, day));
            this.#day = day;
            this.#reset(false);
            this.update();
        }
        this.#line.setAt(at, true);
    }

    #showPlay(): void {
        const plays = this.#player.playing;
        setText(this.#play, t(plays ? 'pause' : 'play'));
    }

    #showSound(): void {
        const { muted } = this.#video;
        put(this.#sound, sign(muted ? 'silent' : 'loud'));
        for (const name of ['title', 'aria-label']) {
            this.#sound.setAttribute(name, t(muted ? 'soundOn' : 'soundOff'));
        }
    }

    #report(title: string, text = ''): void {
        this.#notice.hidden = title === '';
        if (this.#notice.textContent !== title + text) {
            put(this.#notice, el('strong', {}, title), el('span', {}, text));
        }
    }

    #onState(state: DayState): void {
        this.#state = state;
        this.#showPlay();
        switch (state) {
            case 'idle':
                this.#reportIdle();
                break;
            case 'loading':
                if (this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
                    this.#report(t('loading'));
                }
                break;
            case 'playing':
            case 'paused':
                this.#report('');
                break;
            case 'gap':
                this.#report(t('playGap'), t('playGapText'));
                break;
            case 'failed':
                this.#report(t('recordingFailed'));
                break;
            case 'unstored':
                this.#report(t('recordingFailed'), t(problems[this.#storeProblem ?? 'failed']));
                break;
            case 'refused': {
                const channel = this.#context.status?.channels.find(({ name }) => name === this.#name());
                this.#report(t('codecRefused', { codec: codecName(channel?.video?.codec ?? channel?.audio ?? '') }), t('codecRefusedFile'));
                break;
            }
            default: {
                const never: never = state;
                throw new Error(`unknown state ${String(never)}`);
            }
        }
    }

    #reportIdle(): void {
        if (this.#known === '' || this.#requested !== undefined) {
            this.#report(t('loading'));
        } else if (this.#spans.length > 0 || this.#onlyStored.length > 0) {
            this.#report(t('chooseTime'), t('chooseTimeText'));
        } else if (this.#now() === undefined && this.#context.status !== undefined) {
            this.#report(t('noClock'), t('noClockText'));
        } else {
            this.#report(t('dayEmpty'), t('dayEmptyText'));
        }
    }

    #openClip(): void {
        const name = this.#name();
        const at = this.#at ?? this.#spans.at(-1)?.end;
        if (name === undefined || at === undefined) {
            setText(this.#note, t('clipNothing'));
            return;
        }
        const event = this.#dayEvents.find(({ start, end }) => at >= start - 1000 && at <= (end ?? start) + 1000);
        const marks = event ? { from: event.start - 5000, to: (event.end ?? event.start) + 10_000 } : { from: at - 15_000, to: at + 15_000 };
        this.#clip.open(name, marks);
        this.#clip.focus();
    }

    /** One mark of a clip at the cursor; the other one half a minute from it until it is set too. */
    #mark(end: 'from' | 'to'): void {
        const name = this.#name();
        const at = this.#at;
        if (name === undefined || at === undefined) {
            setText(this.#note, t('markNothing'));
        } else if (!this.#clip.mark(end)) {
            this.#clip.open(name, end === 'from' ? { from: at, to: at + MARK_MS } : { from: at - MARK_MS, to: at });
        }
    }

    #askDelete(span: Span, means: Means): void {
        const name = this.#name();
        if (name !== undefined) {
            void this.#purge.open(name, span, means);
        }
    }

    /** What is shown now, or what happens now. The recording around it is kept. */
    async #bookmark(): Promise<void> {
        const channel = this.#name();
        const at = this.#at;
        if (channel === undefined) {
            return;
        }
        const past = at === undefined ? { state: 'moment' } : { start: new Date(at).toISOString(), end: new Date(at).toISOString() };
        const outcome = await send('POST', '/api/events', { kind: 'bookmark', channel, protected: true, ...past });
        setText(this.#note, outcome.ok ? t('bookmarkAdded') : outcome.message || t('notDone'));
        if (outcome.ok) {
            this.#changed();
            this.#events.refresh();
            this.update();
        }
    }

    /** Keys of players; those of the time line are its own. */
    #onKey(event: KeyboardEvent): void {
        const target = event.target as HTMLElement;
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) {
            return;
        }
        const acts: Readonly<Record<string, () => void>> = {
            ',': () => this.#player.step(-1),
            '.': () => this.#player.step(1),
            ' ': () => target === this.#video && this.#toggle(),
            b: () => void (may('change') && this.#bookmark()),
            i: () => this.#mark('from'),
            o: () => this.#mark('to'),
        };
        const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        if (act && !(event.key === ' ' && target !== this.#video)) {
            event.preventDefault();
            act();
        }
    }
}
