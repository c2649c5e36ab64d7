/**
 * Where the proofs of each channel ended, in the store of values: what an index in the store says less than that was
 * changed there. Never ahead of the indexes.
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { Written } from 'ocellus/app/cloud/hour-index';
import { isObject, parseJson } from 'ocellus/app/config/json';

/** The end of a chain. */
export interface ChainEnd {
    /** Of the last proof, with its MAC and the hour whose index has it. */
    readonly number: number;
    readonly mac: string;
    readonly hour: number;
    /** The newest sealed index. */
    readonly index: Written | undefined;
}

/** A value of its own: a former version passes over it, and reads its cursors. */
const storeName = 'cloudchain';
const version = 1;
const names: ReadonlySet<string> = new Set(['version', 'channels']);
/** Of a device. */
const channelsMax = 64;
const macShape = /^[A-Za-z0-9_-]{43}$/;

function isCount(value: unknown): value is number {
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isMac(value: unknown): value is string {
    return typeof value === 'string' && macShape.test(value);
}

/** What a row says; undefined: it is damaged, and that channel begins anew. */
function endOf(row: readonly unknown[]): ChainEnd | undefined {
    const [, number, mac, hour, ofIndex, count, seal] = row;
    if (!isCount(number) || !isMac(mac) || !isCount(hour)) {
        return undefined;
    }
    const index = isCount(ofIndex) && isCount(count) && isMac(seal) ? { hour: ofIndex, count, seal } : undefined;
    return { number, mac, hour, index };
}

/** Those of all channels. */
export class ChainMemory {
    readonly #plane: Pick<PlaneApi, 'readStore' | 'writeStore'>;
    #ends: Map<string, ChainEnd> | undefined;
    #working: Promise<void> = Promise.resolve();

    constructor(plane: Pick<PlaneApi, 'readStore' | 'writeStore'>) {
        this.#plane = plane;
    }

    /** undefined: nothing of the channel was encrypted yet. */
    async of(channel: string): Promise<ChainEnd | undefined> {
        return (await this.#loaded()).get(channel);
    }

    /** Done when it is on the disk; the same again costs nothing. */
    async keep(channel: string, end: ChainEnd): Promise<void> {
        const ends = await this.#loaded();
        if (JSON.stringify(ends.get(channel)) === JSON.stringify(end)) {
            return;
        }
        ends.set(channel, end);
        const write = () => this.#plane.writeStore(storeName, this.#text(ends));
        const done = this.#working.then(write, write);
        this.#working = done.catch(() => undefined);
        await done;
    }

    #text(ends: ReadonlyMap<string, ChainEnd>): string {
        const rows = [...ends].map(([name, { number, mac, hour, index }]) => [
            ...[name, number, mac, hour],
            ...(index === undefined ? [] : [index.hour, index.count, index.seal]),
        ]);
        return JSON.stringify({ version, channels: rows });
    }

    async #loaded(): Promise<Map<string, ChainEnd>> {
        const text = this.#ends === undefined ? await this.#plane.readStore(storeName) : undefined;
        this.#ends ??= this.#parsed(text ?? '');
        return this.#ends;
    }

    #parsed(text: string): Map<string, ChainEnd> {
        const found = new Map<string, ChainEnd>();
        let memory: unknown;
        try {
            memory = parseJson(text, storeName, 0, names);
        } catch {
            return found;
        }
        const rows = isObject(memory) && memory['version'] === version ? memory['channels'] : undefined;
        for (const row of Array.isArray(rows) ? (rows as readonly unknown[]).slice(0, channelsMax) : []) {
            const all = Array.isArray(row) ? (row as readonly unknown[]) : [];
            const end = endOf(all);
            if (typeof all[0] === 'string' && end !== undefined) {
                found.set(all[0], end);
            }
        }
        return found;
    }
}
