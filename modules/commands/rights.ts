/** What whoever gives a command may do, by the login it came with (docs/design/commands.md). Pure. */

/**
 * Each has the rights of those before it. `watch`: sees what the camera sees. `operate`: also changes what it does from
 * day to day. `own`: everything.
 */
export type Right = 'watch' | 'operate' | 'own';

const order: readonly Right[] = ['watch', 'operate', 'own'];

/** Marks of the number of a login: OC_ACCESS_LOGIN_WATCH and OC_ACCESS_LOGIN_OPERATE of `oc_access_session.h`. */
const [watchMark, operateMark] = [0x2000_0000, 0x4000_0000];

/** What may be done at a camera (docs/design/access.md): `oc_access_act_t` of the host has the same. */
export type Act = 'see' | 'look' | 'talk' | 'change' | 'delete';

/** Acts at cameras, of whoever has chosen ones. */
export interface Scope {
    readonly acts: readonly string[];
    /** By name; undefined: all there are and will be. */
    readonly cameras: readonly string[] | undefined;
}

/** Mark of logins that have a scope, together with that of `watch`: OC_ACCESS_LOGIN_SOME. */
const scopeMark = 0x1000_0000;

/** Of a login whose scope is not known. */
export const nothing: Scope = { acts: [], cameras: [] };

/** Whether a login has a scope, and so less than `watch`. Undefined: it is not known. */
export function hasScope(login: number | undefined): boolean {
    return ((login ?? 0) & scopeMark) !== 0;
}

/** Whether a scope allows an act at a camera; `camera` left out: at all of them. `scope` undefined: there is none, so the right decides. */
export function permits(scope: Scope | undefined, act: Act, camera?: string): boolean {
    return (
        scope === undefined ||
        (scope.acts.includes(act) && (scope.cameras === undefined || scope.cameras.includes(camera ?? '')))
    );
}

/** Of `HttpRequest.login`, or of the login of a session; undefined: it is not known, so it has the least. */
export function rightOf(login: number | undefined): Right {
    if (login === undefined || (login & watchMark) !== 0) {
        return 'watch';
    }
    return (login & operateMark) !== 0 ? 'operate' : 'own';
}

/** Whether whoever has one right may do what needs another. */
export function allows(has: Right, needs: Right): boolean {
    return order.indexOf(has) >= order.indexOf(needs);
}
