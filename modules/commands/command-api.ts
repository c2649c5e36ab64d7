/** Commands by HTTP: `/api/commands` (docs/design/commands.md). */
import { rightOf } from 'ocellus/app/commands/rights';
import type { CommandTable } from 'ocellus/app/commands/command-table';
import { parseQuery } from 'ocellus/app/http/query';
import { Raw, type Router } from 'ocellus/app/http/router';

const base = '/api/commands/';

/** The routes, once each. */
export function commandRoutes(router: Router, table: CommandTable): Router {
    return router
        .route('GET', '/api/commands', ({ query, login, scope }) => {
            const { after = '' } = parseQuery(query, ['after']);
            return table.list(rightOf(login), after, scope);
        })
        .route('POST', `${base}*`, async (request) => {
            parseQuery(request.query, []);
            const given = table.parse(request.text());
            const caller = { right: rightOf(request.login), session: undefined, scope: request.scope };
            return new Raw({ body: await table.run(request.path.slice(base.length), given, caller) });
        });
}
