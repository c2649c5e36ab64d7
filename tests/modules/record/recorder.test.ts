import { Recorder } from 'ocellus/app/record/recorder';
import { OcellusError } from 'ocellus/error';
import type { RecordingRow } from 'ocellus/plane';
import { FakePlane } from 'ocellus/test/fake-plane';
import { assertEqual, assertRejects, test } from 'ocellus/test/harness';

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

test('recordings({name}) asks for all pages and keeps their order', async () => {
    const plane = new FakePlane();
    for (let channel = 1; channel <= 5; channel++) {
        for (let minute = 0; minute < 60; minute++) {
            plane.files.push(file(`cam${channel}`, minute % 2 === 0 ? 'even' : 'odd', minute));
        }
    }
    plane.files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const { recorder } = rig(plane);
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
    for await (const _row of rig(plane).recorder.recordings()) {
        if (++seen === 150) {
            break;
        }
    }
    assertEqual(plane.calls.length, 2);
});

/** A recorder, and what it asked the media plane for, by its own account. */
function rig(plane = new FakePlane()) {
    const asked: string[] = [];
    let refusal: OcellusError | undefined;
    const recorder: Recorder = new Recorder({
        plane,
        recorded: async (channel) => {
            const { name, stream, endMs } = recorder.named.get(channel) ?? { name: '', stream: '', endMs: 0 };
            asked.push(`${channel} ${name} ${stream} ${endMs}`);
            const error = refusal;
            refusal = undefined;
            if (error !== undefined) {
                throw error;
            }
        },
    });
    const refuse = (error: OcellusError): void => {
        refusal = error;
    };
    return { plane, recorder, asked, refuse };
}

test('[E9] a recording by a name of its own takes the place of the plan, and gives it back', async () => {
    const { plane, recorder, asked } = rig();
    plane.nowMs = 1000;
    await recorder.startNamed('front', 'main', 'visit', 2); // the machine lives as long
    assertEqual(asked, ['front visit main 3000']);
    await recorder.stopNamed('front');
    await recorder.stopNamed('front');
    assertEqual(asked.slice(1), ['front   0']);
});

test('one that cannot begin changes nothing, and says why', async () => {
    const { recorder, asked, refuse } = rig();
    await recorder.startNamed('front', 'main', 'visit', 0);
    refuse(new OcellusError('RANGE', 'pre-roll longer than the ring'));
    await assertRejects(recorder.startNamed('front', 'sub', 'other', 0), { message: /^pre-roll longer/ });
    assertEqual(asked.slice(1), ['front other sub 0', 'front visit main 0']);
    assertEqual(recorder.handover(), [['front', 0, 'visit', 'main']]);
});

test('[E9] a recording by a name of its own goes on with the next script, until its end; then the plan holds', async () => {
    const { plane, recorder: before } = rig();
    await before.startNamed('front', 'main', 'visit', 0);
    await before.startNamed('back', 'sub', 'visit', 0.05);
    const given: unknown = JSON.parse(JSON.stringify(before.handover()));
    const { recorder, asked } = rig(plane);
    recorder.adopt(given);
    recorder.adopt([['front'], 7, [1, 2], null, ['front', 0, 'x', 'third']]);
    recorder.adopt(undefined);
    assertEqual([...recorder.named.keys(), asked], ['front', 'back', []]);
    plane.nowMs += 60;
    await new Promise<void>((resolve) => {
        setTimeout(resolve, 100);
    });
    assertEqual(recorder.handover(), [['front', 0, 'visit', 'main']]);
    assertEqual(asked, ['back   0']);
    await recorder.stopNamed('front');
    assertEqual(recorder.handover(), []);
});
