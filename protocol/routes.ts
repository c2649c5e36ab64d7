/**
 * Every address that the HTTP server answers: its methods, who may ask, what the body may be, who answers. The host judges
 * by it (hosts/posix/access/oc_route_table.h), the API's routes are checked against it as they are compiled, the matrix of
 * docs/design/api.md and the tests of it are made of it (tools/protocol/routes.mjs).
 */

/** Who answers. */
export type Area =
    | 'viewer'
    | 'login'
    | 'panel'
    | 'health'
    | 'metrics'
    | 'watch'
    | 'live'
    | 'picture'
    | 'thumbnail'
    | 'event'
    | 'span'
    | 'recordings'
    /** The host: sessions, people, links. */
    | 'access'
    /** The host: updates of the application. */
    | 'update'
    /** The application; what is not listed below "/api/" is its own. */
    | 'api'
    /** Nobody. */
    | 'nowhere';

/** Who may ask where a login is needed. Everybody: without one. Link: by the token in the address. */
export type Who = 'everybody' | 'link' | 'user' | 'owner';

/** What somebody must be allowed to do who has chosen acts at chosen cameras; '': such may not ask. 'any': each of them may. */
export type Act = '' | 'any' | 'see' | 'look' | 'talk' | 'change' | 'delete';

/** Of which cameras: `path` names one, `all` of them are meant, or the answer is `narrowed` to those that are permitted. */
export type Place = '' | 'path' | 'all' | 'narrowed';

/** What comes in: JSON, a form of a page, WebRTC's SDP besides JSON, a bundle. */
export type Taken = '' | 'json' | 'form' | 'sdp' | 'bundle';

/** One row. */
export interface Route {
    /**
     * `$`: the name of a camera; `#`: a number; `*`: one part or what is left of it; `**`: all that follows, with slashes; `|`:
     * what follows is what its area is given. The first row that fits has it.
     */
    readonly path: string;
    /** GET is HEAD too. Others get 405, but what the application answers itself. */
    readonly methods: string;
    readonly area: Area;
    readonly who: Who;
    readonly act?: Act;
    readonly place?: Place;
    readonly taken?: Taken;
    /** The host can answer it in the script's place. */
    readonly fallback?: true;
}

/** In the order in which they are looked for. */
export const routes = [
    { path: '/|', methods: 'GET', area: 'viewer', who: 'user', act: 'any', place: 'narrowed' },
    { path: '/login', methods: 'GET POST', area: 'login', who: 'everybody', taken: 'form' },
    { path: '/logout', methods: 'POST', area: 'access', who: 'user', act: 'any', place: 'narrowed', taken: 'form' },
    { path: '/healthz', methods: 'GET', area: 'health', who: 'everybody' },
    { path: '/readyz', methods: 'GET', area: 'health', who: 'everybody' },
    { path: '/metrics', methods: 'GET', area: 'metrics', who: 'user' },
    { path: '/w/|**', methods: 'GET', area: 'watch', who: 'link' },

    { path: '/live/|$/*', methods: 'GET', area: 'live', who: 'user', act: 'see', place: 'path' },
    { path: '/live/|$/sub/*', methods: 'GET', area: 'live', who: 'user', act: 'see', place: 'path' },
    { path: '/live/|$.mp4', methods: 'GET', area: 'live', who: 'user', act: 'see', place: 'path' },
    { path: '/live/|$.flv', methods: 'GET', area: 'live', who: 'user', act: 'see', place: 'path' },
    { path: '/live/|$.mjpeg', methods: 'GET', area: 'live', who: 'user', act: 'see', place: 'path' },
    { path: '/live/|$.ts', methods: 'GET', area: 'live', who: 'user', act: 'see', place: 'path' },
    { path: '/snapshot/|$.jpg', methods: 'GET', area: 'picture', who: 'user', act: 'see', place: 'path' },
    { path: '/thumbnail/event/|#.jpg', methods: 'GET', area: 'event', who: 'user', act: 'look', place: 'all' },
    { path: '/thumbnail/|$.jpg', methods: 'GET', area: 'thumbnail', who: 'user', act: 'look', place: 'path' },
    { path: '/playback/|$/index.m3u8', methods: 'GET', area: 'span', who: 'user', act: 'look', place: 'path' },
    { path: '/export/|$.mp4', methods: 'GET', area: 'span', who: 'user', act: 'look', place: 'path' },
    { path: '/|recordings/$/*.mp4', methods: 'GET', area: 'recordings', who: 'user', act: 'look', place: 'path' },
    { path: '/|recordings/$/*.mp4/keys', methods: 'GET', area: 'recordings', who: 'user', act: 'look', place: 'path' },

    { path: '/live/**', methods: 'GET', area: 'nowhere', who: 'user' },
    { path: '/snapshot/**', methods: 'GET', area: 'nowhere', who: 'user' },
    { path: '/thumbnail/**', methods: 'GET', area: 'nowhere', who: 'user' },
    { path: '/playback/**', methods: 'GET', area: 'nowhere', who: 'user' },
    { path: '/export/**', methods: 'GET', area: 'nowhere', who: 'user' },
    { path: '/recordings/**', methods: 'GET', area: 'nowhere', who: 'user' },

    { path: '/app/|', methods: 'GET', area: 'panel', who: 'user' },
    { path: '/app/|~**', methods: 'GET', area: 'panel', who: 'everybody' },
    { path: '/app/|**', methods: 'GET', area: 'panel', who: 'user' },

    { path: '|/api/session', methods: 'GET', area: 'access', who: 'user', act: 'any', place: 'narrowed' },
    { path: '|/api/claim', methods: 'GET POST', area: 'access', who: 'everybody', taken: 'json' },
    { path: '|/api/password', methods: 'PUT', area: 'access', who: 'user', act: 'any', place: 'narrowed', taken: 'json' },
    { path: '|/api/password/remove', methods: 'POST', area: 'access', who: 'user', act: 'any', place: 'narrowed', taken: 'json' },
    { path: '|/api/sessions', methods: 'GET DELETE', area: 'access', who: 'owner' },
    { path: '|/api/sessions/*', methods: 'DELETE', area: 'access', who: 'owner' },
    { path: '|/api/users', methods: 'GET POST', area: 'access', who: 'owner', taken: 'json' },
    { path: '|/api/users/*', methods: 'PATCH DELETE', area: 'access', who: 'owner', taken: 'json' },
    { path: '|/api/links', methods: 'GET POST DELETE', area: 'access', who: 'owner', taken: 'json' },
    { path: '|/api/links/*', methods: 'DELETE', area: 'access', who: 'owner' },
    { path: '|/api/network', methods: 'GET', area: 'access', who: 'owner' },
    { path: '|/api/restart', methods: 'POST', area: 'access', who: 'owner', taken: 'json' },

    { path: '|/api/update', methods: 'GET', area: 'update', who: 'user' },
    { path: '|/api/update', methods: 'POST', area: 'update', who: 'owner', taken: 'bundle' },
    { path: '|/api/update/rollback', methods: 'POST', area: 'update', who: 'owner' },
    { path: '|/api/update/check', methods: 'POST', area: 'api', who: 'owner', taken: 'json' },

    { path: '|/api/status', methods: 'GET', area: 'api', who: 'user', act: 'any', place: 'narrowed', fallback: true },
    { path: '|/api/recordings', methods: 'GET', area: 'api', who: 'user', act: 'look', place: 'narrowed' },
    { path: '|/api/recordings/$/*', methods: 'DELETE', area: 'api', who: 'owner', act: 'delete', place: 'path' },
    { path: '|/api/timeline', methods: 'GET', area: 'api', who: 'user', act: 'look', place: 'narrowed' },
    { path: '|/api/days', methods: 'GET', area: 'api', who: 'user', act: 'look', place: 'narrowed' },
    { path: '|/api/event-log', methods: 'GET', area: 'api', who: 'user', act: 'look', place: 'narrowed' },
    { path: '|/api/event-log/*', methods: 'PATCH DELETE', area: 'api', who: 'owner', act: 'delete', place: 'all', taken: 'json' },
    { path: '|/api/events', methods: 'GET', area: 'api', who: 'user', act: 'look', place: 'all' },
    { path: '|/api/events', methods: 'POST', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/storage', methods: 'GET', area: 'api', who: 'user', act: 'look', place: 'all' },
    { path: '|/api/cloud/$/*', methods: 'GET', area: 'api', who: 'user', act: 'look', place: 'path' },
    { path: '|/api/privacy', methods: 'GET', area: 'api', who: 'user', act: 'any', place: 'narrowed', fallback: true },
    { path: '|/api/privacy', methods: 'POST', area: 'api', who: 'owner', act: 'change', place: 'all', taken: 'json', fallback: true },
    { path: '|/api/push', methods: 'GET', area: 'api', who: 'user', act: 'see', place: 'narrowed' },
    { path: '|/api/push/$', methods: 'POST', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/push/$/*', methods: 'DELETE', area: 'api', who: 'owner' },
    { path: '|/api/mode', methods: 'GET', area: 'api', who: 'user' },
    { path: '|/api/mode', methods: 'POST', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/commands', methods: 'GET', area: 'api', who: 'user', act: 'any', place: 'narrowed' },
    { path: '|/api/commands/*', methods: 'POST', area: 'api', who: 'user', act: 'any', place: 'narrowed', taken: 'json' },
    { path: '|/api/p2p/offer', methods: 'GET POST OPTIONS', area: 'api', who: 'user', act: 'any', place: 'narrowed', taken: 'sdp' },
    { path: '|/api/p2p/sessions', methods: 'GET', area: 'api', who: 'user', act: 'any', place: 'narrowed' },
    {
        path: '|/api/p2p/sessions/*',
        methods: 'GET POST PATCH DELETE OPTIONS',
        area: 'api',
        who: 'user',
        act: 'any',
        place: 'narrowed',
        taken: 'sdp',
    },
    { path: '|/api/settings', methods: 'GET', area: 'api', who: 'user' },
    { path: '|/api/settings', methods: 'PATCH', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/channels', methods: 'GET', area: 'api', who: 'user' },
    { path: '|/api/channels', methods: 'POST', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/channels/search/address', methods: 'POST', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/channels/$/record', methods: 'POST', area: 'api', who: 'owner', act: 'change', place: 'path', taken: 'json' },
    { path: '|/api/channels/*', methods: 'GET', area: 'api', who: 'user' },
    { path: '|/api/channels/*', methods: 'POST PATCH DELETE', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/backup', methods: 'POST', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/backup/check', methods: 'POST', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/backup/restore', methods: 'POST', area: 'api', who: 'owner', taken: 'json' },
    { path: '|/api/app', methods: 'GET', area: 'api', who: 'user' },
    { path: '|/api/**', methods: 'GET', area: 'api', who: 'user' },
    { path: '|/api/**', methods: 'POST PUT PATCH DELETE OPTIONS', area: 'api', who: 'owner', taken: 'sdp' },

    { path: '/|assets/**', methods: 'GET', area: 'viewer', who: 'everybody' },
    { path: '/|**', methods: 'GET', area: 'viewer', who: 'user', act: 'any', place: 'narrowed' },
] as const satisfies readonly Route[];

type Row = (typeof routes)[number];
type Bare<P extends string> = P extends `${infer A}|${infer B}` ? `${A}${B}` : P;
/** A `$` is a part like `*` for whoever finds handlers by parts. */
type Parts<P extends string> = P extends `${infer A}$${infer B}` ? `${A}*${B}` : P;
type Words<M extends string> = M extends `${infer A} ${infer B}` ? A | Words<B> : M;
type Known<R> = R extends { readonly area: 'api'; readonly path: infer P extends string } ? (P extends `${string}**` ? never : R) : never;

/** Addresses of the API that the application answers, with `*` for a part. */
export type ApiPath = Parts<Bare<Known<Row>['path']>>;
/** Methods of one of them. */
export type ApiMethod<P extends ApiPath> =
    Known<Row> extends infer R ? (R extends { readonly path: infer Q extends string; readonly methods: infer M extends string } ? (P extends Parts<Bare<Q>> ? Words<M> : never) : never) : never;
