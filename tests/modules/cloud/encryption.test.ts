/** Encryption of objects: HPKE, keys, the cipher of bodies, and what names, indexes and playlists say of it. */
import { ContentKeys, recipientId } from 'ocellus/app/cloud/content-keys';
import { emptyHour, type HourIndex, hourText, type IndexSegment, parseHour } from 'ocellus/app/cloud/hour-index';
import { hpkeSeal } from 'ocellus/app/cloud/hpke-seal';
import { openKeys } from 'ocellus/app/cloud/key-memory';
import { dayOfHour, hourAt, initName, keyName } from 'ocellus/app/cloud/object-names';
import { S3Client } from 'ocellus/app/cloud/s3-client';
import { playlistText } from 'ocellus/app/cloud/playlist';
import { fetchBody } from 'ocellus/app/net/fetch-body';
import { encryptedBody } from 'ocellus/body';
import { base64url, equal, fromHex, hex, P256PrivateKey, P256PublicKey } from 'ocellus/crypto';
import { OcellusError } from 'ocellus/error';
import { FakeCamera } from 'ocellus/test/cloud/fake-camera';
import { hpkeOpen, openKeyObject } from 'ocellus/test/cloud/hpke-open';
import { readPlaylist } from 'ocellus/test/cloud/read-playlist';
import { assert, assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';

const utf8 = (text: string) => new TextEncoder().encode(text);
const base = 'http://127.42.0.1:8042';

async function json<T>(path: string): Promise<T> {
    const { body } = await fetchBody(`${base}${path}`, { deadlineMs: 20_000, maxBytes: 10_000 });
    assert(body !== undefined);
    return JSON.parse(new TextDecoder().decode(body.read(0, 10_000))) as T;
}

const begin = Date.UTC(2026, 10, 21, 23, 59, 48);
const [hour, day] = [hourAt(begin), dayOfHour(hourAt(begin))];
const stem = 'ocellus_20261121T235900.000Z';
const [one, two] = ['0123456789abcdef', 'fedcba9876543210'] as const;

/** RFC 9180, A.3.1 */
const vector = {
    info: '4f6465206f6e2061204772656369616e2055726e',
    ephemeral: '4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb',
    enc: '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
    recipient: 'f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2',
    point: '04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0',
    plain: '4265617574792069732074727574682c20747275746820626561757479',
    additional: '436f756e742d30',
    ct: '5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434',
} as const;

/** A key of that scalar: ECPrivateKey without its public half. */
function keyOf(scalar: string): P256PrivateKey {
    const head = '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420';
    return P256PrivateKey.import(fromHex(head + scalar));
}

function keysFor(recipients: readonly P256PublicKey[], secret = Uint8Array.from({ length: 32 }, (_, at) => at)) {
    const sets = [recipients.map(recipientId).join(',')];
    return new ContentKeys({ secret, sets, recipients, root: { device: 'cam' } });
}

test('HPKE: the vector of RFC 9180, A.3.1, to the byte', () => {
    const recipient = new P256PublicKey(fromHex(vector.point));
    const [info, additional, plain] = [fromHex(vector.info), fromHex(vector.additional), fromHex(vector.plain)];
    const { enc, ct } = hpkeSeal(recipient, info, additional, plain, keyOf(vector.ephemeral));
    assertEqual([hex(enc), hex(ct)], [vector.enc, vector.ct]);
});

test('HPKE: each message has a key of its own, and opens for its recipient, info and place alone', () => {
    const reader = keyOf(vector.recipient);
    assertEqual(hex(reader.publicKey().point()), vector.point);
    const seal = () => hpkeSeal(reader.publicKey(), utf8('info'), utf8('place'), utf8('sixteen bytes ..'));
    const [first, second] = [seal(), seal()];
    assert(hex(first.enc) !== hex(second.enc) && hex(first.ct) !== hex(second.ct));
    assertEqual(hex(hpkeOpen(reader, utf8('info'), utf8('place'), first)), hex(utf8('sixteen bytes ..')));
    assertThrows(() => hpkeOpen(reader, utf8('info'), utf8('places'), first));
    assertThrows(() => hpkeOpen(reader, utf8('infos'), utf8('place'), first));
    assertThrows(() => hpkeOpen(P256PrivateKey.generate(), utf8('info'), utf8('place'), first));
});

test('a content key comes from the secret, the device, the channel, the day and the recipients', () => {
    const recipient = new P256PublicKey(fromHex(vector.point));
    const keys = keysFor([recipient]);
    assertEqual(recipientId(recipient), '8710cee59cfe355a');
    const key = keys.current('front', '2026-11-21');
    assert(key !== undefined);
    // the same by HKDF, SHA-256 and HMAC of Node
    assertEqual([hex(key.bytes), key.id], ['e53860bed538802d73bf698c94d3362d', '4fbb9c852db443e1']);
    assertEqual(hex(key.iv('ocellus_20261121T025100.000Z-0000000200.m4s')), '83a7e676420d745018ff414842cd8484');
    const other = P256PrivateKey.generate().publicKey();
    const ids = [
        keys.current('front', '2026-11-22'),
        keys.current('back', '2026-11-21'),
        keysFor([recipient, other]).current('front', '2026-11-21'),
        keysFor([other, recipient]).current('front', '2026-11-21'),
        keysFor([recipient], new Uint8Array(32)).current('front', '2026-11-21'),
        key,
    ].map((found) => found?.id ?? '');
    assertEqual(new Set(ids).size, 6);
    assertEqual([keysFor([]).current('front', day), keys.find('front', '2026-11-21', key.id)?.id], [undefined, key.id]);
    assertEqual(
        [keys.find('front', '2026-11-22', key.id), keys.find('front', '2026-11-21', one)],
        [undefined, undefined],
    );
});

test('the object of a key: each recipient alone opens it, at its place alone', () => {
    const readers = [P256PrivateKey.generate(), P256PrivateKey.generate()];
    const keys = keysFor(readers.map((reader) => reader.publicKey()));
    const key = keys.current('front', day);
    assert(key !== undefined);
    const text = keys.keyObject('front', day, key);
    assert(!text.includes(hex(key.bytes)) && !text.includes(base64url(key.bytes)));
    for (const reader of readers) {
        assertEqual(hex(openKeyObject(text, `cam/front/${day}/${key.id}.key.json`, reader)), hex(key.bytes));
        assertThrows(() => openKeyObject(text, `cam/back/${day}/${key.id}.key.json`, reader));
    }
    assertThrows(() => openKeyObject(text, `cam/front/${day}/${key.id}.key.json`, P256PrivateKey.generate()));
});

test('what a device keeps: one secret for ever, the last 16 sets of recipients; damage makes another secret', async () => {
    const camera = new FakeCamera();
    const make = () => base64url(P256PrivateKey.generate().publicKey().point());
    const open = (encryptFor: readonly string[]) => openKeys(camera, encryptFor, { root: { device: 'cam' } });
    assertEqual([await open([]), camera.stored.size], [undefined, 0]);
    const first = make();
    const id = (await open([first]))?.current('front', day)?.id ?? '';
    const kept = camera.stored.get('cloudsecret') ?? '';
    assert(/^\{"version":1,"secret":"[0-9a-f]{64}","sets":\["[0-9a-f]{16}"\]\}$/.test(kept), kept);
    assertEqual((await open([first, first]))?.current('front', day)?.id, id);
    assertEqual(camera.stored.get('cloudsecret'), kept);
    const off = await open([]);
    assertEqual([off?.current('front', day), off?.find('front', day, id)?.id], [undefined, id]);
    for (let count = 0; count < 15; count++) {
        assertEqual((await open([first, make()]))?.find('front', day, id)?.id, id);
    }
    assertEqual((await open([make()]))?.find('front', day, id), undefined);
    assert((camera.stored.get('cloudsecret') ?? '').length < 1500);
    assertEqual((await open([first]))?.current('front', day)?.id, id);
    for (const damaged of [
        '',
        '{',
        '{"version":2}',
        kept.replace(/[0-9a-f]{64}/, 'x'),
        kept.replace('["', '"').replace('"]', '"'),
    ]) {
        camera.stored.set('cloudsecret', damaged);
        const other = (await open([first]))?.current('front', day)?.id;
        assert(other !== undefined && other !== id, damaged);
    }
    camera.stored.delete('cloudsecret');
    camera.fault = () => ({ error: new OcellusError('IO', 'full') });
    await assertRejects(open([first]));
    await assertRejects(open([`${first.slice(0, -4)}AAAA`]));
});

test('a body is encrypted where it is sent: HTTP and its hash read it twice, and the store has what it should', async () => {
    const [key, iv] = [fromHex('2b7e151628aed2a6abf7158809cf4f3c'), fromHex('000102030405060708090a0b0c0d0e0f')];
    // what AES-128-CBC of Node makes of FF D8 FF E0, 70 …, FF D9: the picture of the test server
    const { body: plain } = await fetchBody(`${base}/jpeg?bytes=300001`, { deadlineMs: 20_000, maxBytes: 1_048_576 });
    assert(plain !== undefined);
    const body = encryptedBody(plain, key, iv);
    plain.close();
    assertEqual(body.bytes, 300_016);
    assertEqual(hex(body.read(0, 16)), '556ec74aa1420660c1fc4060fef72f2b');
    assertEqual(hex(body.read(299_990, 100)), '2e8bf05c1b978886d544bb0671fe9cd2743e23a015b3c8f5a53f');
    assertEqual(hex(body.slice(16).read(0, 5)), hex(body.read(16, 5)));
    const { s3 } = await json<{ s3: number }>('/ports');
    const store = new S3Client({
        endpoint: `http://127.42.0.1:${s3}`,
        region: 'us-east-1',
        bucket: 'film',
        pathStyle: true,
        keys: () => ({ accessKeyId: 'STUBKEY', secretAccessKey: 'stub/secret+key' }),
        now: () => Date.now(),
    });
    await store.put('sealed', body, { type: 'video/mp4' });
    assertEqual((await store.head('sealed'))?.bytes, 300_016);
    const { body: back } = await fetchBody(store.presign('sealed', 60), { deadlineMs: 20_000, maxBytes: 1_048_576 });
    assert(back !== undefined);
    for (let at = 0; at < 300_016; at += 60_000) {
        assert(equal(back.read(at, 60_000), body.read(at, 60_000)), `other bytes behind ${at}`);
    }
    body.close();
    back.close();
});

/** Segments of 4 s, each behind the other, with these keys. */
function segmentsWith(keys: readonly (string | undefined)[]): IndexSegment[] {
    return keys.map((key, index) => ({
        stem,
        offset: 200 + index * 1000,
        bytes: 1000,
        startMs: begin + index * 4000,
        durationMs: 4000,
        ...(key !== undefined && { key }),
    }));
}

test('[A9] names: the init segment of a recording for each of its keys, and the key', () => {
    assertEqual([initName(stem), initName(stem, one)], [`${stem}-init.mp4`, `${stem}-${one}-init.mp4`]);
    assertEqual(keyName(one), `${one}.key.json`);
});

test('[A9] index of an hour: version 2 says from which segment on which key, and 1 stays as it was', () => {
    const index: HourIndex = {
        ...emptyHour('front', hour),
        segments: segmentsWith([undefined, one, one, two, undefined, one]),
    };
    const text = hourText(index);
    const keys = JSON.stringify([
        [0, ''],
        [1, one],
        [3, two],
        [4, ''],
        [5, one],
    ]);
    assert(text.startsWith('{"version":2,') && text.endsWith(`,"keys":${keys}}`), text);
    assertEqual(parseHour(text, 'front', hour), index);
    const later = text.replace('[0,""],', ''); // before the first entry there is none
    assertEqual(parseHour(later, 'front', hour), index);
    const plain = { ...index, segments: segmentsWith([undefined, undefined]) };
    assert(hourText(plain).startsWith('{"version":1,') && !hourText(plain).includes('keys'));
    for (const bad of [
        text.replace('"version":2', '"version":1'),
        text.replace('"version":2', '"version":3'),
        text.replace(/,"keys".*$/, '}'),
        text.replace('[1,"', '[3,"'),
        text.replace('[5,"', '[6,"'),
        text.replace('[0,""', '[-1,""'),
        text.replace(one, one.toUpperCase()),
        text.replace(one, one.slice(1)),
        text.replace(keys, '[]'),
        text.replace(keys, '[[0,""]]'),
        text.replace(keys, '5'),
    ]) {
        assert(bad !== text, 'the test changes nothing');
        assertThrows(() => parseHour(bad, 'front', hour), { type: OcellusError });
    }
});

test('[A9] playlists: a key before each encrypted object, NONE behind the last; what nobody can read is left out', () => {
    const segments = segmentsWith([undefined, one, one, two, undefined]);
    const ivOf = (id: string, name: string) =>
        hex(utf8(`${id}${name}`))
            .toUpperCase()
            .slice(-32);
    const iv = (_: string, id: string, name: string) => ivOf(id, name);
    const text = playlistText({ segments, events: [], ended: true, day, iv });
    const { entries } = readPlaylist(text);
    assertEqual(
        entries.map(({ map }) => map),
        [undefined, one, one, two, undefined].map(
            (key, at) => `${at > 2 ? '../2026-11-22/' : ''}${initName(stem, key)}`,
        ),
    );
    assertEqual(
        entries.map(({ cipher }) => cipher?.uri),
        [undefined, `${one}.key.json`, `${one}.key.json`, `../2026-11-22/${two}.key.json`, undefined],
    );
    entries.forEach(({ uri, map, cipher, mapCipher }, at) => {
        const key = segments[at]?.key;
        const name = (address: string) => address.replace(/^.*\//, '');
        assertEqual(
            [cipher?.iv, mapCipher?.iv],
            [uri, map].map((own) => key && ivOf(key, name(own))),
        );
    });
    assertEqual([text.includes('DISCONTINUITY'), text.split('METHOD=NONE').length - 1], [false, 1]);
    const some = readPlaylist(
        playlistText({
            segments,
            events: [],
            ended: true,
            day,
            iv: (_, id, name) => (id === one ? undefined : ivOf(id, name)),
        }),
    );
    assertEqual(
        some.entries.map(({ uri, discontinuity }) => [uri.slice(-14), discontinuity]),
        [
            ['0000000200.m4s', false],
            ['0000003200.m4s', true],
            ['0000004200.m4s', false],
        ],
    );
    assertEqual(readPlaylist(playlistText({ segments, events: [], ended: true, day })).entries.length, 2);
});
