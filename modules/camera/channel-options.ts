/** From the settings of a channel to what the media plane wants. Pure. */
import type { ChannelSettings, Settings } from 'ocellus/app/config/settings';
import { withLogin } from 'ocellus/app/config/address';
import { recordOf } from 'ocellus/app/config/settings-shape';
import { channelTable, settingsTable } from 'ocellus/app/config/settings-table';
import type { ChannelOptions } from 'ocellus/plane';

/** A ring holds so much more than the pre-roll of a clip: a GOP, and the way of the event to the script. */
const clipSlackMs = 6000;

/**
 * How to open it. `recordPrerollSeconds`: what the recording of this channel asks for, 0: none; `clipPrerollSeconds`: the
 * same of clips of events, for which a ring that is given in seconds is made long enough.
 */
export function channelOptions(
    channel: ChannelSettings,
    live: Settings['live'],
    recordPrerollSeconds: number,
    clipPrerollSeconds = 0,
): ChannelOptions {
    const record = recordOf<Omit<ChannelOptions, 'fast' | 'bitrate'>>(
        'channel',
        [channelTable, channel],
        [settingsTable, { live }],
    );
    const { user, password } = channel;
    return {
        ...record,
        url: withLogin(record.url, user, password),
        subUrl: withLogin(record.subUrl, user, password),
        ringMs:
            clipPrerollSeconds > 0 && record.ringMs > 0
                ? Math.max(record.ringMs, clipPrerollSeconds * 1000 + clipSlackMs)
                : record.ringMs,
        prerollMs: Math.max(record.prerollMs, recordPrerollSeconds * 1000),
        fast: false,
        bitrate: 0,
    };
}

/** Whether two lists mean another source by the same name: it is closed, and opened again. */
export function isOtherSource(a: ChannelOptions, b: ChannelOptions): boolean {
    const keys = ['url', 'subUrl', 'audio', 'loop', 'fast'] as const;
    return keys.some((key) => a[key] !== b[key]);
}
