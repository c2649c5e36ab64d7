/** Opening and closing of the transport, and commands while it is open. */
import { commands, type P2pOwner, p2pOwners } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type { Reply } from 'ocellus/link';
import type { Mail } from 'ocellus/mail';
import { Desk } from 'ocellus/p2p-service';
import { type Command, FailureLog } from 'ocellus/p2p-ground';
import { parseParams } from 'ocellus/p2p-label';
import type { P2pLink, P2pOpenRecord } from 'ocellus/p2p-link';
import { Notices } from 'ocellus/p2p-notices';
import { readViews } from 'ocellus/p2p-rows';
import type { Opened } from 'ocellus/p2p-setup';
import type { P2pCallbacks } from 'ocellus/p2p-types';

/** Milliseconds until a command is given up. A notice that was taken must not be lost: it is waited for. */
const deadlines = Object.freeze({ short: 5_000, close: 15_000, take: 60_000 } as const);

/** What works while it is open. */
interface Running {
    readonly desk: Desk;
    readonly notices: Notices;
}

type State =
    | { readonly kind: 'new' | 'closed' }
    | ({ readonly kind: 'opening' | 'open' } & Running)
    | { readonly kind: 'closing'; readonly done: Promise<void> };

/** One per `P2p`. */
export class Life {
    readonly #mail: Mail;
    readonly #callbacks: P2pCallbacks;
    readonly #link: P2pLink;
    #state: State = { kind: 'new' };

    constructor(mail: Mail, callbacks: P2pCallbacks, link: P2pLink) {
        this.#mail = mail;
        this.#callbacks = callbacks;
        this.#link = link;
    }

    /** Throws at once: `EXIST`, `BUSY`, `STATE` while it closes. */
    open(owner: P2pOwner, record: P2pOpenRecord): Promise<Opened> {
        const { kind } = this.#state;
        if (kind === 'closing') {
            throw new OcellusError('STATE', 'the transport is closing');
        }
        const holder = this.#mail.notices;
        if (holder !== undefined) {
            const code = holder.owner === owner ? 'EXIST' : 'BUSY';
            throw new OcellusError(code, `the transport is open already, by the ${holder.owner} layer`);
        }
        const notices = new Notices(
            () => this.#post(commands.P2P_TAKE, 'take a notice', {}, undefined, deadlines.take),
            (notice) => {
                desk.take(notice);
            },
            this.#mail.timers,
        );
        const desk = new Desk({
            callbacks: this.#callbacks,
            command: (...words) => this.#post(...words),
            failures: new FailureLog(),
            parse: (label) => parseParams(this.#link, label),
        });
        const opening: State = { kind: 'opening', desk, notices };
        this.#state = opening;
        this.#mail.notices = { owner, wake: () => this.#wake() };
        return this.#opened(this.#link.postOpen(p2pOwners[owner], record), opening);
    }

    async #opened(request: number, { desk, notices }: Running): Promise<Opened> {
        let adopted = false;
        try {
            await this.#mail.answer(request, 'open the transport', deadlines.short);
        } catch (error) {
            adopted = error instanceof OcellusError && error.code === 'EXIST';
            if (!adopted) {
                if (this.#state.kind === 'opening') {
                    this.#release('new');
                }
                throw error;
            }
        }
        if (this.#state.kind !== 'opening') {
            throw new OcellusError('CLOSED', 'closed before it was open');
        }
        this.#state = { kind: 'open', desk, notices };
        for (const { view, kind, state } of adopted ? readViews(this.#link) : []) {
            if (state !== 'requested') {
                desk.adopt(view, kind);
            }
        }
        this.#wake();
        return { adopted };
    }

    #wake(): void {
        if (this.#state.kind === 'open') {
            this.#state.notices.wake();
        }
    }

    #release(kind: 'new' | 'closed'): void {
        this.#state = { kind };
        this.#mail.notices = undefined;
    }

    /** Done when all is closed and the application has heard of each end. */
    close(): Promise<void> {
        const state = this.#state;
        if (state.kind === 'closing') {
            return state.done;
        }
        if (state.kind !== 'opening' && state.kind !== 'open') {
            return Promise.resolve();
        }
        const done = this.#closed(state);
        this.#state = { kind: 'closing', done };
        return done;
    }

    async #closed({ desk, notices }: Running): Promise<void> {
        desk.closing();
        try {
            await this.#post(commands.P2P_CLOSE, 'close the transport', {}, undefined, deadlines.close);
            await notices.finish();
        } catch (error) {
            if (!(error instanceof OcellusError && error.code === 'STATE')) {
                throw error;
            }
        } finally {
            notices.stop();
            this.#release('closed');
            desk.end('closed');
        }
    }

    /** Posts; throws at once when it is not open. */
    send(...words: Parameters<Command>): Promise<Reply> {
        this.mustBeOpen();
        return this.#post(...words);
    }

    /** Throws `STATE` or `CLOSED`. */
    mustBeOpen(): void {
        switch (this.#state.kind) {
            case 'new':
            case 'opening':
                throw new OcellusError('STATE', 'the transport is not open yet');
            case 'closing':
            case 'closed':
                throw new OcellusError('CLOSED', 'the transport is closed');
            case 'open':
        }
    }

    #post(
        kind: number,
        what: string,
        { object = 0, args = [] }: { readonly object?: number; readonly args?: readonly number[] } = {},
        bytes?: Uint8Array,
        deadlineMs: number = deadlines.short,
    ): Promise<Reply> {
        const [arg0 = 0, arg1 = 0, arg2 = 0, arg3 = 0] = args;
        return this.#mail.answer(this.#link.post(kind, object, arg0, arg1, arg2, arg3, bytes), what, deadlineMs);
    }
}
