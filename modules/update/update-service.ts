/** Updates as the application has them: what looks for releases takes memory only where there is an address and a key. */
import type { Updater, UpdaterOptions, UpdateSettings } from 'ocellus/app/update/updater';
import { OcellusError } from 'ocellus/error';

/** Where the index of releases lies; '': nowhere, nothing is looked for. */
export function indexAddress(settings: UpdateSettings): string {
    return settings.url;
}

/** One per script. */
export class UpdateService {
    readonly #options: UpdaterOptions;
    #updater: Promise<Updater> | undefined;

    constructor(options: UpdaterOptions) {
        this.#options = options;
    }

    /** From now on, as the settings are; also after each change of them. */
    async follow(): Promise<void> {
        if (this.#updater !== undefined) {
            (await this.#updater).follow();
        } else if (this.#missing() === '') {
            await this.#begin();
        }
    }

    /** Looks now. Throws `OcellusError` `NOENT`: there is no address or no key. */
    async check(): Promise<void> {
        const problem = this.#missing();
        if (problem !== '') {
            throw new OcellusError('NOENT', problem);
        }
        (await this.#begin()).check();
    }

    #missing(): string {
        if (indexAddress(this.#options.settings()) === '') {
            return 'no address of an index: set update.url';
        }
        return this.#options.host.facts.updateKeys.length === 0 ? 'no trusted key: start with --update-key' : '';
    }

    #begin(): Promise<Updater> {
        this.#updater ??= this.#load();
        return this.#updater;
    }

    async #load(): Promise<Updater> {
        const { Updater } = await import('ocellus/app/update/updater');
        const updater = new Updater(this.#options);
        updater.start();
        return updater;
    }
}
