import { Detectors, detectorsOf } from 'ocellus/app/camera/detectors';
import { channelDefaults } from 'ocellus/app/config/settings';
import { assertEqual, test } from 'ocellus/test/harness';
import { FakePlane } from 'ocellus/test/fake-plane';

function channel(enabled: boolean, soundOn = false) {
    const { motion, sound } = channelDefaults;
    return { motion: { ...motion, enabled, minAreaPercent: 3 }, sound: { ...sound, enabled: soundOn } };
}

test('settings of motion and sound as the host takes them', () => {
    assertEqual(detectorsOf(channel(true, true)), {
        sensitivity: 50,
        leastPermille: 30,
        cooldownMs: 10_000,
        zones: '',
        soundDb: 15,
    });
    assertEqual(detectorsOf(channel(false)).sensitivity, 0);
    assertEqual(detectorsOf(channel(false)).soundDb, 0);
});

test('the host hears of a channel that runs, and of what changes', async () => {
    const plane = new FakePlane();
    let channels = new Map([
        ['front', channel(true)],
        ['back', channel(false)],
    ]);
    const detectors = new Detectors(plane, true, (name) => channels.get(name));
    await detectors.follow(0, 'front');
    await detectors.follow(1, 'back'); // off, as it is
    assertEqual(plane.detected.length, 1);
    await detectors.apply();
    assertEqual(plane.detected.length, 1);
    channels = new Map([
        ['front', channel(false)],
        ['back', channel(true)],
    ]);
    await detectors.apply();
    assertEqual(
        plane.detected.map(([number]) => number),
        [0, 0, 1],
    );
});

test('after another script what is off is turned off', async () => {
    const plane = new FakePlane();
    await new Detectors(plane, false, () => channel(false)).follow(3, 'front');
    assertEqual(plane.detected.length, 1);
});
