// CPU of SCTP's sending half: chunks cut and SACKs taken, no network, no cryptography.
//   node bench/p2p/sctp-cpu.mjs [--build build/linux]
import { execFileSync } from "node:child_process";
import { begin, make } from "../lib/bench.mjs";

const { build } = begin({}, {});
make(build, ["sctp_cpu"]);
execFileSync(`${build}/bench/p2p/sctp_cpu`, [], { stdio: "inherit" });
