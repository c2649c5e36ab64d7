/** From the settings of a channel to what the media plane wants. Pure. */
import { hashText } from 'ocellus/app/base/hash';
import type { ChannelSettings, Settings } from 'ocellus/app/config/settings';
import type { ChannelOptions } from 'ocellus/plane';

/** How to open it. `recordPrerollSeconds`: what the recording of this channel asks for, 0: none. */
export function channelOptions(
    channel: ChannelSettings,
    live: Settings['live'],
    recordPrerollSeconds: number,
): ChannelOptions {
    const { ring } = channel;
    return {
        name: channel.name,
        url: channel.input,
        subUrl: channel.sub,
        audio: channel.audio,
        loop: channel.loop,
        fast: false,
        ringBytes: 'bytes' in ring ? ring.bytes : 0,
        ringMs: 'seconds' in ring ? ring.seconds * 1000 : 0,
        prerollMs: Math.max(channel.prerollSeconds, recordPrerollSeconds) * 1000,
        maxGopBytes: channel.maxGopSize,
        bitrate: 0,
        liveTargetMs: live.targetMs,
        livePartMs: live.partMs,
    };
}

/** Tells whether a running channel is the one that the settings want: published as `config_hash`. */
export function channelHash(options: ChannelOptions): number {
    return hashText(JSON.stringify(options, Object.keys(options).sort()));
}
