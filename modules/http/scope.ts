/**
 * Requests of people who have chosen acts at chosen cameras. The host has judged all that the path tells
 * (protocol/routes.ts); here is what the query and the answer tell.
 */
import { permits } from 'ocellus/app/commands/rights';
import type { StatusJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import type { Handler, ScopedRequest } from 'ocellus/app/http/router';
import { OcellusError } from 'ocellus/error';
import type { HttpRequest } from 'ocellus/http';

/** The request with its scope. Throws `DENIED`: its rights cannot be read. */
export function scopedOf(request: HttpRequest): ScopedRequest {
    const [, acts, cameras] = /^([a-z,]+)\/([a-z0-9,-]+|\*)$/.exec(request.rights ?? '') ?? [];
    if (acts === undefined || cameras === undefined) {
        throw new OcellusError('DENIED', 'rights that are not known');
    }
    const scope = { acts: acts.split(','), cameras: cameras === '*' ? undefined : cameras.split(',') };
    const { method, path, query, headers, login } = request;
    return {
        method,
        path,
        query,
        headers,
        login,
        scope,
        text: () => request.text(),
        get body() {
            return request.body;
        },
    };
}

/** Parameters of the routes that are about the camera of their query. */
const parameters = ['channel', 'name', 'from', 'to', 'order', 'after', 'limit', 'kind', 'month'] as const;
/** `events`: answers for all permitted cameras when none is named. */
const ofQuery: ReadonlyMap<string, 'one' | 'events'> = new Map([
    ['/api/recordings', 'one'],
    ['/api/timeline', 'one'],
    ['/api/days', 'one'],
    ['/api/event-log', 'events'],
]);

/** The request, about a camera that it may be about. Throws `DENIED`. */
function checked(request: ScopedRequest): ScopedRequest {
    const { scope, path, query } = request;
    const cameras = ofQuery.has(path) ? scope?.cameras : undefined;
    if (cameras === undefined) {
        return request;
    }
    const { channel } = parseQuery(query, parameters);
    if (channel === undefined && cameras.length === 1) {
        return { ...request, query: `${query}${query === '' ? '' : '&'}channel=${cameras[0]}` };
    }
    const named = channel !== undefined && channel !== '';
    if (named ? !permits(scope, 'look', channel) : ofQuery.get(path) === 'one') {
        throw new OcellusError('DENIED', 'query: channel: the name of a camera that this login may see is needed');
    }
    return request;
}

/** What of the status is for whoever has chosen cameras. */
function statusOf(status: StatusJson, cameras: readonly string[]): StatusJson {
    const { snapshots: _, ...rest } = status; // names a camera that failed
    const isOne = (name: string): boolean => cameras.includes(name);
    const { disk } = status;
    return {
        ...rest,
        cloud: null,
        disk: disk && { ...disk, failing: disk.failing.filter(isOne) },
        channels: status.channels.filter(({ name }) => isOne(name)),
    };
}

/** A handler that sees and tells no more than the scope of each request allows. */
export function narrowed(handler: Handler): Handler {
    return async (request) => {
        const value = await handler(checked(request));
        const cameras = request.scope?.cameras;
        return cameras !== undefined && request.path === '/api/status' ? statusOf(value as StatusJson, cameras) : value;
    };
}
