/** What a target of the settings says of a push: what the media plane is handed, or a push of HLS is made of. Pure. */
import { type FillNames, filled, type PushTargetSettings, withKey } from 'ocellus/app/live/push-rules';
import type { HlsPushTarget } from 'ocellus/app/live/hls-push-options';
import type { PushTarget } from 'ocellus/plane';

/** RTMP and SRT: by the media plane. */
export type PlaneTarget = Pick<PushTarget, 'format' | 'url' | 'pin' | 'audioOnly'>;

/** Where a push goes: secrets are filled in. */
export type Destination =
    | { readonly by: 'plane'; readonly target: PlaneTarget }
    | { readonly by: 'hls'; readonly target: HlsPushTarget };

/** "rtmp" and "host:1935": all that may be shown of an address. */
export function placeOf(url: string): { readonly scheme: string; readonly host: string } {
    const [, scheme = '', host = ''] = /^([a-z0-9]+):\/\/([^/?#]*)/.exec(url) ?? [];
    return { scheme, host };
}

function bucketOf({ url, endpoint, region, user, key }: PushTargetSettings, names: FillNames): HlsPushTarget {
    const [bucket = '', ...path] = filled(url, names).slice('s3://'.length).split('/');
    const keys = { accessKeyId: user, secretAccessKey: key };
    return {
        s3: { endpoint, region, bucket, pathStyle: true, ...keys },
        prefix: path.filter((part) => part !== '').join('/'),
    };
}

/** The target of one push. */
export function destinationOf(target: PushTargetSettings, names: FillNames): Destination {
    const { url, user, key, pin, audioOnly } = target;
    const { scheme } = placeOf(url);
    switch (scheme) {
        case 's3':
            return { by: 'hls', target: bucketOf(target, names) };
        case 'http':
        case 'https':
            return {
                by: 'hls',
                target: { url: filled(url.replace('{key}', key), names), user, password: user === '' ? '' : key, pin },
            };
        default: {
            const format = scheme === 'srt' ? 'ts' : 'flv';
            return { by: 'plane', target: { format, url: filled(withKey(target), names), pin, audioOnly } };
        }
    }
}
