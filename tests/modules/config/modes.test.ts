import { patchChannel, removeChannel } from 'ocellus/app/config/change';
import { loadSettings } from 'ocellus/app/config/load';
import { FakeHost } from 'ocellus/test/fake-plane';
import { assertEqual, test } from 'ocellus/test/harness';

const away = {
    privacy: 'on',
    notify: 'off',
    cameras: [
        { channel: 'door', record: 'event', detect: 'on' },
        { channel: 'gone', record: 'never' },
    ],
};
const night = { privacy: 'off', notify: 'on', cameras: [{ channel: 'door', record: 'same', detect: 'off' }] };
const document = (active: string) => ({
    channels: [
        { name: 'door', input: 'fake:', sound: { enabled: true } },
        { name: 'yard', input: 'fake:', record: { mode: 'never' } },
    ],
    privacy: { schedule: [{ from: '08:00', to: '09:00' }] },
    events: { quietHours: [{ from: '22:00', to: '06:00' }] },
    mode: { active, away, night },
});
const load = (active: string) => {
    const { facts } = new FakeHost({ stored: { path: 'settings', text: JSON.stringify(document(active)) } });
    return loadSettings(facts);
};
const shown = (active: string) => {
    const { channels, privacy, events } = load(active).settings;
    const modes = channels.map(({ record, motion, sound }) => [record.mode, motion.enabled, sound.enabled]);
    const from = (hours: readonly { readonly from: string }[]) => hours.map((one) => one.from);
    return [...modes, from(privacy.schedule), from(events.quietHours)];
};

test('no set: every camera as its own settings say', () => {
    assertEqual(shown('none'), [['continuous', false, true], ['never', false, false], ['08:00'], ['22:00']]);
});

test('a set that says nothing changes nothing', () => {
    assertEqual(shown('home'), shown('none'));
});

test('a set holds in front of the settings, of each camera and of the whole device', () => {
    assertEqual(shown('away'), [['event', true, true], ['never', false, false], ['00:00'], ['00:00']]);
    assertEqual(shown('night'), [['continuous', false, false], ['never', false, false], [], []]);
});

test('what is edited and stored stays without the set', () => {
    const { edited, stored, problems } = load('away');
    assertEqual(edited.channels[0]?.record.mode, 'continuous');
    assertEqual(edited.privacy.schedule, [{ from: '08:00', to: '09:00' }]);
    const patched = patchChannel('yard', { title: 'Yard' })(stored.document, edited);
    assertEqual((patched.channels as readonly object[])[0], document('away').channels[0]);
    assertEqual(problems, []);
});

test('sets follow a camera that is renamed, and forget one that is removed', () => {
    const { edited, stored } = load('away');
    const cameras = (of: { readonly mode?: unknown }) =>
        (of.mode as typeof away & { away: typeof away }).away.cameras.map(({ channel }) => channel);
    assertEqual(cameras(patchChannel('door', { name: 'gate' })(stored.document, edited)), ['gate', 'gone']);
    assertEqual(cameras(removeChannel('door')(stored.document, edited)), ['gone']);
});

test('a set of a newer version, or a wrong one, is left out with a line', () => {
    const text = JSON.stringify({ mode: { active: 'party', away: { ...away, lights: 'on' } } });
    const { settings, problems } = loadSettings(new FakeHost({ stored: { path: 'settings', text } }).facts);
    assertEqual([settings.mode.active, settings.mode.away.privacy, problems.length], ['none', 'on', 2]);
});
