/** Motion and sound: what the settings of a channel ask the host to look for. Pure. */
import type { Settings } from 'ocellus/app/config/settings';
import type { Detectors } from 'ocellus/plane';

type Channel = Pick<Settings['channels'][number], 'motion' | 'sound'>;

/** Of a channel of the settings. */
export function detectorsOf({ motion, sound }: Channel): Detectors {
    return {
        sensitivity: motion.enabled ? motion.sensitivity : 0,
        leastPermille: motion.minAreaPercent * 10,
        cooldownMs: motion.cooldownSeconds * 1000,
        zones: motion.zones,
        soundDb: sound.enabled ? sound.thresholdDb : 0,
    };
}

/** Of a channel at which nothing is looked for. */
export const noDetectors: Detectors = Object.freeze({
    sensitivity: 0,
    leastPermille: 0,
    cooldownMs: 0,
    zones: '',
    soundDb: 0,
});
