// needs: media,http,network,system
/** Spans of rings and pictures as bodies: made, kept, served and sent as a test asks for it over HTTP. */
import { type Body, ringBody, snapshotBody } from 'ocellus/body';
import { Channels } from 'ocellus/channels';
import { Host } from 'ocellus/host';
import { type HttpRequest, type HttpResponse, HttpServer } from 'ocellus/http';
import { Plane } from 'ocellus/plane';
import { request } from 'ocellus/app/net/request';

interface SpanQuery {
    readonly url: string;
    readonly ringMs: number;
    readonly loop: boolean;
    readonly fast: boolean;
    readonly beforeMs: number;
    readonly untilMs: number;
    readonly audio: boolean;
    readonly count: number;
    readonly port: number;
    readonly on: boolean;
}

const host = new Host();
const plane = new Plane();
const channels = new Channels(plane);
const kept = new Map<string, Body>();

function report(event: string, values: object = {}): void {
    host.print(JSON.stringify({ event, ...values }));
}

function make({ beforeMs, untilMs, audio }: SpanQuery): Promise<Body> {
    return beforeMs < 0 ? snapshotBody(plane, 0) : ringBody(plane, 0, { beforeMs, untilMs, audio });
}

async function put(body: Body, port: number): Promise<void> {
    try {
        const { status } = await request(`http://127.0.0.1:${port}/span`, { body, timeoutMs: 60_000 });
        report('put', { status });
    } catch (error) {
        const { code = '', message } = error as Error & { readonly code?: string };
        report('put', { code, message });
    }
}

const deeds: Readonly<Record<string, (desired: SpanQuery) => Promise<HttpResponse>>> = {
    async open({ url, ringMs, loop, fast }) {
        await channels.set([{ name: 'cam', url: url === '' ? host.facts.defaultInput : url, ringMs, loop, fast }]);
        await channels.settled();
        return {};
    },
    async close() {
        await channels.set([]);
        return {};
    },
    async privacy({ on }) {
        await plane.setPrivacy({ command: on });
        return {};
    },
    /** Made and served at once. */
    span: async (desired) => ({ body: await make(desired) }),
    async keep(desired) {
        const body = await make(desired);
        kept.get('one')?.close();
        kept.set('one', body);
        return { body: JSON.stringify({ bytes: body.bytes, type: body.type }) };
    },
    kept: () => Promise.resolve({ body: kept.get('one') ?? '', headers: { etag: '"one"' } }),
    /** Made and forgotten, without a close. */
    async forget(desired) {
        let bytes = 0;
        for (let i = 0; i < desired.count; i++) {
            bytes += (await make(desired)).bytes;
        }
        return { body: JSON.stringify({ bytes }) };
    },
    put({ port }) {
        const body = kept.get('one');
        if (body !== undefined) {
            void put(body, port);
        }
        return Promise.resolve({});
    },
    crash() {
        setTimeout(() => {
            throw new Error('as it should');
        }, 0);
        return Promise.resolve({});
    },
};

async function onRequest(incoming: HttpRequest): Promise<HttpResponse> {
    const deed = deeds[incoming.path.replace('/api/', '')];
    const text = incoming.method === 'POST' ? incoming.text() : decodeURIComponent(incoming.query);
    try {
        return (await deed?.(JSON.parse(text === '' ? '{}' : text) as SpanQuery)) ?? { status: 404 };
    } catch (error) {
        const { code = '', message } = error as Error & { readonly code?: string };
        return { status: 409, body: JSON.stringify({ code, message }) };
    }
}

const server = new HttpServer({ plane, onRequest });
const { port } = await server.serve(plane);
report('listening', { url: `http://127.0.0.1:${port}/`, generation: host.facts.generation });
