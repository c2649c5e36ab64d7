/** Objects of the store as the page reads them: by a worker, for its own policy lets it read from the device only. */
import type { FragmentLoaderContext, HlsConfig, Loader, LoaderCallbacks, LoaderConfiguration, LoaderStats } from 'hls.js';
import { address } from '../api.js';
import { el } from '../dom.js';
import { drawn } from '../drawn.js';
import { unsealed } from '../unsealed.js';
import type { CloudProblem } from './cloud-data.js';
import type { Order, Reply } from './store-worker.js';

let worker: Worker | undefined;
let orders = 0;
const waiting = new Map<number, (reply: Reply) => void>();

function started(): Worker {
    if (worker === undefined) {
        worker = new Worker(new URL('./store-worker.ts', import.meta.url), { type: 'module' });
        worker.onmessage = ({ data }: MessageEvent<Reply>) => {
            waiting.get(data.id)?.(data);
            waiting.delete(data.id);
        };
        worker.onerror = () => {
            for (const [id, done] of waiting) {
                done({ id, status: 0, bytes: undefined });
            }
            waiting.clear();
        };
    }
    return worker;
}

/** Reads an address of `/api/cloud/`. Never rejects: status 0 is no answer, or none that a page may read. */
function read(path: string): { readonly reply: Promise<Reply>; readonly cancel: () => void } {
    const id = ++orders;
    const own = started();
    const post = (order: Order): void => own.postMessage(order);
    const reply = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    post({ id, path });
    return {
        reply,
        cancel: () => {
            if (waiting.delete(id)) {
                post({ id });
            }
        },
    };
}

/** Why the store gave nothing, by the status of its answer. */
export function problemOf(status: number): CloudProblem {
    return status === 0 ? 'blocked' : status === 401 || status === 403 || status === 409 ? 'denied' : 'failed';
}

class StoreLoader implements Loader<FragmentLoaderContext> {
    context: FragmentLoaderContext | null = null;
    readonly stats: LoaderStats = {
        aborted: false,
        loaded: 0,
        retry: 0,
        total: 0,
        chunkCount: 0,
        bwEstimate: 0,
        loading: { start: 0, first: 0, end: 0 },
        parsing: { start: 0, end: 0 },
        buffering: { start: 0, first: 0, end: 0 },
    };
    #cancel: (() => void) | undefined;

    load(context: FragmentLoaderContext, _config: LoaderConfiguration, { onSuccess, onError }: LoaderCallbacks<FragmentLoaderContext>): void {
        const { stats } = this;
        const { url } = context;
        this.context = context;
        stats.loading.start = performance.now();
        const { reply, cancel } = read(url);
        this.#cancel = cancel;
        void reply.then(({ status, bytes }) => {
            this.#cancel = undefined;
            stats.loading.first = Math.max(stats.loading.start, performance.now());
            stats.loading.end = stats.loading.first;
            if (stats.aborted) {
                return;
            }
            if (bytes === undefined) {
                onError({ code: status, text: '' }, context, null, stats);
                return;
            }
            stats.loaded = bytes.byteLength;
            stats.total = bytes.byteLength;
            onSuccess({ url, data: bytes, code: status }, stats, context, null);
        });
    }

    abort(): void {
        this.stats.aborted = true;
        this.#cancel?.();
        this.#cancel = undefined;
    }

    destroy(): void {
        this.abort();
    }
}

/** Of hls.js: segments come out of the store. One that fails is tried once more. */
export const storeConfig: Partial<HlsConfig> = {
    fLoader: StoreLoader,
    fragLoadPolicy: { default: { maxTimeToFirstByteMs: 60_000, maxLoadTimeMs: 60_000, timeoutRetry: null, errorRetry: { maxNumRetry: 1, retryDelayMs: 500, maxRetryDelayMs: 500 } } },
};

/** Name of a picture that is encrypted, with the day and the id of its key. */
const sealedPicture = /\/(\d{4}-\d\d-\d\d)\.(event-\d+-([0-9a-f]{16})\.jpg)$/;
/** By their paths. */
const keys = new Map<string, Promise<ArrayBuffer>>();

/** A key that the device derives. Rejects: it cannot. */
async function keyAt(path: string): Promise<ArrayBuffer> {
    const { bytes } = await read(address(path)).reply;
    if (bytes === undefined) {
        keys.delete(path);
        throw new Error('no key');
    }
    return bytes;
}

/** A picture of the store as it was before it was encrypted. Rejects where nothing can decrypt it. */
async function pictureAt(path: string): Promise<Blob | undefined> {
    const [found = '', day = '', name = '', id = ''] = sealedPicture.exec(path) ?? [];
    const { bytes } = await read(address(path)).reply;
    if (found === '' || bytes === undefined) {
        return bytes && new Blob([bytes]);
    }
    const keyPath = `${path.slice(0, -found.length)}/${day}.${id}.key`;
    const key = keys.get(keyPath) ?? keyAt(keyPath);
    keys.set(keyPath, key);
    return new Blob([await unsealed(bytes, await key, name)]);
}

/** A picture of the store in a place of its own size; `none`: what is shown while there is none. */
export function storedPicture(path: string, none: () => Element | undefined): HTMLElement {
    const holder = el('span', { class: 'shot none' }, none());
    pictureAt(path).then(
        (picture) => picture && drawn(holder, picture),
        () => undefined,
    );
    return holder;
}
