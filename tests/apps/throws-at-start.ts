/** Throws while its main module runs, in the second and third script; the first one ends by throwing later. */
import { start } from 'ocellus/app/system/application';
import { bad, delayMs } from 'ocellus/test/apps/misbehave';
import { Host } from 'ocellus/host';

const { generation } = new Host().facts;
if (generation > 1 && generation <= bad + 1) {
    throw new Error(`at start of script ${generation}`);
}
void start();
if (generation === 1) {
    setTimeout(() => {
        throw new Error('the first script ends');
    }, delayMs);
}
