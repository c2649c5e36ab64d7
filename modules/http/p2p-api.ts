/** Signalling of viewers over data channels: `/api/p2p` (docs/design/api.md). */
import { isObject, type JsonObject, parseObject } from 'ocellus/app/config/json';
import type { P2pAnswerJson, P2pSessionJson, P2pSessionsJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import { type LinkHandler, Reply, type Router, type ScopedRequest } from 'ocellus/app/http/router';
import type { Whep } from 'ocellus/app/http/whep-api';
import type { SessionView, Viewers } from 'ocellus/app/p2p/viewers';
import { OcellusError } from 'ocellus/error';
import type { EarlyChannel, View } from 'ocellus/p2p';
import type { HttpRequest } from 'ocellus/http';

/** What the routes need. */
export interface P2pApiOptions {
    readonly viewers: Pick<
        Viewers,
        | 'allow'
        | 'offer'
        | 'candidate'
        | 'end'
        | 'ended'
        | 'sessions'
        | 'ice'
        | 'keepIce'
        | 'servers'
        | 'links'
        | 'places'
    >;
}

const base = '/api/p2p/sessions/';
/** Numbers of logins from here on are of users who do not own the camera (`OC_ACCESS_LOGIN_WATCH`). */
const notOwner = 0x2000_0000;
/** Channels that an offer may name: a session has no more. */
const openMost = 8;

/** What the body of an offer says. */
interface Offer {
    readonly sdp: string;
    readonly open: readonly EarlyChannel[];
}

function refuse(message: string): OcellusError {
    return new OcellusError('INVAL', `body: ${message}`);
}

function checkKeys(body: JsonObject, known: readonly string[]): void {
    const other = Object.keys(body).find((key) => !known.includes(key));
    if (other !== undefined) {
        throw refuse(`${other.slice(0, 40)}: unknown key; known are ${known.join(', ')}`);
    }
}

function channelOf(entry: unknown, index: number): EarlyChannel {
    if (!isObject(entry)) {
        throw refuse(`open[${index}]: an object with the keys id, label is needed`);
    }
    const { id, label } = entry;
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > 1023) {
        throw refuse(`open[${index}].id: a whole number from 0 to 1023 is needed`);
    }
    if (typeof label !== 'string') {
        throw refuse(`open[${index}].label: a text is needed`);
    }
    return { id, label };
}

/** The text of a description, or an object with it: what it begins with tells. */
function offerOf(text: string): Offer {
    if (!text.trimStart().startsWith('{')) {
        if (text === '') {
            throw refuse('an offer is needed: SDP, or {"sdp": …}');
        }
        return { sdp: text, open: [] };
    }
    const body = parseObject(text, 'body');
    checkKeys(body, ['sdp', 'open']);
    const { sdp, open = [] } = body;
    if (typeof sdp !== 'string' || sdp === '') {
        throw refuse('sdp: a text is needed');
    }
    if (!Array.isArray(open) || open.length > openMost) {
        throw refuse(`open: a list of 0 to ${openMost} entries is needed`);
    }
    return { sdp, open: open.map(channelOf) };
}

/** The last part of the path. */
function sessionOf({ path }: HttpRequest): number {
    const text = path.slice(base.length);
    if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > 2_147_483_647) {
        throw new OcellusError('NOENT', `no viewer ${JSON.stringify(text.slice(0, 20))}`);
    }
    return Number(text);
}

function channelJson(view: View) {
    const { id, kind, state, channel, stream, queued, instantRate, acknowledgedRate, acknowledgedBytes } = view;
    const { rttUs, lossPpm, drops, held } = view;
    return {
        id,
        kind,
        state,
        ...(kind === 'live' && { channel, stream }),
        queued,
        instantRate,
        acknowledgedRate,
        acknowledgedBytes,
        rttUs,
        lossPpm,
        drops,
        held,
    };
}

function sessionJson({
    session,
    state,
    address,
    relayed,
    rttUs,
    uptimeS,
    channels,
    candidates,
}: SessionView): P2pSessionJson {
    return {
        session,
        state,
        address: address === '' ? null : address,
        relayed,
        rttUs,
        uptimeSeconds: uptimeS,
        channels: channels.map(channelJson),
        candidates,
    };
}

/** The routes, once each. */
export function p2pRoutes(router: Router, { viewers }: P2pApiOptions): Router {
    /** Those that a login may see and end: the owner's all, of others their own. */
    async function visible(login: number): Promise<readonly SessionView[]> {
        const sessions = await viewers.sessions();
        return login < notOwner ? sessions : sessions.filter((row) => row.login === login);
    }

    async function one(session: number, login: number): Promise<SessionView> {
        const found = (await visible(login)).find((row) => row.session === session);
        if (found === undefined) {
            const reason = viewers.ended(session);
            throw new OcellusError(
                'NOENT',
                `no viewer ${session}${reason === undefined ? '' : `: it ended: ${reason}`}`,
            );
        }
        return found;
    }

    /** The session of a request that changes it. */
    async function own(request: HttpRequest): Promise<number> {
        const session = sessionOf(request);
        if (request.login >= notOwner) {
            await one(session, request.login);
        }
        return session;
    }

    /** Signalling by SDP alone: loaded with the first request that needs it. */
    let made: Promise<Whep> | undefined;
    const whep = (): Promise<Whep> => {
        made ??= import('ocellus/app/http/whep-api').then(({ Whep, whepRoutes }) => {
            const one = new Whep({ viewers, sessionOf: own });
            whepRoutes(router, one);
            return one;
        });
        return made;
    };

    /** The answer to a body of this type; undefined: it is JSON, or of no type, as before there were two. */
    async function bySdp(request: HttpRequest, session?: number): Promise<unknown> {
        const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(/[; \t]/);
        if (type === '' || type === 'application/json') {
            return undefined;
        }
        const sdp = await whep();
        return type === 'application/sdp' ? sdp.offer(request, session) : sdp.wrongType();
    }

    async function offer(request: ScopedRequest): Promise<unknown> {
        viewers.allow(request.login, request.scope);
        const answered = await bySdp(request);
        if (answered !== undefined) {
            return answered;
        }
        const { query, login } = request;
        parseQuery(query, []);
        const { sdp, open } = offerOf(request.text());
        return new Reply(201, (await viewers.offer(sdp, { open, login })) satisfies P2pAnswerJson);
    }

    /** A restart, or a candidate that was found later. */
    async function more(request: ScopedRequest): Promise<unknown> {
        parseQuery(request.query, []);
        viewers.allow(request.login, request.scope);
        const session = await own(request);
        const answered = await bySdp(request, session);
        if (answered !== undefined) {
            return answered;
        }
        if (!/^\s*\{\s*"candidate"/.test(request.text())) {
            const { sdp, open } = offerOf(request.text());
            const answer: P2pAnswerJson = await viewers.offer(sdp, { session, open, login: request.login });
            viewers.keepIce(session, undefined); // a fragment is of the ICE session before
            return answer;
        }
        const body = parseObject(request.text(), 'body');
        checkKeys(body, ['candidate']);
        if (typeof body.candidate !== 'string' || body.candidate.length > 1024) {
            throw refuse('candidate: a text of at most 1024 characters is needed');
        }
        await viewers.candidate(session, body.candidate);
        return new Reply(204, undefined);
    }

    async function end(request: HttpRequest): Promise<Reply> {
        parseQuery(request.query, []);
        await viewers.end(await own(request));
        return new Reply(204, undefined);
    }

    let links: LinkHandler | undefined;
    return router
        .route('POST', '/api/p2p/offer', offer)
        .route('GET', '/api/p2p/sessions', async ({ query, login }): Promise<P2pSessionsJson> => {
            parseQuery(query, []);
            return { sessions: (await visible(login)).map(sessionJson) };
        })
        .route('GET', `${base}*`, async (request) => {
            parseQuery(request.query, []);
            return sessionJson(await one(sessionOf(request), request.login));
        })
        .route('POST', `${base}*`, more)
        .route('DELETE', `${base}*`, end)
        .byLink(async () => {
            const { linkHandler } = await import('ocellus/app/http/link-api');
            links ??= linkHandler(router, { viewers });
            return links;
        })
        .later(['/api/p2p/offer', `${base}*`], whep);
}
