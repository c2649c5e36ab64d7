// Drives turn_probe (tests/net/turn): its events and answers as they come.
import { createInterface } from 'node:readline';
import { built } from './run.mjs';
import { credentials } from './coturn.mjs';

/**
 * @param {(argv: readonly string[]) => import('node:child_process').ChildProcessWithoutNullStreams} spawn where it runs
 * @param {{ server: string, port?: number, transport?: 'udp' | 'tcp' | 'tls', password?: string, ca?: string, domain?: string }} options
 */
export function startProbe(spawn, options) {
    const { server, port = 3478, transport = 'udp', password = credentials.password, ca, domain = 'turn.test' } = options;
    const child = spawn([built('turn_probe'), server, String(port), transport, credentials.user, password, ...(ca ? [ca, domain] : [])]);
    /** @type {any[]} */
    const lines = [];
    /** @type {Set<() => void>} */
    const watchers = new Set();
    let errors = '';
    let ended = false;
    const tell = () => {
        for (const watcher of [...watchers]) {
            watcher();
        }
    };
    child.stderr.on('data', (data) => (errors += data));
    child.on('close', () => {
        ended = true;
        tell();
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(JSON.parse(line));
        tell();
    });
    /**
     * The next line that fits, from `from` on.
     * @param {(line: any) => boolean} fits
     * @param {number} seconds
     * @param {number} [from] index into lines, default: from the first
     * @returns {Promise<any>}
     */
    const until = (fits, seconds, from = 0) =>
        new Promise((resolve, reject) => {
            const done = () => {
                clearTimeout(timer);
                watchers.delete(look);
            };
            const fail = (/** @type {string} */ why) => {
                done();
                reject(new Error(`turn_probe: ${why}; it said ${JSON.stringify(lines)} ${errors}`));
            };
            const look = () => {
                const found = lines.slice(from).find(fits);
                if (found) {
                    done();
                    resolve(found);
                } else if (ended) {
                    fail('it ended');
                }
            };
            const timer = setTimeout(() => fail(`not within ${seconds} s: ${fits}`), seconds * 1000);
            watchers.add(look);
            look();
        });
    return {
        lines,
        until,
        /** The allocation is there. @param {number} [seconds] @param {number} [from] */
        relayed: (seconds = 20, from = 0) => until((line) => line.event === 'candidate' && line.kind === 'relayed', seconds, from),
        /** Sends datagrams that are to come back. @param {number} count @param {number} bytes @param {number} ms between them */
        async echo(count, bytes, ms) {
            const from = lines.length;
            child.stdin.write(`echo ${count} ${bytes} ${ms}\n`);
            return (await until((line) => line.echo !== undefined, 30 + (count * ms) / 1000, from)).echo;
        },
        /** Another peer, which must echo. @param {string} ip @param {number} port_ */
        peer: (ip, port_) => void child.stdin.write(`peer ${ip} ${port_}\n`),
        /** Gives the allocation back and ends. */
        async stop() {
            child.stdin.write('stop\n');
            await until((line) => line.stopped === true, 10);
        },
    };
}
