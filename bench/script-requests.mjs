// Turns of the media thread, and latency of capture to ring, while a script has 100 HTTP requests under way, beside a script that
// has none; in turn, several times, medians.
//   node bench/script-requests.mjs [--brief] [--runs N] [--seconds S] [--build build/linux] [--json FILE]
// The server is a process of its own on 127.42.0.2 that answers each request after 50 ms with 1 KB, about 2,000 in a second; what it
// takes of the machine is in the latencies. Latency: driver's time stamp to ring, window of the last 30 to 60 s. A turn is what the
// thread does between two waits for events: its CPU time, or, where it blocked, its time without what it waited for a processor.
// Neither what else runs nor what a hypervisor takes moves it much, so the goal is judged by it. "waits" is the scheduler's delay.
import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { begin, make, needFile } from "./lib/bench.mjs";

const { values, build, brief } = begin({ runs: "3", seconds: "40" }, { runs: "1", seconds: "1" });
make(build, ["ocellus", "oc_archive_app", "oc_archive_test_app_requests", "turns"]);
needFile(`${build}/test_app_requests.xsa`, "the applications of tests are a part of a build with tests");

const answer = `
    let count = 0;
    require("node:http").createServer((request, reply) => setTimeout(() => reply.end("x".repeat(1024), () => count++), 50))
        .listen(8043, "127.42.0.2", () => console.log("ready"));
    process.stdin.on("end", () => { console.log(count); process.exit(); }).resume();`;

/** One run of the host, with the server beside it or without. */
async function measure(requests) {
    const server = requests ? spawn(process.execPath, ["-e", answer], { stdio: ["pipe", "pipe", "inherit"] }) : undefined;
    let text = "";
    server?.stdout.setEncoding("utf8").on("data", (part) => {
        text += part;
    });
    if (server) await new Promise((resolve) => server.stdout.once("data", resolve));
    const app = requests ? ["--app", `${build}/test_app_requests.xsa`] : [];
    const args = ["bench/host.mjs", "--build", build, "--seconds", values.seconds, "--turns", ...(brief ? ["--brief"] : []), ...app];
    const output = execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    if (server) {
        const closed = new Promise((resolve) => server.on("close", resolve));
        server.stdin.end();
        await closed;
    }
    return { ...JSON.parse(output), requests: Number(text.split("\n")[1] ?? 0) };
}

const ways = { "no requests": false, "100 at a time": true };
const measured = { "no requests": [], "100 at a time": [] };
for (let run = 0; run < Number(values.runs); run++) {
    for (const [way, requests] of Object.entries(ways)) measured[way].push(await measure(requests));
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
console.log(`medians of ${values.runs} runs of ${values.seconds} s, ${cpus()[0].model}`);
const of = (way, part, key) => median(measured[way].map((one) => one[part][key]));
console.log("| medians | p50 | p99 | p99.9 | max | turns | blocked | packets dropped | requests | stolen, % |\n|---|---|---|---|---|---|---|---|---|---|");
for (const way of Object.keys(ways)) {
    const sum = (key) => measured[way].reduce((all, one) => all + one[key], 0);
    const rest = [sum("turns"), sum("blocked"), sum("dropped"), sum("requests"), median(measured[way].map((one) => one.stolenPercent)).toFixed(1)];
    for (const [part, name] of [["turnUs", "turn"], ["delayUs", "waits"], ["latencyUs", "latency"]]) {
        const figures = ["p50", "p99", "p999", "max"].map((key) => (of(way, part, key) / 1000).toFixed(3));
        console.log(`| ${way}: ${name}, ms | ${[...figures, ...(part === "turnUs" ? rest : rest.map(() => ""))].join(" | ")} |`);
    }
}
const moved = (of("100 at a time", "turnUs", "p999") - of("no requests", "turnUs", "p999")) / 1000;
console.log(`p99.9 of a turn moves by ${moved.toFixed(3)} ms, goal 0.20: ${moved <= 0.2 ? "met" : "short"}`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), measured }, null, 4)}\n`);
