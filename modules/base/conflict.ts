/** A refusal because of what is there now; says which key and how HTTP puts it. */
import { type ErrorCode, OcellusError } from 'ocellus/error';

/** Not possible with what is there now. */
export class ConflictError extends OcellusError {
    /** The key it is about; '': none. */
    readonly at: string;
    /** Of the answer. */
    readonly status: number;

    constructor(code: ErrorCode, message: string, at = '', status = 409) {
        super(code, message);
        this.at = at;
        this.status = status;
    }
}
