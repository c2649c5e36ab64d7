// CPU of SCTP's sending half: chunks cut and SACKs taken, no network, no cryptography.
//   node bench/p2p/sctp-cpu.mjs [build/linux]
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const build = process.argv[2] ?? "build/linux";
if (!existsSync(`${build}/build.ninja`)) {
    console.error(`sctp-cpu: ${build} is not there: npm run build`);
    process.exit(1);
}
execFileSync("cmake", ["--build", build, "--target", "sctp_cpu"], { stdio: ["ignore", "ignore", "inherit"] });
execFileSync(`${build}/bench/p2p/sctp_cpu`, { stdio: "inherit" });
