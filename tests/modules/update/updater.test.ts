import type { Available, UpdateState, Web } from 'ocellus/app/update/types';
import { Updater, type UpdateSettings } from 'ocellus/app/update/updater';
import { UpdateService } from 'ocellus/app/update/update-service';
import { DownloadError } from 'ocellus/app/update/web';
import { hex, sha256 } from 'ocellus/crypto';
import { OcellusError } from 'ocellus/error';
import { FakeHost, FakePlane } from 'ocellus/test/fake-plane';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';
import { indexJson, Publisher, releaseJson } from 'ocellus/test/update/made-index';

const publisher = new Publisher();
const minute = 60_000;
const bundle = Uint8Array.from({ length: 10_000 }, (_, index) => (index * 7) & 0xff);
const file = { bytes: bundle.length, sha256: hex(sha256(bundle)) };

/** A web server that a test dictates. */
class FakeWeb implements Web {
    text = '';
    status = 200;
    failure: Error | undefined;
    /** Bytes after which a connection breaks; one entry for each download. */
    readonly cuts: number[] = [];
    served = bundle;
    readonly requested: string[] = [];

    async get(url: string): Promise<{ status: number; text(): string }> {
        this.requested.push(url);
        if (this.failure !== undefined) {
            throw this.failure;
        }
        return { status: this.status, text: () => this.text };
    }

    async download(
        url: string,
        from: number,
        total: number,
        partBytes: number,
        take: (bytes: Uint8Array) => Promise<void>,
    ): Promise<void> {
        this.requested.push(`${url} ${from}-${total}`);
        const cut = this.cuts.shift() ?? Infinity;
        for (let at = from; at < this.served.length; at += partBytes) {
            if (at - from >= cut) {
                throw new DownloadError('the bundle: the connection broke', true);
            }
            await take(this.served.subarray(at, at + partBytes));
        }
    }
}

interface Bench {
    readonly plane: FakePlane;
    readonly host: FakeHost;
    readonly web: FakeWeb;
    readonly settings: { -readonly [K in keyof UpdateSettings]: UpdateSettings[K] };
    readonly updater: Updater;
    readonly clock: FakeClock;
    noted(): Available;
    /** Until the next look is over. */
    look(): Promise<void>;
}

const idle: Partial<UpdateState> = {
    name: 'camera',
    version: '1.0.0',
    state: 'idle',
    host: '0.1.0',
    apiLevel: 1,
    engine: 'xs-13.3',
    counter: 0,
    keys: [publisher.id],
    revoked: [],
};

async function withBench(run: (bench: Bench) => Promise<void>): Promise<void> {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        const host = new FakeHost({ updateKeys: [publisher.point], limits: { channels: 40, parcelBytes: 2048 } });
        const web = new FakeWeb();
        const settings: Bench['settings'] = {
            url: 'http://releases.example/camera/index.json?token=hidden',
            mode: 'apply',
            channel: 'stable',
            group: '',
            intervalMinutes: 60,
        };
        plane.update = idle;
        const updater = new Updater({ plane, host, web, settings: () => settings, random: () => 0.5 });
        const noted = (): Available => JSON.parse(plane.noted) as Available;
        const look = async (): Promise<void> => {
            await clock.advance(50 * minute);
            for (let turn = 0; turn < 10; turn++) {
                await clock.settle();
            }
        };
        try {
            await run({ plane, host, web, settings, updater, clock, noted, look });
        } finally {
            updater.stop();
        }
    });
}

const releases = (...list: readonly Record<string, unknown>[]): string => publisher.sign(indexJson(5, list));
const good = (version = '1.1.0', more: Record<string, unknown> = {}) => releaseJson(version, { ...file, ...more });

test('a release is fetched beside the index and given to the host; the index version and the device are kept', async () => {
    await withBench(async ({ plane, web, updater, look, noted }) => {
        web.text = releases(good());
        updater.start();
        await look();
        assertEqual(web.requested[1], 'http://releases.example/camera/camera-1.1.0.ocb 0-10000');
        assertEqual(plane.bundle.length, bundle.length);
        assertEqual(plane.calls.filter((call) => call === 'apply-update').length, 1);
        assertEqual([noted().version, noted().problem, noted().index], ['1.1.0', null, 5]);
        const memory = JSON.parse(plane.stored.get('update') ?? '') as { device: string; seen: number };
        assertEqual(memory.seen, 5);
        assert(/^[0-9a-f]{32}$/.test(memory.device), memory.device);
    });
});

test('a connection that breaks goes on where it was; what is here already is not fetched again', async () => {
    await withBench(async ({ plane, web, updater, look, noted }) => {
        web.text = releases(good());
        web.cuts.push(4096, 1);
        updater.start();
        await look();
        const ranges = web.requested.filter((line) => line.includes('.ocb')).map((line) => line.split(' ')[1]);
        assertEqual(ranges, ['0-10000', '4096-10000', '5120-10000']);
        assertEqual(plane.bundle, bundle);
        assertEqual(noted().problem, null);
    });
});

test('slow retrieval: a download that brings nothing ends, and is tried again later from where it was', async () => {
    await withBench(async ({ plane, web, updater, look, noted, clock }) => {
        web.text = releases(good());
        web.cuts.push(2048, 0);
        updater.start();
        await clock.advance(3 * minute + 5000);
        assertEqual(noted().problem, 'the bundle: the connection broke');
        assertEqual(plane.calls.includes('apply-update'), false);
        await look();
        assertEqual(web.requested.at(-1)?.endsWith(' 2048-10000'), true, web.requested.join('\n'));
        assertEqual(plane.calls.includes('apply-update'), true);
    });
});

test('mode check shows and fetches nothing; mode off looks only when somebody requests it; an address that comes later is used', async () => {
    await withBench(async ({ plane, web, updater, look, noted, settings, clock }) => {
        web.text = releases(good());
        settings.mode = 'check';
        updater.start();
        await look();
        assertEqual([noted().version, plane.bundle.length], ['1.1.0', 0]);
        settings.mode = 'off';
        updater.follow();
        await look();
        const before = web.requested.length;
        await clock.advance(600 * minute);
        assertEqual(web.requested.length, before);
        updater.check();
        await clock.settle();
        assertEqual(web.requested.length, before + 1);
        settings.url = 'http://later.example/index.json';
        settings.mode = 'apply';
        updater.follow();
        await clock.settle();
        assertEqual(web.requested[before + 1], 'http://later.example/index.json');
    });
});

test('without an address or a trusted key nothing is requested; with both it begins', async () => {
    await withFakeTimers(async (clock) => {
        const [plane, web] = [new FakePlane(), new FakeWeb()];
        plane.update = idle;
        const settings: Bench['settings'] = {
            url: '',
            mode: 'check',
            channel: 'stable',
            group: '',
            intervalMinutes: 1,
        };
        const options = { plane, web, settings: () => settings, random: () => 0.5 };
        const keyless = new UpdateService({ ...options, host: new FakeHost() });
        const service = new UpdateService({ ...options, host: new FakeHost({ updateKeys: [publisher.point] }) });
        await service.follow();
        await assertRejects(service.check(), { type: OcellusError, message: /set update\.url/ });
        settings.url = 'http://a.example/i';
        await keyless.follow();
        await assertRejects(keyless.check(), {
            type: OcellusError,
            message: /no trusted key: start with --update-key/,
        });
        await clock.advance(60 * minute);
        assertEqual([web.requested, plane.calls], [[], []]);
        web.text = releases(good());
        await service.follow();
        await clock.advance(minute);
        assertEqual(web.requested[0], 'http://a.example/i');
        settings.url = ''; // no more looks
        await service.follow();
        await clock.advance(10 * minute);
        assertEqual([...clock.waiting].length, 0);
    });
});

/** What goes wrong with an index, and what is said. */
const bad: readonly (readonly [string, (bench: Bench) => void, RegExp])[] = [
    ['offline', ({ web }) => (web.failure = new Error('GET http://releases.example:80: no address')), /no address/],
    ['no such file', ({ web }) => (web.status = 404), /^the index: HTTP 404$/],
    ['captive portal', ({ web }) => (web.text = '<html>'), /is a web page: does this network want a login/],
    ['endless data', ({ web }) => (web.failure = new Error('the reply has more than 65536 bytes')), /more than 65536/],
    ['stranger', ({ web }) => (web.text = new Publisher().sign(indexJson(9, [good()]))), /not signed by a key/],
    [
        'frozen',
        ({ web, host }) => {
            web.text = releases(good());
            host.wallMs = Date.UTC(2027, 0, 1);
        },
        /expired at 2026-12-01/,
    ],
    [
        'rolled back',
        ({ web, plane }) => {
            plane.stored.set('update', JSON.stringify({ device: 'ab'.repeat(16), seen: 6 }));
            web.text = releases(good());
        },
        /version 5, this device has seen 6/,
    ],
    ['of another application', ({ web }) => (web.text = publisher.sign(indexJson(5, [], { name: 'door' }))), /door/],
    [
        'signed by a key that was revoked meanwhile',
        ({ web, plane }) => {
            plane.update = { ...idle, keys: [], revoked: [publisher.id] };
            web.text = releases(good());
        },
        /not signed by a key/,
    ],
    ['an update under way', ({ plane }) => (plane.update = { ...idle, state: 'trial' }), /under way: trial/],
];

for (const [what, spoil, message] of bad) {
    test(`${what}: nothing is fetched, the reason is shown, and the next look is soon`, async () => {
        await withBench(async (bench) => {
            const { plane, web, updater, clock, noted } = bench;
            spoil(bench);
            updater.start();
            await clock.advance(6 * minute);
            assert(message.test(noted().problem ?? ''), noted().problem ?? 'no problem');
            assert(!plane.noted.includes('hidden'), plane.noted);
            assertEqual([noted().version, plane.bundle.length], [null, 0]);
            const looks = web.requested.length;
            if (what !== 'an update under way') {
                assert(looks >= 2 && looks < 10, `${looks} looks in 6 minutes`);
            }
            web.failure = undefined;
            web.status = 200;
            bench.host.wallMs = Date.UTC(2026, 10, 23);
            plane.update = idle;
            web.text = publisher.sign(indexJson(6, [good()]));
            await bench.look();
            assertEqual(plane.calls.includes('apply-update'), true);
        });
    });
}

test('without a clock the expiry is not looked at, and that is said', async () => {
    await withBench(async ({ host, web, updater, look, noted, settings }) => {
        host.quality = 'none';
        host.wallMs = Date.UTC(2040, 0, 1);
        settings.mode = 'check';
        web.text = releases(good());
        updater.start();
        await look();
        assertEqual([noted().version, noted().expiryChecked, noted().problem], ['1.1.0', false, null]);
    });
});

test('mix and match: what the host refuses for good is not fetched again; what passes is', async () => {
    await withBench(async ({ plane, web, updater, look, noted }) => {
        web.text = releases(good());
        plane.failures.push({ call: 'apply-update', error: new OcellusError('BUSY') });
        updater.start();
        await look();
        assertEqual(plane.calls.filter((call) => call === 'apply-update').length >= 2, true);
        plane.calls.length = 0;
        plane.bundle = plane.bundle.subarray(0, 0);
        web.text = publisher.sign(indexJson(6, [good('1.3.0', { sha256: 'ee'.repeat(32) })]));
        plane.failures.push({ call: 'apply-update', error: new OcellusError('FORMAT', 'the hash is another') });
        await look();
        await look();
        await look();
        assertEqual(plane.calls.filter((call) => call === 'apply-update').length, 1);
        assertEqual(noted().version, null);
    });
});

test('a recall is seen within one interval, and devices look at different times', async () => {
    await withFakeTimers(async (clock) => {
        const times: number[] = [];
        const web = new FakeWeb();
        web.text = releases();
        web.get = async () => {
            times.push(clock.nowMs);
            return { status: 200, text: () => web.text };
        };
        const plane = new FakePlane();
        plane.update = idle;
        const settings = { url: 'http://a.example/i', mode: 'check', channel: 'stable', group: '' } as const;
        const updater = new Updater({
            plane,
            host: new FakeHost({ updateKeys: [publisher.point] }),
            web,
            settings: () => ({ ...settings, intervalMinutes: 60 }),
        });
        updater.start();
        await clock.advance(100 * 60 * minute);
        updater.stop();
        const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
        assert(times.length >= 100, `${times.length} looks`);
        assert(Math.max(...pauses) <= 60 * minute && Math.min(...pauses) >= 48 * minute, pauses.join(' '));
        assert(new Set(pauses).size > 50, 'no jitter');
    });
});

test('a revocation comes before a release', async () => {
    await withBench(async ({ plane, web, updater, look }) => {
        const old = 'aa'.repeat(8);
        plane.update = { ...idle, keys: [publisher.id, old] };
        const revoked = [{ keys: [old], bundle: 'keys.ocb', ...file }];
        web.text = publisher.sign(indexJson(5, [good()], { revoked }));
        updater.start();
        await look();
        assertEqual(web.requested[1], 'http://releases.example/camera/keys.ocb 0-10000');
    });
});

test('a host without updates is left alone', async () => {
    await withBench(async ({ plane, web, updater, look }) => {
        plane.updateState = async () => {
            throw new OcellusError('NOTSUP');
        };
        updater.start();
        await look();
        await look();
        assertEqual([web.requested, plane.noted], [[], '']);
    });
});
