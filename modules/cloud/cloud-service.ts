/** Cloud storage as the application has it: what sends takes memory only where the settings name a store. */
import type { CloudReader } from 'ocellus/app/cloud/cloud-reader';
import type { CloudRunner, CloudRunnerOptions } from 'ocellus/app/cloud/cloud-runner';
import type { CloudState } from 'ocellus/app/cloud/cloud-state';
import { storeOf } from 'ocellus/app/config/recording-rules';

/** One per script. */
export class CloudService {
    readonly #options: CloudRunnerOptions;
    #loading: Promise<void> | undefined;
    #runner: CloudRunner | undefined;

    constructor(options: CloudRunnerOptions) {
        this.#options = options;
    }

    /** From now on, as the settings and the channels are; also after each change of them. */
    follow(): void {
        if (this.#runner !== undefined) {
            this.#runner.follow();
        } else if (storeOf(this.#options.settings()) !== '') {
            this.#loading ??= this.#load();
        }
    }

    /** Something happened that may have to be sent. */
    wake(): void {
        this.#runner?.wake();
    }

    /** How it stands; undefined: the settings name no store. */
    state(): CloudState | undefined {
        return this.#runner?.state();
    }

    /** What reads the store; undefined: there is none, or no key. */
    reader(): CloudReader | undefined {
        return this.#runner?.reader();
    }

    async #load(): Promise<void> {
        const { CloudRunner } = await import('ocellus/app/cloud/cloud-runner');
        this.#runner = new CloudRunner(this.#options);
        this.#runner.follow();
    }
}
