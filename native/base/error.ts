/** The errors of the program. */

// begin errors: made by tools/protocol from protocol/errors.ts
/** Name and number of each error; both are stable. */
// biome-ignore format: several words to a line
export const errorNumbers = Object.freeze({
    INVAL: -1, RANGE: -2, NOMEM: -3, NOTSUP: -4, NOENT: -5, EXIST: -6, BUSY: -7, STATE: -8, STALE: -9, TRUNC: -10,
    FORMAT: -11, TOO_BIG: -12, IO: -13, DISK_FULL: -14, READ_ONLY: -15, TIMEOUT: -16, CLOSED: -17, GENERATION: -18,
    PRIVATE: -19, DENIED: -20, REFUSED: -21, HOST: -22, UNREACHABLE: -23, PASSWORD: -24, CERTIFICATE: -25,
    NO_VIDEO: -26, SILENT: -27, LIMIT: -28,
} as const);

/** What went wrong, as a stable word. */
export type ErrorCode = keyof typeof errorNumbers;

/** Status of an answer over HTTP that says so. */
// biome-ignore format: several words to a line
export const errorStatus: Readonly<Record<ErrorCode, number>> = Object.freeze({
    INVAL: 400, RANGE: 400, NOMEM: 500, NOTSUP: 501, NOENT: 404, EXIST: 409, BUSY: 503, STATE: 409, STALE: 410,
    TRUNC: 400, FORMAT: 400, TOO_BIG: 400, IO: 500, DISK_FULL: 507, READ_ONLY: 500, TIMEOUT: 503, CLOSED: 410,
    GENERATION: 503, PRIVATE: 403, DENIED: 403, REFUSED: 502, HOST: 502, UNREACHABLE: 502, PASSWORD: 502,
    CERTIFICATE: 502, NO_VIDEO: 502, SILENT: 502, LIMIT: 429,
});

const texts: Readonly<Record<ErrorCode, string>> = Object.freeze({
    INVAL: 'invalid argument',
    RANGE: 'value out of range',
    NOMEM: 'out of memory',
    NOTSUP: 'not supported',
    NOENT: 'does not exist',
    EXIST: 'exists already',
    BUSY: 'busy: the queue is full',
    STATE: 'not possible in this state',
    STALE: 'reference to data that is gone',
    TRUNC: 'data ends too early',
    FORMAT: 'malformed data',
    TOO_BIG: 'larger than the configured limit',
    IO: 'input/output error',
    DISK_FULL: 'no space left on the device',
    READ_ONLY: 'read-only file system or no permission',
    TIMEOUT: 'timed out',
    CLOSED: 'closed',
    GENERATION: 'command of an earlier script',
    PRIVATE: 'privacy mode is on',
    DENIED: 'the application does not have the capability',
    REFUSED: 'the address accepts no connections',
    HOST: 'no such host',
    UNREACHABLE: 'the network does not lead there',
    PASSWORD: 'wrong user name or password',
    CERTIFICATE: 'the certificate is not trusted',
    NO_VIDEO: 'there is neither video nor sound in it',
    SILENT: 'the source sends nothing',
    LIMIT: 'as many as are allowed at a time',
});
// end errors

/** A failure of the media plane or the host. */
export class OcellusError extends Error {
    /** A field: assigned it would meet that of Error.prototype, which cannot be written where built-ins are frozen. */
    override readonly name = 'OcellusError';
    readonly code: ErrorCode;

    /** `message`: what failed and where, one line; without one, the text of the code. */
    constructor(code: ErrorCode, message: string = texts[code]) {
        super(message);
        this.code = code;
    }

    /** From a number of the media plane; one that is not known becomes IO with the number in the message. */
    static fromNumber(number: number, message?: string): OcellusError {
        for (const [code, value] of Object.entries(errorNumbers)) {
            if (value === number) {
                return new OcellusError(code as ErrorCode, message);
            }
        }
        return new OcellusError('IO', message ?? `error ${number}`);
    }
}
