// Starts servers.mjs for whoever runs tests/modules/net/*.test.ts or tests/modules/cloud/*.test.ts.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** They end when their standard input does. @returns {Promise<import('node:child_process').ChildProcess>} once they listen */
export function startServers() {
    const file = fileURLToPath(new URL('servers.mjs', import.meta.url));
    const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    return new Promise((ready, failed) => {
        child.stdout?.once('data', () => ready(child));
        child.once('close', (status) => failed(new Error(`the servers of the tests ended with ${status}`)));
    });
}
