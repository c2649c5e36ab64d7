// What floods cost a camera with a viewer: CPU for each datagram and memory, a table.
//   node bench/p2p/hostile.mjs [--build build/linux]
import { execFileSync } from "node:child_process";
import { begin, make } from "../lib/bench.mjs";

const { build, brief } = begin({}, {});
make(build, ["p2p_hostile"]);
execFileSync(`${build}/bench/p2p/p2p_hostile`, brief ? ["1"] : [], { stdio: "inherit" });
