import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const encoder = new TextEncoder();

function bytes(...values: number[]): Uint8Array {
    return Uint8Array.from(values);
}

test('encode gives UTF-8, also outside the basic plane and for NUL', () => {
    assertEqual([...encoder.encode('aé€😀\0b')], [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0, 0x62]);
    assertEqual(encoder.encode().length, 0);
    assert(encoder.encode('x') instanceof Uint8Array);
    assertEqual(encoder.encoding, 'utf-8');
});

test('a lone surrogate becomes U+FFFD', () => {
    assertEqual([...encoder.encode('\uD83Dx')], [0xef, 0xbf, 0xbd, 0x78]);
    assertEqual([...encoder.encode('\uDE00')], [0xef, 0xbf, 0xbd]);
});

test('decode is the inverse of encode', () => {
    const text = 'aé€😀\0\u{10FFFF}\uFFFF';
    const decoded = new TextDecoder().decode(encoder.encode(text));
    assertEqual(decoded, text);
    assertEqual(decoded.length, text.length);
    assertEqual(new TextDecoder().decode(encoder.encode(text).buffer as ArrayBuffer), text);
});

test('decode looks only at its view', () => {
    const all = encoder.encode('abcdef');
    assertEqual(new TextDecoder().decode(all.subarray(2, 4)), 'cd');
    assertEqual(new TextDecoder().decode(new DataView(all.buffer as ArrayBuffer, 1, 2)), 'bc');
});

test('malformed bytes give one U+FFFD for each maximal part', () => {
    const decoder = new TextDecoder();
    assertEqual(decoder.decode(bytes(0xff, 0x61)), '\uFFFDa');
    assertEqual(decoder.decode(bytes(0xf0, 0x9f, 0x98, 0x61)), '\uFFFDa');
    assertEqual(decoder.decode(bytes(0xe2, 0x82)), '\uFFFD');
    assertEqual(decoder.decode(bytes(0xc0, 0x80)), '\uFFFD\uFFFD');
    assertEqual(decoder.decode(bytes(0xed, 0xa0, 0x80)), '\uFFFD\uFFFD\uFFFD');
    assertEqual(decoder.decode(bytes(0xf4, 0x90, 0x80, 0x80)), '\uFFFD\uFFFD\uFFFD\uFFFD');
});

test('fatal decoders throw TypeError', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    assertThrows(() => decoder.decode(bytes(0x61, 0x80)), { type: TypeError });
    assertEqual(decoder.decode(bytes(0x61)), 'a');
    assert(decoder.fatal);
});

test('a stream joins sequences that chunks cut', () => {
    const all = encoder.encode('é€😀');
    for (let size = 1; size <= 4; size++) {
        const decoder = new TextDecoder('utf-8', { fatal: true });
        let text = '';
        for (let at = 0; at < all.length; at += size) {
            text += decoder.decode(all.subarray(at, at + size), { stream: true });
        }
        assertEqual(text + decoder.decode(), 'é€😀', `chunks of ${size}`);
    }
    const cut = new TextDecoder();
    assertEqual(cut.decode(bytes(0xe2, 0x82), { stream: true }), '');
    assertEqual(cut.decode(), '\uFFFD');
});

test('a byte order mark is dropped once, at the start, unless it is wanted', () => {
    const mark = bytes(0xef, 0xbb, 0xbf, 0x61);
    assertEqual(new TextDecoder().decode(mark), 'a');
    assertEqual(new TextDecoder('utf-8', { ignoreBOM: true }).decode(mark), '\uFEFFa');
    const decoder = new TextDecoder();
    assertEqual(decoder.decode(mark, { stream: true }) + decoder.decode(mark), 'a\uFEFFa');
    assertEqual(decoder.decode(mark), 'a');
});

test('only UTF-8 is known', () => {
    assertThrows(() => new TextDecoder('latin1'), { type: RangeError });
    assertEqual(new TextDecoder('UTF8').encoding, 'utf-8');
});
