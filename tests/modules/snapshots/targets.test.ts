/** Pictures from addresses of a real server, to addresses and to a store. */
import { templateSchema } from 'ocellus/app/config/settings-schemas';
import { StoreError } from 'ocellus/app/cloud/object-store';
import { HttpTarget, type HttpTargetOptions } from 'ocellus/app/snapshots/http-target';
import { addressPicture, pictureBytesMax } from 'ocellus/app/snapshots/picture-source';
import { folderOf, StoreTarget } from 'ocellus/app/snapshots/store-target';
import { lineOf, SendError, stampOf } from 'ocellus/app/snapshots/target';
import { addressParts, documentParts, filledAddress, filledDocument } from 'ocellus/app/snapshots/template';
import type { Body } from 'ocellus/body';
import { bodyOf, FakeStore } from 'ocellus/test/cloud/fake-store';
import { assert, assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';

const base = 'http://127.42.0.1:8042';
const atMs = Date.UTC(2026, 10, 23, 14, 30, 5);

const picture = (path: string, authorization = ''): Promise<Body> =>
    addressPicture({ name: 'a', url: `${base}${path}`, authorization }, 5000);

test('[C1] a picture of an address: a JPEG of 1 MB at most, whole, with a password where one is needed', async () => {
    for (const path of ['/jpeg', `/jpeg?bytes=${pictureBytesMax}`, '/jpeg?pad=8']) {
        (await picture(path)).close();
    }
    (await picture('/jpeg?login=admin:secret', 'Basic YWRtaW46c2VjcmV0')).close();
    await assertRejects(picture('/jpeg?login=admin:secret'), { message: /^HTTP 401$/ });
    await assertRejects(picture('/jpeg?cut=1'), { message: /no JPEG/ });
    await assertRejects(picture('/jpeg?bytes=3'), { message: /no JPEG/ });
    await assertRejects(picture('/echo'), { message: /no JPEG/ });
    await assertRejects(picture('/empty'), { message: /empty/ });
    await assertRejects(picture('/moved'), { message: /^HTTP 302$/ });
    await assertRejects(picture(`/jpeg?bytes=${pictureBytesMax + 1}`), { message: /more than 1048576 bytes/ });
    const error = await assertRejects(picture('/reset?password=hidden'));
    assert(!error.message.includes('hidden'), error.message);
});

const template = '{"device":"{device}","image":"{base64}","n":{bytes},"at":"{time}","{channel}":0}';

test('[C5] templates: JSON with one picture and known fields, checked when the setting is read', () => {
    for (const good of ['', '"{base64}"', '{"device":"{device}","image":"{base64}"}', template, '[{},"{base64}"]']) {
        assertEqual(templateSchema.read(good, 'template'), good);
    }
    const bad = [
        '{}',
        '{"a":{base64}}',
        '{"a":"{base64}","b":"{base64}"}',
        '{"a":"{base64}","b":"{other}"}',
        '{"a":"{base64}","b":{device}}',
        '{"a":"{base64}"',
        '{base64}',
        `{"a":"{base64}","b":"${'x'.repeat(1000)}"}`,
        7,
        null,
    ];
    for (const one of bad) {
        assertThrows(() => templateSchema.read(one, 'template'), { message: /template: .*use JSON with \{base64\}/ });
    }
});

test('[C5] values are escaped, in a document and in an address', () => {
    const values = { device: 'a"b\\\n', channel: 'c/d?', time: stampOf(atMs), bytes: 7 };
    const { head, tail } = documentParts(template);
    assertEqual(JSON.parse(`${filledDocument(head, values)}x${filledDocument(tail, values)}`), {
        device: 'a"b\\\n',
        image: 'x',
        n: 7,
        at: '20261123T143005Z',
        'c/d?': 0,
    });
    assertEqual(
        filledAddress(addressParts('http://x/{device}/{channel}-{time}'), values),
        'http://x/a%22b%5C%0A/c%2Fd%3F-20261123T143005Z',
    );
});

interface Seen {
    readonly url: string;
    readonly method: string;
    readonly headers: string;
    readonly text: string;
}

/** A target whose requests are kept; `status`: of the reply. */
function target(more: Partial<HttpTargetOptions>, seen: Seen[], status = 200): HttpTarget {
    return new HttpTarget({
        address: 'http://192.0.2.1/{channel}',
        method: 'PUT',
        authorization: '',
        template: '',
        device: () => 'dev"1',
        post: async (url, method, headers, body) => {
            const text = body.bytes > 65_536 ? '' : new TextDecoder().decode(body.read(0, 65_536));
            seen.push({ url, method, headers, text });
            return status;
        },
        ...more,
    });
}

test('[C5] alone by default; as text in JSON by a template', async () => {
    const body = await picture('/jpeg?bytes=6');
    const seen: Seen[] = [];
    await target({ authorization: 'Bearer x' }, seen).send({ channel: 'cam', atMs, body });
    await target({ method: 'POST', template }, seen).send({ channel: 'cam', atMs, body });
    const [alone, json] = seen;
    assertEqual([alone?.url, alone?.method], ['http://192.0.2.1/cam', 'PUT']);
    assertEqual(alone?.headers, 'content-type: image/jpeg\nauthorization: Bearer x\n');
    assertEqual([json?.method, json?.headers], ['POST', 'content-type: application/json\n']);
    assertEqual(JSON.parse(json?.text ?? ''), {
        device: 'dev"1',
        image: '/9j/4P/Z',
        n: 6,
        at: '20261123T143005Z',
        cam: 0,
    });
    assertEqual(body.bytes, 6, "the picture is the sender's");
    body.close();
});

test('[C5] to a real server', async () => {
    const body = await picture('/jpeg?bytes=200000');
    for (const address of [`${base}/echo`, `${base}/echo?{channel}`]) {
        await new HttpTarget({ address, method: 'PUT', authorization: '', template: '', device: () => 'd' }).send({
            channel: 'cam',
            atMs,
            body,
        });
    }
    body.close();
});

test('a reply that refuses is of one picture or of the target; no reply is of the target', async () => {
    const body = await picture('/jpeg');
    const shot = { channel: 'cam', atMs, body };
    for (const [status, ofAll] of [
        [404, false],
        [413, false],
        [401, true],
        [500, true],
        [429, true],
        [302, true],
    ] as const) {
        const error = await assertRejects(target({}, [], status).send(shot), { type: SendError });
        assertEqual([error.message, (error as SendError).ofAll], [`HTTP ${status}`, ofAll]);
    }
    const down = new HttpTarget({
        address: 'http://127.42.0.1:1/hidden/?key=hidden',
        method: 'PUT',
        authorization: 'hidden',
        template: '',
        device: () => 'd',
    });
    const error = await assertRejects(down.send(shot), { type: SendError });
    assert((error as SendError).ofAll && !error.message.includes('hidden'), error.message);
    body.close();
});

test('a line of an error has no path', () => {
    const shown = (text: string) => lineOf(new Error(text));
    assertEqual(shown('GET http://192.0.2.5:81/a/hidden.jpg?x:y: closed: now'), 'GET http://192.0.2.5:81: closed: now');
    assertEqual(shown('PUT https://[::1]/hidden: late'), 'PUT https://[::1]: late');
    assertEqual(shown('GET http://a.example: late'), 'GET http://a.example: late');
    assertEqual(lineOf('HTTP 404'), 'HTTP 404');
});

const day = 86_400_000;

function storeTarget(store: FakeStore, historyDays: number): StoreTarget {
    return new StoreTarget({ store, prefix: 'home', device: () => 'dev/1', historyDays });
}

test('[C1] a store: the newest under a name that stays, and the history, which ends', async () => {
    const store = new FakeStore();
    const plain = storeTarget(store, 0);
    for (let at = 0; at < 5; at++) {
        await plain.send({ channel: 'cam', atMs: atMs + at * 60_000, body: bodyOf(`picture ${at}`) });
    }
    assertEqual([...store.objects.keys()], ['home/dev=2F1/snapshots/cam/latest.jpg']);
    assertEqual(store.objects.get(`${folderOf('home', 'dev/1', 'cam')}latest.jpg`)?.text, 'picture 4');
    const kept = storeTarget(store, 2);
    const stepMs = 1_800_000;
    for (let at = 0; at < 400; at++) {
        await kept.send({ channel: 'cam', atMs: atMs + at * stepMs, body: bodyOf(`picture ${at}`) });
        await undefined;
        const count = store.objects.size - 1;
        assert(count <= (2 * day) / stepMs + 1 + 16, `${count} pictures after ${at}`);
    }
    const names = [...store.objects.keys()].filter((key) => key.includes('/at/')).sort();
    assert(names.length >= (2 * day) / stepMs, `${names.length} pictures`);
    assertEqual(names[names.length - 1], `home/dev=2F1/snapshots/cam/at/${stampOf(atMs + 399 * stepMs)}.jpg`);
});

test('what a store refuses with', async () => {
    const store = new FakeStore();
    const shot = { channel: 'cam', atMs, body: bodyOf('picture') };
    for (const [code, ofAll] of [
        ['DENIED', true],
        ['OFFLINE', true],
        ['NO_BUCKET', true],
        ['CONFLICT', false],
    ] as const) {
        store.fault = () => ({ error: new StoreError(code, `${code} it is`, true) });
        const error = await assertRejects(storeTarget(store, 0).send(shot), { type: SendError });
        assertEqual([error.message, (error as SendError).ofAll], [`${code} it is`, ofAll]);
    }
});
