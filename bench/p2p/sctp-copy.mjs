// CPU per byte of SCTP alone, sending and receiving half apart.
//   node bench/p2p/sctp-copy.mjs [--build build/linux]
import { execFileSync } from "node:child_process";
import { begin, make } from "../lib/bench.mjs";

const { build } = begin({}, {});
make(build, ["sctp_copy"]);
execFileSync(`${build}/bench/p2p/sctp_copy`, [], { stdio: "inherit" });
