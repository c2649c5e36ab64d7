// Live with little delay in a real browser, measured by what the picture itself says: block code, flash and beep.
import test from 'ava';
import { judge, judged } from '../../guard.mjs';
import { sleep, start } from '../device.mjs';
import { openPage } from './browser.mjs';
import { reference } from './site.mjs';
import { heardAfterSeen } from './sync.mjs';
import { openWall } from './wall.mjs';
import { quantile, watch } from './watching.mjs';

const rounded = (/** @type {number} */ ms) => Math.round(ms);

test.serial('live by HLS comes by blocking reloads and parts, in the soak at most 2 s old', async (t) => {
    const { device } = start(t, ['--record', 'off', '--input', 'test:?size=640x360']);
    const url = await device.url();
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/?play=hls`);
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0);
    await sleep(5000); // what the start took, the player makes up for
    const { ages, waits, pictures } = await watch(page, 8000);
    const [median, most] = [quantile(ages, 0.5), quantile(ages, 0.99)];
    t.log(`age of the picture: median ${rounded(median)} ms, 99 % ${rounded(most)} ms, ${pictures} pictures, ${waits} waits`);
    t.true(ages.length > 0 && median > 0, `${ages.length} codes in ${pictures} pictures`);
    judge(t, ages.length > 60 && ages.length > pictures * 0.9 && median <= 2000, `${ages.length} codes, median ${median} ms`);
    const asked = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
    t.true(asked.some((name) => /_HLS_msn=\d+&_HLS_part=\d+/.test(name)), 'blocking reloads');
    t.true(asked.some((name) => /\/p\d+\.\d+\.m4s$/.test(name)), 'parts');
    t.deepEqual(errors, []);
});

test.serial('flash and beep are seen and heard, in the soak within 40 ms', async (t) => {
    const { page } = await openWall(t, ['v=test:?size=640x360'], { muted: false, film: reference() });
    await page.evaluate(async () => {
        const film = document.body.appendChild(document.createElement('video'));
        Object.assign(film, { id: 'film', src: '/film.mp4', loop: true });
        await film.play();
    });
    /** @type {number[]} */
    const apart = [];
    while (apart.length < (judged ? 3 : 1) && !apart.some((ms) => Math.abs(ms) <= 40)) {
        const [ours = [], right = []] = await heardAfterSeen(page, 10_000, ['v', 'film']);
        t.log(`beep after flash, ms: ${ours.map(rounded)}; of a file in which they are together: ${right.map(rounded)}`);
        t.true(ours.length >= 5 && right.length >= 5);
        apart.push(quantile(ours, 0.5) - quantile(right, 0.5));
    }
    judge(t, apart.some((ms) => Math.abs(ms) <= 40), `apart, ms: ${apart.map(rounded)}`);
});
