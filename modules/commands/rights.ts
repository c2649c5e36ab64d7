/** What whoever gives a command may do, by the login it came with (docs/design/commands.md). Pure. */

/**
 * Each has the rights of those before it. `watch`: sees what the camera sees. `operate`: also changes what it does from
 * day to day. `own`: everything.
 */
export type Right = 'watch' | 'operate' | 'own';

const order: readonly Right[] = ['watch', 'operate', 'own'];

/** Marks of the number of a login: OC_ACCESS_LOGIN_WATCH and OC_ACCESS_LOGIN_OPERATE of `oc_access_session.h`. */
const [watchMark, operateMark] = [0x2000_0000, 0x4000_0000];

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
