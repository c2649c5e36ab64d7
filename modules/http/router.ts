/** Finds the handler of an API request and turns what it returns or throws into an answer. */
import type { ErrorJson } from 'ocellus/app/http/api-types';
import { withDeadline } from 'ocellus/app/base/time';
import { type ErrorCode, OcellusError } from 'ocellus/error';
import type { Limits } from 'ocellus/host';
import type { HttpRequest } from 'ocellus/plane';

/** Returns the JSON of a 200; throws `OcellusError` for everything else. */
export type Handler = (request: HttpRequest) => unknown;

/** Methods of routes; HEAD is answered as GET, and the host drops the body. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A status and the text of a body. */
export interface Answer {
    readonly status: number;
    readonly body: string;
}

/** A handler that takes longer is answered with 503. */
const deadlineMs = 8_000;

function statusOf(code: ErrorCode): number {
    switch (code) {
        case 'NOENT':
            return 404;
        case 'INVAL':
        case 'RANGE':
        case 'FORMAT':
        case 'TRUNC':
        case 'TOO_BIG':
            return 400;
        case 'EXIST':
        case 'STATE':
            return 409;
        case 'STALE':
        case 'CLOSED':
            return 410;
        case 'BUSY':
        case 'TIMEOUT':
        case 'GENERATION':
            return 503;
        case 'NOTSUP':
            return 501;
        case 'PRIVATE':
            return 403;
        case 'NOMEM':
        case 'IO':
        case 'DISK_FULL':
        case 'READ_ONLY':
            return 500;
        default: {
            const never: never = code;
            return never;
        }
    }
}

function failure(status: number, code: ErrorCode, message: string): Answer {
    return { status, body: JSON.stringify({ error: { code, message } } satisfies ErrorJson) };
}

/** Routes by exact path. */
export class Router {
    /** UTF-16 units of a body at most: beyond, its UTF-8 might not fit into a parcel. */
    readonly bodyMax: number;
    readonly #routes = new Map<string, Map<Method, Handler>>();

    constructor(limits: Pick<Limits, 'parcelBytes'>) {
        this.bodyMax = Math.floor((limits.parcelBytes * 15) / 16);
    }

    /** Adds a route; the last one for the same method and path wins. */
    route(method: Method, path: string, handler: Handler): this {
        const methods = this.#routes.get(path) ?? new Map<Method, Handler>();
        this.#routes.set(path, methods.set(method, handler));
        return this;
    }

    /** Never rejects: whatever a handler throws becomes an answer. */
    async answer(request: HttpRequest): Promise<Answer> {
        const methods = this.#routes.get(request.path);
        if (methods === undefined) {
            return failure(404, 'NOENT', `no such resource: ${request.path.slice(0, 100)}`);
        }
        const wanted = request.method === 'HEAD' ? 'GET' : request.method;
        const handler = methods.get(wanted as Method);
        if (handler === undefined) {
            const allowed = [...methods.keys()].join(', ');
            return failure(
                405,
                'NOTSUP',
                `${request.method.slice(0, 20)} is not allowed for ${request.path}: ${allowed}`,
            );
        }
        try {
            const value = await withDeadline(Promise.resolve(request).then(handler), deadlineMs, request.path);
            const body = JSON.stringify(value);
            return body.length > this.bodyMax
                ? failure(500, 'TOO_BIG', `the answer has more than ${this.bodyMax} characters`)
                : { status: 200, body };
        } catch (error) {
            if (error instanceof OcellusError) {
                return failure(statusOf(error.code), error.code, error.message);
            }
            console.error(`${request.method} ${request.path}:`, error);
            return failure(500, 'IO', 'internal error; see the log');
        }
    }
}
