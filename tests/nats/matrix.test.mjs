// Every pair of NATs, with each peer in both roles: which path they find, and that everything passes over it. The selection
// that test:all runs is in tests/interop and tests/net.
import test from 'ava';
import { through } from '../interop/through.mjs';
import { kinds, relayNeeded } from './kinds.mjs';

const wanted = process.env['OC_NATS_ONLY']; // a part of a title, to run some of it by hand

for (const peer of ['wrtc', 'node-datachannel']) {
    for (const role of /** @type {const} */ (['offers', 'answers'])) {
        for (const viewerNat of kinds) {
            for (const cameraNat of kinds) {
                const title = `${peer} ${role} behind ${viewerNat}, camera behind ${cameraNat}`;
                const run = wanted === undefined || title.includes(wanted) ? test.serial : test.serial.skip;
                run(title, async (t) => {
                    t.timeout(300 * 1000);
                    const { path, network } = await through(t, { peer, role, viewerNat, cameraNat });
                    const remote = String(path.remote).replace(/:\d+$/, '');
                    const relayed = path.relayed || remote === network.addresses.server[0];
                    t.is(relayed, relayNeeded(viewerNat, cameraNat), JSON.stringify(path));
                });
            }
        }
    }
}
