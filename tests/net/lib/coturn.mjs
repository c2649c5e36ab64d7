// coturn, the STUN and TURN server of the tests: https://github.com/coturn/coturn.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { must, perhaps } from './run.mjs';

/** Long-term credentials of every server started here. */
export const credentials = { user: 'camera', password: 'correct horse', realm: 'ocellus.test' };

/** Of servers that run: removed also when the process is interrupted. @type {Set<string>} */
const folders = new Set();
process.on('exit', () => {
    for (const folder of folders) {
        rmSync(folder, { recursive: true, force: true });
    }
});

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @typedef {object} CoturnOptions
 * @property {readonly string[]} addresses to listen at; two of them serve NAT discovery (RFC 5780) as well
 * @property {number} [port] default 3478; TLS at tlsPort
 * @property {number} [tlsPort] default 5349
 * @property {readonly string[]} [more] further lines of its configuration
 */

/**
 * Starts it in the background and waits until it listens.
 * @param {(argv: readonly string[]) => import('node:child_process').ChildProcess} spawn where it runs
 * @param {(argv: readonly string[]) => readonly string[]} wrap the arguments of a program at the same place
 * @param {CoturnOptions} options
 */
export async function startCoturn(spawn, wrap, options) {
    if (perhaps(['sh', '-c', 'command -v turnserver']) === '') {
        throw new Error('turnserver is not installed (package coturn; npm run setup all)');
    }
    const folder = mkdtempSync(path.join(tmpdir(), 'ocnet-coturn-'));
    folders.add(folder);
    const [certificate, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
    must(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=turn.test', '-addext', `subjectAltName=DNS:turn.test,${options.addresses.map((address) => `IP:${address}`).join(',')}`, '-keyout', key, '-out', certificate]);
    const port = options.port ?? 3478;
    const lines = [
        ...options.addresses.map((address) => `listening-ip=${address}`),
        ...options.addresses.slice(0, 1).map((address) => `relay-ip=${address}`),
        `listening-port=${port}`,
        `tls-listening-port=${options.tlsPort ?? 5349}`,
        ...(options.addresses.length > 1 ? ['rfc5780', `alt-listening-port=${port + 1}`] : []),
        'lt-cred-mech',
        `realm=${credentials.realm}`,
        `user=${credentials.user}:${credentials.password}`,
        `cert=${certificate}`,
        `pkey=${key}`,
        `userdb=${path.join(folder, 'turndb')}`,
        `pidfile=${path.join(folder, 'pid')}`,
        'no-cli',
        'no-dtls',
        'log-file=stdout',
        'simple-log',
        ...(options.more ?? []),
    ];
    const file = path.join(folder, 'turnserver.conf');
    writeFileSync(file, `${lines.join('\n')}\n`);
    /** @type {import('node:child_process').ChildProcess} */
    let child;
    let said = '';
    const up = async () => {
        child = spawn(['turnserver', '-c', file]);
        child.stdout?.on('data', (data) => (said += data));
        child.stderr?.on('data', (data) => (said += data));
        for (let tries = 0; ; tries++) {
            if (child.exitCode !== null || tries > 200) {
                throw new Error(`turnserver did not start: ${said.slice(-600)}`);
            }
            const listening = perhaps([...wrap(['ss', '-Hlntu', 'sport', '=', `:${port}`])]);
            if (options.addresses.every((address) => listening.includes(`${address}:${port}`) && listening.includes('tcp'))) {
                return;
            }
            await sleep(50);
        }
    };
    /** @returns {Promise<void>} */
    const down = () =>
        new Promise((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) {
                resolve();
                return;
            }
            child.once('close', () => resolve());
            child.kill('SIGKILL');
        });
    try {
        await up();
    } catch (error) {
        await down(); // coturn itself tries for ever
        folders.delete(folder);
        rmSync(folder, { recursive: true, force: true });
        throw error;
    }
    return {
        credentials,
        certificate,
        /** What it logged so far. */
        log: () => said,
        /** Waits until it has logged something (option verbose). @param {RegExp} pattern */
        async logs(pattern) {
            for (let tries = 0; !pattern.test(said); tries++) {
                if (tries > 100) {
                    throw new Error(`turnserver did not log ${pattern}: ${said.slice(-1500)}`);
                }
                await sleep(50);
            }
        },
        /** Ends it at once; its allocations are gone. */
        down,
        /** Starts it again with the same configuration. */
        up,
        /** Ends it and removes its files. */
        async close() {
            await down();
            folders.delete(folder);
            rmSync(folder, { recursive: true, force: true });
        },
    };
}
