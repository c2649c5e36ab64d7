/** Tells the host what is to be kept of recordings, at the start and at each change; the host deletes. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { longestPrerollSeconds, type PrerollSettings } from 'ocellus/app/config/recording-rules';
import { OcellusError } from 'ocellus/error';
import type { Retention as RetentionRecord } from 'ocellus/plane';

/** The settings that count. */
export interface KeepSettings {
    readonly record: Omit<RetentionRecord, 'channels' | 'leadSeconds'> & PrerollSettings['record'];
    readonly channels: readonly (PrerollSettings['channels'][number] & {
        readonly name: string;
        readonly record: { readonly maxMB: number; readonly maxDays: number };
    })[];
}

/** What the settings want of it. */
export function retentionOf(settings: KeepSettings): RetentionRecord {
    const { record, channels } = settings;
    const { keepFreePercent, keepFreeMB, maxMB, maxDays } = record;
    const limited = channels.filter((channel) => channel.record.maxMB > 0 || channel.record.maxDays > 0);
    return {
        keepFreePercent,
        keepFreeMB,
        maxMB,
        maxDays,
        leadSeconds: longestPrerollSeconds(settings),
        channels: limited.map((channel) => ({
            name: channel.name,
            maxMB: channel.record.maxMB,
            maxDays: channel.record.maxDays,
        })),
    };
}

/** One per script. */
export class Retention {
    readonly #plane: Pick<PlaneApi, 'setRetention'>;
    #known = '';

    constructor(plane: Pick<PlaneApi, 'setRetention'>) {
        this.#plane = plane;
    }

    /** Never rejects: a host that keeps no files has nothing to delete. */
    async follow(settings: KeepSettings): Promise<void> {
        const retention = retentionOf(settings);
        const text = JSON.stringify(retention);
        if (text === this.#known) {
            return;
        }
        this.#known = text;
        try {
            await this.#plane.setRetention(retention);
        } catch (error) {
            this.#known = '';
            if (!(error instanceof OcellusError && error.code === 'NOTSUP')) {
                console.warn(`retention of recordings: ${error instanceof Error ? error.message : String(error)}`);
            }
        }
    }
}
