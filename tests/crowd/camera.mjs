// An `ocellus-peer` with the crowds that watch it: on loopback, or in namespaces of its own.
import { spawn } from 'node:child_process';
import { Crowd, crowdArgv, sleep } from '../net/lib/crowd.mjs';
import { built, says } from '../net/lib/run.mjs';
import { request } from './ask.mjs';

/**
 * The arguments that run a program before all other work of this machine, which needs root (SCHED_FIFO: nice ranks within a
 * session only).
 * @param {readonly string[]} argv
 */
export const firstArgv = (argv) => (process.getuid?.() === 0 ? ['chrt', '-f', '10', ...argv] : argv);

/**
 * @param {import('node:child_process').ChildProcessWithoutNullStreams} child of `ocellus-peer --http .. --json`
 * @param {typeof request} ask
 */
export async function cameraOf(child, ask) {
    const [, url = ''] = await says(child, /"url":"(http:[^"]+)"/);
    const stats = async () => JSON.parse((await ask(`${url}stats`, 'GET', '')).body);
    return {
        process: child,
        /** @type {import('../net/lib/crowd.mjs').Post} */
        post: (sdp) => ask(`${url}offer`, 'POST', sdp),
        stats,
        /** Waits until no more than so many peers are there. @param {number} count @param {number} seconds */
        async peers(count, seconds) {
            for (const end = Date.now() + seconds * 1000; ; await sleep(50)) {
                const now = await stats();
                if (now.peers.length <= count) {
                    return now;
                }
                if (Date.now() > end) {
                    throw new Error(`${now.peers.length} peers, more than ${count} after ${seconds} s`);
                }
            }
        },
    };
}

/**
 * On loopback.
 * @param {import('ava').ExecutionContext} t
 * @param {{ first?: boolean }} [options] first: before all other work of this machine
 */
export async function startCamera(t, { first = false } = {}) {
    /** @param {readonly string[]} argv @param {boolean} [rank] */
    const run = (argv, rank = false) => {
        const [file = '', ...args] = rank ? firstArgv(argv) : argv;
        const child = spawn(file, args, { stdio: 'pipe' });
        t.teardown(() => child.kill('SIGKILL'));
        return child;
    };
    const camera = await cameraOf(run([built('ocellus-peer'), '--http', '127.0.0.1:0', '--loopback', '--json'], first), request);
    return {
        ...camera,
        /** Viewers at this machine. @param {{ first?: boolean }} [options] */
        crowd: (options) => new Crowd(run(crowdArgv({ loopback: true }), options?.first), camera.post),
    };
}
