import { choose, type OnvifOptions, streamsOf } from 'ocellus/app/onvif/onvif-camera';
import { envelope, escapeXml, OnvifError, usernameToken } from 'ocellus/app/onvif/soap';
import { readXml } from 'ocellus/xml';
import { base64, fromBase64, sha1 } from 'ocellus/crypto';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

const utf8 = new TextEncoder();
const bytes = (text: string): ArrayBuffer => utf8.encode(text).buffer as ArrayBuffer;
const service = 'http://192.0.2.7:8000/onvif/device_service';
const login = { user: 'me', password: 'pä<ss' };

/** What a message has, by path. */
function parts(message: string): Record<string, string> {
    const found: Record<string, string> = {};
    readXml(utf8.encode(message), (path, text) => {
        found[path] = text;
    });
    return found;
}

const answer = (body: string): string =>
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:t="t" xmlns:tt="tt"><s:Body>${body}</s:Body></s:Envelope>`;
const fault = (code: string): string =>
    answer(
        `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>${code}</s:Value></s:Subcode></s:Code></s:Fault>`,
    );
const profile = (token: string, codec: string, width: number, height: number): string =>
    `<t:Profiles token="${token}" fixed="true"><tt:Name>${token}</tt:Name><tt:VideoSourceConfiguration token="src"/>` +
    `<tt:VideoEncoderConfiguration token="enc"><tt:Encoding>${codec}</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width>` +
    `<tt:Height>${height}</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration></t:Profiles>`;
const four = (name: string): string => `${name}Response`;
/** 30 s ahead of the clock of the device. */
const time =
    `<t:${four('GetSystemDateAndTime')}><t:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>12</tt:Hour><tt:Minute>0</tt:Minute>` +
    '<tt:Second>30</tt:Second></tt:Time><tt:Date><tt:Year>2026</tt:Year><tt:Month>11</tt:Month><tt:Day>24</tt:Day></tt:Date>' +
    `</tt:UTCDateTime></t:SystemDateAndTime></t:${four('GetSystemDateAndTime')}>`;
const nowMs = Date.UTC(2026, 10, 24, 12, 0, 0);

type Reply = string | { readonly status: number; readonly text: string };

const replies: Record<string, Reply> = {
    GetSystemDateAndTime: answer(time),
    GetCapabilities: answer(
        `<t:${four('GetCapabilities')}><t:Capabilities><tt:Media><tt:XAddr>http://10.9.9.9/onvif/media</tt:XAddr></tt:Media></t:Capabilities></t:${four('GetCapabilities')}>`,
    ),
    GetProfiles: answer(
        `<t:${four('GetProfiles')}>${profile('low', 'H264', 640, 360)}${profile('m&amp;in', 'H264', 1920, 1080)}${profile('jpg', 'JPEG', 2560, 1440)}</t:${four('GetProfiles')}>`,
    ),
    GetStreamUri: answer(
        `<t:${four('GetStreamUri')}><t:MediaUri><tt:Uri>rtsp://10.9.9.9:8554/TOKEN?a=1&amp;b=2</tt:Uri></t:MediaUri></t:${four('GetStreamUri')}>`,
    ),
    GetDeviceInformation: answer(
        `<t:${four('GetDeviceInformation')}><t:Manufacturer>Acme</t:Manufacturer><t:Model>X1</t:Model></t:${four('GetDeviceInformation')}>`,
    ),
};

/** A camera that answers with these in place of the usual ones, and what it was sent. */
function camera(changed: Record<string, Reply> = {}) {
    const sent: { at: string; action: string; found: Record<string, string> }[] = [];
    const options: OnvifOptions = {
        now: () => nowMs,
        async post(at, message) {
            const found = parts(message);
            const action =
                Object.keys(found)
                    .find((path) => /^Envelope\/Body\/[^/]+$/.test(path))
                    ?.slice(14) ?? '';
            sent.push({ at, action, found });
            const reply = { ...replies, ...changed }[action] ?? fault('ter:ActionNotSupported');
            const { status, text } = typeof reply === 'string' ? { status: 200, text: reply } : reply;
            const token = found['Envelope/Body/GetStreamUri/ProfileToken'] ?? '';
            return { status, bytes: bytes(text.replace('TOKEN', () => escapeXml(token))) };
        },
    };
    return { sent, options, streams: () => streamsOf(service, login, options) };
}

const reasonOf = async (changed: Record<string, Reply>): Promise<string> => {
    const error = await assertRejects(camera(changed).streams());
    assert(error instanceof OnvifError, String(error));
    return error.reason;
};

test('[O25] the streams of a camera: the main one and a smaller one, at the host that was asked', async () => {
    const { sent, streams } = camera();
    assertEqual(await streams(), {
        maker: 'Acme',
        model: 'X1',
        main: { input: 'rtsp://192.0.2.7:8554/m&in?a=1&b=2', codec: 'H264', width: 1920, height: 1080 },
        sub: { input: 'rtsp://192.0.2.7:8554/low?a=1&b=2', codec: 'H264', width: 640, height: 360 },
    });
    assertEqual(
        sent.map(({ at, action }) => `${action} ${at.slice(at.indexOf('/', 8))}`),
        [
            'GetSystemDateAndTime /onvif/device_service',
            'GetCapabilities /onvif/device_service',
            'GetProfiles /onvif/media',
            'GetStreamUri /onvif/media',
            'GetDeviceInformation /onvif/device_service',
            'GetStreamUri /onvif/media',
        ],
    );
    assert(
        sent.every(({ at }) => at.startsWith('http://192.0.2.7:8000/')),
        'nothing goes elsewhere',
    );
});

test('the password is proved by its digest, at the time of the camera; it is in no message', async () => {
    const { sent, streams } = camera();
    await streams();
    const token = 'Envelope/Header/Security/UsernameToken';
    assertEqual(sent[0]?.found[`${token}/Username`], undefined, 'the time needs no login');
    for (const { found } of sent.slice(1)) {
        const [nonce, created] = [found[`${token}/Nonce`] ?? '', found[`${token}/Created`] ?? ''];
        const all = [...fromBase64(nonce), ...utf8.encode(created + login.password)];
        assertEqual(found[`${token}/Password`], base64(sha1(Uint8Array.from(all))));
        assertEqual([found[`${token}/Username`], created], ['me', '2026-11-24T12:00:30.000Z']);
        assertEqual(
            Object.values(found).filter((text) => text.includes(login.password)),
            [],
        );
    }
    const nonces = sent.slice(1).map(({ found }) => found[`${token}/Nonce`]);
    assertEqual(new Set(nonces).size, nonces.length, 'a nonce is used once');
    // The example of the ONVIF Application Programmer's Guide, 6.1.1.3.
    const known = usernameToken(
        { user: 'user', password: 'userpassword', now: () => 0 },
        fromBase64('LKqI6G/AikKCQrN0zqZFlg=='),
        '2010-09-16T07:50:45Z',
    );
    assert(known.includes('>tuOSpGlFlIXsozq4HFNeeGeFLEI=<'), known);
});

test('why a camera does not say where its video is', async () => {
    assertEqual(await reasonOf({ GetCapabilities: { status: 400, text: fault('ter:NotAuthorized') } }), 'password');
    assertEqual(await reasonOf({ GetProfiles: { status: 401, text: '<html>no XML<br></html>' } }), 'password');
    assertEqual(await reasonOf({ GetProfiles: { status: 500, text: fault('wsse:FailedAuthentication') } }), 'password');
    const clock = { GetSystemDateAndTime: fault('ter:ActionNotSupported'), GetProfiles: { status: 401, text: '' } };
    assertEqual(await reasonOf(clock), 'clock');
    assertEqual(await reasonOf({ GetCapabilities: answer('<t:GetCapabilitiesResponse/>') }), 'media');
    assertEqual(await reasonOf({ GetProfiles: answer('<t:GetProfilesResponse/>') }), 'media');
    const uri = (text: string) =>
        answer(`<t:GetStreamUriResponse><t:MediaUri><tt:Uri>${text}</tt:Uri></t:MediaUri></t:GetStreamUriResponse>`);
    for (const bad of [
        'http://192.0.2.7/x',
        'rtsp://',
        '',
        'file:///etc/passwd',
        'rtsp://h/a b',
        'rtsp://h:99999999/',
    ]) {
        assertEqual(await reasonOf({ GetStreamUri: uri(bad) }), 'media', bad);
    }
    assertEqual(await reasonOf({ GetProfiles: 'no XML' }), 'protocol');
    assertEqual(await reasonOf({ GetProfiles: { status: 500, text: fault('ter:ActionNotSupported') } }), 'protocol');
    assertEqual(await reasonOf({ GetProfiles: { status: 302, text: '' } }), 'protocol');
    const { options } = camera();
    const silent = { ...options, post: () => Promise.reject(new OnvifError('silent', 'the camera does not answer')) };
    await assertRejects(streamsOf(service, login, silent), { message: /does not answer/ });
});

test('user and password in an address of a camera are left out; a camera without a device information has streams', async () => {
    const uri =
        '<t:GetStreamUriResponse><t:MediaUri><tt:Uri>rtsp://admin:pw@10.0.0.1/live/ch1</tt:Uri></t:MediaUri></t:GetStreamUriResponse>';
    const { streams } = camera({ GetStreamUri: answer(uri), GetDeviceInformation: fault('ter:ActionNotSupported') });
    const { main, maker } = await streams();
    assertEqual([main.input, maker], ['rtsp://192.0.2.7/live/ch1', '']);
    const six = await streamsOf('http://[fd00::7]/onvif', login, camera().options);
    assertEqual(six.main.input, 'rtsp://[fd00::7]:8554/m&in?a=1&b=2');
});

test('elements that nobody asked for cost nothing, and no camera makes more than 32 profiles of its answer', async () => {
    const others = Array.from({ length: 20_000 }, (_, i) => `<e${i}/>`).join('');
    const many = Array.from({ length: 100 }, (_, i) => profile(`p${i}`, 'H264', 640 + i, 360)).join('');
    const name = four('GetProfiles');
    const { streams } = camera({ GetProfiles: answer(`<t:${name}>${others}${many}</t:${name}>`) });
    const { main } = await streams();
    assertEqual([main.width, main.input], [671, 'rtsp://192.0.2.7:8554/p31?a=1&b=2']);
});

test('which profiles are main and smaller', () => {
    const of = (...sizes: readonly [string, number, number][]) => {
        const { main, sub } = choose(
            sizes.map(([codec, width, height]) => ({ token: `${width}`, codec, width, height })),
        );
        return [main?.token, sub?.token];
    };
    assertEqual(of(), [undefined, undefined]);
    assertEqual(of(['JPEG', 640, 480]), ['640', undefined]);
    assertEqual(of(['JPEG', 3840, 2160], ['H265', 1280, 720]), ['1280', undefined]);
    assertEqual(of(['H264', 1920, 1080], ['H264', 176, 144], ['H264', 640, 360], ['H264', 1280, 720]), ['1920', '640']);
    assertEqual(of(['H264', 1920, 1080], ['H264', 176, 144]), ['1920', '176']);
    assertEqual(of(['H264', 1920, 1080], ['H264', 1920, 1080]), ['1920', undefined]);
});

test('texts in messages', () => {
    assertEqual(escapeXml('a<b>&"c"\0\u0007\n门'), 'a&lt;b&gt;&amp;&quot;c&quot;\n门');
    assertEqual(parts(envelope('<td:X/>'))['Envelope/Body/X'], '');
});
