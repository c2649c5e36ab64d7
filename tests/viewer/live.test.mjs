// The pure parts of the page's WebRTC player: frames, requests, fragments behind gaps, the live edge, when to try again.
import test from 'ava';
import { load } from './load.mjs';
import { box, init, u32 } from './make-mp4.mjs';

const { requestFrame, reportFrame, readFrame } = await load('live/frames.ts');
const { Commands } = await load('live/commands.ts');
const { Fragments } = await load('live/fragments.ts');
const { follow, startEdge, TARGET, JUMP } = await load('live/edge.ts');
const { Backoff } = await load('live/backoff.ts');
const { DeviceClock, ageOf } = await load('live/age.ts');
const { noSoundOf, playableType } = await load('playable.ts');
const { whyRefused } = await load('live/why.ts');
const { isUseful } = await load('live/path.ts');

/** @param {Uint8Array} bytes */
const hex = (bytes) => Buffer.from(bytes).toString('hex');
/** @param {Uint8Array} bytes @returns {ArrayBuffer} */
const whole = (bytes) => Uint8Array.from(bytes).buffer;

test('frames: a request, a report, what comes back', (t) => {
    t.is(hex(requestFrame(7, { command: 'views' })), `0100000000000007${Buffer.from('{"command":"views"}').toString('hex')}`);
    t.is(hex(reportFrame(2, { appendedMs: 1000.9, aheadMs: 150, dropped: 3, visible: true })), '0300000200000000000003e8000000960000000301');
    t.is(hex(reportFrame(513, { appendedMs: -1, aheadMs: -5, dropped: 0, visible: false })), '030002010000000000000000000000000000000000');
    t.deepEqual({ ...readFrame(whole(Buffer.from('02000000000000097b7d', 'hex'))), payload: 0 }, { kind: 'answer', request: 9, payload: 0 });
    t.is(hex(readFrame(whole(Buffer.from('0400000000000009627573', 'hex'))).payload), '627573');
    for (const bad of ['', '01000000000000', '0000000000000000', '0500000000000000']) {
        t.is(readFrame(whole(Buffer.from(bad, 'hex'))), undefined, bad);
    }
    t.is(readFrame(new ArrayBuffer(8 + 16_385)), undefined);
    t.throws(() => requestFrame(1, 'x'.repeat(16_384)), { name: 'RangeError' });
});

/** @param {number} kind @param {number} request @param {string} text */
const reply = (kind, request, text) => whole(Buffer.concat([Buffer.from([kind, 0, 0, 0]), u32(request), Buffer.from(text)]));

test('requests: each has its own answer, an error says why, no more than eight, an end ends all', async (t) => {
    /** @type {Uint8Array[]} */
    const sent = [];
    const port = { readyState: 'connecting', send: (/** @type {Uint8Array} */ data) => sent.push(data) };
    const commands = new Commands(port);
    await t.throwsAsync(commands.request('views'), { message: 'busy' });
    commands.report(2, { appendedMs: 0, aheadMs: 0, dropped: 0, visible: true });
    t.is(sent.length, 0, 'nothing before it is open');
    port.readyState = 'open';
    const [first, second] = [commands.request('views'), commands.request('key', { channel: 'cam1' })];
    t.is(Buffer.from(sent[1] ?? []).subarray(8).toString(), '{"command":"key","channel":"cam1"}');
    commands.take(reply(2, 2, '{"n":2}'));
    commands.take(reply(2, 9, '{"nobody":1}'));
    commands.take(reply(1, 1, 'a request of the device'));
    commands.take(new ArrayBuffer(3));
    t.deepEqual(await second, { n: 2 });
    commands.take(reply(4, 1, 'not now'));
    await t.throwsAsync(first, { message: 'not now' });
    const many = Array.from({ length: 8 }, () => commands.request('views'));
    await t.throwsAsync(commands.request('views'), { message: 'busy' });
    commands.close();
    commands.close();
    for (const one of many) {
        await t.throwsAsync(one, { message: 'closed' });
    }
});

const tracks = [{ id: 1, timescale: 90000, codec: 'mp4v' }, { id: 2, timescale: 8000, codec: 'ulaw', sampleRate: 8000, channels: 1 }];
/** A fragment of one packet. @param {number} sequence @param {{ id?: number, key?: boolean, ticks?: number, bytes?: number }} [of] */
function packet(sequence, { id = 1, key = false, ticks = 0, bytes = 40 } = {}) {
    const trun = box('trun', u32(0x1000305), u32(1), u32(0), u32(key ? 0x02000000 : 0x01010000), u32(3000), u32(bytes));
    const tfdt = box('tfdt', u32(0x1000000), u32(Math.floor(ticks / 2 ** 32)), u32(ticks % 2 ** 32));
    return whole(Buffer.concat([box('moof', box('mfhd', u32(0), u32(sequence)), box('traf', box('tfhd', u32(0x20000), u32(id)), tfdt, trun)), box('mdat', Buffer.alloc(bytes))]));
}
/** A reader that has its init segment. @param {readonly any[]} [of] */
function reader(of = tracks) {
    const fragments = new Fragments();
    fragments.expectInit();
    fragments.take(whole(init(of)));
    return fragments;
}

test('fragments: a gap is skipped up to the next key frame, sound too; keys are where a buffer may be cut', (t) => {
    const fragments = reader();
    const take = (/** @type {number} */ n, /** @type {object} */ of = {}) => fragments.take(packet(n, of));
    t.is(take(5, { key: true, ticks: 2 ** 33 * 90 }), 'append', 'the first is a key frame, whatever its number');
    t.deepEqual([take(6), take(7, { id: 2, key: true })], ['append', 'append']);
    t.deepEqual([take(9), take(10, { id: 2, key: true }), take(11)], ['skip', 'skip', 'skip'], 'eight is missing');
    t.is(fragments.dropped, 3);
    t.deepEqual([take(12, { key: true, ticks: 2 ** 33 * 90 + 90000 }), take(13)], ['append', 'append']);
    t.deepEqual(fragments.keys, [2 ** 33 / 1000, 2 ** 33 / 1000 + 1]);
    fragments.forget(2 ** 33 / 1000 + 1);
    t.deepEqual(fragments.keys, [2 ** 33 / 1000 + 1]);
    t.is(take(0xffff_ffff, { key: true }), 'append');
    t.is(take(0), 'append', 'numbers begin again');
    fragments.lose();
    t.deepEqual([take(1), take(2, { key: true })], ['skip', 'append'], 'what was lost here is a gap too');
});

test('fragments: sound alone needs no picture; a new init segment begins anew', (t) => {
    const fragments = reader(tracks.slice(1));
    t.deepEqual([fragments.take(packet(1, { id: 2, key: true })), fragments.take(packet(4, { id: 2, key: true }))], ['append', 'append']);
    fragments.expectInit();
    t.is(fragments.take(whole(init(tracks))), 'append');
    t.deepEqual([fragments.take(packet(9)), fragments.take(packet(10, { key: true }))], ['skip', 'append']);
});

test('fragments: sound that a browser does not know is left out of the beginning and of what follows', (t) => {
    const fragments = new Fragments();
    fragments.expectInit(true);
    t.is(fragments.take(whole(init(tracks))), 'append');
    t.is(hex(new Uint8Array(fragments.begun)), hex(init(tracks.slice(0, 1))), 'as if the camera had no sound');
    t.is(fragments.take(packet(1, { key: true })), 'append');
    t.is(fragments.begun, undefined);
    const sound = new Uint8Array(packet(2, { id: 2, key: true, bytes: 3000 }));
    t.deepEqual([0, 2000].map((at) => fragments.take(whole(sound.subarray(at, at === 0 ? 2000 : undefined)))), ['skip', 'skip']);
    t.deepEqual([fragments.take(packet(3)), fragments.dropped], ['append', 0], 'which is no gap');
    t.deepEqual([fragments.take(packet(5, { id: 2, key: true })), fragments.take(packet(6)), fragments.take(packet(7, { key: true }))], ['skip', 'skip', 'append']);
});

test('what one track cannot do does not take away what the other can', (t) => {
    const source = { isTypeSupported: (/** @type {string} */ type) => /^(video|audio)\/mp4; codecs="(avc1\.\w+|mp4a\.40\.2|[, ])+"$/.test(type) };
    const of = (/** @type {string} */ mime) => playableType(mime, source);
    t.is(of('video/mp4; codecs="avc1.64001F,mp4a.40.2"'), 'video/mp4; codecs="avc1.64001F,mp4a.40.2"');
    for (const codecs of ['avc1.64001F,alaw', 'ulaw,avc1.64001F', 'avc1.64001F, opus', 'avc1.64001F']) {
        t.is(of(`video/mp4; codecs="${codecs}"`), 'video/mp4; codecs="avc1.64001F"', codecs);
    }
    t.deepEqual([of('video/mp4; codecs="hvc1.1.6.L93,mp4a.40.2"'), of('audio/mp4; codecs="alaw"'), of('')], [undefined, undefined, undefined]);
    const omitted = { video: undefined, audio: undefined };
    const why = (/** @type {string} */ codec, /** @type {string | undefined} */ audio, more = omitted) => noSoundOf({ video: { codec }, audio, omitted: more });
    t.deepEqual([why('h264', 'aac'), why('h265', 'pcmu'), why('mjpeg', 'pcma'), why('h264', undefined), why('h264', '')], ['', 'g711', '', 'none', 'none']);
    t.is(why('h264', undefined, { video: undefined, audio: 'g726' }), 'omitted');
    t.is(noSoundOf({ video: undefined, audio: undefined, omitted }), '', 'nothing is known yet');
});

test('fragments: one in pieces is one; what is no fragment is damaged', (t) => {
    const fragments = reader();
    const large = new Uint8Array(packet(1, { key: true, bytes: 3000 }));
    t.deepEqual([0, 1000, 2000].map((at) => fragments.take(whole(large.subarray(at, at === 2000 ? undefined : at + 1000)))), ['append', 'append', 'append']);
    const lost = new Uint8Array(packet(3, { bytes: 3000 }));
    t.deepEqual([0, 2000].map((at) => fragments.take(whole(lost.subarray(at, at + 2000)))), ['skip', 'skip'], 'all of it or nothing');
    t.is(fragments.take(packet(4, { key: true })), 'append');
    const longer = Buffer.concat([Buffer.from(packet(5)), Buffer.alloc(1)]);
    for (const bad of [new ArrayBuffer(0), new ArrayBuffer(16), whole(Buffer.from('000000ff6d6f6f66', 'hex')), whole(longer)]) {
        t.is(reader().take(bad), 'damaged');
    }
});

/** Plays against a stream that comes in real time. @param {{ behind: number, seconds: number, fresh?: boolean }} from */
function playback({ behind, seconds, fresh = false }) {
    let edge = startEdge(0);
    let jumps = 0;
    const rates = [];
    for (let now = 0; now < seconds; now += 0.1) {
        const next = follow(edge, { behind, joined: true, fresh, stalled: false, now });
        edge = next.edge;
        if (next.jump !== undefined) {
            behind = next.jump;
            jumps++;
        }
        rates.push(edge.rate);
        behind += 0.1 * (1 - edge.rate);
    }
    return { behind, jumps, rates };
}

test('the live edge is reached by rate and kept, without a jump and without swinging', (t) => {
    for (const behind of [0.02, 0.3, 0.9, TARGET + JUMP - 0.05]) {
        const { behind: end, jumps, rates } = playback({ behind, seconds: 40 });
        t.is(jumps, 0);
        t.true(rates.every((rate) => rate >= 0.95 && rate <= 1.1), rates.join(' '));
        t.true(Math.abs(end - TARGET) < 0.09, `from ${behind} to ${end}`);
        const changes = rates.filter((rate, n) => n > 0 && (rate > 1) !== ((rates[n - 1] ?? 1) > 1));
        t.true(changes.length <= 2, rates.join(' '));
    }
    t.deepEqual(playback({ behind: TARGET + 0.05, seconds: 5 }).rates.filter((rate) => rate !== 1), [], 'near it nothing changes');
});

test('a jump: far behind, over a gap, and soon after a beginning', (t) => {
    t.is(playback({ behind: TARGET + JUMP + 0.1, seconds: 1 }).jumps, 1);
    t.is(playback({ behind: 0.8, seconds: 1, fresh: true }).jumps, 1);
    t.is(playback({ behind: TARGET + 0.2, seconds: 1, fresh: true }).jumps, 0);
    t.is(follow(startEdge(0), { behind: 0.2, joined: false, fresh: false, stalled: false, now: 0 }).jump, TARGET);
});

test('each stall moves the target away, calm brings it back', (t) => {
    let edge = startEdge(0);
    const step = (/** @type {boolean} */ stalled, /** @type {number} */ now) => ({ edge } = follow(edge, { behind: 0.2, joined: true, fresh: false, stalled, now }));
    step(true, 1);
    step(true, 2);
    t.true(Math.abs(edge.target - TARGET - 0.1) < 1e-9);
    for (let n = 0; n < 50; n++) step(true, 3);
    t.is(edge.target, 0.6);
    for (let now = 3; now < 300; now++) step(false, now);
    t.is(edge.target, TARGET);
});

test('WebRTC is tried again after 30 s, doubling to 5 min; at once after it played', (t) => {
    const backoff = new Backoff();
    t.true(backoff.ready(0));
    let now = 0;
    for (const wait of [30, 60, 120, 240, 300, 300]) {
        backoff.failed(now, 0);
        t.false(backoff.ready(now + wait * 1000 - 1));
        now += wait * 1000;
        t.true(backoff.ready(now));
    }
    backoff.worked();
    backoff.failed(now, 20_000);
    t.true(backoff.ready(now), 'it played for 20 s');
    backoff.failed(now, 500);
    t.false(backoff.ready(now + 29_999));
    t.true(backoff.ready(now + 30_000));
    backoff.worked();
    backoff.failed(now, 0, 'gone');
    t.true(backoff.ready(now), 'a device that does not answer');
    backoff.failed(now, 0, 'busy');
    t.false(backoff.ready(now + 4999));
    t.true(backoff.ready(now + 5000));
});

test('the age of a picture by the clock of the device, from the quickest answer', (t) => {
    const clock = new DeviceClock();
    t.is(clock.at(5), undefined);
    clock.received(0, 3000, 11_000);
    t.is(clock.at(1200), undefined, 'too slow to say anything');
    clock.received(1000, 1400, 11_000);
    t.is(clock.at(1200), 11_000);
    clock.received(2000, 2010, 11_905);
    t.is(clock.at(2005), 11_905);
    clock.received(3000, 3900, 99_999);
    clock.received(4000, 3000, 1);
    clock.received(4000, 4001, Number.NaN);
    t.is(clock.at(2005), 11_905, 'slow, impossible and empty answers change nothing');
    t.is(ageOf(1000, 5, 6250), 0.25);
    t.is(ageOf(undefined, 5, 6200), undefined);
    t.is(ageOf(1000, 5, undefined), undefined);
    t.is(ageOf(1000, 9, 6200), undefined, 'from the future');
});

test('why an offer was refused', (t) => {
    const kinds = [0, 404, 405, 501, 503, 400].map((status) => whyRefused(status, 'x').kind);
    t.deepEqual(kinds, ['gone', 'older', 'older', 'off', 'busy', 'refused']);
});

test('candidates of TCP stay here: the device refuses them', (t) => {
    t.true(isUseful('candidate:2494479398 1 udp 1518214911 192.0.2.2 40000 typ host generation 0'));
    t.true(isUseful('candidate:1 1 UDP 1518214911 192.0.2.2 40000 typ host'));
    t.true(isUseful(''));
    t.false(isUseful('candidate:2494479398 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active'));
    t.false(isUseful('candidate:1 1'));
});
