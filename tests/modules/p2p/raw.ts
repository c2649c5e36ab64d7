/** A script of the raw layer for tests/native/script/p2p_xs_test.c: prints what it hears; requests say what it does. */
import { Host } from 'ocellus/host';
import { type CommandAnswer, P2p } from 'ocellus/p2p';
import { Plane } from 'ocellus/plane';

const host = new Host();

function say(what: string, ...values: readonly unknown[]): void {
    host.print([what, ...values.map((value) => JSON.stringify(value))].join(' '));
}

const p2p: P2p = new P2p(new Plane(), {
    onSendStart: ({ action, name, query }, peer) => {
        say('start', action, name, Object.fromEntries(query), peer);
        if (action !== 'live') {
            throw new Error(`kein ${action}: größer 🎥`);
        }
        return { kind: 'live', channel: Number(query.get('channel')), stream: 'sub' };
    },
    onSendStop: (view, reason) => say('stop', view, reason),
    onReceiveStart: (_params, { view }) => say('receive', view),
    onReceive: (view, data) => say('data', view, data && [...data]),
    onCommand: (request) => act(new TextDecoder().decode(request)),
    onEvent: (event) => say('event', event),
    onSession: (event) => say('session', event),
    onCandidate: (event) => say('candidate', event),
});

async function act(request: string): Promise<CommandAnswer> {
    const [verb, first = '0', second = ''] = request.split(' ');
    switch (verb) {
        case 'echo':
            return request;
        case 'bytes':
            return new Uint8Array([0, 255, 10]).subarray(1);
        case 'buffer':
            return String(p2p.sendBuffer(Number(first)));
        case 'status':
            return JSON.stringify(p2p.sendStatus(Number(first)) ?? null);
        case 'rows':
            return JSON.stringify([p2p.sessions(), p2p.views().map(({ view }) => view)]);
        case 'watermarks':
            await p2p.setWatermarks({ low: 204_800, warn: 409_600, high: 2_147_483_647 });
            return 'set';
        case 'offer':
            return JSON.stringify(await p2p.offer(second, { open: [{ id: Number(first), label: 'ü 🎥' }] }));
        case 'close':
            return null;
        default:
            throw new RangeError(`no verb ${verb}`);
    }
}

const opened = p2p.open({
    owner: 'raw',
    port: 4711,
    loopback: true,
    ipv6: false,
    keepAlive: { interval: 255, attempts: 10 },
    servers: [
        { url: 'turn:turn.example:5000?transport=tcp', username: 'ü', credential: 'geheim' },
        { url: 'stun:[::1]' },
    ],
    ca: '/etc/größe.pem',
});
opened.then(
    (found) => say('opened', found),
    (error: unknown) => say('refused', String(error)),
);
