import { fragmentOf, readFragment } from 'ocellus/app/p2p/ice-fragment';
import { iceSessionFrom, iceSessionOf, restartOf } from 'ocellus/app/p2p/ice-session';
import { OcellusError } from 'ocellus/error';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const pwd = 'P2uYro0UCOQ4zxjKXaWCBui1';
const udp = 'candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1';
const tcp = 'candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 ufrag EsAw';

/** The example of the WHEP draft. */
const example = [
    'a=group:BUNDLE 0 1',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=mid:0',
    'a=ice-ufrag:EsAw',
    `a=ice-pwd:${pwd}`,
    `a=${udp}`,
    `a=${tcp}`,
    'a=end-of-candidates',
    '',
].join('\r\n');

test('a fragment is read: its ICE, candidates of UDP, their end', () => {
    assertEqual(readFragment(example), { ufrag: 'EsAw', pwd, candidates: [udp], end: true });
    assertEqual(readFragment(example.replaceAll('\r\n', '\n').trimEnd()), readFragment(example));
    assertEqual(readFragment(`a=${udp}`), { ufrag: '', pwd: '', candidates: [udp], end: false });
    assertEqual(readFragment('a=end-of-candidates\r\n').end, true);
    const other = example.replace('ufrag EsAw network', 'ufrag ysXw network');
    assertEqual(readFragment(other).candidates, [], 'of another ICE session (RFC 8840)');
    const twice = `a=ice-ufrag:EsAw\r\na=ice-pwd:${pwd}\r\n${example}`;
    assertEqual(readFragment(twice), readFragment(example), 'of the session and of its media line');
});

test('what is no fragment is refused with its line; limits hold', () => {
    for (const [text, message] of [
        ['', 'body: neither candidates nor ice-ufrag and ice-pwd'],
        ['v=0\r\n', 'body: line 1: an attribute "a=…" or a media line "m=…" is needed'],
        [`${example}\r\na=x`, 'body: line 9: an attribute "a=…" or a media line "m=…" is needed'],
        ['a=end-of-candidates\0', 'body: line 1: an attribute "a=…" or a media line "m=…" is needed'],
        [`a=${'x'.repeat(2047)}`, 'body: line 1: more than 2048 characters'],
        ['a=ice-ufrag:abc', 'body: line 1: ice-ufrag: 4 to 256 letters, digits, + and /'],
        [`a=ice-pwd:${'x'.repeat(21)}`, 'body: line 1: ice-pwd: 22 to 256 letters, digits, + and /'],
        ['a=ice-ufrag:abcd', 'body: ice-ufrag and ice-pwd belong together: one is missing'],
        [`a=ice-ufrag:abcd\na=ice-ufrag:abce`, 'body: line 2: ice-ufrag: another one than before'],
        ['a=candidate:1 1 udp x 192.0.2.1 9 typ host', 'body: line 1: no candidate as RFC 8839 has them'],
        ['a=candidate:1 1 udp 1 192.0.2.1 9 typ host odd', 'body: line 1: no candidate as RFC 8839 has them'],
        ['m=audio', 'body: line 1: m=: media, port, protocol and formats, of at most 9 media'],
        [
            'm=audio 9 RTP/AVP 0\n'.repeat(10),
            'body: line 10: m=: media, port, protocol and formats, of at most 9 media',
        ],
    ] as const) {
        const error = assertThrows(() => readFragment(text));
        assertEqual([(error as OcellusError).code, error.message], ['FORMAT', message]);
    }
    assertEqual((assertThrows(() => readFragment('a=x\n'.repeat(16_385))) as OcellusError).code, 'TOO_BIG');
    assertEqual(readFragment(`a=${udp}\r\n`.repeat(40)).candidates.length, 32);
});

test('any text as a fragment: refused by a code, or inside its limits', () => {
    let seed = 17;
    const random = (below: number): number => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return (seed >> 8) % below;
    };
    const pieces = [...example, '\r\n', '\n', 'a=', 'm=', ' ', ':', '\0', 'é', `a=${udp}`, 'ufrag', '9'.repeat(11)];
    let taken = 0;
    for (let round = 0; round < 1500; round++) {
        let text = example;
        for (let change = random(4); change >= 0; change--) {
            const at = random(text.length + 1);
            text = text.slice(0, at) + (pieces[random(pieces.length)] ?? '') + text.slice(at + random(3));
        }
        try {
            const { ufrag, pwd: password, candidates } = readFragment(text);
            assert(ufrag === '' || /^[A-Za-z0-9+/]{4,256}$/.test(ufrag), ufrag);
            assert(password === '' || /^[A-Za-z0-9+/]{22,256}$/.test(password), password);
            assert(candidates.length <= 32 && candidates.every((one) => /^candidate:[^\r\n\0]*$/.test(one)));
            taken++;
        } catch (error) {
            assert(error instanceof OcellusError && error.code === 'FORMAT', String(error));
        }
    }
    assert(taken > 200 && taken < 1300, `${taken} of 1500 were taken`);
});

const answer = [
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    't=0 0',
    'a=group:BUNDLE 1',
    'm=video 0 UDP/TLS/RTP/SAVPF 96',
    'c=IN IP4 0.0.0.0',
    'a=inactive',
    'a=mid:0',
    'm=application 4711 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 192.0.2.9',
    'a=candidate:h00 1 UDP 1 192.0.2.9 4711 typ host',
    'a=end-of-candidates',
    'a=ice-ufrag:ourU',
    `a=ice-pwd:${pwd}`,
    'a=ice-options:trickle',
    'a=fingerprint:sha-256 AB',
    'a=setup:active',
    'a=mid:1',
    '',
].join('\r\n');

test('our answer as a fragment: its ICE under its media line, and it reads back', () => {
    const fragment = fragmentOf(answer);
    assertEqual(fragment.split('\r\n'), [
        'a=ice-options:trickle',
        'a=group:BUNDLE 1',
        'm=application 4711 UDP/DTLS/SCTP webrtc-datachannel',
        'a=mid:1',
        'a=ice-ufrag:ourU',
        `a=ice-pwd:${pwd}`,
        'a=candidate:h00 1 UDP 1 192.0.2.9 4711 typ host',
        'a=end-of-candidates',
        '',
    ]);
    const { ufrag, candidates, end } = readFragment(fragment);
    assertEqual([ufrag, candidates.length, end], ['ourU', 1, true]);
});

const offer = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1',
    'a=fingerprint:sha-256 AB:CD',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=ice-ufrag:EsAw',
    `a=ice-pwd:${pwd}`,
    'a=mid:0',
    'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
    'a=bundle-only',
    'a=ice-ufrag:EsAw',
    `a=ice-pwd:${pwd}`,
    'a=setup:actpass',
    'a=mid:1',
    'a=sctp-port:5000',
    '',
].join('\r\n');

test('an ICE restart is an offer of the same certificate, with the new ICE', () => {
    const ice = iceSessionOf(offer, '7-1');
    assertEqual([ice[0], ice[1]], ['"7-1"', ['EsAw']]);
    const sdp = restartOf(ice, { ufrag: 'newU', pwd, candidates: [udp], end: true });
    assertEqual(sdp.split('\r\n').slice(4), [
        'a=group:BUNDLE 1',
        'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
        'c=IN IP4 0.0.0.0',
        'a=setup:actpass',
        'a=mid:1',
        'a=sctp-port:5000',
        'a=fingerprint:sha-256 AB:CD',
        'a=ice-ufrag:newU',
        `a=ice-pwd:${pwd}`,
        `a=${udp}`,
        'a=end-of-candidates',
        '',
    ]);
    const again = iceSessionOf(sdp, '7-2');
    assertEqual(
        again[2].split('\r\n').sort(),
        ice[2].split('\r\n').sort(),
        'it can be restarted as often as one likes',
    );
    assertEqual(again[1], ['newU']);
    assertEqual(iceSessionOf(offer.replace('a=mid:1', `a=mid:${'x'.repeat(500)}`), '7-1')[2], '', 'too long to keep');
    assertEqual(iceSessionFrom(JSON.parse(JSON.stringify(ice))), ice);
    for (const other of [undefined, {}, [], ['"7-1"', 'EsAw', ''], ['"7-1"', [1], ''], ['"7-1"', []]]) {
        assertEqual(iceSessionFrom(other), undefined);
    }
});
