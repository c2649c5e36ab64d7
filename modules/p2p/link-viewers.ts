/**
 * What viewers by watch links may have: live of one channel, and nothing else. Loaded with the first of them. The host
 * marks their logins and names the channel; who they are is not known.
 */
import { OcellusError } from 'ocellus/error';
import type { Params, Session } from 'ocellus/p2p';

/** Logins from here on are of watch links: both marks of rights (`OC_ACCESS_LOGIN_LINK`). */
const linkLogins = 0x6000_0000;
/** Links whose channel is kept, those used last: no more exist at a time (`OC_ACCESS_LINKS`). */
const linksMax = 64;

/** Whether a login is that of a watch link. */
export function isLink(login: number | undefined): boolean {
    return login !== undefined && login >= linkLogins;
}

/** What one script hands over to the next: channels by login, keys by session. */
export interface LinkState {
    readonly channels: readonly (readonly [login: number, channel: string])[];
    readonly keys: readonly (readonly [session: number, key: string])[];
}

function pairsOf(given: unknown): [number, string][] {
    return (Array.isArray(given) ? given : []).filter(
        (one): one is [number, string] =>
            Array.isArray(one) && typeof one[0] === 'number' && typeof one[1] === 'string',
    );
}

/** One per script. */
export class LinkViewers {
    readonly #channels: Map<number, string>;
    readonly #keys: Map<number, string>;
    readonly #changed: () => void;

    /** `before`: the state of a script before, as it was handed over; `changed`: called when the state has changed. */
    constructor(before: unknown, changed: () => void) {
        const { channels, keys } = (before ?? {}) as { readonly channels?: unknown; readonly keys?: unknown };
        this.#channels = new Map(pairsOf(channels));
        this.#keys = new Map(pairsOf(keys));
        this.#changed = changed;
    }

    get state(): LinkState {
        return { channels: [...this.#channels], keys: [...this.#keys] };
    }

    /** The host names the channel of a link with each of its requests. */
    allow(login: number, channel: string): void {
        this.#channels.delete(login);
        this.#channels.set(login, channel);
        const [oldest] = this.#channels.keys();
        if (this.#channels.size > linksMax && oldest !== undefined) {
            this.#channels.delete(oldest);
        }
        this.#changed();
    }

    /** Keeps the key of a session: whoever began it, and nobody else with the same link, changes and ends it. */
    keep(session: number, key: string): void {
        this.#keys.set(session, key);
        this.#changed();
    }

    /** Whether this is the key of a session. */
    isKey(session: number, key: string): boolean {
        return this.#keys.get(session) === key;
    }

    /** A session is over. */
    forget(session: number): void {
        if (this.#keys.delete(session)) {
            this.#changed();
        }
    }

    /**
     * Refuses one more viewer of a link with `BUSY`: one link has half of the places, all together three quarters.
     * Throws `OcellusError`.
     */
    checkPlaces(login: number, sessions: readonly Session[], places: number): void {
        const count = (is: (row: Session) => boolean): number => sessions.filter(is).length;
        if (count((row) => row.login === login) >= Math.ceil(places / 2)) {
            throw new OcellusError('BUSY', 'this watch link has its maximum of viewers: try again later');
        }
        if (count((row) => isLink(row.login)) >= Math.ceil((places * 3) / 4)) {
            throw new OcellusError('BUSY', 'watch links have their maximum of viewers: try again later');
        }
    }

    /** The label of a channel as the link allows it; `channel` may be left out. Throws `DENIED` with the reason. */
    restrict(params: Params, login: number): Params {
        const channel = this.#channels.get(login);
        if (channel === undefined) {
            throw new OcellusError('DENIED', 'this watch link is not known any more: send an offer again');
        }
        if (params.action !== 'live') {
            const action = JSON.stringify(params.action.slice(0, 40));
            throw new OcellusError('DENIED', `action=${action}: a watch link opens live of one channel only`);
        }
        if ((params.query.get('channel') ?? channel) !== channel) {
            throw new OcellusError('DENIED', `this watch link opens channel ${channel} only`);
        }
        return { ...params, query: new Map([...params.query, ['channel', channel]]) };
    }
}
