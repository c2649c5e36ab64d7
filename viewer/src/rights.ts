/** What whoever looks at the page may do, so that nobody sees a button that the device would refuse (docs/design/access.md). */
import { get } from './request.js';
import { list, record, text } from './json.js';

/**
 * see: live. look: recordings and events. record: begin and end a recording by hand. talk: by the loudspeaker. delete: delete
 * and protect what was recorded. privacy: turn it on and off. share: make watch links. change: add a camera, or change and remove one.
 */
export type Act = 'see' | 'look' | 'record' | 'talk' | 'delete' | 'privacy' | 'share' | 'change';

/** What a person has: acts as the device names them, and cameras by name; undefined: all there are and will be. */
export interface Rights {
    readonly right: string;
    readonly acts: readonly string[];
    readonly cameras: readonly string[] | undefined;
}

/** Acts of the words of a device that does not tell acts. */
const meant: Readonly<Record<string, readonly string[]>> = { own: [], operate: ['see', 'look', 'talk', 'change'], watch: ['see', 'look'] };
/** By which act of the device; '': the owner alone. */
const needed: Readonly<Record<Act, string>> = { see: 'see', look: 'look', record: 'change', talk: 'talk', delete: 'delete', privacy: 'change', share: '', change: '' };

const nothing: Rights = { right: '', acts: [], cameras: [] };
let mine = nothing;

/** The rights of an answer of the device; an earlier version names none: whoever is in may do everything. */
export function parseRights(value: unknown): Rights {
    const given = record(value);
    const right = text(given['right']) ?? 'own';
    const cameras = Array.isArray(given['cameras']) ? list(given['cameras']).map(String) : undefined;
    return { right, acts: Array.isArray(given['acts']) ? list(given['acts']).map(String) : (meant[right] ?? []), cameras };
}

/** Checks the answer of `/api/session`. user: empty: no login is needed here. */
export function parseSession(value: unknown): Rights & { readonly user: string } {
    return { user: text(record(value)['user']) ?? '', ...parseRights(value) };
}

/** Asks who is logged in and what they may do. Undefined: no answer, so ask again. */
export async function readRights(): Promise<string | undefined> {
    const answer = await get('/api/session', parseSession);
    const old = answer.kind === 'offline' && answer.reason === 'HTTP 404';
    if (answer.kind !== 'ok' && !old) {
        return undefined;
    }
    const session = answer.kind === 'ok' ? answer.value : parseSession({});
    mine = session;
    return session.user;
}

/** As an earlier version of the device names it; '': not known yet, so nothing is offered. */
export function setRight(name: string): void {
    mine = name === '' ? nothing : parseRights({ right: name });
}

/** As the device tells them. */
export function setRights(rights: Rights): void {
    mine = rights;
}

/**
 * Whether the device would do it for this person. channel: at which camera; left out: at one at least, or for the device, as when one
 * is added. Talk has no camera: there is one loudspeaker.
 */
export function may(act: Act, channel?: string): boolean {
    const { right, acts, cameras } = mine;
    if (right === 'own') {
        return true;
    }
    const has = needed[act] !== '' && acts.includes(needed[act]);
    return has && (channel === undefined || act === 'talk' || cameras === undefined || cameras.includes(channel));
}

/** Whether a room of the page has anything for this person. kind: of its route. */
export function mayEnter(kind: string): boolean {
    switch (kind) {
        case 'recordings':
            return may('look');
        case 'log':
            return mayEverywhere('look');
        case 'settings':
        case 'update':
            return may('change');
        default:
            return true;
    }
}

/** Whether the device would do what no camera can be told of: privacy, an event. */
export function mayEverywhere(act: Act): boolean {
    return may(act) && (mine.right === 'own' || mine.cameras === undefined);
}
