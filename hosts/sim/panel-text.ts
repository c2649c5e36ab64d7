/** What a panel says of the program, as short words. ASCII only: the fonts have nothing else. */
import { type Channel, reasons, type Status, states } from 'ocellus/sim';

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
export type Led = 'off' | 'on' | 'watched' | 'private';

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

/** Of the light: on while a source is open, another colour while somebody watches. */
export function led({ privacy, sensorOn, watching }: Status): Led {
    if (watching) {
        return 'watched';
    }
    return sensorOn ? 'on' : privacy !== 0 ? 'private' : 'off';
}

/** Why nothing is captured; '': privacy mode is off. */
export function privacyText({ privacy }: Status): string {
    const words = reasons.filter((_, bit) => (privacy & (1 << bit)) !== 0);
    return words.length === 0 ? '' : `private: ${words.join(', ')}`;
}
