// CPU time and heap of DTLS handshakes, ours to ours, with the mbedTLS of the build.
//   node bench/p2p/handshake.mjs [build/linux] [handshakes]
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const build = process.argv[2] ?? 'build/linux';
if (!existsSync(`${build}/build.ninja`)) {
    console.error(`handshake: ${build} is not there: npm run build`);
    process.exit(1);
}
execFileSync('cmake', ['--build', build, '--target', 'handshake'], { stdio: ['ignore', 'ignore', 'inherit'] });
// Blocks that glibc keeps for a thread count as used: without that cache what is left is what is held.
const env = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0' };
const text = execFileSync(`${build}/bench/p2p/handshake`, [process.argv[3] ?? '200'], { env, encoding: 'utf8' });
const { handshakes, clientMs, serverMs, longestJobMs, jobs, peakBytes, connectedBytes, leftBytes } = JSON.parse(text);
console.log(`${handshakes} handshakes: CPU ${clientMs} ms as client, ${serverMs} ms as server, in ${jobs} jobs of both, the longest ${longestJobMs} ms`);
console.log(`heap of one end: at most ${peakBytes} bytes, connected ${connectedBytes}, afterwards ${leftBytes}`);
