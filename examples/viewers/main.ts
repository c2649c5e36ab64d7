/** An application of its own on the raw transport: whoever posts an offer to /api/offer watches. README.md says how to run it. */
import { Channels } from 'ocellus/channels';
import { OcellusError } from 'ocellus/error';
import { Host } from 'ocellus/host';
import { HttpServer } from 'ocellus/http';
import { P2p } from 'ocellus/p2p';
import { offerHandler } from 'ocellus/p2p-offers';
import { Plane } from 'ocellus/plane';

const host = new Host();
const plane = new Plane();
const channels = new Channels(plane);
const say = (event: string, values: object = {}): void => host.print(JSON.stringify({ event, ...values }));

const p2p = new P2p(plane, {
    // a throw refuses, and the viewer reads why
    onSendStart: ({ action }, { session, view }) => {
        if (action !== 'live') {
            throw new OcellusError('NOTSUP', `action=${action} is not known: live or command`);
        }
        say('watching', { session, view });
        return { kind: 'live', channel: channels.get('cam')?.number ?? 0 };
    },
    onSendStop: (view, reason) => say('stopped', { view, reason }),
    // requests of `action=command`: this one answers each with the time
    onCommand: () => new Date(host.clock().wallMs).toISOString(),
    onSession: (session) => say('session', session),
});

// everything runs on when this script ends; the next one takes it over
async function start(): Promise<void> {
    await channels.set([{ name: 'cam', url: host.facts.defaultInput }]);
    await p2p.open({ owner: 'raw', loopback: true });
    const { port } = await new HttpServer({ plane }).route('POST', '/api/offer', offerHandler(p2p)).serve(plane);
    say('listening', { url: `http://127.0.0.1:${port}/` });
}

start().catch((error: unknown) => plane.exit(1, String(error)));
