import { AppMetrics } from 'ocellus/app/system/metrics';
import { FakePlane } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assertEqual, assertThrows, test } from 'ocellus/test/harness';

/** Name, help, value and kind of each metric in bytes. */
function read(bytes: Uint8Array): readonly (readonly [string, string, number, number])[] {
    const words = new DataView(bytes.buffer, bytes.byteOffset);
    const text = (at: number, size: number): string =>
        new TextDecoder().decode(bytes.subarray(at, at + size)).replace(/\0.*$/s, '');
    return Array.from({ length: bytes.length / 144 }, (_, index) => {
        const at = index * 144;
        return [
            text(at, 40),
            text(at + 40, 88),
            words.getFloat64(at + 128, true),
            words.getUint32(at + 136, true),
        ] as const;
    });
}

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
        assertEqual(read(plane.metrics), [
            ['clips_total', 'Clips sent', 3, 1],
            ['level', '电平'.repeat(14) + '电', -0.5, 0],
        ]);
        clips.add(1);
        await clock.advance(1000);
        assertEqual(read(plane.metrics)[0]?.[2], 4);
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
