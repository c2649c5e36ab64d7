import { findZone, zoneInForce } from 'ocellus/app/base/zone';
import { FakeHost } from 'ocellus/test/fake-plane';
import { assertEqual, test } from 'ocellus/test/harness';

test('system: the zone of the host, asked for each time; UTC when it has none or a wrong one', () => {
    const host = new FakeHost();
    assertEqual(zoneInForce({ timezone: 'system' }, host).name, 'Europe/Berlin');
    host.zones[''] = { name: 'Asia/Tokyo', rule: 'JST-9' };
    assertEqual(zoneInForce({ timezone: 'system' }, host).posix, 'JST-9');
    host.zones[''] = { name: 'Nowhere', rule: 'Nowhere' };
    assertEqual(zoneInForce({ timezone: 'system' }, host).name, 'UTC');
    assertEqual(findZone('system', { zone: () => undefined })?.rule.offset, 0);
});

test('a name wins over a rule of the same spelling; a zone that has gone is UTC', () => {
    const host = new FakeHost();
    assertEqual(findZone('EST5', host)?.rule.offset, -18_000);
    host.zones['EST5'] = { name: 'EST5', rule: 'EST5EDT,M3.2.0,M11.1.0' };
    assertEqual(findZone('EST5', host)?.rule.summer?.offset, -14_400);
    host.zones['Odd/Zone'] = { name: 'Odd/Zone', rule: 'no rule' };
    assertEqual(findZone('Odd/Zone', host), undefined);
    assertEqual(zoneInForce({ timezone: 'Odd/Zone' }, host).posix, 'UTC0');
    assertEqual(findZone('Europe/Nowhere', host), undefined);
});
