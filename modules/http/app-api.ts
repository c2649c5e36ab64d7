/** The route about the application (docs/design/api.md). */
import type { AppJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import type { Router } from 'ocellus/app/http/router';
import type { HostApi } from 'ocellus/host';

/** What the routes need. */
export interface AppApiOptions {
    readonly app: Omit<AppJson, 'apiLevel' | 'capabilities'>;
    readonly host: Pick<HostApi, 'facts'>;
}

/** The route. */
export function appRoutes(router: Router, { app, host }: AppApiOptions): Router {
    return router.route('GET', '/api/app', ({ query }) => {
        parseQuery(query, []);
        const { apiLevel, capabilities } = host.facts;
        return { ...app, apiLevel, capabilities } satisfies AppJson;
    });
}
