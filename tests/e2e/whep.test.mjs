// A viewer that signals by SDP over HTTP (WHEP, RFC 9725), and how connections fail: the real program, a viewer of ours.
import { readFileSync } from 'node:fs';
import test from 'ava';
import { eventually, start } from './device.mjs';
import { StunPeer } from './stun-peer.mjs';

const fragmentType = 'application/trickle-ice-sdpfrag';
const pwd = 'P2uYro0UCOQ4zxjKXaWCBui1';

/** An offer of Chromium without addresses, with ICE of ours. @param {string} ufrag */
const offerOf = (ufrag) =>
    readFileSync('tests/corpora/sdp/chromium-156-offer.sdp', 'utf8')
        .replace(/a=candidate:.*\r?\n/g, '')
        .replace(/a=ice-ufrag:.*/g, `a=ice-ufrag:${ufrag}`)
        .replace(/a=ice-pwd:.*/g, `a=ice-pwd:${pwd}`);

/** @param {string} ufrag @param {readonly string[]} lines */
const fragmentOf = (ufrag, ...lines) => `${[`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:0', ...lines].join('\r\n')}\r\n`;

/** @param {import('ava').ExecutionContext} t @param {object} [p2p] */
async function camera(t, p2p = {}) {
    const { device } = start(t, ['--record', 'off', '--input', 'test:?size=320x180']);
    const url = await device.url();
    await eventually(async () => (await fetch(`${url}/api/status`)).ok || undefined, 'an application');
    const body = JSON.stringify({ p2p: { loopback: true, ...p2p } });
    const response = await fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body });
    t.is(response.status, 200, await response.text());
    /** @param {string} method @param {string} where @param {string} [type] @param {string} [sent] @param {Record<string, string>} [headers] */
    const send = async (method, where, type, sent, headers = {}) => {
        const answer = await fetch(url + where, { method, ...(sent !== undefined && { body: sent }), headers: { ...headers, ...(type !== undefined && { 'content-type': type }) } });
        return { status: answer.status, headers: answer.headers, text: await answer.text() };
    };
    return { device, url, send };
}

/** An offer that is answered. @param {import('ava').ExecutionContext} t @param {Awaited<ReturnType<typeof camera>>['send']} send @param {string} ufrag */
async function begin(t, send, ufrag) {
    const answer = await send('POST', '/api/p2p/offer', 'application/sdp', offerOf(ufrag));
    t.is(answer.status, 201, answer.text);
    t.is(answer.headers.get('content-type'), 'application/sdp');
    const where = answer.headers.get('location') ?? '';
    t.regex(where, /^\/api\/p2p\/sessions\/\d+$/);
    return { where, etag: answer.headers.get('etag') ?? '', sdp: answer.text };
}

const ufragOf = (/** @type {string} */ text) => /^a=ice-ufrag:(.*?)\r?$/m.exec(text)?.[1];

test('an offer without addresses; candidates, an ICE restart and the end come later [B2]', async (t) => {
    const { send, device } = await camera(t);
    const peer = await StunPeer.open(t);
    const { where, etag, sdp } = await begin(t, send, 'EsAw');
    t.regex(sdp, /\r\na=end-of-candidates\r\n/, 'all of its addresses: the client is sent none later');
    const patch = (/** @type {string} */ text, /** @type {string} */ match) => send('PATCH', where, fragmentType, text, { 'if-match': match });
    const lines = [peer.candidate('EsAw').replace(' udp ', ' tcp '), peer.candidate('EsAw')].map((line) => `a=${line}`);
    t.deepEqual(peer.checks, []);
    const trickled = await patch(fragmentOf('EsAw', ...lines, 'a=end-of-candidates'), etag);
    t.deepEqual([trickled.status, trickled.text, trickled.headers.get('etag')], [204, '', null]);
    await eventually(async () => peer.checks[0], 'the camera checks the candidate');
    t.is(peer.checks[0], `EsAw:${ufragOf(sdp)}`);
    const restarted = await patch(fragmentOf('newU', `a=${peer.candidate('newU')}`), '*');
    t.is(restarted.status, 200, restarted.text);
    t.is(restarted.headers.get('content-type'), fragmentType);
    t.not(restarted.headers.get('etag'), etag);
    t.not(ufragOf(restarted.text), ufragOf(sdp));
    t.regex(restarted.text, /\r\na=candidate:/);
    await eventually(async () => (peer.checks.includes(`newU:${ufragOf(restarted.text)}`) ? true : undefined), 'checks of the new ICE session');
    t.is((await patch(fragmentOf('EsAw', 'a=end-of-candidates'), etag)).status, 412);
    t.is((await patch(fragmentOf('late'), '"0"')).status, 412);
    t.is((await send('PATCH', where, fragmentType, fragmentOf('late'))).status, 428);
    t.is((await patch('v=0\r\n', '*')).status, 400);
    t.is((await send('PATCH', where, 'text/plain', 'x')).status, 415);
    t.is((await send('DELETE', where)).status, 204);
    await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions.length === 0 ? true : undefined), 'it is ended');
    t.is((await patch(fragmentOf('newU', 'a=end-of-candidates'), '*')).status, 404);
});

test('methods, types and what has no data channel: said as RFC 9725 and the API do', async (t) => {
    const { send } = await camera(t, { stun: ['127.0.0.1:9'], turn: ['turn://user:s3cretword@127.0.0.1:9'] });
    const options = await send('OPTIONS', '/api/p2p/offer');
    t.deepEqual([options.status, options.headers.get('accept-post'), options.headers.get('allow')], [200, 'application/sdp, application/json', 'OPTIONS, POST']);
    const got = await send('GET', '/api/p2p/offer');
    t.deepEqual([got.status, got.headers.get('accept-post'), got.headers.get('allow')], [405, 'application/sdp, application/json', 'OPTIONS, POST']);
    const put = await send('PUT', '/api/p2p/sessions', 'application/json', '{}');
    t.deepEqual([put.status, put.headers.get('allow')], [405, 'GET']);
    t.is((await send('POST', '/api/p2p/offer', fragmentType, 'a=x')).status, 415);
    const media = await send('POST', '/api/p2p/offer', 'application/sdp', offerOf('EsAw').replace('m=application', 'm=audio'));
    t.is(media.status, 400);
    t.regex(media.text, /no m=application line: this camera sends .* docs\/design\/p2p\.md/);
    const json = await send('POST', '/api/p2p/offer', 'application/json', JSON.stringify({ sdp: offerOf('EsAw') }));
    t.deepEqual([json.status, json.headers.get('location'), Object.keys(JSON.parse(json.text))], [201, null, ['session', 'sdp']]);
    const answer = await send('POST', '/api/p2p/offer', 'application/sdp', offerOf('EsAw'));
    t.is(answer.headers.get('link'), '<stun:127.0.0.1:9>; rel="ice-server"', 'nobody is logged in here');
});

/** A viewer with this ICE whose DTLS does as it is given; how it ended, from the API and from the log. @param {import('ava').ExecutionContext} t @param {StunPeer['onOther']} dtls */
async function failure(t, dtls) {
    const { send, device } = await camera(t);
    const peer = await StunPeer.open(t);
    peer.password = pwd;
    peer.onOther = dtls;
    const { where, etag, sdp } = await begin(t, send, 'EsAw');
    peer.theirs = /^a=ice-pwd:(.*?)\r?$/m.exec(sdp)?.[1] ?? '';
    t.is((await send('PATCH', where, fragmentType, fragmentOf('EsAw', `a=${peer.candidate('EsAw')}`), { 'if-match': etag })).status, 204);
    const began = Date.now();
    const message = await eventually(async () => {
        const { error } = /** @type {{ error?: { message: string } }} */ (JSON.parse((await send('GET', where)).text));
        return error?.message.includes('it ended') ? error.message : undefined; // its row goes a moment before its reason comes
    }, 'it fails');
    t.log(`after ${Date.now() - began} ms: ${message}`);
    t.true(peer.others.length > 0, 'ICE worked, and DTLS began');
    const why = message.replace(/^no viewer \d+: it ended: /, '');
    await device.until(() => (device.stderr.includes(`: over: ${why}`) ? true : undefined), 'a line of the log');
    return why;
}

test('a handshake that nobody answers says so, in the API and in the log: silence', async (t) => {
    t.is(await failure(t, () => undefined), 'the DTLS handshake failed: the peer did not answer our ClientHello');
});

test('a peer without a suite in common says so by an alert, in the API and in the log: suite', async (t) => {
    const alert = Buffer.from('15fefd00000000000000000002' + '0228', 'hex'); // alert, DTLS 1.2, epoch 0, record 0: fatal handshake_failure
    t.is(await failure(t, (_, reply) => reply(alert)), 'the DTLS handshake failed: the peer sent alert 40 (handshake_failure)');
});
