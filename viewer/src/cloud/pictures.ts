/** Pictures of events out of the bucket, decrypted where they are encrypted. */
import { unsealed } from '../unsealed.js';
import type { Bucket } from './bucket.js';
import { isPicture } from './evidence.js';
import { type Happening, pictureKey } from './footage.js';
import { contentKey, type Lock, lockOf } from './key-loader.js';
import type { Reader } from './private-key.js';

/** Those of one bucket. */
export class Pictures {
    readonly #bucket: Bucket;
    readonly #reader: Reader | undefined;
    readonly #onLocked: (lock: Lock) => void;
    /** By their names. */
    readonly #keys = new Map<string, Promise<ArrayBuffer>>();

    /** `onLocked`: why a key does not open, once for each. */
    constructor(bucket: Bucket, reader: Reader | undefined, onLocked: (lock: Lock) => void) {
        this.#bucket = bucket;
        this.#reader = reader;
        this.#onLocked = onLocked;
    }

    /** Keys are read again. */
    forgetKeys(): void {
        this.#keys.clear();
    }

    /** undefined: it is not there, cannot be opened, or is not what the camera sent. Throws BucketError. */
    async read(device: string, channel: string, event: Happening): Promise<Blob | undefined> {
        const key = pictureKey(device, channel, event);
        if (!event.picture) {
            return this.#bucket.blob(key);
        }
        const cut = key.lastIndexOf('/') + 1;
        const opened = await this.#key(`${key.slice(0, cut)}${event.picture}.key.json`).catch(() => undefined);
        const sealed = opened && (await this.#bucket.blob(key));
        if (!sealed) {
            return undefined;
        }
        const bytes = await sealed.arrayBuffer();
        const isOwn = event.pictureMac === undefined || (await isPicture(opened, key, bytes, event.pictureMac));
        return isOwn ? new Blob([await unsealed(bytes, opened, key.slice(cut))]) : undefined;
    }

    #key(name: string): Promise<ArrayBuffer> {
        const known = this.#keys.get(name);
        const found = known ?? contentKey(this.#bucket, name, this.#reader);
        if (known === undefined) {
            this.#keys.set(name, found);
            found.catch((error: unknown) => this.#onLocked(lockOf(error)));
        }
        return found;
    }
}
