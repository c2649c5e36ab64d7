// Chromium watches by the WHEP client that the author of the draft published, and by fetch alone; certificates that fail.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { eventually, start } from '../device.mjs';
import { openPage } from './browser.mjs';

const client = readFileSync(path.join(root, 'node_modules', '@binbat', 'whip-whep', 'whep.js'), 'utf8');
const html = `<!doctype html><title>whep</title><script type="module">
import { WHEPClient } from '/whep.js';
window.WHEPClient = WHEPClient;
</script>`;

/** A camera whose viewers are on this machine, and a page of its address. @param {import('ava').ExecutionContext} t */
async function camera(t) {
    t.timeout(120_000);
    const { device } = start(t, ['--record', 'off', '--input', 'test:?size=320x180']);
    const url = await device.url();
    await eventually(async () => (await fetch(`${url}/api/status`)).ok || undefined, 'an application');
    const body = JSON.stringify({ p2p: { loopback: true } });
    t.is((await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body })).status, 200);
    const { page, errors } = await openPage(t);
    /** Requests of the page, with their answers. @type {{ method: string, path: string, sent: string, status: number }[]} */
    const requests = [];
    page.on('response', (response) => {
        const request = response.request();
        requests.push({ method: request.method(), path: new URL(request.url()).pathname, sent: request.postData() ?? '', status: response.status() });
    });
    await page.route(`${url}/whep`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
    await page.route(`${url}/whep.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: client }));
    await page.goto(`${url}/whep`);
    return { device, url, page, errors, requests };
}

/** Bytes of the live channel so far, and how the page is. @param {import('playwright-core').Page} page */
const looks = (page) =>
    page.evaluate(() => {
        const { pc, live, state } = Reflect.get(window, 'viewer');
        return { connection: pc.connectionState, live: live.readyState, ...state };
    });

/** Fragments come. @param {import('playwright-core').Page} page */
async function plays(page) {
    const before = (await looks(page)).bytes;
    await eventually(async () => ((await looks(page)).bytes > before + 20_000 ? true : undefined), 'fragments of the picture');
}

test.serial('a WHEP client of others in Chromium: its video line is rejected, its channel opens in band, it ends [B2] [E11]', async (t) => {
    const { device, page, requests, errors } = await camera(t);
    await page.waitForFunction('window.WHEPClient');
    await page.evaluate(async () => {
        const pc = new RTCPeerConnection();
        pc.addTransceiver('video', { direction: 'recvonly' });
        const live = pc.createDataChannel('action=live&channel=0');
        live.binaryType = 'arraybuffer';
        const state = { bytes: 0, about: '' };
        live.onmessage = ({ data }) => {
            state.bytes += typeof data === 'string' ? 0 : data.byteLength;
            state.about ||= typeof data === 'string' ? data : '';
        };
        const whep = new (Reflect.get(window, 'WHEPClient'))();
        Object.assign(window, { viewer: { pc, live, state, whep } });
        await whep.view(pc, new URL('/api/p2p/offer', location.href).href);
    });
    await plays(page);
    t.is(JSON.parse((await looks(page)).about).stream, 'main');
    const [offered] = requests.filter(({ path: where }) => where.startsWith('/api/p2p'));
    t.deepEqual([offered?.method, offered?.status, /a=candidate/.test(offered?.sent ?? '')], ['POST', 201, false]);
    await page.evaluate(() => Reflect.get(window, 'viewer').whep.stop());
    await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions.length === 0 ? true : undefined), 'it ended');
    const last = requests.at(-1);
    t.is(last?.method, 'DELETE');
    t.true([204, 404].includes(last?.status ?? 0), 'it closes its connection first, and the camera may have noticed');
    // It looks for the media line of its candidates among the transceivers, and browsers take rejected ones away.
    t.deepEqual(errors.filter((error) => !error.includes("reading 'mid'")), []);
});

/**
 * In the page: signals by the text of RFC 9725, the offer before any address is known, candidates by PATCH.
 * Functions are reached as `window.viewer`.
 */
async function signal() {
    const type = 'application/trickle-ice-sdpfrag';
    const pc = new RTCPeerConnection();
    const live = pc.createDataChannel('action=live&channel=0');
    live.binaryType = 'arraybuffer';
    const state = { bytes: 0, etag: '', where: '', offered: '', patched: /** @type {number[]} */ ([]), sent: '' };
    live.onmessage = ({ data }) => {
        state.bytes += typeof data === 'string' ? 0 : data.byteLength;
    };
    /** @param {string} sdp @param {RegExp} line */
    const first = (sdp, line) => line.exec(sdp)?.[1] ?? '';
    const [ufrag, pwd] = [/a=ice-ufrag:(.*)\r/, /a=ice-pwd:(.*)\r/];
    /** @param {string} sdp @param {readonly string[]} lines */
    const fragment = (sdp, lines) => [`a=ice-ufrag:${first(sdp, ufrag)}`, `a=ice-pwd:${first(sdp, pwd)}`, 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:0', ...lines, ''].join('\r\n');
    /** @param {string} match @param {string} body */
    const patch = (match, body) => fetch(state.where, { method: 'PATCH', headers: { 'Content-Type': type, 'If-Match': match }, body });
    /** All candidates since the last call. */
    const gathered = () =>
        /** @type {Promise<string[]>} */ (
            new Promise((resolve) => {
                const found = /** @type {string[]} */ ([]);
                pc.onicecandidate = ({ candidate }) => (candidate ? candidate.candidate && found.push(`a=${candidate.candidate}`) : resolve(found));
            })
        );
    const candidates = gathered();
    const offer = await pc.createOffer();
    state.offered = offer.sdp ?? '';
    const answer = await fetch('/api/p2p/offer', { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: offer.sdp ?? '' });
    state.where = answer.headers.get('location') ?? '';
    state.etag = answer.headers.get('etag') ?? '';
    const sdp = await answer.text();
    await pc.setLocalDescription(offer);
    state.sent = fragment(offer.sdp ?? '', [...(await candidates), 'a=end-of-candidates']);
    state.patched.push((await patch(state.etag, state.sent)).status);
    await pc.setRemoteDescription({ type: 'answer', sdp });
    const restart = async () => {
        const more = gathered();
        const next = await pc.createOffer({ iceRestart: true });
        const reply = await patch('*', fragment(next.sdp ?? '', []));
        const text = await reply.text();
        await pc.setLocalDescription(next);
        const before = pc.remoteDescription?.sdp ?? '';
        const kept = before.replace(/a=(candidate:.*|end-of-candidates)\r\n/g, '');
        const ours = kept.replace(/a=ice-ufrag:.*\r\n/, `a=ice-ufrag:${first(text, ufrag)}\r\n`).replace(/a=ice-pwd:.*\r\n/, `a=ice-pwd:${first(text, pwd)}\r\n`);
        await pc.setRemoteDescription({ type: 'answer', sdp: ours + (text.match(/a=candidate:.*\r\n/g) ?? []).join('') });
        const etag = reply.headers.get('etag') ?? '';
        const late = await patch(etag, fragment(next.sdp ?? '', [...(await more), 'a=end-of-candidates']));
        const stale = await patch(state.etag, state.sent);
        return { status: reply.status, type: reply.headers.get('content-type'), late: late.status, stale: stale.status, tags: [state.etag, etag], ufrags: [first(before, ufrag), first(text, ufrag)] };
    };
    Object.assign(window, { viewer: { pc, live, state, restart } });
}

test.serial('Chromium by the text of RFC 9725: candidates later than the offer, an ICE restart by PATCH, DELETE [B2]', async (t) => {
    const { device, page, errors } = await camera(t);
    await page.evaluate(signal);
    await plays(page);
    const { offered, sent, patched, where } = await looks(page);
    t.false(/a=candidate/.test(offered));
    t.true(/a=candidate/.test(sent), sent);
    t.deepEqual(patched, [204]);
    const { ufrags, tags, ...restarted } = await page.evaluate(() => Reflect.get(window, 'viewer').restart());
    t.deepEqual(restarted, { status: 200, type: 'application/trickle-ice-sdpfrag', late: 204, stale: 412 });
    t.not(ufrags[0], ufrags[1]);
    t.not(tags[0], tags[1]);
    await plays(page);
    t.is((await looks(page)).connection, 'connected');
    t.is(await page.evaluate(async (path) => (await fetch(path, { method: 'DELETE' })).status, where), 204);
    await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions.length === 0 ? true : undefined), 'it ended');
    await eventually(async () => ((await looks(page)).live === 'closed' ? true : undefined), 'and the page hears of it');
    t.deepEqual(errors, []);
});

/** A connection of the page with this certificate, its offer changed so; how it ended. @param {Awaited<ReturnType<typeof camera>>} rig @param {{ bits?: number, wrong?: boolean }} how */
async function failure({ device, page, url }, how) {
    const where = await page.evaluate(async ({ bits, wrong }) => {
        const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: bits, publicExponent: new Uint8Array([1, 0, 1]) };
        const certificates = bits === undefined ? [] : [await RTCPeerConnection.generateCertificate(rsa)];
        const pc = new RTCPeerConnection({ certificates });
        Object.assign(window, { pc });
        pc.createDataChannel('action=live&channel=0');
        await pc.setLocalDescription();
        await new Promise((resolve) => {
            pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve(undefined);
            setTimeout(resolve, 2000);
        });
        const sdp = pc.localDescription?.sdp ?? '';
        const other = sdp.replace(/(a=fingerprint:sha-256 )(.)/, (_, name, digit) => `${name}${digit === '0' ? '1' : '0'}`);
        const answer = await fetch('/api/p2p/offer', { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: wrong ? other : sdp });
        await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
        return answer.headers.get('location') ?? '';
    }, how);
    const message = await eventually(async () => {
        const answer = await fetch(url + where);
        const { error } = /** @type {{ error?: { message: string } }} */ (await answer.json());
        return error?.message.includes('it ended') ? error.message : undefined; // its row goes a moment before its reason comes
    }, 'it fails');
    const why = message.replace(/^no viewer \d+: it ended: /, '');
    await device.until(() => (device.stderr.includes(`: over: ${why}`) ? true : undefined), 'a line of the log');
    return why;
}

test.serial('certificates that fail say so, in the API and in the log: fingerprint, kind of the key', async (t) => {
    const rig = await camera(t);
    t.is(await failure(rig, { wrong: true }), "the DTLS handshake failed: the peer's certificate is not the announced one");
    t.is(await failure(rig, { bits: 1024 }), "the DTLS handshake failed: the key of the peer's certificate is neither ECDSA nor RSA of 2048 to 4096 bits");
});
