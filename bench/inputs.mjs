// What ocellus-ffmpeg costs: memory and CPU of the host with and without it, and how late packets reach the ring.
//   node bench/inputs.mjs [--brief] [--seconds S] [--build build/linux]
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { begin, make, needFile } from "./lib/bench.mjs";

const { values, build, brief } = begin({ seconds: "35" }, { seconds: "1" });
make(build, ["needed"]);
needFile(join(build, "ocellus-ffmpeg"), "npm run setup test, then build again");
const ways = {
    "clip, without the plug-in": "assets/clip.mp4",
    "the same clip through it": "ffmpeg:assets/clip.mp4",
    "the same clip transcoded": "ffmpeg:assets/clip.mp4#transcode=1",
    "test picture, 1280x720, 30 fps, x264": "test",
    "test picture, OpenH264": "test:?encoder=openh264",
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** CPU seconds and resident memory (all, and what no file backs) of a process. */
function look(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const mb = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss: mb("VmRSS"), anonymous: mb("RssAnon") };
}

console.log("| input | resident, MB | of it not file-backed | CPU, % of a core | stamp to ring p50 / p99, ms |\n|---|---|---|---|---|");
for (const [name, input] of Object.entries(ways)) {
    const data = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
    const host = spawn(join(build, "ocellus"), ["run", "--json", "--port", "0", "--data", data, "--input", `cam=${input}`], {
        stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    host.stdout.on("data", (text) => {
        said += text;
    });
    const ended = new Promise((resolve) => host.on("close", resolve));
    await sleep(brief ? 1000 : 5000);
    const begin = look(host.pid);
    await sleep(Number(values.seconds) * 1000);
    const end = look(host.pid);
    const url = /"url":"([^"]+)"/.exec(said)?.[1];
    const metrics = await (await fetch(`${url}metrics`)).text();
    const late = (q) => (Number(new RegExp(`latency_seconds\\{[^}]*quantile="${q}"\\} (\\S+)`).exec(metrics)?.[1]) * 1000).toFixed(2);
    const cpu = ((end.cpu - begin.cpu) / Number(values.seconds)) * 100;
    console.log(`| ${name} | ${end.rss.toFixed(1)} | ${end.anonymous.toFixed(1)} | ${cpu.toFixed(1)} | ${late("0.5")} / ${late("0.99")} |`);
    host.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
}
