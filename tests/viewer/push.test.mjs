// Live pushes in the page: what comes in is checked, the state in one sentence, what a person enters for a target.
import test from 'ava';
import { load } from './load.mjs';

const { parsePushes } = await load('push/push-data.ts');
const { sentenceOf } = await load('push/push-words.ts');
const { askedOf, keyWord, nameFor } = await load('push/target-entry.ts');

const anything = [undefined, null, 0, '', 'x', [], {}, [[]], { a: 1 }, true];
const push = { channel: 'cam1', target: 'youtube', state: 'runs', since: '2026-11-25T10:00:00.000Z', error: null };

test('[E1] answers of any shape are checked, never thrown at', (t) => {
    for (const value of anything) {
        t.is(parsePushes(value), undefined);
        for (const key of ['since', 'delivered', 'nextTry', 'failures', 'bitrate', 'sentBytes', 'leftOutGops', 'addresses', 'error']) {
            const read = parsePushes({ maxPushes: 4, targets: [value, { name: 'youtube' }], pushes: [value, { ...push, [key]: value }] });
            t.is(read.pushes.length, 1, key);
            t.is(read.targets.length, 1);
            t.true(Array.isArray(read.pushes[0].addresses));
        }
    }
    t.deepEqual(parsePushes({ maxPushes: 4, pushes: [{ ...push, addresses: { hls: 'https://a/x.m3u8', flv: null, page: '' } }] }).pushes[0].addresses, [['hls', 'https://a/x.m3u8']]);
});

test('[E1] [E5] the state is one sentence: how long it runs, why it does not and when it is tried again', (t) => {
    const sentence = (/** @type {object} */ more, nowMs = Date.parse('2026-11-25T10:00:42.000Z')) => sentenceOf(parsePushes({ maxPushes: 1, pushes: [{ ...push, ...more }] }).pushes[0], nowMs);
    t.is(sentence({}), 'On the air for 0:42');
    t.is(sentence({ state: 'waits' }), 'Waiting for the camera');
    const error = { code: 'PASSWORD', vendor: 1002, text: 'as the server said' };
    t.is(sentence({ state: 'retries', error, nextTry: '2026-11-25T10:01:10.500Z' }), 'Interrupted: the server refuses the key. Check it. Next try in 29 s.');
    t.is(sentence({ state: 'retries', error }), 'Interrupted: the server refuses the key. Check it.');
    t.is(sentence({ state: 'retries', error: { code: 'NEW', text: 'as the device says' } }), 'Interrupted: as the device says', 'a code of a later device');
    t.is(sentenceOf(parsePushes({ maxPushes: 1, pushes: [push] }).pushes[0], undefined), 'On the air', 'a clock that is not known');
});

test('[E1] a form asks for what goes with the scheme of an address, and finds a name that no other target has', (t) => {
    t.deepEqual(askedOf('rtmps://a/b'), { key: true, passphrase: false, user: false, store: false });
    t.deepEqual(askedOf(' srt://a:9000'), { key: true, passphrase: true, user: false, store: false });
    t.deepEqual(askedOf('https://a/b/'), { key: true, passphrase: false, user: true, store: false });
    t.deepEqual(askedOf('s3://film/live'), { key: true, passphrase: false, user: true, store: true });
    t.deepEqual(askedOf('gopher://a'), { key: false, passphrase: false, user: false, store: false });
    t.deepEqual(['rtmp://a/b', 'srt://a:1', 'http://a/', 's3://a'].map(keyWord), ['pushKey', 'pushStreamId', 'pushPassword', 'pushSecret']);
    t.is(nameFor('rtmps://a.rtmps.youtube.com/live2', []), 'youtube');
    t.is(nameFor('rtmps://a.rtmps.youtube.com/live2', ['youtube', 'youtube-2']), 'youtube-3');
    t.is(nameFor('srt://media.example.org:9000', []), 'media');
    for (const url of ['', 'x', 'rtmp://10.0.0.1/live', 'rtmp://[::1]/live', `rtmp://${'a'.repeat(80)}.com/x`, 'rtmp://-/x', 'rtmp://Ü/x']) {
        t.regex(nameFor(url, []), /^[a-z0-9][a-z0-9-]{0,30}$/, url);
    }
});
