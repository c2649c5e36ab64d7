/** Settings of cloud storage: part of settings-table.ts. Pure. */
import { choice, flag, type Schema, SettingsError, text, whole } from 'ocellus/app/config/schema';
import type { Group } from 'ocellus/app/config/settings-entry';
import { webAddress } from 'ocellus/app/config/settings-schemas';

/** Of an S3 store, without a path: the bucket is a setting of its own. */
const endpointSchema = text(
    /^(?:https?:\/\/(?:\[[\dA-Fa-f:.]{2,45}\]|[\w.-]{1,253})(?::\d{1,5})?\/?)?$/,
    'an address like https://s3.example.com, without a path; "" for none',
);
const bucketSchema = text(
    /^(?:[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/,
    '3 to 63 lower-case letters, digits, dots and hyphens; "" for none',
);
const prefixSchema = text(
    /^(?:[\w.-]{0,62}\w(?:\/[\w.-]{0,62}\w){0,5})?$/,
    'up to 6 names of letters, digits, -, _ and dots, apart by /, like home/cameras; "" for none',
);
/** A key of a store, or the token that goes with it. */
const keySchema = text(/^[!-~]{0,8192}$/, 'the key as the store gave it, without spaces; "" for none', () => '***');
/** Some 10 certificates. */
const authoritiesSchema = text(
    /^(?:-----BEGIN CERTIFICATE-----[\t\n\r -~]{1,16000})?$/,
    'certificates in PEM; "" for those of the system',
);

/**
 * Public keys that recordings are encrypted for: points of P-256 (FIPS 186-4, D.1.2.3). A refusal never shows what was
 * given, for it may be a private key. By hand, for ocellus/crypto is not loaded with the settings; in one function, for
 * each takes memory on a board.
 */
const recipientsSchema: Schema<readonly string[]> = {
    kind: 'list',
    items: { schema: text(/^B[A-P][\w-]{85}$/, '87 letters, digits, - and _', () => '***'), min: 0, max: 4 },
    allowed: 'a list of 0 to 4 public keys as `ocellus cloud key` prints them, 87 letters, digits, - and _ each',
    read(value, at) {
        const refuse = (what: string, place = at): never => {
            throw new SettingsError(
                `${place}: ${what}; use ${this.allowed}. A private key stays with its owner`,
                place,
            );
        };
        const keys: readonly unknown[] = Array.isArray(value) ? value : refuse('that is no list');
        if (keys.length > 4) {
            refuse(`${keys.length} entries are not allowed`);
        }
        const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
        const b = BigInt('0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b');
        const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        return keys.map((key, index): string => {
            const place = `${at}[${index}]`;
            if (typeof key !== 'string' || !/^B[A-P][\w-]{85}$/.test(key)) {
                return refuse('that is no public key', place);
            }
            let point = 0n;
            for (const digit of key) {
                point = point * 64n + BigInt(digits.indexOf(digit));
            }
            const [x, y] = [(point >> 258n) % 2n ** 256n, (point >> 2n) % 2n ** 256n];
            const isOnCurve = x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
            return isOnCurve && point % 4n === 0n ? key : refuse('that is no point of the curve P-256', place);
        });
    },
};

/** Under `cloud`. */
export const cloudTable = {
    endpoint: {
        schema: endpointSchema,
        default: '',
        meaning: 'S3 store that recordings are sent to ([cloud.md](cloud.md)); `""`: none',
        page: 'cloud set.cloudEndpoint hint.cloudEndpoint',
        basic: true,
    },
    region: {
        schema: text(/^[A-Za-z0-9-]{1,64}$/, 'letters, digits and hyphens, like us-east-1'),
        default: 'us-east-1',
        meaning: 'region of the store',
        page: 'cloud set.cloudRegion hint.cloudRegion',
        basic: true,
    },
    bucket: {
        schema: bucketSchema,
        default: '',
        meaning: 'bucket',
        page: 'cloud set.cloudBucket',
        basic: true,
    },
    prefix: {
        schema: prefixSchema,
        default: '',
        meaning:
            'in front of the names of all objects; devices of one bucket share it when their `record.name` differs',
        page: 'cloud set.cloudPrefix hint.cloudPrefix',
    },
    accessKeyId: {
        schema: keySchema,
        default: '',
        environment: 'AWS_ACCESS_KEY_ID',
        meaning: 'access key of the store, shown as `***`; `""`: nothing is sent',
        page: 'cloud set.cloudAccessKeyId',
        basic: true,
        hidden: true,
    },
    secretAccessKey: {
        schema: keySchema,
        default: '',
        environment: 'AWS_SECRET_ACCESS_KEY',
        meaning: 'secret of that key, shown as `***`',
        page: 'cloud set.cloudSecretAccessKey',
        basic: true,
        hidden: true,
    },
    sessionToken: {
        schema: keySchema,
        default: '',
        environment: 'AWS_SESSION_TOKEN',
        meaning: 'token of a temporary key, shown as `***`; `""`: the key is permanent',
        page: 'cloud set.cloudSessionToken hint.cloudSessionToken',
        hidden: true,
    },
    credentialsUrl: {
        ...webAddress('https://example.com/keys, without user and password', { schemes: 'https' }),
        default: '',
        meaning: 'endpoint that gives temporary keys in place of these ([cloud.md](cloud.md#keys)); `""`: none',
        page: 'cloud set.cloudCredentialsUrl hint.cloudCredentialsUrl',
    },
    credentialsToken: {
        schema: keySchema,
        default: '',
        meaning: 'sent to it as `Bearer`, shown as `***`; `""`: none',
        page: 'cloud set.cloudCredentialsToken',
        hidden: true,
    },
    pathStyle: {
        schema: flag(),
        default: true,
        meaning: '`true`: the bucket is in the path of addresses; `false`: in the name of the host',
        page: 'cloud set.cloudPathStyle hint.cloudPathStyle',
    },
    ca: {
        schema: authoritiesSchema,
        default: '',
        meaning: 'PEM of the authorities that the store is verified with; `""`: those of the system',
    },
    encryptFor: {
        schema: recipientsSchema,
        default: [],
        meaning:
            "public keys that what is sent is encrypted for, the owner's first: each opens all of it ([cloud.md](cloud.md#encryption)); `[]`: it is not encrypted",
        page: 'cloud set.cloudEncryptFor hint.cloudEncryptFor',
    },
    plan: {
        schema: choice(['off', 'continuous', 'event']),
        default: 'continuous',
        meaning: '`continuous`: all recordings are sent; `event`: those around events; `off`: none',
        page: 'cloud set.cloudPlan hint.cloudPlan',
        basic: true,
    },
    stream: {
        schema: choice(['recorded', 'main', 'sub']),
        default: 'recorded',
        meaning:
            'the stream that the plan sends: the one of `channels[].record.stream`, or one for all channels that have both, which they then record in place of that',
        page: 'cloud set.cloudStream hint.cloudStream',
    },
    preRollSeconds: {
        schema: whole(0, 600),
        default: 10,
        meaning: 'plan `event`: seconds before an event',
        page: 'cloud set.cloudPreRoll',
    },
    postRollSeconds: {
        schema: whole(0, 600),
        default: 10,
        meaning: 'plan `event`: seconds after it',
        page: 'cloud set.cloudPostRoll',
    },
    segmentSeconds: {
        schema: whole(2, 10),
        default: 4,
        meaning: 'seconds of an object around an event, and in the plan `event`, up to the next key frame',
        page: 'cloud set.cloudSegment hint.cloudSegment',
    },
    latencySeconds: {
        schema: whole(2, 600),
        default: 200,
        meaning:
            'plan `continuous`: seconds of an object while nothing happens, and how late recordings may be in the store then; a third costs three times the requests ([cloud.md](cloud.md#requests-and-lateness)); at most `segmentSeconds`: that',
        page: 'cloud set.cloudLatency hint.cloudLatency',
    },
    kilobytesPerSecond: {
        schema: whole(0, 1_000_000),
        default: 0,
        meaning: 'kilobytes per second of all channels together, at most; 0: no limit',
        page: 'cloud set.cloudLimit hint.cloudLimit',
    },
} as const satisfies Group;

/** What says whether recordings leave, and how. */
interface Sent {
    readonly cloud: { readonly plan: 'off' | 'continuous' | 'event' };
}

/**
 * Recordings never leave in the clear because what is stored of their keys is damaged: then none leave.
 * `problems`: what is wrong with what is stored; one line more says so.
 */
export function sealed<T extends Sent>(settings: T, problems: string[]): T {
    if (!problems.some((problem) => problem.startsWith('cloud.encryptFor'))) {
        return settings;
    }
    problems.push('cloud.encryptFor: nothing is sent to the store until it is right');
    return { ...settings, cloud: { ...settings.cloud, plan: 'off' } };
}
