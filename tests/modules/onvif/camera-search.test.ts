import {
    answersAtOnce,
    answersMax,
    CameraSearch,
    camerasMax,
    randomUuid,
    type SearchSocket,
} from 'ocellus/app/onvif/camera-search';
import { probe, readMatches } from 'ocellus/app/onvif/ws-discovery';
import { readXml } from 'ocellus/xml';
import { assert, assertEqual, test } from 'ocellus/test/harness';

const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer as ArrayBuffer;
const uuid = '0a1b2c3d-0000-4000-8000-00000000abcd';

interface Match {
    readonly endpoint?: string;
    readonly scopes?: string;
    readonly services?: string;
}

/** As a camera answers, with prefixes of its own. */
function matches(list: readonly Match[], relatesTo = `urn:uuid:${uuid.toUpperCase()}`): string {
    const one = ({ endpoint = 'urn:uuid:1', scopes = '', services = 'http://192.0.2.7/onvif/device_service' }: Match) =>
        `<d:ProbeMatch><a:EndpointReference><a:Address>${endpoint}</a:Address></a:EndpointReference>` +
        `<d:Types>tdn:NetworkVideoTransmitter</d:Types><d:Scopes>${scopes}</d:Scopes><d:XAddrs>${services}</d:XAddrs>` +
        '<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch>';
    return (
        '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="x" xmlns:d="y">' +
        `<s:Header><a:MessageID>uuid:7</a:MessageID><a:RelatesTo>${relatesTo}</a:RelatesTo></s:Header>` +
        `<s:Body><d:ProbeMatches>${list.map(one).join('')}</d:ProbeMatches></s:Body></s:Envelope>`
    );
}

const read = (text: string, sender = '192.0.2.7') => readMatches(bytes(text), sender, uuid);

test('[O25] the message that asks is one of WS-Discovery, for cameras, with the id of the search', () => {
    const found = new Map<string, string>();
    readXml(new TextEncoder().encode(probe(uuid)), (path, text) => found.set(path, text));
    assertEqual(found.get('Envelope/Header/MessageID'), `uuid:${uuid}`);
    assertEqual(found.get('Envelope/Header/To'), 'urn:schemas-xmlsoap-org:ws:2005:04:discovery');
    assertEqual(found.get('Envelope/Header/Action'), 'http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe');
    assertEqual(found.get('Envelope/Body/Probe/Types'), 'dn:NetworkVideoTransmitter');
    assert(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(randomUuid()));
});

test('an answer: name, model and place from its scopes, the service at the sender', () => {
    const scopes =
        'onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20Door\n' +
        'onvif://www.onvif.org/hardware/DS-2CD onvif://www.onvif.org/location/%E9%97%A8 onvif://www.onvif.org/name/second';
    const services = 'https://192.0.2.7/onvif http://192.0.2.7:8000/onvif/device_service';
    assertEqual(read(matches([{ scopes, services }])), [
        {
            endpoint: 'urn:uuid:1',
            name: 'Front Door',
            hardware: 'DS-2CD',
            location: '门',
            address: '192.0.2.7',
            service: 'http://192.0.2.7:8000/onvif/device_service',
        },
    ]);
    const odd = 'onvif://www.onvif.org/name/100%25%20%zz onvif://www.onvif.org/hardware/a%00%E2%80%AEb%0A';
    assertEqual(
        read(matches([{ scopes: odd }])).map(({ name, hardware }) => [name, hardware]),
        [['100%25%20%zz', 'a b']],
    );
    const long = `onvif://www.onvif.org/name/${'n'.repeat(500)}`;
    assertEqual(read(matches([{ scopes: long }]))[0]?.name.length, 64);
    const six = matches([{ services: 'http://[fd00::7]/onvif' }]);
    assertEqual(read(six, 'fd00::7')[0]?.service, 'http://[fd00::7]/onvif');
});

test('what is not believed: a service elsewhere, an answer to nobody, documents that are none', () => {
    for (const services of [
        'http://127.0.0.1:8080/api',
        'http://192.0.2.8/onvif',
        'http://camera.example/onvif',
        'http://192.0.2.7@192.0.2.8/onvif',
        'http://192.0.2.70/onvif',
        'file:///etc/passwd',
        'http://192.0.2.7/o"nvif\u00e9',
        '',
    ]) {
        assertEqual(read(matches([{ services }])), [], services);
    }
    assertEqual(read(matches([{ services: 'http://[fe80::7]/onvif' }]), 'fe80::7'), [], 'without its interface');
    assertEqual(read(matches([{ endpoint: '' }])), []);
    assertEqual(read(matches([{}], 'urn:uuid:0a1b2c3d-0000-4000-8000-00000000abce')), []);
    assertEqual(read(matches([{}], '')), []);
    assertEqual(read(matches([{}]).slice(0, -20)), []);
    const entities = '<!DOCTYPE a [<!ENTITY x "1"><!ENTITY y "&x;&x;&x;">]>';
    assertEqual(read(matches([{ scopes: '&y;' }]).replace('<s:E', `${entities}<s:E`)), []);
    assertEqual(read(''), []);
});

test('an answer with thousands of elements is read for what it has of a camera; it names 16 at most', () => {
    const other = Array.from({ length: 1_000 }, (_, i) => `<d:x${i}/>`).join('');
    const one = matches([{}]).replace('<d:Types>', `${other}<d:Types>`);
    assertEqual(
        read(one).map(({ endpoint }) => endpoint),
        ['urn:uuid:1'],
    );
    assertEqual(read(matches(Array.from({ length: 100 }, (_, i) => ({ endpoint: `e${i}` })))).length, 16);
});

/** A search on a network where `answers` come at each sending. */
function rig(answers: (uuid: string) => readonly { readonly text: string; readonly from: string }[], families = 2) {
    const sent: string[] = [];
    const waits: number[] = [];
    const turns = [0];
    let [open, left] = [0, 0];
    const search: CameraSearch = new CameraSearch({
        async wait(ms) {
            if (ms === 0) {
                turns.push(0);
                return;
            }
            waits.push(Math.round(ms));
            for (let before = -1; ms > 1_000 && left !== before; ) {
                before = left;
                for (let i = 0; i < 50; i++) {
                    await undefined; // what came is read meanwhile
                }
            }
        },
        open(local, onReadable): SearchSocket {
            if (open === families || (families === 1 && local === '::')) {
                throw new Error('no such family');
            }
            open++;
            const queue: (ArrayBuffer & { readonly address: string })[] = [];
            return {
                read() {
                    const one = queue.shift();
                    if (one !== undefined) {
                        left--;
                        turns.push((turns.pop() ?? 0) + 1);
                    }
                    return one;
                },
                write(message, address, port) {
                    const text = new TextDecoder().decode(message);
                    sent.push(`${address} ${port}`);
                    const asked = /uuid:([\da-f-]+)/.exec(text)?.[1] ?? '';
                    for (const { text: answer, from } of answers(asked)) {
                        left++;
                        queue.push(Object.assign(bytes(answer), { address: from }));
                    }
                    onReadable();
                },
                close() {
                    open--;
                },
            };
        },
    });
    return { search, sent, waits, turns, opened: () => open };
}

test('[O25] a search asks twice by both families, keeps each camera once, and closes what it opened', async () => {
    const { search, sent, waits, opened } = rig((asked) => [
        { text: matches([{ endpoint: 'a' }, { endpoint: 'b' }], `uuid:${asked}`), from: '192.0.2.7' },
        { text: matches([{ endpoint: 'a', services: 'http://192.0.2.9/x' }], `uuid:${asked}`), from: '192.0.2.9' },
        { text: 'nothing', from: '192.0.2.9' },
    ]);
    const running = search.run();
    assertEqual(search.running, true);
    await search.run(); // joins
    await running;
    assertEqual(sent, ['239.255.255.250 3702', 'ff02::c 3702', '239.255.255.250 3702', 'ff02::c 3702']);
    assertEqual(
        search.cameras.map(({ endpoint, address }) => `${endpoint} ${address}`),
        ['a 192.0.2.7', 'b 192.0.2.7'],
    );
    assertEqual([search.running, search.problem, opened(), search.camera('b')?.endpoint], [false, '', 0, 'b']);
    assert((waits[0] ?? 0) >= 50 && (waits[0] ?? 0) <= 250 && waits[1] === 5000, String(waits));
    assertEqual(search.camera('c'), undefined);
});

test('any number of answers is bounded; a machine without a network says so', async () => {
    let number = 0;
    const flood = rig((asked) =>
        Array.from({ length: 400 }, () => ({
            text: matches([{ endpoint: `e${number++}` }], `uuid:${asked}`),
            from: '192.0.2.7',
        })),
    );
    await flood.search.run();
    assertEqual([flood.search.cameras.length, flood.opened()], [camerasMax, 0]);
    assertEqual(
        flood.turns.reduce((sum, count) => sum + count),
        answersMax,
    );
    assert(Math.max(...flood.turns) <= answersAtOnce * 2, `by family: ${flood.turns}`);
    const four = rig(() => [], 1);
    await four.search.run();
    assertEqual([four.search.problem, four.sent.length], ['', 2]);
    const none = rig(() => [], 0);
    await none.search.run();
    assert(/no network/.test(none.search.problem));
    assertEqual(none.waits.length, 1, 'nobody waits for answers then');
});
