/** Routes of the application's own (docs/design/applications.md). */
import { type Method, Raw, type Router } from 'ocellus/app/http/router';
import { OcellusError } from 'ocellus/error';
import type { HttpHandler } from 'ocellus/http';

/** Requests and answers of these routes. */
export type { HttpHandler, HttpRequest, HttpResponse } from 'ocellus/http';

/** Adds a route of the application. Throws `OcellusError`: it is ours or there already, or no path of the API. */
export function addOwnRoute(router: Router, method: Method, path: string, handler: HttpHandler): void {
    const [, first] = /^\/api\/([A-Za-z0-9._-]+)(?:\/[A-Za-z0-9._-]+)*(?:\/\*)?$/.exec(path) ?? [];
    if (first === undefined || path.length > 200) {
        throw new OcellusError(
            'INVAL',
            `route ${method} ${path}: a path below /api/, as "/api/things" or "/api/things/*"`,
        );
    }
    if (router.isOurs(first)) {
        throw new OcellusError(
            'EXIST',
            `route ${method} ${path}: /api/${first} is the program's own: choose another path`,
        );
    }
    if (router.has(method, path)) {
        throw new OcellusError('EXIST', `route ${method} ${path}: there is one already`);
    }
    router.own(method, path, async (request) => new Raw(await handler(request)));
}
