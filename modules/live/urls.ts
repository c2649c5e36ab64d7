/** Addresses of what the host serves by itself (docs/design/api.md). */
import type { StreamName } from 'ocellus/plane';

/** The folder of a stream. */
function folder(channel: string, stream: StreamName): string {
    return `/live/${channel}/${stream === 'sub' ? 'sub/' : ''}`;
}

/** The HLS playlist of a stream. */
export function playlistPath(channel: string, stream: StreamName = 'main'): string {
    return `${folder(channel, stream)}index.m3u8`;
}

/** The same without parts, for players that do not know them. */
export function plainPath(channel: string, stream: StreamName = 'main'): string {
    return `${folder(channel, stream)}plain.m3u8`;
}

/** The multivariant playlist: bit rate, size and codecs. */
export function masterPath(channel: string): string {
    return `/live/${channel}/master.m3u8`;
}

/** Live bodies without an end; null: the format does not carry the picture, or the sound of a channel without one. */
export interface EndlessPaths {
    readonly mp4: string;
    readonly flv: string | null;
    readonly mjpeg: string | null;
    readonly ts: string | null;
}

/** Addresses of the live bodies without an end of a stream; `codec` is that of its picture, or of its sound without one. */
export function endlessPaths(
    channel: string,
    of: { readonly codec: string; readonly stream: StreamName },
): EndlessPaths {
    const path = (ending: string) => `/live/${channel}.${ending}${of.stream === 'sub' ? '?stream=sub' : ''}`;
    const flv = of.codec === 'h264' || of.codec === 'h265';
    const ts = flv || of.codec === 'aac' || of.codec === 'opus';
    return {
        mp4: path('mp4'),
        flv: flv ? path('flv') : null,
        mjpeg: of.codec === 'mjpeg' ? path('mjpeg') : null,
        ts: ts ? path('ts') : null,
    };
}

/** `http://…/` for an address and port that were bound. */
export function serverUrl(address: string, port: number): string {
    return `http://${address.includes(':') ? `[${address}]` : address}:${port}/`;
}
