/** Gives the questions of viewers to the application and its answers to the media plane. One per opening. */
import { commands, type ViewKind, viewKinds } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import { tell } from 'ocellus/p2p-events';
import { call, type Ground, messageOf, reasonBytes, say } from 'ocellus/p2p-ground';
import { type Grant, grantOf, receiveGrantOf } from 'ocellus/p2p-grant';
import type { Notice } from 'ocellus/p2p-notices';
import { answerRequest } from 'ocellus/p2p-requests';
import type { Peer } from 'ocellus/p2p-types';

type Question = Extract<Notice, { readonly kind: 'send-start' | 'receive-start' }>;

/** Each accepted view has exactly one end, whichever comes first. */
export class Desk {
    readonly #ground: Ground;
    /** Not answered yet, and why they ended meanwhile; undefined: they have not. */
    readonly #asked = new Map<number, string | undefined>();
    readonly #accepted = new Map<number, ViewKind>();
    /** Where viewers are reached, as they said last. */
    readonly #addresses = new Map<number, string>();
    #closing = false;

    constructor(ground: Ground) {
        this.#ground = ground;
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
        const { callbacks } = this.#ground;
        switch (notice.kind) {
            case 'send-start':
            case 'receive-start':
                void this.#ask(notice);
                break;
            case 'send-stop':
            case 'receive-end':
                this.#stop(notice.view, notice.reason ?? '');
                break;
            case 'receive':
                if (this.#accepted.get(notice.view) === 'receive') {
                    call(this.#ground, () => callbacks.onReceive?.(notice.view, notice.bytes));
                }
                break;
            case 'control':
                if (this.#accepted.get(notice.view) === 'playback') {
                    call(this.#ground, () =>
                        callbacks.onControl?.(notice.view, new TextDecoder().decode(notice.bytes)),
                    );
                }
                break;
            case 'command': {
                const { session, view, request, bytes } = notice;
                const peer = { session, view, address: this.#addresses.get(session) ?? '' };
                void answerRequest(this.#ground, request, bytes, peer);
                break;
            }
            default:
                if (notice.kind === 'session') {
                    this.#follow(notice);
                }
                tell(notice, this.#ground);
        }
    }

    #follow({ session, state, address }: Extract<Notice, { readonly kind: 'session' }>): void {
        if (state === 'over') {
            this.#addresses.delete(session);
        } else if (address !== undefined && address !== '') {
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
        const { callbacks } = this.#ground;
        const kind = this.#accepted.get(view);
        this.#accepted.delete(view);
        if (kind === 'receive' || kind === 'voice') {
            call(this.#ground, () => callbacks.onReceive?.(view, null));
        } else if (kind === 'live' || kind === 'playback') {
            call(this.#ground, () => callbacks.onSendStop?.(view, reason));
        }
    }

    async #ask(question: Question): Promise<void> {
        const { view, session, peer: address = '' } = question;
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
    async #decide({ kind, label }: Question, peer: Peer): Promise<Grant> {
        const { callbacks, parse } = this.#ground;
        const params = parse(label);
        if (kind === 'receive-start') {
            if (callbacks.onReceiveStart === undefined) {
                throw new OcellusError('NOTSUP', 'nothing is received here');
            }
            return receiveGrantOf((await callbacks.onReceiveStart(params, peer)) ?? undefined);
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
        return grantOf(await callbacks.onSendStart(params, peer));
    }

    async #refuse(view: number, reason: string): Promise<void> {
        const gone = this.#asked.get(view) !== undefined;
        this.#asked.delete(view);
        if (!gone) {
            await say(this.#ground.command, commands.P2P_REFUSE, 'refuse', { args: [view] }, reasonBytes(reason));
        }
    }

    /** Never rejects. */
    async #accept(view: number, { kind, args, bytes }: Grant): Promise<void> {
        const gone = this.#asked.get(view);
        this.#asked.delete(view);
        this.#accepted.set(view, kind);
        if (gone !== undefined) {
            this.#end(view, gone);
            return;
        }
        const numbers = { object: viewKinds.indexOf(kind), args: [view, ...args] };
        try {
            await this.#ground.command(commands.P2P_ACCEPT, 'accept', numbers, bytes);
        } catch (error) {
            this.#end(view, messageOf(error));
        }
    }
}
