/** The time line of one day: recordings, gaps, events, now; zoom and pan by mouse, touch and keyboard. */
import { el } from '../dom.js';
import { formatClock, formatDate } from '../format.js';
import { t } from '../text.js';
import { offsetAt } from '../zone.js';
import type { DayEvent, Recorded } from './data.js';
import { sign } from './icons.js';
import { kindText, lookOf } from './kinds.js';
import { Peek } from './peek.js';
import { boxOf, cluster, follow, keepInside, keyStep, marks, meantAt, pan, pixelAt, type Span, type Stretch, timeAt, zoom } from './scale.js';

/** Pixels: the clock, the events, the recordings, the whole day. */
const [clockHeight, eventsHeight, bandHeight, dayHeight] = [20, 24, 30, 8];
const height = clockHeight + eventsHeight + bandHeight + dayHeight + 4;
/** Pixels beside the cursor that take hold of it: mouse, finger. */
const [near, nearFinger] = [8, 22];
/** Pixels of a pointer before it is a drag. */
const dragFrom = 5;
/** Pixels between two events that are shown apart. */
const eventRoom = 15;
/** Pixels of a recording at least, and of the place that a finger hits it at. */
const [recordedLeast, hitRoom] = [3, 24];
const zoomStep = 1.5;
/** Pixels that what only the store has is lower: the colour alone does not say it. */
const storedInset = 10;

/** What the time line says to the view. */
export interface TimeLineOptions {
    /** The cursor was moved; final: it stays there. */
    readonly onSeek: (at: number, final: boolean) => void;
    /** Enter, or a click on an event. */
    readonly onPlay: (at: number) => void;
    /** Space. */
    readonly onToggle: () => void;
    /** A mark of the clip was moved. */
    readonly onMarks: (marks: Span) => void;
    readonly channel: () => string;
}

type Hold = 'cursor' | 'from' | 'to' | 'line';

/** A slider over a day. */
export class TimeLine {
    readonly element: HTMLElement;
    readonly #options: TimeLineOptions;
    readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
    readonly #slider: HTMLElement;
    readonly #legend = el('p', { class: 'legend', hidden: true }, el('span', { class: 'swatch' }), el('span', {}, t('onDevice')), el('span', { class: 'swatch stored' }), el('span', {}, t('onlyCloud')));
    readonly #peek: Peek;
    readonly #sizes: ResizeObserver;
    /** Where fingers and buttons are, by pointer. */
    readonly #pointers = new Map<number, { x: number; first: number }>();
    #bounds: Span = { from: 0, to: 86_400_000 };
    #view: Span = this.#bounds;
    #spans: readonly Recorded[] = [];
    /** Stretches that only the store has. */
    #stored: readonly Stretch[] = [];
    #events: readonly DayEvent[] = [];
    #at: number | undefined;
    #now: number | undefined;
    #marks: Span | undefined;
    #hold: Hold | undefined;
    #dragged = false;
    #pinch = 0;
    #frame = 0;
    #width = 0;
    /** Where the mouse is, over the line. */
    #hover: number | undefined;

    constructor(options: TimeLineOptions) {
        this.#options = options;
        this.#peek = new Peek(options.channel);
        this.#slider = el('div', { class: 'line', role: 'slider', tabindex: '0', 'aria-orientation': 'horizontal', 'aria-describedby': 'line-keys' }, this.#canvas, this.#peek.element);
        const button = (label: string, name: Parameters<typeof sign>[0], act: () => void): HTMLElement => el('button', { type: 'button', title: label, 'aria-label': label, click: act }, sign(name));
        this.element = el(
            'div',
            { class: 'timeline' },
            this.#slider,
            this.#legend,
            el(
                'div',
                { class: 'bar tools' },
                button(t('zoomOut'), 'less', () => this.#zoom(zoomStep)),
                button(t('zoomIn'), 'more', () => this.#zoom(1 / zoomStep)),
                button(t('zoomDay'), 'whole', () => this.#setView(this.#bounds)),
                el('span', { class: 'hint', id: 'line-keys' }, t('timelineKeys')),
            ),
        );
        this.#listen();
        this.#sizes = new ResizeObserver(() => this.#draw());
        this.#sizes.observe(this.#slider);
        this.#speak();
    }

    /** Another day, or another channel: all of it is seen. */
    setBounds(bounds: Span): void {
        if (bounds.from !== this.#bounds.from || bounds.to !== this.#bounds.to) {
            this.#bounds = bounds;
            this.#setView(bounds);
        }
    }

    /** What the day has, all in order. stored: only the store has it. */
    setData(spans: readonly Recorded[], events: readonly DayEvent[], stored: readonly Stretch[] = []): void {
        this.#spans = spans;
        this.#stored = stored;
        this.#legend.hidden = stored.length === 0;
        this.#events = events;
        if (this.#hover !== undefined) {
            this.#showPeek(this.#hover);
        }
        this.#speak();
        this.#draw();
    }

    /** The cursor; undefined: there is none. moves: the view follows it. */
    setAt(at: number | undefined, moves: boolean): void {
        if (this.#hold === 'cursor') {
            return; // a hand holds it
        }
        this.#at = at;
        if (at !== undefined && moves && this.#hold === undefined) {
            this.#view = follow(this.#view, at, this.#bounds);
        }
        this.#speak();
        this.#draw();
    }

    /** The clock of the device; undefined: it is not set. */
    setNow(now: number | undefined): void {
        this.#now = now;
        this.#draw();
    }

    /** Begin and end of the clip that is being marked. */
    setMarks(marked: Span | undefined): void {
        this.#marks = marked;
        this.#draw();
    }

    setLabel(label: string): void {
        this.#slider.setAttribute('aria-label', label);
    }

    focus(): void {
        this.#slider.focus();
    }

    close(): void {
        this.#sizes.disconnect();
        this.#peek.hide();
        cancelAnimationFrame(this.#frame);
    }

    #setView(view: Span): void {
        this.#view = view;
        this.#draw();
    }

    #zoom(factor: number, at = this.#middle()): void {
        this.#setView(zoom(this.#view, factor, at, this.#bounds));
    }

    /** The cursor when it is seen, else the middle. */
    #middle(): number {
        const { from, to } = this.#view;
        return this.#at !== undefined && this.#at >= from && this.#at <= to ? this.#at : (from + to) / 2;
    }

    #listen(): void {
        const on = <K extends keyof HTMLElementEventMap>(name: K, listener: (event: HTMLElementEventMap[K]) => void): void =>
            this.#slider.addEventListener(name, listener, name === 'wheel' ? { passive: false } : {});
        on('keydown', (event) => this.#onKey(event));
        on('wheel', (event) => this.#onWheel(event));
        on('pointerdown', (event) => this.#onDown(event));
        on('pointermove', (event) => this.#onMove(event));
        on('pointerup', (event) => this.#onUp(event, true));
        on('pointercancel', (event) => this.#onUp(event, false));
        on('pointerleave', () => {
            this.#hover = undefined;
            if (this.#hold === undefined) {
                this.#peek.hide();
            }
        });
        on('blur', () => this.#peek.hide());
    }

    #onKey(event: KeyboardEvent): void {
        if (event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        const step = keyStep(this.#view) * (event.shiftKey ? 10 : 1);
        const at = this.#at ?? this.#middle();
        const acts: Readonly<Record<string, () => void>> = {
            ArrowLeft: () => this.#seek(at - step),
            ArrowDown: () => this.#seek(at - step),
            ArrowRight: () => this.#seek(at + step),
            ArrowUp: () => this.#seek(at + step),
            Home: () => this.#seek(this.#bounds.from),
            End: () => this.#seek(Math.min(this.#now ?? this.#bounds.to, this.#bounds.to - 1)),
            PageUp: () => this.#seek(this.#events.find(({ start }) => start > at + 500)?.start ?? at),
            PageDown: () => this.#seek(this.#events.filter(({ start }) => start < at - 500).at(-1)?.start ?? at),
            '+': () => this.#zoom(1 / zoomStep),
            '=': () => this.#zoom(1 / zoomStep),
            '-': () => this.#zoom(zoomStep),
            Enter: () => this.#options.onPlay(at),
            ' ': () => this.#options.onToggle(),
        };
        const act = acts[event.key];
        if (act) {
            event.preventDefault();
            act();
        }
    }

    #seek(at: number): void {
        const { from, to } = this.#bounds;
        const kept = Math.min(Math.max(at, from), to - 1);
        this.setAt(kept, true);
        this.#options.onSeek(kept, true);
    }

    #onWheel(event: WheelEvent): void {
        event.preventDefault();
        const unit = event.deltaMode === 0 ? 1 : 40;
        const length = this.#view.to - this.#view.from;
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
            const by = (event.deltaX || event.deltaY) * unit;
            this.#setView(pan(this.#view, (by / Math.max(this.#width, 1)) * length, this.#bounds));
        } else {
            this.#zoom(Math.exp(Math.min(Math.max(event.deltaY * unit, -300), 300) * 0.002), this.#timeOf(event));
        }
    }

    #x(event: MouseEvent): number {
        return event.clientX - this.#slider.getBoundingClientRect().left;
    }

    #timeOf(event: MouseEvent): number {
        return timeAt(this.#view, this.#x(event), this.#width);
    }

    #onDown(event: PointerEvent): void {
        if (event.button !== 0) {
            return;
        }
        this.#slider.setPointerCapture(event.pointerId);
        const x = this.#x(event);
        this.#pointers.set(event.pointerId, { x, first: x });
        if (this.#pointers.size === 2) {
            this.#hold = 'line';
            this.#dragged = true;
            this.#pinch = this.#distance();
            this.#peek.hide();
        } else if (this.#pointers.size === 1) {
            this.#dragged = false;
            this.#hold = this.#grip(x, event.pointerType === 'touch' ? nearFinger : near);
        }
    }

    /** What a hand takes hold of. While all of the day is seen there is nothing to move but the cursor. */
    #grip(x: number, room: number): Hold {
        const close = (at: number | undefined): boolean => at !== undefined && Math.abs(pixelAt(this.#view, at, this.#width) - x) <= room;
        if (this.#marks && close(this.#marks.from)) {
            return 'from';
        }
        if (this.#marks && close(this.#marks.to)) {
            return 'to';
        }
        const whole = this.#view.from <= this.#bounds.from && this.#view.to >= this.#bounds.to;
        return whole || close(this.#at) ? 'cursor' : 'line';
    }

    #distance(): number {
        const [a, b] = [...this.#pointers.values()];
        return a && b ? Math.max(Math.abs(a.x - b.x), 10) : 0;
    }

    #onMove(event: PointerEvent): void {
        const x = this.#x(event);
        const pointer = this.#pointers.get(event.pointerId);
        if (pointer === undefined) {
            if (event.pointerType === 'mouse') {
                this.#hover = x;
                this.#showPeek(x);
            }
            return;
        }
        const by = x - pointer.x;
        if (!this.#dragged && Math.abs(x - pointer.first) < dragFrom) {
            return;
        }
        this.#dragged = true;
        pointer.x = x;
        if (this.#pointers.size === 2) {
            this.#pinchTo(by);
            return;
        }
        const meant = this.#hold === 'cursor' ? this.#meant(x) : timeAt(this.#view, x, this.#width);
        const at = Math.min(Math.max(meant, this.#bounds.from), this.#bounds.to - 1);
        if (this.#hold === 'line') {
            this.#setView(pan(this.#view, (-by / Math.max(this.#width, 1)) * (this.#view.to - this.#view.from), this.#bounds));
        } else if (this.#hold === 'cursor') {
            this.#at = at;
            this.#speak();
            this.#draw();
            this.#showPeek(x);
            this.#options.onSeek(at, false);
        } else {
            this.#moveMark(at);
            this.#showPeek(x);
        }
    }

    #pinchTo(by: number): void {
        const [a, b] = [...this.#pointers.values()];
        if (a && b) {
            const now = this.#distance();
            const length = this.#view.to - this.#view.from;
            const middle = timeAt(this.#view, (a.x + b.x) / 2, this.#width);
            const zoomed = zoom(this.#view, this.#pinch / now, middle, this.#bounds);
            this.#setView(pan(zoomed, (-by / 2 / Math.max(this.#width, 1)) * length, this.#bounds));
            this.#pinch = now;
        }
    }

    #moveMark(at: number): void {
        if (this.#marks) {
            const { from, to } = this.#marks;
            this.#options.onMarks(this.#hold === 'from' ? { from: Math.min(at, to - 1000), to } : { from, to: Math.max(at, from + 1000) });
        }
    }

    #onUp(event: PointerEvent, done: boolean): void {
        const pointer = this.#pointers.get(event.pointerId);
        this.#pointers.delete(event.pointerId);
        if (pointer === undefined || this.#pointers.size > 0) {
            return;
        }
        const hold = this.#hold;
        this.#hold = undefined;
        if (event.pointerType !== 'mouse') {
            this.#peek.hide();
        }
        if (done && !this.#dragged) {
            this.#click(event);
        } else if (hold === 'cursor' && this.#at !== undefined) {
            this.#options.onSeek(this.#at, true);
        }
    }

    #click(event: PointerEvent): void {
        const x = this.#x(event);
        const y = event.clientY - this.#slider.getBoundingClientRect().top;
        const inLane = y >= clockHeight && y <= clockHeight + eventsHeight;
        const close = this.#clusters().filter((one) => inLane && Math.abs(one.x - x) <= hitRoom / 2);
        const [hit] = close.sort((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x));
        const first = hit?.items[0];
        if (first && hit.items.length > 1 && this.#view.to - this.#view.from > 120_000) {
            this.#zoom(1 / 4, first.start); // events that share a place are pulled apart first
            this.#seek(first.start);
        } else if (first) {
            this.#seek(first.start);
            this.#options.onPlay(first.start);
        } else {
            this.#seek(this.#meant(x));
        }
    }

    #meant(x: number): number {
        return meantAt([...this.#spans, ...this.#stored], this.#view, x, this.#width, hitRoom);
    }

    #clusters() {
        return cluster(this.#events, ({ start }) => start, this.#view, this.#width, eventRoom);
    }

    #spanAt(at: number): Recorded | undefined {
        return this.#spans.find(({ start, end }) => at >= start && at <= end);
    }

    #showPeek(x: number): void {
        const at = this.#meant(x);
        this.#peek.show(x, this.#width, at, this.#spanAt(at)?.start, (this.#view.to - this.#view.from) / 300);
    }

    /** For those who do not see it. */
    #speak(): void {
        const { from, to } = this.#bounds;
        const at = Math.min(Math.max(this.#at ?? from, from), to);
        const event = this.#events.find(({ start, end }) => at >= start - 1000 && at <= (end ?? start + 10_000));
        const stored = this.#stored.some(({ start, end }) => at >= start && at <= end);
        const what = [t(this.#spanAt(at) !== undefined ? 'timelineRecorded' : stored ? 'timelineStored' : 'timelineGap'), event && kindText(event.kind)].filter(Boolean).join(', ');
        const values: Readonly<Record<string, string>> = {
            'aria-valuemin': '0',
            'aria-valuemax': String(Math.round((to - from) / 1000)),
            'aria-valuenow': String(Math.round((at - from) / 1000)),
            'aria-valuetext': `${formatDate(at)}, ${what}`,
        };
        for (const [name, value] of Object.entries(values)) {
            this.#slider.setAttribute(name, value);
        }
    }

    #draw(): void {
        this.#frame ||= requestAnimationFrame(() => {
            this.#frame = 0;
            this.#paint();
        });
    }

    #paint(): void {
        const width = this.#slider.clientWidth;
        const context = this.#canvas.getContext('2d');
        if (width === 0 || context === null) {
            return;
        }
        if (width !== this.#width) {
            this.#width = width;
            this.#view = keepInside(this.#view, this.#bounds);
        }
        const scale = devicePixelRatio || 1;
        const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
        if (this.#canvas.width !== w || this.#canvas.height !== h) {
            this.#canvas.width = w;
            this.#canvas.height = h;
            this.#canvas.style.height = `${height}px`;
        }
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.clearRect(0, 0, width, height);
        const style = getComputedStyle(this.#slider);
        const colors = new Map<string, string>();
        const color = (name: string): string => {
            const value = colors.get(name) ?? (style.getPropertyValue(name).trim() || style.color);
            colors.set(name, value);
            return value;
        };
        this.#paintBand(context, width, color);
        this.#paintClock(context, width, style, color);
        this.#paintEvents(context, color);
        this.#paintLines(context, width, color);
    }

    #paintBand(context: CanvasRenderingContext2D, width: number, color: (name: string) => string): void {
        const top = clockHeight + eventsHeight;
        const now = this.#now ?? Number.POSITIVE_INFINITY;
        context.fillStyle = color('--gap');
        const lived = Math.min(pixelAt(this.#view, Math.min(now, this.#bounds.to), width), width);
        context.fillRect(0, top, Math.max(lived, 0), bandHeight);
        for (const [name, spans, inset] of [
            ['--stored', this.#stored, storedInset],
            ['--recorded', this.#spans, 0],
        ] as const) {
            context.fillStyle = color(name);
            for (const span of spans) {
                const box = boxOf(span, this.#view, width, recordedLeast);
                if (box) {
                    context.fillRect(box.x, top + inset, box.wide, bandHeight - inset);
                }
            }
        }
        // the whole day, and which part of it is seen
        const whole = top + bandHeight + 4;
        context.fillStyle = color('--gap');
        context.fillRect(0, whole, width, dayHeight - 2);
        const [from, to] = [pixelAt(this.#bounds, this.#view.from, width), pixelAt(this.#bounds, this.#view.to, width)];
        context.fillStyle = color('--soft');
        context.fillRect(from, whole, Math.max(to - from, 4), dayHeight - 2);
    }

    #paintClock(context: CanvasRenderingContext2D, width: number, style: CSSStyleDeclaration, color: (name: string) => string): void {
        context.font = `12px ${style.fontFamily}`;
        context.textBaseline = 'middle';
        const lines = color('--line');
        const text = color('--soft');
        for (const { at, seconds } of marks(this.#view, width, 82, offsetAt)) {
            const x = Math.round(pixelAt(this.#view, at, width)) + 0.5;
            context.fillStyle = lines;
            context.fillRect(x, clockHeight - 4, 1, height - clockHeight - dayHeight - 2);
            context.fillStyle = text;
            const label = formatClock(at, seconds); // as beside it: by 24 hours or by 12
            const wide = context.measureText(label).width;
            context.fillText(label, Math.min(Math.max(x - wide / 2, 0), width - wide), clockHeight / 2);
        }
    }

    #paintEvents(context: CanvasRenderingContext2D, color: (name: string) => string): void {
        const top = clockHeight + 4;
        // how long they went on
        for (const { start, end, kind } of this.#events) {
            const [from, to] = [pixelAt(this.#view, start, this.#width), pixelAt(this.#view, end ?? this.#now ?? start, this.#width)];
            if (to >= 0 && from <= this.#width && to - from > 2) {
                context.fillStyle = color(lookOf(kind).color);
                context.fillRect(Math.max(from, 0), top + 17, Math.min(to, this.#width) - Math.max(from, 0), 3);
            }
        }
        for (const { x, items } of this.#clusters()) {
            const [first] = items;
            if (first === undefined) {
                continue;
            }
            const { shape, color: name } = lookOf(first.kind);
            context.save();
            context.translate(x - 7, top);
            context.scale(14 / 16, 14 / 16);
            context.fillStyle = color(name);
            context.fill(new Path2D(shape));
            context.restore();
            if (items.length > 1) {
                context.fillStyle = color('--text');
                context.fillRect(x - 5, top + 15, 10, 2); // more than one
            }
        }
    }

    #paintLines(context: CanvasRenderingContext2D, width: number, color: (name: string) => string): void {
        const bottom = clockHeight + eventsHeight + bandHeight;
        const line = (at: number, name: string, wide: number): number => {
            const x = pixelAt(this.#view, at, width);
            context.fillStyle = color(name);
            context.fillRect(x - wide / 2, clockHeight - 4, wide, bottom - clockHeight + 4);
            return x;
        };
        if (this.#marks) {
            const { from, to } = this.#marks;
            const [left, right] = [line(from, '--second', 3), line(to, '--second', 3)];
            context.globalAlpha = 0.25;
            context.fillRect(left, clockHeight - 4, right - left, bottom - clockHeight + 4);
            context.globalAlpha = 1;
            context.fillRect(left - 6, bottom - 12, 6, 12);
            context.fillRect(right, bottom - 12, 6, 12);
        }
        if (this.#now !== undefined) {
            line(this.#now, '--bad', 2);
        }
        if (this.#at !== undefined) {
            const x = line(this.#at, '--text', 2);
            context.beginPath();
            context.moveTo(x - 7, clockHeight - 8);
            context.lineTo(x + 7, clockHeight - 8);
            context.lineTo(x, clockHeight + 2);
            context.fill();
        }
    }
}
