// Does a recording hold what its source delivered?

/**
 * Every packet of the clip in its order, over and over, without one missing, and evenly in time.
 * @param {import('ava').ExecutionContext} t
 * @param {import('./mp4.mjs').Track} recorded
 * @param {import('./mp4.mjs').Track} source
 */
export function complete(t, recorded, source) {
    // one packet may be in a clip more than once: the first ones together say where it begins
    const begin = recorded.samples.slice(0, 20);
    const count = source.samples.length;
    let at = source.samples.findIndex((_, index) => begin.length > 0 && begin.every(({ data }, n) => source.samples[(index + n) % count]?.data.equals(data)));
    t.true(at >= 0, `${recorded.kind}: the first packets are those of the source`);
    const ticks = source.samples.reduce((sum, sample) => sum + sample.duration, 0);
    const step = ticks / count;
    let wrong = 0;
    recorded.samples.forEach((sample, index) => {
        const expected = source.samples[at % count];
        at++;
        const before = recorded.samples[index - 1];
        const even = before === undefined || Math.abs(sample.dts - before.dts - step) <= 1;
        // Where the loop closes, the shorter track waits for the longer one.
        const closes = (at - 1) % count === 0;
        if (!expected?.data.equals(sample.data) || !(even || closes)) {
            wrong++;
        }
    });
    t.is(wrong, 0, `${recorded.kind}: packets missing, changed or out of time among ${recorded.samples.length}`);
}
