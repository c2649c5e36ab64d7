/**
 * Requests below `/api/` and their answers. The server belongs to the host: it listens, knows who may ask, and sends what
 * a `Body` refers to without a byte of it in the heap.
 */
import { Body } from 'ocellus/body';
import { type ErrorCode, OcellusError } from 'ocellus/error';
import type { Reply } from 'ocellus/link';
import { hostTimers, type Mail, type Timers } from 'ocellus/mail';
import type { Listening, ListenOptions } from 'ocellus/plane';

/** A request. */
export interface HttpRequest {
    readonly method: string;
    /** Decoded, without the query. */
    readonly path: string;
    /** As it came, without `?`. */
    readonly query: string;
    /** By name in lower case, at most 4 KB; never cookies, passwords or what belongs to the connection. */
    readonly headers: ReadonlyMap<string, string>;
    /** At most 48 KB. */
    readonly body: ArrayBuffer;
    /** The body as text. */
    text(): string;
    /** Number of the login by which it is asked, as `P2p.offer` takes it; 0: none was needed. */
    readonly login: number;
    /**
     * What it may: `<acts>/<cameras>` of somebody who has chosen ones ("see,look/front,yard", "see/*"), `link/<camera>` of a
     * watch link; left out: the login's right decides. Only servers that judge it get such requests (`HttpServerOptions`).
     */
    readonly rights?: string;
}

/** What has a server begin: the `Plane`. */
export interface Listener {
    listen(options?: Partial<ListenOptions>): Promise<Listening>;
    ready(): Promise<void>;
}

/** How a server answers. */
export interface HttpServerOptions {
    /** Where requests come from. */
    readonly plane: HttpSource;
    /** Answers what no route has; left out: 404. */
    readonly onRequest?: HttpHandler;
    /** It judges `HttpRequest.rights`; left out: requests that have one are refused with 403. */
    readonly judgesRights?: boolean;
    /** For tests. */
    readonly timers?: Timers;
}

/** An answer. */
export interface HttpResponse {
    /** 200 to 599; left out: 200. */
    readonly status?: number;
    /** At most 2 KB of ASCII; nothing that frames the message, no cookies. `Cache-Control` left out: `no-store`. */
    readonly headers?: Readonly<Record<string, string>>;
    /**
     * A text without a `Content-Type` is JSON; bytes without one have none; a `Body` has its own, and the host serves
     * ranges of it (`If-Range` with an `ETag` in the headers). Text and bytes: at most a parcel (`Limits.parcelBytes`).
     */
    readonly body?: string | ArrayBuffer | Uint8Array | Body;
}

/** Answers a request. A throw or a rejection becomes an error in JSON. */
export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** A request with its number. */
export interface TakenRequest extends HttpRequest {
    readonly id: number;
}

/** What a server needs of its host; tests supply their own. */
export interface HttpWay {
    /** Called when requests wait. */
    onRequests?: (() => void) | undefined;
    /** The next request; undefined: none waits. */
    take(): Promise<TakenRequest | undefined>;
    /** Rejects: `NOENT` nobody waits for it any more, `INVAL` a header is not allowed, `RANGE` no status, `TOO_BIG`. */
    reply(id: number, response: HttpResponse): Promise<void>;
}

/** Where a server takes its requests from: the `Plane`; tests supply a way of their own. */
export type HttpSource = { readonly mail: Mail } | HttpWay;

/** Milliseconds until a command is given up. */
const deadlineMs = 5_000;

/** Requests answered at the same time; more wait at the host. */
const atOnce = 8;

/** Milliseconds until a failed attempt is repeated, when nothing wakes it before. */
const againMs = 1000;

function takenOf({ value0, value1, bytes = new ArrayBuffer(0) }: Reply): TakenRequest {
    const head = new TextDecoder().decode(new Uint8Array(bytes, value1)).split('\0');
    const [method = '', path = '', query = '', login = '0', rights = '', ...named] = head;
    let headers: ReadonlyMap<string, string> | undefined;
    return {
        id: value0,
        method,
        path,
        query,
        login: Number(login),
        ...(rights !== '' && { rights }),
        get headers() {
            headers ??= new Map(named.flatMap((name, at) => (at % 2 === 0 ? [[name, named[at + 1] ?? '']] : [])));
            return headers;
        },
        get body() {
            return bytes.slice(0, value1);
        },
        text: () => new TextDecoder().decode(new Uint8Array(bytes, 0, value1)),
    };
}

function headOf(response: HttpResponse): string {
    const given = Object.entries(response.headers ?? {});
    const { body } = response;
    const typed = given.some(([name]) => name.toLowerCase() === 'content-type');
    if ((body instanceof ArrayBuffer || ArrayBuffer.isView(body)) && !typed) {
        given.push(['content-type', 'application/octet-stream']);
    }
    return given.map(([name, value]) => `${name.toLowerCase()}\0${value}\0`).join('');
}

function bytesOf(body: HttpResponse['body']): Uint8Array | undefined {
    if (typeof body === 'string') {
        return new TextEncoder().encode(body);
    }
    if (body instanceof ArrayBuffer) {
        return new Uint8Array(body);
    }
    return ArrayBuffer.isView(body) ? (body as Uint8Array) : undefined;
}

/** What a handler gave. Throws `OcellusError` `INVAL`, with what is wrong, when it is no answer. */
function checked(response: HttpResponse): HttpResponse {
    if (typeof response !== 'object' || response === null) {
        throw new OcellusError('INVAL', 'the handler gives no object with status, headers or body');
    }
    const { body } = response as { readonly body?: unknown };
    const fits = typeof body === 'string' || body instanceof ArrayBuffer || ArrayBuffer.isView(body);
    if (body !== undefined && !fits && !(body instanceof Body)) {
        throw new OcellusError('INVAL', 'body: neither a text nor bytes nor a Body; JSON.stringify makes a text');
    }
    return response;
}

const nativeHttp = Object.freeze({
    take(): number {
        return native<() => number>('xs_http_take').call(this);
    },
    reply(
        id: number,
        status: number,
        head: Uint8Array | undefined,
        bytes: Uint8Array | undefined,
        body: object | undefined,
    ): number {
        return native<
            (
                id: number,
                status: number,
                head: Uint8Array | undefined,
                bytes: Uint8Array | undefined,
                body: object | undefined,
            ) => number
        >('xs_http_reply').call(this, id, status, head, bytes, body);
    },
});

class NativeWay implements HttpWay {
    readonly #mail: Mail;

    constructor(mail: Mail) {
        this.#mail = mail;
    }

    async take(): Promise<TakenRequest | undefined> {
        const reply = await this.#mail.answer(nativeHttp.take(), 'take a request', deadlineMs);
        return reply.code > 0 ? undefined : takenOf(reply);
    }

    async reply(id: number, response: HttpResponse): Promise<void> {
        const { status = 200, body } = response;
        const bytes = bytesOf(body);
        const head = headOf(response);
        const request = nativeHttp.reply(
            id,
            Number.isInteger(status) ? status : 0,
            head === '' ? undefined : new TextEncoder().encode(head),
            bytes,
            bytes === undefined ? (body as object | undefined) : undefined,
        );
        await this.#mail.answer(request, 'answer a request', deadlineMs);
    }
}

function failure(status: number, code: ErrorCode, message: string): HttpResponse {
    return { status, body: JSON.stringify({ error: { code, message } }) };
}

/** Of no route. */
const unanswered: HttpHandler = ({ path }) => failure(404, 'NOENT', `no such resource: ${path.slice(0, 100)}`);

/** Takes requests and answers them; one per script. */
export class HttpServer {
    readonly #way: HttpWay;
    readonly #onRequest: HttpHandler;
    readonly #judges: boolean;
    readonly #timers: Timers;
    readonly #routes = new Map<string, HttpHandler>();
    #taking = false;
    #again = false;
    #underWay = 0;
    #held = false;
    #idle: (() => void) | undefined;

    /** Takes requests from the first `wake` on, and whenever more wait. */
    constructor({ plane, onRequest = unanswered, judgesRights = false, timers = hostTimers }: HttpServerOptions) {
        this.#judges = judgesRights;
        this.#timers = timers;
        this.#onRequest = onRequest;
        this.#way = 'mail' in plane ? new NativeWay(plane.mail) : plane;
        ('mail' in plane ? plane.mail : plane).onRequests = () => void this.wake();
    }

    /** `path`: "/api/things", or "/api/things/*" for one more part. GET is HEAD too. The last one holds. */
    route(method: string, path: string, handler: HttpHandler): this {
        this.#routes.set(`${method} ${path}`, handler);
        return this;
    }

    /** Listens, says that the application has begun, and takes requests. What it listens on; rejects as `Plane.listen`. */
    async serve(plane: Listener, options: Partial<ListenOptions> = {}): Promise<Listening> {
        const listening = await plane.listen(options);
        await plane.ready();
        void this.wake();
        return listening;
    }

    /**
     * This script makes way: it takes no request more, so that none is done and not answered. Fulfilled when those under way
     * are answered, `waitMs` later at the latest. When the script is still there after `heldMs` it takes requests again.
     */
    async hold(waitMs: number, heldMs: number): Promise<void> {
        this.#held = true;
        this.#timers.set(() => {
            this.#held = false;
            void this.wake();
        }, heldMs);
        if (this.#underWay === 0 && !this.#taking) {
            return;
        }
        await new Promise<void>((resolve) => {
            this.#idle = resolve;
            this.#timers.set(resolve, waitMs);
        });
    }

    /** Requests wait (an edge said so), or may. */
    async wake(): Promise<void> {
        this.#again = true;
        if (this.#taking || this.#held) {
            return;
        }
        this.#taking = true;
        try {
            while (this.#again && this.#underWay < atOnce && !this.#held) {
                this.#again = false;
                await this.#takeAll();
            }
        } catch (error) {
            console.warn(`requests: ${error instanceof Error ? error.message : String(error)}`);
            this.#timers.set(() => void this.wake(), againMs);
        } finally {
            this.#taking = false;
            this.#tellIdle();
        }
    }

    #tellIdle(): void {
        if (this.#underWay === 0 && !this.#taking) {
            this.#idle?.();
            this.#idle = undefined;
        }
    }

    async #takeAll(): Promise<void> {
        while (this.#underWay < atOnce && !this.#held) {
            const request = await this.#way.take();
            if (request === undefined) {
                return;
            }
            this.#underWay++;
            void this.#serve(request);
        }
        this.#again = true; // more may wait: asked again when one is done
    }

    async #serve(request: TakenRequest): Promise<void> {
        const what = `${request.method} ${request.path}`;
        try {
            await this.#answer(request, what);
        } catch (error) {
            // The host answers 503 by itself; it may also have given up waiting.
            const late = error instanceof OcellusError && error.code === 'NOENT';
            const why = late ? 'answered when nobody waited any more; 503 is sent after 5 s' : undefined;
            console.warn(`${what}: ${why ?? (error instanceof Error ? error.message : String(error))}`);
        }
        this.#underWay--;
        this.#tellIdle();
        if (this.#again) {
            await this.wake();
        }
    }

    async #answer(request: TakenRequest, what: string): Promise<void> {
        let response: HttpResponse;
        try {
            response = checked(await this.#find(request)(request));
        } catch (error) {
            console.error(`${what}:`, error);
            response = failure(500, 'IO', 'internal error; see the log');
        }
        try {
            await this.#way.reply(request.id, response);
        } catch (error) {
            if (!(error instanceof OcellusError) || ['NOENT', 'TIMEOUT'].includes(error.code)) {
                throw error;
            }
            console.error(`${what}: the answer cannot be sent: ${error.message}`);
            await this.#way.reply(request.id, failure(500, 'IO', 'internal error; see the log'));
        }
    }

    #find({ method, path, rights }: HttpRequest): HttpHandler {
        if (rights !== undefined && !this.#judges) {
            return () => failure(403, 'DENIED', 'not for people with chosen rights');
        }
        const known = method === 'HEAD' ? 'GET' : method;
        const handler = this.#routes.get(`${known} ${path}`);
        return handler ?? this.#routes.get(`${known} ${path.replace(/[^/]+$/, '*')}`) ?? this.#onRequest;
    }
}
