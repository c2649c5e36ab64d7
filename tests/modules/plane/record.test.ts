import { type EventBegin, type ListOptions, Plane } from 'ocellus/plane';
import { FakeLink } from 'ocellus/test/fake-link';
import { assertEqual, assertRejects, test } from 'ocellus/test/harness';
import { fieldsOf, itemsOf } from 'ocellus/test/record-fields';
import {
    appMetricsLayout,
    eventToKeepLayout,
    eventToRaiseLayout,
    listenRecordLayout,
    listOptionsLayout,
    retentionLayout,
} from 'ocellus/test/record-layouts';

const list = { channel: 'front', name: '', after: 'a/b', limit: 200, newest: true, from: 2 ** 41 + 5, to: 0 };

/** The parcel that a call posts; it is answered with success. */
async function posted(call: (plane: Plane) => Promise<unknown>): Promise<Uint8Array> {
    const link = new FakeLink();
    const done = call(new Plane(link));
    link.answer(1, 0);
    await done;
    return link.bytes;
}

const listed = (options: object) => posted((plane) => plane.recordings(options as ListOptions));

test('a record has its fields at their places, and what is left out is 0, false or empty', async () => {
    const bytes = await listed(list);
    assertEqual([bytes.length, fieldsOf(listOptionsLayout, bytes)], [listOptionsLayout.bytes, list]);
    const earlier = await listed({ channel: 'front', newest: true });
    const nothing = { name: '', after: '', limit: 0, from: 0, to: 0 };
    assertEqual(fieldsOf(listOptionsLayout, earlier), { ...list, ...nothing });
});

test('texts of any language, lists by line, negative times', async () => {
    const kept = { kind: 'motion', channel: '', data: '{"名":"ü"}', startMs: 1, endMs: undefined };
    const event: EventBegin = { ...kept, mask: 1 };
    const bytes = await posted((plane) => plane.beginEvent(event));
    assertEqual(fieldsOf(eventToKeepLayout, bytes), { ...kept, endMs: -1 });
    const options = { addresses: ['127.0.0.1', '::1'], port: 65_535 } as never;
    const { addresses, port, hosts } = fieldsOf(listenRecordLayout, await posted((plane) => plane.listen(options)));
    assertEqual([addresses, port, hosts], ['127.0.0.1\n::1', 65_535, '']);
});

test('a text that is too long or has a NUL, and a number without a place, are refused by name', async () => {
    const wrong: [object, RegExp][] = [
        [{ channel: 'a'.repeat(32) }, /^channel: longer than 31 bytes$/],
        [{ channel: '字'.repeat(11) }, /^channel: longer/],
        [{ name: 'a\0b' }, /^name: a text with a zero byte$/],
        [{ limit: 2 ** 32 }, /^limit: 4294967296 is not allowed; use a whole number from 0 to 4294967295$/],
        [{ limit: 0.5 }, /^limit: 0.5 is not allowed/],
        [{ limit: -1 }, /^limit: -1 is not allowed/],
        [{ limit: Number.NaN }, /^limit: /],
        [{ from: 2 ** 53 }, /^from: not a number of 53 bits$/],
        [{ to: Number.POSITIVE_INFINITY }, /^to: /],
    ];
    for (const [change, message] of wrong) {
        await assertRejects(listed({ ...list, ...change }), { type: RangeError, message });
    }
    await assertRejects(listed({ ...list, channel: 7 }), { type: TypeError });
    const longest = fieldsOf(listOptionsLayout, await listed({ ...list, channel: 'a'.repeat(31) }));
    assertEqual(longest['channel'], 'a'.repeat(31));
});

test('a text that may be cut ends between two characters', async () => {
    const bytes = await posted((plane) => plane.addEvent('motion', '', `a${'中'.repeat(200)}`));
    assertEqual(fieldsOf(eventToRaiseLayout, bytes)['text'], `a${'中'.repeat(52)}`);
});

test('what follows a record is counted in it', async () => {
    const channels = [
        { name: 'front', maxMB: 1, maxDays: 2 },
        { name: 'back', maxMB: 0, maxDays: 9 },
    ];
    const head = { keepFreePercent: 10, keepFreeMB: 5000, maxMB: 0, maxDays: 0, leadSeconds: 10 };
    const bytes = await posted((plane) => plane.setRetention({ ...head, channels }));
    assertEqual(fieldsOf(retentionLayout, bytes), { ...head, 'channels.length': 2 });
    assertEqual(itemsOf(retentionLayout, bytes), channels);
    const metric = { value: -0.25, name: 'level', help: '电平'.repeat(20), counter: false };
    const [found] = itemsOf(appMetricsLayout, await posted((plane) => plane.reportMetrics([metric])));
    assertEqual(found, { ...metric, help: `${'电平'.repeat(14)}电` });
    assertEqual(itemsOf(appMetricsLayout, await posted((plane) => plane.reportMetrics([]))), []);
});
