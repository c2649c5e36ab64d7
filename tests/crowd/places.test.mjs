// `ocellus-peer` when it is full: 256 viewers are up, the next one is refused until one goes.
import test from 'ava';
import { eventually } from '../e2e/device.mjs';
import { startCamera } from './camera.mjs';

const PLACES = 256;

test.serial(`${PLACES} viewers have a place; the next one gets 503, and the place of one who goes`, async (t) => {
    t.timeout(300 * 1000);
    const camera = await startCamera(t);
    const crowd = camera.crowd();
    const [first] = await crowd.join(1, '-'); // what is taken once and kept
    crowd.leave(first);
    const before = await camera.peers(0, 60);
    const ids = await crowd.join(PLACES, '-', { seconds: 120 });
    // a viewer says that it is up a moment before the camera has its last packet
    const full = await eventually(async () => {
        const now = await camera.stats();
        return now.up === PLACES ? now : undefined;
    }, 'all are up');
    t.is(full.peers.length, PLACES);
    for (let n = 0; n < 3; n++) {
        const refused = await camera.post(await crowd.offer());
        t.is(refused.status, 503);
        t.regex(refused.body, /^too many peers/);
    }
    t.is((await camera.stats()).refusedBusy - full.refusedBusy, 3);
    crowd.leave(ids[0]);
    await camera.peers(PLACES - 1, 60);
    await crowd.join(1, '-');
    t.is((await camera.post(await crowd.offer())).status, 503);
    t.is(crowd.count('up'), PLACES, 'nobody else was touched');
    crowd.leave();
    const after = await camera.peers(0, 60);
    t.log(`heap: ${before.heap} before, ${full.heap} full (${Math.round((full.heap - before.heap) / PLACES)} each), ${after.heap} after`);
    t.is(after.halfOpen, 0);
    t.true(after.heap - before.heap < 256 * 1024, `${after.heap - before.heap} bytes are left`);
    camera.process.kill('SIGTERM');
    t.deepEqual(await new Promise((resolve) => camera.process.once('close', (code) => resolve(code))), 0);
});
