// How long it takes to connect over a bad network, in virtual time; the machine does not matter.
//   node bench/p2p/open-sim.mjs [--build build/linux] [FIRST LAST | trace SEED | own SEED]
import { execFileSync } from "node:child_process";
import { begin, make } from "../lib/bench.mjs";

const { build, words, brief } = begin({}, {}, { words: true });
make(build, ["open_sim"]);
execFileSync(`${build}/bench/p2p/open_sim`, brief ? ["1", "20"] : words, { stdio: "inherit" });
