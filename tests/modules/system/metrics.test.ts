import { AppMetrics } from 'ocellus/app/system/metrics';
import { FakePlane } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assertEqual, assertThrows, test } from 'ocellus/test/harness';

test('changes are gathered, and all metrics are reported as the host reads them', async () => {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        const metrics = new AppMetrics(plane);
        const clips = metrics.counter('clips_total', 'Clips sent');
        metrics.gauge('level', '电平'.repeat(20)).set(-0.5);
        clips.add();
        metrics.counter('clips_total', 'Clips sent').add(2);
        assertEqual(plane.metrics.length, 0);
        await clock.advance(1000);
        assertEqual(plane.metrics, [
            { name: 'clips_total', help: 'Clips sent', value: 3, counter: true },
            { name: 'level', help: '电平'.repeat(20), value: -0.5, counter: false },
        ]);
        clips.add(1);
        await clock.advance(1000);
        assertEqual(plane.metrics[0]?.value, 4);
    });
});

test('names, numbers and counts that are not allowed are refused', async () => {
    await withFakeTimers(async () => {
        const metrics = new AppMetrics(new FakePlane());
        for (const name of ['', 'Clips', '1a', 'a-b', 'a{b="c"}', 'a'.repeat(40)]) {
            assertThrows(() => metrics.counter(name, 'x'), { message: /is no name/ });
        }
        for (const help of ['', 'a\nb', 'a\\b']) {
            assertThrows(() => metrics.gauge('a', help), { message: /is one line/ });
        }
        const one = metrics.counter('one', 'One');
        for (const by of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
            assertThrows(
                () => {
                    one.add(by);
                },
                { message: /^metrics: / },
            );
        }
        assertThrows(() => metrics.gauge('one', 'One'), { message: /one is a counter/ });
        for (let index = 1; index < 32; index++) {
            metrics.gauge(`m${index}`, 'x');
        }
        assertThrows(() => metrics.gauge('more', 'x'), { message: /32 exist/ });
    });
});
