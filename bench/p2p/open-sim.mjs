// How long it takes to connect over a bad network, in virtual time; the machine does not matter.
//   node bench/p2p/open-sim.mjs [build/linux] [FIRST LAST | trace SEED | own SEED]
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const words = process.argv.slice(2);
const build = words[0]?.includes("/") ? words.shift() : "build/linux";
if (!existsSync(`${build}/build.ninja`)) {
    console.error(`open-sim: ${build} is not there: npm run build`);
    process.exit(1);
}
execFileSync("cmake", ["--build", build, "--target", "open_sim"], { stdio: ["ignore", "ignore", "inherit"] });
execFileSync(`${build}/bench/p2p/open_sim`, words, { stdio: "inherit" });
