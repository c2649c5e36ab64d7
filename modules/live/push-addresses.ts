/** Where a push is watched: the templates of its target, filled in. Pure. */
import { type FillNames, filled, type PushTargetSettings } from 'ocellus/app/live/push-settings';

/** Addresses for people; what the target has no template for is left out. */
export interface PushAddresses {
    readonly rtmp?: string;
    readonly hls?: string;
    readonly flv?: string;
    readonly page?: string;
}

/** Of one push. */
export function addressesOf({ watch }: Pick<PushTargetSettings, 'watch'>, names: FillNames): PushAddresses {
    const { rtmp, hls, flv, page } = watch;
    return {
        ...(rtmp !== '' && { rtmp: filled(rtmp, names) }),
        ...(hls !== '' && { hls: filled(hls, names) }),
        ...(flv !== '' && { flv: filled(flv, names) }),
        ...(page !== '' && { page: filled(page, names) }),
    };
}

/** Whether another number makes another address: of those who watch, or of the push. */
export function isNumbered({ url, key, watch }: Pick<PushTargetSettings, 'url' | 'key' | 'watch'>): boolean {
    return [url, key, ...Object.values(watch)].some((template) => template.includes('{number}'));
}
