/** What whoever looks at the page may do, so that nobody sees a button that the device would refuse (docs/design/commands.md). */
import { get } from './request.js';
import { record, text } from './json.js';

/**
 * record: begin and end a recording by hand. talk: by the loudspeaker. share: make watch links. change: add a camera, or
 * change and remove one.
 */
export type Act = 'record' | 'talk' | 'share' | 'change';

/** Who may do it: a right has those before it. */
const order = ['watch', 'operate', 'own'];
const needed: Readonly<Record<Act, string>> = { record: 'operate', talk: 'operate', share: 'own', change: 'own' };

/** watch, operate, own; empty: not known yet, so nothing is offered. */
let right = '';

/** Checks the answer of `/api/session`. user: empty: no login is needed here. A device of before knows no rights: whoever is in may do everything. */
export function parseSession(value: unknown): { readonly user: string; readonly right: string } {
    const session = record(value);
    return { user: text(session['user']) ?? '', right: text(session['right']) ?? 'own' };
}

/** Asks who is logged in and what they may do. Undefined: no answer, so ask again. */
export async function readRights(): Promise<string | undefined> {
    const answer = await get('/api/session', parseSession);
    const old = answer.kind === 'offline' && answer.reason === 'HTTP 404';
    if (answer.kind !== 'ok' && !old) {
        return undefined;
    }
    const session = answer.kind === 'ok' ? answer.value : parseSession({});
    setRight(session.right);
    return session.user;
}

/** As the device names it. */
export function setRight(name: string): void {
    right = name;
}

/** Whether the device would do it for this person. channel: at which camera; left out: for the device, as when one is added. */
export function may(act: Act, _channel?: string): boolean {
    return order.indexOf(right) >= order.indexOf(needed[act]);
}
