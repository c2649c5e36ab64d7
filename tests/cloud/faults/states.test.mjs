// Whatever keeps a camera from its store is shown in its status with the reason, loses nothing, and passes when it is over.
// OC_CLOUD_STATES=radosgw: the store of Ceph refuses by its own quota and its own users.
import test from 'ava';
import { fakeClock } from '../../hosts/fake-clock.mjs';
import { eventually, sleep, temporary } from '../../e2e/device.mjs';
import { areRecordings, drain, openCamera, openStore, readHours, verified } from '../footage.mjs';

const real = process.env['OC_CLOUD_STATES'] === 'radosgw';
/** One store of Ceph at a time. */
const check = real ? test.serial : test;

/** @typedef {import('../footage.mjs').Camera} Camera */
/** @typedef {import('../footage.mjs').Store} Store */

/** The store refuses everything that is written, or no longer. @param {Store} store @param {{ status: number, code: string } | undefined} refusal */
function refuse({ stub }, refusal) {
    stub.watch = (method) => {
        if (refusal !== undefined && method === 'PUT') throw refusal;
    };
}

/** No room is left, or there is some again. @param {Store} store @param {boolean} on */
function fill(store, on) {
    const { gateway } = store;
    refuse(store, on ? { status: 403, code: 'QuotaExceeded' } : undefined);
    gateway?.admin('quota', 'set', '--quota-scope=user', '--uid=cam', `--max-objects=${on ? 1 : -1}`);
    gateway?.admin('quota', on ? 'enable' : 'disable', '--quota-scope=user', '--uid=cam');
}

/** The keys permit nothing, or what they did. @param {Store} store @param {boolean} on */
function deny(store, on) {
    refuse(store, on ? { status: 403, code: 'AccessDenied' } : undefined);
    store.gateway?.admin('user', on ? 'suspend' : 'enable', '--uid=cam');
}

/** @param {Camera} camera @param {string} state @param {RegExp} reason @param {number} [seconds] */
const shows = (camera, state, reason, seconds) =>
    eventually(async () => {
        const now = await camera.cloud();
        return now.state === state && reason.test(now.reason) ? now : undefined;
    }, `${state}: ${reason}`, seconds);

/** Segments go there again. @param {Camera} camera */
async function goesOn(camera) {
    const { segments } = await camera.cloud();
    await eventually(async () => {
        const now = await camera.cloud();
        return now.segments > segments && (now.state === 'idle' || now.state === 'sending') && now.reason === '' ? true : undefined;
    }, 'segments are sent again', 60);
}

/** @param {import('ava').ExecutionContext} t */
async function begin(t) {
    const [data, store] = [temporary(t), await openStore(t, real, 0)];
    const camera = await openCamera(t, data);
    await camera.set({ cloud: store.settings });
    await goesOn(camera);
    return { data, store, camera };
}

/** @param {import('ava').ExecutionContext} t @param {{ data: string, store: Store, camera: Camera }} of */
async function isWhole(t, { data, store, camera }) {
    t.is((await drain(camera)).gaps, 0);
    await camera.device.stop();
    const { segments, inits } = await readHours(store.film, 'ocellus/cam1/');
    areRecordings(t, segments, inits, data);
    t.like(await verified(t, data, store), { findings: 0 });
}

check('[A9] a full store: shown, tried again by itself, nothing is lost', async (t) => {
    t.timeout(300_000);
    const all = await begin(t);
    const { camera, store } = all;
    fill(store, true);
    const seen = await shows(camera, 'retrying', /^FULL: PUT .*QuotaExceeded.*the store is full/);
    t.true(seen.errors > 0 && seen.waitingBytes > 0);
    if (!real) {
        refuse(store, { status: 507, code: 'InsufficientStorage' });
        await shows(camera, 'retrying', /^FULL: PUT .*HTTP 507; InsufficientStorage/);
    }
    fill(store, false);
    await goesOn(camera);
    await isWhole(t, all);
});

check('[A9] permission that is lost: blocked with the reason; it goes on when something happens', async (t) => {
    t.timeout(300_000);
    const all = await begin(t);
    const { camera, store } = all;
    deny(store, true);
    await shows(camera, 'blocked', /^DENIED: .*check the keys and what they permit/, 60);
    const metrics = await (await fetch(`${camera.url}/metrics`)).text();
    t.regex(metrics, /^ocellus_app_cloud_waiting_bytes \d/m);
    await eventually(async () => (/^ocellus_app_cloud_blocked 1$/m.test(await (await fetch(`${camera.url}/metrics`)).text()) ? true : undefined), 'it is in the metrics');
    deny(store, false);
    t.is((await camera.send('POST', '/api/events', { kind: 'ring' })).status, 202);
    await goesOn(camera);
    await isWhole(t, all);
});

check('[A2] [A9] another bucket while the spool is filled: what was not sent goes to the new one, each packet to one of both', async (t) => {
    t.timeout(300_000);
    const all = await begin(t);
    const { camera, data, store } = all;
    store.fail(true);
    await shows(camera, 'retrying', /^(SERVER|OFFLINE|SLOW_DOWN): /, 90);
    await sleep(5000);
    t.true((await camera.cloud()).waitingBytes > 0);
    store.fail(false);
    await camera.set({ cloud: { bucket: 'absent' } });
    await shows(camera, 'blocked', /^NO_BUCKET: .*there is no such bucket/, 60);
    store.stub.buckets.set('other', new Map());
    await store.gateway?.makeBucket('other');
    await camera.set({ cloud: { bucket: 'other' } });
    await goesOn(camera);
    t.is((await drain(camera)).gaps, 0);
    await camera.device.stop();
    const [first, second] = [await readHours(store.film, 'ocellus/cam1/'), await readHours(store.bucket('other'), 'ocellus/cam1/')];
    t.true(first.segments.length > 0 && second.segments.length > 1, `${first.segments.length} and ${second.segments.length} segments`);
    areRecordings(t, [...first.segments, ...second.segments], new Map([...first.inits, ...second.inits]), data);
    for (const bucket of ['film', 'other']) t.like(await verified(t, data, store, bucket), { findings: 0 });
});

check('[A9] two devices of one name: the second is blocked, the first goes on; another prefix lets it send', async (t) => {
    t.timeout(300_000);
    const all = await begin(t);
    const { store } = all;
    const data = temporary(t);
    const second = await openCamera(t, data);
    await second.set({ cloud: store.settings });
    const seen = await shows(second, 'blocked', /^CONFLICT: another device writes to ocellus\/device\.json: give this one another name or prefix/);
    t.is(seen.segments, 0);
    await goesOn(all.camera);
    await second.set({ cloud: { prefix: 'home' } });
    await goesOn(second);
    await drain(second);
    const { segments, inits } = await readHours(store.film, 'home/ocellus/cam1/');
    await second.device.stop();
    areRecordings(t, segments, inits, data);
    await isWhole(t, all);
});

check('[A9] a clock that is not set, then wrong by an hour: the first is shown, the second is made up for', async (t) => {
    t.timeout(300_000);
    const clock = fakeClock(t, 100_000, false); // 1970
    const [data, store] = [temporary(t), await openStore(t, real, 0)];
    const camera = await openCamera(t, data, [], clock.env);
    await camera.set({ cloud: store.settings });
    await shows(camera, 'retrying', /^CLOCK: the clock of this device is not set$/);
    t.is((await store.film.all('')).objects.size, 0);
    clock.set(Date.now() + 3_600_000, true);
    await goesOn(camera);
    await isWhole(t, { data, store, camera });
});

for (const [kind, what] of /** @type {[string, string][]} */ (real ? [] : [['plain', 'takes no conditions'], ['sums', 'wants checksums, as a bucket with Object Lock'], ['untagged', 'names no tag of what it took']])) {
    test(`[A9] a store that ${what}: everything is sent, nothing is tried twice`, async (t) => {
        t.timeout(300_000);
        const [data, store] = [temporary(t), await openStore(t, false, 0)];
        store.stub.kind = kind;
        const camera = await openCamera(t, data);
        await camera.set({ cloud: store.settings });
        await goesOn(camera);
        t.is((await camera.cloud()).errors, 0);
        await isWhole(t, { data, store, camera });
        t.truthy(await store.film.load('ocellus/device.json'));
    });
}

check('[A9] a store that this device cannot use is blocked with what to do; one that it can goes on from there', async (t) => {
    if (real) return t.pass();
    t.timeout(300_000);
    const all = await begin(t);
    const { camera, store } = all;
    store.stub.kind = 'md5';
    await shows(camera, 'blocked', /^CHECKSUM: PUT .*Content-MD5.*turn its Object Lock off, or use another store$/, 60);
    store.stub.kind = '';
    await camera.set({ cloud: { kilobytesPerSecond: 900 } });
    await goesOn(camera);
    store.stub.kind = 'portal';
    await shows(camera, 'retrying', /^SERVER: .*HTTP 200; this is no answer of a store: is a sign-in page or a proxy between\?$/, 60);
    store.stub.kind = '';
    await goesOn(camera);
    await isWhole(t, all);
});
