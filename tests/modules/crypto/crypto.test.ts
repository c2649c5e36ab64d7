import { Body } from 'ocellus/body';
import { assertEqual, test } from 'ocellus/test/harness';
import {
    AesGcm,
    base64,
    base64url,
    equal,
    fromBase64,
    fromBase64url,
    fromHex,
    fromPem,
    hex,
    hkdfSha256,
    hmacSha256,
    P256PrivateKey,
    P256PublicKey,
    pem,
    randomBytes,
    Sha256,
    sha1,
    sha256,
} from 'ocellus/crypto';

const utf8 = (text: string) => new TextEncoder().encode(text);
const nothing = new Uint8Array(0);

function codeOf(action: () => unknown): string {
    try {
        action();
    } catch (error) {
        const kinds = { SyntaxError, TypeError, RangeError };
        const kind = Object.entries(kinds).find(([, type]) => error instanceof type);
        return kind?.[0] ?? (error as { code?: string }).code ?? 'Error';
    }
    return 'none';
}

test('SHA-256, at once and piece by piece (FIPS 180-4)', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assertEqual(hex(sha256(utf8('abc'))), abc);
    assertEqual(hex(sha1(utf8('abc'))), 'a9993e364706816aba3e25717850c26c9cd0d89d'); // FIPS 180-4, example
    assertEqual(hex(sha256(nothing)), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    assertEqual(
        hex(
            new Sha256()
                .update(utf8('a'))
                .update(nothing)
                .update(utf8('bc').buffer as ArrayBuffer)
                .digest(),
        ),
        abc,
    );
    const million = new Sha256();
    const thousand = utf8('a'.repeat(1000));
    for (let i = 0; i < 1000; i++) {
        million.update(thousand);
    }
    assertEqual(hex(million.digest()), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
    assertEqual(
        [codeOf(() => million.digest()), codeOf(() => million.update(nothing))],
        ['SyntaxError', 'SyntaxError'],
    );
    assertEqual(hex(sha256(utf8('xabcx').subarray(1, 4))), abc);
});

test('HMAC (RFC 4231) and HKDF (RFC 5869)', () => {
    assertEqual(
        hex(hmacSha256(fromHex('0b'.repeat(20)), utf8('Hi There'))),
        'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    );
    assertEqual(
        hex(hmacSha256(utf8('Jefe'), utf8('what do ya want for nothing?'))),
        '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    assertEqual(
        hex(hmacSha256(fromHex('aa'.repeat(131)), utf8('Test Using Larger Than Block-Size Key - Hash Key First'))),
        '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    );
    const derived = hkdfSha256(
        fromHex('0b'.repeat(22)),
        fromHex('000102030405060708090a0b0c'),
        fromHex('f0f1f2f3f4f5f6f7f8f9'),
        42,
    );
    assertEqual(hex(derived), '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
    assertEqual(
        hex(hkdfSha256(fromHex('0b'.repeat(22)), nothing, nothing, 42)),
        '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
    assertEqual(
        [hkdfSha256(nothing, nothing, nothing, 0).length, hkdfSha256(nothing, nothing, nothing, 8160).length],
        [0, 8160],
    );
    assertEqual(
        codeOf(() => hkdfSha256(nothing, nothing, nothing, 8161)),
        'RangeError',
    );
});

test('AES-GCM seals and opens (SP 800-38D), and opens nothing that was changed', () => {
    const nonce = fromHex('cafebabefacedbaddecaf888');
    const plain = fromHex(
        'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    );
    const additional = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
    const keys = {
        feffe9928665731c6d6a8f9467308308: '5bc94fbc3221a5db94fae95ae7121a47',
        feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308: '76fc6ece0f4e1768cddf8853bb2d551b',
    };
    for (const [key, tag] of Object.entries(keys)) {
        const gcm = new AesGcm(fromHex(key));
        const sealed = gcm.seal(nonce, plain, additional);
        assertEqual(hex(sealed.subarray(-16)), tag);
        assertEqual(hex(gcm.open(nonce, sealed, additional)), hex(plain));
        for (const at of [0, 30, sealed.length - 1]) {
            const changed = sealed.slice();
            changed[at] = (changed[at] ?? 0) ^ 1;
            assertEqual(
                codeOf(() => gcm.open(nonce, changed, additional)),
                'FORMAT',
            );
        }
        assertEqual(
            codeOf(() => gcm.open(nonce, sealed)),
            'FORMAT',
        );
        assertEqual(
            codeOf(() => gcm.open(fromHex('00'.repeat(12)), sealed, additional)),
            'FORMAT',
        );
        assertEqual(
            codeOf(() => gcm.open(nonce, sealed.subarray(0, 15), additional)),
            'TRUNC',
        );
        assertEqual(
            codeOf(() => gcm.seal(nonce.subarray(1), plain)),
            'RangeError',
        );
        assertEqual(gcm.open(nonce, gcm.seal(nonce, nothing)).length, 0);
        gcm.close();
        gcm.close();
        assertEqual(
            codeOf(() => gcm.seal(nonce, plain)),
            'SyntaxError',
        );
    }
    assertEqual(
        codeOf(() => new AesGcm(fromHex('00'.repeat(24)))),
        'RangeError',
    );
});

/** Made by Node 22's crypto: what it signed, derived and exported. */
const node = {
    scalar: 'b8d9cf25a36c181184f5f0f5a9f7e0cf0d8d1741593751fdacca63b9d7d68f24',
    point: '041a1815023d9b23b4fe9c8d5477f8e1009df2a59a3edfd936fdce99e990eaa31b1b4cdbbb6b23cb5d04ef22cfcee09230bb9d9aa0c0e9beb0428ca93a7c238420',
    der: '3046022100cb9cb96bcfa403224028bdd8e3594354cecf8f3a6357afe645076c009d0ceedd022100908ef62c98cd71e18ca747350a3571dedc8c873a41ab8db499fba6f20854b164',
    raw: '2e927c38de5fe93bde7b27ddd592703215f98c1d2748b664ed4c6dc48b34979e8d84abe1752d73063ced6132deacf6f44607855b353bd502659f9a6044c3232c',
    peer: '3059301306072a8648ce3d020106082a8648ce3d0301070342000416a7c5b36c7ec45b646c63682a902ee29919500e3f052ec1b13ce8cc05d2e022162ba3f92ab79365dd4242a59bb30bf408095ef981a2bd55c9abeeab9bc1d664',
    secret: 'f67ad18ff4aa22228235fad333ba01397b9c67c020d9ee8d0130ee48b903775f',
};
const curve = '301306072a8648ce3d020106082a8648ce3d030107';
const pkcs8 = fromHex(`30818702010030${curve.slice(2)}046d306b0201010420${node.scalar}a144034200${node.point}`);

test('keys, signatures and secrets of another library are ours too', () => {
    const key = P256PrivateKey.import(pkcs8);
    assertEqual(hex(key.export()), hex(pkcs8));
    assertEqual(hex(key.publicKey().point()), node.point);
    assertEqual(hex(key.publicKey().export()), `3059${curve}034200${node.point}`);
    const forms = [
        `3041020100${curve}042730250201010420${node.scalar}`,
        `30770201010420${node.scalar}a00a06082a8648ce3d030107a144034200${node.point}`,
    ];
    for (const form of forms) {
        assertEqual(hex(P256PrivateKey.import(fromHex(form)).export()), hex(pkcs8));
    }
    const text = utf8('from node');
    assertEqual(key.publicKey().verify(text, fromHex(node.raw)), true);
    assertEqual(key.publicKey().verifyDer(text, fromHex(node.der)), true);
    assertEqual(key.publicKey().verify(utf8('from nodf'), fromHex(node.raw)), false);
    assertEqual(hex(key.agree(P256PublicKey.import(fromHex(node.peer)))), node.secret);
    assertEqual(hex(fromPem('PRIVATE KEY', `x\n${pem('PRIVATE KEY', pkcs8)}`)), hex(pkcs8));
});

test('a signature of RFC 6979 is right, those beside it are wrong', () => {
    const key = new P256PublicKey(
        fromHex(
            '0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
        ),
    );
    const [r, s] = [
        'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
        'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    ];
    const text = utf8('sample');
    assertEqual(key.verify(text, fromHex(r + s)), true);
    const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
    const [zero, one, ones] = ['00'.repeat(32), `${'00'.repeat(31)}01`, 'ff'.repeat(32)];
    for (const wrong of [
        s + r,
        zero + s,
        r + zero,
        zero + zero,
        one + one,
        order + s,
        r + order,
        ones + ones,
        r,
        `${r}${s}00`,
        '',
    ]) {
        assertEqual(key.verify(text, fromHex(wrong)), false);
    }
    const integer = (number: string) =>
        Number.parseInt(number.slice(0, 2), 16) > 127 ? `022100${number}` : `0220${number}`;
    assertEqual(key.verifyDer(text, fromHex(`3046${integer(r)}${integer(s)}`)), true);
    for (const wrong of [
        `3047${integer(r)}${integer(s)}00`, // more behind it
        `3046${integer(r)}${integer(s)}00`,
        `308146${integer(r)}${integer(s)}`, // a length in the long form
        `30440220${r}0220${s}`, // below 0
        `3048022200${integer(r).slice(4)}${integer(s)}`, // a needless zero
        `3026020100${integer(s)}`, // r is 0
        `3023${integer(r)}`,
        `3046${integer(r)}${integer(s)}`.slice(0, -2),
        '3000',
        '',
    ]) {
        assertEqual(key.verifyDer(text, fromHex(wrong)), false);
    }
});

test('no key but one of the curve is accepted', () => {
    const [x, y] = [node.point.slice(2, 66), node.point.slice(66)];
    for (const point of [
        `04${x}${y.slice(0, -2)}21`,
        `04${'00'.repeat(64)}`,
        `02${x}`,
        `03${x}${y}`,
        `06${x}${y}`,
        '00',
        '',
        `04${'ff'.repeat(64)}`,
    ]) {
        assertEqual(
            codeOf(() => new P256PublicKey(fromHex(point))),
            'FORMAT',
        );
    }
    const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
    for (const scalar of ['00'.repeat(32), order, 'ff'.repeat(32)]) {
        assertEqual(
            codeOf(() => P256PrivateKey.import(fromHex(`3041020100${curve}042730250201010420${scalar}`))),
            'FORMAT',
        );
    }
    const other = hex(pkcs8).replace(node.point, hex(P256PublicKey.import(fromHex(node.peer)).point()));
    assertEqual(
        codeOf(() => P256PrivateKey.import(fromHex(other))),
        'FORMAT',
    );
    const p384 = `3076301006072a8648ce3d020106052b81040022036200${'04'.repeat(97)}`;
    assertEqual(
        codeOf(() => P256PublicKey.import(fromHex(p384))),
        'FORMAT',
    );
    for (let cut = 0; cut < pkcs8.length; cut += 7) {
        assertEqual(
            codeOf(() => P256PrivateKey.import(pkcs8.subarray(0, cut))),
            'FORMAT',
        );
    }
});

test('new keys sign, agree and come back', () => {
    const [a, b] = [P256PrivateKey.generate(), P256PrivateKey.generate()];
    const text = utf8('a text');
    assertEqual(a.publicKey().verify(text, a.sign(text)), true);
    assertEqual(b.publicKey().verify(text, a.sign(text)), false);
    for (let i = 0; i < 50; i++) {
        assertEqual(a.publicKey().verifyDer(text, a.signDer(text)), true);
    }
    assertEqual(equal(a.agree(b.publicKey()), b.agree(a.publicKey())), true);
    assertEqual(P256PrivateKey.import(a.export()).publicKey().verify(text, a.sign(text)), true);
    a.close();
    a.close();
    assertEqual([codeOf(() => a.sign(text)), codeOf(() => a.export())], ['SyntaxError', 'SyntaxError']);
});

test('an object is of its own kind only', () => {
    const gcm = new AesGcm(randomBytes(16));
    assertEqual(
        codeOf(() => gcm.seal.call(P256PrivateKey.generate() as unknown as AesGcm, randomBytes(12), nothing)),
        'SyntaxError',
    );
    const Base = Object.getPrototypeOf(Sha256);
    Object.setPrototypeOf(Sha256, function forged() {
        return gcm;
    });
    let made: unknown;
    codeOf(() => {
        made = new Sha256();
    });
    assertEqual(made === gcm, false);
    Object.setPrototypeOf(Sha256, Base);
    assertEqual(gcm.open(new Uint8Array(12), gcm.seal(new Uint8Array(12), nothing)).length, 0);
});

test('random bytes differ, comparison compares', () => {
    assertEqual(randomBytes(0).length, 0);
    assertEqual(equal(randomBytes(32), randomBytes(32)), false);
    assertEqual(
        codeOf(() => randomBytes(65_537)),
        'RangeError',
    );
    assertEqual(
        [equal(nothing, nothing), equal(utf8('a'), nothing), equal(utf8('ab'), utf8('ab').buffer as ArrayBuffer)],
        [true, false, true],
    );
});

test('hexadecimal and base64 have one spelling (RFC 4648)', () => {
    const words = {
        '': '',
        f: 'Zg==',
        fo: 'Zm8=',
        foo: 'Zm9v',
        foob: 'Zm9vYg==',
        fooba: 'Zm9vYmE=',
        foobar: 'Zm9vYmFy',
    };
    for (const [text, coded] of Object.entries(words)) {
        assertEqual(base64(utf8(text)), coded);
        assertEqual(hex(fromBase64(coded)), hex(utf8(text)));
        assertEqual(base64url(utf8(text)), coded.replace(/=/g, ''));
        assertEqual(hex(fromBase64url(coded.replace(/=/g, ''))), hex(utf8(text)));
    }
    assertEqual([base64(fromHex('fbff')), base64url(fromHex('FBFF'))], ['+/8=', '-_8']);
    for (const wrong of ['Zg', 'Zg=', 'Zh==', 'Zm9=', '=', 'Z===', 'Zm9v ', 'Zm-v', 'Zg==Zg==', 'Zm\u00e99']) {
        assertEqual(
            codeOf(() => fromBase64(wrong)),
            'SyntaxError',
        );
    }
    for (const wrong of ['Z', 'Zh', 'Zg==', '+/8']) {
        assertEqual(
            codeOf(() => fromBase64url(wrong)),
            'SyntaxError',
        );
    }
    for (const wrong of ['0', 'zz', '0x', ' 00']) {
        assertEqual(
            codeOf(() => fromHex(wrong)),
            'SyntaxError',
        );
    }
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    assertEqual([hex(fromBase64(base64(all))), hex(fromHex(hex(all)))], [hex(all), hex(all)]);
    assertEqual(
        codeOf(() => fromPem('PUBLIC KEY', pem('PRIVATE KEY', all))),
        'SyntaxError',
    );
});

test('SHA-256 of a body: a closed one, and offsets', () => {
    const hash = new Sha256();
    assertEqual(
        codeOf(() => hash.updateBody(new Body(), 0)),
        'CLOSED',
    );
    for (const from of [-1, 0.5, Number.NaN]) {
        assertEqual(
            codeOf(() => hash.updateBody(new Body(), from)),
            'RangeError',
        );
    }
});
