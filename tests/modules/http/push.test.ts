import type { SettingsChangeJson } from 'ocellus/app/http/api-types';
import type { PushesJson } from 'ocellus/app/live/push-json';
import { device } from 'ocellus/test/http/device';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, test as plainTest } from 'ocellus/test/harness';

/** A push that runs is looked at for ever: by timers that end with the test. */
function test(title: string, run: () => Promise<void>): void {
    plainTest(title, () => withFakeTimers(run));
}

const one = {
    name: 'one',
    url: 'rtmp://live.example.com/live',
    key: 'k-{channel}',
    watch: { hls: 'https://example.com/{channel}.m3u8' },
};

async function withTarget() {
    const made = await device();
    assertEqual((await made.ask('PATCH', '/api/settings', { live: { targets: [one] } }))[0], 200);
    return made;
}

test('[E1] a push is started, seen and stopped; twice is once', async () => {
    const { ask, plane } = await withTarget();
    const addresses = { hls: 'https://example.com/cam1.m3u8' };
    assertEqual(await ask('POST', '/api/push/cam1', { target: 'one' }), [
        200,
        { addresses, already: false, vendor: 0 },
    ]);
    assertEqual(await ask('POST', '/api/push/cam1', { target: 'one', stream: 'main' }), [
        200,
        { addresses, already: true, vendor: 40000415 },
    ]);
    const [, body] = await ask('GET', '/api/push');
    const { maxPushes, targets, pushes } = body as PushesJson;
    assertEqual(
        [maxPushes, targets, pushes.map(({ channel, target }) => `${channel} ${target}`)],
        [4, [{ name: 'one', scheme: 'rtmp', host: 'live.example.com', stream: 'main' }], ['cam1 one']],
    );
    assertEqual(
        plane.targets?.map(({ url }) => url),
        ['rtmp://live.example.com/live/k-cam1'],
    );
    assertEqual(
        [await ask('DELETE', '/api/push/cam1/one'), await ask('DELETE', '/api/push/cam1/one')],
        [
            [204, ''],
            [204, ''],
        ],
    );
    assertEqual(plane.targets, []);
    assertEqual(
        plane.added.map(([kind, channel]) => `${kind} ${channel}`),
        ['push-started cam1', 'push-stopped cam1'],
    );
});

test('[E5] a refused start says the code of the vendor and what to do', async () => {
    const { ask } = await device();
    const targets = ['a', 'b'].map((name) => ({ ...one, name, key: name }));
    await ask('PATCH', '/api/settings', { live: { maxPushes: 1, targets } });
    await ask('POST', '/api/push/cam1', { target: 'a' });
    const message = '1 broadcasts run; live.maxPushes is 1: stop another one';
    assertEqual(await ask('POST', '/api/push/cam1', { target: 'b' }), [
        429,
        { error: { code: 'LIMIT', message, vendor: 20101, advice: 'stop-another' } },
    ]);
});

test('what is no start is refused in one line', async () => {
    const { refused } = await withTarget();
    assertEqual(await refused('POST', '/api/push/cam1', {}), [400, 'INVAL', undefined]);
    assertEqual(await refused('POST', '/api/push/cam1', { target: 'one', stream: 'third' }), [400, 'INVAL', undefined]);
    assertEqual(await refused('POST', '/api/push/cam1', { target: 'one', now: true }), [400, 'INVAL', undefined]);
    assertEqual(await refused('POST', '/api/push/cam9', { target: 'one' }), [404, 'NOENT', undefined]);
    assertEqual(await refused('POST', '/api/push/cam1', { target: 'two' }), [404, 'NOENT', undefined]);
    assertEqual(await refused('DELETE', '/api/push/cam1/two'), [404, 'NOENT', undefined]);
});

test('[E1] keys of targets are shown to nobody, stay as they are when they come back so, and lead to their host alone', async () => {
    const { ask, refused, plane } = await withTarget();
    await ask('POST', '/api/push/cam1', { target: 'one' });
    const [, body] = await ask('GET', '/api/settings');
    const { live } = body as SettingsChangeJson['settings'];
    assertEqual(live.targets[0]?.key, '***');
    // changed beside the key, whose place is shown hidden
    const shown = live.targets.map((target) => ({ ...target, account: 'me' }));
    const [status, changed] = await ask('PATCH', '/api/settings', { live: { targets: shown } });
    assertEqual([status, JSON.stringify(changed).includes('k-{channel}')], [200, false]);
    assertEqual(
        plane.targets?.map(({ url }) => url),
        ['rtmp://live.example.com/live/k-cam1'],
    );
    const elsewhere = shown.map((target) => ({ ...target, url: 'rtmp://evil.example.com/live' }));
    assertEqual(await refused('PATCH', '/api/settings', { live: { targets: elsewhere } }), [
        400,
        'INVAL',
        'live.targets[0].key',
    ]);
    const renamed = shown.map((target) => ({ ...target, name: 'other' }));
    assertEqual(await refused('PATCH', '/api/settings', { live: { targets: renamed } }), [
        400,
        'INVAL',
        'live.targets[0].key',
    ]);
    // another key is another push
    await ask('PATCH', '/api/settings', { live: { targets: [{ ...one, key: 'new' }] } });
    for (let turn = 0; turn < 200; turn++) {
        await undefined;
    }
    assertEqual(
        plane.targets?.map(({ url }) => url),
        ['rtmp://live.example.com/live/new'],
    );
    assert(!JSON.stringify([plane.added, plane.kept]).includes('k-'));
});

test('[E1] the next script finds what runs, and its settings; a target that is gone meanwhile has ended', async () => {
    const { ask, plane } = await withTarget();
    await ask('POST', '/api/push/cam1', { target: 'one' });
    const first = plane.targets;
    plane.replies.length = 0;
    const next = await device({ generation: 2 }, plane);
    const [, body] = await next.ask('GET', '/api/push');
    assertEqual(
        (body as PushesJson).pushes.map(({ target }) => target),
        ['one'],
    );
    assertEqual(plane.targets, first);
    plane.stored.set('settings', '{}');
    plane.replies.length = 0;
    const last = await device({ generation: 3 }, plane);
    assertEqual(((await last.ask('GET', '/api/push'))[1] as PushesJson).pushes, []);
    assertEqual(plane.targets, []);
});
