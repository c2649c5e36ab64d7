/** The S3 store that the settings name, with its keys: of the settings, or of an endpoint for temporary ones. */
import { storeOf } from 'ocellus/app/config/recording-rules';
import { keysOf } from 'ocellus/app/cloud/credentials';
import { CredentialsEndpoint } from 'ocellus/app/cloud/credentials-endpoint';
import type { ObjectStore } from 'ocellus/app/cloud/object-store';
import { S3Client, type S3Options } from 'ocellus/app/cloud/s3-client';
import type { Settings } from 'ocellus/app/config/settings';

/** Milliseconds since 1970, and monotonic ones. */
export interface Clocks {
    readonly wallMs: () => number;
    readonly now: () => number;
}

/** Everything that uses the store of the settings shares one endpoint, which renews its keys by itself. */
let shared: { readonly made: string; readonly endpoint: CredentialsEndpoint } | undefined;

/** Nothing uses the store of the settings any more: the keys of an endpoint are forgotten. */
export function forgetKeys(): void {
    shared?.endpoint.close();
    shared = undefined;
}

function endpointOf(
    { credentialsUrl: url, credentialsToken: token, ca }: Settings['cloud'],
    clocks: Clocks,
): CredentialsEndpoint {
    const made = JSON.stringify([url, token, ca]);
    if (shared?.made !== made) {
        forgetKeys();
        shared = { made, endpoint: new CredentialsEndpoint({ ...clocks, url, token, ...(ca !== '' && { ca }) }) };
    }
    return shared.endpoint;
}

function keysFor(settings: Settings['cloud'], clocks: Clocks): Pick<S3Options, 'keys' | 'renew'> | undefined {
    if (settings.credentialsUrl !== '') {
        const endpoint = endpointOf(settings, clocks);
        return { keys: () => endpoint.keys(), renew: (stale) => endpoint.renew(stale) };
    }
    const keys = keysOf(settings);
    return keys && { keys: () => keys };
}

/**
 * undefined: there are no keys. `deadlineMs`: until a request fails anyway; left out: ten minutes. Throws StoreError
 * `INVALID`.
 */
export function s3Of(settings: Settings['cloud'], clocks: Clocks, deadlineMs?: number): ObjectStore | undefined {
    const { region, bucket, pathStyle, ca } = settings;
    const keys = keysFor(settings, clocks);
    if (keys === undefined) {
        return undefined;
    }
    return new S3Client({
        ...keys,
        endpoint: storeOf({ cloud: settings }),
        region,
        bucket,
        pathStyle,
        now: clocks.wallMs,
        ...(ca !== '' && { ca }),
        ...(deadlineMs !== undefined && { deadlineMs }),
    });
}

/** In front of the names of all objects. */
export function folderOf({ cloud }: Pick<Settings, 'cloud'>): string {
    return cloud.prefix;
}
