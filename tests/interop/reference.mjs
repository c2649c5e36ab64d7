// The labels of `ocellus-peer`, served by a library: what scenario.mjs is tried on.
import { Line, patternBytes, sha256, sleep, until } from './scenario.mjs';

/** @param {Line} line */
async function echo(line) {
    for (;;) {
        await line.send(await line.next(3600));
    }
}

/** @param {Line} line */
async function sink(line) {
    /** @type {Uint8Array[]} */
    let parts = [];
    for (;;) {
        const message = await line.next(3600);
        if (message !== 'end') {
            parts.push(typeof message === 'string' ? new TextEncoder().encode(message) : message);
            continue;
        }
        const bytes = new Uint8Array(Buffer.concat(parts));
        await line.send(`${bytes.length} ${await sha256(bytes)}`);
        parts = [];
    }
}

/** @param {Line} line */
async function end(line) {
    await until(() => line.channel.bufferedAmount === 0, 'sent', 60);
    await sleep(200); // of the libraries some drop what is under way
    line.channel.close();
}

/** @param {Line} line @param {string} error */
async function refuse(line, error) {
    await line.send(JSON.stringify({ error }));
    await end(line);
}

/** @param {Line} line @param {URLSearchParams} query */
async function source(line, query) {
    const bytes = Number(query.get('bytes'));
    const size = Number(query.get('size'));
    for (let at = 0; at < bytes; at += size) {
        await line.send(patternBytes(at, Math.min(size, bytes - at)));
    }
    await end(line);
}

/** @param {Line} line @param {URLSearchParams} query */
async function video(line, query) {
    const [fps, size, key, every, seconds] = ['fps', 'size', 'key', 'every', 'seconds'].map((name) => Number(query.get(name)));
    for (let n = 0; n < (fps ?? 1) * (seconds ?? 1); n++) {
        const isKey = n % (every ?? 1) === 0;
        const frame = patternBytes(n * 61, (isKey ? key : size) ?? 24);
        const view = new DataView(frame.buffer);
        view.setBigUint64(0, BigInt(n));
        view.setBigUint64(8, BigInt(Date.now()) * 1000n);
        view.setUint32(16, frame.length);
        view.setUint32(20, isKey ? 1 << 24 : 0);
        await line.send(frame);
        await sleep(1000 / (fps ?? 1));
    }
    await end(line);
}

/**
 * Serves the channels that the other end opens, whose messages may have `most` bytes.
 * @param {RTCPeerConnection} pc
 * @param {() => number} most
 */
export function serve(pc, most) {
    pc.ondatachannel = (event) => {
        const line = new Line(event.channel);
        const [name = '', query = ''] = event.channel.label.split('?');
        const params = new URLSearchParams(query);
        const work = async () => {
            await line.opened();
            if (name === 'source' && Number(params.get('size')) > most()) {
                return refuse(line, `size: ${params.get('size')} is not allowed`);
            }
            const served = { echo, sink, source, video }[name];
            return served ? served(line, params) : refuse(line, 'unknown label');
        };
        void work().catch(() => undefined); // the channel is gone
    };
}
