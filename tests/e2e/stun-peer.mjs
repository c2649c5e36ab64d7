// A viewer that has ICE and nothing else: answers the checks of a camera, checks and nominates (RFC 8445, RFC 8489), and
// keeps the datagrams of DTLS.
import { createHmac, randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { crc32 } from 'node:zlib';

const [useCandidate, controlling, priority] = [0x0025, 0x802a, 0x0024];
const [bindingRequest, bindingSuccess, xorMapped, username, integrity, fingerprint] = [0x0001, 0x0101, 0x0020, 0x0006, 0x0008, 0x8028];
const cookie = 0x2112a442;

/** @param {number} type @param {Buffer} value */
function attribute(type, value) {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type);
    head.writeUInt16BE(value.length, 2);
    return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

/** The value of an attribute. @param {Buffer} message @param {number} type */
function find(message, type) {
    for (let at = 20; at + 4 <= message.length; ) {
        const length = message.readUInt16BE(at + 2);
        if (message.readUInt16BE(at) === type) {
            return message.subarray(at + 4, at + 4 + length);
        }
        at += 4 + length + ((4 - (length % 4)) % 4);
    }
    return undefined;
}

/** A message with its integrity and fingerprint. @param {number} type @param {Buffer} id cookie and transaction @param {Buffer[]} attributes @param {string} password */
function messageOf(type, id, attributes, password) {
    const body = Buffer.concat(attributes);
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type);
    head.writeUInt16BE(body.length + 24, 2);
    const signed = Buffer.concat([head, id, body]);
    const whole = Buffer.concat([signed, attribute(integrity, createHmac('sha1', password).update(signed).digest())]);
    whole.writeUInt16BE(whole.length - 20 + 8, 2);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE((crc32(whole) ^ 0x5354554e) >>> 0);
    return Buffer.concat([whole, attribute(fingerprint, sum)]);
}

/** The answer to a check of IPv4. @param {Buffer} request @param {dgram.RemoteInfo} from @param {string} password ours */
function successOf(request, from, password) {
    const place = Buffer.alloc(8);
    place.writeUInt16BE(1);
    place.writeUInt16BE(from.port ^ (cookie >>> 16), 2);
    place.writeUInt32BE((Buffer.from(from.address.split('.').map(Number)).readUInt32BE() ^ cookie) >>> 0, 4);
    return messageOf(bindingSuccess, request.subarray(4, 20), [attribute(xorMapped, place)], password);
}

/** A check of the end that offered: it nominates. @param {string} names "their ufrag:our ufrag" @param {string} password theirs */
function checkOf(names, password) {
    const id = Buffer.concat([Buffer.from('2112a442', 'hex'), randomBytes(12)]);
    const attributes = [attribute(username, Buffer.from(names)), attribute(priority, Buffer.from('7effffff', 'hex')), attribute(controlling, randomBytes(8)), attribute(useCandidate, Buffer.alloc(0))];
    return messageOf(bindingRequest, id, attributes, password);
}

/** One socket on 127.0.0.1, closed with the test. */
export class StunPeer {
    /** Names in checks that came, "their ufrag:our ufrag". @type {string[]} */
    checks = [];
    /** Datagrams that are no STUN. @type {Buffer[]} */
    others = [];
    /** Our password; '': checks are not answered. */
    password = '';
    /** The camera's password; '': it is not checked. */
    theirs = '';
    /** Called for each datagram that is no STUN. @type {(datagram: Buffer, reply: (data: Buffer) => void) => void} */
    onOther = () => undefined;

    /** @param {import('ava').ExecutionContext} t */
    static async open(t) {
        const peer = new StunPeer();
        const socket = dgram.createSocket('udp4');
        t.teardown(() => socket.close());
        socket.on('message', (data, from) => {
            if (data.length >= 20 && data.readUInt16BE(0) === bindingRequest && data.readUInt32BE(4) === cookie) {
                const names = find(data, username)?.toString() ?? '';
                peer.checks.push(names);
                if (peer.password !== '') {
                    socket.send(successOf(data, from, peer.password), from.port, from.address);
                }
                if (peer.theirs !== '') {
                    socket.send(checkOf(names.split(':').reverse().join(':'), peer.theirs), from.port, from.address);
                }
            } else if ((data[0] ?? 0) >= 20) {
                peer.others.push(data);
                peer.onOther(data, (reply) => socket.send(reply, from.port, from.address));
            }
        });
        await new Promise((resolve) => socket.bind(0, '127.0.0.1', () => resolve(undefined)));
        peer.port = socket.address().port;
        return peer;
    }

    port = 0;

    /** As a candidate of this ICE session. @param {string} ufrag */
    candidate(ufrag) {
        return `candidate:1 1 udp 2122260223 127.0.0.1 ${this.port} typ host generation 0 ufrag ${ufrag}`;
    }
}
