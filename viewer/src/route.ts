/** What the page shows, kept in the address so that links and the back button work. */
export type Route =
    | { readonly kind: 'live'; readonly channel: string | undefined }
    | {
          readonly kind: 'recordings';
          readonly channel: string | undefined;
          readonly path: string | undefined;
          /** "2026-11-22" by the clock of the device. */
          readonly day?: string;
          /** Milliseconds since 1970. */
          readonly at?: number;
      }
    | { readonly kind: 'log' | 'settings' | 'update' | 'access' | 'panel' };

/** A part of an address as it was written; undefined: it is none. */
export function decoded(part: string | undefined): string | undefined {
    try {
        return part === undefined ? undefined : decodeURIComponent(part);
    } catch {
        return undefined;
    }
}

/**
 * `#/live/<channel>`, `#/recordings/<channel>/<file, day or instant>`, `#/log`, `#/settings`, `#/update`, `#/access`, `#/panel`; anything else is the live
 * picture of all channels. Without a channel: all of them, or the first.
 */
export function parseRoute(hash: string): Route {
    const [, room, channel, file] = /^#\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(hash) ?? [];
    switch (room) {
        case 'log':
        case 'settings':
        case 'update':
        case 'access':
        case 'panel':
            return { kind: room };
        case 'recordings': {
            const at = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(file ?? '') ? Date.parse(file ?? '') : Number.NaN;
            const day = /^\d{4}-\d\d-\d\d$/.test(file ?? '') ? file : undefined;
            if (day !== undefined || !Number.isNaN(at)) {
                return { kind: 'recordings', channel: decoded(channel), path: undefined, ...(day === undefined ? { at } : { day }) };
            }
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
