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

/** Names of all channels. */
export function channelNames({ channels }: Pick<Settings, 'channels'>): readonly string[] {
    return channels.map(({ name }) => name);
}

/** What the recordings ask of each ring, in seconds; 0: nothing. */
export function recordPrerollSeconds({ enabled, prerollSeconds }: Settings['record']): number {
    return enabled ? prerollSeconds : 0;
}

/** Where recordings are sent; '': nowhere. */
export function storeOf({ cloud }: Pick<Settings, 'cloud'>): string {
    return cloud.endpoint;
}

/**
 * Which stream of a channel is recorded: the one that the plan of the cloud names, for recordings are what it sends; else
 * the one of the channel. `main` where there is no other.
 */
export function recordedStream(settings: Pick<Settings, 'channels' | 'cloud'>, name: string): StreamName {
    const channel = channelNamed(settings, name);
    const { stream } = settings.cloud;
    const named = storeOf(settings) === '' || stream === 'recorded' ? undefined : stream;
    if (named === undefined || channel === undefined) {
        return channel?.record.stream ?? 'main';
    }
    return channel.sub === '' ? 'main' : named;
}

/** Whether events of a channel make clips. */
export function makesClips({ record }: Pick<ChannelSettings, 'record'>): boolean {
    return record.mode === 'event' || record.mode === 'scheduled-event';
}

/** Whether the hours of a channel say when it is recorded. */
export function followsHours({ record }: Pick<ChannelSettings, 'record'>): boolean {
    return record.mode === 'scheduled' || record.mode === 'scheduled-event';
}

/** The channel of this name; undefined: the settings have none. */
export function channelNamed({ channels }: Pick<Settings, 'channels'>, name: string): ChannelSettings | undefined {
    return channels.find((channel) => channel.name === name);
}

/** Names of the channels where an event makes clips. `channel`: its own; null: it is of the whole device. */
export function clipChannels(
    { channels, record }: Pick<Settings, 'channels' | 'record'>,
    kind: string,
    channel: string | null,
): readonly string[] {
    const makes = record.enabled && record.event.kinds.includes(kind);
    const own = makes ? channels.filter((one) => makesClips(one) && (channel === null || one.name === channel)) : [];
    return own.map(({ name }) => name);
}

/** Names of the channels whose hours say when they are recorded. */
export function hourChannels({ channels }: Pick<Settings, 'channels'>): readonly string[] {
    return channels.filter(followsHours).map(({ name }) => name);
}

/** Times of a clip, in milliseconds. */
export interface ClipTimes {
    readonly preRollMs: number;
    readonly initialMs: number;
    readonly augmentationMs: number;
    readonly maximumMs: number;
    readonly blindMs: number;
}

/** As the settings have them. */
export function clipTimes({ record: { event } }: Pick<Settings, 'record'>): ClipTimes {
    return {
        preRollMs: event.preRollSeconds * 1000,
        initialMs: event.initialSeconds * 1000,
        augmentationMs: event.augmentationSeconds * 1000,
        maximumMs: event.maximumSeconds * 1000,
        blindMs: event.blindSeconds * 1000,
    };
}

/** What clips of events ask of the ring of a channel, in seconds; 0: nothing. */
export function clipPrerollSeconds({ enabled, event }: Settings['record'], channel: ChannelSettings): number {
    return enabled && makesClips(channel) ? event.preRollSeconds : 0;
}

/** The settings that say how long before its cause a recording begins. */
export interface PrerollSettings {
    readonly record: {
        readonly prerollSeconds: number;
        readonly event: Pick<Settings['record']['event'], 'preRollSeconds'>;
    };
    readonly channels: readonly Pick<ChannelSettings, 'prerollSeconds'>[];
}

/** The most that any recording has before its cause, in seconds: so much is kept with a protected event. */
export function longestPrerollSeconds({ record, channels }: PrerollSettings): number {
    const own = channels.map(({ prerollSeconds }) => prerollSeconds);
    return Math.max(record.prerollSeconds, record.event.preRollSeconds, ...own);
}

/** Whether a channel is recorded whatever the hour and whatever happens, when anything is. */
function isContinuous(channel: ChannelSettings | undefined): boolean {
    return channel === undefined || channel.record.mode === 'continuous';
}

/** Whether the settings want the channel of this name recorded whatever the hour and whatever happens. */
export function isAlwaysRecorded(settings: Pick<Settings, 'channels' | 'record'>, name: string): boolean {
    return isRecorded(settings.record) && isContinuous(channelNamed(settings, name));
}

/**
 * Milliseconds for which a channel is recorded from now on without an event, 0: for good; undefined: it is not.
 * `until`: the end of the hours that hold now, in milliseconds from now; 0: nobody knows the time; undefined: none hold.
 */
export function recordedForMs(
    channel: ChannelSettings | undefined,
    until: (hours: ChannelSettings['record']['schedule']) => number | undefined,
): number | undefined {
    if (channel === undefined || isContinuous(channel)) {
        return 0;
    }
    return followsHours(channel) ? until(channel.record.schedule) : undefined;
}

/** The longer of two spans from now on, 0: for good; undefined: none. */
export function longerMs(a: number | undefined, b: number | undefined): number | undefined {
    if (a === undefined || b === undefined) {
        return a ?? b;
    }
    return a === 0 || b === 0 ? 0 : Math.max(a, b);
}

/** Throws `SettingsError`: a channel without a sub stream cannot record it. `at`: its place. */
export function checkRecordedStream({ record, sub }: Pick<ChannelSettings, 'record' | 'sub'>, at: string): void {
    if (record.stream === 'sub' && sub === '') {
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
                `${where}prerollSeconds: ${needed} is not allowed for channel ${name}; use at most the ${ring.seconds} seconds of its ring`,
                at,
            );
        }
    }
}
