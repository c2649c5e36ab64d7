// Does a recording hold what its source delivered?

/**
 * Every packet of the clip in its order, over and over, without one missing, and evenly in time.
 * @param {import('ava').ExecutionContext} t
 * @param {import('./mp4.mjs').Track} recorded
 * @param {import('./mp4.mjs').Track} source
 */
export function complete(t, recorded, source) {
    const first = recorded.samples[0];
    let at = source.samples.findIndex((sample) => first && sample.data.equals(first.data));
    t.true(at >= 0, `${recorded.kind}: the first packet is one of the source`);
    const ticks = source.samples.reduce((sum, sample) => sum + sample.duration, 0);
    const step = ticks / source.samples.length;
    let wrong = 0;
    recorded.samples.forEach((sample, index) => {
        const expected = source.samples[at % source.samples.length];
        at++;
        const before = recorded.samples[index - 1];
        const even = before === undefined || Math.abs(sample.dts - before.dts - step) <= 1;
        // Where the loop closes, the shorter track waits for the longer one.
        const closes = (at - 1) % source.samples.length === 0;
        if (!expected?.data.equals(sample.data) || !(even || closes)) {
            wrong++;
        }
    });
    t.is(wrong, 0, `${recorded.kind}: packets missing, changed or out of time among ${recorded.samples.length}`);
}
