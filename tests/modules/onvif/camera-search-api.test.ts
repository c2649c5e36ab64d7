import { hostOf } from 'ocellus/app/config/address';
import { loadSettings } from 'ocellus/app/config/load';
import type { CameraAddressJson, CameraSearchJson } from 'ocellus/app/http/api-types';
import { cameraSearchRoutes } from 'ocellus/app/onvif/camera-search-api';
import { Router } from 'ocellus/app/http/router';
import { OnvifError, type Posted } from 'ocellus/app/onvif/soap';
import type { HttpRequest } from 'ocellus/http';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, test } from 'ocellus/test/harness';

const limits = { channels: 4, parcelBytes: 131_072 };
const channels = [
    { name: 'front', title: 'Haustür', input: 'rtsp://u:pw@192.0.2.7:554/live' },
    { name: 'six', input: 'rtsp://[FD00::7]/live', sub: '640x360' },
];
const { settings } = loadSettings({
    options: [],
    settings: undefined,
    stored: { path: 'settings', text: JSON.stringify({ channels }) },
    defaultInput: '/clip.mp4',
    limits,
});

const found = (endpoint: string, address: string) => ({
    endpoint,
    address,
    name: 'Cam',
    hardware: 'X1',
    location: '',
    service: `http://${address}/onvif`,
});

/** The routes over a search that has found this, and a camera that fails so, or answers when `answer` is called. */
function rig(reason?: 'silent') {
    let searches = 0;
    let answer = (_posted: Posted): void => {};
    const search = {
        running: false,
        problem: '',
        cameras: [found('a', '192.0.2.7'), found('b', 'fd00::7'), found('c', '192.0.2.8')],
        camera: (id: string) => search.cameras.find(({ endpoint }) => endpoint === id),
        run: async () => {
            searches++;
            search.running = true;
        },
    };
    const router = new Router(limits);
    const handler = cameraSearchRoutes(router, {
        settingsStore: { current: settings },
        host: { clock: () => ({ wallMs: 0, quality: 'synced' }) as never },
        search,
        post: () =>
            new Promise((resolve, reject) => {
                answer = resolve;
                if (reason !== undefined) {
                    reject(new OnvifError(reason, 'the camera does not answer'));
                }
            }),
    });
    router.route('POST', '/api/channels/*', handler);
    const post = async (path: string, body: object): Promise<{ status: number; body: unknown }> => {
        const text = JSON.stringify(body);
        const request = { method: 'POST', path, query: '', headers: new Map(), login: 0, text: () => text };
        const { status = 200, body: came } = await router.answer(request as unknown as HttpRequest);
        return { status, body: JSON.parse(String(came)) };
    };
    return { post, searches: () => searches, answer: (posted: Posted) => answer(posted) };
}

test('[O25] a search begins when it is told to, once; cameras that are channels already say which', async () => {
    const { post, searches } = rig();
    const path = '/api/channels/search';
    const first = (await post(path, {})).body as CameraSearchJson;
    assertEqual([first.running, first.problem, searches()], [false, null, 0]);
    assertEqual(
        first.cameras.map(({ id, channel }) => `${id} ${channel}`),
        ['a Haustür', 'b six', 'c null'],
    );
    assertEqual(((await post(path, { now: true })).body as CameraSearchJson).running, true);
    await post(path, { now: true });
    assertEqual(searches(), 1);
    assertEqual((await post(path, { now: 1 })).status, 400);
    assertEqual((await post(path, { id: 'a' })).status, 400);
});

test('a camera is asked by what was found only; its refusal is an answer; one at a time', async () => {
    await withFakeTimers(async (clock) => {
        const path = '/api/channels/search/address';
        const silent = rig('silent');
        const refused = (await silent.post(path, { id: 'a', user: 'me', password: 'hunter2' }))
            .body as CameraAddressJson;
        assertEqual([refused.ok, refused.reason, refused.main], [false, 'silent', null]);
        assertEqual((await silent.post(path, { id: 'http://127.0.0.1/' })).status, 404);
        assertEqual((await silent.post(path, {})).status, 404);
        const bad = await silent.post(path, { id: 'a', password: 'x'.repeat(129) });
        assert(bad.status === 400 && !JSON.stringify(bad.body).includes('xxx'), JSON.stringify(bad.body));
        const waits = rig();
        const one = waits.post(path, { id: 'a', user: 'me', password: '1' });
        assertEqual((await waits.post(path, { id: 'a', user: 'me', password: '2' })).status, 503);
        waits.answer({ status: 401, bytes: new ArrayBuffer(0) });
        await clock.advance(4_000);
        assertEqual((await one).status, 202, 'the next message has no answer: asked for again');
    });
});

test('the host of an address', () => {
    assertEqual(hostOf('rtsp://me:p%40w@Camera.Local:554/live?x=1#y'), 'camera.local');
    assertEqual(hostOf('ffmpeg:rtsps://[FD00::7]:8554/live'), 'fd00::7');
    assertEqual([hostOf('/film.mp4'), hostOf('640x360'), hostOf('test'), hostOf('rtsp://')], Array(4).fill(undefined));
});
