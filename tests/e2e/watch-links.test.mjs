// Watch links that signal: viewers of ours over HTTP and WebRTC, with the token of a link and nothing else.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Device, eventually, peerProgram, start, temporary } from './device.mjs';
import { signalling } from './viewers.mjs';

const json = { 'content-type': 'application/json' };
const shop = 'https://shop.example';
const offer = readFileSync('tests/corpora/sdp/chromium-156-offer.sdp', 'utf8').replace(/a=candidate:.*\r?\n/g, '');

/** A camera with two channels. @param {import('ava').ExecutionContext} t @param {object} [p2p] */
async function camera(t, p2p = {}) {
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ p2p: { loopback: true, ...p2p } }));
    const { device } = start(t, ['--settings', settings, '--record', 'off', '--input', 'yard=test:?size=320x180', '--input', 'door=fake:?fps=5&gop=5']);
    const url = await device.url();
    await eventually(async () => ((await device.json('/api/status')).channels.every((/** @type {any} */ one) => one.state === 'running') ? true : undefined), 'the inputs run');
    /** @param {string} method @param {string} where @param {string} [body] @param {Record<string, string>} [headers] */
    const send = async (method, where, body, headers = {}) => {
        const answer = await fetch(url + where, { method, ...(body !== undefined && { body }), headers: { ...json, ...headers } });
        return { status: answer.status, headers: answer.headers, text: await answer.text() };
    };
    /** A link of a channel. @param {string} channel @param {number} [seconds] @returns {Promise<{ id: string, page: string }>} */
    const link = async (channel, seconds = 600) => JSON.parse((await send('POST', '/api/links', JSON.stringify({ channel, seconds }))).text);
    /** How many watch by it. @param {string} id @returns {Promise<number>} */
    const watching = async (id) => (await device.json('/api/links')).links.find((/** @type {{ id: string }} */ one) => one.id === id)?.watching;
    /** A viewer by a link that opens these channels. @param {{ page: string }} by @param {readonly string[]} labels */
    const viewer = async (by, ...labels) => {
        const offers = await signalling(t, url, undefined, `${by.page}api/p2p/offer`);
        const peer = new Device(['--loopback', '--json', '--offer-to', offers, ...labels.flatMap((label) => ['--open', label])], { program: peerProgram });
        t.teardown(async () => {
            peer.process.kill('SIGKILL');
            await peer.ended;
        });
        return peer;
    };
    return { device, send, link, watching, viewer };
}

/** The last text of the channel that a label opened. @param {Device} peer @param {string} label */
const last = async (peer, label) => String((await peer.until(() => peer.events.find((e) => e['event'] === 'channel' && e['label'] === label), `the end of ${label}`))['answer']);

test('a link opens live of its channel, and nothing else, each refused with its reason [E11] [E3]', async (t) => {
    const { device, link, watching, viewer } = await camera(t);
    const yard = await link('yard');
    t.is(await watching(yard.id), 0);
    const labels = ['action=live&channel=door', 'action=playback&channel=yard&time=0', 'action=voice&codec=pcma'];
    const peer = await viewer(yard, 'action=live', ...labels);
    t.regex(await last(peer, labels[0] ?? ''), /this watch link opens channel yard only/);
    t.regex(await last(peer, labels[1] ?? ''), /a watch link opens live of one channel only/);
    t.regex(await last(peer, labels[2] ?? ''), /a watch link opens live of one channel only/);
    const [session] = await eventually(async () => {
        const { sessions } = await device.json('/api/p2p/sessions');
        return sessions[0]?.channels.some((/** @type {any} */ one) => one.kind === 'live' && one.channel === 0 && one.acknowledgedBytes > 50_000) ? sessions : undefined;
    }, 'live of yard');
    t.is(session.channels.filter((/** @type {any} */ one) => one.kind === 'live').length, 1);
    t.is(await watching(yard.id), 1);
    await viewer(yard, 'action=live&channel=yard');
    await eventually(async () => ((await watching(yard.id)) === 2 ? true : undefined), 'two watch');
    t.is(await watching((await link('yard')).id), 0, 'each link counts its own');
});

test('a session ends with its link, deleted or over, within seconds; other sessions go on [E11] [E3]', async (t) => {
    const { device, send, link, viewer, watching } = await camera(t);
    const [gone, stays, short] = [await link('yard'), await link('yard'), await link('yard', 12)];
    const label = 'action=live';
    const [first, , third] = [await viewer(gone, label), await viewer(stays, label), await viewer(short, label)];
    const sent = async () => (await device.json('/api/p2p/sessions')).sessions.filter((/** @type {any} */ one) => one.channels[0]?.acknowledgedBytes > 10_000);
    await eventually(async () => ((await sent()).length === 3 ? true : undefined), 'three viewers');
    const from = performance.now();
    t.is((await send('DELETE', `/api/links/${gone.id}`)).status, 204);
    await last(first, label);
    t.log(`the viewer knows after ${Math.round(performance.now() - from)} ms`);
    t.is((await send('POST', `${gone.page}api/p2p/offer`, JSON.stringify({ sdp: offer }))).status, 403);
    await last(third, label);
    await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions.length === 1 ? true : undefined), 'one is left');
    t.is(device.stderr.match(/viewer \d+: the watch link is over/g)?.length, 2, device.stderr);
    t.is(await watching(stays.id), 1);
});

test('pages of any site signal by a link, by JSON and SDP, and by nothing else; a session is its own [E11] [E12]', async (t) => {
    const { device, send, link } = await camera(t, { turn: ['turn://user:s3cretword@127.0.0.1:9'] });
    const { page } = await link('yard');
    const preflight = await send('OPTIONS', `${page}api/p2p/offer`, undefined, { origin: shop, 'access-control-request-method': 'POST' });
    t.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('access-control-allow-credentials')], [204, shop, null]);
    t.is(preflight.headers.get('access-control-allow-methods'), 'GET, HEAD, POST, PATCH, DELETE');
    t.is(preflight.headers.get('access-control-allow-headers'), 'content-type, if-match, range');
    const made = await send('POST', `${page}api/p2p/offer`, JSON.stringify({ sdp: offer }), { origin: shop });
    t.is(made.status, 201, made.text);
    t.is(made.headers.get('access-control-allow-origin'), shop);
    const { session } = JSON.parse(made.text);
    t.regex(session, /^\d+-[0-9a-f]{16}$/);
    const sdp = await send('POST', `${page}api/p2p/offer`, offer, { 'content-type': 'application/sdp', origin: shop });
    t.is(sdp.status, 201, sdp.text);
    const where = new URL(sdp.headers.get('location') ?? '', `http://camera${page}api/p2p/offer`).pathname;
    t.regex(where, /^\/w\/.*\/api\/p2p\/sessions\/\d+-[0-9a-f]{16}$/);
    t.false((sdp.headers.get('link') ?? '').includes('s3cretword'), 'no password of a TURN server');
    t.is((await send('PATCH', where, 'a=ice-ufrag:nobody\r\n', { 'content-type': 'application/trickle-ice-sdpfrag', origin: shop })).status, 400, 'a fragment is read');
    const others = `${page}api/p2p/sessions/${Number.parseInt(session, 10)}`;
    for (const address of [others, `${others}-${'0'.repeat(16)}`, `/w/x/api/p2p/sessions/${session}`]) {
        t.true([403, 404].includes((await send('DELETE', address)).status), address);
    }
    const another = await link('yard');
    t.is((await send('DELETE', `${another.page}api/p2p/sessions/${session}`)).status, 404, 'another link, even with the key');
    t.is((await send('DELETE', `${page}api/p2p/sessions/${session}`)).status, 204);
    t.is((await send('DELETE', where, undefined, { origin: shop })).status, 204);
    await eventually(async () => ((await device.json('/api/p2p/sessions')).sessions.length === 0 ? true : undefined), 'both ended');
    // without a token, and elsewhere than at signalling, another site has nothing
    for (const [method, address] of [['POST', '/api/p2p/offer'], ['POST', '/api/links/yard/offer'], ['OPTIONS', '/api/p2p/offer'], ['GET', '/api/status']]) {
        t.is((await send(method ?? '', address ?? '', method === 'POST' ? '{}' : undefined, { origin: shop })).status, 403, `${method} ${address}`);
    }
    for (const address of [`${page}api/status`, `${page}api/p2p/sessions`, `${page}api/commands/status`]) {
        t.true([403, 404].includes((await send('GET', address, undefined, { origin: shop })).status), address);
    }
    t.true([403, 404, 405].includes((await send('POST', '/api/links/yard/offer', JSON.stringify({ sdp: offer }))).status), 'the path between host and script is not public');
});
