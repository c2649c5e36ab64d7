/** The one `CloudStorage` of the settings: made, changed and ended as they change. Loaded by cloud-service.ts. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { ChainMemory } from 'ocellus/app/cloud/chain-memory';
import { CloudReader } from 'ocellus/app/cloud/cloud-reader';
import { type CloudState, joinedState, noCounts } from 'ocellus/app/cloud/cloud-state';
import { CloudStorage, type CloudStorageOptions } from 'ocellus/app/cloud/cloud-storage';
import type { ContentKeys, ContentKeysOptions, KeySource } from 'ocellus/app/cloud/content-keys';
import { type ObjectStore, StoreError } from 'ocellus/app/cloud/object-store';
import { type Clocks, folderOf, forgetKeys, s3Of } from 'ocellus/app/cloud/store-of-settings';
import { isObject, parseJson } from 'ocellus/app/config/json';
import { channelNames, recordingName, storeOf } from 'ocellus/app/config/recording-rules';
import type { Settings } from 'ocellus/app/config/settings';
import type { Metrics } from 'ocellus/app/system/metrics';
import { pictureBody, recordingBody } from 'ocellus/body';
import { hex, randomBytes } from 'ocellus/crypto';
import type { HostApi } from 'ocellus/host';

/** What it needs. */
export interface CloudRunnerOptions {
    readonly plane: CloudStorageOptions['plane'] & Pick<PlaneApi, 'now'>;
    readonly host: Pick<HostApi, 'clock'>;
    readonly settings: () => Pick<Settings, 'cloud' | 'record' | 'channels'>;
    readonly metrics: () => Metrics;
    /** A bucket; left out: an S3 store. */
    readonly store?: (settings: Settings['cloud'], clocks: Clocks) => ObjectStore | undefined;
    readonly body?: CloudStorageOptions['body'];
    readonly picture?: CloudStorageOptions['picture'];
    readonly encrypt?: ContentKeysOptions['encrypt'];
    readonly hash?: ContentKeysOptions['hash'];
}

/** The value that holds the id of this device for stores: it stays until the data folder is emptied. */
const idName = 'clouddevice';
const idFields: ReadonlySet<string> = new Set(['id']);
/** Of a group of pictures, estimated: 8 Mbit/s for 4 s. A larger one is sent whole, and counted. */
const maxGopSize = 4_194_304;
/** Milliseconds between two looks of the metrics, and until what could not begin is tried again. */
const [metricsMs, againMs] = [5000, 60_000] as const;

function lineOf(error: unknown): string {
    const code = error instanceof StoreError ? `${error.code}: ` : '';
    return `${code}${error instanceof Error ? error.message : String(error)}`;
}

/** One per script. */
export class CloudRunner {
    readonly #options: CloudRunnerOptions;
    #storage: CloudStorage | undefined;
    #reader: CloudReader | undefined;
    #signer = '';
    /** What `#storage` was made of, and what may change without another one. */
    #made = '';
    #running = '';
    /** Why there is none although there should be. */
    #problem = '';
    #changes: Promise<void> = Promise.resolve();
    #looks: number | undefined;
    #again: number | undefined;
    #counted: Pick<CloudState, 'segments' | 'bytes' | 'errors' | 'gaps'> = noCounts;

    constructor(options: CloudRunnerOptions) {
        this.#options = options;
    }

    /** As the settings and the channels are now. Changes follow one after the other. */
    follow(): void {
        this.#changes = this.#changes.then(() => this.#change());
    }

    /** Something happened that may have to be sent. */
    wake(): void {
        this.#storage?.wake();
    }

    /** How it stands; undefined: the settings name no store. */
    state(): CloudState | undefined {
        const { settings, host } = this.#options;
        if (storeOf(settings()) === '') {
            return undefined;
        }
        if (this.#storage === undefined) {
            const kind = this.#problem === '' ? 'starting' : 'blocked';
            const { plan, encryptFor } = settings().cloud;
            const state = joinedState(plan, kind, [], noCounts, host.clock().wallMs, encryptFor.length > 0);
            return { ...state, reason: this.#problem, signer: this.#signer };
        }
        return { ...this.#storage.state(), signer: this.#signer };
    }

    /** What reads the store; undefined: there is none, or no key. */
    reader(): CloudReader | undefined {
        return this.#reader;
    }

    async #change(): Promise<void> {
        const settings = this.#options.settings();
        const { plan, kilobytesPerSecond: _, ...store } = settings.cloud;
        const made = storeOf(settings) === '' ? '' : JSON.stringify([store, recordingName(settings)]);
        const running = JSON.stringify([plan, channelNames(settings)]);
        try {
            if (made !== this.#made) {
                this.#made = made;
                await this.#end();
                if (made === '') {
                    forgetKeys();
                } else {
                    const storage = await this.#make(settings);
                    await storage.start();
                    this.#storage = storage;
                }
                this.#problem = '';
            } else if (running !== this.#running) {
                await this.#storage?.setPlan(plan);
            } else {
                this.#storage?.wake(); // a store that is blocked may be cured
            }
        } catch (error) {
            this.#fail(lineOf(error));
        }
        this.#running = running;
        this.#watch(this.#storage !== undefined);
    }

    #fail(problem: string): void {
        if (problem !== this.#problem) {
            console.warn(`cloud: ${problem}`);
        }
        this.#problem = problem;
        this.#made = '';
        clearTimeout(this.#again);
        this.#again = setTimeout(() => this.follow(), againMs);
    }

    async #end(): Promise<void> {
        const storage = this.#storage;
        this.#storage = undefined;
        this.#reader = undefined;
        this.#counted = noCounts;
        await storage?.close();
    }

    async #make(settings: Pick<Settings, 'cloud' | 'record'>): Promise<CloudStorage> {
        const { plane, host, store = s3Of } = this.#options;
        const { body = recordingBody, picture = pictureBody } = this.#options;
        const { plan, segmentSeconds, latencySeconds, preRollSeconds, postRollSeconds } = settings.cloud;
        const wallMs = (): number => host.clock().wallMs;
        const root = { prefix: folderOf(settings), device: recordingName(settings) };
        const bucket = store(settings.cloud, { wallMs, now: () => plane.now() });
        const keys = this.#keys(settings.cloud.encryptFor, root);
        this.#signer = (keys.on ? await keys.load() : undefined)?.signer ?? '';
        this.#reader = bucket && new CloudReader(bucket, root, keys);
        return new CloudStorage({
            ...root,
            plane,
            store: bucket,
            deviceId: await this.#id(),
            channels: () => channelNames(this.#options.settings()),
            plan,
            maxGopSize,
            segmentSeconds,
            latencySeconds,
            preRollSeconds,
            postRollSeconds,
            bytesPerSecond: () => this.#options.settings().cloud.kilobytesPerSecond * 1000,
            wallMs,
            now: () => plane.now(),
            body,
            picture,
            keys,
        });
    }

    /** Loaded when they are needed: most stores have nothing that is encrypted. */
    #keys(encryptFor: readonly string[], root: ContentKeysOptions['root']): KeySource {
        const { plane, encrypt, hash } = this.#options;
        let loading: Promise<ContentKeys | undefined> | undefined;
        const open = async (): Promise<ContentKeys | undefined> => {
            const { openKeys } = await import('ocellus/app/cloud/key-memory');
            return await openKeys(plane, encryptFor, { root, ...(encrypt && { encrypt }), ...(hash && { hash }) });
        };
        const load = (): Promise<ContentKeys | undefined> => {
            loading ??= open().catch((error: unknown) => {
                loading = undefined;
                throw error;
            });
            return loading;
        };
        return { on: encryptFor.length > 0, load, chains: new ChainMemory(plane) };
    }

    async #id(): Promise<string> {
        const { plane } = this.#options;
        const text = await plane.readStore(idName);
        const found = text === undefined ? undefined : parseJson(text, idName, 0, idFields);
        const kept = isObject(found) ? found['id'] : undefined;
        if (typeof kept === 'string' && /^[0-9a-f]{32}$/.test(kept)) {
            return kept;
        }
        const id = hex(randomBytes(16));
        await plane.writeStore(idName, JSON.stringify({ id }));
        return id;
    }

    #watch(on: boolean): void {
        clearTimeout(this.#looks);
        if (on && this.#measured()) {
            this.#looks = setTimeout(() => this.#watch(true), metricsMs);
        }
    }

    /** false: there is no room for metrics. */
    #measured(): boolean {
        const state = this.state();
        if (state === undefined) {
            return false;
        }
        const metrics = this.#options.metrics();
        try {
            metrics.gauge('cloud_lag_seconds', 'How far the cloud is behind.').set(state.lagMs / 1000);
            metrics.gauge('cloud_waiting_bytes', 'Bytes that wait for the cloud.').set(state.waitingBytes);
            metrics
                .gauge('cloud_blocked', '1: the cloud needs somebody to act.')
                .set(Number(state.state === 'blocked'));
            for (const name of ['segments', 'bytes', 'errors', 'gaps'] as const) {
                const grown = state[name] - this.#counted[name];
                metrics.counter(`cloud_${name}_total`, `${name} of the cloud since the start.`).add(grown);
            }
            this.#counted = state;
            return true;
        } catch (error) {
            console.warn(`cloud: no metrics: ${lineOf(error)}`); // the application has all of them
            return false;
        }
    }
}
