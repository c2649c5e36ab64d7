import { endOfHours, type Hours } from 'ocellus/app/base/hours';
import { parseZone, type ZoneRule } from 'ocellus/app/base/zone-rule';
import { channelOptions } from 'ocellus/app/camera/channel-options';
import { makesClips, recordedForMs } from 'ocellus/app/config/recording-rules';
import { channelDefaults, type ChannelSettings, type Settings } from 'ocellus/app/config/settings';
import { defaultsOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import type { AppEvent } from 'ocellus/app/events/event-bus';
import { desiredRecording } from 'ocellus/app/record/desired-recording';
import { EventPlans } from 'ocellus/app/record/event-plans';
import { hoursLeft, RecordHours } from 'ocellus/app/record/record-hours';
import { OcellusError } from 'ocellus/error';
import type { ClipSpan } from 'ocellus/plane';
import { FakeHost, FakePlane, rowOf } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assertEqual, test } from 'ocellus/test/harness';

type Mode = ChannelSettings['record']['mode'];

function channel(name: string, mode: Mode): ChannelSettings {
    return {
        ...channelDefaults,
        name,
        input: 'a.mp4',
        record: { stream: 'main', mode, schedule: [], maxMB: 0, maxDays: 0 },
    };
}

function parts(mode: Mode = 'event', recorded = false) {
    const [plane, host] = [new FakePlane(), new FakeHost()];
    const base = defaultsOf(settingsTable);
    const record: Settings['record'] = {
        ...base.record,
        event: {
            ...base.record.event,
            initialSeconds: 20,
            augmentationSeconds: 10,
            maximumSeconds: 60,
            blindSeconds: 5,
        },
    };
    const settings = { channels: [channel('front', mode), channel('back', 'continuous')], record, cloud: base.cloud };
    plane.rows.push(rowOf({ number: 3, name: 'front' }), rowOf({ number: 4, name: 'back' }));
    const clock = { nowMs: 100_000 };
    plane.now = () => clock.nowMs;
    const spans: ClipSpan[] = [];
    plane.clips = async (span) => {
        spans.push(span);
        return 'recordings/front/event_a_b.mp4';
    };
    const waits: number[] = [];
    const plans = new EventPlans({
        plane,
        host,
        settings: () => settings,
        recorded: () => recorded,
        withSound: () => false,
        wait: async (ms) => void waits.push(ms),
    });
    function event(state: AppEvent['state'], agoMs = 0, kind = 'motion', of: string | null = 'front'): void {
        plans.handle({
            kind,
            channel: of,
            stream: 'main',
            at: new Date(host.wallMs - agoMs).toISOString(),
            data: undefined,
            code: 0,
            path: '',
            text: '',
            state,
            quiet: false,
        });
    }
    return { plane, plans, spans, settings, clock, waits, event };
}

async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
        await undefined;
    }
}

/** With timers that never fire by themselves: clips arm some. */
function timed(name: string, run: () => Promise<void>): void {
    test(name, () => withFakeTimers(run));
}

timed('an event makes a clip: pre-roll and end count from its instant', async () => {
    const { event, spans, plane } = parts();
    event('moment', 700);
    await settle();
    assertEqual(spans, [{ name: 'event', beforeMs: 10_000, afterMs: 20_000, audio: false, at: 99_300 }]);
    assertEqual(plane.calls, ['clip 3 main event 10000 20000 silent']);
});

timed('a channel that is recorded anyway, another kind, another mode, another channel: no clip', async () => {
    for (const { event, spans } of [parts('event', true), parts('continuous'), parts('scheduled')]) {
        event('begin');
        await settle();
        assertEqual(spans, []);
    }
    const { event, spans, settings } = parts();
    event('begin', 0, 'ring');
    event('begin', 0, 'motion', 'back');
    event('begin', 700_000);
    event('end');
    settings.record = { ...settings.record, enabled: false };
    event('begin');
    await settle();
    assertEqual(spans, []);
});

timed('an event of the whole device makes a clip at each channel that has some', async () => {
    const { event, spans } = parts('scheduled-event');
    event('moment', 0, 'doorbell', null);
    await settle();
    assertEqual(spans.length, 1);
});

timed('augmentation makes it longer, the maximum ends it, the blind duration keeps silent', async () => {
    const { event, spans, clock } = parts();
    const ends = (): readonly number[] => spans.map(({ at = 0, afterMs }) => at + afterMs - 100_000);
    event('moment');
    clock.nowMs += 5_000; // not beyond what it has already
    event('moment');
    clock.nowMs += 10_000;
    event('moment');
    clock.nowMs += 9_000;
    event('moment');
    clock.nowMs += 9_000;
    event('moment');
    clock.nowMs += 9_000;
    event('moment');
    clock.nowMs += 9_000;
    event('moment');
    await settle();
    assertEqual(ends(), [20_000, 20_000, 25_000, 34_000, 43_000, 52_000, 60_000]);
    clock.nowMs = 163_000;
    event('moment');
    await settle();
    assertEqual(spans.length, 7);
    clock.nowMs = 165_000;
    event('moment');
    await settle();
    assertEqual(ends()[7], 85_000);
});

test('an event that goes on keeps its clip going until it ends, or the maximum', async () => {
    await withFakeTimers(async (timers) => {
        const { event, spans, clock } = parts();
        const pass = async (ms: number): Promise<void> => {
            clock.nowMs += ms;
            await timers.advance(ms);
            await settle();
        };
        event('begin');
        event('begin', 0, 'human');
        await pass(19_000);
        assertEqual(spans[spans.length - 1]?.afterMs, 30_000);
        event('end');
        await pass(10_000);
        assertEqual(spans[spans.length - 1]?.afterMs, 40_000);
        event('end', 0, 'human');
        const count = spans.length;
        await pass(60_000);
        assertEqual(spans.length, count);
    });
});

timed('the clip before is being finished: tried again', async () => {
    const { event, plane, spans, waits } = parts();
    plane.failures.push({ call: 'clip', error: new OcellusError('BUSY') });
    event('moment');
    await settle();
    assertEqual([spans.length, waits], [1, [200]]);
});

timed('the next script makes a clip longer that this one began', async () => {
    const first = parts();
    first.event('begin');
    await settle();
    const second = parts();
    second.plans.adopt(first.plans.handover());
    second.clock.nowMs += 15_000;
    second.event('moment');
    await settle();
    assertEqual(
        second.spans.map(({ at, afterMs }) => [at, afterMs]),
        [[100_000, 25_000]],
    );
    for (const nonsense of [undefined, {}, [1], [{ name: 'front', startMs: 'x' }]]) {
        second.plans.adopt(nonsense);
    }
});

test('modes of a channel', () => {
    const until = (): number => 5000;
    const modes: readonly Mode[] = ['continuous', 'scheduled', 'event', 'scheduled-event'];
    assertEqual(
        modes.map((mode) => [recordedForMs(channel('a', mode), until), makesClips(channel('a', mode))]),
        [
            [0, false],
            [5000, false],
            [undefined, true],
            [5000, true],
        ],
    );
    assertEqual(
        recordedForMs(channel('a', 'scheduled'), () => undefined),
        undefined,
    );
    assertEqual(recordedForMs(undefined, until), 0);
});

test('the ring of a channel holds the pre-roll of its clips', () => {
    const { live } = defaultsOf(settingsTable);
    const ring = (clip: number): number => channelOptions(channel('a', 'event'), live, 0, clip).ringMs;
    assertEqual([ring(0), ring(5), ring(10), ring(60)], [12_000, 12_000, 16_000, 66_000]);
    const exact = { ...channel('a', 'event'), ring: { bytes: 5_000_000 } };
    assertEqual(channelOptions(exact, live, 0, 60).ringMs, 0);
});

test('hours: begun and ended at minutes of the clock, while a channel has some', async () => {
    await withFakeTimers(async (timers) => {
        const [plane, host] = [new FakePlane(), new FakeHost()];
        host.wallMs = Date.UTC(2026, 10, 21, 8, 58, 30);
        const settings = { ...defaultsOf(settingsTable), timezone: 'UTC0', channels: [channel('front', 'continuous')] };
        const schedule: readonly Hours[] = [{ from: '09:00', to: '10:00' }];
        const causes = () => ({
            settings,
            nowMs: plane.nowMs,
            hoursLeft: (given: readonly Hours[]) => hoursLeft(given, settings, host),
            manualEnd: () => undefined,
            named: new Map(),
        });
        const looks: (number | undefined)[] = [];
        const onMinute = (): void => void looks.push(desiredRecording(causes(), 'front')?.untilMs);
        const hours = new RecordHours({ host, settings: () => settings, onMinute });
        const pass = async (ms: number): Promise<void> => {
            host.wallMs += ms;
            await timers.advance(ms);
        };
        hours.follow();
        await pass(120_000);
        assertEqual(looks, []);
        settings.channels = [
            {
                ...channel('front', 'scheduled'),
                record: { stream: 'main', mode: 'scheduled', schedule, maxMB: 0, maxDays: 0 },
            },
        ];
        hours.follow();
        hours.follow();
        await pass(31_000);
        assertEqual(looks, [plane.nowMs + 3_539_000]);
        host.wallMs = Date.UTC(2026, 10, 21, 9, 59, 59);
        await pass(61_000);
        assertEqual(looks.slice(1), [undefined]);
        host.quality = 'none';
        await pass(61_000);
        assertEqual(looks.slice(2), [0]);
    });
});

const berlin = parseZone('CET-1CEST,M3.5.0,M10.5.0/3') as ZoneRule;

test('the end of hours, also over a change of the clock', () => {
    const end = (hours: readonly Hours[], at: number): string | undefined => {
        const ms = endOfHours(hours, berlin, at);
        return ms === undefined ? undefined : new Date(ms).toISOString().slice(5, 16);
    };
    const night: Hours = { from: '22:00', to: '06:30' };
    assertEqual(end([night], Date.UTC(2026, 10, 20, 22, 15, 7)), '11-21T05:30');
    assertEqual(end([night], Date.UTC(2026, 10, 20, 12)), undefined);
    assertEqual(end([night], Date.UTC(2026, 9, 24, 22)), '10-25T05:30'); // an hour more
    assertEqual(end([night], Date.UTC(2026, 2, 28, 22)), '03-29T04:30'); // an hour less
    assertEqual(end([night, { from: '06:30', to: '07:00' }], Date.UTC(2026, 10, 20, 22)), '11-21T06:00');
    assertEqual(end([{ from: '08:00', to: '24:00' }], Date.UTC(2026, 10, 20, 12)), '11-20T23:00');
    assertEqual(end([{ from: '00:00', to: '24:00' }], Date.UTC(2026, 10, 20, 12)), undefined);
});
