// The peers of others that run in Node, each behind the API of browsers. They live in tools/interop, which only the set-up
// of test:all installs.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';

const folder = path.join(root, 'tools', 'interop');
const require = createRequire(path.join(folder, 'package.json'));

/** Whether they are installed. */
export const installed = existsSync(path.join(folder, 'node_modules', 'werift'));

/** What scenario.mjs asks of a channel, by the calls of libdatachannel. */
class LibdatachannelChannel {
    /** @type {'connecting' | 'open' | 'closed'} */
    readyState = 'connecting';
    /** @type {(event: { data: string | Uint8Array }) => void} */
    onmessage = () => undefined;
    onopen = () => undefined;

    /** @param {any} channel @param {string} label */
    constructor(channel, label) {
        this.channel = channel;
        this.label = label;
        channel.onMessage((/** @type {string | Uint8Array} */ data) => this.onmessage({ data }));
        channel.onOpen(() => {
            this.readyState = 'open';
            this.onopen();
        });
        channel.onClosed(() => {
            this.readyState = 'closed';
        });
    }

    get bufferedAmount() {
        return this.readyState === 'open' ? this.channel.bufferedAmount() : 0;
    }

    /** @param {string | Uint8Array} data */
    send(data) {
        return typeof data === 'string' ? this.channel.sendMessage(data) : this.channel.sendMessageBinary(data);
    }

    close() {
        this.channel.close();
    }
}

/** The same of a connection: its polyfill cannot take an answer that holds candidates. */
class Libdatachannel {
    /** @type {'new' | 'complete'} */
    iceGatheringState = 'new';
    /** @type {{ sdp: string } | undefined} */
    localDescription;
    /** @type {(event: { channel: LibdatachannelChannel }) => void} */
    ondatachannel = () => undefined;

    /** @param {any} pc */
    constructor(pc) {
        this.pc = pc;
        pc.onGatheringStateChange((/** @type {string} */ state) => {
            if (state === 'complete') {
                this.localDescription = pc.localDescription();
                this.iceGatheringState = 'complete';
            }
        });
        pc.onDataChannel((/** @type {any} */ channel) => {
            const wrapped = new LibdatachannelChannel(channel, channel.getLabel());
            wrapped.readyState = 'open';
            this.ondatachannel({ channel: wrapped });
        });
    }

    /** @param {string} label @param {{ ordered?: boolean }} [options] */
    createDataChannel(label, options) {
        return new LibdatachannelChannel(this.pc.createDataChannel(label, { unordered: options?.ordered === false }), label);
    }

    async createOffer() {
        return 'offer';
    }

    async createAnswer() {
        return 'answer';
    }

    /** @param {string} type */
    async setLocalDescription(type) {
        this.pc.setLocalDescription(type);
    }

    /** @param {{ type: string, sdp: string }} description */
    async setRemoteDescription({ type, sdp }) {
        this.pc.setRemoteDescription(sdp, type);
    }
}

/**
 * werift 0.24.4 takes no DTLS without keys for media (RFC 5764), even where no media is described.
 * @param {any} pc
 */
function withoutMedia(pc) {
    const create = pc.createDataChannel.bind(pc);
    pc.createDataChannel = (/** @type {unknown[]} */ ...args) => {
        const channel = create(...args);
        pc.sctpTransport.dtlsTransport.srtpProfiles = [];
        return channel;
    };
    return pc;
}

/** @typedef {{ urls: string, username?: string, credential?: string }} Server as browsers take it */

/** A server as libdatachannel takes it. @param {Server} server */
function rtcServer({ urls, username, credential }) {
    const [, kind, hostname, port] = /^(stun|turn):([^:]+):(\d+)/.exec(urls) ?? [];
    return kind === 'turn' ? { hostname, port: Number(port), username, password: credential, relayType: 'TurnUdp' } : { hostname, port: Number(port) };
}

/** A new connection. @type {Record<string, (servers?: Server[]) => Promise<RTCPeerConnection>>} */
export const libraries = {
    werift: async (servers = []) => {
        const { RTCPeerConnection } = require('werift');
        return withoutMedia(new RTCPeerConnection({ iceServers: servers }));
    },
    wrtc: async (servers = []) => {
        const { RTCPeerConnection } = require('@roamhq/wrtc');
        return new RTCPeerConnection({ iceServers: servers });
    },
    'node-datachannel': async (servers = []) => {
        const { PeerConnection } = require('node-datachannel');
        return /** @type {any} */ (new Libdatachannel(new PeerConnection('peer', { iceServers: servers.map(rtcServer), disableAutoNegotiation: true })));
    },
};
