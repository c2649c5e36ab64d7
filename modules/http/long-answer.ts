/** An answer that may take longer than a script may take to answer: whoever sends the same body again gets it then. */
import { withDeadline } from 'ocellus/app/base/time';
import { OcellusError } from 'ocellus/error';

/** The host answers for a script after 5 s. */
const answerMs = 4_000;
/** A result that nobody fetched is forgotten then. */
const keepMs = 30_000;

/** One under way, or done and not fetched. */
interface Work<T> {
    readonly body: string;
    readonly result: Promise<T>;
    isAwaited: boolean;
}

/** One piece of work at a time. */
export class LongAnswer<T> {
    readonly #busy: string;
    readonly #drop: (result: T) => void;
    #work: Work<T> | undefined;

    /** busy: why another body is refused meanwhile. drop: is given a result that nobody fetched. */
    constructor(busy: string, drop: (result: T) => void = () => {}) {
        this.#busy = busy;
        this.#drop = drop;
    }

    /** The result, once; undefined: not yet. Rejects as `begin` does, and with `BUSY`. */
    async of(body: string, begin: () => Promise<T>): Promise<T | undefined> {
        if (this.#work !== undefined && (this.#work.body !== body || this.#work.isAwaited)) {
            throw new OcellusError('BUSY', this.#busy);
        }
        this.#work ??= this.#begin(body, begin());
        const mine = this.#work;
        mine.isAwaited = true;
        try {
            const result = await withDeadline(mine.result, answerMs, 'work');
            this.#work = undefined;
            return result;
        } catch (error) {
            if (!(error instanceof OcellusError && error.code === 'TIMEOUT')) {
                this.#work = undefined;
                throw error;
            }
            mine.isAwaited = false;
            return undefined;
        }
    }

    #begin(body: string, result: Promise<T>): Work<T> {
        const begun = { body, result, isAwaited: false };
        const later = (): void => this.#forgetLater(begun);
        result.then(later, later);
        return begun;
    }

    #forgetLater(mine: Work<T>): void {
        setTimeout(() => {
            if (this.#work === mine && !mine.isAwaited) {
                this.#work = undefined;
                mine.result.then(this.#drop, () => undefined);
            }
        }, keepMs);
    }
}
