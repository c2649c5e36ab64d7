// The figures of SCTP's sender in virtual time; the machine does not matter.
//   node bench/p2p/sctp-sim.mjs [--brief] [--build build/linux] [bulk] [video] [fair] [share] [queue] [newreno] [FIRST SEED]
import { execFileSync } from "node:child_process";
import { begin, make, missing } from "../lib/bench.mjs";

const { build, words, brief } = begin({}, {}, { words: true });
const unknown = words.find((word) => !["bulk", "video", "fair", "share", "queue", "newreno"].includes(word) && !/^[1-9]\d{0,8}$/.test(word));
if (unknown) missing(`unknown part ${unknown}`, "there are bulk, video, fair, share, queue, newreno and the first seed");
make(build, ["sctp_sim"]);
execFileSync(`${build}/bench/p2p/sctp_sim`, brief ? ["queue"] : words, { stdio: "inherit" });
