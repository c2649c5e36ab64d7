/** A watch link as a page of any site sees it: its channel, whether it is good, and signalling below it. */
import { fields, record, text } from '../json.js';
import { Links } from '../live/links.js';
import { type Send, Signalling } from '../live/signalling.js';

/** What a link is now; gone: no answer. */
export type LinkState = { readonly kind: 'good'; readonly channel: string; readonly name: string } | { readonly kind: 'over' } | { readonly kind: 'gone' };

/** Milliseconds until a request is given up. */
const PATIENCE_MS = 8000;

/** The address of a watch link in what was given, ending with a slash; undefined: it is none. */
export function linkBase(given: string, document: string): string | undefined {
    const address = URL.canParse(given, document) ? new URL(given, document) : undefined;
    const [path] = /^\/(?:.*\/)?w\/[A-Za-z0-9_.-]+(?=\/$|$|\/embed\.html$)/.exec(address?.pathname ?? '') ?? [];
    return address === undefined || path === undefined || !/^https?:$/.test(address.protocol) ? undefined : `${address.origin}${path}/`;
}

/** One link. */
export class WatchLink {
    readonly #base: string;

    /** base: of `linkBase`. */
    constructor(base: string) {
        this.#base = base;
    }

    /** An address below it. */
    at(path: string): string {
        return new URL(path, this.#base).href;
    }

    /** Reads what it is. Never throws. */
    async read(): Promise<LinkState> {
        try {
            const response = await fetch(this.at('link.json'), { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer', signal: AbortSignal.timeout(PATIENCE_MS) });
            if (response.status === 403 || response.status === 404) {
                return { kind: 'over' };
            }
            const about = response.ok ? fields<Record<'channel' | 'name', unknown>>(await response.json()) : undefined;
            const channel = text(about?.channel);
            return channel === undefined ? { kind: 'gone' } : { kind: 'good', channel, name: text(about?.name) ?? '' };
        } catch {
            return { kind: 'gone' };
        }
    }

    /** Its connections. */
    links(): Links {
        return new Links({ signalling: new Signalling(this.#send), commands: false }, ` ${new URL(this.#base).origin}`);
    }

    readonly #send: Send = async (method, path, body) => {
        try {
            const response = await fetch(this.at(path.slice(1)), {
                method,
                credentials: 'omit',
                referrerPolicy: 'no-referrer',
                ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
                ...(method === 'DELETE' ? { keepalive: true } : { signal: AbortSignal.timeout(PATIENCE_MS) }),
            });
            const came: unknown = await response.json().catch(() => undefined);
            const { message } = record(record(came)['error']);
            return response.ok ? { ok: true, body: came } : { ok: false, status: response.status, message: text(message) ?? '' };
        } catch {
            return { ok: false, status: 0, message: '' };
        }
    };
}
