// Viewers that die, stop and move while others watch the same camera. OC_CROWD=full (the soak): 50 of them, and those that died
// are waited for.
import test from 'ava';
import { judge } from '../guard.mjs';
import { Crowd, crowdArgv, median, sleep } from '../net/lib/crowd.mjs';
import { Namespaces } from '../net/lib/namespaces.mjs';
import { built } from '../net/lib/run.mjs';
import { asker } from './ask.mjs';
import { cameraOf, firstArgv } from './camera.mjs';

const full = process.env['OC_CROWD'] === 'full';
const STAY = full ? 35 : 8;
const EACH = full ? 5 : 2; // of those who die, stop and move
const WATCH_MS = full ? 10000 : 2000;
const MOST_US = 5000;
const LABEL = 'video?fps=30&size=8192&key=49152&every=30&seconds=3600&mode=live';

/** Two places that reach the camera, each over a cable of its own. @param {import('ava').ExecutionContext} t */
function makeNetwork(t) {
    const spaces = new Namespaces(['camera', 'stay', 'move']);
    t.teardown(() => spaces.close());
    spaces.cable(['camera', 'e1', '10.1.0.1/24'], ['stay', 'e0', '10.1.0.2/24']);
    spaces.cable(['camera', 'e2', '10.2.0.1/24'], ['move', 'e0', '10.2.0.2/24']);
    spaces.ip('stay', 'route add default via 10.1.0.1');
    spaces.ip('move', 'route add default via 10.2.0.1');
    return spaces;
}

/** The worst of a mark, and that nothing is missing. @param {import('../net/lib/crowd.mjs').Mark[]} marks */
const summary = (marks) => ({
    p99: median(marks.map((one) => one.p99)),
    gaps: marks.reduce((sum, one) => sum + one.gaps, 0),
    least: Math.min(...marks.map((one) => one.frames)),
});

/** Waits until every viewer of a crowd gets frames again. @param {Crowd} crowd @param {number} count @param {number} seconds */
async function watchesAgain(crowd, count, seconds) {
    const from = Date.now();
    for (;;) {
        await crowd.mark();
        await sleep(500);
        const marks = await crowd.mark();
        if (marks.length === count && marks.every((one) => one.frames > 5)) {
            return Date.now() - from;
        }
        if (Date.now() - from > seconds * 1000) {
            throw new Error(`not all watch again after ${seconds} s: ${JSON.stringify(marks)}`);
        }
    }
}

test.serial(`${STAY + 3 * EACH} viewers: ${EACH} are killed, ${EACH} stopped and ${EACH} move; the others notice nothing`, async (t) => {
    t.timeout(600 * 1000);
    const spaces = makeNetwork(t);
    const camera = await cameraOf(
        spaces.spawn('camera', firstArgv([built('ocellus-peer'), '--http', '127.0.0.1:8090', '--json'])),
        asker((argv) => spaces.spawn('camera', argv)),
    );
    /** @param {string} place @param {boolean} [first] */
    const start = (place, first = false) => new Crowd(spaces.spawn(place, first ? firstArgv(crowdArgv()) : crowdArgv()), camera.post);
    const crowds = { stay: start('stay', true), die: start('stay'), stop: start('stay'), move: start('move') };
    const [warm] = await crowds.stay.join(1, '-');
    crowds.stay.leave(warm);
    const empty = await camera.peers(0, 60);
    await crowds.stay.join(STAY, LABEL);
    await Promise.all([crowds.die, crowds.stop, crowds.move].map((one) => one.join(EACH, LABEL)));
    const each = ((await camera.stats()).heap - empty.heap) / (STAY + 3 * EACH);
    await sleep(1000);

    await crowds.stay.mark();
    await sleep(WATCH_MS);
    const before = summary(await crowds.stay.mark());
    crowds.die.child.kill('SIGKILL');
    crowds.stop.child.kill('SIGSTOP');
    spaces.ip('move', 'addr del 10.2.0.2/24 dev e0');
    spaces.ip('move', 'addr add 10.2.0.3/24 dev e0');
    spaces.ip('move', 'route add default via 10.2.0.1');
    await sleep(WATCH_MS);
    const during = summary(await crowds.stay.mark());
    crowds.stop.child.kill('SIGCONT');
    const stopped = await watchesAgain(crowds.stop, EACH, 60);
    const moved = await watchesAgain(crowds.move, EACH, 60);
    const after = summary(await crowds.stay.mark());
    const paths = (await camera.stats()).peers.map((/** @type {any} */ peer) => String(peer.path?.remote));
    t.is(paths.filter((/** @type {string} */ remote) => remote.startsWith('10.2.0.3:')).length, EACH);
    t.log(`p99 ${before.p99} us before, ${during.p99} us during, ${after.p99} us after it; those stopped watch again after ${stopped} ms, those moved after ${moved} ms`);
    for (const one of [before, during, after]) {
        t.is(one.gaps, 0);
        t.true(one === after || one.least > 0, `${one.least} frames`);
        judge(t, (one === after || one.least > 0.8 * 30 * (WATCH_MS / 1000)) && one.p99 <= before.p99 + MOST_US, `${one.least} frames, p99 ${one.p99} us`);
    }

    for (const one of [crowds.stay, crowds.stop, crowds.move]) {
        one.leave();
    }
    const left = await camera.peers(EACH, 60);
    t.log(`heap ${empty.heap} without viewers, ${Math.round(each)} each, ${left.heap} with the ${EACH} that died`);
    t.true(left.heap - empty.heap < EACH * each + 256 * 1024);
    if (full) {
        const end = await camera.peers(0, 200);
        t.log(`${end.heap} at the end`);
        t.true(end.heap - empty.heap < 256 * 1024);
    }
});
