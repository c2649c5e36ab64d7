/** The cursors of all channels in the store of values, written one at a time. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { type Cursor, cursorsOf, cursorsText } from 'ocellus/app/cloud/cursor';

const storeName = 'cloud';

/** One per script. */
export class Cursors {
    readonly #plane: Pick<PlaneApi, 'readStore' | 'writeStore'>;
    #all: Map<string, Cursor> = new Map();
    #writing: Promise<void> = Promise.resolve();

    constructor(plane: Pick<PlaneApi, 'readStore' | 'writeStore'>) {
        this.#plane = plane;
    }

    /** Reads what the script before kept; damaged ones are left out. */
    async load(): Promise<void> {
        this.#all = cursorsOf((await this.#plane.readStore(storeName)) ?? '');
    }

    /** Of a channel; undefined: none was kept. */
    of(channel: string): Cursor | undefined {
        return this.#all.get(channel);
    }

    /** Keeps one; done when it is on the disk. */
    keep(channel: string, cursor: Cursor): Promise<void> {
        this.#all.set(channel, cursor);
        return this.#write();
    }

    /** Forgets those of all channels. */
    forget(): Promise<void> {
        this.#all.clear();
        return this.#write();
    }

    #write(): Promise<void> {
        const write = () => this.#plane.writeStore(storeName, cursorsText(this.#all));
        const done = this.#writing.then(write, write);
        this.#writing = done.catch(() => undefined);
        return done;
    }
}
