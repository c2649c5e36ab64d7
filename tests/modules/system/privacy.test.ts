import { type Zone, zoneInForce } from 'ocellus/app/base/zone';
import { Privacy } from 'ocellus/app/system/privacy';
import { startOn } from 'ocellus/app/system/application';
import { OcellusError } from 'ocellus/error';
import type { Facts } from 'ocellus/host';
import type { Hours } from 'ocellus/app/base/hours';
import { isOpen } from 'ocellus/plane';
import { FakeHost, FakePlane } from 'ocellus/test/fake-plane';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

interface Rig {
    readonly plane: FakePlane;
    readonly host: FakeHost;
    readonly privacy: Privacy;
    readonly hours: Hours[];
}

/** Saturday, in Berlin. */
function rig(time: string, hours: Hours[], unsure = false): Rig {
    const plane = new FakePlane();
    const host = new FakeHost();
    host.wallMs = Date.parse(`2026-11-21T${time}:00+01:00`);
    const zone = (): Zone => zoneInForce({ timezone: 'system' }, host);
    const privacy = new Privacy({ plane, host, hours: () => hours, zone }, unsure);
    return { plane, host, privacy, hours };
}

/** Lets time pass for timers, the wall clock and the monotonic one. */
async function pass(clock: FakeClock, { host }: Pick<Rig, 'host'>, seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
        host.wallMs += 1000;
        host.nowMs += 1000;
        await clock.advance(1000);
    }
}

const morning: Hours = { from: '08:00', to: '09:00' };

test('hours: said once, with what comes; begun and ended on the minute', async () => {
    await withFakeTimers(async (clock) => {
        const one = rig('07:58', [morning]);
        await one.privacy.start();
        assertEqual(one.plane.wishes, [{ schedule: false, beginsInSeconds: 120 }]);
        await pass(clock, one, 119);
        assertEqual(one.plane.wishes.length, 1);
        await pass(clock, one, 3);
        assertEqual(one.plane.wishes[1], { schedule: true, beginsInSeconds: 86_400 });
        assertEqual(one.plane.wishes.length, 2);
        await pass(clock, one, 3600);
        assertEqual(one.plane.wishes.length, 3);
        assertEqual(one.plane.wishes[2]?.schedule, false);
    });
});

test('hours without a clock: nobody knows, so nobody looks; the first fix ends that', async () => {
    await withFakeTimers(async (clock) => {
        const one = rig('12:00', [morning]);
        one.host.quality = 'none';
        await one.privacy.start();
        assertEqual(one.plane.wishes, [{ schedule: true, beginsInSeconds: 0 }]);
        one.host.quality = 'ntp';
        one.privacy.hear({ number: 1, at: '', channel: null, kind: 'clock-set', code: 0, path: '', text: '' });
        await clock.settle();
        assertEqual(one.plane.wishes[1]?.schedule, false);
        const none = rig('12:00', []);
        none.host.quality = 'none';
        await none.privacy.start();
        assertEqual(none.plane.wishes, [{ schedule: false, beginsInSeconds: 0 }]);
    });
});

test('a clock that is set by hours is followed, also when nothing tells', async () => {
    await withFakeTimers(async (clock) => {
        const one = rig('06:30', [morning]);
        await one.privacy.start();
        one.host.wallMs += 3_600_000;
        await pass(clock, one, 12);
        assertEqual(one.plane.wishes.length, 2);
        assertEqual(one.plane.wishes[1]?.schedule, false);
        assert((one.plane.wishes[1]?.beginsInSeconds ?? 0) < 1800);
        one.host.wallMs += 3_600_000;
        await pass(clock, one, 12);
        assertEqual(one.plane.wishes[2]?.schedule, true);
    });
});

test('what could not be said is said again', async () => {
    await withFakeTimers(async (clock) => {
        const one = rig('08:30', [morning]);
        const error = new OcellusError('TIMEOUT');
        one.plane.failures.push({ call: 'set privacy', error });
        await assertRejects(one.privacy.start(), { message: /timed out/ }); // nothing may be opened then
        await one.privacy.start();
        one.plane.failures.push({ call: 'set privacy', error });
        one.hours.length = 0;
        await one.privacy.follow();
        assertEqual([...one.plane.reasons], ['schedule']);
        await pass(clock, one, 25);
        assertEqual([...one.plane.reasons], []);
    });
});

test('hours that are stored but not understood hold until others are set', async () => {
    await withFakeTimers(async (clock) => {
        const one = rig('12:00', [], true);
        await one.privacy.start();
        assertEqual(one.plane.wishes, [{ schedule: true, beginsInSeconds: 0 }]);
        await pass(clock, one, 60);
        assertEqual([...one.plane.reasons], ['schedule']);
        await one.privacy.follow();
        assertEqual([...one.plane.reasons], []);
    });
});

/* ---- the application ---- */

function options(...pairs: readonly (readonly [string, string])[]): Facts['options'] {
    return pairs.map(([name, value]) => ({ name, value }));
}

async function start(facts: Partial<Facts>, plane: FakePlane): Promise<FakeHost> {
    const host = new FakeHost(facts);
    await startOn({ plane, host });
    return host;
}

/** Channels whose source is open. */
function open(plane: FakePlane): readonly string[] {
    return plane.rows.filter(isOpen).map(({ name }) => name);
}

test('a start in privacy mode: everything but sources; they are opened when it ends', async () => {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        plane.reasons.add('switch');
        const host = await start({ options: options(['input', 'front=/a.mp4'], ['input', 'yard=/b.mp4']) }, plane);
        assertEqual(host.printed, ['viewer: http://127.0.0.1:8080/']);
        assert(plane.calls.includes('ready'));
        assertEqual(open(plane), []);
        plane.reasons.clear();
        plane.emit('privacy-off');
        await clock.settle();
        assertEqual(open(plane), ['front', 'yard']);
        assertEqual(plane.recorded.length, 2);
        assert(!plane.calls.some((call) => call.startsWith('exit')));
    });
});

test('begun and ended while it runs: everything is opened and recorded again', async () => {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        await start({}, plane);
        for (let round = 1; round <= 3; round++) {
            await plane.setPrivacy({ command: true });
            await clock.settle();
            assertEqual(open(plane), []);
            await plane.setPrivacy({ command: false });
            await clock.settle();
            assertEqual([open(plane), plane.revision], [['cam1'], 1]);
            assertEqual(plane.recorded.length, round + 1);
        }
    });
});

test('a script that starts within its hours opens nothing, and the one after it neither', async () => {
    await withFakeTimers(async () => {
        const text = '{"timezone":"UTC0","privacy":{"schedule":[{"days":"sat","from":"02:00","to":"03:00"}]}}';
        for (const generation of [1, 2]) {
            const plane = new FakePlane();
            await start({ generation, settings: { path: 's.json', text } }, plane);
            assertEqual(plane.wishes[0]?.schedule, true);
            assertEqual(open(plane), []);
        }
    });
});

test('stored hours that are damaged: private, whatever else is left of the settings', async () => {
    await withFakeTimers(async () => {
        for (const privacy of [
            '{"schedule":[{"from":"25:00","to":"26:00"}]}',
            '{"schedule":"always"}',
            '{"schedule":[{"from":"12:00","to":"13:00"}],"scheduleTwo":1}',
        ]) {
            const plane = new FakePlane();
            const text = `{"timezone":"UTC0","privacy":${privacy}}`;
            await start({ stored: { path: 'settings', text } }, plane);
            const unsure = !privacy.includes('12:00'); // there only a key is too many: the hours are known
            assertEqual(plane.wishes[0]?.schedule, unsure, privacy);
            assertEqual(open(plane).length, unsure ? 0 : 1, privacy);
        }
        const plane = new FakePlane();
        const text = '{"timezone":"Nowhere","privacy":{"schedule":[{"from":"12:00","to":"13:00"}]}}';
        await start({ stored: { path: 'settings', text } }, plane);
        assertEqual(plane.wishes[0]?.schedule, true); // nothing stored is used, so the hours are not known
    });
});

test('settings: hours are checked, one line each', async () => {
    for (const [schedule, message] of [
        [
            '[{"from":"8:00","to":"09:00"}]',
            's.json: privacy.schedule[0].from: "8:00" is not allowed; use a time from 00:00 to 23:59',
        ],
        [
            '[{"from":"08:00"}]',
            's.json: privacy.schedule[0]: {"from":"08:00"} is not allowed; use different times for from and to',
        ],
        [
            '[{"from":"08:00","to":"08:00"}]',
            's.json: privacy.schedule[0]: {"from":"08:00","to":"08:00"} is not allowed; use different times for from and to',
        ],
        [
            '[{"days":"weekend","from":"08:00","to":"09:00"}]',
            's.json: privacy.schedule[0].days: "weekend" is not allowed; use daily, or days like mon-fri or sat,sun',
        ],
        [
            '[{"from":"08:00","to":"09:00","zone":"UTC"}]',
            's.json: privacy.schedule[0].zone: unknown key; known are days, from, to',
        ],
    ] as const) {
        const plane = new FakePlane();
        await start({ settings: { path: 's.json', text: `{"privacy":{"schedule":${schedule}}}` } }, plane);
        assertEqual(plane.calls, [`exit 2 ${message}`]);
    }
});

test('the LED of the settings: used at the start; a host without any says so and goes on', async () => {
    const settings = { path: 's.json', text: '{"indicator":{"led":"platform:green:status"}}' };
    for (const generation of [1, 2]) {
        const plane = new FakePlane();
        if (generation === 2) {
            plane.failures.push({ call: 'led', error: new OcellusError('NOTSUP') });
        }
        await start({ generation, settings }, plane);
        assertEqual(plane.calls.filter((call) => call === 'led platform:green:status').length, 1);
        assert(plane.calls.includes('ready'));
    }
    for (const led of ['../x', '.', 'a b', 'x'.repeat(64)]) {
        const plane = new FakePlane();
        await start({ settings: { path: 's.json', text: JSON.stringify({ indicator: { led } }) } }, plane);
        assert(/^exit 2 s\.json: indicator\.led: .* is not allowed/.test(plane.calls[0] ?? ''), led);
    }
    const none = new FakePlane();
    await start({}, none);
    assert(!none.calls.some((call) => call.startsWith('led')));
});
