/** Values over time, drawn by uPlot: bit rate, key frame distance and latency of a channel. Loaded when somebody wants to see them. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { el } from './dom.js';
import { formatNumber } from './format.js';
import type { Samples } from './history.js';
import { type PlainKey, t } from './text.js';
import { offsetAt } from './zone.js';

type Column = readonly (number | undefined)[];
/** One line of a plot. */
export interface Line {
    readonly label: PlainKey;
    /** Name of a colour of style.css. */
    readonly colour: string;
    readonly values: Column;
}
/** One plot. */
export interface Chart {
    readonly title: PlainKey;
    readonly unit: PlainKey;
    /** Values are divided by this to be in the unit. */
    readonly scale: number;
    readonly lines: readonly Line[];
}

const HEIGHT = 170;

function colour(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A date whose local fields are those of the device's clock: uPlot knows local fields only. */
function deviceDate(seconds: number): Date {
    const milliseconds = seconds * 1000;
    return new Date(milliseconds + (offsetAt(milliseconds) + new Date(milliseconds).getTimezoneOffset()) * 60_000);
}

/** Those of one channel. */
export function chartsOf(samples: Samples, sub: boolean): readonly Chart[] {
    const main = (values: Column): Line => ({ label: 'mainStream', colour: '--accent', values });
    const small = (values: Column): Line[] => (sub ? [{ label: 'subStream', colour: '--second', values }] : []);
    return [
        { title: 'bitrate', unit: 'unitKilobits', scale: 1000, lines: [main(samples.bitrate), ...small(samples.subBitrate)] },
        { title: 'gop', unit: 'unitSeconds', scale: 1000, lines: [main(samples.gopMs), ...small(samples.subGopMs)] },
        {
            title: 'latency',
            unit: 'unitMilliseconds',
            scale: 1000,
            lines: [
                { label: 'median', colour: '--accent', values: samples.p50 },
                { label: 'percentile99', colour: '--second', values: samples.p99 },
                { label: 'largest', colour: '--bad', values: samples.max },
            ],
        },
    ];
}

/** Plots below each other with one time for all. */
export class Plots {
    readonly element = el('div', { class: 'plots' });
    readonly #times: number[];
    readonly #charts: readonly Chart[];
    readonly #plots: uPlot[] = [];
    readonly #figures: HTMLElement[] = [];
    #resize: ResizeObserver | undefined;

    /** times: seconds since 1970; they and the values are arrays that grow in place. */
    constructor(times: number[], charts: readonly Chart[]) {
        this.#times = times;
        this.#charts = charts;
    }

    /** Draws; the element must be in the page. */
    start(): void {
        for (const chart of this.#charts) {
            const figure = el('div', { class: 'plot', role: 'img' });
            this.element.append(el('figure', {}, el('figcaption', {}, `${t(chart.title)} (${t(chart.unit)})`), figure));
            this.#figures.push(figure);
            this.#plots.push(new uPlot(this.#options(chart, figure.clientWidth), this.#data(chart), figure));
        }
        this.#resize = new ResizeObserver(() => {
            this.#plots.forEach((plot, n) => {
                plot.setSize({ width: this.#figures[n]?.clientWidth ?? plot.width, height: HEIGHT });
            });
        });
        this.#resize.observe(this.element);
        this.update();
    }

    /** New values came. */
    update(): void {
        this.#charts.forEach((chart, n) => {
            this.#plots[n]?.setData(this.#data(chart));
            this.#figures[n]?.setAttribute('aria-label', this.#words(chart));
        });
    }

    close(): void {
        this.#resize?.disconnect();
        for (const plot of this.#plots.splice(0)) {
            plot.destroy();
        }
        this.element.replaceChildren();
    }

    /** The newest values, for those who do not see the lines. */
    #words(chart: Chart): string {
        const parts = chart.lines.map(({ label, values }) => {
            const last = values.at(-1);
            return `${t(label)} ${last === undefined ? t('unknown') : formatNumber(last / chart.scale, 2)}`;
        });
        return `${t(chart.title)} (${t(chart.unit)}): ${parts.join(', ')}`;
    }

    #data(chart: Chart): uPlot.AlignedData {
        const columns = chart.lines.map(({ values }) => values.map((value) => (value === undefined ? null : value / chart.scale)));
        return [this.#times, ...columns];
    }

    #options(chart: Chart, width: number): uPlot.Options {
        const axis = { stroke: () => colour('--soft'), grid: { stroke: () => colour('--line'), width: 1 }, ticks: { stroke: () => colour('--line'), width: 1 } };
        return {
            width: Math.max(width, 100),
            height: HEIGHT,
            tzDate: deviceDate,
            cursor: { drag: { x: false, y: false } },
            scales: { y: { range: (_plot, _least, most) => [0, Math.max(most * 1.15, 0.001)] } },
            series: [
                { label: t('time'), value: '{HH}:{mm}:{ss}' },
                ...chart.lines.map((line) => ({
                    label: t(line.label),
                    width: 2,
                    stroke: () => colour(line.colour),
                    points: { show: false },
                    value: (_plot: uPlot, value: number | null) => (value === null ? t('unknown') : formatNumber(value, 2)),
                })),
            ],
            axes: [
                { ...axis, space: 80, values: [[60, '{HH}:{mm}', null, null, null, null, null, null, 1], [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1]] },
                { ...axis, size: 56 },
            ],
        };
    }
}
