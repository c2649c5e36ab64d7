/** The settings that the command `settings` shows and changes, and no others (docs/adr/0079-commands.md). Pure. */
import { type JsonObject, valueAt } from 'ocellus/app/config/json';
import { SettingsError } from 'ocellus/app/config/schema';
import { leaves } from 'ocellus/app/config/stored';

/** Of a channel. */
export const channelKeys: readonly string[] = [
    'motion.enabled',
    'motion.sensitivity',
    'motion.zones',
    'motion.minAreaPercent',
    'motion.cooldownSeconds',
    'sound.enabled',
    'sound.thresholdDb',
    'record.mode',
    'record.schedule',
];

/** Of the camera. */
export const cameraKeys: readonly string[] = ['privacy.schedule', 'events.quietHours', 'cloud.plan', 'mode.active'];

/** Refuses a merge patch that names anything but `keys`, or nothing. Throws `SettingsError`. */
export function checkAllowed(change: JsonObject, keys: readonly string[]): void {
    const places = leaves(change);
    const other = places.find((place) => !keys.includes(place));
    if (other !== undefined) {
        const place = other.slice(0, 60);
        throw new SettingsError(`change: ${place} is not for this command: ${keys.join(', ')}`, place);
    }
    if (places.length === 0) {
        throw new SettingsError('change: nothing is in it', 'change');
    }
}

/** Those of a tree of settings, as a tree. */
export function shownOf(settings: unknown, keys: readonly string[]): JsonObject {
    const shown = new Map<string, Map<string, unknown>>();
    for (const key of keys) {
        const [group = '', name = ''] = key.split('.');
        const values = shown.get(group) ?? new Map<string, unknown>();
        shown.set(group, values.set(name, valueAt(settings, key)));
    }
    // a name: `keys` are those of a list
    return Object.fromEntries([...shown].map(([group, values]) => [group, Object.fromEntries(values)]));
}
