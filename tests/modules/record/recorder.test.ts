import { defaultsOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import { Recorder } from 'ocellus/app/record/recorder';
import { OcellusError } from 'ocellus/error';
import type { RecordingRow } from 'ocellus/plane';
import { FakePlane, rowOf } from 'ocellus/test/fake-plane';
import { assertEqual, test } from 'ocellus/test/harness';

const settings = {
    enabled: true,
    name: 'ocellus',
    segmentMinutes: 90,
    prerollSeconds: 5,
    audio: false,
    event: defaultsOf(settingsTable).record.event,
    keepFreePercent: 10,
    keepFreeMB: 5000,
    maxMB: 0,
    maxDays: 0,
};

function file(channel: string, name: string, minute: number): RecordingRow {
    const time = `20261121T02${String(minute).padStart(2, '0')}00.000Z`;
    return {
        path: `recordings/${channel}/${name}_${time}_${time}.mp4`,
        channel,
        name,
        start: `2026-11-21T02:${String(minute).padStart(2, '0')}:00.000Z`,
        end: null,
        bytes: 1,
        open: false,
        durationMs: 0,
        protected: false,
    };
}

test('[E9] a recording has the name given at start and is split after the minutes of the settings', async () => {
    const plane = new FakePlane();
    await new Recorder(plane, settings).start(3, 'sub');
    assertEqual(plane.calls, ['record 3']);
    assertEqual(plane.recorded, [
        {
            name: 'ocellus',
            segmentMs: 5_400_000,
            prerollMs: 5000,
            stream: 'sub',
            audio: false,
            resume: false,
            forMs: 0,
        },
    ]);
});

test('sound is recorded when that is enabled, and a change of it begins a new file', async () => {
    const plane = new FakePlane();
    const recorder = new Recorder(plane, { ...settings, audio: true });
    await recorder.start(0, 'main');
    recorder.use(settings);
    plane.failures.push({ call: 'record', error: new OcellusError('STATE') });
    await recorder.start(0, 'main');
    assertEqual(plane.calls, ['record 0', 'record 0', 'stop 0', 'record 0']);
    recorder.use({ ...settings, audio: true });
    plane.failures.push({ call: 'record', error: new OcellusError('STATE') });
    await recorder.start(0, 'main');
    // Nothing is missing between the files, but sound from before it was enabled is not fetched.
    assertEqual(
        plane.recorded.map(({ audio, resume }) => [audio, resume]),
        [
            [true, false],
            [false, true],
            [true, false],
        ],
    );
});

test('a channel that runs: recorded from its start it needs no command, else as the settings want it', async () => {
    const plane = new FakePlane();
    const recorder = new Recorder(plane, settings);
    assertEqual(recorder.fromStart('sub')?.stream, 'sub');
    await recorder.follow(0, 'main', 'recorded');
    await recorder.follow(1, 'main', 'opened');
    await recorder.follow(2, 'main', 'adopted');
    recorder.use({ ...settings, enabled: false });
    assertEqual(recorder.fromStart('main'), undefined);
    await recorder.follow(3, 'main', 'opened');
    await recorder.follow(4, 'main', 'adopted');
    assertEqual(plane.calls, ['record 1', 'record 2', 'stop 4']);
});

test('a channel without a picture gets the same commands as any other', async () => {
    const plane = new FakePlane();
    plane.rows.push(rowOf({ number: 0, name: 'mic', state: 2, video_codec: 0, audio_codec: 4 }));
    const recorder = new Recorder(plane, settings);
    await recorder.start(0, 'main');
    await recorder.stop(0);
    assertEqual(plane.calls, ['record 0', 'stop 0']);
});

test('recordings({name}) asks for all pages and keeps their order', async () => {
    const plane = new FakePlane();
    for (let channel = 1; channel <= 5; channel++) {
        for (let minute = 0; minute < 60; minute++) {
            plane.files.push(file(`cam${channel}`, minute % 2 === 0 ? 'even' : 'odd', minute));
        }
    }
    plane.files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const recorder = new Recorder(plane, settings);
    const all: RecordingRow[] = [];
    for await (const row of recorder.recordings()) {
        all.push(row);
    }
    assertEqual(all, plane.files);
    assertEqual(plane.calls.length, 3);
    const even: string[] = [];
    for await (const { path } of recorder.recordings({ name: 'even', channel: 'cam2' })) {
        even.push(path);
    }
    assertEqual(even.length, 30);
    assertEqual([...even].sort(), even);
    const after = even[27] ?? '';
    const rest: string[] = [];
    for await (const { path } of recorder.recordings({ name: 'even', channel: 'cam2', after })) {
        rest.push(path);
    }
    assertEqual(rest, even.slice(28));
});

test('a reader who stops early reads no further page', async () => {
    const plane = new FakePlane();
    for (let minute = 0; minute < 300; minute++) {
        plane.files.push({ ...file('a', 'x', 0), path: `recordings/a/${String(minute).padStart(3, '0')}` });
    }
    let seen = 0;
    for await (const _row of new Recorder(plane, settings).recordings()) {
        if (++seen === 150) {
            break;
        }
    }
    assertEqual(plane.calls.length, 2);
});

test('a plan says when a channel is recorded, and until when', async () => {
    const plane = new FakePlane();
    plane.rows.push(rowOf({ number: 0, name: 'front' }), rowOf({ number: 1, name: 'back' }));
    const recorder = new Recorder(plane, settings, (name) => (name === 'front' ? 60_000 : undefined));
    assertEqual([recorder.fromStart('main', 'front')?.forMs, recorder.fromStart('main', 'back')], [60_000, undefined]);
    assertEqual([recorder.records('front'), recorder.records('back')], [true, false]);
    await recorder.follow(0, 'main', 'opened');
    await recorder.follow(1, 'main', 'opened');
    await recorder.follow(1, 'main', 'adopted');
    assertEqual(plane.calls, ['record 0', 'stop 1']);
    assertEqual(plane.recorded[0]?.forMs, 60_000);
});

test('[E9] a recording by a name of its own takes the place of the plan, and gives it back', async () => {
    const plane = new FakePlane();
    plane.rows.push(rowOf({ number: 0, name: 'front' }));
    const recorder = new Recorder(
        plane,
        settings,
        () => 0,
        () => 'sub',
    );
    plane.failures.push({ call: 'record', error: new OcellusError('STATE') });
    await recorder.startNamed(0, 'main', 'visit', 2); // the machine lives as long
    const [visit] = plane.recorded;
    assertEqual([visit?.name, visit?.forMs, visit?.resume, visit?.stream], ['visit', 2000, true, 'main']);
    await recorder.follow(0, 'sub', 'adopted');
    assertEqual(plane.calls, ['record 0', 'stop 0', 'record 0']);
    assertEqual(recorder.records('front'), true);
    await recorder.stopNamed(0, 'front');
    assertEqual([plane.recorded[1]?.name, plane.recorded[1]?.stream], ['ocellus', 'sub']);
    await recorder.stopNamed(0, 'front');
    assertEqual(plane.recorded.length, 2);
});

test('[E9] a recording by a name of its own goes on with the next script, until its end; then the plan holds', async () => {
    const plane = new FakePlane();
    plane.rows.push(rowOf({ number: 0, name: 'front' }), rowOf({ number: 1, name: 'back' }));
    const before = new Recorder(plane, settings);
    await before.startNamed(0, 'main', 'visit', 0);
    await before.startNamed(1, 'main', 'visit', 0.05);
    const given: unknown = JSON.parse(JSON.stringify(before.handover()));
    const recorder = new Recorder(plane, settings);
    recorder.adopt(given);
    recorder.adopt([['front'], 7, [1, 2], null]);
    recorder.adopt(undefined);
    plane.calls.length = 0;
    await recorder.follow(0, 'main', 'adopted');
    await recorder.follow(1, 'main', 'adopted');
    assertEqual([plane.calls, recorder.records('front')], [[], true]);
    plane.nowMs += 60;
    await new Promise<void>((resolve) => {
        setTimeout(resolve, 100);
    });
    assertEqual(recorder.handover(), [['front', 0]]);
    assertEqual(plane.calls.includes('record 1'), true);
    await recorder.stopNamed(0, 'front');
    assertEqual(recorder.handover(), []);
});
