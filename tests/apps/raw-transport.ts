/** All of the raw transport: whoever posts an offer to /api/offer watches, asks and talks. */
import { Channels } from 'ocellus/channels';
import { OcellusError } from 'ocellus/error';
import { Host } from 'ocellus/host';
import { HttpServer } from 'ocellus/http';
import { type Accept, type Params, P2p, type Peer } from 'ocellus/p2p';
import { offerHandler } from 'ocellus/p2p-offers';
import { Plane } from 'ocellus/plane';

const host = new Host();
const plane = new Plane();
const channels = new Channels(plane);
/** Bytes that each talking viewer has sent. */
const heard = new Map<number, number>();

function say(event: string, values: object = {}): void {
    host.print(JSON.stringify({ event, ...values }));
}

/** `action=live`: the channel. A throw refuses, and the viewer reads why. */
function choose({ action, query }: Params): Accept {
    if (action !== 'live') {
        throw new OcellusError('NOTSUP', `action=${action} is not known: live, voice or command`);
    }
    return {
        kind: 'live',
        channel: channels.get('cam')?.number ?? 0,
        stream: query.get('stream') === 'sub' ? 'sub' : 'main',
    };
}

/** Requests of `action=command`; a throw answers with an error, null closes the channel. */
async function act(request: string, { session }: Peer): Promise<string | null> {
    switch (request) {
        case 'time':
            return new Date(host.clock().wallMs).toISOString();
        case 'views':
            return JSON.stringify(p2p.views().filter((view) => view.session === session));
        case 'careful': // hold live while more than 500 KB wait, until less than 200 KB do
            await p2p.setWatermarks({ low: 204_800, warn: 409_600, high: 512_000 });
            return 'done';
        case 'bye':
            return null;
        default:
            throw new OcellusError('NOTSUP', `no request ${request}`);
    }
}

const p2p: P2p = new P2p(plane, {
    onSendStart: (params, { session, view }) => {
        const accept = choose(params);
        say('watching', { session, view });
        return accept;
    },
    onSendStop: (view, reason) => say('stopped', { view, reason }),
    onReceiveStart: (_params, { view }) => void heard.set(view, 0),
    onReceive: (view, data) => {
        const bytes = (heard.get(view) ?? 0) + (data?.length ?? 0);
        heard.set(view, bytes);
        if (data === null) {
            heard.delete(view);
            say('heard', { view, bytes });
        }
    },
    onCommand: (request, peer) => act(new TextDecoder().decode(request), peer),
    onSession: (session) => say('session', session),
    onEvent: ({ kind, ...more }) => say(kind, more),
});

async function start(): Promise<void> {
    await channels.set([{ name: 'cam', url: host.facts.defaultInput }]);
    await channels.settled();
    await p2p.open({ owner: 'raw', loopback: true });
    const { port } = await new HttpServer({ plane }).route('POST', '/api/offer', offerHandler(p2p)).serve(plane);
    say('listening', { url: `http://127.0.0.1:${port}/` });
}

start().catch((error: unknown) => plane.exit(1, String(error)));
