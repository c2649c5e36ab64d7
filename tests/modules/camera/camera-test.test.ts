import { CameraTest, type Found, testMs } from 'ocellus/app/camera/camera-test';
import { testedChannel } from 'ocellus/app/config/change';
import { loadSettings } from 'ocellus/app/config/load';
import { channelOf } from 'ocellus/channels';
import { OcellusError } from 'ocellus/error';
import type { ChannelRow } from 'ocellus/plane';
import { FakePlane } from 'ocellus/test/fake-plane';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

const { settings } = loadSettings({
    options: [],
    settings: undefined,
    stored: { path: 'settings', text: '{"channels":[{"name":"front","input":"rtsp://u:pw@h/live"}]}' },
    defaultInput: '/clip.mp4',
    limits: { channels: 3, parcelBytes: 131_072 },
});
const channel = testedChannel({ input: 'rtsp://u:pw@h/live' }, settings);

/** A plane whose source does, look by look, what `looks` say. */
function rig(looks: readonly (Partial<ChannelRow> & { readonly picture?: 'STATE' | 'NOTSUP' })[]) {
    const plane = new FakePlane();
    let at = -1;
    const next = (): void => {
        plane.nowMs += 200;
        at++;
        const { picture: _, ...words } = looks[Math.min(at, looks.length - 1)] ?? {};
        const [row] = plane.rows;
        if (row !== undefined) {
            plane.rows[0] = { ...row, state: 3, ...words };
        }
    };
    const zone = { name: '', posix: '', offsetMinutes: 0 };
    const changed = async (): Promise<void> => {
        const channels = camera.tested === undefined ? [] : [channelOf(camera.tested)];
        await plane.setDesired({ name: '', zone, channels });
    };
    const camera: CameraTest = new CameraTest({
        plane,
        changed,
        live: () => settings.live,
        picture: async () => {
            const code = looks[Math.min(at, looks.length - 1)]?.picture;
            if (code !== undefined) {
                throw new OcellusError(code);
            }
            return undefined;
        },
        wait: async () => next(),
    });
    return { plane, camera };
}

const runs = { state: 2, video_codec: 1, packets_lo: 10, width: 640, height: 360, fps_milli: 25_000 };

test('[O4] a camera is tried beside the others, until it has a picture, and closed; its password is filled in', async () => {
    const { plane, camera } = rig([{}, { state: 2 }, { ...runs, picture: 'STATE' }, runs]);
    const found = await camera.run(
        testedChannel({ name: 'front', input: 'rtsp://***@h/live', sub: '640x360' }, settings),
    );
    assert(found.ok);
    assertEqual([found.row.width, plane.nowMs], [640, 800]);
    assertEqual(plane.calls, ['open testing-', 'close 0']);
    assertEqual([plane.opened[0]?.url, plane.opened[0]?.subUrl], ['rtsp://u:pw@h/live', '']);
    const sound = rig([{ state: 2, audio_codec: 4, packets_lo: 3 }]);
    assert((await sound.camera.run(channel)).ok);
    const plain = rig([{ ...runs, picture: 'NOTSUP' }]);
    assert((await plain.camera.run(channel)).ok, 'a host that decodes nothing');
    const slow = rig([{ ...runs, fps_milli: 0 }]);
    assert((await slow.camera.run(channel)).ok);
    assertEqual(slow.plane.nowMs, 3200, 'a picture a minute has no rate yet');
});

test('why it does not deliver: one sentence without the password; nothing stays open', async () => {
    const problem = (found: Found): string => (found.ok ? '' : found.problem);
    const refused = rig([{}, { failure: 21 }]);
    assertEqual(await refused.camera.run(channel), {
        ok: false,
        problem: 'rtsp://***@h/live: the address accepts no connections',
        reason: 'refused',
    });
    assertEqual([refused.plane.calls, refused.plane.nowMs], [['open testing-', 'close 0'], 400]);
    const silent = rig([{}]);
    assertEqual(problem(await silent.camera.run(channel)), 'rtsp://***@h/live: nothing came within 15 s');
    assertEqual(silent.plane.nowMs, testMs);
    const late = rig([{ ...runs, picture: 'STATE' }]);
    assertEqual(problem(await late.camera.run(channel)), 'rtsp://***@h/live: no key frame came within 15 s');
    const none = rig([]);
    none.plane.failures.push({ call: 'open', error: new OcellusError('NOENT', 'no such file') });
    assertEqual(problem(await none.camera.run(channel)), 'rtsp://***@h/live: no such file');
    assertEqual([none.plane.calls, none.plane.rows], [['open testing-'], []]);
});

test('one at a time; not in privacy mode', async () => {
    const { plane, camera } = rig([{ ...runs, picture: 'STATE' }]);
    const first = camera.run(channel);
    await assertRejects(camera.run(channel), { message: /another camera is being tested/ });
    await first;
    plane.reasons.add('command');
    await assertRejects(camera.run(channel), { message: /privacy mode is on/ });
    plane.reasons.clear();
    await camera.run(channel);
    assertEqual(plane.rows, []);
});
