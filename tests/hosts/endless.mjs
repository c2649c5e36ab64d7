// Clients of bodies without an end.
import { existsSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { eventually, start } from '../e2e/device.mjs';
import { readMp4 } from '../e2e/mp4.mjs';

/**
 * A viewer: the head has come, the body is read as it comes (unless `lazy`).
 * @param {import('ava').ExecutionContext} t
 * @param {string} url
 * @param {{ headers?: Record<string, string>, lazy?: boolean }} [options]
 */
export async function watch(t, url, { headers = {}, lazy = false } = {}) {
    /** @type {import('node:http').IncomingMessage} */
    const response = await new Promise((resolve, reject) => {
        const client = url.startsWith('https:') ? https : http;
        const request = client.get(url, { headers, agent: false, rejectUnauthorized: false }, resolve).on('error', reject);
        t.teardown(() => request.destroy());
    });
    /** @type {Buffer[]} */
    const parts = [];
    const read = () => response.on('data', (part) => parts.push(part));
    /** @type {Promise<'whole' | 'cut'>} whole: the end was said by the protocol */
    const ended = new Promise((resolve) => {
        response.on('error', () => undefined);
        response.on('close', () => resolve(response.complete ? 'whole' : 'cut'));
    });
    if (!lazy) {
        read();
    }
    return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        read,
        ended,
        bytes: () => Buffer.concat(parts),
        leave: () => response.destroy(),
    };
}

/** Samples of what a viewer has so far; a sample that is not whole yet is left out. @param {Buffer} bytes */
export function tracksOf(bytes) {
    let end = 0;
    for (let at = 0; at + 8 <= bytes.length; ) {
        const size = bytes.readUInt32BE(at);
        if (size < 8 || at + size > bytes.length) {
            break;
        }
        at += size;
        if (bytes.toString('latin1', at - size + 4, at - size + 8) !== 'moof') {
            end = at;
        }
    }
    return readMp4(bytes.subarray(0, end));
}


/** Boxes of a span that are whole. @param {Buffer} bytes @returns {Map<string, Buffer[]>} contents by type */
function boxes(bytes) {
    /** @type {Map<string, Buffer[]>} */
    const found = new Map();
    for (let at = 0; at + 8 <= bytes.length; ) {
        const size = bytes.readUInt32BE(at);
        if (size < 8 || at + size > bytes.length) {
            break;
        }
        const type = bytes.toString('latin1', at + 4, at + 8);
        found.set(type, [...(found.get(type) ?? []), bytes.subarray(at + 8, at + size)]);
        at += size;
    }
    return found;
}

/**
 * When the pictures are that a viewer has so far: mp4box.js reads the time of the first fragment only.
 * @param {Buffer} bytes
 */
export function picturesOf(bytes) {
    /** @type {{ dts: number, key: boolean }[]} */
    const pictures = [];
    const trafs = (boxes(bytes).get('moof') ?? []).flatMap((moof) => boxes(moof).get('traf') ?? []);
    for (const traf of trafs) {
        const inside = boxes(traf);
        const [tfhd, tfdt, trun] = ['tfhd', 'tfdt', 'trun'].map((type) => inside.get(type)?.[0] ?? Buffer.alloc(0));
        if (!tfhd || !tfdt || !trun || tfhd.readUInt32BE(4) !== 1) {
            continue;
        }
        const flags = trun.readUInt32BE(0) & 0xffffff;
        let dts = Number(tfdt.readBigUInt64BE(4));
        let at = 12 + (flags & 4 ? 4 : 0);
        for (let i = 0; i < trun.readUInt32BE(4); i++) {
            const own = flags & 0x400 ? trun.readUInt32BE(at + 8) : flags & 4 && i === 0 ? trun.readUInt32BE(12) : 0x01010000;
            pictures.push({ dts, key: (own & 0x10000) === 0 });
            dts += trun.readUInt32BE(at);
            at += 8 + (flags & 0x400 ? 4 : 0) + (flags & 0x800 ? 4 : 0);
        }
    }
    return pictures;
}

/** Indices of pictures that do not follow the one before at once, at 30 pictures a second. @param {ReturnType<typeof picturesOf>} pictures */
export const holesIn = (pictures) => pictures.flatMap((p, i) => (i > 0 && p.dts - (pictures[i - 1]?.dts ?? 0) > 3003 ? [i] : []));

/** @param {number} type @param {Buffer} body */
function message(type, body) {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(1 + body.length);
    head[4] = type;
    return Buffer.concat([head, body]);
}

/**
 * A channel `enc` of Motion JPEG, 25 images a second: each is a picture of `images` in turn, its last 6 bytes a number and
 * the end of the image.
 * @param {import('ava').ExecutionContext} t
 * @param {{ images?: readonly Buffer[], args?: readonly string[] }} [options]
 */
export async function pushing(t, { images = [Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 2])], args = [] } = {}) {
    const { device, data } = start(t, ['--record', 'off', '--input', 'push:enc', ...args]);
    const file = path.join(data, 'push.sock');
    await device.event('channel-opened');
    await eventually(async () => (existsSync(file) ? true : undefined), 'the socket');
    const socket = net.connect(file);
    socket.on('error', () => undefined).on('data', () => undefined);
    const track = Buffer.alloc(18);
    track[1] = 3; // Motion JPEG
    track.writeUInt32BE(90_000, 4);
    track.writeUInt16BE(16, 8);
    track.writeUInt16BE(16, 10);
    const hello = Buffer.concat([Buffer.from([0x4f, 0x43, 0x50, 0x55, 0, 1, 3]), Buffer.from('enc')]);
    socket.write(Buffer.concat([message(1, hello), message(2, track)]));
    /** @param {number} number */
    const image = (number) => {
        const end = Buffer.alloc(6);
        end.writeUInt32BE(number);
        end.writeUInt16BE(0xffd9, 4);
        return Buffer.concat([images[number % images.length] ?? Buffer.alloc(0), end]);
    };
    let number = 0;
    const timer = setInterval(() => {
        const head = Buffer.alloc(18);
        head[1] = 1; // key
        head.writeBigInt64BE(BigInt(number * 3600), 6);
        head.writeUInt32BE(3600, 14);
        socket.write(message(3, Buffer.concat([head, image(number)])));
        number++;
    }, 40);
    t.teardown(() => {
        clearInterval(timer);
        socket.destroy();
    });
    return { device, socket, image };
}
