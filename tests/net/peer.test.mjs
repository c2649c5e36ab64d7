// Two `ocellus-peer` behind NATs: which pairs of NATs connect straight, and that the rest goes through coturn. A selection; all
// pairs are in tests/nats.
import test from 'ava';
import { credentials } from './lib/coturn.mjs';
import { bytes, connect, stunAndTurn, stunOnly } from './lib/peers.mjs';
import { built, says } from './lib/run.mjs';
import { carry } from './lib/signal.mjs';
import { makeTopology } from './lib/topology.mjs';

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

/** Runs at the camera: says `up` at the first acknowledged byte, then the longest time in ms without another one, for MS milliseconds. */
const longestGap = `
const [url, ms] = process.argv.slice(1);
let [acked, since, gap, end] = [0, 0, 0, Infinity];
while (performance.now() < end) {
    const [peer] = (await (await fetch(url + '/stats')).json()).peers;
    const now = performance.now();
    if (peer && peer.ackedBytes > acked) {
        if (since > 0) {
            gap = Math.max(gap, now - since);
        } else {
            console.log('up');
            end = now + Number(ms);
        }
        [acked, since] = [peer.ackedBytes, now];
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log('gap ' + Math.round(Math.max(gap, performance.now() - since)));
`;

// [B1] [B8] Nobody carries another offer: the checks from the new address are enough.
test.serial('the camera is renumbered while it sends: the picture is back within 2 s, and nothing is missing', async (t) => {
    t.timeout(120 * 1000);
    const net = await makeTopology({ delayMs: 20 });
    t.teardown(net.close);
    const camera = net.spawn('camera', [built('ocellus-peer'), '--http', '127.0.0.1:0', '--json']);
    const [, url = ''] = await says(camera, /"url":"(http:[^"]+?)\/?"/);
    const local = await carry(net, 'viewer', 'camera', url);
    const watch = net.spawn('camera', [process.execPath, '--input-type=module', '-e', longestGap, url, '7000']);
    const found = says(watch, /gap (\d+)/, 50);
    const viewer = net.exec('viewer', [built('ocellus-peer'), '--offer-to', `${local}/offer`, '--json', '--open', 'video?fps=30&size=8192&key=8192&seconds=10'], { timeout: 50 });
    await says(watch, /up/);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    net.renumber('camera');
    const gap = Number((await found)[1]);
    t.log(`${gap} ms without an acknowledged byte`);
    t.true(gap > 0 && gap <= 2000, String(gap));
    const { code, stdout } = await viewer;
    const channel = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line)).find((line) => line.event === 'channel');
    t.deepEqual([code, channel?.messages], [0, 300], stdout);
});

test.serial('TLS: a server with a certificate of nobody is not used', async (t) => {
    const outcome = await connect(t, {}, {
        args: (server) => ['--relay-only', '--turn-transport', 'tls', '--turn', `${server}:5349,${credentials.user},${credentials.password}`],
        trusts: false,
        timeout: 12,
    });
    t.not(outcome.code, 0);
    t.notRegex(outcome.log, /ALLOCATE processed/);
});
