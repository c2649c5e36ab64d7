/** Twenty scripts end, one after the other in every way there is; the next one stays. */
import { Host } from 'ocellus/host';
import { deeds } from 'ocellus/test/apps/deeds';
import { misbehave } from 'ocellus/test/apps/misbehave';

const last = 20;
const { generation } = new Host().facts;
const ways: readonly (() => unknown)[] = Object.values(deeds);
const turn = (generation - 1) % (ways.length + 1);
const way = ways[turn];
if (way === undefined && generation <= last) {
    throw new Error(`at start of script ${generation}`);
}
void misbehave(way ?? (() => undefined), last);
