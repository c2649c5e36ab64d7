// The viewer's side of overtaken.test.mjs: opens a live video on a path that is too narrow for it, checks every frame that
// comes, and says how many did.  node overtaken.mjs PEER LABEL KEY SIZE EVERY
import readline from 'node:readline';
import { libraries } from './libraries.mjs';
import { Line, offerTo, patternBytes, until } from './scenario.mjs';

const [peer = '', label = '', ...numbers] = process.argv.slice(2);
const [key = 0, size = 0, every = 1] = numbers.map(Number);
const make = libraries[peer];
if (!make) {
    throw new Error(`no peer ${peer}`);
}
const pc = await make();
/** @param {unknown} value */
const print = (value) => console.log(JSON.stringify(value));
const answer = new Promise((resolve) => {
    readline.createInterface({ input: process.stdin }).once('line', (line) => resolve(JSON.parse(line)));
});
const line = new Line(pc.createDataChannel(label));
await offerTo(pc, async (offer) => {
    print({ offer });
    return String(await answer);
});
await line.opened();
let [frames, gaps, next] = [0, 0, 0];
let early = 0; // frames behind a gap, and not at a key frame: they had arrived whole when the one before them was given up
for (;;) {
    await until(() => line.messages.length > 0 || line.channel.readyState === 'closed', 'a frame', 30);
    if (line.messages.length === 0) {
        break;
    }
    const frame = /** @type {Uint8Array} */ (await line.next());
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const n = Number(view.getBigUint64(0));
    const whole = frame.length === (n % every === 0 ? key : size) && patternBytes(n * 61 + 24, frame.length - 24).every((byte, i) => byte === frame[24 + i]);
    if (!whole || n < next) {
        print({ wrong: `frame ${n} of ${frame.length} bytes after frame ${next - 1}` });
        process.exit(1);
    }
    gaps += n > next ? 1 : 0;
    early += n > next && n % every !== 0 ? 1 : 0;
    next = n + 1;
    frames++;
}
print({ frames, gaps, early });
process.stdin.once('data', () => process.exit(0));
