/** What the store has of the day that is shown: read behind what is on the device, and never waited for. */
import { type CloudProblem, readStored, type Stored } from './cloud-data.js';
import type { Span } from './scale.js';

/** How often a day that goes on is read again, one that is over, and one that could not be read. */
const [TODAY_MS, PAST_MS, AGAIN_MS] = [60_000, 600_000, 60_000];
const nothing: Stored = { spans: [], events: [] };

/** One day of one channel. */
export class CloudDay {
    readonly #onChange: () => void;
    #key = '';
    #nextMs = 0;
    #stored: Stored = nothing;
    #problem: CloudProblem | undefined;
    #stop = new AbortController();
    #isRead = false;

    /** onChange: the store was read, or another day is shown. */
    constructor(onChange: () => void) {
        this.#onChange = onChange;
    }

    get stored(): Stored {
        return this.#stored;
    }

    /** It was read, or could not be: nothing is on its way. */
    get isRead(): boolean {
        return this.#isRead;
    }

    /** Why it could not be read; undefined: it was, or there is no store. */
    get problem(): CloudProblem | undefined {
        return this.#problem;
    }

    /** The day that is shown; undefined: the device has no store. */
    show(channel: string, bounds: Span | undefined, goesOn: boolean): void {
        const key = bounds === undefined ? '' : `${channel} ${bounds.from} ${bounds.to}`;
        if (key !== this.#key) {
            this.#key = key;
            this.#nextMs = 0;
            this.#isRead = false;
            this.#set(nothing, undefined);
        }
        if (bounds !== undefined && Date.now() >= this.#nextMs) {
            this.#nextMs = Number.POSITIVE_INFINITY;
            void this.#read(channel, bounds, goesOn ? TODAY_MS : PAST_MS);
        }
    }

    close(): void {
        this.#stop.abort();
    }

    async #read(channel: string, bounds: Span, pauseMs: number): Promise<void> {
        this.#stop.abort();
        this.#stop = new AbortController();
        const { signal } = this.#stop;
        const answer = await readStored(channel, bounds, signal);
        if (signal.aborted) {
            return;
        }
        this.#nextMs = Date.now() + (answer.kind === 'bad' ? AGAIN_MS : pauseMs);
        this.#isRead = true;
        this.#set(answer.kind === 'ok' ? answer.value : answer.kind === 'none' ? nothing : this.#stored, answer.kind === 'bad' ? answer.why : undefined);
    }

    #set(stored: Stored, problem: CloudProblem | undefined): void {
        this.#stored = stored;
        this.#problem = problem;
        this.#onChange();
    }
}
