/** Routes of privacy mode: `/api/privacy` (docs/design/api.md). */
import { parseObject } from 'ocellus/app/config/json';
import type { PrivacyJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import type { Router } from 'ocellus/app/http/router';
import { privacyJson } from 'ocellus/app/http/status';
import type { Privacy } from 'ocellus/app/system/privacy';
import { OcellusError } from 'ocellus/error';

/** What the routes need. */
export interface PrivacyApiOptions {
    readonly privacy: Pick<Privacy, 'state' | 'command'>;
}

/** The routes, once each. */
export function privacyRoutes(router: Router, { privacy }: PrivacyApiOptions): Router {
    return router
        .route('GET', '/api/privacy', async ({ query }): Promise<PrivacyJson> => {
            parseQuery(query, []);
            return privacyJson(await privacy.state());
        })
        .route('POST', '/api/privacy', async (request): Promise<PrivacyJson> => {
            parseQuery(request.query, []);
            const { on, ...others } = parseObject(request.text(), 'body');
            const [other] = Object.keys(others);
            if (other !== undefined) {
                throw new OcellusError('INVAL', `body: ${other.slice(0, 40)}: unknown key; known is on`);
            }
            if (typeof on !== 'boolean') {
                throw new OcellusError(
                    'INVAL',
                    `body: on: ${JSON.stringify(on)?.slice(0, 40) ?? 'nothing'} is not allowed; use true or false`,
                );
            }
            return privacyJson(await privacy.command(on));
        });
}
