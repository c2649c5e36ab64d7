// Handshakes beside a viewer who is watching, in real time.
import test from 'ava';
import { judged } from '../guard.mjs';
import { median, sleep } from '../net/lib/crowd.mjs';
import { startCamera } from './camera.mjs';

const AT_ONCE = 20;
const MOST_US = 2000;
const ROUNDS = 15;
const ROUND_MS = 4000;

/** @typedef {import('../net/lib/crowd.mjs').Crowd} Crowd */

/** Newcomers come and go, so many at a time, until the time is over; how many there were. @param {Crowd} crowd @param {number} ms */
async function storm(crowd, ms) {
    const end = Date.now() + ms;
    let came = 0;
    while (Date.now() < end) {
        const ids = await crowd.join(AT_ONCE, '-', { atOnce: AT_ONCE });
        came += ids.length;
        for (const id of ids) {
            crowd.leave(id);
        }
    }
    return came;
}

/**
 * The 99th percentile of the ages of frames, round by round: alone, and in the storm.
 * @param {Crowd} watching
 * @param {Crowd} newcomers
 */
async function compare(watching, newcomers) {
    const alone = [];
    const beside = [];
    let came = 0;
    for (let round = 0; round < ROUNDS; round++) {
        for (const stormy of [false, true]) {
            await watching.mark();
            if (stormy) {
                came += await storm(newcomers, ROUND_MS);
            } else {
                await sleep(ROUND_MS);
            }
            const [mark] = await watching.mark();
            if (!mark || mark.frames < 50 || mark.gaps > 0) {
                throw new Error(`frames are missing: ${JSON.stringify(mark)}`);
            }
            (stormy ? beside : alone).push(mark.p99);
        }
    }
    return { alone: median(alone), beside: median(beside), came };
}

// Camera and viewer stand before all other work of this machine, also what the newcomers compute, which would be on machines of
// their own; so it needs two cores and root to be more than an estimate. The camera's worker has the rank of its media thread
// here, which is harder than in life, where it stands behind it. The soak compares medians of rounds that take turns, and one of
// three tries has to hold; elsewhere no frame may be missing.
test.serial(`${AT_ONCE} handshakes at a time cost another viewer no frame, in the soak at most 2 ms (p99)`, async (t) => {
    t.timeout(600 * 1000);
    const camera = await startCamera(t, { first: true });
    const watching = camera.crowd({ first: true });
    const newcomers = camera.crowd();
    await watching.join(1, 'video?fps=100&size=8192&key=49152&every=60&seconds=3600');
    await sleep(1000);
    t.true((await storm(newcomers, 500)) >= AT_ONCE);
    const [mark] = await watching.mark();
    t.true(mark !== undefined && mark.frames > 0 && mark.gaps === 0, JSON.stringify(mark));
    if (!judged) {
        return;
    }
    let outcome = await compare(watching, newcomers);
    for (let tries = 1; tries < 3 && outcome.beside - outcome.alone > MOST_US; tries++) {
        t.log(`again: p99 ${outcome.alone} us alone, ${outcome.beside} us beside ${outcome.came} handshakes`);
        outcome = await compare(watching, newcomers);
    }
    t.log(`p99 ${outcome.alone} us alone, ${outcome.beside} us beside ${outcome.came} handshakes`);
    t.true(outcome.came >= ROUNDS * AT_ONCE);
    t.true(outcome.beside - outcome.alone <= MOST_US, `${outcome.beside - outcome.alone} us`);
});
