// Two `ocellus peer` behind NATs: which pairs of NATs connect straight, and that the rest goes through coturn. A selection; all
// pairs are in tests/nats.
import test from 'ava';
import { credentials } from './lib/coturn.mjs';
import { bytes, connect, stunAndTurn, stunOnly } from './lib/peers.mjs';

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
