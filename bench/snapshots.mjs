// 1,000 snapshot channels by address at one minute, on loopback: how even the uploads are, what one costs beside libcurl alone at the
// same pace (snapshots_curl.c: one picture after the other over two kept connections), and memory per channel.
//   node bench/snapshots.mjs [--brief] [--runs N] [--channels N] [--seconds S] [--bytes N] [--build build/linux] [--json FILE]
// Cameras and target are a process of its own. CPU: of all threads of the program, less what it takes in the same time without
// snapshots, by picture. The first 70 s are left out: connections are opened then. Memory: of what no file backs, with N channels and
// with 10, once each had a turn.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { begin, make } from "./lib/bench.mjs";
import { usage } from "./lib/processes.mjs";

const options = { runs: "3", channels: "1000", seconds: "120", bytes: "102400", settle: "70" };
const { values, build, brief } = begin(options, { runs: "1", channels: "1000", seconds: "5", settle: "5" });
make(build, ["needed", "snapshots_curl"]);

const host = "127.42.0.3";
const base = `http://${host}:8044`;
const servers = `
    const image = Buffer.alloc(${Number(values.bytes)}, "p");
    image.set([255, 216, 255, 224]);
    image.set([255, 217], image.length - 2);
    let times = [];
    require("node:http").createServer({ keepAliveTimeout: 600000 }, (request, reply) => {
        if (request.url === "/times") return void (reply.end(JSON.stringify(times)), times = []);
        if (request.method === "GET") return void reply.end(image);
        let bytes = 0;
        request.on("data", (part) => (bytes += part.length)).on("end", () => (times.push([performance.now(), bytes]), reply.end()));
    }).listen(8044, "${host}", () => console.log("ready"));
    process.stdin.on("end", () => process.exit()).resume();`;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

/** CPU seconds of all threads so far. */
function cpuOf(pid) {
    return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e9, 0);
}

/** One run of the program with so many channels; 0: no snapshots. */
async function measure(channels) {
    const data = mkdtempSync(join(tmpdir(), "ocellus-snapshots-"));
    mkdirSync(join(data, "app"), { mode: 0o700 });
    writeFileSync(join(data, "app", "snapshots.txt"), Array.from({ length: channels }, (_, at) => `cam-${at} ${base}/camera/${at}.jpg\n`).join(""));
    const snapshots = channels > 0 ? { target: `${base}/put/{channel}.jpg`, intervalSeconds: 60 } : {};
    writeFileSync(join(data, "settings.json"), JSON.stringify({ channels: [], snapshots }));
    const args = ["run", "--port", "0", "--data", data, "--record", "off"];
    const child = spawn(`${build}/ocellus`, args, { stdio: ["ignore", "ignore", "inherit"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    await sleep(Number(values.settle) * 1000);
    await (await fetch(`${base}/times`)).json();
    const before = cpuOf(child.pid);
    await sleep(Number(values.seconds) * 1000);
    const cpu = cpuOf(child.pid) - before;
    const times = await (await fetch(`${base}/times`)).json();
    const memory = usage([child.pid]).anonymous;
    child.kill("SIGINT");
    await ended;
    rmSync(data, { recursive: true });
    return { cpu, times, memory };
}

/** Standard deviation of uploads per second, by the mean. */
function deviation(times, seconds) {
    const first = times[0]?.[0] ?? 0;
    const counts = new Array(Math.max(1, Math.floor(seconds) - 1)).fill(0);
    for (const [ms] of times) {
        const second = Math.floor((ms - first) / 1000);
        if (second < counts.length) counts[second]++;
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    return Math.sqrt(counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length) / mean;
}

/** libcurl alone, at the same pace. */
async function curl(count, spacingUs) {
    const child = spawn(`${build}/bench/snapshots_curl`, [`${base}/camera/0.jpg`, `${base}/put/0.jpg`, String(count), String(spacingUs)], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part) => (text += part));
    await new Promise((resolve) => child.on("close", resolve));
    return JSON.parse(text);
}

const server = spawn(process.execPath, ["-e", servers], { stdio: ["pipe", "pipe", "inherit"] });
await new Promise((resolve) => server.stdout.once("data", resolve));
const channels = Number(values.channels);
const seconds = Number(values.seconds);
const runs = [];
for (let run = 0; run < Number(values.runs); run++) {
    const idle = await measure(0);
    const few = await measure(10);
    const many = await measure(channels);
    const count = Math.max(1, Math.min(many.times.length, brief ? 50 : many.times.length));
    const alone = await curl(count, Math.round(60e6 / channels));
    runs.push({
        uploads: many.times.length,
        whole: many.times.every(([, bytes]) => bytes === Number(values.bytes)),
        deviation: deviation(many.times, seconds),
        ours: ((many.cpu - idle.cpu) / many.times.length) * 1e6,
        curl: (alone.cpu / alone.count) * 1e6,
        channelKb: ((many.memory - few.memory) * 1024) / (channels - 10),
        memoryMb: many.memory - idle.memory,
    });
}
server.stdin.end();
console.log(`medians of ${values.runs} runs of ${seconds} s, ${channels} channels, ${values.bytes} bytes, ${cpus()[0].model}`);
const of = (key) => median(runs.map((run) => run[key]));
console.log("| uploads | deviation of uploads per second | CPU per picture, µs | libcurl alone, µs | ratio | KB per channel | MB in all |\n|---|---|---|---|---|---|---|");
const ratio = median(runs.map((run) => run.ours / run.curl));
console.log(`| ${of("uploads")} | ${(of("deviation") * 100).toFixed(1)} % | ${of("ours").toFixed(0)} | ${of("curl").toFixed(0)} | ${ratio.toFixed(2)} | ${of("channelKb").toFixed(2)} | ${of("memoryMb").toFixed(1)} |`);
const verdict = (met) => (met ? "met" : "short");
console.log(`every picture whole: ${verdict(runs.every(({ whole }) => whole))}; deviation at most 10 %: ${verdict(of("deviation") <= 0.1)}; CPU at most 1.2 x libcurl: ${verdict(ratio <= 1.2)}; memory at most 20 KB a channel: ${verdict(of("channelKb") <= 20)}`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), runs }, null, 4)}\n`);
