// A library as viewer behind a NAT, `ocellus-peer` behind another, coturn between them: for nat.test.mjs and tests/nats.
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { credentials } from '../net/lib/coturn.mjs';
import { carry } from '../net/lib/signal.mjs';
import { makeTopology } from '../net/lib/topology.mjs';

const TOLD = 9; // results of scenario.mjs
const program = process.env['OC_PROGRAM'] ?? path.join(root, 'build', 'linux', 'ocellus');
const peerProgram = path.join(path.dirname(program), 'ocellus-peer');
const camera = 'http://127.0.0.1:8090/';

/** Lines of JSON that a process prints, as they come. @param {import('node:child_process').ChildProcessWithoutNullStreams} child */
function lines(child) {
    /** @type {any[]} */
    const objects = [];
    let text = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
        text += part;
        const whole = text.split('\n');
        text = whole.pop() ?? '';
        objects.push(...whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)));
    });
    child.stderr.setEncoding('utf8').on('data', (part) => {
        errors += part;
    });
    return {
        objects,
        /** @param {string} key @param {number} seconds */
        async first(key, seconds) {
            for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
                const found = objects.find((one) => key in one);
                if (found) {
                    return found;
                }
                if (child.exitCode !== null) {
                    break;
                }
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
            throw new Error(`no "${key}" within ${seconds} s: ${JSON.stringify(objects.slice(-3))} ${errors.slice(-600)}`);
        },
    };
}

/** A request at the camera's side, by a Node there. */
const ask = `
    const [url, sdp] = process.argv.slice(1);
    const how = sdp ? { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: sdp } : {};
    const response = await fetch(url, how);
    console.log(JSON.stringify({ status: response.status, text: await response.text() }));`;

/**
 * @param {import('ava').ExecutionContext} t
 * @param {{ peer: string, role?: 'offers' | 'answers', viewerNat: import('../net/lib/nat.mjs').NatKind, cameraNat: import('../net/lib/nat.mjs').NatKind, relayOnly?: boolean }} row
 *   role: of the library
 */
export async function through(t, { peer, role = 'offers', viewerNat, cameraNat, relayOnly = false }) {
    const network = await makeTopology({ viewerNat, cameraNat, delayMs: 10 });
    t.teardown(() => network.close());
    await network.coturn();
    const [server = ''] = network.addresses.server;
    const { user, password } = credentials;
    const servers = ['--stun', `${server}:3478`, '--turn', `${server}:3478,${user},${password}`];
    /** @param {readonly string[]} how */
    const startDevice = (how) => lines(network.spawn('camera', [peerProgram, '--json', '--http', '127.0.0.1:8090', ...how, ...servers, ...(relayOnly ? ['--relay-only'] : [])]));
    /** @param {string} url @param {string} [sdp] */
    const atCamera = async (url, sdp) => {
        const child = lines(network.spawn('camera', [process.execPath, '--input-type=module', '-e', ask, '--', url, ...(sdp ? [sdp] : [])]));
        return child.first('status', 20);
    };
    const child = network.spawn('viewer', [process.execPath, path.join(import.meta.dirname, 'behind-nat.mjs'), peer, server, '3478', user, password, role]);
    const viewer = lines(child);
    if (role === 'offers') {
        await startDevice([]).first('url', 20);
        const { offer } = await viewer.first('offer', 60);
        const { status, text } = await atCamera(`${camera}offer`, offer);
        t.is(status, 201, text);
        child.stdin.write(`${JSON.stringify(text)}\n`);
    } else {
        const { listening } = await viewer.first('listening', 60);
        const url = await carry(network, 'camera', 'viewer', listening);
        await startDevice(['--offer-to', `${url}/offer`]).first('url', 20);
    }
    await viewer.first('ended', 180);
    const results = viewer.objects.filter((one) => 'name' in one);
    t.deepEqual(results.filter((one) => one.error !== undefined), []);
    t.is(results.length, TOLD);
    const stats = JSON.parse((await atCamera(`${camera}stats`)).text);
    return { path: stats.peers[0].path, network };
}
