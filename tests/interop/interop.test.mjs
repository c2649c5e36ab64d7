// `ocellus-peer` and the WebRTC peers of others, each offering and answering, in a network of its own: every row is one
// process (inside.mjs), which says what passed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { installed } from './libraries.mjs';
import { buildPion, pionProgram } from './pion.mjs';

const TOLD = 9; // results of a row
const ROW_SECONDS = 240;

/** A network with loopback and one address; then the rest of the command. */
const network = 'ip link set lo up && ip link add v0 type veth peer name v1 && ip addr add 10.99.0.1/24 dev v0 && ip link set v0 up && ip link set v1 up && exec "$@"';

/**
 * @param {...string} args a program of this folder and what it is told
 * @returns {Promise<{ results: { name: string, error?: string }[], output: string }>}
 */
function row(...args) {
    const [file = '', ...rest] = args;
    const own = process.getuid?.() === 0 ? '-n' : '-rn';
    const argv = [own, 'sh', '-c', network, 'sh', process.execPath, path.join(root, 'tests', 'interop', file), ...rest];
    const child = spawn('unshare', argv, { stdio: ['ignore', 'pipe', 'pipe'], timeout: ROW_SECONDS * 1000, killSignal: 'SIGKILL' });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
        stdout += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part) => {
        output += part;
    });
    return new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', () => resolve({ results: stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line)), output }));
    });
}

test('the peers of others are installed', (t) => {
    t.true(installed, 'npm run setup -- all');
});

test.serial('the peer of Pion is built', async (t) => {
    t.timeout(180_000);
    await buildPion();
    t.true(existsSync(pionProgram));
});

for (const peer of ['chromium', 'wrtc', 'node-datachannel', 'werift', 'pion', 'gstreamer']) {
    for (const role of ['offers', 'answers']) {
        test.serial(`${peer} ${role}`, async (t) => {
            t.timeout((ROW_SECONDS + 30) * 1000);
            const { results, output } = await row('inside.mjs', peer, role, 'ocellus');
            t.deepEqual(results.filter((result) => result.error !== undefined), [], output);
            t.is(results.length, TOLD, output);
        });
    }
}

test.serial('janus, a gateway, answers and offers', async (t) => {
    t.timeout((ROW_SECONDS + 30) * 1000);
    const { results, output } = await row('janus.mjs');
    t.deepEqual(results.filter((result) => result.error !== undefined), [], output);
    t.is(results.length, 2, output);
});
