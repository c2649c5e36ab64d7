/**
 * Pictures to an object store: the newest of each channel under a name that stays, and those of some days. Old ones are
 * removed a few at a time, when newer ones come.
 */
import { hashText } from 'ocellus/app/base/hash';
import { withDeadline } from 'ocellus/app/base/time';
import { type ObjectStore, StoreError } from 'ocellus/app/cloud/object-store';
import { partOf, prefixOf } from 'ocellus/app/cloud/object-names';
import { lineOf, SendError, sendMs, type Shot, stampOf, type Target } from 'ocellus/app/snapshots/target';

/** What it needs. */
export interface StoreTargetOptions {
    readonly store: ObjectStore;
    /** In front of all names; ''. */
    readonly prefix: string;
    readonly device: () => string;
    /** Days that pictures stay; 0: the newest alone. */
    readonly historyDays: number;
}

/** After so many pictures of a channel, or a day, its oldest ones are looked at; so many of them at once. */
const [visitShots, visitMs, visitObjects] = [16, 86_400_000, 32] as const;
const dayMs = 86_400_000;
/** Codes of a store that are about one object. */
const ofOne: readonly string[] = ['NO_KEY', 'CONFLICT', 'INVAL', 'TOO_BIG'];

interface Visit {
    shots: number;
    atMs: number;
}

/** Where the pictures of a channel are: a folder with a slash at its end. */
export function folderOf(prefix: string, device: string, channel: string): string {
    return `${prefixOf(prefix)}${partOf(device, 'device')}/snapshots/${partOf(channel, 'channel')}/`;
}

/** One for each setting of the store. */
export class StoreTarget implements Target {
    readonly #options: StoreTargetOptions;
    readonly #visits = new Map<string, Visit>();

    constructor(options: StoreTargetOptions) {
        this.#options = options;
    }

    async send(shot: Shot): Promise<void> {
        try {
            await withDeadline(this.#put(shot), sendMs, 'upload');
        } catch (error) {
            const code = error instanceof StoreError ? error.code : '';
            throw new SendError(lineOf(error), !ofOne.includes(code));
        }
    }

    async #put({ channel, atMs, body }: Shot): Promise<void> {
        const { store, prefix, device, historyDays } = this.#options;
        const folder = folderOf(prefix, device(), channel);
        const type = 'image/jpeg';
        if (historyDays > 0) {
            await store.put(`${folder}at/${stampOf(atMs)}.jpg`, body, {
                type,
                cacheControl: 'max-age=31536000, immutable',
            });
        }
        await store.put(`${folder}latest.jpg`, body, { type, cacheControl: 'no-cache' });
        if (historyDays > 0 && this.#isDue(channel, atMs)) {
            await this.#removeOld(`${folder}at/`, `${stampOf(atMs - historyDays * dayMs)}.jpg`);
        }
    }

    /** Channels begin at different counts, so that not all of them are looked at in the same minute. */
    #isDue(channel: string, nowMs: number): boolean {
        const visit = this.#visits.get(channel) ?? { shots: hashText(channel) % visitShots, atMs: nowMs };
        visit.shots++;
        const isDue = visit.shots >= visitShots || nowMs - visit.atMs >= visitMs;
        this.#visits.set(channel, isDue ? { shots: 0, atMs: nowMs } : visit);
        return isDue;
    }

    async #removeOld(folder: string, firstKept: string): Promise<void> {
        const { objects } = await this.#options.store.list(folder, undefined, visitObjects);
        for (const { key } of objects.filter(({ key }) => key < `${folder}${firstKept}`)) {
            await this.#options.store.remove(key);
        }
    }
}
