/** Home, away, night: what the set that is chosen makes of the settings (ADR 97). Pure. */
import type { Hours } from 'ocellus/app/base/hours';
import { isObject, type JsonObject } from 'ocellus/app/config/json';
import type { ChannelSettings, Settings } from 'ocellus/app/config/settings';

const always: readonly Hours[] = [{ days: 'daily', from: '00:00', to: '24:00' }];

function hours(word: 'same' | 'on' | 'off', own: readonly Hours[]): readonly Hours[] {
    return word === 'same' ? own : word === 'on' ? always : [];
}

function withSet(channel: ChannelSettings, { cameras }: Settings['mode']['home']): ChannelSettings {
    const found = cameras.find((one) => one.channel === channel.name);
    const { record = 'same', detect = 'same' } = found ?? {};
    return {
        ...channel,
        ...(record !== 'same' && { record: { ...channel.record, mode: record } }),
        ...(detect !== 'same' && { motion: { ...channel.motion, enabled: detect === 'on' } }),
        ...(detect === 'off' && { sound: { ...channel.sound, enabled: false } }),
    };
}

/** The settings as they hold: with the set that is chosen in front of them. */
export function withMode(settings: Settings): Settings {
    const { active } = settings.mode;
    if (active === 'none') {
        return settings;
    }
    const set = settings.mode[active];
    const { privacy, events } = settings;
    const notify = set.notify === 'off' ? 'on' : set.notify === 'on' ? 'off' : 'same';
    return {
        ...settings,
        channels: settings.channels.map((channel) => withSet(channel, set)),
        privacy: { ...privacy, schedule: hours(set.privacy, privacy.schedule) },
        events: { ...events, quietHours: hours(notify, events.quietHours) },
    };
}

/** A stored document whose sets follow a camera that is called otherwise; `to` undefined: it is gone. */
export function withCameraRenamed(document: JsonObject, from: string, to: string | undefined): JsonObject {
    const { mode } = document;
    if (!isObject(mode) || from === to) {
        return document;
    }
    const renamed = Object.entries(mode).map(([key, set]): [string, unknown] => {
        if (!isObject(set) || !Array.isArray(set['cameras'])) {
            return [key, set];
        }
        const cameras = set['cameras']
            .filter((one) => !(to === undefined && isObject(one) && one['channel'] === from))
            .map((one: unknown) => (isObject(one) && one['channel'] === from ? { ...one, channel: to } : one));
        return [key, { ...set, cameras }];
    });
    return { ...document, mode: Object.fromEntries(renamed) };
}
