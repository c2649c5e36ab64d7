/** The settings in force, and their change while the program runs: checked, stored, then told. */
import { ConflictError } from 'ocellus/app/base/conflict';
import { Events } from 'ocellus/app/base/events';
import { hashBytes } from 'ocellus/app/base/hash';
import { type JsonObject, valueAt } from 'ocellus/app/config/json';
import { type Loaded, type LoadFacts, loadSettings } from 'ocellus/app/config/load';
import { SettingsError } from 'ocellus/app/config/schema';
import { restartKeys, type Settings } from 'ocellus/app/config/settings';
import { recordOf } from 'ocellus/app/config/settings-shape';
import type { Group } from 'ocellus/app/config/settings-entry';
import { settingsTable } from 'ocellus/app/config/settings-table';
import { leaves } from 'ocellus/app/config/stored';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';

/** What is kept under this name is a settings document. */
export const storeName = 'settings';
/** Bytes of UTF-8 that may be stored: a body of `/api` has no more either. */
const storedMax = 48 * 1024;

/** What it needs. */
export interface SettingsStoreOptions {
    readonly facts: LoadFacts;
    /** Who knows time zones. */
    readonly zones: Pick<HostApi, 'zone'>;
    /** As the process started: `restartKeys` stay so. */
    readonly boot: Settings;
    readonly loaded: Loaded;
    /** Settings of the application; left out: it has none. */
    readonly own?: Group;
    /** What is kept; it waits for a `write` that was given up. */
    readonly read: () => Promise<string | undefined>;
    /** Rejects what would keep the program from starting again. */
    readonly canStart: (settings: Settings) => Promise<void>;
    /** Keeps a text for good. */
    readonly write: (text: string) => Promise<void>;
}

/** From what is stored to what shall be stored. Throws to refuse. */
export type Make = (document: JsonObject, settings: Settings) => JsonObject;

function asText(document: unknown): string {
    return JSON.stringify(document, undefined, 4);
}

/** The keys ("port", "http.login") that are not equal in two settings. */
export function differences(a: JsonObject, b: JsonObject): string[] {
    const at = (value: JsonObject, place: string): string => JSON.stringify(valueAt(value, place));
    return [...new Set([...leaves(a), ...leaves(b)])].filter((place) => at(a, place) !== at(b, place));
}

/** What decides whether a start can listen. */
function startPart(settings: Settings): JsonObject {
    return recordOf<JsonObject>('listen', [settingsTable, settings]);
}

/** One per script. Emits `changed` when other settings are in force; what is stored is on the disk then. */
export class SettingsStore extends Events<{ changed: { readonly before: Settings; readonly now: Settings } }> {
    readonly #options: SettingsStoreOptions;
    #loaded: Loaded;
    #revision: string | undefined;
    /** A write got no answer: nobody knows what is kept. */
    #unsure = false;
    #last: Promise<unknown> = Promise.resolve();

    constructor(options: SettingsStoreOptions) {
        super();
        this.#options = options;
        this.#loaded = options.loaded;
    }

    /** As they are wanted; `restartKeys` of them are in force after a restart of the program. */
    get current(): Settings {
        return this.#loaded.settings;
    }

    /** The same without the set that is chosen (`mode`): what people change. */
    get edited(): Settings {
        return this.#loaded.edited;
    }

    /** Everything that is known of them, for a backup. */
    get loaded(): Loaded {
        return this.#loaded;
    }

    /** Keys that the command line gives: they cannot be changed. */
    get fixed(): readonly string[] {
        return this.#loaded.fixed;
    }

    /** Changes with everything that is stored. */
    get revision(): string {
        this.#revision ??= hashBytes(new TextEncoder().encode(asText(this.#loaded.stored.document)))
            .toString(16)
            .padStart(8, '0');
        return this.#revision;
    }

    /** Settings of the application. */
    get own(): Group {
        return this.#options.own ?? {};
    }

    /** Keys whose value is in force only after a restart of the program. */
    get restart(): readonly string[] {
        const { boot } = this.#options;
        const { current } = this;
        return restartKeys.filter((key) => asText(valueAt(boot, key)) !== asText(valueAt(current, key)));
    }

    /** Refuses a change of what the command line gives. */
    checkFixed(keys: readonly string[]): void {
        const key = keys.find((one) => this.fixed.some((fixed) => one === fixed || fixed.startsWith(`${one}.`)));
        if (key !== undefined) {
            const why = 'is set on the command line: start without that option to change it here';
            throw new ConflictError('STATE', `${key}: ${why}`, key);
        }
    }

    /**
     * One after the other: checks, stores, puts in force. `revision`: of the settings that the change was made from;
     * undefined: of any. Rejects and changes nothing when it is not allowed, out of date, or cannot be stored.
     */
    change(make: Make, revision: string | undefined): Promise<void> {
        const done = this.#last.then(() => this.#change(make, revision));
        this.#last = done.catch(() => undefined);
        return done;
    }

    /** What a change would make of them; nothing changes. Throws `SettingsError`: what does not go together. */
    tried(make: Make): Loaded {
        return this.#load(asText(make(this.#loaded.stored.document, this.edited)), true);
    }

    /** Another folder keeps the data now. What is stored is written there, unless it has settings of its own. */
    restore(): Promise<void> {
        const done = this.#last.then(() => this.#restore());
        this.#last = done.catch(() => undefined);
        return done;
    }

    async #restore(): Promise<void> {
        const { document } = this.#loaded.stored;
        if (Object.keys(document).length > 0 && (await this.#kept(() => this.#options.read())) === undefined) {
            await this.#kept(() => this.#options.write(asText(document)));
        }
    }

    async #change(make: Make, revision: string | undefined): Promise<void> {
        if (this.#unsure) {
            const text = await this.#kept(() => this.#options.read());
            this.#unsure = false;
            this.#put(this.#load(text, false));
        }
        if (revision !== undefined && revision !== this.revision) {
            throw new ConflictError('STALE', 'the settings changed meanwhile: read them again', '', 412);
        }
        const text = asText(make(this.#loaded.stored.document, this.edited));
        if (new TextEncoder().encode(text).length > storedMax) {
            throw new SettingsError(`settings: more than ${storedMax} bytes are not allowed`);
        }
        const loaded = this.#load(text, true);
        // what was so before is no reason to refuse another change
        if (differences(startPart(this.current), startPart(loaded.settings)).length > 0) {
            await this.#options.canStart(loaded.settings);
        }
        await this.#kept(() => this.#options.write(text));
        this.#put(loaded);
    }

    #load(text: string | undefined, strict: boolean): Loaded {
        const { facts, zones, own } = this.#options;
        const stored = text === undefined ? undefined : { path: storeName, text };
        return loadSettings({ ...facts, stored }, zones, strict, own);
    }

    #put(loaded: Loaded): void {
        const before = this.current;
        this.#loaded = loaded;
        this.#revision = undefined;
        this.emit('changed', { before, now: loaded.settings });
    }

    async #kept<T>(work: () => Promise<T>): Promise<T> {
        try {
            return await work();
        } catch (error) {
            if (error instanceof OcellusError) {
                this.#unsure ||= error.code === 'TIMEOUT';
                throw new OcellusError(error.code, `the settings cannot be stored: ${error.message}`);
            }
            throw error;
        }
    }
}
