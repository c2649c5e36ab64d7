/**
 * What one script hands over to the next: the state of services and of the application, as one JSON document in a
 * versioned envelope (docs/design/update.md). Requested before a replacement, and given at changes as a checkpoint.
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { entryOf, isObject, type JsonObject } from 'ocellus/app/config/json';
import { OcellusError } from 'ocellus/error';
import type { Facts } from 'ocellus/host';

/** A higher one has another meaning: nothing of it is taken. */
const envelope = 1;
/** Bytes of the whole document. */
const handoverMax = 64 * 1024;
/** Milliseconds in which changes are gathered into one checkpoint. */
const gatherMs = 5000;

/** What it is made of. */
export interface HandoverOptions {
    readonly plane: Pick<PlaneApi, 'handOver'>;
    readonly facts: Pick<Facts, 'handover' | 'startedMs'>;
    /** State of the application goes to one of the same name only. */
    readonly name: string;
    /** The application's own; undefined: none. */
    readonly own?: (() => unknown) | undefined;
}

function documentOf({ handover, startedMs }: HandoverOptions['facts']): JsonObject {
    if (handover === undefined || handover.length > handoverMax) {
        return {};
    }
    try {
        const document: unknown = JSON.parse(handover);
        const known = isObject(document) && document['ocellus'] === envelope && document['process'] === startedMs;
        return known ? document : {};
    } catch {
        return {};
    }
}

/** One per script. */
export class Handover {
    readonly #options: HandoverOptions;
    readonly #before: JsonObject;
    readonly #parts = new Map<string, () => unknown>();
    #waits = false;
    #refused = false;

    constructor(options: HandoverOptions) {
        this.#options = options;
        this.#before = documentOf(options.facts);
    }

    /** The script before gave it when it made way, and did nothing more. */
    get complete(): boolean {
        return this.#before['final'] === true;
    }

    /** The application before had the name of this one. */
    get sameName(): boolean {
        return this.#before['name'] === this.#options.name;
    }

    /** What it gave then; undefined: nothing. */
    get own(): unknown {
        return this.sameName ? this.#before['own'] : undefined;
    }

    /** What the service of this name gave; whoever takes it checks it. */
    part(name: string): unknown {
        const parts = this.#before['parts'];
        return isObject(parts) ? entryOf(parts, name) : undefined;
    }

    /** A service gives its state under this name. */
    add(name: string, give: () => unknown): void {
        this.#parts.set(name, give);
    }

    /** Something of it has changed: a checkpoint follows. */
    changed(): void {
        if (this.#waits || this.#refused) {
            return;
        }
        this.#waits = true;
        setTimeout(() => {
            this.#waits = false;
            void this.give(false);
        }, gatherMs);
    }

    /** Gives the state as it is. `final`: the script makes way. Never rejects. */
    async give(final: boolean): Promise<void> {
        try {
            await this.#options.plane.handOver(this.#document(final));
        } catch (error) {
            this.#refused = error instanceof OcellusError && error.code === 'NOTSUP';
            if (!this.#refused) {
                console.warn(`hand-over: ${error instanceof Error ? error.message : String(error)}`);
            }
        }
    }

    #document(final: boolean): string {
        // a name: of a service
        const parts = Object.fromEntries([...this.#parts].map(([name, give]) => [name, give()]));
        const { name, facts } = this.#options;
        const common = { ocellus: envelope, process: facts.startedMs, name, final, parts };
        const text = JSON.stringify({ ...common, own: this.#own() });
        const bytes = new TextEncoder().encode(text).length;
        if (bytes <= handoverMax) {
            return text;
        }
        console.warn(`hand-over: ${bytes} bytes, at most ${handoverMax} are allowed: without the application's own`);
        return JSON.stringify(common);
    }

    #own(): unknown {
        try {
            const own = this.#options.own?.();
            JSON.stringify(own); // what has a circle is the application's mistake, not the services'
            return own;
        } catch (error) {
            console.warn(`hand-over: ${error instanceof Error ? error.message : String(error)}`);
            return undefined;
        }
    }
}
