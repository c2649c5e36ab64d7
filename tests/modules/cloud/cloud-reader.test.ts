import { CloudReader } from 'ocellus/app/cloud/cloud-reader';
import { emptyHour, hourText, type IndexSegment, withEvents, withSegment } from 'ocellus/app/cloud/hour-index';
import { dayFolder, hourAt, hourIndexName } from 'ocellus/app/cloud/object-names';
import { Router } from 'ocellus/app/http/router';
import { cloudRoutes } from 'ocellus/app/http/cloud-api';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { openKeys } from 'ocellus/app/cloud/key-memory';
import { base64url, hex, P256PrivateKey } from 'ocellus/crypto';
import { FakeCamera } from 'ocellus/test/cloud/fake-camera';
import { FakeStore } from 'ocellus/test/cloud/fake-store';
import { requestOf } from 'ocellus/test/fake-plane';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

const root = { prefix: 'home', device: 'cam' };
const begin = Date.UTC(2026, 10, 21, 23, 58, 0);

/** Segments of 4 s over midnight, with a gap of a minute, an event before it, and a day that has one other hour. */
async function filled(picture = ''): Promise<FakeStore> {
    const store = new FakeStore();
    const segments: IndexSegment[] = [];
    for (let index = 0; index < 60; index++) {
        const late = index >= 45 ? 60_000 : 0;
        segments.push({
            stem: late === 0 ? 'ocellus_20261121T235800.000Z' : 'ocellus_20261122T000200.000Z',
            offset: 1000 + (index % 45) * 500,
            bytes: 500,
            startMs: begin + index * 4000 + late,
            durationMs: 4000,
        });
    }
    const times = { startMs: begin + 30_000, endMs: begin + 40_000 };
    const event = { id: 7, kind: 'motion', mask: 1, ...times, picture };
    for (const hour of new Set(segments.map(({ startMs }) => hourAt(startMs)))) {
        let index = emptyHour('front', hour);
        for (const segment of segments.filter(({ startMs }) => hourAt(startMs) === hour)) {
            index = withSegment(index, segment);
        }
        index = hour === hourAt(begin) ? { ...withEvents(index, [event]), ended: true } : index;
        const name = `${dayFolder(root, 'front', hour)}${hourIndexName(hour)}`;
        await store.put(name, hourText(index), { type: 'application/json' });
    }
    await store.put('home/cam/front/2026-12-24/05.json', '{}', { type: 'application/json' });
    await store.put('home/cam/frontdoor/2026-10-01/05.json', '{}', { type: 'application/json' });
    return store;
}

test('days of a channel, from one on', async () => {
    const reader = new CloudReader(await filled(), root);
    const all = [
        { day: '2026-11-21', hours: [23] },
        { day: '2026-11-22', hours: [0] },
        { day: '2026-12-24', hours: [5] },
    ];
    assertEqual(await reader.days('front', '2000-01-01'), all);
    assertEqual(await reader.days('front', '2026-11-22'), all.slice(1));
    assertEqual(await reader.days('front', '2026-11-22', '2026-12-23'), all.slice(1, 2));
    assertEqual(await reader.days('back', '2000-01-01'), []);
});

test('hours of a day whose recordings sort before its indexes: all, for none is known', async () => {
    const store = await filled();
    for (let index = 0; index < 120; index++) {
        const name = `home/cam/front/2026-12-24/1cam_20261224T050000.000Z-${String(index).padStart(10, '0')}.m4s`;
        await store.put(name, 'x', { type: 'video/mp4' });
    }
    const days = await new CloudReader(store, root).days('front', '2026-12-24');
    assertEqual(
        days.map(({ day, hours }) => [day, hours.length]),
        [['2026-12-24', 24]],
    );
});

test('spans end at gaps, and are cut to what touches', async () => {
    const reader = new CloudReader(await filled(), root);
    const { spans, events } = await reader.spans('front', begin, begin + 3_600_000);
    assertEqual(spans, [
        { startMs: begin, endMs: begin + 180_000, bytes: 22_500 },
        { startMs: begin + 240_000, endMs: begin + 300_000, bytes: 7500 },
    ]);
    assertEqual(
        events.map(({ id }) => id),
        [7],
    );
    const late = await reader.spans('front', begin + 100_000, begin + 101_000);
    assertEqual([late.spans, late.events], [[{ startMs: begin + 100_000, endMs: begin + 104_000, bytes: 500 }], []]);
    assertEqual(await reader.spans('front', begin - 86_000_000, begin), { spans: [], events: [] });
    await assertRejects(reader.spans('front', begin, begin + 90_000_000));
    await assertRejects(reader.spans('front', begin, begin));
});

test('an hour that is over is read once, one under way each time, a damaged one never', async () => {
    const store = await filled();
    const reader = new CloudReader(store, root);
    let gets: string[] = [];
    store.fault = (kind, key) => {
        if (kind === 'get') {
            gets.push(key.slice(-18));
        }
        return undefined;
    };
    await reader.spans('front', begin, begin + 300_000);
    assertEqual(gets.sort(), ['2026-11-21/23.json', '2026-11-22/00.json']);
    gets = [];
    await reader.spans('front', begin, begin + 300_000);
    assertEqual(gets, ['2026-11-22/00.json']);
    await store.put('home/cam/front/2026-11-22/00.json', '{"version":2}', { type: 'application/json' });
    await assertRejects(reader.spans('front', begin, begin + 300_000));
});

test('a playlist has every segment once, with addresses of its own, and fits into an answer', async () => {
    const reader = new CloudReader(await filled(), root);
    const text = (await reader.playlist('front', begin, begin + 400_000, (day, name) => `${day}.${name}`)) ?? '';
    const lines = text.split('\n');
    const segments = lines.filter((line) => line.endsWith('.m4s'));
    assertEqual([segments.length, new Set(segments).size], [60, 60]);
    assertEqual(segments[0], '2026-11-21.ocellus_20261121T235800.000Z-0000001000.m4s');
    assert(segments[59]?.startsWith('2026-11-22.ocellus_20261122T000200.000Z-') === true, segments[59]);
    assertEqual(lines.filter((line) => line.startsWith('#EXT-X-MAP')).length, 2);
    assertEqual(lines[lines.length - 2], '#EXT-X-ENDLIST');
    assertEqual(await reader.playlist('front', begin + 200_000, begin + 220_000, () => ''), undefined);
    const long = (await reader.playlist('front', begin, begin + 400_000, () => 'x'.repeat(5000))) ?? '';
    assert(long.length <= 110_000 && long.length > 50_000 && long.includes('#EXT-X-ENDLIST'), String(long.length));
});

test('[A8] routes: days, spans, playlist, objects by an address that ends; refusals', async () => {
    const store = await filled();
    let reader: CloudReader | undefined = new CloudReader(store, root);
    const router = cloudRoutes(new Router({ parcelBytes: 131_072 }), { reader: () => reader });
    const send = (path: string, query = '') => router.answer(requestOf({ path, query }));
    const get = async (path: string, query = '') => {
        const { status = 200, body } = await send(path, query);
        return { status, body: typeof body === 'string' ? body : '' };
    };
    const during = `from=${begin}&to=${begin + 400_000}`;
    assertEqual(JSON.parse((await get('/api/cloud/front/days', 'from=2026-12-01')).body), {
        days: ['2026-12-24'],
        hours: [[5]],
    });
    assertEqual(JSON.parse((await get('/api/cloud/front/days', 'from=2026-12-01&to=2026-12-02')).body), {
        days: [],
        hours: [],
    });
    assertEqual((await get('/api/cloud/front/days', 'to=tomorrow')).status, 400);
    const spans = JSON.parse((await get('/api/cloud/front/spans', during)).body) as {
        spans: unknown[];
        events: { picture: string }[];
    };
    assertEqual([spans.spans.length, spans.events.length], [2, 1]);
    assertEqual(spans.events[0]?.picture, '2026-11-21.event-7.jpg');
    assertEqual((await send('/api/cloud/front/2026-11-21.event-7.jpg')).status, 302);
    const sealed = new CloudReader(await filled('0123456789abcdef'), root);
    const named = await cloudRoutes(new Router({ parcelBytes: 131_072 }), { reader: () => sealed }).answer(
        requestOf({ path: '/api/cloud/front/spans', query: during }),
    );
    assert(String(named.body).includes('"2026-11-21.event-7-0123456789abcdef.jpg"'), String(named.body));
    assertEqual(spans.spans[0], { start: '2026-11-21T23:58:00.000Z', end: '2026-11-22T00:01:00.000Z', bytes: 22_500 });
    const list = await get('/api/cloud/front/index.m3u8', during);
    assert(list.body.startsWith('#EXTM3U\n'), list.body.slice(0, 40));
    const moved = await send('/api/cloud/front/2026-11-21.ocellus_20261121T235800.000Z-0000001000.m4s');
    assertEqual(moved.status, 302);
    assert(
        moved.headers?.['Location']?.includes(
            'home/cam/front/2026-11-21/ocellus_20261121T235800.000Z-0000001000.m4s',
        ) === true,
        JSON.stringify(moved.headers),
    );
    for (const path of ['2026-11-21.', '2026-11-21..%2F', 'x.m4s', '2026-99-21.a.m4s', '2026-11-21.../a']) {
        assert((await get(`/api/cloud/front/${path}`)).status >= 400, path);
    }
    assertEqual((await get('/api/cloud/front/spans')).status, 400);
    assertEqual((await get('/api/cloud/front/spans', `from=${begin}&to=${begin - 1}`)).status, 400);
    assertEqual(
        (await get('/api/cloud/front/index.m3u8', `from=${begin + 200_000}&to=${begin + 210_000}`)).status,
        404,
    );
    store.fault = () => ({ error: new StoreError('DENIED', 'no', false) });
    assertEqual((await get('/api/cloud/front/spans', during)).status, 409);
    store.fault = () => ({ error: new StoreError('OFFLINE', 'no', true) });
    assertEqual((await get('/api/cloud/front/spans', during)).status, 503);
    reader = undefined;
    assertEqual((await get('/api/cloud/front/days')).status, 404);
});

test('[A8] routes of what is encrypted: the key while the device can derive it, else neither the key nor its segments', async () => {
    const camera = new FakeCamera();
    const publicKey = base64url(P256PrivateKey.generate().publicKey().point());
    const keys = await openKeys(camera, [publicKey], { root });
    const key = keys?.current('front', '2026-11-21');
    assert(keys !== undefined && key !== undefined);
    const store = new FakeStore();
    const hour = hourAt(begin);
    const segments = [undefined, key.id, key.id].map((id, index) => ({
        stem: 'ocellus_20261121T235800.000Z',
        offset: 1000 + index * 500,
        bytes: 500,
        startMs: begin + index * 4000,
        durationMs: 4000,
        ...(id !== undefined && { key: id }),
    }));
    const name = `${dayFolder(root, 'front', hour)}${hourIndexName(hour)}`;
    await store.put(name, hourText({ ...emptyHour('front', hour), segments }), { type: 'application/json' });
    let loads = 0;
    const load = async (own: typeof keys | undefined) => {
        loads++;
        return own;
    };
    const routerOf = (own: typeof keys | undefined) =>
        cloudRoutes(new Router({ parcelBytes: 131_072 }), {
            reader: () => new CloudReader(store, root, { on: true, load: () => load(own) }),
        });
    const during = `from=${begin}&to=${begin + 400_000}`;
    const get = (own: typeof keys | undefined, file: string, query = '') =>
        routerOf(own).answer(requestOf({ path: `/api/cloud/front/${file}`, query }));

    const list = String((await get(keys, 'index.m3u8', during)).body);
    const iv = (object: string) => hex(key.iv(object)).toUpperCase();
    const tag = `#EXT-X-KEY:METHOD=AES-128,URI="2026-11-21.${key.id}.key",IV=0x`;
    const init = `ocellus_20261121T235800.000Z-${key.id}-init.mp4`;
    assert(list.includes(`${tag}${iv(init)}\n#EXT-X-MAP:URI="2026-11-21.${init}"\n`), list);
    assert(list.includes(`${tag}${iv('ocellus_20261121T235800.000Z-0000002000.m4s')}\n#EXTINF:4.000,\n`), list);
    assertEqual(list.split('#EXT-X-KEY').length - 1, 3);
    const { status = 200, body, headers } = await get(keys, `2026-11-21.${key.id}.key`);
    assertEqual([status, headers?.['Content-Type']], [200, 'application/octet-stream']);
    assert(body instanceof Uint8Array && hex(body) === hex(key.bytes));
    const moved = await get(keys, `2026-11-21.${init}`);
    assertEqual(moved.status, 302);
    for (const wrong of [`2026-11-22.${key.id}.key`, '2026-11-21.0123456789abcdef.key']) {
        assertEqual((await get(keys, wrong)).status, 404, wrong);
    }
    // encryption was switched off since, then the recipients changed, then the device was reset
    const other = base64url(P256PrivateKey.generate().publicKey().point());
    for (const encryptFor of [[], [other]]) {
        const later = await openKeys(camera, encryptFor, { root });
        assertEqual((await get(later, `2026-11-21.${key.id}.key`)).status ?? 200, 200);
    }
    camera.stored.clear();
    for (const lost of [undefined, await openKeys(camera, [publicKey], { root })]) {
        assertEqual((await get(lost, `2026-11-21.${key.id}.key`)).status, 404);
        const rest = String((await get(lost, 'index.m3u8', during)).body);
        assertEqual([rest.split('.m4s').length - 1, rest.includes('KEY')], [1, false]);
        assertEqual((await get(lost, 'index.m3u8', `from=${begin + 5000}&to=${begin + 9000}`)).status, 404);
    }
    loads = 0;
    const plain = cloudRoutes(new Router({ parcelBytes: 131_072 }), {
        reader: () => new CloudReader(store, root, { on: false, load: () => load(keys) }),
    });
    await plain.answer(requestOf({ path: '/api/cloud/front/index.m3u8', query: `from=${begin}&to=${begin + 3000}` }));
    assertEqual(loads, 0, 'keys are loaded for what is not encrypted');
});
