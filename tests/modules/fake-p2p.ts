/** A transport of viewers that a test dictates. */
import { OcellusError } from 'ocellus/error';
import type {
    Description,
    KeepAlive,
    OfferOptions,
    OpenOptions,
    Opened,
    P2pApi,
    P2pCallbacks,
    PlayControl,
    SendStatus,
    Session,
    View,
    Rate,
    Watermarks,
} from 'ocellus/p2p';

/** Notes every call; `failures`: thrown by the call of this name, once for each entry. */
export class FakeP2p implements P2pApi {
    callbacks: P2pCallbacks = {};
    readonly calls: string[] = [];
    readonly failures: { readonly call: string; readonly error: Error }[] = [];
    options: OpenOptions | undefined;
    early: OfferOptions['open'];
    login: OfferOptions['login'];
    /** What offers are answered with. */
    description = 'v=0 answer';
    rows: Session[] = [];
    channels: View[] = [];
    /** Whether viewers of a script before are there. */
    used = false;
    #next = 7;

    async #note(...words: readonly (string | number)[]): Promise<void> {
        this.calls.push(words.join(' '));
        const index = this.failures.findIndex(({ call }) => call === words[0]);
        const [failure] = index < 0 ? [] : this.failures.splice(index, 1);
        if (failure !== undefined) {
            throw failure.error;
        }
    }

    async open(options: OpenOptions): Promise<Opened> {
        this.options = options;
        await this.#note('open');
        return { adopted: this.used };
    }
    async close(): Promise<void> {
        await this.#note('close');
    }
    async restart(): Promise<void> {
        await this.#note('restart');
    }
    async offer(sdp: string, { session, open, login }: OfferOptions = {}): Promise<Description> {
        this.early = open;
        this.login = login;
        await this.#note('offer', sdp, session ?? 0);
        return { session: session ?? this.#next++, sdp: this.description };
    }
    async connect(): Promise<Description> {
        throw new OcellusError('NOTSUP');
    }
    async answer(): Promise<void> {
        throw new OcellusError('NOTSUP');
    }
    async candidate(session: number, line: string): Promise<void> {
        await this.#note('candidate', session, line);
    }
    async endSession(session: number): Promise<void> {
        await this.#note('end', session);
    }
    async endView(view: number): Promise<void> {
        await this.#note('end-view', view);
    }
    async setWatermarks({ low, warn, high, follow }: Watermarks): Promise<void> {
        await this.#note('watermarks', low, warn, high, ...(follow === true ? ['follow'] : []));
    }
    async setRate({ floor, holdMs, reportMs }: Rate): Promise<void> {
        await this.#note('rate', floor, holdMs, reportMs);
    }
    async setKeepAlive({ interval, attempts }: KeepAlive): Promise<void> {
        await this.#note('keep-alive', interval, attempts);
    }
    async play(view: number, control: PlayControl): Promise<void> {
        await this.#note('play', view, JSON.stringify(control));
    }
    sendBuffer(): number {
        return 0;
    }
    sendStatus(): SendStatus | undefined {
        return undefined;
    }
    sessions(): Session[] {
        return this.rows;
    }
    views(): View[] {
        return this.channels;
    }
}

/** A viewer that is up. */
export function sessionOf(session: number, login = 0): Session {
    const address = '192.0.2.7:4711';
    return { session, state: 'up', views: 1, address, relayed: false, rttUs: 20_000, uptimeS: 3, login };
}

/** A channel with live. */
export function viewOf(view: number, session: number): View {
    return {
        view,
        session,
        state: 'open',
        kind: 'live',
        id: 1,
        channel: 0,
        stream: 'main',
        queued: 100,
        instantRate: 200,
        acknowledgedRate: 300,
        acknowledgedBytes: 400,
        rttUs: 500,
        lossPpm: 600,
        congestionWindow: 700,
        pacingRate: 800,
        drops: { overtaken: 1, watermark: 2, report: 3, tracks: 4, abandoned: 5 },
        held: { high: false, report: true },
        watermarks: { low: 0, warn: 0, high: 0 },
        aboveWarn: false,
        keyRequests: 0,
        jumps: 0,
        receivedBytes: 0,
        receivedDropped: 0,
    };
}
