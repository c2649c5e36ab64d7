/**
 * Signalling by watch links: the host hands `/w/<token>/api/p2p/…` on as `/api/p2p/…` with the link in the place of
 * rights, when the token is good. Routes of `/api/p2p` answer; sessions have a key in their address here. Loaded with the first such request.
 */
import type { P2pAnswerJson } from 'ocellus/app/http/api-types';
import { type LinkHandler, Raw, type Router } from 'ocellus/app/http/router';
import { isLink } from 'ocellus/app/p2p/link-viewers';
import type { Viewers } from 'ocellus/app/p2p/viewers';
import { hex, randomBytes } from 'ocellus/crypto';
import { OcellusError } from 'ocellus/error';
import type { HttpRequest, HttpResponse } from 'ocellus/http';

/** What the routes need. */
export interface LinkApiOptions {
    readonly viewers: Pick<Viewers, 'links' | 'sessions' | 'places'>;
}

/** Bytes of a session's key: nobody guesses 64 bits by requests. */
const keyBytes = 8;

/** The answer with the address of its session as a link has it: `<number>-<key>`. */
function named(response: HttpResponse, session: string): HttpResponse {
    const { headers = {}, body } = response;
    if (headers['Location'] !== undefined) {
        return { ...response, headers: { ...headers, Location: `sessions/${session}` } }; // relative to the offer's
    }
    const json = typeof body === 'string' && body.startsWith('{');
    return json ? { ...response, body: JSON.stringify({ ...(JSON.parse(body) as object), session }) } : response;
}

/** The session that an answer to an offer names; undefined: it was refused. */
function sessionOf({ status, headers = {}, body }: HttpResponse): number | undefined {
    if (status !== 201) {
        return undefined;
    }
    const [, number] = /\/(\d+)$/.exec(headers['Location'] ?? '') ?? [];
    return number === undefined ? (JSON.parse(String(body)) as P2pAnswerJson).session : Number(number);
}

/** As the owner of the camera asks: what a link may is judged here. */
function ownOf({ rights: _, ...request }: HttpRequest, path: string): HttpRequest {
    return { ...request, path };
}

/** What answers them. */
export function linkHandler(router: Router, { viewers }: LinkApiOptions): LinkHandler {
    async function offer(request: HttpRequest): Promise<HttpResponse> {
        const links = await viewers.links();
        if (request.method === 'POST') {
            links.checkPlaces(request.login, await viewers.sessions(), viewers.places);
        }
        const response = await router.answer(ownOf(request, '/api/p2p/offer'));
        const session = sessionOf(response);
        if (session === undefined) {
            return response;
        }
        const key = hex(randomBytes(keyBytes));
        links.keep(session, key);
        return named(response, `${session}-${key}`);
    }

    async function one(request: HttpRequest, given: string): Promise<HttpResponse> {
        const [, number = '', key = ''] = /^(\d{1,10})-([0-9a-f]{16})$/.exec(given) ?? [];
        if (!(await viewers.links()).isKey(Number(number), key)) {
            throw new OcellusError('NOENT', `no viewer ${JSON.stringify(given.slice(0, 20))}`);
        }
        const response = await router.answer(ownOf(request, `/api/p2p/sessions/${number}`));
        return response.status === 200 ? named(response, given) : response;
    }

    return async (request, camera) => {
        if (!isLink(request.login)) {
            throw new OcellusError('DENIED', 'no watch link');
        }
        (await viewers.links()).allow(request.login, camera);
        const last = request.path.replace(/^.*\//, '');
        return new Raw(await (last === 'offer' ? offer(request) : one(request, last)));
    };
}
