// SNAP with Chromium: both INITs in the descriptions (`a=sctp-init`), offering and answering, in both DTLS roles; and Chromium as
// shipped, which does not offer it.
import { once } from 'node:events';
import http from 'node:http';
import test from 'ava';
import { Device, peerProgram } from '../device.mjs';
import { openPage } from './browser.mjs';

/** Ways to switch it on in Chromium 151 and later. */
const switches = { feature: '--enable-blink-features=WebRtcSctpSnap', 'field trial': '--force-fieldtrials=WebRTC-Sctp-Snap/Enabled/' };
const attribute = /^a=sctp-init:(.*)\r$/m;

/** @param {import('ava').ExecutionContext} t @param {string[]} args */
function endpoint(t, args) {
    const device = new Device([...args, '--loopback', '--json'], { program: peerProgram });
    t.teardown(async () => {
        device.process.kill('SIGKILL');
        await device.ended;
    });
    return device;
}

/** A page that may use RTCPeerConnection. @param {import('ava').ExecutionContext} t @param {string[]} args */
async function page(t, args) {
    const opened = await openPage(t, { args });
    await opened.page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await opened.page.goto('http://viewer.test/');
    return opened.page;
}

/** Sends and counts messages until all are back. @param {import('playwright-core').Page} viewer @returns {Promise<{ back: number, ms: number }>} */
const talk = (viewer) =>
    viewer.evaluate(async () => {
        const { channel, begun } = /** @type {{ channel: RTCDataChannel, begun: number }} */ (/** @type {unknown} */ (window));
        let back = 0;
        let opened = 0;
        channel.onmessage = () => {
            back++;
        };
        for (let sent = 0; back < 100 && performance.now() - begun < 15_000; await new Promise((resolve) => setTimeout(resolve, 1))) {
            opened ||= channel.readyState === 'open' ? performance.now() - begun : 0;
            for (; channel.readyState === 'open' && sent < 100; sent++) {
                channel.send(`message ${sent}`);
            }
        }
        return { back, ms: opened };
    });

/**
 * The page offers: its offer, the answer, what the endpoint knows of the connection, and how it went.
 * @param {import('playwright-core').Page} viewer @param {string} url @param {string} setup
 */
async function offers(viewer, url, setup) {
    const offer = await viewer.evaluate(async () => {
        const pc = new RTCPeerConnection();
        Object.assign(window, { pc, channel: pc.createDataChannel('echo') });
        await pc.setLocalDescription();
        await new Promise((resolve) => {
            pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve(undefined);
            setTimeout(resolve, 3000);
        });
        return pc.localDescription?.sdp ?? '';
    });
    const sent = offer.replace('a=setup:actpass', `a=setup:${setup}`);
    const response = await fetch(`${url}/offer`, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: sent });
    const answer = await response.text();
    await viewer.evaluate(async (sdp) => {
        Object.assign(window, { begun: performance.now() });
        const { pc } = /** @type {{ pc: RTCPeerConnection }} */ (/** @type {unknown} */ (window));
        await pc.setRemoteDescription({ type: 'answer', sdp });
    }, answer);
    const outcome = await talk(viewer);
    const { peers } = await (await fetch(`${url}/stats`)).json();
    const snap = peers.find((/** @type {{ state: string }} */ peer) => peer.state === 'up')?.snap;
    await viewer.evaluate(() => /** @type {{ pc: RTCPeerConnection }} */ (/** @type {unknown} */ (window)).pc.close());
    return { offer, answer, snap, ...outcome };
}

for (const [name, value] of Object.entries(switches)) {
    test.serial(`[B1] an offer with an INIT (${name}) is answered with one of ours, in both DTLS roles`, async (t) => {
        const url = await endpoint(t, ['--http', '127.0.0.1:0']).url();
        const viewer = await page(t, [value]);
        for (const setup of ['actpass', 'active', 'passive', 'actpass']) {
            const { offer, answer, snap, back, ms } = await offers(viewer, url, setup);
            const theirs = attribute.exec(offer)?.[1];
            const ours = attribute.exec(answer)?.[1];
            t.truthy(theirs, offer);
            t.truthy(ours, answer);
            t.not(ours, theirs);
            t.true(snap, setup);
            t.is(back, 100, setup);
            t.log(`${setup}: open ${ms.toFixed(0)} ms after the answer`);
        }
    });
}

test.serial('[B1] an offer without an INIT is answered without one', async (t) => {
    const url = await endpoint(t, ['--http', '127.0.0.1:0']).url();
    const viewer = await page(t, []);
    for (let run = 0; run < 3; run++) {
        const { offer, answer, snap, back, ms } = await offers(viewer, url, 'actpass');
        t.false(attribute.test(offer) || attribute.test(answer), offer);
        t.false(snap);
        t.is(back, 100);
        t.log(`open ${ms.toFixed(0)} ms after the answer`);
    }
});

for (const [name, args, known] of /** @type {const} */ ([
    ['as shipped', [], false],
    ['with SNAP', [switches.feature], true],
])) {
    test.serial(`[B1] our offer has an INIT; Chromium ${name} answers it ${known ? 'with' : 'without'} one and connects`, async (t) => {
        const viewer = await page(t, [...args]);
        let offer = '';
        let answer = '';
        const server = http.createServer(async (request, response) => {
            for await (const part of request.setEncoding('utf8')) {
                offer += part;
            }
            answer = await viewer.evaluate(async (sdp) => {
                const pc = new RTCPeerConnection();
                Object.assign(window, { pc, channel: pc.createDataChannel('echo') });
                await pc.setRemoteDescription({ type: 'offer', sdp });
                await pc.setLocalDescription();
                await new Promise((resolve) => {
                    pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve(undefined);
                    setTimeout(resolve, 3000);
                });
                Object.assign(window, { begun: performance.now() });
                return pc.localDescription?.sdp ?? '';
            }, offer);
            response.writeHead(201, { 'content-type': 'application/sdp' }).end(answer);
        });
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        t.teardown(() => server.close());
        const device = endpoint(t, ['--offer-to', `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`]);
        t.truthy(await device.event('peer'));
        const { back } = await talk(viewer);
        t.is(back, 100);
        t.truthy(attribute.exec(offer)?.[1], offer);
        t.is(attribute.test(answer), known, answer);
        t.not(attribute.exec(answer)?.[1], attribute.exec(offer)?.[1]);
    });
}
