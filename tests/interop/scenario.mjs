// What every peer does with `ocellus-peer`, by the API of browsers alone: runs in Node and, as it is, in a page.
// The labels are those of `ocellus-peer --help`; the bytes are those of tests/peer/source/oc_source_pattern.h.

const PATTERN = 4093;
/** Messages that are sent and come back, in bytes; up to what both ends take. */
export const sizes = [1, 2, 3, 100, 1023, 1024, 1187, 1200, 4096, 16384, 65535, 65536, 100000, 262143, 262144];

/** @param {number} ms @returns {Promise<void>} */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Waits until `probe` gives something true.
 * @template T
 * @param {() => T | false | undefined} probe
 * @param {string} what
 * @param {number} [seconds]
 * @returns {Promise<T>}
 */
export async function until(probe, what, seconds = 60) {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        const found = probe();
        if (found) {
            return found;
        }
        if (Date.now() > deadline) {
            throw new Error(`${what}: not after ${seconds} s`);
        }
        await sleep(5);
    }
}

/** @param {Uint8Array} bytes */
export async function sha256(bytes) {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
    return [...hash].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** The table of test bytes. */
export function makePattern() {
    const table = new Uint8Array(PATTERN);
    let x = 1;
    for (let i = 0; i < PATTERN; i++) {
        x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
        table[i] = x >>> 24;
    }
    return table;
}
const table = makePattern();

/** @param {number} offset @param {number} length */
export function patternBytes(offset, length) {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
        bytes[i] = table[(offset + i) % PATTERN] ?? 0;
    }
    return bytes;
}

/** @param {string} sdp @returns {number} the largest message its author takes */
export function maxMessage(sdp) {
    const found = /^a=max-message-size:(\d+)/m.exec(sdp);
    const bytes = found ? Number(found[1]) : 65536;
    return bytes === 0 ? 262144 : bytes;
}

/** One channel, its messages in a queue. */
export class Line {
    /** @type {(string | Uint8Array)[]} */
    messages = [];
    /** When each of them came. @type {number[]} */
    times = [];
    /** When the last one came that next() gave. */
    cameAt = 0;
    wasOpen = false;

    /** @param {RTCDataChannel} channel */
    constructor(channel) {
        this.channel = channel;
        channel.onopen = () => {
            this.wasOpen = true;
        };
        channel.binaryType = 'arraybuffer';
        channel.onmessage = (/** @type {MessageEvent} */ event) => {
            const { data } = event;
            this.times.push(Date.now());
            this.messages.push(typeof data === 'string' ? data : ArrayBuffer.isView(data) ? Uint8Array.from(/** @type {Uint8Array} */ (data)) : new Uint8Array(data));
        };
    }

    opened() {
        return until(() => this.wasOpen || this.channel.readyState === 'open', `channel ${this.channel.label}: open`);
    }

    closed() {
        return until(() => this.channel.readyState === 'closed', `channel ${this.channel.label}: closed`);
    }

    /** @param {string | Uint8Array} data */
    async send(data) {
        await until(() => this.channel.bufferedAmount < 1 << 20, `channel ${this.channel.label}: room to send`, 60);
        this.channel.send(/** @type {any} */ (data));
    }

    /** @param {number} [seconds] @returns {Promise<string | Uint8Array>} */
    async next(seconds = 60) {
        await until(() => this.messages.length > 0, `channel ${this.channel.label}: a message`, seconds);
        this.cameAt = this.times.shift() ?? 0;
        return /** @type {string | Uint8Array} */ (this.messages.shift());
    }
}

/** @param {RTCPeerConnection} pc @param {RegExp} [enough] of a description that may leave before all is gathered */
async function gathered(pc, enough) {
    await until(() => pc.iceGatheringState === 'complete' || enough?.test(pc.localDescription?.sdp ?? ''), 'candidates gathered', 60);
    const sdp = pc.localDescription?.sdp;
    if (!sdp) {
        throw new Error('no description');
    }
    return sdp;
}

/**
 * Offers to an endpoint. A channel must exist before.
 * @param {RTCPeerConnection} pc
 * @param {(offer: string) => Promise<string>} exchange
 * @param {RegExp} [enough] of a description that may leave before all is gathered
 */
export async function offerTo(pc, exchange, enough) {
    await pc.setLocalDescription(await pc.createOffer());
    const offer = await gathered(pc, enough);
    const answer = await exchange(offer);
    await pc.setRemoteDescription({ type: 'answer', sdp: answer });
    return { ours: offer, theirs: answer };
}

/**
 * Answers an offer.
 * @param {RTCPeerConnection} pc
 * @param {string} offer
 * @param {RegExp} [enough] of a description that may leave before all is gathered
 */
export async function answerTo(pc, offer, enough) {
    await pc.setRemoteDescription({ type: 'offer', sdp: offer });
    await pc.setLocalDescription(await pc.createAnswer());
    return { ours: await gathered(pc, enough), theirs: offer };
}

/** POST to `ocellus-peer`. @param {string} url @returns {(offer: string) => Promise<string>} */
export function postOffer(url) {
    return async (offer) => {
        const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: offer });
        const text = await response.text();
        if (response.status !== 201) {
            throw new Error(`POST ${url}: ${response.status} ${text}`);
        }
        return text;
    };
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** @param {unknown} value @param {string} what */
function check(value, what) {
    if (!value) {
        throw new Error(what);
    }
}

/** @param {string | Uint8Array} message */
const bytesOf = (message) => (typeof message === 'string' ? new TextEncoder().encode(message) : message);

/** Every size comes back the same, as bytes and as text. @param {Line} line @param {number} most @param {boolean} empty */
async function echo(line, most, empty) {
    await line.opened();
    for (const size of [...sizes.filter((n) => n < most), most]) {
        const sent = patternBytes(size, size);
        await line.send(sent);
        const back = await line.next(60);
        check(typeof back !== 'string' && same(back, sent), `echo of ${size} bytes: ${back.length} other ones came back`);
    }
    for (const text of ['x', 'Küche 😀', 'y'.repeat(Math.min(most, 20000))]) {
        await line.send(text);
        const back = await line.next();
        check(back === text, `echo of a text of ${text.length} came back as ${typeof back} of ${back.length}`);
    }
    if (empty) {
        await line.send('');
        check((await line.next()) === '', 'echo of an empty text');
        await line.send(new Uint8Array());
        check((await line.next()).length === 0, 'echo of no bytes');
    }
    line.channel.close();
    await line.closed();
}

/** Without order every message comes all the same. @param {Line} line */
async function echoUnordered(line) {
    await line.opened();
    for (let i = 0; i < 100; i++) {
        await line.send(patternBytes(i * 1000, 1000));
    }
    const seen = new Set();
    for (let i = 0; i < 100; i++) {
        seen.add(await sha256(bytesOf(await line.next())));
    }
    for (let i = 0; i < 100; i++) {
        check(seen.has(await sha256(patternBytes(i * 1000, 1000))), `message ${i} is missing`);
    }
    line.channel.close();
    await line.closed();
}

/** @param {Line} line @param {number} most */
async function sink(line, most) {
    await line.opened();
    const size = Math.min(most, 65536);
    for (const total of [1, 1000003]) {
        for (let at = 0; at < total; at += size) {
            await line.send(patternBytes(at, Math.min(size, total - at)));
        }
        await line.send('end');
        const answer = await line.next(60);
        const right = `${total} ${await sha256(patternBytes(0, total))}`;
        check(answer === right, `sink answered ${answer}, not ${right}`);
    }
    line.channel.close();
    await line.closed();
}

/** @param {Line} line @param {number} bytes @param {number} size */
async function source(line, bytes, size) {
    await line.opened();
    for (let at = 0; at < bytes; at += size) {
        const length = Math.min(size, bytes - at);
        const message = bytesOf(await line.next(60));
        check(same(message, patternBytes(at, length)), `source: ${message.length} bytes at ${at} are not the ${length} of the pattern`);
    }
    await line.closed();
    check(line.messages.length === 0, 'source: more than was asked for');
}

/** @param {Line} line @param {{ frames: number, size: number, key: number, every: number }} video @param {boolean} [isLive] late frames may be left out */
async function video(line, { frames, size, key, every }, isLive = false) {
    await line.opened();
    if (isLive) {
        await line.closed();
    }
    let next = 0;
    while (isLive ? line.messages.length > 0 : next < frames) {
        const frame = bytesOf(await line.next());
        const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
        const n = Number(view.getBigUint64(0));
        check(n === next || (isLive && n > next && n < frames), `frame ${next} is number ${n}`);
        const isKey = n % every === 0;
        check(frame.length === (isKey ? key : size), `frame ${n}: ${frame.length} bytes`);
        check(view.getUint8(20) === (isKey ? 1 : 0), `frame ${n}: its key flag`);
        const age = line.cameAt - Number(view.getBigUint64(8) / 1000n);
        check(age > -1000 && age < 10000, `frame ${n} is ${age} ms old`);
        check(same(frame.slice(24), patternBytes(n * 61 + 24, frame.length - 24)), `frame ${n}: its bytes`);
        next = n + 1;
    }
    check(next > 0, 'no frame came');
    await line.closed();
}

/** A label that is not understood: one JSON with the reason, then it is closed. @param {Line} line @param {RegExp} reason */
async function refused(line, reason) {
    await line.opened();
    const text = await line.next();
    check(typeof text === 'string', 'a refusal is text');
    const { error } = JSON.parse(String(text));
    check(reason.test(error), `refused for another reason: ${error}`);
    await line.closed();
}

/** Labels on which the other end speaks first. @param {number} receive the largest message that we take */
const speakers = (receive) => [
    'source?bytes=1000003&size=16384',
    `source?bytes=${3 * receive + 1}&size=${receive}`,
    'video?fps=25&size=3000&key=20000&every=10&seconds=1',
    'video?fps=25&size=3000&key=20000&every=10&seconds=1&mode=live',
    'nothing',
    `source?bytes=1&size=${receive + 1}`,
];

/**
 * What a peer knows. `empty`: empty messages. `reuse`: that an id is free after both resets. `late`: to keep the order of what
 * comes while it makes a channel; else those on which the other end speaks first are made before there is a connection.
 * @typedef {{ empty: boolean, reuse: boolean, late: boolean }} Can
 */

/**
 * Everything above over one connection. `connect` is called when the first channels were made.
 * @param {RTCPeerConnection} pc
 * @param {() => Promise<{ ours: string, theirs: string }>} connect
 * @param {(result: { name: string, error?: string }) => void} tell each result
 * @param {Can} [can]
 */
export async function everything(pc, connect, tell, can = { empty: true, reuse: true, late: true }) {
    /** @param {string} label @param {RTCDataChannelInit} [options] */
    const open = (label, options) => new Line(pc.createDataChannel(label, options));
    const first = open('echo');
    const early = can.late ? [] : speakers(maxMessage((await pc.createOffer()).sdp ?? '')).map((label) => open(label));
    const { ours, theirs } = await connect();
    const send = maxMessage(theirs);
    const receive = maxMessage(ours);
    /** @param {number} n which of the speakers */
    const speaker = (n) => early[n] ?? open(speakers(receive)[n] ?? '');
    /** @param {string} name @param {() => Promise<void>} test */
    const run = async (name, test) => {
        try {
            await test();
            tell({ name });
        } catch (error) {
            tell({ name, error: String(error instanceof Error ? error.message : error) });
        }
        await sleep(can.reuse ? 0 : 500);
    };
    await run(`echo, 1 to ${Math.min(send, receive)} bytes`, () => echo(first, Math.min(send, receive), can.empty));
    await run('echo without order', () => echoUnordered(open('echo', { ordered: false })));
    await run('sink', () => sink(open('sink'), send));
    await run('source', () => source(speaker(0), 1000003, 16384));
    await run(`source, messages of ${receive}`, () => source(speaker(1), 3 * receive + 1, receive));
    const few = { frames: 25, size: 3000, key: 20000, every: 10 };
    await run('video', () => video(speaker(2), few));
    await run('video, live', () => video(speaker(3), few, true));
    await run('an unknown label', () => refused(speaker(4), /unknown label/));
    await run('a message too large for us', () => refused(speaker(5), /size/));
}
