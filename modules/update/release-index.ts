/** The index of releases: a DSSE envelope, verified, then read. Pure. */
import { isVersion } from 'ocellus/app/base/semver';
import { isObject, parseObject } from 'ocellus/app/config/json';
import type { Release, ReleaseIndex, Revocation } from 'ocellus/app/update/types';
import { fromBase64, hex, P256PublicKey, sha256 } from 'ocellus/crypto';

/** Bytes of the envelope; releases, revocations, engines of a release and groups of a release, at most. */
export const indexBytesMax = 65_536;
const [releasesMax, revocationsMax, enginesMax, groupsMax] = [64, 16, 4, 16] as const;
const bundleBytesMax = 4_194_304;
const payloadType = 'application/vnd.ocellus.index+json';
const signaturesMax = 4;

/** Why an index is not used: one line. */
export class IndexError extends Error {
    override readonly name = 'IndexError';
}

/** Names of the envelope and of what is signed; groups have names of their own. */
const names: ReadonlySet<string> = new Set(
    'payload payloadType signatures keyid sig version expires name releases channel bundle bytes sha256 counter apiLevel host engines rollout percent groups paused recalled revoked keys'.split(
        ' ',
    ),
);

/** Id of a trusted key: the first 8 bytes of the SHA-256 of its point, hexadecimal. */
export function keyIdOf(point: Uint8Array): string {
    return hex(sha256(point)).slice(0, 16);
}

/** What is signed (DSSE 1.0). */
function signedBytes(type: string, payload: Uint8Array): Uint8Array {
    const head = new TextEncoder().encode(`DSSEv1 ${type.length} ${type} ${payload.length} `);
    const all = new Uint8Array(head.length + payload.length);
    all.set(head);
    all.set(payload, head.length);
    return all;
}

function wrong(what: string): never {
    throw new IndexError(`the index is not one that this device reads: ${what}`);
}

function textOf(value: unknown, what: string, allowed: RegExp): string {
    return typeof value === 'string' && allowed.test(value) ? value : wrong(what);
}

function numberOf(value: unknown, what: string, min: number, max: number, isWhole = true): number {
    const fits = typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value));
    return fits ? value : wrong(what);
}

function flagOf(value: unknown, what: string): boolean {
    return typeof value === 'boolean' ? value : wrong(what);
}

function listOf<T>(value: unknown, what: string, max: number, read: (item: unknown) => T): readonly T[] {
    return Array.isArray(value) && value.length <= max ? value.map(read) : wrong(what);
}

function objectOf(value: unknown, what: string): { readonly [key: string]: unknown } {
    return isObject(value) ? value : wrong(what);
}

function versionOf(value: unknown, what: string): string {
    return typeof value === 'string' && isVersion(value) ? value : wrong(what);
}

/** Never a path: a bundle lies beside its index. */
function fileOf(value: { readonly [key: string]: unknown }): Pick<Release, 'bundle' | 'bytes' | 'sha256'> {
    return {
        bundle: textOf(value['bundle'], 'bundle', /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,199}\.ocb$/),
        bytes: numberOf(value['bytes'], 'bytes', 1, bundleBytesMax),
        sha256: textOf(value['sha256'], 'sha256', /^[0-9a-f]{64}$/),
    };
}

function groupsOf(value: unknown): ReadonlyMap<string, number> {
    const entries = Object.entries(objectOf(value, 'groups'));
    if (entries.length > groupsMax || entries.some(([name]) => !/^[a-z0-9][a-z0-9-]{0,31}$/.test(name))) {
        wrong('groups');
    }
    return new Map(entries.map(([name, percent]) => [name, numberOf(percent, 'percent', 0, 100, false)]));
}

function releaseOf(item: unknown): Release {
    const value = objectOf(item, 'releases');
    const rollout = objectOf(value['rollout'], 'rollout');
    return {
        ...fileOf(value),
        version: versionOf(value['version'], 'version of a release'),
        channel: textOf(value['channel'], 'channel', /^[a-z]{1,16}$/),
        counter: numberOf(value['counter'], 'counter', 0, 0xffff_ffff),
        apiLevel: numberOf(value['apiLevel'], 'apiLevel', 0, 0xffff),
        host: versionOf(value['host'], 'host'),
        engines: listOf(value['engines'], 'engines', enginesMax, (engine) =>
            textOf(engine, 'engines', /^xs-\d{1,3}\.\d{1,3}$/),
        ),
        percent: numberOf(rollout['percent'], 'percent', 0, 100, false),
        groups: groupsOf(rollout['groups'] ?? {}),
        paused: flagOf(rollout['paused'] ?? false, 'paused'),
        recalled: flagOf(value['recalled'] ?? false, 'recalled'),
    };
}

function revocationOf(item: unknown): Revocation {
    const value = objectOf(item, 'revoked');
    const idOf = (id: unknown): string => textOf(id, 'keys', /^[0-9a-f]{16}$/);
    return { ...fileOf(value), keys: listOf(value['keys'], 'keys', 32, idOf) };
}

function payloadOf(text: string): ReleaseIndex {
    const value = parse(text, groupsMax * 2);
    const expires = textOf(value['expires'], 'expires', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/);
    const expiresMs = numberOf(Date.parse(expires), 'expires', 0, Number.MAX_SAFE_INTEGER);
    if (new Date(expiresMs).toISOString().slice(0, 19) !== expires.slice(0, 19)) {
        wrong('expires'); // no such day
    }
    return {
        version: numberOf(value['version'], 'version', 1, Number.MAX_SAFE_INTEGER),
        expiresMs,
        name: textOf(value['name'], 'name', /^[a-z0-9][a-z0-9-]{0,63}$/),
        releases: listOf(value['releases'], 'releases', releasesMax, releaseOf),
        revoked: listOf(value['revoked'] ?? [], 'revoked', revocationsMax, revocationOf),
    };
}

function parse(text: string, others = 0): { readonly [key: string]: unknown } {
    try {
        return parseObject(text, 'index', others, names);
    } catch {
        throw new IndexError(
            /^\s*</.test(text)
                ? 'the index is a web page: does this network want a login, or is the address wrong?'
                : 'the index is not JSON of this kind: is the address wrong, or the file cut off?',
        );
    }
}

function bytesOf(base64: unknown, what: string): Uint8Array {
    try {
        return fromBase64(typeof base64 === 'string' ? base64 : wrong(what));
    } catch {
        return wrong(what);
    }
}

/**
 * The index in `text` if one of these keys signed it; nothing of its payload is looked at before. `points`: 65 bytes
 * each. Throws `IndexError`.
 */
export function openIndex(text: string, points: readonly Uint8Array[]): ReleaseIndex {
    if (text.length > indexBytesMax) {
        throw new IndexError(`the index is longer than ${indexBytesMax} bytes`);
    }
    const envelope = parse(text);
    if (envelope['payloadType'] !== payloadType) {
        wrong('payloadType');
    }
    const payload = bytesOf(envelope['payload'], 'payload');
    const message = signedBytes(payloadType, payload);
    const signatures = listOf(envelope['signatures'], 'signatures', signaturesMax, (item) => {
        const { keyid, sig } = objectOf(item, 'signatures');
        return { keyid, sig: bytesOf(sig, 'sig') };
    });
    const isSigned = points.some((point) => {
        const id = keyIdOf(point);
        const key = new P256PublicKey(point);
        return signatures.some(({ keyid, sig }) => keyid === id && key.verifyDer(message, sig));
    });
    if (!isSigned) {
        throw new IndexError('the index is not signed by a key that this device trusts');
    }
    return payloadOf(new TextDecoder().decode(payload));
}

/** What an index is compared with. */
export interface Freshness {
    /** Of the application. */
    readonly name: string;
    /** The highest version of an index that this device has seen; 0: none. */
    readonly seen: number;
    /** UTC, milliseconds; undefined: the clock is not set, and the expiry is not looked at. */
    readonly nowMs: number | undefined;
}

/** Throws `IndexError` for an index that is of another application, older than one before, or past its time. */
export function checkFresh({ name, version, expiresMs }: ReleaseIndex, given: Freshness): void {
    if (name !== given.name) {
        throw new IndexError(`the index is of the application ${name}, this is ${given.name}`);
    }
    if (version < given.seen) {
        throw new IndexError(`the index has version ${version}, this device has seen ${given.seen}: it was put back`);
    }
    if (given.nowMs !== undefined && expiresMs <= given.nowMs) {
        const day = new Date(expiresMs).toISOString();
        throw new IndexError(`the index expired at ${day}: publish again, or look for who holds it back`);
    }
}
