/** Addresses of what the host serves by itself (docs/design/api.md). */

/** The HLS playlist of a channel. */
export function playlistPath(channel: string): string {
    return `/live/${channel}/index.m3u8`;
}

/** The same without parts, for players that do not know them. */
export function plainPath(channel: string): string {
    return `/live/${channel}/plain.m3u8`;
}

/** The multivariant playlist: bit rate, size and codecs. */
export function masterPath(channel: string): string {
    return `/live/${channel}/master.m3u8`;
}

/** `http://…/` for an address and port that were bound. */
export function serverUrl(address: string, port: number): string {
    return `http://${address.includes(':') ? `[${address}]` : address}:${port}/`;
}
