import { PushError, pushError } from 'ocellus/app/live/push-error';
import { errorNumbers, OcellusError } from 'ocellus/error';
import { FakeHost, FakePlane, rowOf } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';
import { deliver, page, pass, rigOf, settingsOf } from 'ocellus/test/live/push-rig';

type Rig = ReturnType<typeof rigOf>;

const minutes = 60_000;

/** What is handed over: "front one rtmp://…". */
function handed({ plane }: Pick<Rig, 'plane'>): string[] {
    return (plane.targets ?? []).map(({ channel, name, url, format }) => [channel, name, format, url].join(' '));
}

async function refused(start: Promise<unknown>): Promise<readonly unknown[]> {
    const error = await assertRejects(start, { type: PushError });
    return error instanceof PushError ? [error.code, error.vendor, error.advice] : [];
}

/** Another script of the same process, or with another host another process. */
async function next(before: Rig, host = new FakeHost({ ...before.host.facts, generation: 2 })): Promise<Rig> {
    const isSame = host.facts.startedMs === before.host.facts.startedMs;
    const plane = isSame ? before.plane : new FakePlane();
    plane.stored.set('push', before.plane.stored.get('push') ?? '');
    if (isSame) {
        [host.nowMs, host.wallMs] = [before.host.nowMs, before.host.wallMs];
    }
    const rig = rigOf({ plane, host, settings: before.current.settings });
    await rig.push.begin();
    return rig;
}

/** A process that begins so long after another. */
function laterHost(before: Rig, ms: number): FakeHost {
    return Object.assign(new FakeHost({ startedMs: 7 }), { wallMs: before.host.wallMs + ms });
}

test('[E1] a start hands the stream over with its key, and answers where it is watched; a stop ends it', async () => {
    await withFakeTimers(async () => {
        const rig = rigOf();
        assertEqual(await rig.push.start('front', 'one'), {
            addresses: { page: 'https://example.com/ocellus/front-1' },
            already: false,
            vendor: 0,
        });
        await rig.push.start('yard', 'two', { stream: 'sub' });
        await rig.push.start('yard', 'web');
        assertEqual(handed(rig), [
            'front front/one flv rtmp://live.example.com/front/secret-1',
            'yard yard/two ts srt://srt.example.com:9000?streamid=yard&passphrase=open-sesame-1',
        ]);
        assertEqual(
            rig.plane.targets?.map(({ sub, audioOnly, pin }) => [sub, audioOnly, pin]),
            [
                [false, false, ''],
                [true, false, ''],
            ],
        );
        assertEqual(rig.hls[0]?.parts.target, {
            url: 'https://cdn.example.com/yard/',
            user: 'me',
            password: 'pass',
            pin: '',
        });
        await rig.push.stop('front', 'one');
        await rig.push.stop('front', 'one');
        await rig.push.stop('yard', 'web');
        assertEqual([handed(rig).length, rig.hls[0]?.isRunning], [1, false]);
        assertEqual(rig.kinds(), [
            ...['push-started one', 'push-started two', 'push-started web', 'push-stopped one', 'push-stopped web'],
        ]);
        await assertRejects(rig.push.start('attic', 'one'), {
            type: OcellusError,
            message: /no channel named "attic"/,
        });
        await assertRejects(rig.push.stop('front', 'none'), { type: OcellusError, message: /no target named "none"/ });
    });
});

test('[E5] a second start is the first one, also of two at once; another stream takes its place', async () => {
    await withFakeTimers(async () => {
        const rig = rigOf();
        const both = await Promise.all([rig.push.start('yard', 'one'), rig.push.start('yard', 'one')]);
        assertEqual(
            both.map(({ already, vendor }) => [already, vendor]),
            [
                [false, 0],
                [true, 40000415],
            ],
        );
        assertEqual(both[1]?.addresses, both[0]?.addresses);
        assertEqual([rig.plane.targets?.length, rig.kinds()], [1, ['push-started one']]);
        assertEqual((await rig.push.start('yard', 'one', { stream: 'sub' })).already, false);
        assertEqual(
            rig.plane.targets?.map(({ sub }) => sub),
            [true],
        );
    });
});

test('[E5] as many as live.maxPushes of each account, others are refused', async () => {
    await withFakeTimers(async () => {
        const target = (name: string, account: string) => ({
            name,
            account,
            url: `rtmp://${name}.example.com/live/{channel}`,
        });
        const targets = [target('a1', 'a'), target('a2', 'a'), target('b1', 'b'), target('c1', '')];
        const rig = rigOf({ settings: settingsOf({ live: { maxPushes: 2, targets } }) });
        await rig.push.start('front', 'a1');
        await rig.push.start('front', 'a2');
        assertEqual(await refused(rig.push.start('yard', 'a1')), ['LIMIT', 20101, 'stop-another']);
        await rig.push.start('front', 'b1');
        await rig.push.start('front', 'c1');
        assertEqual((await rig.push.start('front', 'a1')).already, true);
        await rig.push.stop('front', 'a2');
        await rig.push.start('yard', 'a1');
        assertEqual(rig.plane.targets?.length, 4);
    });
});

test('[E5] never more than the media plane has, and one address has one camera', async () => {
    await withFakeTimers(async () => {
        const channels = Array.from({ length: 17 }, (_, index) => ({ name: `cam${index}`, input: 'test:' }));
        const targets = [
            { name: 'all', url: 'rtmp://example.com/live/{channel}' },
            { name: 'same', url: 'rtmp://example.com/live', key: 'k' },
        ];
        const rig = rigOf({ settings: settingsOf({ channels, live: { maxPushes: 16, targets } }) });
        await rig.push.start('cam0', 'same');
        assertEqual(await refused(rig.push.start('cam1', 'same')), ['EXIST', 40000415, 'stop-another']);
        for (const { name } of channels.slice(1, 16)) {
            await rig.push.start(name, 'all');
        }
        assertEqual(await refused(rig.push.start('cam16', 'all')), ['LIMIT', 20101, 'stop-another']);
    });
});

test('[E4] a source of sound only is refused, unless the target takes it', async () => {
    await withFakeTimers(async () => {
        const targets = [
            { name: 'one', url: 'rtmp://example.com/live/a' },
            { name: 'two', url: 'rtmp://example.com/live/b', audioOnly: true },
        ];
        const rig = rigOf({ settings: settingsOf({ live: { targets } }) });
        rig.plane.rows.push(rowOf({ number: 0, name: 'front', audio_codec: 3 }));
        assertEqual(await refused(rig.push.start('front', 'one')), ['NO_VIDEO', null, 'allow-sound']);
        await rig.push.start('front', 'two');
        assertEqual(
            rig.plane.targets?.map(({ audioOnly }) => audioOnly),
            [true],
        );
        await assertRejects(rig.push.start('front', 'one', { stream: 'sub' }), { message: /has no second stream/ });
    });
});

test('[E7] back within the hour it has the same address, after it a new one, also behind a stop', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        deliver(rig);
        await clock.settle();
        await pass(clock, rig, 59 * minutes);
        assertEqual(handed(rig), ['front front/one flv rtmp://live.example.com/front/secret-1']);
        deliver(rig);
        await clock.settle();
        rig.kinds();
        await pass(clock, rig, 61 * minutes);
        assertEqual(rig.kinds(), ['push-interrupted one', 'push-offline one', 'push-renamed one']);
        assertEqual(handed(rig), ['front front/one flv rtmp://live.example.com/front/secret-2']);
        // one address for one absence, however long
        await pass(clock, rig, 300 * minutes);
        deliver(rig);
        await clock.settle();
        assertEqual([rig.kinds(), handed(rig)[0]?.endsWith('secret-2')], [['push-resumed one'], true]);
        for (const [away, number] of [
            [59, 2],
            [61, 3],
        ] as const) {
            await rig.push.stop('front', 'one');
            await pass(clock, rig, away * minutes);
            assertEqual(
                (await rig.push.start('front', 'one')).addresses.page,
                page.replace('{device}', 'ocellus').replace('{channel}', 'front').replace('{number}', String(number)),
            );
            deliver(rig);
            await clock.settle();
        }
    });
});

test('[E7] over an end of the program: what runs goes on, by the address of the hour or by a new one', async () => {
    await withFakeTimers(async (clock) => {
        for (const [away, number, kinds] of [
            [0.2, 1, []],
            [59, 1, ['push-offline one']],
            [61.1, 2, ['push-offline one', 'push-renamed one']],
        ] as const) {
            const rig = rigOf();
            await rig.push.start('front', 'one');
            deliver(rig);
            await clock.settle();
            const later = await next(rig, laterHost(rig, away * minutes));
            assertEqual([away, later.kinds()], [away, [...kinds]]);
            assertEqual(later.plane.calls.filter((call) => call.startsWith('pushes')).length, 1); // no other address before
            assertEqual(handed(later), [`front front/one flv rtmp://live.example.com/front/secret-${number}`]);
        }
    });
});

test('[E7] without a clock an hour is counted from the start of the program, and anew when the clock comes', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        deliver(rig);
        await clock.settle();
        const host = Object.assign(laterHost(rig, 0), { quality: 'none' as const });
        const later = await next(rig, host);
        await pass(clock, later, 50 * minutes);
        assertEqual(handed(later)[0]?.endsWith('secret-1'), true);
        Object.assign(host, { quality: 'ntp', wallMs: rig.host.wallMs + 70 * minutes });
        await later.push.look();
        assertEqual(handed(later)[0]?.endsWith('secret-2'), true);
        assertEqual(later.kinds().at(-1), 'push-renamed one');
    });
});

test('[E1] the next script of the process changes nothing of what runs, and tells nothing twice', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        await rig.push.start('yard', 'two');
        deliver(rig);
        await clock.settle();
        const first = [...(rig.plane.targets ?? [])];
        await pass(clock, rig, 20_000);
        assertEqual(rig.kinds(), ['push-started one', 'push-started two', 'push-interrupted one']);
        const later = await next(rig);
        assertEqual(later.plane.targets, first);
        await pass(clock, later, 40_000);
        assertEqual(later.kinds(), []);
        deliver(later);
        await clock.settle();
        assertEqual(later.kinds(), ['push-resumed one']);
        await later.push.stop('front', 'one');
        await later.push.start('front', 'one');
        assert(!first.some(({ id }) => id === later.plane.targets?.find(({ channel }) => channel === 'front')?.id));
    });
});

test('[E6] viewers are told at 15 s and at 90 s, and when it is back; privacy mode says so at once', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        deliver(rig);
        await clock.settle();
        rig.kinds();
        await pass(clock, rig, 14_000);
        assertEqual(rig.kinds(), []);
        await pass(clock, rig, 2_000);
        assertEqual(rig.kinds(), ['push-interrupted one']);
        await pass(clock, rig, 73_000);
        assertEqual(rig.kinds(), []);
        await pass(clock, rig, 2_000);
        assertEqual(rig.kinds(), ['push-offline one']);
        deliver(rig);
        await clock.settle();
        assertEqual([rig.raised[0]?.data, rig.kinds()], [{ target: 'one', seconds: 91 }, ['push-resumed one']]);
        rig.plane.reasons.add('command');
        rig.plane.pushRow({ id: 1, phase: 'waits', failure: -errorNumbers.PRIVATE });
        await clock.settle();
        const [one] = (await rig.push.state()).pushes;
        assertEqual(
            [one?.state, one?.error, one?.sentence],
            ['privacy', null, 'Privacy mode is on: the broadcast goes on when it ends.'],
        );
        assertEqual(
            [rig.raised[0]?.data, rig.kinds()],
            [{ target: 'one', why: 'privacy mode' }, ['push-interrupted one']],
        );
        rig.plane.reasons.delete('command');
        await pass(clock, rig, 5_000);
        deliver(rig);
        await clock.settle();
        assertEqual([rig.raised[0]?.data, rig.kinds()], [{ target: 'one', seconds: 5 }, ['push-resumed one']]);
        assertEqual((await rig.push.state()).pushes[0]?.state, 'runs');
    });
});

test('[E5] a refusal is told once for each reason, with the code of the vendor, until it runs again', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        rig.kinds();
        const retries = (code: keyof typeof errorNumbers, why: string) => {
            rig.plane.pushRow(
                { id: 1, phase: 'retries', failure: -errorNumbers[code], failures: 3, dueMs: rig.host.nowMs + 30_000 },
                why,
            );
        };
        retries('REFUSED', '');
        retries('PASSWORD', 'denied by on_publish');
        await clock.settle();
        retries('PASSWORD', 'denied by on_publish');
        await clock.settle();
        assertEqual(
            [rig.raised[0]?.data, rig.kinds()],
            [{ target: 'one', code: 'PASSWORD', vendor: 1002, why: 'denied by on_publish' }, ['push-refused one']],
        );
        const [one] = (await rig.push.state()).pushes;
        assertEqual(one?.error, {
            code: 'PASSWORD',
            vendor: 1002,
            text: 'denied by on_publish',
            advice: 'check-account',
        });
        assertEqual([one?.state, one?.failures, one?.nextTry], ['retries', 3, '2026-11-21T02:51:31.123Z']);
        assertEqual(one?.sentence, 'live.example.com is tried again: denied by on_publish.');
        const later = await next(rig);
        retries('PASSWORD', 'denied by on_publish');
        await clock.settle();
        assertEqual(later.kinds(), []);
        retries('CERTIFICATE', 'of another name');
        await clock.settle();
        deliver(later);
        await clock.settle();
        retries('PASSWORD', 'denied by on_publish');
        await clock.settle();
        assertEqual(later.kinds(), ['push-refused one', 'push-refused one']);
    });
});

test('[E5] what the camera has not is no error of the target', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        for (const [code, advice] of [
            ['SILENT', 'wait'],
            ['NOENT', 'wait'],
            ['NO_VIDEO', 'allow-sound'],
        ] as const) {
            rig.plane.pushRow({ id: 1, phase: 'waits', failure: -errorNumbers[code] });
            await clock.settle();
            const [one] = (await rig.push.state()).pushes;
            assertEqual([one?.state, one?.error?.vendor, one?.error?.advice], ['waits', null, advice]);
        }
        assertEqual(rig.kinds(), ['push-started one']);
    });
});

test('[E1] changed settings change what they are about: a key that push alone, a target or camera that is gone ends it', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        await rig.push.start('front', 'two');
        await rig.push.start('yard', 'web');
        deliver(rig, 1);
        const before = rig.plane.pushRows[1];
        rig.kinds();
        const { live, channels } = rig.current.settings;
        const put = async (changed: object) => {
            rig.current.settings = { ...rig.current.settings, ...changed };
            await rig.push.follow();
        };
        await put({
            live: {
                ...live,
                targets: live.targets.map((one) => (one.name === 'one' ? { ...one, key: 'other' } : one)),
            },
        });
        assertEqual(handed(rig)[0], 'front front/one flv rtmp://live.example.com/front/other');
        assertEqual([rig.plane.pushRows[1], rig.hls.length], [before, 1]);
        await put({
            live: {
                ...live,
                targets: live.targets.map((one) => (one.name === 'web' ? { ...one, key: 'other' } : one)),
            },
        });
        assertEqual(
            rig.hls.map(({ isRunning }) => isRunning),
            [false, true],
        );
        await put({ live: { ...live, targets: live.targets.filter(({ name }) => name !== 'two') } });
        assertEqual([rig.plane.targets?.length, rig.kinds()], [1, ['push-stopped two']]);
        await put({ channels: channels.map((one) => (one.name === 'front' ? { ...one, name: 'porch' } : one)) });
        assertEqual([rig.plane.targets?.length, rig.kinds()], [0, ['push-stopped one']]);
        // what was forgotten does not come back with its names
        await put({ live, channels });
        await clock.settle();
        assertEqual(
            [
                rig.plane.targets?.length,
                rig.kinds(),
                rig.kept().pushes.filter(({ id }: { id: number }) => id > 0).length,
            ],
            [0, [], 1],
        );
    });
});

test('what cannot be kept is not started; what is stopped has ended, and is kept when that is possible again', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        const fails = () => rig.plane.failures.push({ call: 'write', error: new OcellusError('DISK_FULL') });
        fails();
        fails();
        await assertRejects(rig.push.start('yard', 'two'), { type: OcellusError, message: /cannot be kept/ });
        assertEqual(rig.plane.targets?.length, 1);
        fails();
        await assertRejects(rig.push.stop('front', 'one'), { type: OcellusError, message: /cannot be kept/ });
        assertEqual([rig.plane.targets?.length, rig.kept().pushes.length], [0, 1]);
        await pass(clock, rig, 3_000);
        assertEqual(rig.kept().pushes, []);
        assertEqual(rig.kinds(), ['push-started one', 'push-stopped one']);
    });
});

test('nothing is ended before what was kept could be read; damage of it stops nobody', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        rig.plane.failures.push({ call: 'read', error: new OcellusError('IO') });
        const later = await next(rig);
        assertEqual(later.plane.targets?.length, 1);
        await pass(clock, later, 3_000);
        assertEqual((await later.push.state()).pushes.length, 1);
        for (const text of ['[', '7', '{"pushes":[null,7,{"channel":"front","target":"one","id":-1,"number":"x"}]}']) {
            const plane = new FakePlane();
            plane.stored.set('push', text);
            const damaged = rigOf({ plane });
            await damaged.push.begin();
            assertEqual((await damaged.push.start('front', 'one')).already, false);
        }
    });
});

test('a list that the media plane does not take is handed over again; a refused start is undone', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        rig.plane.failures.push({ call: 'pushes', error: new OcellusError('INVAL', 'front/two: no') });
        await assertRejects(rig.push.start('front', 'two'), { type: OcellusError, message: /front\/two: no/ });
        assertEqual([rig.plane.targets?.length, rig.kept().pushes.length], [1, 1]);
        rig.plane.failures.push({ call: 'pushes', error: new OcellusError('BUSY') });
        await assertRejects(rig.push.stop('front', 'one'), { type: OcellusError });
        await pass(clock, rig, 3_000);
        assertEqual(rig.plane.targets, []);
    });
});

test('what is kept is written when it changes, and once a minute while something is delivered', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        const writes = () => rig.plane.calls.filter((call) => call === 'write push').length;
        await rig.push.start('front', 'one');
        assertEqual(writes(), 1);
        for (let second = 0; second < 300; second++) {
            deliver(rig);
            await pass(clock, rig, 1000);
        }
        assert(writes() >= 5 && writes() <= 7, `${writes()} writes in 5 minutes`);
        const [kept] = rig.kept().pushes;
        assert(rig.host.wallMs - kept.usedAt <= 62_000);
        assert(!JSON.stringify(rig.kept()).includes('secret'));
    });
});

test('[E1] the state: what it sent, how fast, and since when; no secret is in it', async () => {
    await withFakeTimers(async (clock) => {
        const rig = rigOf();
        await rig.push.start('front', 'one');
        await rig.push.start('yard', 'web');
        deliver(rig, 0, { bytes: 0 });
        await clock.settle();
        for (let second = 1; second <= 10; second++) {
            await pass(clock, rig, 1000);
            deliver(rig, 0, {
                bytes: second * 250_000,
                packets: second * 25,
                leftOutGops: 2,
                leftOutPackets: 30,
                reconnects: 1,
            });
            await clock.settle();
        }
        const web = rig.hls[0];
        assert(web !== undefined);
        web.now = { ...web.now, phase: 'retries', failure: pushError('PASSWORD', 'HTTP 402'), failures: 1 };
        const state = await rig.push.state();
        assertEqual(state.targets, [
            { name: 'one', scheme: 'rtmp', host: 'live.example.com', stream: 'main' },
            { name: 'two', scheme: 'srt', host: 'srt.example.com:9000', stream: 'main' },
            { name: 'web', scheme: 'https', host: 'cdn.example.com', stream: 'main' },
        ]);
        assertEqual(state.pushes[0], {
            channel: 'front',
            target: 'one',
            stream: 'main',
            state: 'runs',
            sentence: 'On the air by live.example.com.',
            since: '2026-11-21T02:51:01.123Z',
            delivered: '2026-11-21T02:51:11.134Z',
            nextTry: null,
            failures: 0,
            reconnects: 1,
            bitrate: 1_998_002, // 250,000 bytes in 1,001 ms
            sentBytes: 2_500_000,
            sentPackets: 250,
            leftOutGops: 2,
            leftOutPackets: 30,
            addresses: { page: 'https://example.com/ocellus/front-1' },
            error: null,
        });
        assertEqual([state.pushes[1]?.state, state.pushes[1]?.error?.vendor], ['retries', 20406]);
        const later = await next(rig); // which has not seen how the bytes came
        deliver(later, 0, { bytes: 2_500_000 });
        await clock.settle();
        assertEqual((await later.push.state()).pushes[0]?.bitrate, 0);
        await pass(clock, later, 1000);
        deliver(later, 0, { bytes: 2_750_000 });
        await clock.settle();
        const rate = (await later.push.state()).pushes[0]?.bitrate ?? 0;
        assert(rate > 1_900_000 && rate < 2_100_000, String(rate));
        const told = JSON.stringify([state, rig.raised]);
        assert(!/secret|open-sesame|"pass"/.test(told), told);
    });
});
