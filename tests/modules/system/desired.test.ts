import { zoneInForce } from 'ocellus/app/base/zone';
import { channelDefaults, type ChannelSettings, type Settings } from 'ocellus/app/config/settings';
import { defaultsOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import type { NamedRecording } from 'ocellus/app/record/desired-recording';
import { type DesiredCauses, desiredList, DesiredState, reopenedOf, steady } from 'ocellus/app/system/desired';
import { OcellusError } from 'ocellus/error';
import type { ChannelRow, RecordOptions } from 'ocellus/plane';
import { FakeHost, FakePlane } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

type Mode = ChannelSettings['record']['mode'];

const nowMs = 100_000;
const zone = zoneInForce({ timezone: 'UTC0' }, new FakeHost());

function channel(name: string, more: Partial<ChannelSettings> = {}, mode: Mode = 'continuous'): ChannelSettings {
    const record = { ...channelDefaults.record, mode };
    return { ...channelDefaults, name, input: `${name}.mp4`, record, ...more };
}

function settingsOf(channels: readonly ChannelSettings[], record: Partial<Settings['record']> = {}): Settings {
    const settings = defaultsOf(settingsTable) as unknown as Settings;
    return { ...settings, timezone: 'UTC0', record: { ...settings.record, ...record }, channels };
}

function causes(settings: Settings, more: Partial<DesiredCauses> = {}): DesiredCauses {
    return {
        settings,
        zone,
        nowMs,
        wallMs: Date.UTC(2026, 10, 21, 9),
        hoursLeft: () => undefined,
        manualEnd: () => undefined,
        manual: () => ({ now: false, until: null, since: null }),
        named: new Map(),
        tested: undefined,
        ...more,
    };
}

const named = (endMs: number): ReadonlyMap<string, NamedRecording> =>
    new Map([['front', { name: 'visit', stream: 'main', endMs }]]);

test('a list by table: who has a channel recorded, under which name, until when', () => {
    const off = { enabled: false };
    const left = (ms: number | undefined) => () => ms;
    const table: readonly (readonly [
        what: string,
        mode: Mode,
        record: Partial<Settings['record']>,
        more: Partial<DesiredCauses>,
        shown: readonly [name: string, untilMs: number] | undefined,
    ])[] = [
        ['always', 'continuous', {}, {}, ['ocellus', 0]],
        ['recording is off', 'continuous', off, {}, undefined],
        ['never', 'never', {}, {}, undefined],
        ['events only', 'event', {}, {}, undefined],
        ['hours that hold', 'scheduled', {}, { hoursLeft: left(60_000) }, ['ocellus', nowMs + 60_000]],
        ['hours that do not', 'scheduled', {}, { hoursLeft: left(undefined) }, undefined],
        ['hours without a clock', 'scheduled', {}, { hoursLeft: left(0) }, ['ocellus', 0]],
        ['by hand', 'never', {}, { manualEnd: left(nowMs + 5) }, ['ocellus', nowMs + 5]],
        ['by hand for good', 'never', off, { manualEnd: left(0) }, ['ocellus', 0]],
        ['by hand, over', 'never', {}, { manualEnd: left(nowMs) }, undefined],
        [
            'the longer of two',
            'scheduled',
            {},
            { hoursLeft: left(9), manualEnd: left(nowMs + 7) },
            ['ocellus', nowMs + 9],
        ],
        ['the longer of two', 'scheduled', {}, { hoursLeft: left(9), manualEnd: left(0) }, ['ocellus', 0]],
        ['by hand beside always', 'continuous', {}, { manualEnd: left(nowMs + 7) }, ['ocellus', 0]],
        ['by the application', 'continuous', {}, { named: named(nowMs + 3) }, ['visit', nowMs + 3]],
        ['by the application for good', 'never', off, { named: named(0) }, ['visit', 0]],
        ['by the application, over', 'continuous', {}, { named: named(nowMs) }, ['ocellus', 0]],
        [
            'of another channel',
            'never',
            {},
            { named: new Map([['back', { name: 'x', stream: 'main', endMs: 0 }]]) },
            undefined,
        ],
    ];
    for (const [what, mode, record, more, shown] of table) {
        const [entry] = desiredList(causes(settingsOf([channel('front', {}, mode)], record), more)).channels;
        const made = entry?.record;
        assertEqual<unknown>(made === undefined ? undefined : [made.name, made.untilMs], shown, what);
    }
});

test('which stream is recorded, with sound or without, split and begun as the settings say', () => {
    const front = channel('front', { sub: 'rtsp://h/sub', record: { ...channelDefaults.record, stream: 'sub' } });
    const settings = settingsOf([front], { segmentMinutes: 90, prerollSeconds: 5, audio: true });
    const recordOf = (given: Settings): RecordOptions | undefined => desiredList(causes(given)).channels[0]?.record;
    const expected = { name: 'ocellus', segmentMs: 5_400_000, prerollMs: 5000, audio: true, stream: 'sub', untilMs: 0 };
    assertEqual<unknown>(recordOf(settings), expected);
    assertEqual(recordOf({ ...settings, record: { ...settings.record, audio: false } })?.audio, false);
    const manual = { manualEnd: () => 0 };
    const off = desiredList(causes({ ...settings, record: { ...settings.record, enabled: false } }, manual));
    assertEqual(off.channels[0]?.record?.prerollMs, 0, 'no ring is made for it');
});

test('the entry of a channel: its source with its login, what is looked for, and what others are told of it', () => {
    const motion = { ...channelDefaults.motion, enabled: true, sensitivity: 7 };
    const more = { input: 'https://h/x', user: 'u', password: 'p', title: 'Garden', motion };
    const manual = () => ({ now: true, until: '2026-11-21T10:00:00.000Z', since: null });
    const { name, zone: shown, channels } = desiredList(causes(settingsOf([channel('front', more)]), { manual }));
    assertEqual([name, shown], ['ocellus', { name: 'UTC0', posix: 'UTC0', offsetMinutes: 0 }]);
    const [front] = channels;
    assertEqual([front?.url, front?.title, front?.tls, front?.subTls], ['https://u:p@h/x', 'Garden', 1, 0]);
    assertEqual([front?.detect.sensitivity, front?.detect.soundDb, front?.always], [7, 0, true]);
    assertEqual(front?.manualUntil, Date.UTC(2026, 10, 21, 10) / 1000);
});

test('a camera that is tried is one more, recorded by nobody', () => {
    const settings = settingsOf([channel('front')]);
    const [tested] = desiredList(causes(settings)).channels;
    assert(tested !== undefined);
    const list = desiredList(causes(settings, { tested: { ...tested, name: 'testing-' } }));
    assertEqual(
        list.channels.map(({ name, record }) => [name, record === undefined]),
        [
            ['front', false],
            ['testing-', true],
        ],
    );
});

test('an end that another look at the clock moves by a little is the same end', () => {
    const at = (ms: number) =>
        desiredList(causes(settingsOf([channel('front', {}, 'never')]), { manualEnd: () => nowMs + ms }));
    const untilMs = (ms: number): number | undefined => steady(at(60_000), at(ms)).channels[0]?.record?.untilMs;
    assertEqual([untilMs(60_900), untilMs(59_100), untilMs(61_600)], [160_000, 160_000, 161_600]);
    const never = desiredList(causes(settingsOf([channel('front', {}, 'never')])));
    assertEqual(steady(at(60_000), never).channels[0]?.record, undefined);
    const always = desiredList(causes(settingsOf([channel('front')])));
    assertEqual(steady(at(60_000), always).channels[0]?.record?.untilMs, 0);
    assertEqual(steady(undefined, at(5)).channels[0]?.record?.untilMs, nowMs + 5);
});

test('opened again is whatever has another source, and nothing else', () => {
    const before = desiredList(causes(settingsOf([channel('front'), channel('back')])));
    const reopened = (more: Partial<ChannelSettings>, record: Partial<Settings['record']> = {}): readonly string[] =>
        reopenedOf(before, desiredList(causes(settingsOf([channel('front', more), channel('back')], record))));
    const other: readonly Partial<ChannelSettings>[] = [
        { input: 'x' },
        { sub: 'x' },
        { audio: false },
        { loop: false },
        { user: 'u', input: 'rtsp://h/' },
    ];
    assertEqual(
        other.map((more) => reopened(more)),
        other.map(() => ['front']),
    );
    const same: readonly Partial<ChannelSettings>[] = [
        {},
        { title: 'x' },
        { ring: { seconds: 60 } },
        { prerollSeconds: 5 },
        { maxGopSize: 1 },
    ];
    assertEqual(
        same.map((more) => reopened(more, { name: 'x' })),
        same.map(() => []),
    );
    assertEqual(reopened({ name: 'new' }), []);
});

/** A state on a plane of its own. */
function rig(channels: readonly ChannelSettings[] = [channel('front'), channel('back'), channel('door')]) {
    const plane = new FakePlane();
    let settings = settingsOf(channels);
    const lines: string[] = [];
    const warn = (line: string): void => void lines.push(line);
    const desired = new DesiredState({ plane, causes: () => causes(settings), warn });
    const use = (next: readonly ChannelSettings[]): void => {
        settings = settingsOf(next);
    };
    return { plane, desired, use, lines };
}

test('a change touches the channel that differs and no other; no change touches nothing', async () => {
    const { plane, desired, use } = rig();
    await desired.start(true);
    assertEqual(plane.calls, ['open front recorded', 'open back recorded', 'open door recorded']);
    plane.calls.length = 0;
    await desired.apply();
    assertEqual([plane.calls, plane.revision], [[], 1]);
    use([channel('front'), channel('back', { input: 'other.mp4' }), channel('door')]);
    assertEqual(await desired.apply(), ['back']);
    assertEqual([plane.calls, plane.revision], [['close 1', 'open back recorded'], 2]);
    plane.calls.length = 0;
    use([channel('front', { ring: { seconds: 60 } }), channel('back', { input: 'other.mp4' }), channel('door')]);
    assertEqual([await desired.apply(), plane.calls], [[], ['change 0']]);
});

test('a setting for which the media plane has to open a channel again: said, and waited for', async () => {
    const { plane, desired, use } = rig();
    await desired.start(true);
    plane.failures.push({ call: 'change', error: new OcellusError('NOTSUP') });
    plane.opensSlowly = true;
    use([channel('front'), channel('back', { ring: { seconds: 60 } }), channel('door')]);
    const applied = desired.apply();
    await desired.changed();
    plane.opensSlowly = false;
    plane.reopen(1);
    assertEqual(await applied, ['back']);
});

test('changes that come together are one list', async () => {
    const { plane, desired, use } = rig();
    use([]);
    const first = desired.changed();
    use([channel('front')]);
    await Promise.all([first, desired.changed(), desired.follow()]);
    assertEqual([plane.revision, plane.calls], [1, ['open front recorded']]);
});

test('a list that cannot be handed over is handed over again, and said once', async () => {
    await withFakeTimers(async (clock) => {
        const { plane, desired } = rig();
        for (let count = 0; count < 3; count++) {
            plane.failures.push({ call: 'set', error: new OcellusError('TIMEOUT') });
        }
        await assertRejects(desired.changed(), { message: /timed out/ });
        await desired.follow();
        await clock.advance(1000);
        assertEqual(plane.rows.length, 0);
        await clock.advance(2000);
        assertEqual([plane.rows.length, clock.waiting.size], [3, 0]);
    });
});

test('a first start ends with the first channel that fails; later ones go on without it', async () => {
    for (const strict of [true, false]) {
        const { plane, desired } = rig([channel('front', { input: 'rtsp://u:p@h/x' }), channel('back')]);
        plane.failures.push({ call: 'open', error: new OcellusError('NOENT', 'no such file') });
        const started = desired.start(strict);
        const problem = 'front: cannot open rtsp://***@h/x: no such file';
        if (strict) {
            const error = await assertRejects(started, { type: OcellusError, message: /^front: cannot open rtsp:/ });
            assertEqual([error.message, (error as OcellusError).code], [problem, 'NOENT']);
        } else {
            await started;
            assertEqual(desired.problem('front'), { problem, reason: 'noent' });
            assertEqual(desired.problem('back'), { problem: null, reason: null });
            await plane.retryChannel(0);
            assertEqual(desired.problem('front'), { problem: null, reason: null });
        }
    }
});

test('a camera that is switched on later: a first start goes on, for its channel is open', async () => {
    const { plane, desired } = rig([channel('front')]);
    plane.opensSlowly = true;
    const started = desired.start(true);
    await desired.changed();
    const [row] = plane.rows as [ChannelRow];
    plane.rows[0] = { ...row, state: 3, failure: 21, revision: plane.revision };
    plane.onEdge = ({ kind }) => kind === 'channel' && desired.hear(0);
    plane.onEdge({ kind: 'channel', channel: 0 });
    await started;
    assertEqual(desired.problem('front').reason, 'refused');
});

test('why a channel does not open is a line once, however often it is tried', async () => {
    const { plane, desired, lines } = rig([channel('front')]);
    const fail = (): void => void plane.failures.push({ call: 'open', error: new OcellusError('NOENT') });
    plane.onEdge = (edge) => edge.kind === 'channel' && desired.hear(edge.channel);
    fail();
    await desired.start(false);
    for (let tries = 0; tries < 3; tries++) {
        plane.opensSlowly = true;
        plane.reopen(0);
        plane.opensSlowly = false;
        fail();
        plane.reopen(0);
    }
    assertEqual(lines, ['front: cannot open front.mp4: does not exist']);
    plane.reopen(0);
    fail();
    plane.reopen(0);
    assertEqual(lines.length, 2, 'it ran in between');
});

test('a first start that cannot record ends; one in privacy mode does not', async () => {
    const one = rig([channel('front')]);
    one.plane.failures.push({ call: 'record', error: new OcellusError('RANGE', 'pre-roll longer than the ring') });
    await assertRejects(one.desired.start(true), {
        message: /^front: cannot record front\.mp4: pre-roll longer than the ring$/,
    });
    const other = rig([channel('front')]);
    other.plane.reasons.add('switch');
    await other.desired.start(true);
    assertEqual(other.desired.problem('front'), { problem: 'front: privacy mode is on', reason: 'private' });
});

test('a source that is slow to open: a first start gives up after 15 s and names it, a later one goes on', async () => {
    await withFakeTimers(async (clock) => {
        for (const strict of [true, false]) {
            const { plane, desired } = rig([channel('front')]);
            plane.opensSlowly = true;
            let ended: unknown = 'waits';
            desired.start(strict).then(
                () => (ended = 'goes on'),
                (error: unknown) => (ended = String(error)),
            );
            await clock.advance(14_999);
            assertEqual(ended, 'waits');
            await clock.advance(1);
            const late = 'OcellusError: front: cannot open front.mp4: no answer within 15 s';
            assertEqual(ended, strict ? late : 'goes on');
            await desired.recorded('front'); // when it is open
            const changing = desired.apply();
            plane.opensSlowly = false;
            plane.reopen(0);
            assertEqual([await changing, clock.waiting.size], [[], 0]);
        }
    });
});

test('a recording that is asked for: done when it runs, or why it does not', async () => {
    const { plane, desired } = rig([channel('front', {}, 'never')]);
    await desired.start(true);
    await desired.recorded('front');
    const asked = new DesiredState({
        plane,
        causes: () => causes(settingsOf([channel('front', {}, 'never')]), { manualEnd: () => 0 }),
    });
    plane.failures.push({ call: 'record', error: new OcellusError('DISK_FULL', 'no space left') });
    const error = await assertRejects(asked.recorded('front'), { message: /^no space left$/ });
    assertEqual((error as OcellusError).code, 'DISK_FULL');
    assertEqual(asked.problem('front').problem, 'front: cannot record front.mp4: no space left');
    assertEqual([asked.records('front'), desired.records('front')], [true, false]);
    plane.reasons.add('command');
    plane.emit('privacy-on');
    await asked.recorded('front'); // it is recorded when that ends
});

test('a refused login is tried again when somebody asks, and no other', async () => {
    const { plane, desired } = rig();
    plane.failures.push({ call: 'open', error: new OcellusError('PASSWORD') });
    await desired.start(false);
    plane.calls.length = 0;
    await desired.retry('back');
    await desired.retry('nobody');
    assertEqual(plane.calls, []);
    assert(/; tried again seldom, .* at once when it is saved$/.test(desired.problem('front').problem ?? ''));
    plane.failures.push({ call: 'retry', error: new OcellusError('BUSY') });
    await desired.retry('front');
    await desired.retry('front');
    assertEqual(plane.calls, ['retry 0', 'retry 0', 'open front recorded']);
});
