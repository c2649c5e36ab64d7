// UDP in a namespace, as a program of its own:
//   node udp.mjs echo PORT                 sends everything back; says "up"
//   node udp.mjs count PORT                says "up"; at the end of standard input: JSON of what came
//   node udp.mjs send HOST PORT COUNT BYTES PER_MS
import { createSocket } from 'node:dgram';

const [mode, ...args] = process.argv.slice(2);
const socket = createSocket('udp4');

if (mode === 'send') {
    const [host = ''] = args;
    const [port = 0, count = 0, bytes = 0, perMs = 0] = args.slice(1).map(Number);
    const burst = 16; // at once at most, after a pause of this process: the socket there is not endless
    let sent = 0;
    const started = performance.now();
    const step = () => {
        const due = Math.min((performance.now() - started) * perMs, sent + burst, count);
        for (; sent < due; sent++) {
            const data = Buffer.alloc(bytes); // one each: it is read later
            data.writeUInt32BE(sent);
            socket.send(data, port, host);
        }
        if (sent < count) {
            setTimeout(step, 1);
        } else {
            setTimeout(() => socket.close(), 100);
        }
    };
    step();
} else {
    const seen = new Set();
    const got = { packets: 0, bytes: 0, duplicates: 0, late: 0, firstMs: 0, lastMs: 0 };
    let highest = -1;
    socket.on('message', (data, from) => {
        if (mode === 'echo') {
            socket.send(data, from.port, from.address);
            return;
        }
        const number = data.readUInt32BE(0);
        got.packets++;
        got.bytes += data.length;
        got.duplicates += seen.has(number) ? 1 : 0;
        got.late += number < highest ? 1 : 0;
        got.firstMs ||= performance.now();
        got.lastMs = performance.now();
        highest = Math.max(highest, number);
        seen.add(number);
    });
    socket.bind(Number(args[0]), () => {
        socket.setRecvBufferSize(4 << 20);
        console.log('up');
    });
    process.stdin.resume();
    process.stdin.on('end', () => {
        console.log(JSON.stringify(got));
        process.exit(0);
    });
}
