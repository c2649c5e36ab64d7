/**
 * Viewers of this device over data channels, as a script sees them: questions come as callbacks, media never passes
 * through here. Views run on under their last orders when the script ends; the next one adopts them.
 */
import { commands } from 'ocellus/command';
import { type Mail, replyText } from 'ocellus/mail';
import {
    handle,
    keepAlive,
    nativeP2pLink,
    offerParcel,
    openRecord,
    type P2pLink,
    parseParams,
    playOrder,
    rate,
    readSessions,
    readView,
    readViews,
    text,
    watermarks,
    whole,
} from 'ocellus/p2p-link';
import { reasonBytes, Transport } from 'ocellus/p2p-service';
import type {
    Description,
    KeepAlive,
    Opened,
    OpenOptions,
    OfferOptions,
    P2pCallbacks,
    Params,
    PlayControl,
    Rate,
    SendStatus,
    Session,
    View,
    Watermarks,
} from 'ocellus/p2p-types';

/** What it asks and tells, how it is opened, what is read of it. */
export type * from 'ocellus/p2p-types';

/** A channel's label taken apart, as callbacks get it. Pure; `FORMAT` with what is wrong. */
export function paramsOf(label: string): Params {
    return parseParams(nativeP2pLink, label);
}

/** Viewers that this host can have; 0: it has no transport. */
export function viewersMax(): number {
    return nativeP2pLink.sessionsMax();
}

/** Viewers are there, of whichever script: worth opening, which adopts them. */
export function viewersThere(): boolean {
    return viewersMax() > 0 && readSessions(nativeP2pLink).length > 0;
}

/** Everything of a `P2p`; tests supply their own. */
export type P2pApi = Pick<P2p, keyof P2p>;

/**
 * The transport of this device; at most one is open. Wrong arguments (TypeError, RangeError) and calls in a wrong state
 * are thrown at once: `STATE` before `open`, `EXIST` when it is open already, `BUSY` while the other layer has it, `CLOSED`
 * after `close`. What the media plane refuses rejects as `OcellusError`: `NOENT` when viewer or view are gone, `TIMEOUT`.
 */
export class P2p {
    readonly #link: P2pLink;
    readonly #transport: Transport;

    /** `plane`: the script's `Plane`, which takes the replies. `link` is for tests. */
    constructor(plane: { readonly mail: Mail }, callbacks: P2pCallbacks = {}, link: P2pLink = nativeP2pLink) {
        this.#link = link;
        this.#transport = new Transport(plane.mail, callbacks, link);
    }

    /** Opens sockets; done when they are open. Addresses of servers follow (`ready`, `onCandidate`). */
    open(options: OpenOptions): Promise<Opened> {
        return this.#transport.open(options.owner, openRecord(options, this.#link.sessionsMax()));
    }

    /** Ends every viewer and view; done when all is closed. Twice or before `open` is fine; `open` may follow. */
    close(): Promise<void> {
        return this.#transport.close();
    }

    /** This machine's addresses changed: gathers again and restarts ICE where that is needed. */
    restart(): Promise<void> {
        return this.#done(commands.P2P_RESTART, 'restart', []);
    }

    /** Takes a viewer's offer; the answer leaves with the candidates that are known. */
    offer(sdp: string, { session, open = [], login = 0 }: OfferOptions = {}): Promise<Description> {
        const parcel = offerParcel(sdp, open);
        const args = [session === undefined ? 0 : handle('session', session), whole('login', login)];
        return this.#describe(commands.P2P_OFFER, 'offer', args, parcel);
    }

    /** Makes an offer: to a new viewer, or to one that is there (ICE restart). Its answer comes to `answer`. */
    connect(session?: number): Promise<Description> {
        const args = [session === undefined ? 0 : handle('session', session)];
        return this.#describe(commands.P2P_CONNECT, 'connect', args);
    }

    /** The answer to an offer of ours. */
    answer(session: number, sdp: string): Promise<void> {
        return this.#done(commands.P2P_ANSWER, 'answer', [handle('session', session)], text('sdp', sdp));
    }

    /** A candidate of the viewer that came later, as a line of SDP; '': there are no more. */
    candidate(session: number, line: string): Promise<void> {
        return this.#done(commands.P2P_CANDIDATE, 'candidate', [handle('session', session)], text('line', line));
    }

    /** Ends a viewer; its views end before it. */
    endSession(session: number, reason = ''): Promise<void> {
        text('reason', reason);
        return this.#done(commands.P2P_END, 'end', [handle('session', session), 0], reasonBytes(reason));
    }

    /** Ends a view; the viewer is told the reason. */
    endView(view: number, reason = ''): Promise<void> {
        text('reason', reason);
        return this.#done(commands.P2P_END, 'end', [0, handle('view', view)], reasonBytes(reason));
    }

    /** A playback goes on as it says. RangeError: a time or a speed that cannot be. */
    play(view: number, control: PlayControl): Promise<void> {
        return this.#done(commands.P2P_PLAY, 'play', [handle('view', view), ...playOrder(control)]);
    }

    /** Of one view; left out: of every view that has none of its own. Takes effect at once. */
    setWatermarks(marks: Watermarks, view?: number): Promise<void> {
        const { low, warn, high } = watermarks(marks);
        const all = marks.follow === true ? -1 : 0;
        const args = [view === undefined ? all : handle('view', view), low, warn, high];
        return this.#done(commands.P2P_WATERMARKS, 'set watermarks', args);
    }

    /** For viewers to come and those that are there. */
    setKeepAlive(options: KeepAlive): Promise<void> {
        const { interval, attempts } = keepAlive(options);
        return this.#done(commands.P2P_KEEPALIVE, 'set keep-alive', [interval, attempts]);
    }

    /** For every source, from now on; it stays when the transport closes. */
    setRate(options: Rate): Promise<void> {
        const { floor, holdMs, reportMs } = rate(options);
        return this.#done(commands.P2P_RATE, 'set rates', [floor, holdMs, reportMs]);
    }

    /** Bytes of a view that are not acknowledged yet; 0: none, or the view is gone. */
    sendBuffer(view: number): number {
        return this.#view(view)?.queued ?? 0;
    }

    /** How a view is sent; undefined: it is gone. */
    sendStatus(view: number): SendStatus | undefined {
        return this.#view(view);
    }

    /** Viewers that are there, by number. */
    sessions(): Session[] {
        this.#transport.mustBeOpen();
        return readSessions(this.#link);
    }

    /** Data channels that are there, by number; also those that scripts before this one accepted. */
    views(): View[] {
        this.#transport.mustBeOpen();
        return readViews(this.#link);
    }

    #view(view: number): View | undefined {
        handle('view', view);
        this.#transport.mustBeOpen();
        return readView(this.#link, view);
    }

    #done(kind: number, what: string, args: readonly number[], bytes?: Uint8Array): Promise<void> {
        return this.#transport.send(kind, what, { args }, bytes).then(() => undefined);
    }

    #describe(kind: number, what: string, args: readonly number[], bytes?: Uint8Array): Promise<Description> {
        const described = this.#transport.send(kind, what, { args }, bytes);
        return described.then((reply) => ({ session: reply.value0, sdp: replyText(reply) ?? '' }));
    }
}
