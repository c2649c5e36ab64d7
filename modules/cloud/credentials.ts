/**
 * Keys for a store. Those of the settings are valid until the owner changes them, or until their session token expires.
 * Settings have those of the environment (AWS_*) where nothing else names any.
 */
import { StoreError } from 'ocellus/app/cloud/object-store';
import type { Keys } from 'ocellus/app/cloud/sigv4';

/** Keys as settings have them; '': none. */
export interface KeySettings {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Of temporary keys; left out or '': the keys are permanent. */
    readonly sessionToken?: string;
}

/** No secret in it: it goes into headers and into addresses. */
const idPattern = /^[!-.0-~]{1,128}$/;
const secretPattern = /^[!-~]{1,256}$/;
/** A header of a request has 16 KB at most. */
const tokenPattern = /^[!-~]{1,8192}$/;

function check(value: string, pattern: RegExp, name: string): void {
    if (!pattern.test(value)) {
        throw new StoreError('INVALID', `the ${name} of the store is no such key; copy it again`, false);
    }
}

/** undefined: there are no keys, the store is not activated. Throws StoreError `INVALID` for what can be no keys. */
export function keysOf({ accessKeyId, secretAccessKey, sessionToken = '' }: KeySettings): Keys | undefined {
    if (accessKeyId === '' && secretAccessKey === '' && sessionToken === '') {
        return undefined;
    }
    check(accessKeyId, idPattern, 'access key id');
    check(secretAccessKey, secretPattern, 'secret access key');
    if (sessionToken === '') {
        return { accessKeyId, secretAccessKey };
    }
    check(sessionToken, tokenPattern, 'session token');
    return { accessKeyId, secretAccessKey, sessionToken };
}
