// What a person enters about a camera, what the device gets of it; rights; when it is recorded, in words.
import test from 'ava';
import { load } from './load.mjs';

const { addOf, canConvert, changeOf, converting, converts, fieldsOf, testOf, trusting } = await load('camera/entry.ts');
const { manualText, parseModes, recordingText } = await load('camera/recording-words.ts');
const { traitsOf } = await load('camera/trial.ts');
const { may, parseSession, setRight } = await load('rights.ts');
const { parseStatus, titleOf } = await load('status.ts');

const anything = [undefined, null, 0, '', 'x', [], {}, [[]], { a: 1 }, true];
// the language of the reader, which Node has from version 21 on
globalThis.navigator ??= /** @type {any} */ ({ languages: ['en'] });
const empty = fieldsOf(undefined);
const entry = { name: 'front-door', title: 'Front Door', input: 'rtsp://10.0.0.7/live', user: 'me', password: '***', record: { mode: 'scheduled', maxMB: 5 }, motion: { enabled: false }, ring: { seconds: 12 } };

test('[O1] [O2] [O3] a new camera: what is empty is left to the device; events bring somebody who notices them', (t) => {
    t.deepEqual(addOf({ ...empty, input: 'a.mp4' }), { input: 'a.mp4' });
    const all = { input: 'rtsp://10.0.0.7/', user: 'me', password: ' p ', title: 'Front Door', mode: 'event', motion: true };
    t.deepEqual(addOf(all), { input: 'rtsp://10.0.0.7/', user: 'me', password: ' p ', title: 'Front Door', record: { mode: 'event' }, motion: { enabled: true } });
    t.deepEqual(addOf({ ...all, motion: false }).motion, undefined);
    const found = { address: 'rtsp://10.0.0.7/', sub: 'rtsp://10.0.0.7/low' };
    t.deepEqual([addOf(all, found).sub, addOf({ ...all, input: 'rtsp://10.0.0.8/' }, found).sub], [found.sub, undefined], 'the smaller stream of what was found, while the address is that');
    t.deepEqual(addOf({ ...all, mode: 'never' }), { input: 'rtsp://10.0.0.7/', user: 'me', password: ' p ', title: 'Front Door', record: { mode: 'never' } });
});

test('[O3] a change sends what was changed alone; a password stays, goes with its user, or is another one', (t) => {
    const fields = fieldsOf(entry);
    t.deepEqual(fields, { input: 'rtsp://10.0.0.7/live', user: 'me', password: '', title: 'Front Door', mode: 'scheduled', motion: false });
    t.deepEqual(changeOf(fields, entry), {});
    t.deepEqual(changeOf({ ...fields, title: '' }, entry), { title: '' });
    t.deepEqual(changeOf({ ...fields, password: 'new' }, entry), { password: 'new' });
    t.deepEqual(changeOf({ ...fields, user: '' }, entry), { user: '', password: '' });
    t.deepEqual(changeOf({ ...fields, mode: 'continuous', motion: true }, entry), { record: { mode: 'continuous' } });
    t.deepEqual(changeOf({ ...fields, mode: 'event', motion: true }, entry), { record: { mode: 'event' }, motion: { enabled: true } });
    t.deepEqual(changeOf({ ...fields, user: '' }, { ...entry, password: '' }), { user: '' });
});

test('[O4] a test of a camera that there is uses the password that the device has', (t) => {
    const fields = fieldsOf(entry);
    t.deepEqual(testOf(fields, entry), { name: 'front-door', input: 'rtsp://10.0.0.7/live', user: 'me', password: '***' });
    t.deepEqual(testOf({ ...fields, password: 'new' }, entry), { name: 'front-door', input: 'rtsp://10.0.0.7/live', user: 'me', password: 'new' });
    t.deepEqual(testOf({ ...fields, user: '' }, entry), { name: 'front-door', input: 'rtsp://10.0.0.7/live' });
    t.deepEqual(testOf({ ...empty, input: 'a.mp4' }, undefined), { input: 'a.mp4' });
});

test('a certificate that a refusal names can be trusted, once', (t) => {
    const why = 'cam: certificate self-signed or of an unknown authority; if yours, add tlsFingerprint=AB:01';
    t.is(trusting('https://10.0.0.7/a', why), 'https://10.0.0.7/a#tlsFingerprint=AB:01');
    t.is(trusting('https://10.0.0.7/a#auth=basic', why), 'https://10.0.0.7/a#auth=basic&tlsFingerprint=AB:01');
    t.is(trusting('https://10.0.0.7/a#tlsFingerprint=AB:01', why), undefined);
    t.is(trusting('https://10.0.0.7/a', 'no such host'), undefined);
});

test('[O4] what a tried camera delivers, in words; answers of any shape', (t) => {
    t.is(traitsOf({ codec: 'h264', width: 640, height: 360, fps: 29.97 }, { codec: 'aac' }), '640 × 360, H.264, 30 pictures per second, sound AAC');
    t.is(traitsOf({ codec: 'h264', width: 640, height: 360, fps: 0 }, null), '640 × 360, H.264, no sound');
    t.is(traitsOf({ codec: 'h264', width: 640, height: 360, fps: 0 }, { codec: 'pcma' }), '640 × 360, H.264, sound G.711 A-law (no sound in live view)');
    for (const value of anything) {
        t.is(traitsOf(value, value), 'no sound');
    }
});

test('sound is converted by an option of the address, among others, and no more', (t) => {
    const plain = 'rtsp://10.0.0.7/live?a=1&sound=on';
    for (const before of [plain, `${plain}#transport=udp`, `${plain}#transport=udp&auth=basic`]) {
        const on = converting(before, true);
        t.deepEqual([converts(before), converts(on), converting(on, true), converting(on, false)], [false, true, on, before]);
    }
    t.is(converting('rtsp://h/#sound=aac&transport=tcp', false), 'rtsp://h/#transport=tcp');
    t.is(converting('rtsp://h/#a=1&sound=keep&b=2', true), 'rtsp://h/#a=1&b=2&sound=aac');
    t.deepEqual(['rtsp://h/', 'HTTPS://h/', 'file:a.mp4', 'test:', 'v4l2:/dev/video0', ''].map(canConvert), [true, true, true, false, false, false]);
});

test('rights: nothing is offered before they are known; an earlier version of the device lets everybody in do everything', (t) => {
    const acts = /** @type {const} */ (['record', 'talk', 'share', 'change']);
    const all = (/** @type {string} */ right) => {
        setRight(right);
        return acts.filter((act) => may(act, 'front'));
    };
    t.deepEqual([all(''), all('what'), all('watch'), all('operate'), all('own')], [[], [], [], ['record', 'talk'], [...acts]]);
    t.like(parseSession({ user: 'eve', right: 'watch' }), { user: 'eve', right: 'watch' });
    t.like(parseSession({ user: null, right: 'own' }), { user: '', right: 'own' });
    for (const value of anything) {
        t.like(parseSession(value), { user: '', right: 'own' });
    }
});

test('[O1] when it is recorded, in words', (t) => {
    const settings = { channels: [{ name: 'a', record: { mode: 'event' } }, { name: 'b', record: {} }, { record: { mode: 'x' } }, 7] };
    t.deepEqual([...parseModes(settings)], [['a', 'event']]);
    t.deepEqual([...parseModes({ ...settings, record: { enabled: false } })], [['a', 'off'], ['b', 'off']]);
    for (const value of anything) {
        const modes = parseModes(value);
        t.true(modes === undefined || modes.size === 0);
    }
    const base = { manual: undefined, recording: false, recordingFailing: false };
    t.is(recordingText(base, 'continuous', 0), 'always · not recording now');
    t.is(recordingText({ ...base, recording: true }, 'event', 0), 'on events · recording now');
    t.is(recordingText(base, 'never', 0), 'never');
    t.is(recordingText({ ...base, recording: true }, undefined, 0), 'on');
    t.is(recordingText({ ...base, recording: true, recordingFailing: true }, 'never', 0), 'Disk write error');
    const manual = { untilMs: undefined, sinceMs: 1_000_000 };
    t.is(recordingText({ ...base, recording: true, manual }, 'never', 1_125_000), 'by hand until you stop it, 2:05 so far · recording now');
    t.is(manualText({ manual }, undefined), 'by hand until you stop it');
    t.is(manualText({ manual }, 900_000), 'by hand until you stop it, 0.0 s so far', 'a clock that was set back');
    t.regex(manualText({ manual: { untilMs: 0, sinceMs: undefined } }, 5), /^by hand until \d.*\d/);
});

test('[O2] a camera is named by its title; an older device, and one that is gone, by its name', (t) => {
    const status = parseStatus({ channels: [{ name: 'a', title: 'Front Door', recording: { now: true, until: null, since: '2026-11-21T02:51:01.000Z' } }, { name: 'b', title: 7, recording: { now: 1 } }] });
    t.deepEqual([titleOf(status, 'a'), titleOf(status, 'b'), titleOf(status, 'gone'), titleOf(undefined, 'a')], ['Front Door', 'b', 'gone', 'a']);
    t.deepEqual(status.channels.map((/** @type {any} */ { manual }) => manual), [{ untilMs: undefined, sinceMs: Date.parse('2026-11-21T02:51:01Z') }, undefined]);
});
