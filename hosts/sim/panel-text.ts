/** What a panel says of the program, as short words. ASCII only: the fonts have nothing else. */
import { type Channel, states } from 'ocellus/sim';

/** Of one channel, whole. */
export interface ChannelText {
    readonly name: string;
    readonly state: string;
    /** Of the picture, with a gap behind it; '': none yet. */
    readonly size: string;
    readonly frames: string;
    readonly rate: string;
    /** Recording and viewers. */
    readonly outputs: string;
    /** '': nothing was lost. */
    readonly trouble: string;
}

/** What the LED of a camera tells who stands before it. */
export type Led = 'off' | 'on' | 'watched';

/** Printable ASCII; '?' for everything else. */
export function ascii(text: string): string {
    return text.replace(/[^ -~]/g, '?');
}

/** Bits per second with three digits or so. */
export function rate(bps: number): string {
    return bps < 999_500 ? `${Math.round(bps / 1000)} kbit/s` : `${(bps / 1e6).toFixed(1)} Mbit/s`;
}

/** The lines of a channel. */
export function channelText(channel: Channel): ChannelText {
    const recording = !channel.recording ? 'no recording' : channel.failing ? 'disk refuses' : 'recording';
    const losses = channel.dropped + channel.lost;
    return {
        name: ascii(channel.name),
        state: states[channel.state] ?? 'unknown',
        size: channel.width > 0 ? `${channel.width}x${channel.height}  ` : '',
        frames: `${(channel.fpsMilli / 1000).toFixed(1)} fps`,
        rate: rate(channel.bitrate),
        outputs: `${recording}, ${channel.viewers} ${channel.viewers === 1 ? 'viewer' : 'viewers'}`,
        trouble: losses > 0 ? `${losses} lost` : '',
    };
}

/** On while a source runs, another colour while somebody watches. */
export function led(channels: readonly Channel[]): Led {
    if (channels.some(({ viewers }) => viewers > 0)) {
        return 'watched';
    }
    return channels.some(({ state }) => states[state] === 'running') ? 'on' : 'off';
}
