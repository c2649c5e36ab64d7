/** What the page shows, kept in the address so that links and the back button work. */
export type Route =
    | { readonly kind: 'live'; readonly channel: string | undefined }
    | { readonly kind: 'recordings'; readonly channel: string | undefined; readonly path: string | undefined }
    | { readonly kind: 'log' | 'settings' | 'access' };

function decoded(part: string | undefined): string | undefined {
    try {
        return part === undefined ? undefined : decodeURIComponent(part);
    } catch {
        return undefined;
    }
}

/**
 * `#/live/<channel>`, `#/recordings/<channel>/<file>`, `#/log`, `#/settings`, `#/access`; anything else is the live
 * picture of all channels. Without a channel: all of them, or the first.
 */
export function parseRoute(hash: string): Route {
    const [, room, channel, file] = /^#\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(hash) ?? [];
    switch (room) {
        case 'log':
        case 'settings':
        case 'access':
            return { kind: room };
        case 'recordings': {
            const path = channel !== undefined && file !== undefined ? `/recordings/${channel}/${file}` : undefined;
            return { kind: 'recordings', channel: decoded(channel), path };
        }
        default:
            return { kind: 'live', channel: room === 'live' ? decoded(channel) : undefined };
    }
}

/** The address of a channel's live picture. */
export function liveHash(channel: string): string {
    return `#/live/${encodeURIComponent(channel)}`;
}

/** The address of a channel's recordings. */
export function recordingsHash(channel: string): string {
    return `#/recordings/${encodeURIComponent(channel)}`;
}

/** Name of a recording's file as people read it. */
export function fileName(path: string): string {
    const last = path.split('/').at(-1) ?? '';
    return decoded(last) ?? last;
}
