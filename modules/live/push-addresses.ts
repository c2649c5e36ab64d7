/** Where a push is watched: the templates of its target, filled in. Pure. */
import { type FillNames, filled, type PushTargetSettings } from 'ocellus/app/live/push-rules';
import { isSigned, type LinkKey, signedLink } from 'ocellus/app/live/signed-link';

/** Addresses for people; what the target has no template for is left out. */
export interface PushAddresses {
    readonly rtmp?: string;
    readonly hls?: string;
    readonly flv?: string;
    readonly page?: string;
}

const ways = ['rtmp', 'hls', 'flv', 'page'] as const;

/** Of one push. `wallMs`: UTC; undefined: the clock is not set, and no link that ends can be made. */
export function addressesOf(
    target: Pick<PushTargetSettings, 'watch'> & LinkKey,
    names: FillNames,
    wallMs: number | undefined,
): PushAddresses {
    const addresses: { -readonly [way in keyof PushAddresses]: string } = {};
    for (const way of ways) {
        const template = filled(target.watch[way], names);
        if (template === '' || (isSigned(template) && wallMs === undefined)) {
            continue;
        }
        addresses[way] = signedLink(template, target, wallMs ?? 0);
    }
    return addresses;
}

/** Whether another number makes another address: of those who watch, or of the push. */
export function isNumbered({ url, key, watch }: Pick<PushTargetSettings, 'url' | 'key' | 'watch'>): boolean {
    return [url, key, ...Object.values(watch)].some((template) => template.includes('{number}'));
}
