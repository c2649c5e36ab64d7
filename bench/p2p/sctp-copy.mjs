// CPU per byte of SCTP alone, sending and receiving half apart.
//   node bench/p2p/sctp-copy.mjs [build/linux]
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const build = process.argv[2] ?? "build/linux";
if (!existsSync(`${build}/build.ninja`)) {
    console.error(`sctp-copy: ${build} is not there: npm run build`);
    process.exit(1);
}
execFileSync("cmake", ["--build", build, "--target", "sctp_copy"], { stdio: ["ignore", "ignore", "inherit"] });
execFileSync(`${build}/bench/p2p/sctp_copy`, { stdio: "inherit" });
