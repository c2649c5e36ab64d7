/** Routes of live push: `/api/push` (docs/design/api.md). */
import { parseObject } from 'ocellus/app/config/json';
import { parseQuery } from 'ocellus/app/http/query';
import { Reply, type Router } from 'ocellus/app/http/router';
import type { LivePush, PushStarted } from 'ocellus/app/live/live-push';
import { PushError } from 'ocellus/app/live/push-error';
import type { PushesJson } from 'ocellus/app/live/push-json';
import { errorStatus, OcellusError } from 'ocellus/error';
import type { HttpRequest } from 'ocellus/http';
import type { StreamName } from 'ocellus/plane';

/** What the routes need. */
export interface PushApiOptions {
    /** Loaded with the first request. */
    readonly push: () => Promise<Pick<LivePush, 'start' | 'stop' | 'state'>>;
}

/** "/api/push/<channel>/<target>" */
function partsOf({ path }: HttpRequest): readonly [channel: string, target: string] {
    const [, , , channel = '', target = ''] = path.split('/');
    return [channel, target];
}

function bodyOf(request: HttpRequest): { readonly target: string; readonly stream?: StreamName } {
    const { target, stream, ...others } = parseObject(request.text(), 'body');
    const [other] = Object.keys(others);
    if (other !== undefined) {
        throw new OcellusError('INVAL', `body: ${other.slice(0, 40)}: unknown key; known are target, stream`);
    }
    if (typeof target !== 'string') {
        throw new OcellusError('INVAL', 'body: target: missing; give the name of a target of live.targets');
    }
    if (stream !== undefined && stream !== 'main' && stream !== 'sub') {
        const shown = JSON.stringify(stream)?.slice(0, 40) ?? 'nothing';
        throw new OcellusError('INVAL', `body: stream: ${shown} is not allowed; use main or sub`);
    }
    return { target, ...(stream && { stream }) };
}

/** An answer that says the vendor's code too. */
function refusal({ code, vendor, message, advice }: PushError): Reply {
    const status = code === 'NO_VIDEO' ? 409 : errorStatus[code];
    return new Reply(status, { error: { code, message, vendor, advice } });
}

/** The routes, once each. */
export function pushRoutes(router: Router, { push }: PushApiOptions): Router {
    return router
        .route('GET', '/api/push', async ({ query, scope }): Promise<PushesJson> => {
            parseQuery(query, []);
            const all = await (await push()).state();
            const cameras = scope?.cameras;
            return cameras === undefined
                ? all
                : { ...all, pushes: all.pushes.filter(({ channel }) => cameras.includes(channel)) };
        })
        .route('POST', '/api/push/*', async (request): Promise<PushStarted | Reply> => {
            parseQuery(request.query, []);
            const { target, stream } = bodyOf(request);
            try {
                return await (await push()).start(partsOf(request)[0], target, stream && { stream });
            } catch (error) {
                if (error instanceof PushError) {
                    return refusal(error);
                }
                throw error;
            }
        })
        .route('DELETE', '/api/push/*/*', async (request): Promise<Reply> => {
            parseQuery(request.query, []);
            await (await push()).stop(...partsOf(request));
            return new Reply(204, undefined);
        });
}
