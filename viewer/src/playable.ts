/** Which player a stream needs, and whether this browser has what it takes. */
import type { Channel, Stream } from './status.js';

/** video: a video element, by HLS or as a file; packets: own player for Motion JPEG and G.711; none: nothing here plays it. */
export type Way = 'video' | 'packets' | 'none';

/** An example of each codec, as browsers want to be asked. */
const examples: Readonly<Record<string, string>> = {
    h264: 'video/mp4; codecs="avc1.640028"',
    h265: 'video/mp4; codecs="hvc1.1.6.L120.90"',
    aac: 'audio/mp4; codecs="mp4a.40.2"',
    opus: 'audio/mp4; codecs="opus"',
};

interface Asked {
    isTypeSupported(type: string): boolean;
}

function sources(): Asked | undefined {
    const known = globalThis as unknown as { ManagedMediaSource?: Asked; MediaSource?: Asked };
    return known.MediaSource ?? known.ManagedMediaSource;
}

/** Whether the browser decodes a codec; one that nobody knows is tried. */
export function decodes(codec: string): boolean {
    const example = examples[codec];
    if (example === undefined) {
        return true;
    }
    const source = sources();
    return source ? source.isTypeSupported(example) : document.createElement('video').canPlayType(example) !== '';
}

/** A type of each codec for Media Source Extensions. */
const types: Readonly<Record<string, string>> = { h264: 'avc1.640028', h265: 'hvc1.1.6.L120.90', aac: 'mp4a.40.2', opus: 'opus' };

/** Type of all of a stream for Media Source Extensions; empty: it is not for them as a whole, or its codecs are not known yet. */
export function typeOf({ video, audio }: Pick<Stream, 'video' | 'audio'>): string {
    const codecs = [video?.codec, audio].filter((codec) => codec !== undefined && codec !== '').map((codec) => types[codec ?? '']);
    const type = `video/mp4; codecs="${codecs.join(', ')}"`;
    const known = video !== undefined && !codecs.includes(undefined) && 'MediaSource' in globalThis;
    return known && MediaSource.isTypeSupported(type) ? type : '';
}

/** The part of a media type that a browser plays: all of it, else its picture without the sound. undefined: none of it. */
export function playableType(mime: string, source: Asked): string | undefined {
    const picture = /\b(?:avc|hvc|hev)[^",]*/.exec(mime)?.[0];
    return [mime, ...(picture === undefined ? [] : [`video/mp4; codecs="${picture}"`])].find((type) => source.isTypeSupported(type));
}

/** No browser plays G.711 out of MP4, and beside Motion JPEG alone the page has a player of its own for it. */
export function isSilent(video: string | undefined, audio: string | undefined): boolean {
    return video !== undefined && video !== 'mjpeg' && (audio === 'pcma' || audio === 'pcmu');
}

/** Why a live stream is without sound, `noSound.…`; empty: it is heard, or its tracks are not known yet. */
export function noSoundOf(stream: Pick<Stream, 'video' | 'audio' | 'omitted'>): 'g711' | 'omitted' | 'none' | '' {
    const { video, audio, omitted } = stream;
    if (video === undefined) {
        return '';
    }
    if (audio === undefined || audio === '') {
        return omitted.audio === undefined ? 'none' : 'omitted';
    }
    return isSilent(video.codec, audio) ? 'g711' : '';
}

/** How a stream is played. Before its codecs are known it is a video. */
export function wayOf(stream: Pick<Stream, 'video' | 'audio'>): Way {
    const codec = stream.video?.codec ?? stream.audio ?? '';
    if (codec === 'mjpeg' || codec === 'pcma' || codec === 'pcmu') {
        return 'packets';
    }
    return decodes(codec) ? 'video' : 'none';
}

/** The stream to show: the small one in tiles, and wherever the main one cannot be played. */
export function streamFor(channel: Channel, small: boolean): Stream {
    const { sub } = channel;
    const usable = sub !== undefined && sub.state === 'running' && wayOf(sub) !== 'none';
    return usable && (small || wayOf(channel) === 'none') ? sub : channel;
}

/** Names of codecs as people write them. */
export function codecName(codec: string): string {
    const names: Readonly<Record<string, string>> = {
        h264: 'H.264',
        h265: 'H.265 (HEVC)',
        mjpeg: 'Motion JPEG',
        aac: 'AAC',
        opus: 'Opus',
        pcma: 'G.711 A-law',
        pcmu: 'G.711 µ-law',
    };
    return names[codec] ?? codec;
}
