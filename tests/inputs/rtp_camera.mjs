// An RTSP camera of H.264 whose every message can be changed on its way: dropped datagrams, damaged answers.
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';

const payload = 1200; // bytes of an RTP packet's payload

/** @typedef {{ nals: Buffer[], key: boolean }} Unit */

/** The access units of a made-up video: SPS and PPS in front of each key frame, one slice each. @param {number} seconds @param {number} [bitrate] */
export function units(seconds, bitrate = 800_000) {
    const source = ['-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=25:duration=${seconds}`];
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-b:v', String(bitrate), '-x264-params', 'slices=1:sliced-threads=0'];
    const bytes = execFileSync('ffmpeg', ['-v', 'error', ...source, ...codec, '-f', 'h264', '-'], { maxBuffer: 2 ** 28 });
    /** @type {number[]} */
    const starts = [];
    for (let at = bytes.indexOf('000001', 0, 'hex'); at >= 0; at = bytes.indexOf('000001', at + 3, 'hex')) {
        starts.push(at + 3);
    }
    /** @type {Unit[]} */
    const found = [];
    /** @type {Buffer[]} */
    let nals = [];
    for (const [i, start] of starts.entries()) {
        const next = starts[i + 1];
        let end = next === undefined ? bytes.length : next - 3;
        while (bytes[end - 1] === 0) {
            end--;
        }
        const nal = bytes.subarray(start, end);
        const type = (nal[0] ?? 0) & 31;
        nals.push(nal);
        if (type === 1 || type === 5) {
            found.push({ nals, key: type === 5 });
            nals = [];
        }
    }
    return found;
}

/** RTP payloads of one NAL unit: itself, or FU-A (RFC 6184, 5.8). @param {Buffer} nal */
function split(nal) {
    if (nal.length <= payload) {
        return [nal];
    }
    const head = nal[0] ?? 0;
    const parts = [];
    for (let at = 1; at < nal.length; at += payload) {
        const flags = (at === 1 ? 0x80 : 0) | (at + payload >= nal.length ? 0x40 : 0);
        parts.push(Buffer.concat([Buffer.from([(head & 0xe0) | 28, flags | (head & 31)]), nal.subarray(at, at + payload)]));
    }
    return parts;
}

/** RTP packets of one access unit (RFC 3550, 5.1). @param {Unit} unit @param {number} index @param {{ seq: number }} state */
function packets({ nals }, index, state) {
    const parts = nals.flatMap(split);
    return parts.map((part, i) => {
        const head = Buffer.alloc(12);
        head.writeUInt16BE(0x8000 | (i === parts.length - 1 ? 0x80 : 0) | 96, 0);
        head.writeUInt16BE(state.seq++ & 0xffff, 2);
        head.writeUInt32BE((index * 3600) >>> 0, 4);
        head.writeUInt32BE(0x0c0ffee, 8);
        return Buffer.concat([head, part]);
    });
}

/** What the camera offers. @param {Unit[]} all */
function describe(all) {
    const sets = (all[0]?.nals ?? []).filter((nal) => [7, 8].includes((nal[0] ?? 0) & 31)).map((nal) => nal.toString('base64'));
    const lines = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=cam', 't=0 0', 'a=control:*', 'm=video 0 RTP/AVP 96', 'c=IN IP4 0.0.0.0'];
    return [...lines, 'a=rtpmap:96 H264/90000', `a=fmtp:96 packetization-mode=1; sprop-parameter-sets=${sets.join(',')}`, 'a=control:track1', ''].join('\r\n');
}

/** Two datagram sockets of this machine. @returns {Promise<dgram.Socket[]>} */
const pair = () =>
    Promise.all(
        [0, 1].map(
            () =>
                /** @type {Promise<dgram.Socket>} */ (
                    new Promise((resolve) => {
                        const socket = dgram.createSocket('udp4');
                        socket.on('error', () => {});
                        socket.bind(0, '127.0.0.1', () => resolve(socket));
                    })
                ),
        ),
    );

/**
 * @typedef {object} Ways
 * @property {number} [periodMs] between two access units; 0: all at once, then the connection ends
 * @property {number} [idleMs] a connection without a word for so long ends; 0: never
 * @property {(method: string, url: string, authorization: string) => readonly string[]} [challenges] why a request is not let in: values of WWW-Authenticate; none: it is
 * @property {(bytes: Buffer, url: string) => Buffer} [answer] changes an answer
 * @property {(bytes: Buffer, seq: number, url: string) => Buffer | readonly Buffer[] | undefined} [packet] changes an RTP packet, or sends others
 *   with it, RTCP too; undefined: it is lost
 */

/**
 * Starts the camera.
 * @param {{ teardown: (end: () => void) => void }} t
 * @param {Unit[]} all what it shows, over and over
 * @param {Ways} [ways]
 * @returns {Promise<number>} its port
 */
export async function rtpCamera(t, all, { periodMs = 40, idleMs = 0, challenges = () => [], answer = (bytes) => bytes, packet = (bytes) => bytes } = {}) {
    /** @type {Set<() => void>} */
    const ends = new Set();
    const sdp = describe(all);
    const talk = (/** @type {net.Socket} */ socket) => {
        /** @type {dgram.Socket[]} */
        let sockets = [];
        let said = '';
        let to = 0;
        let url = '';
        const state = { seq: randomInt(1000) };
        /** @type {NodeJS.Timeout | undefined} */
        let timer;
        const end = () => {
            clearInterval(timer);
            for (const one of sockets) {
                one.close();
            }
            sockets = [];
            socket.destroy();
            ends.delete(end);
        };
        ends.add(end);
        const send = (/** @type {number} */ index) => {
            const unit = all[index % all.length];
            for (const changed of (unit ? packets(unit, index, state) : []).flatMap((bytes) => packet(bytes, bytes.readUInt16BE(2), url) ?? [])) {
                const kind = changed[1] ?? 0;
                const control = kind >= 192 && kind < 224 ? 1 : 0; // RFC 5761, 4
                if (to) {
                    sockets[control]?.send(changed, to + control, '127.0.0.1');
                } else {
                    const frame = Buffer.from([0x24, control, 0, 0]);
                    frame.writeUInt16BE(changed.length & 0xffff, 2);
                    socket.write(Buffer.concat([frame, changed]));
                }
            }
        };
        const play = () => {
            let index = 0;
            if (periodMs > 0) {
                timer = setInterval(() => send(index++), periodMs);
                return;
            }
            for (; index < all.length; index++) {
                send(index);
            }
            setTimeout(end, to ? 50 : 0);
        };
        const reply = (/** @type {string} */ request, /** @type {string} */ headers, body = '', status = '200 OK') => {
            const number = /CSeq: *(\d+)/i.exec(request)?.[1] ?? '1';
            const length = body ? `Content-Type: application/sdp\r\nContent-Length: ${body.length}\r\n` : '';
            socket.write(answer(Buffer.from(`RTSP/1.0 ${status}\r\nCSeq: ${number}\r\nSession: 1234;timeout=60\r\n${headers}${length}\r\n${body}`), url));
        };
        const handle = async (/** @type {string} */ request) => {
            const [method, at = ''] = request.split(' ');
            url = at;
            const asked = method === 'OPTIONS' ? [] : challenges(method ?? '', at, /^Authorization: *(.*)$/im.exec(request)?.[1]?.trim() ?? '');
            if (asked.length > 0) {
                reply(request, asked.map((how) => `WWW-Authenticate: ${how}\r\n`).join(''), '', '401 Unauthorized');
            } else if (method === 'OPTIONS') {
                reply(request, 'Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n');
            } else if (method === 'DESCRIBE') {
                reply(request, `Content-Base: ${at}/\r\n`, sdp);
            } else if (method === 'SETUP') {
                to = Number(/client_port=(\d+)/.exec(request)?.[1] ?? 0);
                sockets = to ? await pair() : [];
                const ports = sockets.map((one) => one.address().port).join('-');
                reply(request, to ? `Transport: RTP/AVP/UDP;unicast;client_port=${to}-${to + 1};server_port=${ports}\r\n` : 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n');
            } else if (method === 'PLAY') {
                reply(request, 'Range: npt=0.000-\r\n');
                play();
            } else {
                reply(request, '');
            }
            if (method === 'TEARDOWN') {
                end();
            }
        };
        socket.on('error', () => {});
        socket.on('close', end);
        socket.setTimeout(idleMs, end);
        socket.on('data', (bytes) => {
            said += bytes.toString('latin1');
            for (let stop = said.indexOf('\r\n\r\n'); stop >= 0; stop = said.indexOf('\r\n\r\n')) {
                const begin = said.search(/[A-Z_]+ rtsp:/); // RTCP in the same connection stands before it
                const request = said.slice(Math.max(begin, 0), stop);
                said = said.slice(stop + 4);
                void handle(request);
            }
        });
    };
    const server = net.createServer(talk);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => {
        server.close();
        for (const end of [...ends]) {
            end();
        }
    });
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
}
