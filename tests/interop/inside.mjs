// One row of the matrix, in a network of its own: prints one JSON object per line, {"name", "error"?}, and ends.
//   node inside.mjs PEER offers|answers ENDPOINT
// PEER: chromium, werift, wrtc, node-datachannel, pion, gstreamer. ENDPOINT: ocellus, or the library whose reference.mjs serves.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { bridge, bridged } from './bridge.mjs';
import { libraries } from './libraries.mjs';
import { serve } from './reference.mjs';
import { answerTo, everything, maxMessage, offerTo, postOffer } from './scenario.mjs';
import { root } from '../../scripts/lib.mjs';
import { openBrowserPeer } from './browser-peer.mjs';

const [peer = '', role = '', endpoint = ''] = process.argv.slice(2);

/** @param {{ name: string, error?: string }} result */
const tell = (result) => console.log(JSON.stringify(result));

/** @param {http.IncomingMessage} request */
async function bodyOf(request) {
    let body = '';
    for await (const part of request.setEncoding('utf8')) {
        body += part;
    }
    return body;
}

/** @param {http.RequestListener} listener @returns {Promise<string>} where it listens */
function listen(listener) {
    const server = http.createServer(listener).listen(0, '127.0.0.1');
    return new Promise((resolve) => {
        server.once('listening', () => {
            const address = server.address();
            resolve(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
        });
    });
}

/** @param {string} name @returns {Promise<RTCPeerConnection>} */
async function connection(name) {
    if (bridged.includes(name)) {
        return bridge(name);
    }
    const make = libraries[name];
    if (!make) {
        throw new Error(`no peer ${name}`);
    }
    return make();
}

/** `ocellus-peer` with these options; what it printed as an event. @param {readonly string[]} options @param {string} event */
function ocellus(options, event) {
    const program = process.env['OC_PROGRAM'] ?? path.join(root, 'build', 'linux', 'ocellus');
    const child = spawn(path.join(path.dirname(program), 'ocellus-peer'), ['--json', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
    process.on('exit', () => child.kill());
    /** @type {Promise<Record<string, string>>} */
    const printed = new Promise((resolve, reject) => {
        let text = '';
        child.stdout.setEncoding('utf8').on('data', (part) => {
            text += part;
            const line = text.split('\n').slice(0, -1).map((one) => JSON.parse(one)).find((one) => one.event === event);
            if (line) {
                resolve(line);
            }
        });
        child.on('close', (code) => reject(new Error(`ocellus-peer ended with ${code}`)));
    });
    return printed;
}

/** An endpoint that answers offers; its URL for POST. */
async function answering() {
    if (endpoint === 'ocellus') {
        const { url } = await ocellus(['--http', '127.0.0.1:0'], 'listening');
        return `${url}offer`;
    }
    return `${await listen(async (request, response) => {
        if (request.method === 'OPTIONS') {
            response.writeHead(204, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }).end();
            return;
        }
        const pc = await connection(endpoint);
        let most = 65536;
        serve(pc, () => most);
        const { ours, theirs } = await answerTo(pc, await bodyOf(request));
        most = maxMessage(theirs);
        response.writeHead(201, { 'content-type': 'application/sdp', 'access-control-allow-origin': '*' }).end(ours);
    })}/offer`;
}

/** An endpoint that offers to this URL by POST. @param {string} url */
async function offering(url) {
    if (endpoint === 'ocellus') {
        return void ocellus(['--offer-to', url], 'ended').catch(() => undefined);
    }
    const pc = await connection(endpoint);
    let most = 65536;
    serve(pc, () => most);
    pc.createDataChannel('unused');
    const { theirs } = await offerTo(pc, postOffer(url));
    most = maxMessage(theirs);
}

/**
 * werift 0.24.4 sends nothing when it is to send an empty message, and uses an id again before both of its resets.
 * @roamhq/wrtc 0.10.0 gives the first messages of a channel in a wrong order when they come before its createDataChannel has
 * returned: the channel takes over what its first observer has kept only after it has begun to take messages itself
 * (src/interfaces/rtc_data_channel.cc, `requeue`). 14 of 120 such channels from us, 3 of 200 from libdatachannel.
 * GStreamer 1.22.0 gives its user no empty message, and opens a channel of a running connection before anybody can listen to it.
 */
const weak = [peer, endpoint].includes('werift');
const can = { empty: !weak && peer !== 'gstreamer', reuse: !weak, late: peer !== 'wrtc' && peer !== 'gstreamer' };

/** A library as peer, in this process. */
async function runLibrary() {
    const pc = await connection(peer);
    if (role === 'offers') {
        const url = await answering();
        return everything(pc, () => offerTo(pc, postOffer(url)), tell, can);
    }
    /** @type {Promise<{ offer: string, response: http.ServerResponse }>} */
    const offered = new Promise((resolve, reject) => {
        const url = listen(async (request, response) => resolve({ offer: await bodyOf(request), response }));
        url.then((to) => offering(`${to}/offer`)).catch(reject);
    });
    return everything(pc, async () => {
        const { offer, response } = await offered;
        const both = await answerTo(pc, offer);
        response.writeHead(201, { 'content-type': 'application/sdp' }).end(both.ours);
        return both;
    }, tell, can);
}

/** Chromium: the same scenario in its page. */
async function runBrowser() {
    const scenario = readFileSync(path.join(import.meta.dirname, 'scenario.mjs'), 'utf8');
    /** @type {(value: { offer: string, response: http.ServerResponse }) => void} */
    let came = () => undefined;
    /** @type {Promise<{ offer: string, response: http.ServerResponse }>} */
    const waited = new Promise((resolve) => {
        came = resolve;
    });
    const site = await listen(async (request, response) => {
        if (request.url === '/scenario.mjs') {
            response.writeHead(200, { 'content-type': 'text/javascript' }).end(scenario);
        } else if (request.url === '/offer') {
            came({ offer: await bodyOf(request), response });
        } else if (request.url === '/answer') {
            const { response: waiting } = await waited;
            waiting.writeHead(201, { 'content-type': 'application/sdp' }).end(await bodyOf(request));
            response.writeHead(204).end();
        } else {
            response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>peer</title>');
        }
    });
    const page = await openBrowserPeer(site, tell);
    if (role === 'offers') {
        return page.offer(await answering());
    }
    offering(`${site}/offer`).catch((error) => console.error(String(error)));
    return page.answer((await waited).offer);
}

await (peer === 'chromium' ? runBrowser() : runLibrary());
process.exit(0); // the libraries have threads of their own that go on
