/** Snapshots as the application has them: loaded when the settings name a target. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { ObjectStore } from 'ocellus/app/cloud/object-store';
import { storeOf } from 'ocellus/app/config/recording-rules';
import { type Clocks, folderOf, s3Of } from 'ocellus/app/cloud/store-of-settings';
import { isObject, parseJson } from 'ocellus/app/config/json';
import { channelNames } from 'ocellus/app/config/recording-rules';
import type { Settings } from 'ocellus/app/config/settings';
import type { SnapshotsJson } from 'ocellus/app/http/api-types';
import { HttpTarget } from 'ocellus/app/snapshots/http-target';
import { addressPicture, checked } from 'ocellus/app/snapshots/picture-source';
import { Snapshots } from 'ocellus/app/snapshots/snapshots';
import { StoreTarget } from 'ocellus/app/snapshots/store-target';
import { type TableFile, tableName, TableReader } from 'ocellus/app/snapshots/table';
import { sendMs, type Target } from 'ocellus/app/snapshots/target';
import type { Metrics } from 'ocellus/app/system/metrics';
import { type Body, fileBody } from 'ocellus/body';
import { hex, randomBytes } from 'ocellus/crypto';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import { jpegBody } from 'ocellus/picture';
import { Plane, rowState } from 'ocellus/plane';

/** The word of the settings for the store of the cloud. */
const cloudTarget = 'cloud';
const storeName = 'snapshots';
const idBytes = 8;
const memoryNames: ReadonlySet<string> = new Set(['id']);

/** What it needs. */
export interface SnapshotServiceOptions {
    readonly plane: Pick<PlaneApi, 'channels' | 'readStore' | 'writeStore'>;
    /** The newest picture of a channel of the plane, by its number; left out: that plane's. */
    readonly picture?: (channel: number) => Promise<Body>;
    readonly host: Pick<HostApi, 'clock' | 'now'>;
    readonly settings: () => Pick<Settings, 'snapshots' | 'channels' | 'cloud'>;
    /** Name of this device. */
    readonly device: () => string;
    readonly metrics: Metrics;
    /** The store of the cloud, undefined: there are no keys; left out: the S3 store of the settings. */
    readonly store?: (settings: Settings['cloud'], clocks: Clocks, deadlineMs: number) => ObjectStore | undefined;
    /** The table; left out: the file in the folder of the application. */
    readonly table?: () => TableFile | undefined;
}

/** The settings' word for a target; '': none. */
export function targetOf({ snapshots }: Pick<Settings, 'snapshots'>): string {
    return snapshots.target;
}

/** A plane of a test has no pictures. */
function pictureOf(plane: object): (channel: number) => Promise<Body> {
    return async (channel) => {
        if (!(plane instanceof Plane)) {
            throw new OcellusError('NOTSUP');
        }
        return await jpegBody(plane, channel);
    };
}

function openTable(): TableFile | undefined {
    try {
        return fileBody(tableName);
    } catch (error) {
        if (error instanceof OcellusError && error.code === 'NOENT') {
            return undefined;
        }
        throw error;
    }
}

/** One per script. */
export class SnapshotService {
    readonly #options: SnapshotServiceOptions;
    #snapshots: Promise<Snapshots> | undefined;
    #now: Snapshots | undefined;
    #target: Target | undefined;
    /** The settings that `#target` is of. */
    #made = '';

    constructor(options: SnapshotServiceOptions) {
        this.#options = options;
    }

    /** From now on, as the settings are; also after each change of them. */
    async follow(): Promise<void> {
        if (targetOf(this.#options.settings()) === '') {
            this.#now?.close();
            this.#now = undefined;
            this.#snapshots = undefined;
            return;
        }
        this.#snapshots ??= this.#make();
        const making = this.#snapshots;
        const made = await making;
        if (this.#snapshots === making) {
            this.#now = made;
            made.follow(this.#targetNow(), this.#options.settings().snapshots.intervalSeconds * 1000);
        }
    }

    /** Undefined: nothing is to be sent. */
    state(): SnapshotsJson | undefined {
        return this.#now?.state();
    }

    /** The same while its settings are the same. Throws StoreError `INVALID`. */
    #targetNow(): Target | undefined {
        const { snapshots, cloud } = this.#options.settings();
        const { target, intervalSeconds: _, ...more } = snapshots;
        const made = JSON.stringify([target, more, target === cloudTarget && cloud]);
        if (made !== this.#made) {
            this.#target = target === cloudTarget ? this.#storeTarget() : this.#httpTarget();
            this.#made = made;
        }
        return this.#target;
    }

    #httpTarget(): Target {
        const { target, method, authorization, template } = this.#options.settings().snapshots;
        return new HttpTarget({ address: target, method, authorization, template, device: this.#options.device });
    }

    #storeTarget(): Target | undefined {
        const { host, device, store = s3Of } = this.#options;
        const { snapshots, cloud } = this.#options.settings();
        const bucket =
            storeOf({ cloud }) === ''
                ? undefined
                : store(cloud, { wallMs: () => host.clock().wallMs, now: () => host.now() }, sendMs);
        const { historyDays } = snapshots;
        return bucket && new StoreTarget({ store: bucket, prefix: folderOf({ cloud }), device, historyDays });
    }

    async #make(): Promise<Snapshots> {
        const { plane, host, metrics, picture = pictureOf(plane), table = openTable } = this.#options;
        const reader = new TableReader(table);
        const counters = {
            sent: metrics.counter('snapshots_sent_total', 'pictures that the target of snapshots received'),
            failed: metrics.counter('snapshots_failed_total', 'pictures that could not be had or were not received'),
            missed: metrics.counter('snapshots_missed_total', 'turns that were dropped: no target, no place, a pause'),
        };
        return new Snapshots({
            deviceId: await this.#id(),
            now: () => host.now(),
            wallMs: () => Date.now(), // that of the host reads the quality of the clock too
            planeChannels: () => [...this.#numbers().keys()],
            table: () => reader.read(),
            planePicture: async (name) => {
                const number = this.#numbers().get(name);
                if (number === undefined) {
                    throw new Error('the channel is offline');
                }
                return checked(await picture(number));
            },
            addressPicture,
            count: (what, by) => {
                counters[what].add(by);
            },
        });
    }

    /** Channels of the settings that have a picture. */
    #numbers(): ReadonlyMap<string, number> {
        const names = channelNames(this.#options.settings());
        const there = this.#options.plane
            .channels()
            .filter((row) => rowState(row) === 'running' && names.includes(row.name));
        return new Map(there.map(({ name, number }) => [name, number]));
    }

    /** Made once for this device, so that two of one name do not send at the same time. */
    async #id(): Promise<string> {
        const { plane, device } = this.#options;
        try {
            const kept = parseJson((await plane.readStore(storeName)) ?? '{}', storeName, 0, memoryNames);
            if (isObject(kept) && typeof kept['id'] === 'string') {
                return kept['id'];
            }
            const id = hex(randomBytes(idBytes));
            await plane.writeStore(storeName, JSON.stringify({ id }));
            return id;
        } catch (error) {
            console.warn(`snapshots: ${error instanceof Error ? error.message : String(error)}`);
            return device();
        }
    }
}
