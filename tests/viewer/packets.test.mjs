// Sound and picture together: G.711 by its own rules, the map of times, the bound of the queue.
import test from 'ava';
import { load } from './load.mjs';

const { decodeG711, isG711 } = await load('packets/g711.ts');
const { Pace } = await load('packets/pace.ts');
const { BoundedQueue } = await load('packets/queue.ts');

/** What one byte decodes to, in steps of 16 bits. @param {string} codec @param {number} byte */
const value = (codec, byte) => decodeG711(codec, new Uint8Array([byte]), 1)[0][0] * 32768;

test('G.711: corner values of both laws, symmetry, order', (t) => {
    // ITU-T G.191 (g711.c): end points and the smallest steps
    t.deepEqual([0x00, 0x7f, 0x80, 0xff, 0xfe].map((byte) => value('ulaw', byte)), [-32124, -0, 32124, 0, 8]);
    t.deepEqual([0xd5, 0x55, 0xaa, 0x2a, 0xd4].map((byte) => value('alaw', byte)), [8, -8, 32256, -32256, 24]);
    for (const codec of ['ulaw', 'alaw']) {
        const all = Array.from({ length: 256 }, (_, byte) => value(codec, byte));
        t.is(new Set(all).size, codec === 'ulaw' ? 255 : 256, 'each byte is a level; mu-law has two zeros');
        t.true(all.every((level, byte) => level === -(all[byte ^ 0x80] ?? 0)));
    }
    t.true(isG711('ulaw') && isG711('alaw') && !isG711('mp4a') && !isG711('toString'));
});

test('G.711: channels alternate, half a frame is dropped, nonsense is nothing', (t) => {
    const [left, right] = decodeG711('ulaw', new Uint8Array([0x00, 0x80, 0xff, 0xff, 0x00]), 2);
    t.deepEqual([...left].map((v) => v * 32768), [-32124, 0]);
    t.deepEqual([...right].map((v) => v * 32768), [32124, 0]);
    t.deepEqual(decodeG711('ulaw', new Uint8Array(4), 0), []);
    t.deepEqual(decodeG711('mp4a', new Uint8Array(4), 1), []);
});

test('live: a steady stream is shown one delay after it came, picture and sound by the same map', (t) => {
    const pace = new Pace({ delay: 0.25, live: true });
    for (let n = 0; n < 300; n++) {
        const [stream, now] = [500 + n / 30, 10 + n / 30];
        t.is(pace.arrived(stream, now), n === 0);
        t.true(Math.abs(pace.due(stream) - now - 0.25) < 1e-9);
    }
    t.true(Math.abs(pace.at(20) - (500 + 20 - 10 - 0.25)) < 1e-9);
});

test('live: jitter below the delay changes nothing; a break begins anew', (t) => {
    const pace = new Pace({ delay: 0.25, live: true });
    pace.arrived(0, 0);
    for (let n = 1; n < 600; n++) {
        t.false(pace.arrived(n / 30, n / 30 + (n % 7) * 0.03));
    }
    t.true(Math.abs(pace.due(20) - 20.25) < 1e-9);
    t.true(pace.arrived(100, 20.1), 'the stream jumped ahead');
    t.true(Math.abs(pace.due(100) - 20.35) < 1e-9);
    t.true(pace.arrived(100.1, 30), 'ten seconds of silence');
    t.true(pace.arrived(5, 30.1), 'the stream began again');
    t.true(Math.abs(pace.due(5) - 30.35) < 1e-9);
});

test('live: what was late for good gets its reserve back, what is early for good is taken back slowly', (t) => {
    const late = new Pace({ delay: 0.25, live: true });
    late.arrived(0, 0);
    for (let n = 1; n < 30 * 20; n++) {
        late.arrived(n / 30, n / 30 + 0.4);
    }
    t.true(late.due(20) >= 20.4 - 1e-9, `due ${late.due(20)}`);
    const early = new Pace({ delay: 0.25, live: true });
    early.arrived(0, 0.6);
    let before = early.due(0);
    for (let n = 1; n < 30 * 120; n++) {
        early.arrived(n / 30, n / 30);
        const now = early.due(0);
        t.true(before - now <= 0.0201, 'no step that is heard');
        before = now;
    }
    t.true(before < 0.45, `still ${before} ahead`);
});

test('a file: never made anew, whatever comes when; pauses shift it', (t) => {
    const pace = new Pace({ delay: 0.1, live: false });
    t.true(pace.arrived(0, 0));
    t.false(pace.arrived(50, 0.01));
    t.is(pace.due(50), 50.1);
    pace.shift(3);
    t.is(pace.due(50), 53.1);
});

test('the queue is bounded in entries and bytes, the oldest go', (t) => {
    const queue = new BoundedQueue({ entries: 3, bytes: 100 });
    for (let n = 1; n <= 5; n++) {
        queue.push(n, 10);
    }
    t.deepEqual([queue.length, queue.bytes, queue.dropped, queue.peek()], [3, 30, 2, 3]);
    queue.push(6, 90);
    t.deepEqual([queue.length, queue.bytes, queue.shift(), queue.shift()], [2, 100, 5, 6]);
    queue.push(7, 101);
    t.deepEqual([queue.length, queue.bytes, queue.shift()], [0, 0, undefined]);
});
