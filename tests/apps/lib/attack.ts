/**
 * Tries everything by which an application could reach the network or the settings, and prints what came of it. The port
 * of the listener that counts is the last part of the data directory's name: it needs no capability to be known.
 */
import { channelOf, type ChannelWanted } from 'ocellus/channels';
import { OcellusError } from 'ocellus/error';
import { Host } from 'ocellus/host';
import { type Desired, type ListenOptions, Plane } from 'ocellus/plane';

const host = new Host();
void host.facts.options; // looked at: else the program ends where it is allowed to begin
const plane = new Plane();
const port = Number(/(\d+)$/.exec(host.facts.dataPath)?.[1]);
const origin = `127.0.0.1:${port}`;

/** No literal: the bundler would look for the module. */
const load = (specifier: string): Promise<unknown> => import(specifier);

/** A list of one channel. */
function list(name: string, url: string, more: Partial<ChannelWanted> = {}): Desired {
    const zone = { name: '', posix: '', offsetMinutes: 0 };
    return { name: '', zone, channels: [channelOf({ name, url, ringBytes: 1_000_000, audio: false, ...more })] };
}

const listening: ListenOptions = {
    addresses: ['127.0.0.1'],
    port: 0,
    always: false,
    tlsCert: '',
    tlsKey: '',
    hosts: [],
    corsOrigins: [],
    trustedProxies: [],
};

/** What is allowed first, and in a later part what is not. */
function later(): Desired {
    const harmless = list('cam', 'fake:?seed=1').channels;
    const names = Array.from({ length: 9 }, (_, index) =>
        harmless.map((channel) => ({ ...channel, name: `cam${index}` })),
    );
    const last = list('later', `rtsp://${origin}/`);
    return { ...last, channels: [...names.flat(), ...last.channels] };
}

interface Client {
    request(options: object): unknown;
}

/** Whatever the module gives, by the ways of ECMA-419; done when the request has ended. */
async function fetchBy(specifier: string, name = '127.0.0.1'): Promise<unknown> {
    const { default: Made } = (await load(specifier)) as { default: new (options: object) => Client };
    return new Promise((resolve) => {
        const client = new Made({ host: name, address: name, port, onError: resolve });
        client.request({ path: '/', onDone: resolve });
    });
}

async function viewers(): Promise<unknown> {
    const { P2p } = (await load('ocellus/p2p')) as typeof import('ocellus/p2p');
    const p2p = new P2p(plane);
    await p2p.open({ owner: 'raw', loopback: true, servers: [{ url: `stun:${origin}` }] });
    return p2p.offer('v=0');
}

/** A viewer that is said to be where the listener is, so that checks of the path would go there. */
async function candidates(): Promise<unknown> {
    const { P2p } = (await load('ocellus/p2p')) as typeof import('ocellus/p2p');
    const p2p = new P2p(plane, { onCandidate: () => void p2p.connect() });
    await p2p.open({ owner: 'raw', loopback: true });
    return p2p.candidate(1, `candidate:1 1 UDP 2122252543 127.0.0.1 ${port} typ host`);
}

/** Modules behind those that are granted, out of a callback of the host: whoever calls, the application imports. */
async function inner(): Promise<void> {
    const names = ['link', 'mail', 'p2p-link', 'p2p-grant', 'p2p-service', 'p2p-ownership', 'console', 'surface'];
    for (const name of names) {
        await new Promise<void>((resolve) => void setTimeout(resolve, 0));
        const found = await load(`ocellus/${name}`).catch(() => undefined);
        if (found !== undefined) {
            throw new Error(`ocellus/${name} is there`);
        }
    }
    throw new Error('no module');
}

/** What answers and edges go through has a constructor; a link is not to be had from it. */
function mail(): Promise<unknown> {
    const made: object = Reflect.construct(plane.mail.constructor, [plane.mail, {}]);
    const keys = [made, plane.mail, plane].flatMap((one) => Reflect.ownKeys(one));
    const way = keys.find((key) => /link|post|native/i.test(String(key)));
    return Promise.reject(new Error(way === undefined ? 'no module' : `${String(way)} is there`));
}

const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
    rtsp: () => plane.setDesired(list('rtsp', `rtsp://${origin}/`)),
    http: () => plane.setDesired(list('http', `http://${origin}/a.m3u8`)),
    https: () => plane.setDesired(list('https', `https://localhost:${port}/a.m3u8`)),
    name: () => plane.setDesired(list('name', 'rtsp://attack.example.invalid/')),
    recorded: () => plane.setDesired(list('recorded', `rtsp://${origin}/`, { record: { name: 'x' } })),
    sub: () => plane.setDesired(list('sub', 'fake:?seed=1', { subUrl: `rtsp://${origin}/` })),
    later: () => plane.setDesired(later()),
    file: () => plane.setDesired(list('file', '/etc/passwd.mkv')),
    client: () => fetchBy('embedded:network/http/client'),
    resolve: () => fetchBy('embedded:network/http/client', 'lookup.test'),
    forged: () => fetchBy('./../../embedded:network/http/client.js'),
    tcp: () => fetchBy('embedded:io/socket/tcp'),
    viewers,
    candidates,
    inner,
    mail,
    store: () => plane.readStore('settings'),
    listen: () => plane.listen(listening),
    routes: () => load('ocellus/http'),
    files: () => load('embedded:storage/files'),
    privacy: () => plane.setPrivacy({ command: true }),
    exit: () => plane.exit(3, 'an attack'),
    log: async () => {
        host.setLogLevel('error');
    },
    borrowed: () => Reflect.apply(Plane.prototype.setDesired, plane, [list('borrowed', `rtsp://${origin}/`)]),
};

/** Tries each of these, or all. */
export async function attack(names: readonly string[] = Object.keys(attempts)): Promise<void> {
    const outcomes: Record<string, string> = {};
    for (const name of names) {
        try {
            await attempts[name]?.();
            outcomes[name] = 'done';
        } catch (error) {
            outcomes[name] = error instanceof OcellusError ? error.code : (error as Error).message;
        }
    }
    const { options, settings, stored, capabilities } = host.facts;
    const facts = {
        options: options.length,
        settings: settings !== undefined,
        stored: stored !== undefined,
        capabilities,
    };
    host.print(JSON.stringify({ event: 'attacked', outcomes, facts, rows: plane.channels().length }));
    await plane.ready();
}
