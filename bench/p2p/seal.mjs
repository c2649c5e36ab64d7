// Cost of sealing, opening and checking one packet, with the cryptography of the build.
//   node bench/p2p/seal.mjs [--build build/linux]
import { execFileSync } from "node:child_process";
import { begin, make } from "../lib/bench.mjs";

const { build } = begin({}, {});
make(build, ["seal"]);
execFileSync(`${build}/bench/p2p/seal`, [], { stdio: "inherit" });
