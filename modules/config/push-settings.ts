/**
 * What settings may say of targets of live push, as far as every host has to know: part of settings-table.ts. The rest is
 * checked where they are changed and used (`ocellus/app/live/push-rules`), for a board has no room for it. Pure.
 */
import { flag, list, object, type Schema, text, type TypeOf, whole } from 'ocellus/app/config/schema';

/** Pushes at a time, and targets. */
export const pushesMax = 16;

/** Made when it is asked for: kept, it takes 2 KB of a board's heap. */
function targets() {
    // nothing of it is shown: it may be a secret at a wrong place
    const line = text(/^[ -~]{0,512}$/, 'at most 512 characters of ASCII', () => '***');
    const words = { name: line, url: line, key: line, passphrase: line, user: line, endpoint: line, region: line };
    const watch = object({ rtmp: line, hls: line, flv: line, page: line });
    const more = { account: line, stream: line, watch, audioOnly: flag(), pin: line };
    const links = { linkSecret: line, linkSeconds: whole(1, 31_536_000) };
    return list(object({ ...words, ...more, ...links }), pushesMax, 0);
}

/** `live.targets`. */
export const pushTargetsSchema: Schema<TypeOf<ReturnType<typeof targets>>> = {
    kind: 'list',
    get items() {
        return targets().items as NonNullable<Schema<unknown>['items']>;
    },
    get allowed() {
        return targets().allowed;
    },
    read: (value, at) => targets().read(value, at),
};
