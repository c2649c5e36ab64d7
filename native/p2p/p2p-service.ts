/** Gives the questions of viewers to the application and its answers to the media plane. */
import { commands, type P2pOwner, p2pOwners, type ViewKind, viewKinds } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type { Reply } from 'ocellus/link';
import type { Mail, Timers } from 'ocellus/mail';
import {
    type AcceptOptions,
    acceptOptionsOf,
    type P2pLink,
    parseParams,
    readViews,
    receiveOptionsOf,
} from 'ocellus/p2p-link';
import type { CommandAnswer, Opened, P2pCallbacks, P2pEvent, Params, Peer } from 'ocellus/p2p-types';
import { type P2pOpenRecord, p2pOpenRecordBytes } from 'ocellus/records';
import { type Notice, noticeFields } from 'ocellus/reply-rows';

/** Posts a command, as `post` of P2pLink; `what`: for the message, "answer". */
type Command = (
    kind: number,
    what: string,
    numbers?: { readonly object?: number; readonly args?: readonly number[] },
    bytes?: Uint8Array,
) => Promise<Reply>;

/** What the parts of the binding share. */
interface Context {
    readonly callbacks: P2pCallbacks;
    readonly command: Command;
    /** What callbacks threw. */
    readonly failures: FailureLog;
    /** Throws with what is wrong. */
    readonly parse: (label: string) => Params;
}

/** Bytes of a reason that a viewer reads. */
const reasonMax = 512;

/** What was thrown, in words for a viewer. */
function messageOf(error: unknown): string {
    const why = error instanceof Error ? error.message : String(error);
    return why === '' ? 'refused' : why;
}

/** As many bytes as a reason may have, without half a character at the end. */
export function reasonBytes(reason: string): Uint8Array {
    const bytes = new TextEncoder().encode(reason);
    let end = Math.min(bytes.length, reasonMax);
    while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
        end--;
    }
    return bytes.subarray(0, end);
}

/** Milliseconds between two lines about callbacks that failed: viewers can make them fail as often as they like. */
const quietMs = 10_000;

/**
 * Lines about what callbacks threw, one in 10 s. What was refused is one line; anything else is a mistake of the
 * application, and where it is helps to find it.
 */
class FailureLog {
    #loggedMs = Number.NEGATIVE_INFINITY;
    #left = 0;

    /** nowMs: of `Date.now`; a clock that goes back ends the pause. */
    note(error: unknown, nowMs: number): void {
        if (nowMs >= this.#loggedMs && nowMs - this.#loggedMs < quietMs) {
            this.#left++;
            return;
        }
        const more = this.#left > 0 ? ` (and ${this.#left} more since the last line)` : '';
        const line = `viewers: ${messageOf(error)}${more}`;
        this.#loggedMs = nowMs;
        this.#left = 0;
        if (error instanceof OcellusError) {
            console.warn(line);
        } else {
            console.error(line, error);
        }
    }
}

async function guard({ failures }: Context, run: () => unknown): Promise<void> {
    try {
        await run();
    } catch (error) {
        failures.note(error, Date.now());
    }
}

/** A callback whose result nobody waits for: what it throws, or rejects with, is logged, not more than once in 10 s. */
function call(context: Context, run: () => unknown): void {
    void guard(context, run);
}

/** The view or request is gone, or all is closed. */
function isLate(error: unknown): boolean {
    return error instanceof OcellusError && (error.code === 'NOENT' || error.code === 'STATE');
}

/** A command whose outcome nobody waits for: what comes too late is nobody's, other refusals are logged. */
async function attempt(post: Command, ...words: Parameters<Command>): Promise<void> {
    try {
        await post(...words);
    } catch (error) {
        if (!isLate(error)) {
            console.warn(`viewers: ${words[1]}: ${messageOf(error)}`);
        }
    }
}

const [lineFeed, againMs] = [10, 1000];

/** JSON of the media plane with bytes behind it; fields that this version does not know are left out. */
function parseNotice(parcel: ArrayBuffer): Notice | undefined {
    const all = new Uint8Array(parcel);
    const end = all.indexOf(lineFeed);
    const line = new TextDecoder().decode(end < 0 ? all : all.subarray(0, end));
    const behind = end < 0 ? new Uint8Array(0) : all.slice(end + 1);
    const given: Readonly<Record<string, unknown>> = JSON.parse(line);
    // a name: of the kinds of notices
    const fields = noticeFields[String(given['kind'])];
    const notice: Record<string, unknown> = { kind: given['kind'] };
    for (const field of fields ? fields.split(' ') : []) {
        const [mark, name] = ['#', '*'].includes(field[0] ?? '') ? [field[0], field.slice(1)] : ['', field];
        // a name: of the fields of a notice
        const value = given[name];
        // a name: as above
        notice[name] = mark === '*' ? behind : mark === '#' ? Number(value ?? 0) : String(value ?? '');
    }
    return fields === undefined ? undefined : (notice as Notice);
}

/** One per opening. */
class Notices {
    readonly #take: () => Promise<Reply>;
    readonly #tell: (notice: Notice) => void;
    readonly #timers: Timers;
    #running: Promise<void> | undefined;
    #again = false;
    #finishing = false;
    #stopped = false;

    /** `take`: posts P2P_TAKE. */
    constructor(take: () => Promise<Reply>, tell: (notice: Notice) => void, timers: Timers) {
        this.#take = take;
        this.#tell = tell;
        this.#timers = timers;
    }

    /** Notices wait (an edge said so), or may. */
    wake(): void {
        this.#again = true;
        if (!this.#stopped) {
            this.#running ??= this.#run();
        }
    }

    /** Tells what is left, if it can be had, then nothing more. */
    async finish(): Promise<void> {
        this.#finishing = true;
        this.wake();
        await this.#running;
        this.stop();
    }

    /** Tells nothing more. */
    stop(): void {
        this.#stopped = true;
    }

    async #run(): Promise<void> {
        try {
            while (this.#again && !this.#stopped) {
                this.#again = false;
                await this.#takeAll();
            }
        } catch (error) {
            if (!this.#finishing && !this.#stopped) {
                console.warn(`viewers: ${error instanceof Error ? error.message : String(error)}`);
                this.#timers.set(() => this.wake(), againMs);
            }
        } finally {
            this.#running = undefined;
        }
    }

    async #takeAll(): Promise<void> {
        while (!this.#stopped) {
            const { code, bytes } = await this.#take();
            if (code > 0 || bytes === undefined) {
                return;
            }
            const notice = parseNotice(bytes);
            if (!this.#stopped && notice !== undefined) {
                this.#tell(notice);
            }
        }
    }
}

function bytesOf(given: CommandAnswer): Uint8Array {
    if (given === null) {
        return new Uint8Array(0);
    }
    if (typeof given === 'string') {
        return new TextEncoder().encode(given);
    }
    if (!(given instanceof Uint8Array)) {
        throw new TypeError('onCommand must give back bytes, a string or null');
    }
    return given;
}

/**
 * Answers one request. The media plane closes the channel after an empty answer, and has answered by itself what comes
 * after its deadline. What cannot be sent as it is becomes an error.
 */
async function answerRequest(context: Context, request: number, bytes: Uint8Array, peer: Peer): Promise<void> {
    const { callbacks, command } = context;
    const fail = (error: unknown): Promise<void> => {
        const reason = reasonBytes(messageOf(error));
        return attempt(command, commands.P2P_REPLY, 'answer', { args: [peer.view, request, 1] }, reason);
    };
    let answer: Uint8Array;
    try {
        if (callbacks.onCommand === undefined) {
            throw new OcellusError('NOTSUP', 'no commands are taken here');
        }
        answer = bytesOf(await callbacks.onCommand(bytes, peer));
    } catch (error) {
        await fail(error);
        return;
    }
    try {
        await command(commands.P2P_REPLY, 'answer', { args: [peer.view, request, 0] }, answer);
    } catch (error) {
        if (!isLate(error)) {
            await fail(error);
        }
    }
}

/** Those of them. */
type Information = Extract<Notice, { readonly kind: P2pEvent['kind'] | 'session' | 'candidate' }>;

/** To `onSession`, `onCandidate` or `onEvent`. */
function notify(notice: Information, context: Context): void {
    const { callbacks } = context;
    if (notice.kind === 'session') {
        const { kind: _, ...event } = notice;
        call(context, () => callbacks.onSession?.(event));
    } else if (notice.kind === 'candidate') {
        const { session, line } = notice;
        call(context, () => callbacks.onCandidate?.({ session, line }));
    } else {
        call(context, () => callbacks.onEvent?.(notice));
    }
}

type Question = Extract<Notice, { readonly kind: 'send-start' | 'receive-start' }>;

/** Each accepted view has exactly one end, whichever comes first. */
class Service {
    readonly #context: Context;
    /** Not answered yet, and why they ended meanwhile; undefined: they have not. */
    readonly #asked = new Map<number, string | undefined>();
    readonly #accepted = new Map<number, ViewKind>();
    /** Where viewers are reached, as they said last. */
    readonly #addresses = new Map<number, string>();
    #closing = false;

    constructor(context: Context) {
        this.#context = context;
    }

    /** A view that a script before this one accepted. */
    adopt(view: number, kind: ViewKind): void {
        this.#accepted.set(view, kind);
    }

    /** All closes: no more questions, only ends. */
    closing(): void {
        this.#closing = true;
    }

    /** All is closed: what has not ended ends. */
    end(reason: string): void {
        for (const view of [...this.#accepted.keys()]) {
            this.#end(view, reason);
        }
        for (const view of [...this.#asked.keys()]) {
            this.#asked.set(view, reason);
        }
    }

    /** Never throws. */
    take(notice: Notice): void {
        const { callbacks } = this.#context;
        switch (notice.kind) {
            case 'send-start':
            case 'receive-start':
                void this.#ask(notice);
                break;
            case 'send-stop':
            case 'receive-end':
                this.#stop(notice.view, notice.reason);
                break;
            case 'receive':
                if (this.#accepted.get(notice.view) === 'receive') {
                    call(this.#context, () => callbacks.onReceive?.(notice.view, notice.bytes));
                }
                break;
            case 'control':
                if (this.#accepted.get(notice.view) === 'playback') {
                    call(this.#context, () =>
                        callbacks.onControl?.(notice.view, new TextDecoder().decode(notice.bytes)),
                    );
                }
                break;
            case 'command': {
                const { session, view, request, bytes } = notice;
                const peer = { session, view, address: this.#addresses.get(session) ?? '' };
                void answerRequest(this.#context, request, bytes, peer);
                break;
            }
            default:
                if (notice.kind === 'session') {
                    this.#follow(notice);
                }
                notify(notice, this.#context);
        }
    }

    #follow({ session, state, address }: Extract<Notice, { readonly kind: 'session' }>): void {
        if (state === 'over') {
            this.#addresses.delete(session);
        } else if (address !== '') {
            this.#addresses.set(session, address);
        }
    }

    #stop(view: number, reason: string): void {
        if (this.#asked.has(view)) {
            this.#asked.set(view, reason);
        } else {
            this.#end(view, reason);
        }
    }

    #end(view: number, reason: string): void {
        const { callbacks } = this.#context;
        const kind = this.#accepted.get(view);
        this.#accepted.delete(view);
        if (kind === 'receive' || kind === 'voice') {
            call(this.#context, () => callbacks.onReceive?.(view, null));
        } else if (kind === 'live' || kind === 'playback') {
            call(this.#context, () => callbacks.onSendStop?.(view, reason));
        }
    }

    async #ask(question: Question): Promise<void> {
        const { view, session, peer: address } = question;
        if (this.#closing || this.#asked.has(view) || this.#accepted.has(view)) {
            return; // once is enough
        }
        this.#addresses.set(session, address);
        this.#asked.set(view, undefined);
        try {
            await this.#accept(view, await this.#decide(question, { session, view, address }));
        } catch (error) {
            await this.#refuse(view, messageOf(error));
        }
    }

    /** Throws what refuses. */
    async #decide({ kind, label }: Question, peer: Peer): Promise<AcceptOptions> {
        const { callbacks, parse } = this.#context;
        const params = parse(label);
        if (kind === 'receive-start') {
            if (callbacks.onReceiveStart === undefined) {
                throw new OcellusError('NOTSUP', 'nothing is received here');
            }
            return receiveOptionsOf((await callbacks.onReceiveStart(params, peer)) ?? undefined);
        }
        if (params.action === 'command') {
            if (callbacks.onCommand === undefined) {
                throw new OcellusError('NOTSUP', 'no commands are taken here');
            }
            return { kind: 'command', args: [], bytes: undefined };
        }
        if (callbacks.onSendStart === undefined) {
            throw new OcellusError('NOTSUP', 'nothing is sent here');
        }
        return acceptOptionsOf(await callbacks.onSendStart(params, peer));
    }

    async #refuse(view: number, reason: string): Promise<void> {
        const gone = this.#asked.get(view) !== undefined;
        this.#asked.delete(view);
        if (!gone) {
            await attempt(this.#context.command, commands.P2P_REFUSE, 'refuse', { args: [view] }, reasonBytes(reason));
        }
    }

    /** Never rejects. */
    async #accept(view: number, { kind, args, bytes }: AcceptOptions): Promise<void> {
        const gone = this.#asked.get(view);
        this.#asked.delete(view);
        this.#accepted.set(view, kind);
        if (gone !== undefined) {
            this.#end(view, gone);
            return;
        }
        const numbers = { object: viewKinds.indexOf(kind), args: [view, ...args] };
        try {
            await this.#context.command(commands.P2P_ACCEPT, 'accept', numbers, bytes);
        } catch (error) {
            this.#end(view, messageOf(error));
        }
    }
}

/** Milliseconds until a command is given up. A notice that was taken must not be lost: it is waited for. */
const deadlines = Object.freeze({ short: 5_000, close: 15_000, take: 60_000 } as const);

/** What works while it is open. */
interface Running {
    readonly service: Service;
    readonly notices: Notices;
}

type State =
    | { readonly kind: 'new' | 'closed' }
    | ({ readonly kind: 'opening' | 'open' } & Running)
    | { readonly kind: 'closing'; readonly done: Promise<void> };

/** One per `P2p`. */
export class Transport {
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
                service.take(notice);
            },
            this.#mail.timers,
        );
        const service = new Service({
            callbacks: this.#callbacks,
            command: (...words) => this.#post(...words),
            failures: new FailureLog(),
            parse: (label) => parseParams(this.#link, label),
        });
        const opening: State = { kind: 'opening', service, notices };
        this.#state = opening;
        this.#mail.notices = { owner, wake: () => this.#wake() };
        return this.#opened(
            this.#link.post(commands.P2P_OPEN, 0, p2pOwners[owner], 0, 0, 0, p2pOpenRecordBytes(record)),
            opening,
        );
    }

    async #opened(request: number, { service, notices }: Running): Promise<Opened> {
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
        this.#state = { kind: 'open', service, notices };
        for (const { view, kind, state } of adopted ? readViews(this.#link) : []) {
            if (state !== 'requested') {
                service.adopt(view, kind);
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

    async #closed({ service, notices }: Running): Promise<void> {
        service.closing();
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
            service.end('closed');
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
