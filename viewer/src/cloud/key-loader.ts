/** Gives hls.js the content keys of encrypted recordings: reads the key object and opens it with the reader's key. */
import type { KeyLoaderContext, Loader, LoaderCallbacks, LoaderConfiguration, LoaderContext, LoaderStats } from 'hls.js';
import { type Bucket, BucketError } from './bucket.js';
import type { Reader } from './private-key.js';

/** Why something encrypted cannot be seen; `ids` of keys that would do. */
export interface Lock {
    readonly why: 'locked' | 'damaged' | 'insecure' | 'failed';
    readonly ids: readonly string[];
}

/** hls.js wants these of each loader. */
function emptyStats(): LoaderStats {
    const span = { start: 0, first: 0, end: 0 };
    return { aborted: false, loaded: 0, retry: 0, total: 0, chunkCount: 0, bwEstimate: 0, loading: { ...span }, parsing: { start: 0, end: 0 }, buffering: { ...span } };
}

/** The content key in a key object; undefined: of another place. Throws LockedError and BucketError. */
export async function contentKey(bucket: Bucket, key: string | undefined, reader: Reader | undefined): Promise<ArrayBuffer> {
    const { LockedError, unwrap } = await import('./unwrap.js');
    const json = key === undefined ? undefined : await bucket.text(key);
    if (key === undefined || json === undefined) {
        throw new LockedError('damaged');
    }
    return unwrap(json, key.replace(/\.key\.json$/, ''), reader);
}

/** What `contentKey` threw, for people. */
export function lockOf(error: unknown): Lock {
    if (globalThis.crypto?.subtle === undefined) {
        return { why: 'insecure', ids: [] };
    }
    const { why, ids = [] } = error as Partial<Lock>;
    return { why: error instanceof BucketError || (why !== 'locked' && why !== 'damaged') ? 'failed' : why, ids };
}

/** A class of loaders for `loader` of hls.js; playlists and segments have their own. */
export function keyLoaderOf(bucket: Bucket, reader: () => Reader | undefined, onLocked: (lock: Lock) => void): new () => Loader<LoaderContext> {
    return class implements Loader<LoaderContext> {
        context: LoaderContext | null = null;
        readonly stats = emptyStats();
        #isOver = false;

        load(context: LoaderContext, _: LoaderConfiguration, { onSuccess, onError }: LoaderCallbacks<LoaderContext>): void {
            this.context = context as KeyLoaderContext;
            contentKey(bucket, bucket.keyOf(context.url), reader()).then(
                (data) => {
                    if (!this.#isOver) {
                        onSuccess({ url: context.url, data, code: 200 }, this.stats, context, null);
                    }
                },
                (error: unknown) => {
                    if (!this.#isOver) {
                        onLocked(lockOf(error));
                        onError({ code: 0, text: '' }, context, null, this.stats);
                    }
                },
            );
        }

        abort(): void {
            this.#isOver = true;
        }

        destroy(): void {
            this.#isOver = true;
        }
    };
}
