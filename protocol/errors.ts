/**
 * The errors of the program: one entry each. Made of it (tools/protocol): the enum and its texts in C (native/base/oc_err.h),
 * `ocellus/error`, docs/design/errors.md. Numbers and names are stable.
 */

/** One error; its key is `OcellusError.code`. */
export interface ErrorEntry {
    /** Negative, none twice: `OC_ERR_NAME`. */
    readonly number: number;
    /** Of an answer over HTTP. */
    readonly status: number;
    /** Lower case, no full stop: what is shown when nobody says more. */
    readonly text: string;
}

/** By number. */
export const errors: Readonly<Record<string, ErrorEntry>> = {
    INVAL: { number: -1, status: 400, text: 'invalid argument' },
    RANGE: { number: -2, status: 400, text: 'value out of range' },
    NOMEM: { number: -3, status: 500, text: 'out of memory' },
    NOTSUP: { number: -4, status: 501, text: 'not supported' },
    NOENT: { number: -5, status: 404, text: 'does not exist' },
    EXIST: { number: -6, status: 409, text: 'exists already' },
    BUSY: { number: -7, status: 503, text: 'busy: the queue is full' },
    STATE: { number: -8, status: 409, text: 'not possible in this state' },
    STALE: { number: -9, status: 410, text: 'reference to data that is gone' },
    TRUNC: { number: -10, status: 400, text: 'data ends too early' },
    FORMAT: { number: -11, status: 400, text: 'malformed data' },
    TOO_BIG: { number: -12, status: 400, text: 'larger than the configured limit' },
    IO: { number: -13, status: 500, text: 'input/output error' },
    DISK_FULL: { number: -14, status: 507, text: 'no space left on the device' },
    READ_ONLY: { number: -15, status: 500, text: 'read-only file system or no permission' },
    TIMEOUT: { number: -16, status: 503, text: 'timed out' },
    CLOSED: { number: -17, status: 410, text: 'closed' },
    GENERATION: { number: -18, status: 503, text: 'command of an earlier script' },
    PRIVATE: { number: -19, status: 403, text: 'privacy mode is on' },
    DENIED: { number: -20, status: 403, text: 'the application does not have the capability' },
    REFUSED: { number: -21, status: 502, text: 'the address accepts no connections' },
    HOST: { number: -22, status: 502, text: 'no such host' },
    UNREACHABLE: { number: -23, status: 502, text: 'the network does not lead there' },
    PASSWORD: { number: -24, status: 502, text: 'wrong user name or password' },
    CERTIFICATE: { number: -25, status: 502, text: 'the certificate is not trusted' },
    NO_VIDEO: { number: -26, status: 502, text: 'there is neither video nor sound in it' },
    SILENT: { number: -27, status: 502, text: 'the source sends nothing' },
    LIMIT: { number: -28, status: 429, text: 'as many as are allowed at a time' },
};
