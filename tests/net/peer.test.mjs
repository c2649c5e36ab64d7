// Two `ocellus peer` behind NATs: which pairs of NATs connect straight, and that the rest goes through coturn.
import test from 'ava';
import { credentials } from './lib/coturn.mjs';
import { built, says } from './lib/run.mjs';
import { carry } from './lib/signal.mjs';
import { makeTopology } from './lib/topology.mjs';

const bytes = 300_000;

/**
 * The camera serves, the viewer offers and asks for `bytes` bytes.
 * @param {import('ava').ExecutionContext} t
 * @param {Parameters<typeof makeTopology>[0]} options
 * @param {{ args: (server: string) => readonly string[], trusts?: boolean, during?: (net: Awaited<ReturnType<typeof makeTopology>>, coturn: { down(): Promise<void>, up(): Promise<void> }) => Promise<void>, label?: string, timeout?: number }} how
 */
async function connect(t, options, { args, trusts = true, during, label = `source?bytes=${bytes}&size=16000`, timeout = 40 }) {
    const net = await makeTopology(options);
    t.teardown(net.close);
    const coturn = await net.coturn(['verbose']);
    const [server = ''] = net.addresses.server;
    const env = { ...process.env, ...(trusts ? { SSL_CERT_FILE: coturn.certificate } : {}) };
    const camera = net.spawn('camera', [built('ocellus'), 'peer', '--http', '127.0.0.1:0', '--json', ...args(server)], { env });
    const [, url = ''] = await says(camera, /"url":"(http:[^"]+?)\/?"/);
    const local = await carry(net, 'viewer', 'camera', url);
    const before = (await net.stats()).a.seen;
    const running = net.exec('viewer', [built('ocellus'), 'peer', '--offer-to', `${local}/offer`, '--open', label, '--json', ...args(server)], { env, timeout });
    await during?.(net, coturn);
    const { code, stdout, stderr } = await running;
    const channel = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line)).find((line) => line.event === 'channel');
    const relayed = /CHANNEL_BIND processed, success/.test(coturn.log());
    t.log(`${relayed ? 'relayed' : 'straight'}, ${channel?.bytes ?? 0} bytes in ${channel?.last_ms ?? '-'} ms, ${(await net.stats()).a.seen - before} packets towards the camera`);
    return { code, stdout, stderr, bytes: channel?.bytes ?? 0, relayed, log: coturn.log() };
}

/** @param {string} server */
const stunAndTurn = (server) => ['--stun', `${server}:3478`, '--turn', `${server}:3478,${credentials.user},${credentials.password}`];
/** @param {string} server */
const stunOnly = (server) => ['--stun', `${server}:3478`];

for (const [viewerNat, cameraNat] of /** @type {const} */ ([
    ['none', 'none'],
    ['none', 'symmetric'],
    ['full-cone', 'symmetric'],
    ['port-restricted', 'port-restricted'],
])) {
    test.serial(`${viewerNat} and ${cameraNat}: straight, by STUN alone`, async (t) => {
        const outcome = await connect(t, { viewerNat, cameraNat, delayMs: 10 }, { args: stunOnly });
        t.deepEqual([outcome.code, outcome.bytes], [0, bytes], outcome.stdout + outcome.stderr);
    });
}

for (const [viewerNat, cameraNat] of /** @type {const} */ ([
    ['symmetric', 'symmetric'],
    ['port-restricted', 'symmetric'],
    ['symmetric', 'port-restricted'],
])) {
    test.serial(`${viewerNat} and ${cameraNat}: through the relay`, async (t) => {
        const outcome = await connect(t, { viewerNat, cameraNat, delayMs: 10 }, { args: stunAndTurn });
        t.deepEqual([outcome.code, outcome.bytes], [0, bytes], outcome.stdout + outcome.stderr);
        t.true(outcome.relayed);
    });
}

for (const transport of /** @type {const} */ (['udp', 'tcp', 'tls'])) {
    test.serial(`relayed addresses alone, over ${transport}, through 2 % loss`, async (t) => {
        const outcome = await connect(t, { viewerNat: 'symmetric', cameraNat: 'symmetric', delayMs: 10, lossPercent: 2 }, {
            args: (server) => ['--relay-only', '--turn-transport', transport, '--turn', `${server}:${transport === 'tls' ? 5349 : 3478},${credentials.user},${credentials.password}`],
        });
        t.deepEqual([outcome.code, outcome.bytes], [0, bytes], outcome.stdout + outcome.stderr);
        t.true(outcome.relayed);
    });
}

test.serial('TLS: a server with a certificate of nobody is not used', async (t) => {
    const outcome = await connect(t, {}, {
        args: (server) => ['--relay-only', '--turn-transport', 'tls', '--turn', `${server}:5349,${credentials.user},${credentials.password}`],
        trusts: false,
        timeout: 12,
    });
    t.not(outcome.code, 0);
    t.notRegex(outcome.log, /ALLOCATE processed/);
});
