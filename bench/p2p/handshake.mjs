// CPU time and heap of DTLS handshakes, ours to ours, with the mbedTLS of the build.
//   node bench/p2p/handshake.mjs [--brief] [--build build/linux] [--handshakes N]
import { execFileSync } from "node:child_process";
import { begin, make } from "../lib/bench.mjs";

const { build, values } = begin({ handshakes: "200" }, { handshakes: "5" });
make(build, ["handshake"]);
// Blocks that glibc keeps for a thread count as used: without that cache what is left is what is held.
const env = { ...process.env, GLIBC_TUNABLES: "glibc.malloc.tcache_count=0" };
const text = execFileSync(`${build}/bench/p2p/handshake`, [values.handshakes], { env, encoding: "utf8" });
const { handshakes, clientMs, serverMs, longestJobMs, jobs, peakBytes, connectedBytes, leftBytes } = JSON.parse(text);
console.log(`${handshakes} handshakes: CPU ${clientMs} ms as client, ${serverMs} ms as server, in ${jobs} jobs of both, the longest ${longestJobMs} ms`);
console.log(`heap of one end: at most ${peakBytes} bytes, connected ${connectedBytes}, afterwards ${leftBytes}`);
