/** What a push may be refused for, by the table of the vendor (requirement E5): a code of ours, theirs, and what to do. Pure. */
import { type ErrorCode, OcellusError } from 'ocellus/error';

/** What whoever starts a push should do; `none`: nothing, it may be ignored. */
export type Advice =
    | 'none'
    | 'stop-another'
    | 'activate'
    | 'pay'
    | 'check-account'
    | 'retry'
    | 'check-certificate'
    | 'check-address'
    | 'allow-sound'
    | 'wait';

/** Codes of the vendor's table. */
export const vendorCodes = {
    already: 40000415,
    limit: 20101,
    notActivated: 20318,
    noCredit: 20406,
    noAccount: 1002,
    timeout: 6012,
} as const;

/** A push that is refused, or was interrupted. */
export class PushError extends OcellusError {
    /** Of the vendor's table; null: it has none for this. */
    readonly vendor: number | null;
    readonly advice: Advice;

    constructor(code: ErrorCode, message: string, vendor: number | null, advice: Advice) {
        super(code, message);
        this.vendor = vendor;
        this.advice = advice;
    }
}

type Meaning = readonly [vendor: number | null, advice: Advice];

const { already, limit, notActivated, noCredit, noAccount, timeout } = vendorCodes;

/** What servers say when they close a connection, or answer a request: the first that fits. */
const said: readonly (readonly [words: RegExp, ...Meaning])[] = [
    [/\b402\b|payment|arrears|overdue|credit|balance/i, noCredit, 'pay'],
    [/not[ _-]?(?:yet )?(?:activ|enabl|open)|inactive|disabled|suspended/i, notActivated, 'activate'],
    [/\b429\b|too many|(?:limit|maximum|quota)\b.*(?:reach|exceed)|exceed.*(?:limit|quota)/i, limit, 'stop-another'],
];

const retry: Meaning = [timeout, 'retry'];

/** By what it failed for. */
const meanings: { readonly [code in ErrorCode]?: Meaning } = {
    EXIST: [already, 'none'],
    LIMIT: [limit, 'stop-another'],
    PASSWORD: [noAccount, 'check-account'],
    DENIED: [noAccount, 'check-account'],
    NOENT: [noAccount, 'check-account'],
    TIMEOUT: retry,
    REFUSED: retry,
    HOST: retry,
    UNREACHABLE: retry,
    CLOSED: retry,
    IO: retry,
    BUSY: retry,
    SILENT: retry,
    DISK_FULL: [null, 'retry'],
    CERTIFICATE: [null, 'check-certificate'],
    FORMAT: [null, 'check-address'],
    NOTSUP: [null, 'check-address'],
    NO_VIDEO: [null, 'allow-sound'],
    PRIVATE: [null, 'wait'],
};

/** Codes that come of the words of a server: only with these are they looked at. */
const ofServer: readonly ErrorCode[] = ['PASSWORD', 'DENIED', 'NOENT', 'CLOSED', 'IO', 'BUSY', 'LIMIT'];

/** An error for what a try failed for. `why`: one line without secrets; '': the text of the code. */
export function pushError(code: ErrorCode, why: string): PushError {
    const found = ofServer.includes(code) ? said.find(([words]) => words.test(why)) : undefined;
    const [, vendor, advice] = found ?? ['', ...(meanings[code] ?? [null, 'retry'])];
    return new PushError(code, why === '' ? new OcellusError(code).message : why, vendor, advice);
}

/** Errors that a target does not change its mind about by itself: they are told once, and tried again every 30 s. */
const refusals: readonly ErrorCode[] = [
    'PASSWORD',
    'DENIED',
    'NOENT',
    'CERTIFICATE',
    'EXIST',
    'NOTSUP',
    'LIMIT',
    'FORMAT',
];
/** Milliseconds after its end in which a server may still hold our own connection for another publisher. */
const ownMs = 60_000;

/** Whether the target refuses this push. `silentMs`: since it took something last; Infinity: it never did. */
export function isRefusal(code: ErrorCode, silentMs: number): boolean {
    return refusals.includes(code) && !(code === 'EXIST' && silentMs < ownMs);
}
