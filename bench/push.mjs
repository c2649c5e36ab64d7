// What a live push costs: CPU and memory of the program with its helpers, without a push, with one, with 16, beside
// `ffmpeg -c copy -f flv` of the same stream to the same server (nginx with its RTMP module). Medians.
//   node bench/push.mjs [--brief] [--seconds S] [--rounds R] [--input ADDRESS] [--build build/linux]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../tests/e2e/device.mjs";
import { begin, make, missing, needFile, needProgram } from "./lib/bench.mjs";
import { usage } from "./lib/processes.mjs";

const { values, build } = begin({ seconds: "20", rounds: "5", input: "assets/clip.mp4" }, { seconds: "1", rounds: "1" });
const module = needFile("/usr/lib/nginx/modules/ngx_rtmp_module.so", "apt install libnginx-mod-rtmp");
const nginx = needProgram("/usr/sbin/nginx", "apt install nginx-light");
const ffmpeg = needProgram("ffmpeg", "apt install ffmpeg");
make(build, ["needed", "oc_archive_test_app_pushes"]);
needFile(join(build, "ocellus-ffmpeg"), "npm run setup test, then build again");

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const folder = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
const port = await freePort();
writeFileSync(join(folder, "nginx.conf"), `load_module ${module}; daemon off; master_process off; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 256; } rtmp { access_log off; server { listen 127.0.0.1:${port}; application live { live on; } } }`);
const server = spawn(nginx, ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
const host = spawn(join(build, "ocellus"), ["run", "--json", "--port", "0", "--data", join(folder, "data"), "--app", join(build, "test_app_pushes.xsa"), "--input", `cam1=${values.input}`, "--record", "off"], {
    stdio: ["ignore", "pipe", "ignore"],
});
let said = "";
host.stdout.on("data", (text) => {
    said += text;
});

/** @template T @param {() => Promise<T | undefined> | T | undefined} probe @param {string} what @returns {Promise<T>} */
async function until(probe, what) {
    for (let tries = 0; tries < 300; tries++) {
        const found = await probe();
        if (found !== undefined) return found;
        await sleep(100);
    }
    return missing(`${what}: not within 30 s`, "is this machine busy?");
}

const url = await until(() => /"url":"([^"]+)"/.exec(said)?.[1], "the program");

/** So many pushes run from now on. @param {number} count */
async function push(count) {
    const targets = Array.from({ length: count }, (_, index) => ({ id: index + 1, channel: "cam1", sub: false, format: "flv", audioOnly: false, name: `cam1/${index}`, url: `rtmp://127.0.0.1:${port}/live/s${index}`, pin: "" }));
    const reply = await fetch(`${url}api/targets`, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(targets) });
    if (!reply.ok) missing(await reply.text(), "see the log of the program");
    await until(async () => {
        const { pushes } = await (await fetch(`${url}api/targets`)).json();
        return pushes.length === count && pushes.every((row) => row.phase === "runs") ? true : undefined;
    }, `${count} pushes`);
}

/** CPU in % of a core and memory of processes and their children over a span. @param {number[]} pids */
async function measure(pids) {
    await sleep(Math.min(Number(values.seconds), 2) * 1000);
    const [from, since] = [usage(pids), performance.now()];
    await sleep(Number(values.seconds) * 1000);
    const [to, span] = [usage(pids), (performance.now() - since) / 1000];
    return { cpu: ((to.cpu - from.cpu) / span) * 100, pss: to.pss, anonymous: to.anonymous };
}

async function beside() {
    await push(0);
    const copy = spawn(ffmpeg, ["-v", "error", "-i", `${url}live/cam1.flv`, "-c", "copy", "-f", "flv", `rtmp://127.0.0.1:${port}/live/beside`], { stdio: "ignore" });
    await sleep(3000); // it looks at the stream first
    const found = await measure([copy.pid ?? 0]);
    copy.kill("SIGKILL");
    return found;
}

/** @type {Record<string, { cpu: number, pss: number, anonymous: number }[]>} */
const found = { none: [], one: [], sixteen: [], beside: [] };
for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, count] of /** @type {const} */ ([["none", 0], ["one", 1], ["sixteen", 16]])) {
        await push(count);
        found[name]?.push(await measure([host.pid ?? 0]));
    }
    found["beside"]?.push(await beside());
}
host.kill("SIGTERM");
server.kill("SIGTERM");
await new Promise((resolve) => host.on("close", resolve));
rmSync(folder, { recursive: true, force: true });

const median = (/** @type {number[]} */ numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
const of = (/** @type {string} */ name, /** @type {"cpu" | "pss" | "anonymous"} */ what) => median((found[name] ?? []).map((one) => one[what]));
console.log("| what | CPU, % of a core | memory (Pss), MB | of it not file-backed, resident, MB |\n|---|---|---|---|");
for (const [name, text] of [["none", "the program without a push"], ["one", "with one push"], ["sixteen", "with 16 pushes"], ["beside", "`ffmpeg -c copy -f flv` of the same stream"]]) {
    console.log(`| ${text} | ${of(name, "cpu").toFixed(2)} | ${of(name, "pss").toFixed(1)} | ${of(name, "anonymous").toFixed(1)} |`);
}
const each = (/** @type {"cpu" | "pss" | "anonymous"} */ what) => (of("sixteen", what) - of("none", what)) / 16;
console.log(`| each of 16 pushes | ${each("cpu").toFixed(2)} | ${each("pss").toFixed(1)} | ${each("anonymous").toFixed(1)} |`);
