/**
 * What each answer of a store means here, and what is done then: the one place that says so. Pure. A refusal that is
 * final for a request is never repeated as it was: the request is sent in another way (`Remedy`), or somebody is told.
 */
import { StoreError, type StoreErrorCode } from 'ocellus/app/cloud/object-store';
import { faultOf, type S3Fault, shown } from 'ocellus/app/cloud/s3-error';
import type { Reply } from 'ocellus/app/net/request';

/** What is looked at of a reply. */
type Answer = Pick<Reply, 'status' | 'headers' | 'bytes'>;

/**
 * How the same object may be written after a refusal. `plain`: without a condition, after a look whether it holds.
 * `sum`: with the SHA-256 of the body as `x-amz-checksum-sha256`.
 */
export type Remedy = 'plain' | 'sum';

/** A row: `again`: the same request may pass later. */
export interface Meaning {
    readonly code: StoreErrorCode;
    readonly again: boolean;
    /** Codes of S3 that mean it. */
    readonly codes: readonly string[];
    readonly remedy?: Remedy;
}

/** By the code of the document. */
export const meanings: readonly Meaning[] = [
    {
        code: 'SLOW_DOWN',
        again: true,
        codes: ['SlowDown', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequests'],
    },
    {
        code: 'SERVER',
        again: true,
        codes: ['InternalError', 'ServiceUnavailable', 'RequestTimeout', 'OperationAborted'],
    },
    // what arrived is not what was sent
    { code: 'SERVER', again: true, codes: ['IncompleteBody', 'BadDigest', 'XAmzContentSHA256Mismatch'] },
    { code: 'SERVER', again: true, codes: ['XAmzContentChecksumMismatch'] },
    { code: 'CLOCK', again: true, codes: ['RequestTimeTooSkewed'] },
    { code: 'EXPIRED', again: false, codes: ['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired'] },
    {
        code: 'DENIED',
        again: false,
        codes: ['AccessDenied', 'SignatureDoesNotMatch', 'InvalidAccessKeyId', 'UserSuspended', 'AccountProblem'],
    },
    { code: 'NO_BUCKET', again: false, codes: ['NoSuchBucket'] },
    { code: 'NO_KEY', again: false, codes: ['NoSuchKey'] },
    { code: 'CONFLICT', again: false, codes: ['PreconditionFailed'] },
    { code: 'CONFLICT', again: true, codes: ['ConditionalRequestConflict'] },
    { code: 'FULL', again: true, codes: ['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull'] },
    { code: 'FULL', again: false, codes: ['EntityTooLarge'] },
    {
        code: 'REDIRECT',
        again: false,
        codes: ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'],
    },
    { code: 'REDIRECT', again: true, codes: ['TemporaryRedirect'] },
    { code: 'CHECKSUM', again: false, codes: ['MissingContentMD5', 'MissingDigest'], remedy: 'sum' },
    {
        code: 'UNSUPPORTED',
        again: false,
        codes: ['NotImplemented', 'MethodNotAllowed', 'UnsupportedOperation', 'InvalidRequest', 'InvalidArgument'],
        remedy: 'plain',
    },
];

/** By the status, for an answer without a document, or with a code that no row has. */
function byStatus(status: number): Omit<Meaning, 'codes'> {
    switch (status) {
        case 401:
        case 403:
            return { code: 'DENIED', again: false };
        case 404:
            return { code: 'NO_KEY', again: false };
        case 405:
        case 501:
            return { code: 'UNSUPPORTED', again: false, remedy: 'plain' };
        case 409:
            return { code: 'CONFLICT', again: true };
        case 412:
            return { code: 'CONFLICT', again: false };
        case 413:
            return { code: 'FULL', again: false };
        case 429:
        case 503:
            return { code: 'SLOW_DOWN', again: true };
        case 507:
            return { code: 'FULL', again: true };
        default:
            if (status < 300) {
                return { code: 'SERVER', again: true };
            }
            if (status < 400) {
                return { code: 'REDIRECT', again: status === 307 };
            }
            return status >= 500 ? { code: 'SERVER', again: true } : { code: 'INVALID', again: false };
    }
}

/** A store words it in its own way; the header that is missing has one name. */
const wantsSum = /content-md5|x-amz-checksum|x-amz-sdk-checksum/i;

function meaningOf(status: number, fault: S3Fault | undefined): Omit<Meaning, 'codes'> {
    const found = meanings.find(({ codes }) => codes.includes(fault?.code ?? '')) ?? byStatus(status);
    const isSum = found.code === 'UNSUPPORTED' && wantsSum.test(fault?.message ?? '');
    return isSum ? { code: 'CHECKSUM', again: false, remedy: 'sum' } : found;
}

/** What the owner can do. */
const advice: Readonly<Partial<Record<StoreErrorCode, string>>> = {
    CLOCK: 'the clock of this device is wrong',
    DENIED: 'check the keys and what they permit',
    EXPIRED: 'the keys have expired',
    NO_BUCKET: 'there is no such bucket; is path style needed?',
    FULL: 'the store is full, or the object too large',
    REDIRECT: 'the bucket is elsewhere',
    UNSUPPORTED: 'this store does not take what this device sends: check the address, or use another store',
    CHECKSUM: 'the bucket wants a checksum other than SHA-256: turn its Object Lock off, or use another store',
};
const portal = 'this is no answer of a store: is a sign-in page or a proxy between?';

/** A refusal, and how else the object may be written. */
export interface Refusal {
    readonly error: StoreError;
    readonly remedy: Remedy | undefined;
}

/** A page with one of these, or with a success, is that of somebody else: a store has documents in XML. */
const pageStatuses: readonly number[] = [401, 403, 404, 407];
const html = /^text\/html\b/i;

function isPage({ status, headers }: Answer): boolean {
    return (status < 400 || pageStatuses.includes(status)) && html.test(headers.get('content-type') ?? '');
}

/** An answer that is no success, as an error. `what`: the request ("PUT film/a.m4s"). */
export function refusalOf(what: string, reply: Answer): Refusal {
    const { status, headers, bytes } = reply;
    const fault = faultOf(bytes);
    const isOther = fault === undefined && (status < 300 || isPage(reply));
    const { code, again, remedy } = isOther
        ? { code: 'SERVER' as const, again: true, remedy: undefined }
        : meaningOf(status, fault);
    const where = shown(headers.get('x-amz-bucket-region') ?? fault?.region ?? '');
    const parts = [
        `${what}: HTTP ${status}`,
        fault?.code ?? '',
        fault?.message ?? '',
        isOther ? portal : (advice[code] ?? ''),
        code === 'REDIRECT' && where !== '' ? `its region is ${where}` : '',
    ];
    return { error: new StoreError(code, parts.filter((part) => part !== '').join('; '), again), remedy };
}

/** Whether a success says that an object was written: it has its tag, and no document. Otherwise: look. */
export function isStored({ headers, bytes }: Answer): boolean {
    return (headers.get('etag') ?? '') !== '' && bytes.byteLength === 0;
}

/** Whether a reply has an object, or what HEAD says of one: nothing else has a tag. */
export function hasObject(reply: Answer): boolean {
    return reply.status === 200 && (reply.headers.get('etag') ?? '') !== '' && !isPage(reply);
}

/** Whether a deletion was carried out. */
export function isRemoved({ status, bytes }: Answer): boolean {
    return status === 204 || (status === 200 && bytes.byteLength === 0);
}
