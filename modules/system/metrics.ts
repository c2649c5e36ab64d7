/** Counters and gauges of an application, shown in `/metrics` as `ocellus_app_<name>`. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { entryOf, isObject } from 'ocellus/app/config/json';
import { metricsMax } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';

/** A number that only grows. */
export interface Counter {
    /** Left out: by 1. Throws `OcellusError` for a number that is negative or none. */
    add(by?: number): void;
}

/** A number that goes up and down. */
export interface Gauge {
    /** Throws `OcellusError` for what is no finite number. */
    set(value: number): void;
}

/** Metrics of an application; counters go on where the script before handed them over. */
export interface Metrics {
    /** `name`: `[a-z][a-z0-9_]*`, at most 39 characters, as `clips_total`. `help`: one line. The same name again is the same counter. */
    counter(name: string, help: string): Counter;
    /** As `counter`. */
    gauge(name: string, help: string): Gauge;
}

/** Milliseconds in which changes are gathered. */
const gatherMs = 1000;

class Metric implements Counter, Gauge {
    readonly isCounter: boolean;
    readonly help: string;
    value = 0;
    readonly #changed: () => void;

    constructor(isCounter: boolean, help: string, changed: () => void) {
        this.isCounter = isCounter;
        this.help = help;
        this.#changed = changed;
    }

    add(by = 1): void {
        if (!(by >= 0)) {
            throw new OcellusError('RANGE', `metrics: a counter grows by 0 or more, not by ${String(by)}`);
        }
        this.set(this.value + by);
    }

    set(value: number): void {
        if (!Number.isFinite(value)) {
            throw new OcellusError('RANGE', `metrics: ${String(value)} is no number`);
        }
        this.value = value;
        this.#changed();
    }
}

/** One per script. */
export class AppMetrics implements Metrics {
    readonly #plane: Pick<PlaneApi, 'reportMetrics'>;
    readonly #metrics = new Map<string, Metric>();
    readonly #changed: () => void;
    readonly #before: unknown;
    #waits = false;

    /** `before`: what `counts` of the script before gave. `changed`: `counts` would give something else. */
    constructor(plane: Pick<PlaneApi, 'reportMetrics'>, before?: unknown, changed: () => void = () => undefined) {
        this.#plane = plane;
        this.#before = before;
        this.#changed = changed;
    }

    /** Counters by their names. */
    counts(): Readonly<Record<string, number>> {
        const counters = [...this.#metrics].filter(([, { isCounter }]) => isCounter);
        // a name: `metricsMax` of them
        return Object.fromEntries(counters.map(([name, { value }]) => [name, value]));
    }

    counter(name: string, help: string): Counter {
        return this.#metric(name, help, true);
    }

    gauge(name: string, help: string): Gauge {
        return this.#metric(name, help, false);
    }

    #metric(name: string, help: string, isCounter: boolean): Metric {
        const known = this.#metrics.get(name);
        if (known !== undefined && known.isCounter === isCounter) {
            return known;
        }
        if (known !== undefined) {
            throw new OcellusError('EXIST', `metrics: ${name} is a ${known.isCounter ? 'counter' : 'gauge'}`);
        }
        if (!/^[a-z][a-z0-9_]{0,38}$/.test(name)) {
            throw new OcellusError(
                'INVAL',
                `metrics: "${name}" is no name: at most 39 of a-z, 0-9 and _, a letter first`,
            );
        }
        if (!/^[^\\]+$/.test(help) || [...help].some((one) => one < ' ' || one === '\x7f')) {
            throw new OcellusError('INVAL', `metrics: the help of ${name} is one line`);
        }
        if (this.#metrics.size === metricsMax) {
            throw new OcellusError('RANGE', `metrics: ${metricsMax} exist; that is the maximum`);
        }
        const metric = new Metric(isCounter, help, () => {
            this.#later();
        });
        const count = isCounter && isObject(this.#before) ? entryOf(this.#before, name) : undefined;
        metric.value = typeof count === 'number' && count >= 0 ? count : 0;
        this.#metrics.set(name, metric);
        this.#later();
        return metric;
    }

    #later(): void {
        if (!this.#waits) {
            this.#waits = true;
            setTimeout(() => void this.#report(), gatherMs);
        }
    }

    async #report(): Promise<void> {
        this.#waits = false;
        try {
            await this.#plane.reportMetrics(
                [...this.#metrics].map(([name, { isCounter, help, value }]) => ({
                    name,
                    help,
                    value,
                    counter: isCounter,
                })),
            );
            this.#changed();
        } catch (error) {
            console.warn(`metrics: ${error instanceof Error ? error.message : String(error)}`);
        }
    }
}
