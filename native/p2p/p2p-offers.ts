/** Signalling by one request: the offer of a viewer is its body, the answer comes back. For `HttpServer.route`. */
import { OcellusError } from 'ocellus/error';
import type { HttpHandler } from 'ocellus/http';
import type { OfferOptions, P2pApi } from 'ocellus/p2p';

/** `open=ID:LABEL`, any number of them: channels that the viewer opens by itself. Pure. */
export function earlyChannels(query: string): NonNullable<OfferOptions['open']> {
    const given = query.split('&').filter((part) => part.startsWith('open='));
    return given.map((part) => {
        const [id = '', ...label] = decodeURIComponent(part.slice('open='.length)).split(':');
        return { id: Number(id), label: label.join(':') };
    });
}

/** 201 with the answer, as `application/sdp`; an offer that is none: 400 with an error in JSON. */
export function offerHandler(p2p: Pick<P2pApi, 'offer'>): HttpHandler {
    return async ({ query, login, text }) => {
        try {
            const { sdp } = await p2p.offer(text(), { open: earlyChannels(query), login });
            return { status: 201, headers: { 'content-type': 'application/sdp' }, body: sdp };
        } catch (error) {
            const code = error instanceof OcellusError ? error.code : 'INVAL';
            const message = error instanceof Error ? error.message : String(error);
            return { status: 400, body: JSON.stringify({ error: { code, message } }) };
        }
    };
}
