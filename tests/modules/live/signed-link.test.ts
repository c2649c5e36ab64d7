import { md5 } from 'ocellus/app/live/md5';
import { addressesOf } from 'ocellus/app/live/push-addresses';
import { isSigned, signedLink } from 'ocellus/app/live/signed-link';
import { base64url, hex } from 'ocellus/crypto';
import { assertEqual, test } from 'ocellus/test/harness';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const key = { linkSecret: 'secret', linkSeconds: 47 };
const wallMs = 2_147_483_600_900;

test('MD5 is that of RFC 1321, also at the edges of its blocks', () => {
    const vectors: readonly (readonly [string, string])[] = [
        ['', 'd41d8cd98f00b204e9800998ecf8427e'],
        ['abc', '900150983cd24fb0d6963f7d28e17f72'],
        ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
        [
            '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
            '57edf4a22be3c955ac49da2e2107b67a',
        ],
        ['a'.repeat(55), 'ef1772b6dff9a122358552954ad0df65'],
        ['a'.repeat(56), '3b0c8ac703f828b04c6c197006d17218'],
        ['a'.repeat(64), '014842d480b571495a4a0363793f7367'],
    ];
    for (const [text, digest] of vectors) {
        assertEqual(hex(md5(bytesOf(text))), digest);
    }
    // of nginx's documentation of secure_link_md5
    assertEqual(base64url(md5(bytesOf('2147483647/s/link127.0.0.1 secret'))), '_e4Nc3iduzkWRm01TBBNYw');
});

test('[E3] a link of nginx: md5 and expires of the path, in the query', () => {
    const expected = base64url(md5(bytesOf('2147483647/live/a b.flv secret')));
    assertEqual(
        signedLink('https://cdn:8443/live/a%20b.flv?md5={md5}&expires={expires}', key, wallMs),
        `https://cdn:8443/live/a%20b.flv?md5=${expected}&expires=2147483647`,
    );
});

test('[E3] in the path they sign the folder behind them, and so its segments', () => {
    const expected = base64url(md5(bytesOf('2147483647/live/front/ secret')));
    assertEqual(
        signedLink('https://cdn/s/{md5}/{expires}/live/front/index.m3u8?x=1', key, wallMs),
        `https://cdn/s/${expected}/2147483647/live/front/index.m3u8?x=1`,
    );
});

test('[E3] a token by HMAC-SHA-256, and addresses without such words', () => {
    assertEqual(
        signedLink('rtmp://cdn/app/front?token={hmac}&e={expires}', key, wallMs),
        'rtmp://cdn/app/front?token=728691245b648c4623b0dcde7cc3fc9d39490e696a6f672ad1525e3198f1b0ca&e=2147483647',
    );
    assertEqual(isSigned('https://cdn/live/{name}'), false);
    assertEqual(isSigned('https://cdn/live/{name}?e={expires}'), true);
    assertEqual(signedLink('https://cdn/live/{name}?md=5', key, wallMs), 'https://cdn/live/{name}?md=5');
});

test('[E3] a watch address of a push is signed when the clock is set, and left out before', () => {
    const watch = {
        rtmp: '',
        hls: 'https://cdn/s/{md5}/{expires}/{channel}-{number}/index.m3u8',
        flv: '',
        page: 'https://cdn/{channel}',
    };
    const names = { channel: 'front', name: 'one', number: 3, device: 'ocellus' };
    const expected = base64url(md5(bytesOf('2147483647/front-3/ secret')));
    assertEqual(addressesOf({ watch, ...key }, names, wallMs), {
        hls: `https://cdn/s/${expected}/2147483647/front-3/index.m3u8`,
        page: 'https://cdn/front',
    });
    assertEqual(addressesOf({ watch, ...key }, names, undefined), { page: 'https://cdn/front' });
});
