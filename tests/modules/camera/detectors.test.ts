import { detectorsOf } from 'ocellus/app/camera/detectors';
import { channelDefaults } from 'ocellus/app/config/settings';
import { assertEqual, test } from 'ocellus/test/harness';

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
