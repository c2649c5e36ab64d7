// The viewer's side of nat.test.mjs: offers by standard output, takes the answer from standard input, then does what
// scenario.mjs says.  node behind-nat.mjs PEER HOST PORT USER PASSWORD
import readline from 'node:readline';
import { libraries } from './libraries.mjs';
import { everything, offerTo } from './scenario.mjs';

const [peer = '', host = '', port = '', username = '', credential = ''] = process.argv.slice(2);
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
const answer = new Promise((resolve) => {
    readline.createInterface({ input: process.stdin }).once('line', (line) => resolve(JSON.parse(line)));
});
await everything(
    pc,
    () =>
        offerTo(
            pc,
            async (offer) => {
                print({ offer });
                return String(await answer);
            },
            / typ relay /, // what libwebrtc tries besides, from addresses without a route, takes 30 s
        ),
    print,
);
print({ ended: true });
process.stdin.once('data', () => process.exit(0)); // until the other side has been asked for its path
