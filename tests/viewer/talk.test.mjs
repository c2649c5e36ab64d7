// Talk of the page: what the device gets, and when it ends. [B9] [E8]
import test from 'ava';
import { load } from './load.mjs';

const { VoiceEncoder, alaw } = await load('talk/voice-encoder.ts');
const { Talk, VOICE_LABEL } = await load('talk/talk.ts');

/** A byte of A-law as a sample (ITU-T G.711, table 1a). @param {number} byte */
function linear(byte) {
    const code = byte ^ 0x55;
    const segment = (code >> 4) & 7;
    const value = segment === 0 ? ((code & 15) << 4) + 8 : (((code & 15) << 4) + 0x108) << (segment - 1);
    return (code & 0x80 ? value : -value) / 32768;
}

/** @param {number} seconds @param {number} rate @param {number} frequency */
const tone = (seconds, rate, frequency) => Float32Array.from({ length: seconds * rate }, (_, i) => 0.5 * Math.sin((2 * Math.PI * frequency * i) / rate));

/** How much of a frequency is in a sound of 8 kHz; 0.5: the tone above. @param {number[]} sound @param {number} frequency */
function loudness(sound, frequency) {
    const c = 2 * Math.cos((2 * Math.PI * frequency) / 8000);
    let [s1, s2] = [0, 0];
    for (const sample of sound) [s1, s2] = [sample + c * s1 - s2, s1];
    return (Math.sqrt(s1 * s1 + s2 * s2 - c * s1 * s2) * 2) / sound.length;
}

/** What comes out of pieces of 128. @param {Float32Array} sound @param {number} rate @returns {Uint8Array[]} */
function encode(sound, rate) {
    const encoder = new VoiceEncoder(rate);
    const messages = [];
    for (let at = 0; at < sound.length; at += 128) messages.push(...encoder.add(sound.subarray(at, at + 128)));
    return messages;
}

test('[B9] A-law: each byte is the nearest, and what is too loud is cut off', (t) => {
    for (let byte = 0; byte < 256; byte++) t.is(alaw(linear(byte)), byte, String(byte));
    t.is(alaw(0), 0xd5);
    t.is(alaw(1), 0xaa);
    t.is(alaw(7), 0xaa);
    t.is(alaw(-7), 0x2a);
});

for (const rate of [48_000, 44_100, 16_000, 8000]) {
    test(`[B9] a microphone of ${rate} Hz: messages of 20 ms, numbered, the tone at its frequency`, (t) => {
        const messages = encode(tone(1, rate, 1000), rate);
        t.true(messages.length >= 49 && messages.length <= 50, String(messages.length));
        for (const [index, message] of messages.entries()) {
            const view = new DataView(message.buffer);
            t.deepEqual([message.length, view.getUint16(0), view.getUint32(2)], [166, index, index * 160]);
        }
        const sound = messages.flatMap((message) => [...message.subarray(6)].map(linear));
        t.true(loudness(sound, 1000) > 0.45, String(loudness(sound, 1000)));
        t.true(loudness(sound, 700) < 0.05);
    });
}

test('what is above 4 kHz is damped', (t) => {
    const sound = encode(tone(1, 48_000, 7900), 48_000).flatMap((message) => [...message.subarray(6)].map(linear));
    t.true(loudness(sound, 100) < 0.1, String(loudness(sound, 100)));
    t.throws(() => new VoiceEncoder(4000), { instanceOf: RangeError });
    t.throws(() => new VoiceEncoder(Number.NaN), { instanceOf: RangeError });
});

/** A talk with a channel and a microphone that refuse what real ones refuse. @param {{ microphone?: Error }} [options] */
function talking(options = {}) {
    /** @type {Record<string, ((event: any) => void)[]>} */
    const listeners = {};
    const channel = {
        readyState: 'open',
        bufferedAmount: 0,
        /** @type {Uint8Array[]} */
        sent: [],
        /** @param {Uint8Array} data */
        send(data) {
            if (channel.readyState !== 'open') throw new Error('InvalidStateError');
            channel.sent.push(data);
        },
        close() {
            channel.readyState = 'closing';
        },
        /** @param {string} name @param {(event: any) => void} listener */
        addEventListener(name, listener) {
            listeners[name] = [...(listeners[name] ?? []), listener];
        },
    };
    const microphone = {
        rate: 48_000,
        open: true,
        close() {
            microphone.open = false;
        },
    };
    const page = Object.assign(new EventTarget(), { hidden: false });
    /** @type {any} */
    let events;
    /** @type {any[]} */
    const ends = [];
    const talk = new Talk({
        channel,
        page,
        open: async (/** @type {any} */ given) => {
            events = given;
            if (options.microphone) throw options.microphone;
            return microphone;
        },
        onEnd: (/** @type {any} */ end) => ends.push(end),
    });
    const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
    return {
        talk,
        channel,
        microphone,
        page,
        ends,
        settle,
        events: () => events,
        /** The device closes the channel. @param {string} [text] */
        closes(text) {
            if (text !== undefined) for (const listener of listeners['message'] ?? []) listener({ data: text });
            channel.readyState = 'closed';
            for (const listener of listeners['close'] ?? []) listener({});
        },
    };
}

/** The microphone is closed, the device got the empty message, once. @param {import('ava').ExecutionContext} t @param {ReturnType<typeof talking>} talk @param {object} end */
async function over(t, talk, end) {
    await talk.settle();
    t.deepEqual(talk.ends, [end]);
    t.false(talk.microphone.open);
    t.is(talk.channel.sent.filter(({ length }) => length === 0).length, 1);
    t.is(talk.channel.sent.at(-1)?.length, 0);
    talk.events().onSamples(new Float32Array(9600));
    talk.talk.stop();
    await talk.settle();
    t.is(talk.ends.length, 1);
    t.is(talk.channel.sent.at(-1)?.length, 0, 'nothing leaves after the end');
}

test('[B9] sound leaves as it comes, and not beyond what may wait', async (t) => {
    const one = talking();
    await one.settle();
    one.events().onSamples(new Float32Array(48_000 / 10));
    t.is(one.channel.sent.length, 5);
    one.channel.bufferedAmount = 2000;
    one.events().onSamples(new Float32Array(48_000 / 10));
    t.is(one.channel.sent.length, 5);
    one.talk.stop();
    await over(t, one, { kind: 'stopped' });
    t.is(VOICE_LABEL, 'action=voice&codec=pcma');
});

test('[E8] a hidden page ends it at once', async (t) => {
    const one = talking();
    await one.settle();
    one.page.hidden = true;
    one.page.dispatchEvent(new Event('visibilitychange'));
    t.false(one.microphone.open, 'before anything else');
    await over(t, one, { kind: 'hidden' });
});

test('[E8] a page that is hidden while the person is still asked never talks', async (t) => {
    const one = talking();
    one.page.hidden = true;
    await over(t, one, { kind: 'hidden' });
    t.is(one.channel.sent.length, 1);
});

test('[E8] a microphone that is taken ends it', async (t) => {
    const one = talking();
    await one.settle();
    one.events().onTaken();
    await over(t, one, { kind: 'taken' });
});

test('a microphone that is refused says why', async (t) => {
    const one = talking({ microphone: new Error('Permission denied') });
    await one.settle();
    t.deepEqual(one.ends, [{ kind: 'microphone', why: 'Permission denied' }]);
    t.is(one.channel.readyState, 'closing');
});

test('[B9] the device refuses, or is lost', async (t) => {
    const busy = talking();
    await busy.settle();
    busy.closes('{"error":"busy: somebody else is talking"}');
    await busy.settle();
    t.deepEqual(busy.ends, [{ kind: 'refused', why: 'busy: somebody else is talking' }]);
    t.false(busy.microphone.open);
    const lost = talking();
    await lost.settle();
    lost.closes();
    await lost.settle();
    t.deepEqual(lost.ends, [{ kind: 'lost' }]);
});
