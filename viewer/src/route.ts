/** What the page shows, kept in the address so that links and the back button work. */
export type Route =
    | { readonly kind: 'live'; readonly channel: string | undefined }
    | { readonly kind: 'recording'; readonly path: string };

/** `#/live/<channel>` or `#/recordings/<channel>/<file>`; anything else is the first channel's live picture. */
export function parseRoute(hash: string): Route {
    const recording = /^#(\/recordings\/[^/]+\/[^/]+)$/.exec(hash)?.[1];
    if (recording !== undefined) {
        return { kind: 'recording', path: recording };
    }
    const live = /^#\/live\/([^/]+)$/.exec(hash)?.[1];
    try {
        return { kind: 'live', channel: live === undefined ? undefined : decodeURIComponent(live) };
    } catch {
        return { kind: 'live', channel: undefined };
    }
}

/** The address of a channel's live picture. */
export function liveHash(channel: string): string {
    return `#/live/${encodeURIComponent(channel)}`;
}

/** The channel of a recording's path. */
export function channelOf(path: string): string {
    const name = path.split('/')[2] ?? '';
    try {
        return decodeURIComponent(name);
    } catch {
        return name;
    }
}
