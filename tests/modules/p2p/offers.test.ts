/** The route of a viewer's offer, and how a server begins. */
import { OcellusError } from 'ocellus/error';
import { type HttpRequest, HttpServer, type TakenRequest } from 'ocellus/http';
import type { OfferOptions } from 'ocellus/p2p';
import { earlyChannels, offerHandler } from 'ocellus/p2p-offers';
import type { Listening } from 'ocellus/plane';
import { assertEqual, test } from 'ocellus/test/harness';

function request(query: string, body: string): HttpRequest {
    return {
        method: 'POST',
        path: '/api/offer',
        query,
        headers: new Map(),
        body: new ArrayBuffer(0),
        text: () => body,
        login: 7,
    };
}

test('channels that a viewer opens by itself are read from the query', () => {
    assertEqual(earlyChannels(''), []);
    assertEqual(earlyChannels('open=3:action%3Dlive%26at%3A1&x=1&open=4:'), [
        { id: 3, label: 'action=live&at:1' },
        { id: 4, label: '' },
    ]);
    assertEqual(earlyChannels('open=live'), [{ id: Number.NaN, label: '' }]); // P2p.offer refuses it
});

test('an offer is answered, and what is none is refused in words', async () => {
    const given: [string, OfferOptions | undefined][] = [];
    const handler = offerHandler({
        offer: async (sdp, options) => {
            given.push([sdp, options]);
            if (sdp === 'hello') {
                throw new OcellusError('FORMAT', 'not of the form x=value');
            }
            if (sdp === 'many') {
                throw new RangeError('open: too many');
            }
            return { session: 1, sdp: 'v=0 answer' };
        },
    });
    assertEqual(await handler(request('open=1:a', 'v=0')), {
        status: 201,
        headers: { 'content-type': 'application/sdp' },
        body: 'v=0 answer',
    });
    assertEqual(given[0], ['v=0', { open: [{ id: 1, label: 'a' }], login: 7 }]);
    assertEqual(await handler(request('', 'hello')), {
        status: 400,
        body: '{"error":{"code":"FORMAT","message":"not of the form x=value"}}',
    });
    assertEqual((await handler(request('', 'many'))).body, '{"error":{"code":"INVAL","message":"open: too many"}}');
});

test('a server begins: it listens, is ready, and takes what waits', async () => {
    const steps: string[] = [];
    const waiting: TakenRequest[] = [{ ...request('', ''), id: 1 }];
    const way = { take: async () => waiting.shift(), reply: async (id: number) => void steps.push(`reply ${id}`) };
    const listening = { port: 80 } as Listening;
    const plane = {
        listen: async () => {
            steps.push('listen');
            return listening;
        },
        ready: async () => void steps.push('ready'),
    };
    const server = new HttpServer({ plane: way, onRequest: () => ({}) });
    assertEqual(await server.serve(plane), listening);
    for (let turns = 0; turns < 20 && steps.length < 3; turns++) {
        await Promise.resolve();
    }
    assertEqual(steps, ['listen', 'ready', 'reply 1']);
});
