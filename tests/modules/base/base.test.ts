import { Events } from 'ocellus/app/base/events';
import { hashText } from 'ocellus/app/base/hash';
import { backoffMs, sleep, withDeadline } from 'ocellus/app/base/time';
import { errorNumbers, OcellusError } from 'ocellus/error';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

test('events: in order, an error of one listener stops no other, off works twice', () => {
    const events = new Events<{ count: number }>();
    const seen: string[] = [];
    const off = events.on('count', (value) => void seen.push(`a${value}`));
    events.on('count', () => {
        throw new Error('listener');
    });
    events.on('count', (value) => void seen.push(`b${value}`));
    events.emit('count', 1);
    off();
    off();
    events.emit('count', 2);
    assertEqual(seen, ['a1', 'b1', 'b2']);
});

test('events: a listener that comes or goes while they are called', () => {
    const events = new Events<{ x: number }>();
    let late = 0;
    events.on('x', () => {
        events.on('x', () => void late++);
    });
    events.emit('x', 0);
    assertEqual(late, 0);
    events.emit('x', 0);
    assertEqual(late, 1);
});

test('hash: known values of FNV-1a, never 0', () => {
    assertEqual(hashText(''), 0x811c9dc5);
    assertEqual(hashText('a'), 0x2b24d044); // over 61 00
    assertEqual(hashText('日本'), 0xa041c2aa); // over e5 65 2c 67
    assert(hashText('a') !== hashText('b'));
    assert(hashText('ab') !== hashText('ba'));
    assert(hashText('\u0100') !== hashText('\u0001'));
});

test('a deadline: the result in time, TIMEOUT after it, the reason of a failure as it is', async () => {
    await withFakeTimers(async (clock) => {
        assertEqual(await withDeadline(Promise.resolve(7), 1000, 'x'), 7);
        assertEqual(clock.waiting.size, 0);
        await assertRejects(withDeadline(Promise.reject(new Error('own')), 1000, 'x'), { message: /^own$/ });
        const late = withDeadline(new Promise(() => undefined), 1000, 'disk');
        const failed = assertRejects(late, { type: OcellusError, message: /^disk: no answer within 1 s$/ });
        await clock.advance(1000);
        await failed;
        assertEqual(clock.waiting.size, 0);
    });
});

test('a sleep of 60 days takes 60 days and can be ended', async () => {
    await withFakeTimers(async (clock) => {
        const day = 86_400_000;
        let done = false;
        let over = false;
        void sleep(60 * day).then(() => {
            done = true;
        });
        await clock.advance(60 * day - 1);
        assert(!done, 'too early');
        await clock.advance(1);
        assert(done, 'too late');
        const ended = sleep(60 * day, () => over);
        await clock.advance(day);
        over = true;
        await clock.advance(3_600_000);
        await ended;
    });
});

test('back-off doubles from 1 s to 30 s', () => {
    assertEqual([0, 1, 2, 3, 4, 5, 6, 1000].map(backoffMs), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('errors by number: name, own text, and numbers nobody knows', () => {
    for (const [code, number] of Object.entries(errorNumbers)) {
        assertEqual<string>(OcellusError.fromNumber(number).code, code);
    }
    assertEqual(OcellusError.fromNumber(-14).message, 'no space left on the device');
    assertEqual(OcellusError.fromNumber(-14, 'why').message, 'why');
    assertEqual(OcellusError.fromNumber(-77).code, 'IO');
    assert(OcellusError.fromNumber(-1) instanceof Error);
});
