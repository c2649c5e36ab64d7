// Two `ocellus-peer` behind every pair of NATs: by STUN alone wherever that can be, else through coturn.
import test from 'ava';
import { bytes, connect, stunAndTurn, stunOnly } from '../net/lib/peers.mjs';
import { kinds, relayNeeded } from './kinds.mjs';

for (const viewerNat of kinds) {
    for (const cameraNat of kinds) {
        test.serial(`viewer behind ${viewerNat} offers, camera behind ${cameraNat}`, async (t) => {
            t.timeout(120 * 1000);
            const args = relayNeeded(viewerNat, cameraNat) ? stunAndTurn : stunOnly;
            const outcome = await connect(t, { viewerNat, cameraNat, delayMs: 10, lossPercent: 1 }, { args });
            t.deepEqual([outcome.code, outcome.bytes], [0, bytes], outcome.stdout + outcome.stderr);
            t.is(outcome.relayed, relayNeeded(viewerNat, cameraNat));
        });
    }
}
