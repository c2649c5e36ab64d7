// Entries of HTTP/2 (frames.json): a writer of frames (RFC 9113) whose header blocks are literals (RFC 7541), and what came back.
import { readFileSync } from 'node:fs';
import { hangS } from '../../guard.mjs';
import { connect } from './talk.mjs';

/** @typedef {import('./talk.mjs').Target} Target */
/** @typedef {string | readonly [string, number]} Text a text, or a text so often */

/**
 * One thing that is sent, or waited for.
 * @typedef {object} FrameStep
 * @property {string} [get] path of a request
 * @property {string} [post] the same, with a media type
 * @property {readonly (readonly [string, Text])[]} [block] all headers of a request
 * @property {readonly (readonly [string, Text])[]} [continuation] of a header block that goes on
 * @property {readonly (readonly [string, Text])[]} [headers] more of them; "+" before a name: kept in the table of the connection
 * @property {Text} [after] hexadecimal, at the end of the block
 * @property {number} [pieces] the block in CONTINUATION frames of so many bytes
 * @property {boolean} [owner] with the cookie of the owner
 * @property {boolean} [open] the stream does not end with it
 * @property {boolean} [more] the block does not end with it
 * @property {Text} [data] of the stream
 * @property {boolean} [end] the stream ends with it
 * @property {number} [frame] type of a frame with `flags` and `payload` (hexadecimal)
 * @property {number} [flags]
 * @property {Text} [payload]
 * @property {Text} [text] bytes as they are
 * @property {number} [await] a stream: goes on when it was answered
 * @property {number} [times] so often `steps`, each time with streams that are higher by `advance` (left out: 2)
 * @property {readonly FrameStep[]} [steps]
 * @property {number} [advance]
 * @property {number} [stream] left out: 0
 */

/**
 * What is sent and what must hold.
 * @typedef {object} FrameEntry
 * @property {string} name
 * @property {readonly FrameStep[]} steps
 * @property {readonly number[]} answered streams that have to be answered
 * @property {boolean} [goesOn] the connection serves another request behind it
 * @property {boolean} [ends] it does not
 * @property {number} [reaches] requests for `/api/echo/{id}` that may reach the application; left out: none
 * @property {Record<string, string | null>} [echo] headers that it sees; null: not at all
 * @property {boolean} [bare] neither preface nor SETTINGS before it
 * @property {boolean} [silent] no request behind it: the server closes by its own time
 * @property {string} [defect] as of an entry of the corpus
 */

/** @type {FrameEntry[]} */
export const frameEntries = JSON.parse(readFileSync(new URL('frames.json', import.meta.url), 'utf8'));

const types = { data: 0, headers: 1, reset: 3, settings: 4, goAway: 7, continuation: 9 };
const endStream = 1;
const endHeaders = 4;
/** Of the request behind an entry: higher than all others. */
const lastStream = 1_000_001;
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** @param {Text | undefined} text */
const long = (text = '') => (typeof text === 'string' ? text : text[0].repeat(text[1]));

/** @param {number} type @param {number} flags @param {number} stream @param {Buffer} payload */
function frame(type, flags, stream, payload) {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
}

/** A string literal, not compressed (RFC 7541, 5.2). @param {string} text */
function literal(text) {
    const bytes = Buffer.from(text, 'latin1');
    const length = [Math.min(bytes.length, 127)];
    if (bytes.length >= 127) {
        let left = bytes.length - 127;
        for (; left >= 128; left >>= 7) {
            length.push((left & 127) | 128);
        }
        length.push(left);
    }
    return Buffer.concat([Buffer.from(length), bytes]);
}

/** @param {readonly (readonly [string, Text])[]} headers @param {(text: string) => string} put */
const block = (headers, put) =>
    Buffer.concat(headers.flatMap(([name, value]) => {
        const kept = name.startsWith('+');
        return [Buffer.from([kept ? 0x40 : 0]), literal(put(kept ? name.slice(1) : name)), literal(put(long(value)))];
    }));

/** @param {Target} target @param {string} path @param {FrameStep} step @returns {(readonly [string, Text])[]} */
const request = ({ host, cookie }, path, { get, owner = false, headers = [] }) => [
    [':method', get === undefined ? 'POST' : 'GET'], [':scheme', 'https'], [':authority', host], [':path', path],
    ...(get === undefined ? /** @type {const} */ ([['content-type', 'application/json']]) : []),
    ...(owner ? /** @type {const} */ ([['cookie', cookie], ['origin', `https://${host}`]]) : []),
    ...headers,
];

/** Frames of one step. @param {Target} target @param {FrameStep} step @param {number} stream @param {(text: string) => string} put */
function bytesOf(target, step, stream, put) {
    const path = step.get ?? step.post;
    const headers = step.block ?? (path === undefined ? undefined : request(target, path, step));
    const flags = (step.open === true ? 0 : endStream) | (step.more === true ? 0 : endHeaders);
    if (headers !== undefined) {
        const all = Buffer.concat([block(headers, put), Buffer.from(long(step.after), 'hex')]);
        if (step.pieces === undefined) {
            return frame(types.headers, flags, stream, all);
        }
        const parts = Array.from({ length: Math.ceil(all.length / step.pieces) }, (_, n) => all.subarray(n * Number(step.pieces), (n + 1) * Number(step.pieces)));
        return Buffer.concat(parts.map((part, n) => frame(n === 0 ? types.headers : types.continuation, (n === 0 ? endStream : 0) | (n === parts.length - 1 ? endHeaders : 0), stream, part)));
    }
    if (step.continuation !== undefined) {
        return frame(types.continuation, flags & endHeaders, stream, block(step.continuation, put));
    }
    if (step.data !== undefined) {
        return frame(types.data, step.end === true ? endStream : 0, stream, Buffer.from(long(step.data), 'latin1'));
    }
    return step.text === undefined ? frame(step.frame ?? 0, step.flags ?? 0, stream, Buffer.from(long(step.payload), 'hex')) : Buffer.from(put(long(step.text)), 'latin1');
}

/**
 * What came back.
 * @typedef {object} FrameTalk
 * @property {Set<number>} answered streams with headers
 * @property {Set<number>} refused streams that were reset
 * @property {Map<number, string>} bodies by stream
 * @property {boolean} ready TLS is there
 * @property {boolean} ended by the server
 * @property {boolean} over within the guard
 */

/** @param {Target} target @param {FrameEntry} entry @param {string} id @param {number} n @returns {Promise<FrameTalk>} */
export async function talkFrames(target, entry, id, n) {
    const socket = connect(target, n, ['h2']);
    /** @type {FrameTalk} */
    const got = { answered: new Set(), refused: new Set(), bodies: new Map(), ready: false, ended: false, over: true };
    /** @type {Set<() => void>} */
    const waiting = new Set();
    let left = Buffer.alloc(0);
    const wake = () => {
        for (const one of waiting) {
            one();
        }
        waiting.clear();
    };
    const guard = setTimeout(() => {
        got.over = false;
        socket.destroy();
    }, hangS * 1000);
    /** @param {() => boolean} holds */
    const until = async (holds) => {
        while (!holds() && !got.ended) {
            await new Promise((resolve) => waiting.add(() => resolve(undefined)));
        }
    };
    socket.on('data', (/** @type {Buffer} */ part) => {
        left = Buffer.concat([left, part]);
        while (left.length >= 9 && left.length >= 9 + left.readUIntBE(0, 3)) {
            const size = left.readUIntBE(0, 3);
            const stream = left.readUInt32BE(5) & 0x7fffffff;
            const type = left[3];
            if (type === types.headers) {
                got.answered.add(stream);
            } else if (type === types.reset) {
                got.refused.add(stream);
            } else if (type === types.data) {
                got.bodies.set(stream, (got.bodies.get(stream) ?? '') + left.toString('latin1', 9, 9 + size));
            } else if (type === types.settings && (left[4] ?? 0) === 0) {
                socket.write(frame(types.settings, 1, 0, Buffer.alloc(0)));
            } else if (type === types.goAway) {
                got.ended = true;
            }
            left = left.subarray(9 + size);
        }
        wake();
    });
    socket.on('secureConnect', () => {
        got.ready = true;
        wake();
    });
    /** @param {number} stream */
    const isOver = (stream) => got.answered.has(stream) || got.refused.has(stream);
    socket.on('close', () => {
        got.ended = true;
        wake();
    });
    /** @param {string} text */
    const put = (text) => text.replaceAll('{id}', id).replaceAll('{host}', target.host).replaceAll('{cookie}', target.cookie);
    /** Writes, at the pace at which the server reads. @param {Buffer[]} parts */
    const flush = async (parts) => {
        if (!got.ended && parts.length > 0 && !socket.write(Buffer.concat(parts.splice(0)))) {
            await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), until(() => false)]);
        }
    };
    /** @type {Buffer[]} */
    const parts = entry.bare === true ? [] : [Buffer.from(preface), frame(types.settings, 0, 0, Buffer.alloc(0))];
    /** @param {readonly FrameStep[]} steps @param {number} higher */
    const send = async (steps, higher) => {
        for (const step of steps) {
            if (step.await !== undefined) {
                await flush(parts);
                await until(() => isOver(Number(step.await)));
            } else if (step.times !== undefined) {
                for (let i = 0; i < step.times && !got.ended; i++) {
                    await send(step.steps ?? [], higher + i * (step.advance ?? 2));
                    if (i % 50 === 49) {
                        await flush(parts);
                        await new Promise(setImmediate);
                    }
                }
            } else {
                parts.push(bytesOf(target, step, step.stream === undefined ? 0 : step.stream + higher, put));
            }
        }
    };
    await until(() => got.ready);
    await send(entry.steps, 0);
    if (entry.silent !== true) {
        parts.push(bytesOf(target, { get: '/healthz' }, lastStream, put));
    }
    await flush(parts);
    await until(() => entry.silent !== true && isOver(lastStream) && entry.answered.every(isOver));
    clearTimeout(guard);
    socket.destroy();
    return got;
}

/** What must not be. @param {Target} target @param {FrameEntry} entry @param {FrameTalk} got @returns {string[]} */
export function judgeFrames(target, entry, got) {
    const problems = got.over ? [] : ['neither answered nor closed'];
    const goneOn = got.answered.has(lastStream);
    const missing = entry.answered.filter((stream) => !got.answered.has(stream));
    if (missing.length > 0) {
        problems.push(`streams ${missing.join(', ')} are not answered`);
    }
    if (entry.goesOn === true && !goneOn) {
        problems.push('the connection does not go on');
    }
    if (entry.ends === true && goneOn) {
        problems.push('the connection goes on');
    }
    const texts = [...got.bodies.values()];
    if ((entry.reaches ?? 0) === 0 && !/"owner":true/.test(JSON.stringify(entry.steps)) && texts.some((text) => text.includes(target.word))) {
        problems.push('it reached what is behind the login');
    }
    for (const text of texts.filter((one) => one.startsWith('{"method"'))) {
        const { headers } = JSON.parse(text);
        for (const [name, value] of Object.entries(entry.echo ?? {})) {
            if ((headers[name] ?? null) !== value) {
                problems.push(`the application saw header ${name} ${JSON.stringify(headers[name] ?? null)}`);
            }
        }
    }
    return problems;
}
