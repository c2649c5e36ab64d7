// The figures of SCTP's sender in virtual time; the machine does not matter.
//   node bench/p2p/sctp-sim.mjs [build/linux] [bulk] [video] [fair] [share] [queue] [newreno] [FIRST SEED]
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const words = process.argv.slice(2);
const build = words[0]?.includes("/") ? words.shift() : "build/linux";
const unknown = words.find((word) => !["bulk", "video", "fair", "share", "queue", "newreno"].includes(word) && !/^[1-9]\d{0,8}$/.test(word));
if (unknown) {
    console.error(`sctp-sim: unknown part ${unknown}; there are bulk, video, fair, share, queue, newreno and the first seed`);
    process.exit(1);
}
if (!existsSync(`${build}/build.ninja`)) {
    console.error(`sctp-sim: ${build} is not there: npm run build`);
    process.exit(1);
}
execFileSync("cmake", ["--build", build, "--target", "sctp_sim"], { stdio: ["ignore", "ignore", "inherit"] });
execFileSync(`${build}/bench/p2p/sctp_sim`, words, { stdio: "inherit" });
