/** Signalling of viewers by SDP alone, as clients of WHIP and WHEP do it (docs/design/api.md, ADR 78). */
import { ConflictError } from 'ocellus/app/base/conflict';
import type { ErrorJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import { Raw, type Router } from 'ocellus/app/http/router';
import { type IceFragment, fragmentOf, readFragment } from 'ocellus/app/p2p/ice-fragment';
import { type IceSession, iceSessionFrom, iceSessionOf, restartOf } from 'ocellus/app/p2p/ice-session';
import { isLink } from 'ocellus/app/p2p/link-viewers';
import type { Viewers } from 'ocellus/app/p2p/viewers';
import { OcellusError } from 'ocellus/error';
import type { HttpRequest } from 'ocellus/http';
import type { IceServer } from 'ocellus/p2p';

/** What the routes need. */
export interface WhepApiOptions {
    readonly viewers: Pick<Viewers, 'offer' | 'candidate' | 'sessions' | 'ended' | 'ice' | 'keepIce' | 'servers'>;
    /** Number of the viewer in a path of sessions. Rejects with `NOENT`, also for one that its login may not change. */
    readonly sessionOf: (request: HttpRequest) => Promise<number>;
}

const sdpType = 'application/sdp';
const fragmentType = 'application/trickle-ice-sdpfrag';
const acceptPost = 'application/sdp, application/json';
/** Bytes of the header that names servers; those beyond are left out. */
const linkMax = 1024;

function wrongType(accepted: string): Raw {
    const error = { code: 'NOTSUP', message: `the body needs Content-Type: ${accepted}` };
    const name = accepted === fragmentType ? 'Accept-Patch' : 'Accept-Post';
    return new Raw({ status: 415, headers: { [name]: accepted }, body: JSON.stringify({ error } satisfies ErrorJson) });
}

/** Refuses an offer without data channels with what helps. */
function checkMedia(sdp: string): void {
    if (/^v=0\r?$/m.test(sdp) && !/^m=application /m.test(sdp)) {
        throw new OcellusError(
            'INVAL',
            'the offer has no m=application line: this camera sends pictures and sound over data channels, ' +
                'not as RTP; create one before the offer, labelled as docs/design/p2p.md says (Channels)',
        );
    }
}

/** The offer as of a viewer that takes no candidates later: these clients have no way to receive them. */
function whole(sdp: string): string {
    return sdp
        .replace(/^(a=ice-options:.*?) ?\btrickle\b(?=[ \r]|$)/gim, '$1')
        .replace(/^a=ice-options:[ \t]*\r?\n/gim, '');
}

/** A text within quotation marks; undefined: it cannot stand in a header. */
function quoted(text: string): string | undefined {
    return /^[ -~]*$/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : undefined;
}

/** One server as a link (RFC 9725 section 4.6); undefined: this caller cannot use it. */
function linkOf({ url, username, credential }: IceServer, login: number): string | undefined {
    if (username === undefined || credential === undefined) {
        return `<${url}>; rel="ice-server"`;
    }
    const [user, password] = [quoted(username), quoted(credential)];
    return login === 0 || isLink(login) || user === undefined || password === undefined
        ? undefined
        : `<${url}>; rel="ice-server"; username=${user}; credential=${password}; credential-type="password"`;
}

/** The servers for this caller; one that is not logged in, or came by a watch link, gets no password. */
function links(servers: readonly IceServer[], login: number): { readonly Link?: string } {
    let Link = '';
    for (const server of servers) {
        const link = linkOf(server, login) ?? '';
        const separator = Link === '' || link === '' ? '' : ', ';
        Link += Link.length + separator.length + link.length > linkMax ? '' : separator + link;
    }
    return Link === '' ? {} : { Link };
}

/** Which ICE session of the viewer a fragment is for: this one, or a new one. Throws when none can be. */
function judge([tag, ufrags]: IceSession, { ufrag }: IceFragment, match: string | undefined): 'trickle' | 'restart' {
    const any = match === '*' || match === '"*"';
    if (match !== undefined && !any && !match.split(',').some((one) => one.trim() === tag)) {
        throw new ConflictError('STALE', 'If-Match: that ICE session is over', '', 412);
    }
    if (ufrag !== '' && ufrags.includes(ufrag)) {
        return 'trickle';
    }
    if (match === undefined) {
        const why = ufrag === '' ? 'the fragment names no ice-ufrag' : 'its ice-ufrag is of no ICE session before';
        throw new ConflictError('STATE', `If-Match is needed: ${why}`, '', 428);
    }
    return ufrag === '' ? 'trickle' : 'restart';
}

/** Signalling by SDP. One per script, made with the first request that needs it. */
export class Whep {
    readonly #options: WhepApiOptions;

    constructor(options: WhepApiOptions) {
        this.#options = options;
    }

    /** An offer of type `application/sdp`: of a new viewer, or by `session` of one that is there. */
    async offer(request: HttpRequest, session?: number): Promise<Raw> {
        const { viewers } = this.#options;
        parseQuery(request.query, []);
        const { login } = request;
        const sdp = request.text();
        checkMedia(sdp);
        const answer = await viewers.offer(whole(sdp), { login, ...(session !== undefined && { session }) });
        const tag = this.#keep(answer.session, sdp);
        const created = session === undefined;
        return new Raw({
            status: created ? 201 : 200,
            headers: {
                'Content-Type': sdpType,
                ETag: tag,
                ...(created && { Location: `/api/p2p/sessions/${answer.session}` }),
                ...(created && links(viewers.servers, login)),
            },
            body: answer.sdp,
        });
    }

    /** A body of another type than the two that are known. */
    wrongType(): Raw {
        return wrongType(acceptPost);
    }

    /** Candidates that were found later, or an ICE restart. */
    async patch(request: HttpRequest): Promise<Raw> {
        const { viewers, sessionOf } = this.#options;
        parseQuery(request.query, []);
        const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(/[; \t]/);
        if (type !== fragmentType) {
            return wrongType(fragmentType);
        }
        const session = await sessionOf(request);
        const fragment = readFragment(request.text());
        const ice = await this.#of(session);
        if (judge(ice, fragment, request.headers.get('if-match')) === 'trickle') {
            await this.#trickle(session, ice, fragment);
            return new Raw({ status: 204 });
        }
        if (ice[2] === '') {
            throw new OcellusError('STATE', `viewer ${session}: its offer was too long to keep: begin a new session`);
        }
        const sdp = restartOf(ice, fragment);
        const answer = await viewers.offer(sdp, { session, login: request.login });
        const ETag = this.#keep(session, sdp);
        return new Raw({ headers: { 'Content-Type': fragmentType, ETag }, body: fragmentOf(answer.sdp) });
    }

    /** Candidates of another transport or without a use here are passed over (RFC 9725 section 4.3.2). */
    async #trickle(session: number, [, ufrags]: IceSession, { candidates, end }: IceFragment): Promise<void> {
        const { viewers } = this.#options;
        const other = (line: string): boolean => {
            const [, ufrag] = / ufrag ([^ ]+)/.exec(line) ?? [];
            return ufrag !== undefined && !ufrags.includes(ufrag);
        };
        for (const line of [...candidates.filter((one) => !other(one)), ...(end ? [''] : [])]) {
            try {
                await viewers.candidate(session, line);
            } catch (error) {
                if (!(error instanceof OcellusError) || !['INVAL', 'FORMAT', 'BUSY', 'TOO_BIG'].includes(error.code)) {
                    throw error;
                }
            }
        }
    }

    /** Throws when the viewer is not there, or did not come by SDP. */
    async #of(session: number): Promise<IceSession> {
        const { viewers } = this.#options;
        if (!(await viewers.sessions()).some((row) => row.session === session)) {
            const reason = viewers.ended(session);
            const why = reason === undefined ? '' : `: it ended: ${reason}`;
            throw new OcellusError('NOENT', `no viewer ${session}${why}`);
        }
        const ice = iceSessionFrom(viewers.ice(session));
        if (ice === undefined) {
            throw new OcellusError(
                'STATE',
                `viewer ${session}: its ICE session is not known: it came by JSON, or the application was restarted; ` +
                    `POST an offer to /api/p2p/sessions/${session}`,
            );
        }
        return ice;
    }

    #keep(session: number, sdp: string): string {
        const { viewers } = this.#options;
        const [before] = iceSessionFrom(viewers.ice(session)) ?? [];
        const count = Number(/-(\d+)"$/.exec(before ?? '')?.[1] ?? 0) + 1;
        const ice = iceSessionOf(sdp, `${session}-${count}`);
        viewers.keepIce(session, ice);
        return ice[0];
    }
}

/** The methods that other routes of `/api/p2p` do not have. */
export function whepRoutes(router: Router, whep: Whep): Router {
    const options = (allow: string, more: Readonly<Record<string, string>>) => (): Raw =>
        new Raw({ headers: { Allow: allow, ...more } });
    const message = 'GET is not allowed for /api/p2p/offer; use POST with an offer';
    return router
        .route('OPTIONS', '/api/p2p/offer', options('OPTIONS, POST', { 'Accept-Post': acceptPost }))
        .route(
            'GET',
            '/api/p2p/offer',
            () =>
                new Raw({
                    status: 405,
                    headers: { Allow: 'OPTIONS, POST', 'Accept-Post': acceptPost },
                    body: JSON.stringify({ error: { code: 'NOTSUP', message } } satisfies ErrorJson),
                }),
        )
        .route('PATCH', '/api/p2p/sessions/*', (request) => whep.patch(request))
        .route(
            'OPTIONS',
            '/api/p2p/sessions/*',
            options('DELETE, GET, HEAD, OPTIONS, PATCH, POST', {
                'Accept-Patch': fragmentType,
                'Accept-Post': acceptPost,
            }),
        );
}
