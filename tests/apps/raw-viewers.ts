/**
 * The raw layer of viewers over the end of a script: the first one throws while somebody watches, the second one asks for the
 * other layer, adopts, closes, and gives the transport to the other layer.
 */
import { Channels } from 'ocellus/channels';
import type { OcellusError } from 'ocellus/error';
import { Host } from 'ocellus/host';
import { HttpServer } from 'ocellus/http';
import { P2p } from 'ocellus/p2p';
import { Plane } from 'ocellus/plane';
import { sleep } from 'ocellus/app/base/time';

const host = new Host();
const plane = new Plane();
const channels = new Channels(plane);
const first = host.facts.generation === 1;

function say(event: string, values: object = {}): void {
    host.print(JSON.stringify({ event, ...values }));
}

const p2p = new P2p(plane, {
    onSendStart: () => ({ kind: 'live', channel: 0 }),
    onSendStop: (view, reason) => say('stopped', { view, reason }),
    onSession: ({ state }) => {
        if (first && state === 'up') {
            setTimeout(() => {
                throw new Error('while somebody watches');
            }, 300);
        }
    },
});

void new HttpServer({
    plane,
    onRequest: async (request) => ({ status: 201, body: (await p2p.offer(request.text())).sdp }),
});

async function begin(): Promise<void> {
    await channels.set([{ name: 'cam', url: host.facts.defaultInput }]);
    await channels.settled();
    await p2p.open({ owner: 'raw', loopback: true });
    const { port } = await plane.listen();
    say('listening', { url: `http://127.0.0.1:${port}/` });
}

async function goOn(): Promise<void> {
    const hub = new P2p(plane);
    try {
        await hub.open({ owner: 'hub' });
    } catch (error) {
        say('refused', { code: (error as OcellusError).code, message: (error as OcellusError).message });
    }
    const { adopted } = await p2p.open({ owner: 'raw' });
    const views = p2p.views().map(({ view, kind, state }) => ({ view, kind, state }));
    await sleep(700);
    const rate = p2p.sendStatus(views[0]?.view ?? 1)?.acknowledgedRate;
    say('adopted', { adopted, views, rate, viewers: p2p.sessions().length });
    await p2p.close();
    say('closed', { hub: await hub.open({ owner: 'hub' }) });
}

await (first ? begin() : goOn());
await plane.ready();
