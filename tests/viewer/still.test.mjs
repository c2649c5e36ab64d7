// Whether a live picture moves, by what a player saw, on a clock of its own.
import test from 'ava';
import { load } from './load.mjs';

const { Still, STILL_MS, LOOK_MS, Slowness } = await load('live/still.ts');

/** Looks every `LOOK_MS` at what `shown` makes of a time. @returns for how long it stood at each look, milliseconds */
function watched(/** @type {(ms: number) => object | undefined} */ shown, /** @type {number} */ ms, still = new Still(), from = 0) {
    const found = [];
    for (let now = from; now < from + ms; now += LOOK_MS) {
        found.push(still.look(now, shown(now)));
    }
    return found;
}
/** A picture that moves is seen to do so that often. */
const MOVES_MS = 500;
const moves = (/** @type {number} */ ms) => ({ time: ms / 1000, frames: Math.floor(ms / 33) });

test('a picture that moves never stands; one that stops stands from then on, until it moves', (t) => {
    const still = new Still();
    t.true(watched(moves, 10_000, still).every((ms) => ms <= MOVES_MS));
    const stopped = watched(() => moves(9750), 4000, still, 10_000);
    t.true(stopped.every((ms, n) => n === 0 || ms === stopped[n - 1] + LOOK_MS));
    const found = stopped.findIndex((ms) => ms >= STILL_MS) * LOOK_MS;
    t.true(found > STILL_MS - 2 * MOVES_MS && found <= STILL_MS && STILL_MS + LOOK_MS < 3000, 'the badge is gone within 3 s');
    t.is(still.look(14_000, moves(10_300)), 0);
});

test('small steps of a player that has nothing more do not move the picture', (t) => {
    const still = new Still();
    watched(moves, 5000, still);
    t.true(watched((ms) => ({ time: 5 + 0.1 * Math.floor((ms - 5000) / 1000), frames: 150 + Math.floor(ms / 500) }), 4000, still, 5000).at(-1) >= STILL_MS);
});

test('sound that goes on does not hide that no picture comes', (t) => {
    const still = new Still();
    watched(moves, 5000, still);
    const found = watched((ms) => ({ time: ms / 1000, frames: 143 }), 4000, still, 5000);
    t.true(found.at(-1) >= STILL_MS);
});

test('sound alone, and a browser that counts no pictures: the time counts', (t) => {
    const still = new Still();
    t.true(watched((ms) => ({ time: ms / 1000, frames: 0 }), 10_000, still).every((ms) => ms <= MOVES_MS));
    t.true(watched(() => ({ time: 10, frames: 0 }), 4000, still, 10_000).at(-1) >= STILL_MS);
});

test('a slow picture whose time goes on moves; one that stops between its pictures has longer', (t) => {
    t.true(watched((ms) => ({ time: ms / 1000, frames: Math.floor(ms / 4000) }), 30_000).every((ms) => ms <= MOVES_MS));
    t.deepEqual([undefined, 0, 30, 1].map((fps) => new Slowness().after('yard 1', fps)), [STILL_MS, STILL_MS, STILL_MS, 3000]);
    t.is(new Slowness().after('yard 1', 0.25), 12_000);
});

test('the rate of a source that hangs and comes back makes nobody wait; one that stays slow, or another source, has its own', (t) => {
    const slowness = new Slowness();
    t.is(slowness.after('yard 1', 30), STILL_MS);
    t.deepEqual([0, 0, 0.17, 3].map((fps) => slowness.after('yard 1', fps)), [STILL_MS, STILL_MS, STILL_MS, STILL_MS], 'one picture in 6 s');
    t.is(Array.from({ length: 20 }, () => slowness.after('yard 1', 0.25)).at(-1), 12_000, 'it is slow from now on');
    t.is(slowness.after('yard 2', 0.5), 6000);
});

test('nobody looks, or the page slept: that time does not count, and what stood stands', (t) => {
    const still = new Still();
    watched(moves, 1000, still);
    const at = moves(750);
    const stood = watched(() => at, 1500, still, 1000).at(-1);
    t.true(stood >= 1500);
    t.true(watched(() => undefined, 60_000, still, 2500).every((ms) => ms === stood));
    t.is(still.look(62_500, at), stood + LOOK_MS);
    t.is(still.look(162_500, at), stood + LOOK_MS, 'it slept for 100 s');
    t.is(still.look(162_750, at), stood + 2 * LOOK_MS);
    still.reset();
    t.is(still.look(163_000, at), 0);
});
