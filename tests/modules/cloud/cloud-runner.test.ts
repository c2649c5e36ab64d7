import { CloudService } from 'ocellus/app/cloud/cloud-service';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { forgetKeys, s3Of } from 'ocellus/app/cloud/store-of-settings';
import { defaultsOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import type { Settings } from 'ocellus/app/config/settings';
import type { Metrics } from 'ocellus/app/system/metrics';
import { FakeCamera } from 'ocellus/test/cloud/fake-camera';
import { FakeStore } from 'ocellus/test/cloud/fake-store';
import { readPlaylist } from 'ocellus/test/cloud/read-playlist';
import { hashOf, mediaOf, sealedAs } from 'ocellus/test/cloud/upload-life';
import { base64url, P256PrivateKey } from 'ocellus/crypto';
import { OcellusError } from 'ocellus/error';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

const store = { endpoint: 'http://127.0.0.1:1', bucket: 'film', accessKeyId: 'A', secretAccessKey: 'B' };
const list = 'ocellus/front/2026-11-21/02.m3u8';

/** The service of a camera whose settings the test changes, in time that the test moves. */
class Rig {
    readonly camera = new FakeCamera();
    readonly bucket = new FakeStore();
    readonly values = new Map<string, number>();
    readonly clock: FakeClock;
    readonly #beginMs: number;
    settings: Pick<Settings, 'cloud' | 'record' | 'channels'>;
    /** Stores that were made, by their prefix. */
    readonly made: string[] = [];
    service: CloudService;

    constructor(clock: FakeClock, given: Partial<Settings['cloud']> = store) {
        this.clock = clock;
        this.#beginMs = this.camera.wallMs - clock.nowMs;
        const { cloud, record } = defaultsOf(settingsTable);
        const channels = [{ name: 'front' }] as unknown as Settings['channels'];
        this.settings = { cloud: { ...cloud, latencySeconds: 4, ...given }, record, channels };
        this.service = this.make();
    }

    make(): CloudService {
        const metric = (name: string) => ({
            add: (by = 1) => void this.values.set(name, (this.values.get(name) ?? 0) + by),
            set: (value: number) => void this.values.set(name, value),
        });
        const plane = Object.assign(this.camera, { now: () => this.clock.nowMs });
        return new CloudService({
            plane,
            host: { clock: () => ({ wallMs: this.camera.wallMs, quality: 'ntp' }) },
            settings: () => this.settings,
            metrics: () => ({ counter: metric, gauge: metric }) as Metrics,
            store: ({ prefix, accessKeyId }) => {
                this.made.push(prefix);
                return accessKeyId === '' ? undefined : this.bucket;
            },
            body: this.camera.body,
            encrypt: sealedAs,
            hash: hashOf,
        });
    }

    change(more: Partial<Settings['cloud']>): void {
        this.settings = { ...this.settings, cloud: { ...this.settings.cloud, ...more } };
        this.service.follow();
    }

    async run(seconds: number): Promise<void> {
        for (let count = 0; count < seconds; count++) {
            await this.clock.advance(1000);
            this.camera.wallMs = this.#beginMs + this.clock.nowMs;
            for (let turns = 0; turns < 10; turns++) {
                await this.clock.settle();
            }
        }
    }

    sent(name = list): number {
        const text = this.bucket.objects.get(name)?.text;
        return text === undefined ? 0 : readPlaylist(text).entries.length;
    }
}

function cloudTest(title: string, run: (clock: FakeClock) => Promise<void>): void {
    test(title, () => withFakeTimers(run));
}

cloudTest('without a store nothing is loaded, kept or shown', async (clock) => {
    const rig = new Rig(clock, {});
    rig.service.follow();
    rig.service.wake();
    await rig.run(3);
    assertEqual([rig.made, rig.service.state(), rig.bucket.objects.size, clock.waiting.size], [[], undefined, 0, 0]);
});

cloudTest('[A8] a store in the settings: it sends at once, and metrics follow', async (clock) => {
    const rig = new Rig(clock, {});
    rig.service.follow();
    rig.change(store);
    await rig.run(1);
    rig.camera.record();
    await rig.run(30);
    assert(rig.sent() >= 5, String(rig.sent()));
    const state = rig.service.state();
    assertEqual([state?.plan, state?.state, state?.errors], ['continuous', 'idle', 0]);
    assert((rig.values.get('cloud_segments_total') ?? 0) >= 4, JSON.stringify([...rig.values]));
    assert((rig.values.get('cloud_lag_seconds') ?? 99) < 6, JSON.stringify([...rig.values]));
    assertEqual([rig.values.get('cloud_blocked'), rig.values.get('cloud_errors_total')], [0, 0]);
});

cloudTest(
    '[A8] the plan changes while it runs; another prefix is another store and goes on where the last was',
    async (clock) => {
        const rig = new Rig(clock);
        rig.service.follow();
        await rig.run(1);
        rig.camera.record();
        await rig.run(13);
        const before = rig.sent();
        rig.change({ plan: 'off' });
        await rig.run(10);
        assertEqual([rig.service.state()?.state, rig.sent(), rig.made.length], ['off', before, 1]);
        rig.change({ plan: 'continuous' });
        await rig.run(10);
        const first = rig.sent();
        assert(first > before && rig.made.length === 1, String(first));
        rig.change({ prefix: 'home' });
        await rig.run(13);
        assert(rig.sent(`home/${list}`) > 0, [...rig.bucket.objects.keys()].join(' '));
        assertEqual([rig.sent(), rig.made], [first, ['', 'home']]);
        rig.change({ endpoint: '' });
        await rig.run(12);
        assertEqual([rig.service.state(), clock.waiting.size], [undefined, 0]);
    },
);

cloudTest('[A8] no keys, and settings that can be no store, are states with a reason', async (clock) => {
    const rig = new Rig(clock, { ...store, accessKeyId: '' });
    rig.service.follow();
    await rig.run(1);
    assertEqual(rig.service.state()?.state, 'inactive');
    const real = new Rig(clock, { ...store, bucket: '' });
    const { camera, clock: time } = real;
    const service = new CloudService({
        plane: Object.assign(camera, { now: () => time.nowMs }),
        host: { clock: () => ({ wallMs: camera.wallMs, quality: 'ntp' }) },
        settings: () => real.settings,
        metrics: () => ({}) as Metrics,
    });
    service.follow();
    await real.run(1);
    const state = service.state();
    assertEqual([state?.state, state?.reason.startsWith('INVALID: a bucket has 3 to 63')], ['blocked', true]);
});

cloudTest('a store that was cured is tried at once when settings are saved, also unchanged', async (clock) => {
    const rig = new Rig(clock);
    rig.bucket.fault = () => ({ error: new StoreError('DENIED', 'the key may not write', false) });
    rig.service.follow();
    await rig.run(5);
    const before = rig.service.state();
    assertEqual([before?.state, before?.reason], ['blocked', 'DENIED: the key may not write']);
    rig.bucket.fault = () => undefined;
    await rig.run(60);
    assertEqual(rig.service.state()?.state, 'blocked', 'it waits 5 minutes');
    rig.service.follow();
    await rig.run(1);
    assertEqual(rig.service.state()?.state, 'idle');
});

cloudTest(
    '[A8] cloud.encryptFor: from then on it encrypts, for others too; without its secret it sends nothing',
    async (clock) => {
        const rig = new Rig(clock);
        const owner = P256PrivateKey.generate();
        rig.service.follow();
        await rig.run(1);
        const file = rig.camera.record();
        await rig.run(13);
        assertEqual([rig.service.state()?.encrypted, rig.camera.stored.has('cloudsecret')], [false, false]);
        const before = rig.sent();
        rig.camera.fault = () => ({ error: new OcellusError('IO', 'the disk is full') });
        rig.change({ encryptFor: [base64url(owner.publicKey().point())] });
        await rig.run(12);
        const blocked = rig.service.state();
        assertEqual([blocked?.state, blocked?.encrypted, rig.sent()], ['blocked', true, before]);
        rig.camera.fault = () => undefined;
        await rig.run(60);
        const state = rig.service.state();
        assertEqual([state?.state, state?.reason, state?.encrypted], ['idle', '', true]);
        assert(rig.sent() > before + 5, String(rig.sent()));
        const kept = rig.camera.stored.get('cloudsecret');
        rig.change({ encryptFor: [owner, P256PrivateKey.generate()].map((key) => base64url(key.publicKey().point())) });
        await rig.run(20);
        const { keys } = JSON.parse(rig.bucket.objects.get(list.replace('.m3u8', '.json'))?.text ?? '');
        assertEqual([keys.length, keys[0]], [3, [0, '']]);
        const media = mediaOf(rig.bucket, list, owner, '');
        assert(rig.camera.mediaOf(file).startsWith(media) && media.length > 20_000, String(media.length));
        assert(rig.camera.stored.get('cloudsecret')?.slice(0, 90) === kept?.slice(0, 90), 'another secret');
        rig.change({ endpoint: '' });
        await rig.run(2);
    },
);

cloudTest('a device keeps its id, two of one name block each other', async (clock) => {
    const first = new Rig(clock);
    first.service.follow();
    await first.run(2);
    const id = first.camera.stored.get('clouddevice');
    assert(/^\{"id":"[0-9a-f]{32}"\}$/.test(id ?? ''), id);
    const again = first.make();
    first.service = again;
    again.follow();
    first.camera.record();
    await first.run(12);
    assertEqual([again.state()?.state, first.camera.stored.get('clouddevice')], ['idle', id]);
    first.camera.stored.set('clouddevice', JSON.stringify({ id: '0'.repeat(32) }));
    const other = first.make();
    other.follow();
    await first.run(2);
    assertEqual(other.state()?.state, 'blocked');
    assert(other.state()?.reason.startsWith('CONFLICT: ') === true, other.state()?.reason);
});

test('[A8] an endpoint for temporary keys takes the place of those of the settings, and is left with the store', async () => {
    const { cloud } = defaultsOf(settingsTable);
    const clocks = { wallMs: () => Date.now(), now: () => Date.now() };
    const given = { ...cloud, ...store, accessKeyId: '', secretAccessKey: '' };
    assertEqual(s3Of(given, clocks), undefined);
    const bucket = s3Of({ ...given, credentialsUrl: 'https://127.0.0.1:1/secret/path' }, clocks);
    const error = await assertRejects(bucket?.get('a') ?? Promise.resolve());
    assert(error instanceof StoreError && error.code === 'OFFLINE', String(error));
    assert(!error.message.includes('secret'), error.message);
    forgetKeys();
    const closed = await assertRejects(bucket?.get('a') ?? Promise.resolve());
    assert(closed instanceof StoreError && closed.code === 'DENIED', String(closed));
});
