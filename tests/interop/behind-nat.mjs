// The viewer's side of nat.test.mjs: offers by standard output, takes the answer from standard input, then does what
// scenario.mjs says; or answers one offer that is posted to it.  node behind-nat.mjs PEER HOST PORT USER PASSWORD [answers]
import http from 'node:http';
import readline from 'node:readline';
import { text } from 'node:stream/consumers';
import { libraries } from './libraries.mjs';
import { answerTo, everything, offerTo } from './scenario.mjs';

const [peer = '', host = '', port = '', username = '', credential = '', role = 'offers'] = process.argv.slice(2);
const make = libraries[peer];
if (!make) {
    throw new Error(`no peer ${peer}`);
}
const pc = await make([
    { urls: `stun:${host}:${port}` },
    { urls: `turn:${host}:${port}?transport=udp`, username, credential },
]);
/** @param {unknown} value */
const print = (value) => console.log(JSON.stringify(value));
const enough = / typ relay /; // what libwebrtc tries besides, from addresses without a route, takes 30 s

function offers() {
    const answer = new Promise((resolve) => {
        readline.createInterface({ input: process.stdin }).once('line', (line) => resolve(JSON.parse(line)));
    });
    /** @param {string} offer */
    const exchange = async (offer) => {
        print({ offer });
        return String(await answer);
    };
    return offerTo(pc, exchange, enough);
}

/** @returns {Promise<{ ours: string, theirs: string }>} */
function answers() {
    return new Promise((resolve) => {
        const server = http.createServer(async (request, response) => {
            const both = await answerTo(pc, await text(request), enough);
            response.writeHead(201, { 'content-type': 'application/sdp' }).end(both.ours);
            resolve(both);
        });
        server.listen(0, '127.0.0.1', () => print({ listening: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}` }));
    });
}

await everything(pc, role === 'answers' ? answers : offers, print);
print({ ended: true });
process.stdin.once('data', () => process.exit(0)); // until the other side has been asked for its path
