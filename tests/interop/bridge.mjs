// Peers of others that do not run in Node, behind the API of browsers: a program in bridges/ takes orders and tells events, a
// JSON object a line. It is killed with this process.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pionProgram } from './pion.mjs';

const folder = path.join(import.meta.dirname, 'bridges');

/** How each is run. @type {Record<string, () => [string, ...string[]]>} */
const programs = {
    gstreamer: () => ['/usr/bin/python3', path.join(folder, 'gstreamer.py')],
    pion: () => [pionProgram],
};

/** Names of peers that are behind a bridge. */
export const bridged = Object.keys(programs);

/** What scenario.mjs asks of a channel. */
class BridgeChannel {
    /** @type {'connecting' | 'open' | 'closed'} */
    readyState = 'connecting';
    bufferedAmount = 0;
    /** @type {(event: { data: string | Uint8Array }) => void} */
    onmessage = () => undefined;
    onopen = () => undefined;

    /** @param {Bridge} bridge @param {number} id @param {string} label */
    constructor(bridge, id, label) {
        this.bridge = bridge;
        this.id = id;
        this.label = label;
    }

    /** @param {string | Uint8Array} data */
    send(data) {
        this.bufferedAmount += data.length; // until it says how much it is
        this.bridge.order(typeof data === 'string' ? { op: 'send', id: this.id, text: data } : { op: 'send', id: this.id, bytes: Buffer.from(data).toString('base64') });
        this.bridge.order({ op: 'buffered', id: this.id });
    }

    close() {
        this.bridge.order({ op: 'close', id: this.id });
    }

    /** @param {{ event: string, text?: string, bytes?: string, buffered?: number }} what */
    hear({ event, text, bytes, buffered = 0 }) {
        if (event === 'open') {
            this.readyState = 'open';
            this.onopen();
        } else if (event === 'closed') {
            this.readyState = 'closed';
        } else if (event === 'message') {
            this.onmessage({ data: text ?? new Uint8Array(Buffer.from(bytes ?? '', 'base64')) });
        } else if (event === 'buffered') {
            this.bufferedAmount = buffered;
            if (buffered > 0) {
                setTimeout(() => this.bridge.order({ op: 'buffered', id: this.id }), 20);
            }
        }
    }
}

/** The same of a connection. */
class Bridge {
    /** @type {'new' | 'complete'} */
    iceGatheringState = 'new';
    /** @type {{ sdp: string } | undefined} */
    localDescription;
    /** @type {BridgeChannel[]} */
    channels = [];

    /** @param {[string, ...string[]]} command @param {(sdp: string) => string} rewrite what it ought to say of itself */
    constructor([program, ...args], rewrite) {
        this.rewrite = rewrite;
        this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
        process.on('exit', () => this.child.kill('SIGKILL'));
        this.child.on('error', (error) => console.error(String(error)));
        this.child.stdin.on('error', () => undefined); // it has ended; what is waited for does not come
        /** @type {string[]} */
        let parts = [];
        this.child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ part) => {
            const [first = '', ...rest] = part.split('\n');
            parts.push(first);
            for (const begun of rest) {
                const line = parts.join('');
                parts = [begun];
                if (line.startsWith('{')) {
                    this.hear(JSON.parse(line));
                } else {
                    console.error(line); // Pion logs there
                }
            }
        });
    }

    /** @param {object} what */
    order(what) {
        this.child.stdin.write(`${JSON.stringify(what)}\n`);
    }

    /** @param {any} what */
    hear(what) {
        if (what.event === 'description') {
            this.localDescription = { sdp: this.rewrite(what.sdp) };
            this.iceGatheringState = 'complete';
            return;
        }
        this.channels[what.id]?.hear(what);
    }

    /** @param {string} label @param {{ ordered?: boolean }} [options] */
    createDataChannel(label, options) {
        const channel = new BridgeChannel(this, this.channels.length, label);
        this.channels.push(channel);
        this.order({ op: 'open', id: channel.id, label, ordered: options?.ordered !== false });
        return channel;
    }

    async createOffer() {
        return 'offer';
    }

    async createAnswer() {
        return 'answer';
    }

    /** @param {string} type */
    async setLocalDescription(type) {
        if (type === 'offer') {
            this.order({ op: 'offer' });
        }
    }

    /** @param {{ type: string, sdp: string }} description an offer is answered at once */
    async setRemoteDescription({ type, sdp }) {
        this.order({ op: type === 'offer' ? 'answer' : 'remote', sdp });
    }
}

/** Bytes of a message that Pion 3.1.56 reads: below 65,536, which is what its silence about it means (RFC 8841 section 6.1). */
const PION_MOST = 60_000;

/** A new connection. @param {string} name of `bridged` @returns {RTCPeerConnection} */
export function bridge(name) {
    const command = programs[name];
    if (!command) {
        throw new Error(`no peer ${name}`);
    }
    /** @param {string} sdp */
    const limited = (sdp) => sdp.replace(/a=sctp-port:\d+\r\n/, (line) => `${line}a=max-message-size:${PION_MOST}\r\n`);
    return /** @type {any} */ (new Bridge(command(), name === 'pion' ? limited : (sdp) => sdp));
}
