/** A channel that is pushed as HLS to where a test says over HTTP. */
import { HlsPush } from 'ocellus/app/live/hls-push';
import type { HlsPushTarget } from 'ocellus/app/live/hls-push-options';
import { Channels } from 'ocellus/channels';
import { Host } from 'ocellus/host';
import { type HttpRequest, type HttpResponse, HttpServer } from 'ocellus/http';
import { Plane } from 'ocellus/plane';

interface Order {
    /** Of the channel "cam". */
    readonly url: string;
    readonly target: HlsPushTarget;
    readonly on: boolean;
}

const host = new Host();
const plane = new Plane();
const channels = new Channels(plane);
let push: HlsPush | undefined;

function report(event: string, values: object = {}): void {
    host.print(JSON.stringify({ event, ...values }));
}

const deeds: Readonly<Record<string, (order: Order) => Promise<object>>> = {
    async open({ url }) {
        await channels.set([{ name: 'cam', url, ringMs: 20_000 }]);
        await channels.settled();
        return {};
    },
    async start({ target }) {
        await push?.stop();
        let phase = '';
        push = new HlsPush({
            plane,
            host,
            target,
            channel: 'cam',
            stream: 'main',
            onState: (state) => {
                if (state.phase !== phase) {
                    phase = state.phase;
                    report('phase', { phase, code: state.failure?.code ?? '', why: state.failure?.message ?? '' });
                }
            },
        });
        push.start();
        return {};
    },
    async state() {
        const { failure, ...state } = push?.state() ?? {};
        const { dropped_packets: dropped = 0, ring_overruns: overruns = 0, viewers = 0 } = plane.channel(0) ?? {};
        const row = { dropped, overruns, viewers };
        return { ...state, ...row, code: failure?.code ?? '', why: failure?.message ?? '' };
    },
    async crash() {
        setTimeout(() => {
            throw new Error('as it should');
        }, 0);
        return {};
    },
    async stop() {
        await push?.stop();
        return {};
    },
    async privacy({ on }) {
        await plane.setPrivacy({ command: on });
        return {};
    },
};

async function onRequest({ path, ...request }: HttpRequest): Promise<HttpResponse> {
    const text = decodeURIComponent(request.query);
    try {
        const answer = await deeds[path.replace('/api/', '')]?.(JSON.parse(text === '' ? '{}' : text) as Order);
        return answer === undefined ? { status: 404 } : { body: JSON.stringify(answer) };
    } catch (error) {
        return { status: 409, body: JSON.stringify({ why: String(error) }) };
    }
}

const server = new HttpServer({ plane, onRequest });
const { port } = await plane.listen();
await plane.ready();
report('listening', { url: `http://127.0.0.1:${port}/`, generation: host.facts.generation });
await server.wake();
