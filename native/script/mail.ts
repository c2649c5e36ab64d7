/** Commands under way: each ends with its reply or at its deadline. Nobody else takes replies and edges of a link. */
import { objects } from 'ocellus/command';
import { errorNumbers, OcellusError } from 'ocellus/error';
import { deniedCapability, type Link, type Reply } from 'ocellus/link';

interface Pending {
    readonly timer: number;
    resolve(reply: Reply): void;
    reject(error: Error): void;
}

/** The timers behind the deadlines. */
export interface Timers {
    set(callback: () => void, delayMs: number): number;
    clear(timer: number): void;
}

/** Who is told that notices of viewers wait, and for which layer: one at a time. */
export interface NoticeReader {
    readonly owner: 'raw' | 'hub';
    wake(): void;
}

/** Timers of the script's host. */
export const hostTimers: Timers = Object.freeze({
    set: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs),
    clear: (timer: number) => {
        clearTimeout(timer);
    },
});

/** One per script. */
export class Mail {
    /** Called from the loop with the number of an object, after the replies of the same wake-up. */
    onEdge: ((object: number) => void) | undefined;
    /** Called when requests wait; undefined: nobody takes any. */
    onRequests: (() => void) | undefined;
    /** Gets the edges of viewers; undefined: nobody has opened the transport. */
    notices: NoticeReader | undefined;

    /** Those of the deadlines. */
    readonly timers: Timers;

    readonly #link: Link;
    readonly #pending = new Map<number, Pending>();

    constructor(link: Link, timers: Timers) {
        this.#link = link;
        this.timers = timers;
        link.pump = () => this.#pump();
    }

    /**
     * The reply to a command: rejects with its error, or with `TIMEOUT` after `deadlineMs`. `request`: what a `post…` of
     * the link returned; `what`: for the message, "close".
     */
    answer(request: number, what: string, deadlineMs: number): Promise<Reply> {
        if (request === errorNumbers.DENIED) {
            const text = `the application does not have the capability ${deniedCapability()}`;
            return Promise.reject(new OcellusError('DENIED', `${what}: ${text}`));
        }
        if (request <= 0) {
            return Promise.reject(OcellusError.fromNumber(request));
        }
        return new Promise((resolve, reject) => {
            const timer = this.timers.set(() => {
                this.#pending.delete(request);
                reject(new OcellusError('TIMEOUT', `${what}: no answer within ${deadlineMs / 1000} s`));
            }, deadlineMs);
            this.#pending.set(request, { timer, resolve, reject });
        });
    }

    #pump(): void {
        for (let reply = this.#link.takeReply(); reply !== undefined; reply = this.#link.takeReply()) {
            this.#settle(reply);
        }
        const viewers = objects.channel + this.#link.channelsMax();
        for (let object = this.#link.takeEdge(); object >= 0; object = this.#link.takeEdge()) {
            if (object === viewers) {
                this.notices?.wake();
            } else if (object === objects.http) {
                this.onRequests?.();
            } else {
                this.onEdge?.(object);
            }
        }
    }

    #settle(reply: Reply): void {
        const pending = this.#pending.get(reply.request);
        if (pending === undefined) {
            return; // its deadline has passed
        }
        this.#pending.delete(reply.request);
        this.timers.clear(pending.timer);
        if (reply.code < 0) {
            pending.reject(OcellusError.fromNumber(reply.code, replyText(reply)));
        } else {
            pending.resolve(reply);
        }
    }
}

/** The parcel of a reply as text; undefined: it has none. */
export function replyText(reply: Reply): string | undefined {
    return reply.bytes === undefined ? undefined : new TextDecoder().decode(reply.bytes);
}
