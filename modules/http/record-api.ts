/** Routes of recording by hand: `/api/channels/NAME/record` (docs/design/api.md). */
import { parseObject } from 'ocellus/app/config/json';
import { parseQuery } from 'ocellus/app/http/query';
import type { Router } from 'ocellus/app/http/router';
import type { RecordNow, RecordNowJson } from 'ocellus/app/record/record-now';
import { OcellusError } from 'ocellus/error';
import type { HttpRequest } from 'ocellus/http';

/** What the routes need. */
export interface RecordApiOptions {
    readonly recordNow: Pick<RecordNow, 'begin' | 'end' | 'json'>;
}

function nameOf({ path }: HttpRequest): string {
    return path.split('/')[3] ?? '';
}

/** Begins or ends it; what holds then. `now`, `seconds`: of a body or a command, not checked yet. */
export async function recordByHand(
    recordNow: RecordApiOptions['recordNow'],
    channel: string,
    { now, seconds }: { readonly now?: unknown; readonly seconds?: unknown },
): Promise<RecordNowJson> {
    if (typeof now !== 'boolean') {
        const shown = JSON.stringify(now)?.slice(0, 40) ?? 'nothing';
        throw new OcellusError('INVAL', `now: ${shown} is not allowed; use true or false`);
    }
    if (seconds !== undefined && (typeof seconds !== 'number' || !now)) {
        throw new OcellusError('INVAL', 'seconds: a whole number goes with "now": true, and with nothing else');
    }
    await (now ? recordNow.begin(channel, seconds ?? 0) : recordNow.end(channel));
    return recordNow.json(channel);
}

/** The route, once. */
export function recordRoutes(router: Router, { recordNow }: RecordApiOptions): Router {
    return router.route('POST', '/api/channels/*/record', async (request): Promise<RecordNowJson> => {
        parseQuery(request.query, []);
        const { now, seconds, ...others } = parseObject(request.text(), 'body');
        const [other] = Object.keys(others);
        if (other !== undefined) {
            throw new OcellusError('INVAL', `body: ${other.slice(0, 40)}: unknown key; known are now, seconds`);
        }
        return await recordByHand(recordNow, nameOf(request), { now, seconds });
    });
}
