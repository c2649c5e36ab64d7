/** `POST /api/update/check`; the other routes of updates are the host's (docs/design/update.md). */
import { parseQuery } from 'ocellus/app/http/query';
import { Reply, type Router } from 'ocellus/app/http/router';
import type { UpdateService } from 'ocellus/app/update/update-service';

/** What the route needs. */
export interface UpdateApiOptions {
    readonly updates: Pick<UpdateService, 'check'>;
}

/** The route. */
export function updateRoutes(router: Router, { updates }: UpdateApiOptions): Router {
    return router.route('POST', '/api/update/check', async ({ query }) => {
        parseQuery(query, []);
        await updates.check();
        return new Reply(202, {});
    });
}
