// `ocellus-peer` and the data channels of Chromium: both DTLS roles, what is refused, and that a page hears of it.
import test from 'ava';
import { judge } from '../../guard.mjs';
import { Device, peerProgram } from '../device.mjs';
import { openPage } from './browser.mjs';

/** @typedef {{ open: boolean, messages: string[], state: string, role: string, cipher: string, version: string, ms: number }} Outcome */

/** Starts the endpoint. @param {import('ava').ExecutionContext} t */
async function endpoint(t) {
    const device = new Device(['--http', '127.0.0.1:0', '--loopback', '--json'], { program: peerProgram });
    t.teardown(async () => {
        device.process.kill('SIGKILL');
        await device.ended;
    });
    return { device, url: await device.url() };
}

/** A page that may use RTCPeerConnection. @param {import('ava').ExecutionContext} t */
async function page(t) {
    const opened = await openPage(t);
    await opened.page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await opened.page.goto('http://viewer.test/');
    return opened.page;
}

/**
 * Connects once and says `hello` on a channel that answers with the same.
 * @param {import('playwright-core').Page} viewer
 * @param {string} url of the endpoint
 * @param {{ rsa?: boolean, offer?: (sdp: string) => string, answer?: (sdp: string) => string, times?: number }} [change]
 * @returns {Promise<Outcome>}
 */
async function connect(viewer, url, change = {}) {
    const offer = await viewer.evaluate(async (rsa) => {
        const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
        const pc = new RTCPeerConnection(rsa ? { certificates: [await RTCPeerConnection.generateCertificate(algorithm)] } : {});
        const channel = pc.createDataChannel('echo');
        /** @type {string[]} */
        const messages = [];
        channel.onopen = () => channel.send('hello');
        channel.onmessage = (event) => messages.push(event.data);
        Object.assign(window, { pc, channel, messages });
        await pc.setLocalDescription();
        await new Promise((resolve) => {
            pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve(undefined);
            setTimeout(resolve, 3000);
        });
        return pc.localDescription?.sdp ?? '';
    }, change.rsa ?? false);
    const response = await fetch(`${url}/offer`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/sdp' },
        body: (change.offer ?? ((sdp) => sdp))(offer),
    });
    const answer = await response.text();
    if (response.status !== 201) {
        throw new Error(`${response.status}: ${answer}`);
    }
    return viewer.evaluate(
        async ([sdp, times]) => {
            const { pc, channel, messages } = /** @type {{ pc: RTCPeerConnection, channel: RTCDataChannel, messages: string[] }} */ (/** @type {unknown} */ (window));
            const begun = performance.now();
            await pc.setRemoteDescription({ type: 'answer', sdp });
            let more = times - 1;
            while (performance.now() - begun < 15_000 && messages.length < times && pc.connectionState !== 'failed') {
                for (; channel.readyState === 'open' && more > 0; more--) {
                    channel.send(`message ${more}`);
                }
                await new Promise((resolve) => setTimeout(resolve, 5));
            }
            const ms = performance.now() - begun;
            const [transport] = [...(await pc.getStats()).values()].filter((s) => s.type === 'transport');
            const state = pc.connectionState;
            pc.close();
            return { open: messages[0] === 'hello', messages, state, role: transport?.dtlsRole, cipher: transport?.dtlsCipher, version: transport?.tlsVersion, ms };
        },
        /** @type {[string, number]} */ ([(change.answer ?? ((sdp) => sdp))(answer), change.times ?? 1]),
    );
}

/** Turns one digit of the fingerprint. @param {string} sdp */
const lie = (sdp) => sdp.replace(/(a=fingerprint:sha-256 )(.)/, (_, before, digit) => before + (digit === '0' ? '1' : '0'));

/** In a description. @param {string} setup @returns {(sdp: string) => string} */
const says = (setup) => (sdp) => sdp.replace('a=setup:actpass', `a=setup:${setup}`);

for (const [setup, answer, role] of /** @type {const} */ ([
    ['actpass', 'active', 'server'],
    ['active', 'passive', 'client'],
    ['passive', 'active', 'server'],
])) {
    test.serial(`a channel opens when the page offers ${setup}`, async (t) => {
        const { url } = await endpoint(t);
        const viewer = await page(t);
        let said = '';
        for (let run = 0; run < 3; run++) {
            const outcome = await connect(viewer, url, {
                offer: says(setup),
                answer: (sdp) => {
                    said = sdp;
                    return sdp;
                },
                times: 100,
            });
            t.true(outcome.open, JSON.stringify(outcome));
            t.is(outcome.messages.length, 100);
            t.is(outcome.role, role);
            t.is(outcome.version, 'FEFD');
            t.regex(outcome.cipher, /^TLS_ECDHE_ECDSA_WITH_(AES_128_GCM_SHA256|CHACHA20_POLY1305_SHA256)$/);
        }
        t.true(said.includes(`a=setup:${answer}\r\n`), said);
    });
}

test.serial('a page with an RSA certificate is as good as others, in both DTLS roles', async (t) => {
    const { url } = await endpoint(t);
    const viewer = await page(t);
    for (const [setup, kind] of [['passive', 'RSA'], ['active', 'ECDSA']]) {
        const outcome = await connect(viewer, url, { offer: says(setup ?? ''), rsa: true, times: 10 });
        t.true(outcome.open, `${setup}: ${JSON.stringify(outcome)}`);
        t.regex(outcome.cipher, new RegExp(`^TLS_ECDHE_${kind}_WITH_`), setup);
    }
});

test.serial('whoever is not who was announced is refused, and the page is told', async (t) => {
    const { device, url } = await endpoint(t);
    const viewer = await page(t);
    for (const setup of ['active', 'passive']) {
        const cases = /** @type {const} */ ([
            ['the page is another one', { offer: (/** @type {string} */ sdp) => lie(says(setup)(sdp)) }],
            ['the page expects another one', { offer: says(setup), answer: lie }],
        ]);
        for (const [what, change] of cases) {
            const outcome = await connect(viewer, url, change);
            t.deepEqual([outcome.open, outcome.state], [false, 'failed'], `${setup}, ${what}: ${JSON.stringify(outcome)}`);
            judge(t, outcome.ms < 10_000, `${setup}, ${what}: told after ${outcome.ms} ms`);
        }
    }
    t.regex(JSON.stringify(await device.event('over')), /DTLS handshake failed: the peer's certificate is not the announced one/);
    t.false(
        device.events.some((e) => e['event'] === 'up'),
        device.stdout,
    );
});
