/** What the settings of recordings mean together: which stream, from when, under which name. Pure. */
import { SettingsError } from 'ocellus/app/config/schema';
import type { ChannelSettings, Settings } from 'ocellus/app/config/settings';
import type { StreamName } from 'ocellus/plane';

/** Whether channels are recorded at all. */
export function isRecorded({ enabled }: Settings['record']): boolean {
    return enabled;
}

/** The name of recordings. */
export function recordingName({ record }: Pick<Settings, 'record'>): string {
    return record.name;
}

/** What the recordings ask of each ring, in seconds; 0: nothing. */
export function recordPrerollSeconds({ enabled, prerollSeconds }: Settings['record']): number {
    return enabled ? prerollSeconds : 0;
}

/** Which stream of a channel is recorded. */
export function recordedStream({ channels }: Settings, name: string): StreamName {
    return channels.find((channel) => channel.name === name)?.record.stream ?? 'main';
}

/** Throws `SettingsError`: a channel without a sub stream cannot record it. `at`: its place. */
export function checkRecordedStream(record: ChannelSettings['record'], hasSub: boolean, at: string): void {
    if (record.stream === 'sub' && !hasSub) {
        const place = `${at}.record.stream`;
        throw new SettingsError(`${place}: "sub" is not allowed: the channel has no sub`, place);
    }
}

/** Throws `SettingsError`: a pre-roll can only reach back as far as the ring does. `where`: in front of messages. */
export function checkPreroll({ channels, record }: Settings, where: string): void {
    for (const [index, { name, ring, prerollSeconds }] of channels.entries()) {
        const needed = Math.max(prerollSeconds, recordPrerollSeconds(record));
        if ('seconds' in ring && needed > ring.seconds) {
            const at = needed > prerollSeconds ? 'record.prerollSeconds' : `channels[${index}].prerollSeconds`;
            throw new SettingsError(
                `${where}prerollSeconds: ${needed} is not allowed for channel ${name}: at most the ${ring.seconds} seconds of its ring`,
                at,
            );
        }
    }
}
