/** From the settings of a channel to what the media plane wants. Pure. */
import { hashText } from 'ocellus/app/base/hash';
import type { ChannelSettings, Settings } from 'ocellus/app/config/settings';
import { recordOf } from 'ocellus/app/config/settings-shape';
import { channelTable, settingsTable } from 'ocellus/app/config/settings-table';
import type { ChannelOptions } from 'ocellus/plane';
import type { ChannelRecord } from 'ocellus/settings-record';

/** How to open it. `recordPrerollSeconds`: what the recording of this channel asks for, 0: none. */
export function channelOptions(
    channel: ChannelSettings,
    live: Settings['live'],
    recordPrerollSeconds: number,
): ChannelOptions {
    const record = recordOf<ChannelRecord>('channel', [channelTable, channel], [settingsTable, { live }]);
    return {
        ...record,
        prerollMs: Math.max(record.prerollMs, recordPrerollSeconds * 1000),
        fast: false,
        bitrate: 0,
    };
}

/** Tells whether a running channel is the one that the settings want: published as `config_hash`. */
export function channelHash(options: ChannelOptions): number {
    return hashText(JSON.stringify(options, Object.keys(options).sort()));
}
