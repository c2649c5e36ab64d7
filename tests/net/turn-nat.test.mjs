// oc_gather behind NATs, with coturn on the other side of a slow and lossy network.
import path from 'node:path';
import test from 'ava';
import { startProbe } from './lib/probe.mjs';
import { root, says } from './lib/run.mjs';
import { makeTopology } from './lib/topology.mjs';

const udp = path.join(root, 'tests/net/lib/udp.mjs');

/** coturn refuses peers of its own machine, so the peer that echoes is at the viewer's. */
const peerPort = 9000;

/**
 * @param {import('ava').ExecutionContext} t
 * @param {Parameters<typeof makeTopology>[0]} options
 * @param {'udp' | 'tcp' | 'tls'} [transport]
 */
async function make(t, options, transport = 'udp') {
    const net = await makeTopology(options);
    t.teardown(net.close);
    const coturn = await net.coturn();
    const peer = net.spawn('viewer', [process.execPath, udp, 'echo', String(peerPort)]);
    await says(peer, /up/);
    const client = startProbe((argv) => net.spawn('camera', argv), {
        server: net.addresses.server[0] ?? '',
        port: transport === 'tls' ? 5349 : 3478,
        transport,
        ca: coturn.certificate,
    });
    client.peer(net.addresses.viewerPublic, peerPort);
    return { net, client };
}

for (const cameraNat of /** @type {const} */ (['none', 'full-cone', 'port-restricted', 'symmetric'])) {
    test.serial(`[B8] ready, addresses and bytes behind a NAT: ${cameraNat}`, async (t) => {
        const { net, client } = await make(t, { cameraNat, delayMs: 20 });
        const reflexive = await client.until((line) => line.event === 'candidate' && line.kind === 'reflexive', 20);
        t.true(reflexive.addr.startsWith(`${net.addresses.cameraPublic}:`), reflexive.addr);
        await client.until((line) => line.event === 'ready', 20);
        const relayed = await client.relayed();
        t.true(relayed.addr.startsWith(net.addresses.server[0]), relayed.addr);
        const { sent, received, wrong, rttUs } = await client.echo(100, 1000, 5);
        t.deepEqual([sent, received, wrong], [100, 100, 0]);
        t.true(rttUs >= 40_000, `${rttUs} µs`);
        await client.stop();
    });
}

for (const transport of /** @type {const} */ (['udp', 'tcp', 'tls'])) {
    test.serial(`bytes over ${transport} through 5 % loss`, async (t) => {
        const { net, client } = await make(t, { cameraNat: 'symmetric', delayMs: 20, lossPercent: 5 }, transport);
        await client.relayed(30);
        const { received, wrong } = await client.echo(400, 1000, 10);
        t.is(wrong, 0);
        t.true(transport === 'udp' ? received > 320 && received < 395 : received > 395, `${received} of 400`);
        const { a, b } = await net.stats();
        t.log(`lost ${a.lost} of ${a.seen}, ${b.lost} of ${b.seen}`);
        t.true(a.lost > 0 && b.lost > 0);
    });
}

test.serial('[B8] a changed address is told, and a new allocation made', async (t) => {
    const { net, client } = await make(t, { cameraNat: 'port-restricted', delayMs: 5 });
    await client.relayed();
    t.is((await client.echo(20, 500, 5)).received, 20);
    const seen = client.lines.length;
    const next = net.renumber('camera');
    const changed = await client.until((line) => line.event === 'changed', 30, seen); // probed every 5 s
    t.true(changed.addr.startsWith(`${next}:`), changed.addr);
    await client.relayed(30, seen);
    const { sent, received } = await client.echo(50, 500, 5);
    t.is(received, sent);
});

test.serial('[B8] servers out of reach are told once, and their return', async (t) => {
    const { net, client } = await make(t, { cameraNat: 'port-restricted' });
    await client.relayed();
    t.is((await client.echo(20, 500, 5)).received, 20);
    const seen = client.lines.length;
    await net.impair({ down: 1 });
    await client.until((line) => line.event === 'lost' && line.kind === 'reflexive', 30, seen);
    await net.impair({ down: 0 });
    await client.until((line) => line.event === 'candidate' && line.kind === 'reflexive', 30, seen);
    const { sent, received } = await client.echo(50, 500, 5); // through the same allocation: it was kept
    t.is(received, sent);
    t.is(client.lines.slice(seen).filter((line) => line.kind === 'relayed' && line.event === 'lost').length, 0);
});
