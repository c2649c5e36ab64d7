// Through NATs: a library as viewer behind one, `ocellus-peer` behind the other, coturn between them. Which path they find,
// and that everything of scenario.mjs passes over it. A selection of pairs, the rest is in tests/nats; the kinds are those of
// tests/net.
import test from 'ava';
import { through } from './through.mjs';

for (const row of [
    { peer: 'wrtc', viewerNat: 'port-restricted', cameraNat: 'port-restricted', relayed: false },
    { peer: 'node-datachannel', viewerNat: 'symmetric', cameraNat: 'full-cone', relayed: false },
    { peer: 'wrtc', viewerNat: 'symmetric', cameraNat: 'symmetric', relayed: true },
    { peer: 'node-datachannel', viewerNat: 'none', cameraNat: 'symmetric', relayed: false },
]) {
    test.serial(`${row.peer} behind ${row.viewerNat}, camera behind ${row.cameraNat}: ${row.relayed ? 'relayed' : 'straight'}`, async (t) => {
        t.timeout(300 * 1000);
        const { path: found, network } = await through(t, /** @type {any} */ (row));
        const remote = String(found.remote).replace(/:\d+$/, '');
        const [server] = network.addresses.server;
        t.is(found.relayed || remote === server, row.relayed, JSON.stringify(found));
    });
}

test.serial('relayed candidates only: nothing but the server is seen of the camera', async (t) => {
    t.timeout(300 * 1000);
    const { path: found } = await through(t, { peer: 'wrtc', viewerNat: 'port-restricted', cameraNat: 'port-restricted', relayOnly: true });
    t.true(found.relayed, JSON.stringify(found));
});
