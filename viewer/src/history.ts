/** What was measured since the page was opened, for the charts; bounded. */
import type { Status, Stream } from './status.js';

/** Half an hour at one value each 2 s. */
const MOST = 900;

/** One column of values for each line of a chart; equal lengths. undefined: not known then. */
export interface Samples {
    /** Seconds since 1970, by the reader's clock. */
    readonly times: number[];
    readonly bitrate: (number | undefined)[];
    readonly subBitrate: (number | undefined)[];
    readonly gopMs: (number | undefined)[];
    readonly subGopMs: (number | undefined)[];
    readonly p50: (number | undefined)[];
    readonly p99: (number | undefined)[];
    readonly max: (number | undefined)[];
}

const empty = (): Samples => ({ times: [], bitrate: [], subBitrate: [], gopMs: [], subGopMs: [], p50: [], p99: [], max: [] });

/** Values of all channels. */
export class History {
    readonly #channels = new Map<string, Samples>();

    /** Takes a status that came at `seconds`. Channels that are gone are forgotten. */
    push(status: Status, seconds: number): void {
        for (const name of [...this.#channels.keys()]) {
            if (!status.channels.some((channel) => channel.name === name)) {
                this.#channels.delete(name);
            }
        }
        for (const channel of status.channels) {
            const samples = this.#channels.get(channel.name) ?? empty();
            this.#channels.set(channel.name, samples);
            append(samples, seconds, channel, channel.sub);
        }
    }

    /** What is known of a channel; the arrays grow in place. */
    of(channel: string): Samples {
        return this.#channels.get(channel) ?? empty();
    }
}

function append(samples: Samples, seconds: number, main: Stream, sub: Stream | undefined): void {
    samples.times.push(seconds);
    samples.bitrate.push(main.bitrate);
    samples.subBitrate.push(sub?.bitrate);
    samples.gopMs.push(main.gopMs);
    samples.subGopMs.push(sub?.gopMs);
    samples.p50.push(main.latency?.p50);
    samples.p99.push(main.latency?.p99);
    samples.max.push(main.latency?.max);
    if (samples.times.length > MOST) {
        for (const column of Object.values(samples)) {
            column.shift();
        }
    }
}
