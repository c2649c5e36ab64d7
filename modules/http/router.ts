/** Finds the handler of an API request and turns what it returns or throws into an answer. */
import { ConflictError } from 'ocellus/app/base/conflict';
import { SettingsError } from 'ocellus/app/config/schema';
import type { Scope } from 'ocellus/app/commands/rights';
import type { ErrorJson } from 'ocellus/app/http/api-types';
import { withDeadline } from 'ocellus/app/base/time';
import { type ErrorCode, errorStatus, OcellusError } from 'ocellus/error';
import type { Limits } from 'ocellus/host';
import type { HttpRequest, HttpResponse } from 'ocellus/http';
import type { ApiMethod, ApiPath } from 'ocellus/protocol/routes';

/** What a handler returns for another status than 200. */
export class Reply {
    readonly status: number;
    /** JSON; undefined: no body. */
    readonly value: unknown;

    constructor(status: number, value: unknown) {
        this.status = status;
        this.value = value;
    }
}

/** An answer of an application, sent as it is. */
export class Raw {
    readonly response: HttpResponse;

    constructor(response: HttpResponse) {
        this.response = response;
    }
}

/** A request as handlers get it. */
export interface ScopedRequest extends HttpRequest {
    /** Of whoever has chosen acts at chosen cameras; left out: the login has none, and its right decides. */
    readonly scope?: Scope;
}

/** Returns the JSON of a 200, a `Reply` or a `Raw`; throws `OcellusError` or `SettingsError` for everything else. */
export type Handler = (request: ScopedRequest) => unknown;

/** Answers a request by a watch link, which is about that camera. */
export type LinkHandler = (request: HttpRequest, camera: string) => Promise<Raw>;

/** Before the camera in the rights of a watch link. */
const linkMark = 'link/';

/** Methods of routes; HEAD is answered as GET, and the host drops the body. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** A status and the text of a body. */
export interface Answer {
    readonly status: number;
    readonly body: string;
}

/** A handler that takes longer is answered with 503. */
const deadlineMs = 8_000;

function failure(status: number, code: ErrorCode, message: string, at = '', proposal = ''): Answer {
    const more = { ...(at !== '' && { at }), ...(proposal !== '' && { proposal }) };
    return { status, body: JSON.stringify({ error: { code, message, ...more } } satisfies ErrorJson) };
}

function failureOf(error: unknown, what: string): Answer {
    if (error instanceof ConflictError) {
        return failure(error.status, error.code, error.message, error.at);
    }
    if (error instanceof OcellusError) {
        return failure(errorStatus[error.code], error.code, error.message);
    }
    if (error instanceof SettingsError) {
        return failure(400, 'INVAL', error.message, error.at, error.proposal);
    }
    console.error(`${what}:`, error);
    return failure(500, 'IO', 'internal error; see the log');
}

/** Modules that the archive of a board comes without (ADR 93). Rejects with `NOTSUP` there. */
export async function orNone<T>(module: Promise<T>): Promise<T> {
    try {
        return await module;
    } catch (error) {
        throw new OcellusError(
            'NOTSUP',
            `not available on this host: ${error instanceof Error ? error.message : String(error)}`,
        );
    }
}

/** The end of a route for everything below a path: one more part. */
const below = '*';

/** What a map of routes has for a path. */
function among<T>(routes: ReadonlyMap<string, T>, path: string): T | undefined {
    return (
        routes.get(path) ??
        routes.get(path.replace(/[^/]+$/, below)) ??
        routes.get(path.replace(/[^/]+(\/[^/]+)$/, `${below}$1`)) ?? // an act of a channel
        routes.get(path.replace(/[^/]+\/[^/]+$/, `${below}/${below}`)) // a file of a channel
    );
}

/** Routes by exact path, or by everything but the last part of it. */
export class Router {
    /** UTF-16 units of a body at most: beyond, its UTF-8 might not fit into a parcel. */
    readonly bodyMax: number;
    readonly #routes = new Map<string, Map<Method, Handler>>();
    /** What brings the routes that are not there yet, by path. */
    readonly #later = new Map<string, () => Promise<unknown>>();
    #links: (() => Promise<LinkHandler>) | undefined;
    #ours: ReadonlySet<string> = new Set();

    constructor(limits: Pick<Limits, 'parcelBytes'>) {
        this.bodyMax = Math.floor((limits.parcelBytes * 15) / 16);
    }

    /** Adds a route of the table: `*` in a path is one part. */
    route<P extends ApiPath>(method: ApiMethod<P> & Method, path: P, handler: Handler): this {
        return this.own(method, path, handler);
    }

    /** Adds a route that the table does not have: an application's. The last one for the same method and path wins. */
    own(method: Method, path: string, handler: Handler): this {
        const methods = this.#routes.get(path) ?? new Map<Method, Handler>();
        this.#routes.set(path, methods.set(method, handler));
        return this;
    }

    /** Whether there is a route for this method and exactly this path. */
    has(method: Method, path: string): boolean {
        return this.#routes.get(path)?.has(method) === true;
    }

    /**
     * Adds paths whose routes `load` brings with the first request that no other route answers: until then they take
     * no memory.
     */
    later(paths: readonly ApiPath[], load: () => Promise<unknown>): this {
        for (const path of paths) {
            this.#later.set(path, load);
        }
        return this;
    }

    /** `load` brings what answers requests by watch links, with the first of them. */
    byLink(load: () => Promise<LinkHandler>): this {
        this.#links = load;
        return this;
    }

    /** Whether a path that is there begins with "/api/" and this part. Asked before an application adds its own. */
    isOurs(first: string): boolean {
        return [...this.#ours].some((path) => path.split('/')[2] === first);
    }

    /** What is there so far is the program's own. */
    keep(): this {
        this.#ours = new Set([...this.#routes.keys(), ...this.#later.keys()]);
        return this;
    }

    /** Has the routes of a path brought, once. False: there is nothing to bring. */
    async #bring(path: string): Promise<boolean> {
        const load = among(this.#later, path);
        if (load === undefined) {
            return false;
        }
        await load();
        for (const [one, other] of [...this.#later]) {
            if (other === load) {
                this.#later.delete(one);
            }
        }
        return true;
    }

    #methods(path: string): Map<Method, Handler> | undefined {
        return among(this.#routes, path);
    }

    /** Never rejects: whatever a handler throws becomes an answer. */
    async answer(given: HttpRequest): Promise<HttpResponse> {
        const { rights } = given;
        if (rights === undefined) {
            return await this.#answer(given);
        }
        try {
            if (rights.startsWith(linkMark)) {
                const links = await this.#links?.();
                return await this.#run(given, (request) => links?.(request, rights.slice(linkMark.length)));
            }
            const { narrowed, scopedOf } = await import('ocellus/app/http/scope');
            return await this.#answer(scopedOf(given), narrowed);
        } catch (error) {
            return failureOf(error, `${given.method} ${given.path}`);
        }
    }

    /** `around`: what stands around each handler. */
    async #answer(request: ScopedRequest, around = (handler: Handler): Handler => handler): Promise<HttpResponse> {
        const method = (request.method === 'HEAD' ? 'GET' : request.method) as Method;
        let methods = this.#methods(request.path);
        try {
            if (methods?.has(method) !== true && (await this.#bring(request.path))) {
                methods = this.#methods(request.path);
            }
        } catch (error) {
            return failureOf(error, `${request.method} ${request.path}`);
        }
        if (methods === undefined) {
            return failure(404, 'NOENT', `no such resource: ${request.path.slice(0, 100)}`);
        }
        const handler = methods.get(method);
        if (handler === undefined) {
            const Allow = [...methods.keys()].join(', ');
            const what = `${request.method.slice(0, 20)} is not allowed for ${request.path}; use ${Allow}`;
            return { ...failure(405, 'NOTSUP', what), headers: { Allow } };
        }
        return await this.#run(request, around(handler));
    }

    async #run(request: ScopedRequest, handler: Handler): Promise<HttpResponse> {
        try {
            const value = await withDeadline(Promise.resolve(request).then(handler), deadlineMs, request.path);
            if (value instanceof Raw) {
                return value.response;
            }
            const reply = value instanceof Reply ? value : new Reply(200, value);
            const body = reply.value === undefined ? '' : JSON.stringify(reply.value);
            return body.length > this.bodyMax
                ? failure(500, 'TOO_BIG', `the answer has more than ${this.bodyMax} characters`)
                : { status: reply.status, body };
        } catch (error) {
            return failureOf(error, `${request.method} ${request.path}`);
        }
    }
}
