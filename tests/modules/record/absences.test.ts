import { spansNear } from 'ocellus/app/cloud/event-spans';
import { channelDefaults, type ChannelSettings, type Settings } from 'ocellus/app/config/settings';
import { defaultsOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import { EventLog } from 'ocellus/app/events/event-log';
import { Absences } from 'ocellus/app/record/absences';
import type { PlaneEvent } from 'ocellus/plane';
import { FakeHost, FakePlane } from 'ocellus/test/fake-plane';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assertEqual, test } from 'ocellus/test/harness';

function rig() {
    const [plane, host] = [new FakePlane(), new FakeHost()];
    const absences = new Absences({ log: new EventLog(plane, host), host });
    const hear = (kind: string, channel: string | null, more: Partial<PlaneEvent> = {}) => {
        absences.hear({ kind, channel, ...more });
    };
    const pass = async (clock: FakeClock, ms: number) => {
        host.wallMs += ms;
        await clock.advance(ms);
    };
    const begunMs = host.wallMs;
    const rows = () =>
        plane.kept.map(({ kind, channel, startMs, endMs, data }) => [
            kind,
            channel,
            startMs - begunMs,
            endMs === undefined ? 'on' : endMs - begunMs,
            data,
        ]);
    return { absences, host, plane, hear, pass, rows };
}

test('privacy and a camera without a picture are kept as long as they last, a moment without one is not', async () => {
    await withFakeTimers(async (clock) => {
        const { host, plane, hear, pass, rows } = rig();
        hear('privacy-on', null);
        hear('source-lost', 'front');
        hear('source-lost', 'yard');
        await pass(clock, 2000);
        hear('source-resumed', 'yard');
        await pass(clock, 4000);
        assertEqual(rows(), [
            ['privacy', '', 0, 'on', ''],
            ['no-picture', 'front', 0, 'on', ''],
        ]);
        hear('source-absent', 'front'); // it is tried again
        await pass(clock, 6000);
        hear('privacy-off', null);
        hear('channel-opened', 'front');
        await clock.settle();
        assertEqual(rows(), [
            ['privacy', '', 0, 12_000, ''],
            ['no-picture', 'front', 0, 12_000, ''],
        ]);
        const margins = { beforeMs: 5000, afterMs: 5000 };
        const spans = await spansNear(plane, 'front', host.wallMs - 20_000, host.wallMs, margins);
        assertEqual(spans, []); // nothing is sent to a store for them
    });
});

test('a camera that a script before this one has lost is found by this one', async () => {
    await withFakeTimers(async (clock) => {
        const { host, plane, hear, rows } = rig();
        const begun = {
            kind: 'no-picture',
            mask: 0,
            channel: 'front',
            startMs: host.wallMs,
            endMs: undefined,
            data: '',
        };
        await plane.beginEvent(begun);
        host.wallMs += 3000;
        hear('source-resumed', 'yard');
        await clock.settle();
        assertEqual(rows(), [['no-picture', 'front', 0, 'on', '']]);
        hear('source-resumed', 'front');
        await clock.settle();
        assertEqual(rows(), [['no-picture', 'front', 0, 3000, '']]);
    });
});

test('words of applications, of the small stream, and without a clock are not kept', async () => {
    await withFakeTimers(async (clock) => {
        const { host, hear, pass, rows } = rig();
        hear('source-lost', 'front', { raised: true });
        hear('source-lost', 'front', { stream: 'sub' });
        hear('privacy-on', null, { raised: true });
        host.quality = 'none';
        hear('privacy-on', null);
        hear('source-lost', 'yard');
        await pass(clock, 6000);
        assertEqual(rows(), []);
    });
});

test('another rule of recording is a moment that names the one before', async () => {
    await withFakeTimers(async (clock) => {
        const { absences, rows } = rig();
        const settings = defaultsOf(settingsTable) as Settings;
        const channel = (name: string, mode: ChannelSettings['record']['mode']): ChannelSettings => ({
            ...channelDefaults,
            name,
            input: 'a.mp4',
            record: { stream: 'main', mode, schedule: [], maxMB: 0, maxDays: 0 },
        });
        const before = { ...settings, channels: [channel('front', 'continuous'), channel('yard', 'event')] };
        const now = {
            ...settings,
            channels: [channel('front', 'event'), channel('yard', 'event'), channel('new', 'event')],
        };
        absences.follow(before, now);
        absences.follow(now, { ...now, record: { ...now.record, enabled: false }, channels: now.channels.slice(0, 1) });
        await clock.settle();
        assertEqual(
            rows().map(([kind, name, , , data]) => [kind, name, data]),
            [
                ['record-mode', 'front', '{"mode":"event","before":"continuous"}'],
                ['record-mode', 'front', '{"mode":"off","before":"event"}'],
            ],
        );
    });
});
