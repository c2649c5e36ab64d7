// What floods cost a camera with a viewer: CPU for each datagram and memory, a table.
//   node bench/p2p/hostile.mjs [build/linux]
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const build = process.argv[2] ?? "build/linux";
if (!existsSync(`${build}/build.ninja`)) {
    console.error(`hostile: ${build} is not there: npm run build`);
    process.exit(1);
}
execFileSync("cmake", ["--build", build, "--target", "p2p_hostile"], { stdio: ["ignore", "ignore", "inherit"] });
execFileSync(`${build}/bench/p2p/p2p_hostile`, { stdio: "inherit" });
