/** Judges what a film plays before it is shown: each object against the index of its hour, and the playlist's order. */
import type { FragmentLoaderConstructor, FragmentLoaderContext, LoaderCallbacks, LoaderConfiguration } from 'hls.js';
import type { Bucket } from './bucket.js';
import { HourEvidence, type Verdict } from './evidence.js';
import { contentKey } from './key-loader.js';
import type { Reader } from './private-key.js';

/** From the best to the worst. */
const verdicts: readonly Verdict[] = ['proven', 'unproven', 'changed'];

/** Of one hour. */
export class FilmEvidence {
    readonly #bucket: Bucket;
    readonly #reader: () => Reader | undefined;
    readonly #index: string;
    readonly #onVerdict: (verdict: Verdict, signer: string) => void;
    #worst: Verdict = 'proven';
    #hour: Promise<HourEvidence | undefined> | undefined;

    /** `list`: the playlist, below the prefix. `onVerdict`: the worst so far of all that was read. */
    constructor(bucket: Bucket, reader: () => Reader | undefined, list: string, onVerdict: (verdict: Verdict, signer: string) => void) {
        this.#bucket = bucket;
        this.#reader = reader;
        this.#index = list.replace(/\.m3u8$/, '.json');
        this.#onVerdict = onVerdict;
    }

    /** A class of loaders for `fLoader` of hls.js: what was changed does not get through. Without a private key nothing is judged. */
    loaderOf(loader: FragmentLoaderConstructor): FragmentLoaderConstructor {
        const evidence = this;
        return class extends loader {
            override load(context: FragmentLoaderContext, config: LoaderConfiguration, callbacks: LoaderCallbacks<FragmentLoaderContext>): void {
                super.load(context, config, {
                    ...callbacks,
                    onSuccess: (response, stats, own, details) => {
                        const { data } = response;
                        const judged = data instanceof ArrayBuffer ? evidence.#object(context.url, data) : Promise.resolve(true);
                        void judged.then((isGood) => {
                            if (isGood) {
                                callbacks.onSuccess(response, stats, own, details);
                            } else {
                                callbacks.onError({ code: 0, text: 'changed' }, own, details, stats);
                            }
                        });
                    },
                });
            }
        };
    }

    /** Addresses of all segments of the playlist. */
    async order(urls: readonly string[]): Promise<void> {
        const names = urls.map((url) => this.#nameOf(url));
        const known = await this.#read();
        const hour = known === undefined || known.names.length >= names.length ? known : await this.#read(true);
        if (hour?.verdict === 'proven' && !hour.isOrder(names)) {
            this.#tell('changed', hour.signer);
        }
    }

    #nameOf(url: string): string {
        const key = this.#bucket.keyOf(url) ?? url;
        return key.slice(key.lastIndexOf('/') + 1);
    }

    async #object(url: string, bytes: ArrayBuffer): Promise<boolean> {
        const name = this.#nameOf(url);
        const known = await this.#read();
        // the list may have grown since
        const isNew = name.endsWith('.m4s') && known?.names.includes(name) === false;
        const hour = isNew ? await this.#read(true) : known;
        if (hour === undefined) {
            return true;
        }
        const verdict = await hour.object(name, bytes);
        this.#tell(verdict, hour.signer);
        return verdict !== 'changed';
    }

    #tell(verdict: Verdict, signer: string): void {
        this.#worst = verdicts.indexOf(verdict) > verdicts.indexOf(this.#worst) ? verdict : this.#worst;
        this.#onVerdict(this.#worst, signer);
    }

    /** undefined: there is no private key; then what is encrypted does not play. */
    #read(again = false): Promise<HourEvidence | undefined> {
        this.#hour = again ? this.#load() : (this.#hour ?? this.#load());
        return this.#hour;
    }

    async #load(): Promise<HourEvidence | undefined> {
        const reader = this.#reader();
        if (reader === undefined) {
            return undefined;
        }
        const json = (await this.#bucket.text(this.#index).catch(() => undefined)) ?? '';
        const folder = this.#index.slice(0, this.#index.lastIndexOf('/') + 1);
        const keyOf = (id: string): Promise<ArrayBuffer> => contentKey(this.#bucket, `${folder}${id}.key.json`, reader);
        return HourEvidence.read(json, this.#index, keyOf);
    }
}
