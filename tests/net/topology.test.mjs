// The network of the tests itself: each NAT is what it says, the relay delays and loses what it says, nothing is left behind.
import { spawn } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import { verdicts } from './lib/nat.mjs';
import { perhaps, root, says } from './lib/run.mjs';
import { makeTopology } from './lib/topology.mjs';

const udp = path.join(root, 'tests/net/lib/udp.mjs');
const names = () => perhaps(['ip', 'netns', 'list']).match(/^ocnet-\S+/gm) ?? [];

/** @param {import('ava').ExecutionContext} t @param {Parameters<typeof makeTopology>[0]} [options] */
async function make(t, options) {
    const net = await makeTopology(options);
    t.teardown(net.close);
    return net;
}

/**
 * Numbered datagrams from the viewer to the camera (no NATs): what arrived.
 * @param {Awaited<ReturnType<typeof makeTopology>>} net
 * @param {{ count: number, bytes: number, perMs: number }} load
 */
async function blast(net, { count, bytes, perMs }) {
    const sink = net.spawn('camera', [process.execPath, udp, 'count', '9000']);
    await says(sink, /up/);
    await net.exec('viewer', [process.execPath, udp, 'send', net.addresses.camera, '9000', String(count), String(bytes), String(perMs)]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = says(sink, /\{.*\}/);
    sink.stdin.end();
    return JSON.parse((await answer)[0]);
}

/**
 * Round trips in ms. Behind its last request `ping` waits for an interval, or two of the longest round trips: an answer that a busy machine holds up
 * for longer is not seen.
 * @param {Awaited<ReturnType<typeof makeTopology>>} net @param {number} count @param {string} [interval] seconds
 */
async function ping(net, count, interval = '0.1') {
    const { stdout } = await net.exec('viewer', ['ping', '-n', '-c', String(count), '-i', interval, '-W', '2', net.addresses.camera]);
    return [...stdout.matchAll(/time=([\d.]+) ms/g)].map((match) => Number(match[1])).sort((a, b) => a - b);
}

for (const [kind, { mapping, filtering }] of Object.entries(verdicts)) {
    test.serial(`NAT ${kind}: ${mapping.toLowerCase()}, ${filtering.toLowerCase()}`, async (t) => {
        const nat = /** @type {import('./lib/nat.mjs').NatKind} */ (kind);
        const net = await make(t, { viewerNat: nat, cameraNat: nat });
        await net.coturn();
        for (const place of /** @type {const} */ (['viewer', 'camera'])) {
            const { stdout } = await net.exec(place, ['turnutils_natdiscovery', '-m', '-f', net.addresses.server[0] ?? '']);
            t.true(stdout.includes(mapping), `${place}: ${stdout}`);
            t.true(stdout.includes(filtering), `${place}: ${stdout}`);
        }
    });
}

test.serial('relay: delay both ways, nothing lost', async (t) => {
    const net = await make(t, { delayMs: 20 });
    const times = await ping(net, 50);
    t.is(times.length, 50);
    const middle = times[25] ?? 0;
    t.log(`${times[0]} .. ${middle} .. ${times[49]} ms`);
    t.true((times[0] ?? 0) >= 40, `${times[0]} ms`);
});

test.serial('relay: jitter spreads, and keeps the order', async (t) => {
    const net = await make(t, { delayMs: 10, jitterMs: 20 });
    const times = await ping(net, 100);
    t.true((times[0] ?? 0) >= 20 && (times[95] ?? 0) > (times[5] ?? 0) + 8, times.join(' '));
    const { packets, late } = await blast(net, { count: 2000, bytes: 200, perMs: 2 });
    t.deepEqual([packets, late], [2000, 0]);
});

test.serial('relay: loses the share it is told, the same packets for the same seed, and says how many', async (t) => {
    /** @type {number[]} */
    const lost = [];
    for (const seed of [7, 7, 8]) {
        const net = await makeTopology({ lossPercent: 5, seed });
        try {
            const before = (await net.stats()).a;
            const { packets } = await blast(net, { count: 4000, bytes: 100, perMs: 2 });
            const after = (await net.stats()).a;
            t.is(after.seen - before.seen - (after.lost - before.lost), packets);
            t.is(after.seen - before.seen, 4000);
            lost.push(4000 - packets);
        } finally {
            await net.close();
        }
    }
    t.true(lost.every((count) => count > 140 && count < 270), lost.join(' '));
    t.is(lost[0], lost[1]);
    t.not(lost[1], lost[2]);
});

test.serial('relay: duplicates and reorders', async (t) => {
    const net = await make(t, { delayMs: 5, duplicatePercent: 10, reorderPercent: 5, reorderMs: 20 });
    const { packets, duplicates, late } = await blast(net, { count: 4000, bytes: 100, perMs: 4 });
    t.is(packets, 4000 + duplicates);
    t.true(duplicates > 320 && duplicates < 480, `${duplicates} twice`);
    t.true(late > 100, `${late} late`);
});

test.serial('relay: a rate and a queue; what does not fit is counted', async (t) => {
    const net = await make(t, { rateKbit: 8000, queueMs: 300 });
    const got = await blast(net, { count: 3000, bytes: 1000, perMs: 3 });
    const rate = ((got.bytes + got.packets * 28) * 8) / (got.lastMs - got.firstMs);
    t.true(rate > 6000 && rate < 8400, `${rate.toFixed(0)} kbit/s`);
    const { a } = await net.stats();
    t.true(a.overflowed > 200 && a.lost === 0, JSON.stringify(a));
});

test.serial('relay: an outage and its end, by command; one direction alone', async (t) => {
    const net = await make(t, {});
    t.is((await ping(net, 5, '0.5')).length, 5);
    await net.impair({ down: 1 }, 'b');
    t.is((await ping(net, 5, '0.5')).length, 0);
    const { a, b } = await net.stats();
    t.true(b.lost >= 5 && a.lost === 0);
    await net.impair({ down: 0 });
    t.is((await ping(net, 5, '0.5')).length, 5);
    await t.throwsAsync(net.impair(/** @type {any} */ ({ losPercent: 1 })), { message: /no impairment "losPercent"/ });
    await t.throwsAsync(net.impair({ lossPercent: 101 }), { message: /bad: set loss-percent 101/ });
});

test.serial('relay: a packet above the MTU ends it, as figures would be wrong', async (t) => {
    const net = await make(t, { mtu: 1400 });
    await net.exec('inet', ['ip', 'link', 'set', 'c', 'mtu', '1500']);
    const [relay] = net.processes().filter((child) => child.spawnargs[0]?.endsWith('net_relay'));
    const said = new Promise((resolve) => relay?.stderr?.once('data', (data) => resolve(String(data))));
    void net.exec('inet', ['ping', '-n', '-c', '1', '-W', '1', '-s', '1450', net.addresses.camera]);
    t.regex(/** @type {string} */ (await said), /a packet of 1478 bytes, MTU 1400: segmentation offload is on/);
});

test.serial('a renumbered side is seen at another address', async (t) => {
    const net = await make(t, { cameraNat: 'port-restricted' });
    await net.coturn();
    // its further questions (RFC 5780) get no answer through this NAT
    const seen = async () => (await net.exec('camera', ['turnutils_stunclient', net.addresses.server[0] ?? ''], { timeout: 3 })).stdout;
    t.regex(await seen(), /100\.64\.1\.1:/);
    t.is(net.renumber('camera'), '100.64.1.2');
    t.regex(await seen(), /100\.64\.1\.2:/);
});

test.serial('nothing is left behind: closed, closed twice, failed, interrupted, killed', async (t) => {
    const net = await makeTopology({ viewerNat: 'symmetric', cameraNat: 'symmetric' });
    const mine = () => names().filter((name) => name.startsWith(`ocnet-${process.pid}-`));
    const sleeper = net.spawn('viewer', ['sleep', '600']);
    t.is(mine().length, 6);
    await net.close();
    await net.close();
    t.deepEqual(mine(), []);
    await new Promise((resolve) => (sleeper.exitCode === null && sleeper.signalCode === null ? sleeper.once('close', resolve) : resolve(0)));
    await t.throwsAsync(makeTopology({ cameraNat: /** @type {any} */ ('cone') }), { message: /no NAT "cone": none, full-cone/ });
    t.deepEqual(mine(), []);
    const script = `import('${path.join(root, 'tests/net/lib/topology.mjs')}').then(async (m) => { await m.makeTopology(); console.log('made'); setInterval(() => {}, 1000); });`;
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGKILL'])) {
        const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
        await says(child, /made/);
        const theirs = () => names().filter((name) => name.startsWith(`ocnet-${child.pid}-`));
        t.is(theirs().length, 4);
        child.kill(signal);
        await new Promise((resolve) => child.once('exit', resolve));
        if (signal === 'SIGKILL') {
            await (await makeTopology()).close(); // the next one takes it down
        }
        t.deepEqual(theirs(), [], signal);
    }
});
