// Those who watch a camera while something happens to it: a player of the playlist, and ocellus-peer.
import http from 'node:http';
import { Device, peerProgram, sleep } from './device.mjs';
import { hanging } from '../guard.mjs';

/**
 * A player of the playlist: answered each time, numbers go up, no discontinuity.
 * @param {string} url
 * @param {() => boolean} more
 * @param {{ answered: number, refused: number, breaks: number }} [seen] counted while it plays; breaks: of the pictures
 */
export async function play(url, more, seen = { answered: 0, refused: 0, breaks: 0 }) {
    for (let last = -1; more(); await sleep(100)) {
        const response = await fetch(url, { signal: hanging() }).catch(() => undefined);
        const text = await response?.text();
        if (!response?.ok || text === undefined) {
            seen.refused += seen.answered > 0 ? 1 : 0;
            continue;
        }
        const number = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)$/m.exec(text)?.[1]);
        seen.answered++;
        seen.breaks += number < last || text.includes('#EXT-X-DISCONTINUITY\n') ? 1 : 0;
        last = number;
    }
    return seen;
}

/**
 * Hands offers of ocellus-peer on, again and again while the camera is busy.
 * @param {import('ava').ExecutionContext} t
 * @param {string} url of the camera
 * @param {() => void} [onBusy] called for each offer that was not taken; it is made again then, as a page does
 * @param {string} [path] the endpoint at the camera
 * @returns {Promise<string>} where offers go
 */
export async function signalling(t, url, onBusy, path = '/api/p2p/offer') {
    const server = http.createServer(async (request, response) => {
        const body = Buffer.concat(await request.toArray());
        for (;;) {
            const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body });
            const text = await answer.text();
            if (answer.status === 201 || !onBusy) return response.writeHead(answer.status, { 'content-type': 'application/sdp' }).end(text);
            onBusy();
            await sleep(200);
        }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => server.close());
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`;
}

/** An ocellus-peer that watches cam1 and counts; it is ended with the test. @param {import('ava').ExecutionContext} t @param {string} offers of `signalling` */
export function peer(t, offers) {
    const viewer = new Device(['--loopback', '--json', '--offer-to', offers, '--open', 'action=live&channel=cam1'], { program: peerProgram });
    t.teardown(async () => {
        viewer.process.kill('SIGKILL');
        await viewer.ended;
    });
    return viewer;
}
