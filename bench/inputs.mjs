// What ocellus-ffmpeg costs: memory and CPU of all processes of the host, and the time from a packet's stamp to the ring.
//   node bench/inputs.mjs [--brief] [--seconds S] [--build build/linux]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rtpCamera, units } from "../tests/inputs/rtp_camera.mjs";
import { begin, make, missing, needFile } from "./lib/bench.mjs";
import { usage } from "./lib/processes.mjs";

const { values, build, brief } = begin({ seconds: "35" }, { seconds: "1" });
make(build, ["needed"]);
needFile(join(build, "ocellus-ffmpeg"), "npm run setup test, then build again");
const video = units(4, 8_000_000);
const cameras = await Promise.all([1, 2, 3, 4].map(async () => `rtsp://127.0.0.1:${await rtpCamera({ teardown: () => {} }, video)}/cam`));
const ways = {
    "clip, without the plug-in": ["assets/clip.mp4"],
    "the same clip through it": ["ffmpeg:assets/clip.mp4"],
    "the same clip transcoded": ["ffmpeg:assets/clip.mp4#transcode=1"],
    "test picture, 1280x720, 30 fps, x264": ["test"],
    "test picture, OpenH264": ["test:?encoder=openh264"],
    "four RTSP cameras by TCP, 2 Mbit/s each": cameras,
    "the same by UDP": cameras.map((url) => `${url}#transport=udp`),
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

console.log("| input | processes | memory (Pss), MB | resident, MB | of it not file-backed | CPU, % of a core | stamp to ring p50 / p99, ms |\n|---|---|---|---|---|---|---|");
for (const [name, inputs] of Object.entries(ways)) {
    const data = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
    const host = spawn(join(build, "ocellus"), ["run", "--json", "--port", "0", "--data", data, ...inputs.flatMap((input, i) => ["--input", `cam${i}=${input}`])], {
        stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    host.stdout.on("data", (text) => {
        said += text;
    });
    const ended = new Promise((resolve) => host.on("close", resolve));
    await sleep(brief ? 1000 : 5000);
    const begin = usage([host.pid]);
    await sleep(Number(values.seconds) * 1000);
    const end = usage([host.pid]);
    const url = /"url":"([^"]+)"/.exec(said)?.[1];
    const metrics = await (await fetch(`${url}metrics`)).text();
    const latency = (q) => {
        const found = new RegExp(`latency_seconds\\{[^}]*quantile="${q}"\\} (\\S+)`).exec(metrics)?.[1];
        return found === undefined ? missing(`no metric of the latency of ${name}`, "is the input running? see the log") : (Number(found) * 1000).toFixed(2);
    };
    const cpu = ((end.cpu - begin.cpu) / Number(values.seconds)) * 100;
    console.log(`| ${name} | ${end.processes} | ${end.pss.toFixed(1)} | ${end.rss.toFixed(1)} | ${end.anonymous.toFixed(1)} | ${cpu.toFixed(1)} | ${latency("0.5")} / ${latency("0.99")} |`);
    host.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
}
process.exit(0); // the cameras go on for ever
