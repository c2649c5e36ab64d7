/** Offers, answers and candidates over HTTP (docs/design/api.md#webrtc-sessions). */
import { each, record, text } from '../json.js';

/** What a device answered to an offer. session: how its addresses name it. */
export type Answered =
    | { readonly ok: true; readonly session: string; readonly sdp: string }
    | { readonly ok: false; readonly status: number; readonly message: string };

/** A channel that is open when the connection is. */
export interface Early {
    readonly id: number;
    readonly label: string;
}

/** What came of a request; status 0: no answer. */
export type Response = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly status: number; readonly message: string };

/** Sends one request to a path of the device, and JSON with it. Never rejects. */
export type Send = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<Response>;

/** Signals to one device, by login or by watch link: `send` decides. */
export class Signalling {
    readonly #send: Send;

    constructor(send: Send) {
        this.#send = send;
    }

    /** Sends an offer: of a new session, or of the one with this name (ICE restart). Never throws. */
    async offer(sdp: string, to: { readonly open: readonly Early[] } | { readonly session: string }): Promise<Answered> {
        const outcome = 'session' in to ? await this.#send('POST', `/api/p2p/sessions/${to.session}`, { sdp }) : await this.#send('POST', '/api/p2p/offer', { sdp, open: to.open });
        if (!outcome.ok) {
            return { ok: false, status: outcome.status, message: outcome.message };
        }
        const answer = record(outcome.body);
        const [session, description] = [answer['session'], text(answer['sdp'])];
        const named = typeof session === 'number' || typeof session === 'string';
        return named && description !== undefined ? { ok: true, session: String(session), sdp: description } : { ok: false, status: 404, message: '' };
    }

    /** Sends a candidate that was found after the offer; empty: there are no more. */
    async sendCandidate(session: string, candidate: string): Promise<void> {
        await this.#send('POST', `/api/p2p/sessions/${session}`, { candidate });
    }

    /** Candidates of the device that were found after its answer; an empty one is the last. */
    async readCandidates(session: string): Promise<readonly string[]> {
        const answer = await this.#send('GET', `/api/p2p/sessions/${session}`);
        return answer.ok ? each(record(answer.body)['candidates'], (line) => (typeof line === 'string' ? line : undefined)) : [];
    }

    /** Ends a session; works while the page is being left too. */
    endSession(session: string): void {
        void this.#send('DELETE', `/api/p2p/sessions/${session}`);
    }
}
