// What eight RTSP cameras recorded cost: CPU and memory of all processes of the host, beside eight `ffmpeg -c copy`.
//   node bench/cameras.mjs [--brief] [--seconds S] [--cameras N] [--build build/linux[,OTHER]...]   (several builds: measured in the same run)
// Needs what tests/inputs needs: FFmpeg and GStreamer's RTSP server.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { begin, make, missing, needFile, needProgram, setupAll } from "./lib/bench.mjs";
import { usage } from "./lib/processes.mjs";

const { values, build: builds, brief } = begin({ seconds: "30", cameras: "8" }, { seconds: "1", cameras: "1" });
needProgram("ffmpeg", setupAll);
needProgram("/usr/bin/python3", setupAll);
if (spawnSync("/usr/bin/python3", ["-c", "import gi; gi.require_version('GstRtspServer', '1.0')"]).status !== 0) missing("GStreamer's RTSP server is not there", setupAll);
for (const build of builds.split(",")) {
    make(build, ["needed"]);
    needFile(join(build, "ocellus-ffmpeg"), "npm run setup test, then build again");
}
const seconds = Number(values.seconds);
const cameras = Number(values.cameras);
const folder = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(name, children) {
    await sleep(brief ? 2000 : 8000);
    const pids = children.map((child) => child.pid);
    const begin = usage(pids);
    await sleep(seconds * 1000);
    const end = usage(pids);
    const ended = children.map((child) => new Promise((resolve) => child.on("close", resolve)));
    for (const child of children) {
        child.kill("SIGINT");
    }
    await Promise.all(ended);
    const cpu = ((end.cpu - begin.cpu) / seconds) * 100;
    console.log(`| ${name} | ${end.processes} | ${cpu.toFixed(1)} | ${end.pss.toFixed(1)} | ${end.rss.toFixed(1)} |`);
}

const port = await new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
        const { port: free } = /** @type {import("node:net").AddressInfo} */ (server.address());
        server.close(() => resolve(free));
    });
});
const clip = join(folder, "camera.mp4");
const sources = ["-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25", "-f", "lavfi", "-i", "sine"];
const codecs = ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-b:v", "2M", "-g", "25", "-c:a", "aac", "-t", String(brief ? 12 : seconds * 6 + 120)];
execFileSync("ffmpeg", ["-v", "error", ...sources, ...codecs, clip]);
const camera = spawn("/usr/bin/python3", ["tests/inputs/rtsp_server.py", String(port), clip], { stdio: "ignore" });
await sleep(2000);
const address = `rtsp://127.0.0.1:${port}/cam`;
console.log("| eight cameras recorded by | processes | CPU, % of a core | memory (Pss), MB | resident, MB |\n|---|---|---|---|---|".replace("eight", String(cameras)));
for (const build of builds.split(",")) {
    const inputs = Array.from({ length: cameras }, (_, i) => ["--input", `c${i}=${address}`]).flat();
    const args = ["run", "--port", "0", "--data", join(folder, build.replaceAll("/", "_")), ...inputs];
    await measure(build, [spawn(join(build, "ocellus"), args, { stdio: "ignore" })]);
}
const copies = Array.from({ length: cameras }, (_, i) =>
    spawn("ffmpeg", ["-v", "quiet", "-rtsp_transport", "tcp", "-i", address, "-c", "copy", "-movflags", "frag_keyframe+empty_moov", join(folder, `${i}.mp4`)], { stdio: "ignore" }),
);
await measure("`ffmpeg -c copy`", copies);
camera.kill("SIGKILL");
rmSync(folder, { recursive: true, force: true });
