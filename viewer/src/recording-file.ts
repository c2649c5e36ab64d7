/** A recording that is fetched by ranges: its key frames tell where to begin, also while it is written. */
import { address, get } from './api.js';
import { each, list, number, record, text } from './json.js';

/** Bytes of one request at most, where key frames allow it. */
const RANGE_BYTES = 1024 * 1024;
/** How often a file that grows is looked at. */
const GROWS_MS = 1000;
const RETRY_MS = 1000;
const RETRIES = 5;
/** What comes before the first fragment is a few KB. */
const INIT_MAX = 1024 * 1024;

/** A key frame: seconds from the start of the file, and where its fragment begins. */
interface KeyFrame {
    readonly seconds: number;
    readonly offset: number;
}

interface Keys {
    readonly init: number;
    readonly open: boolean;
    readonly bytes: number;
    readonly duration: number;
    readonly keys: readonly KeyFrame[];
}

function parseKeys(value: unknown): Keys | undefined {
    const answer = record(value);
    const [init, bytes, duration] = [number(answer['init']), number(answer['bytes']), number(answer['durationMs'])];
    const keys = each(answer['keys'], (entry) => {
        const [ms, offset] = list(entry).map(number);
        return ms === undefined || offset === undefined ? undefined : { seconds: ms / 1000, offset };
    });
    const good = init !== undefined && bytes !== undefined && duration !== undefined && init > 0 && init <= INIT_MAX;
    return good ? { init, open: answer['open'] === true, bytes, duration: duration / 1000, keys } : undefined;
}

/** Waits, or throws when the signal does. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener(
            'abort',
            () => {
                clearTimeout(timer);
                reject(signal.reason);
            },
            { once: true },
        );
    });
}

/** One file of the device. Its functions throw what went wrong, as an error with one line. */
export class RecordingFile {
    #path: string;
    #keys: KeyFrame[] = [];
    #known: Keys | undefined;
    #readMs = 0;

    /** path: `/recordings/<channel>/<file>.mp4`. */
    constructor(path: string) {
        this.#path = path;
    }

    /** Seconds of media in it; grows while it is written. */
    get duration(): number {
        return this.#known?.duration ?? 0;
    }

    /** It is being written. */
    get open(): boolean {
        return this.#known?.open ?? false;
    }

    /** Time of the last key frame at or before `seconds`. */
    keyAt(seconds: number): number {
        return this.#keys[this.#index(seconds)]?.seconds ?? 0;
    }

    /** Reads what a file that is being written has got since, when it was some time ago; never throws. */
    grow(): void {
        if (this.open && Date.now() - this.#readMs > 2 * GROWS_MS) {
            void this.refresh().catch(() => undefined);
        }
    }

    /** Reads the key frames, or those that have come since. */
    async refresh(): Promise<void> {
        this.#readMs = Date.now();
        const last = this.#keys.at(-1);
        let answer = await this.#request(last);
        if (answer === undefined && this.#known?.open && (await this.#follow())) {
            answer = await this.#request(last);
        }
        if (answer === undefined) {
            throw new Error('the device names no key frames of this file');
        }
        this.#known = answer;
        for (const key of answer.keys) {
            if (key.offset > (this.#keys.at(-1)?.offset ?? -1)) {
                this.#keys.push(key);
            }
        }
    }

    /** The init segment. */
    async init(signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
        const response = await this.#range(0, this.#known?.init ?? 0, signal);
        return new Uint8Array(await response.arrayBuffer());
    }

    /**
     * The bytes from the last key frame at or before `seconds` to the end of the file, which may still be written, piece by
     * piece. room: awaited before each request, so that nobody fetches more than is wanted.
     */
    async *read(seconds: number, signal: AbortSignal, room: () => Promise<void>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
        let at = this.#keys[this.#index(seconds)]?.offset ?? this.#known?.bytes ?? 0;
        for (let failures = 0; ; ) {
            await room();
            const end = this.#end(at);
            if (end <= at) {
                if (!this.open) {
                    return;
                }
                await pause(GROWS_MS, signal);
                await this.refresh();
                continue;
            }
            try {
                const response = await this.#range(at, end, signal);
                const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
                for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
                    at += piece.value.length;
                    failures = 0;
                    yield piece.value;
                }
            } catch (error) {
                signal.throwIfAborted();
                failures++;
                if (failures > RETRIES) {
                    throw error;
                }
                await pause(RETRY_MS, signal);
                await this.refresh();
            }
        }
    }

    #request(last: KeyFrame | undefined): Promise<Keys | undefined> {
        const query = last === undefined ? '' : `?from=${Math.floor(last.seconds * 1000)}`;
        return get(`${this.#path}/keys${query}`, parseKeys).then((answer) => (answer.kind === 'ok' ? answer.value : undefined));
    }

    /** A file that was closed has another name, which begins as the old one. */
    async #follow(): Promise<boolean> {
        const channel = this.#path.split('/')[2] ?? '';
        const begin = this.#path.replace(/open\.mp4$/, '');
        const query = new URLSearchParams({ channel, order: 'newest', limit: '200' });
        const answer = await get(`/api/recordings?${query}`, (value) =>
            each(record(value)['recordings'], (row) => text(record(row)['path'])).find((path) => path.startsWith(begin)),
        );
        if (answer.kind === 'ok') {
            this.#path = answer.value;
        }
        return answer.kind === 'ok';
    }

    /** Index of the last key frame at or before `seconds`, else 0. */
    #index(seconds: number): number {
        let [low, high] = [0, this.#keys.length];
        while (high - low > 1) {
            const middle = (low + high) >> 1;
            [low, high] = (this.#keys[middle]?.seconds ?? 0) <= seconds ? [middle, high] : [low, middle];
        }
        return low;
    }

    /** Where a request that begins at `at` ends: at a key frame, or where the file does. */
    #end(at: number): number {
        const bytes = this.#known?.bytes ?? 0;
        const keys = this.#keys;
        let [low, high] = [0, keys.length];
        while (low < high) {
            const middle = (low + high) >> 1;
            [low, high] = (keys[middle]?.offset ?? 0) <= at ? [middle + 1, high] : [low, middle];
        }
        let end = keys[low]?.offset ?? bytes;
        for (let next = low + 1; next <= keys.length && (keys[next]?.offset ?? bytes) - at <= RANGE_BYTES; next++) {
            end = keys[next]?.offset ?? bytes;
        }
        return end;
    }

    async #range(from: number, end: number, signal: AbortSignal): Promise<Response> {
        const response = await fetch(address(this.#path), { headers: { range: `bytes=${from}-${end - 1}` }, signal });
        if (response.status !== 206) {
            throw new Error(`HTTP ${response.status}`);
        }
        return response;
    }
}
