// Cost of sealing, opening and checking one packet, with the cryptography of the build.
//   node bench/p2p/seal.mjs [build/linux]
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const build = process.argv[2] ?? "build/linux";
if (!existsSync(`${build}/build.ninja`)) {
    console.error(`seal: ${build} is not there: npm run build`);
    process.exit(1);
}
execFileSync("cmake", ["--build", build, "--target", "seal"], { stdio: ["ignore", "ignore", "inherit"] });
execFileSync(`${build}/bench/p2p/seal`, { stdio: "inherit" });
