// What a running host costs: CPU, memory and lateness with N channels, recorded and served over HLS.
//   node bench/host.mjs [--brief] [--channels N] [--seconds S] [--input FILE] [--app FILE.xsa] [--viewers N] [--slow-disk] [--turns] [--queries] [--json FILE]
// --slow-disk: every sync takes two seconds (tests/hosts/disk_faults.c).
// --turns: how long each turn of the media thread takes (bench/turns.c).
// --queries: there are a week's 100,000 recordings and 50,000 events, and somebody looks for them all the time.
// Without --input it takes the 1080p30 file that bench/ring-mux.mjs makes. Every channel has one HLS client.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { begin, make, needFile } from "./lib/bench.mjs";
import { encoded } from "./lib/clip.mjs";

const { values, build, brief } = begin(
    { channels: "1", seconds: "60", viewers: "1", input: "", app: "" },
    { seconds: "1" },
    { flags: ["slow-disk", "turns", "queries"] },
);
const channels = Number(values.channels);
const seconds = Number(values.seconds);
make(build, ["ocellus", "oc_archive_app", ...(values["slow-disk"] ? ["disk_faults"] : []), ...(values["turns"] ? ["turns"] : []), ...(values["queries"] ? ["index_bench"] : [])]);
const faulty = values["slow-disk"] ? needFile(`${build}/tests/hosts/disk_faults.so`, "the faulty disk is a part of a build with tests") : "";
const turns = values.turns ? needFile(`${build}/bench/turns.so`, "the turns are a part of a build with tests") : "";
const input = values.input === "" ? encoded(brief ? "20" : "600") : needFile(values.input, "--input names a file");
if (values.app !== "") needFile(values.app, "--app names an archive");
const data = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
if (values.queries) execFileSync(join(build, "bench", "index_bench"), [data, ...(brief ? ["50", "200"] : ["12500", "50000"]), "1"], { stdio: "ignore" });
const inputs = Array.from({ length: channels }, (_, i) => ["--input", `c${i + 1}=${input}`]).flat();
const settleMs = brief ? 500 : 3000;
const started = performance.now();
const host = spawn(
    `${build}/ocellus`,
    ["run", "--json", "--port", "0", "--data", data, "--log", "warn", ...inputs, ...(values.app ? ["--app", values.app] : [])],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...loaded() } },
);

/** What makes the disk slow and counts turns, for the host only. */
function loaded() {
    const files = [faulty, turns].filter((file) => file !== "");
    if (files.length === 0) return {};
    if (faulty !== "") writeFileSync(join(data, "faults"), "slow");
    return { LD_PRELOAD: files.join(":"), OCELLUS_TEST_FAULTS: join(data, "faults"), OCELLUS_BENCH_TURNS: `${settleMs}:${join(data, "turns")}` };
}

/** Address printed by the host. */
const url = await new Promise((resolve, reject) => {
    let text = "";
    host.stdout.setEncoding("utf8").on("data", (part) => {
        text += part;
        for (const line of text.split("\n").slice(0, -1)) {
            const event = JSON.parse(line);
            if (event.event === "listening") resolve(event.url.replace(/\/$/, ""));
        }
    });
    host.on("exit", (code) => reject(new Error(`the host ended with ${code}`)));
});
const listeningMs = performance.now() - started;

/** CPU ticks (100 per second) of the whole process. */
function cpuTicks() {
    const fields = readFileSync(`/proc/${host.pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return Number(fields[11]) + Number(fields[12]);
}
const kb = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${host.pid}/status`, "utf8"))?.[1] ?? 0);

/** Ticks that the hypervisor took from this machine, and all ticks. */
function stolen() {
    const ticks = readFileSync("/proc/stat", "utf8").split("\n")[0].split(/\s+/).slice(1, 9).map(Number);
    return { ticks: ticks[7], all: ticks.reduce((a, b) => a + b, 0) };
}

/** An HLS client: polls the playlist, fetches every new segment once. */
async function watch(name, until) {
    let seen = -1;
    const counted = { segments: 0, bytes: 0, failures: 0 };
    while (performance.now() < until) {
        try {
            const playlist = await (await fetch(`${url}/live/${name}/index.m3u8`)).text();
            for (const match of playlist.matchAll(/^s(\d+)\.m4s$/gm)) {
                if (Number(match[1]) <= seen) continue;
                const response = await fetch(`${url}/live/${name}/${match[0]}`);
                if (!response.ok) counted.failures++;
                counted.bytes += (await response.arrayBuffer()).byteLength;
                counted.segments++;
                seen = Number(match[1]);
            }
        } catch {
            counted.failures++;
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return counted;
}

/** Somebody who looks for recordings, events and spans, ten times a second at most; the slowest answer. */
async function search(until) {
    const week = 1795219200000; // of bench/index_bench.c
    const day = (n) => `from=${new Date(week + n * 86_400_000).toISOString()}&to=${new Date(week + (n + 1) * 86_400_000).toISOString()}`;
    const hour = (n) => `from=${new Date(week + n * 3_600_000).toISOString()}&to=${new Date(week + (n + 1) * 3_600_000).toISOString()}`;
    const counted = { answers: 0, failures: 0, slowestMs: 0 };
    for (let i = 0; performance.now() < until; i++) {
        const addresses = ["/api/recordings?order=newest&limit=200", `/api/recordings?channel=cam3&${day(i % 7)}&limit=200`, "/api/event-log?kind=sound&limit=200", `/api/timeline?channel=cam3&${day(i % 7)}`, `/playback/cam3/index.m3u8?${hour(i % 160)}`];
        const begun = performance.now();
        const answer = await fetch(url + addresses[i % addresses.length]).catch(() => undefined);
        await answer?.arrayBuffer();
        if (answer?.ok || answer?.status === 404) counted.answers++; // the files are empty
        else counted.failures++;
        counted.slowestMs = Math.max(counted.slowestMs, performance.now() - begun);
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return counted;
}

const status = async () => (await fetch(`${url}/api/status`)).json();
await new Promise((resolve) => setTimeout(resolve, settleMs));
const stolenBefore = stolen();
const from = { ticks: cpuTicks(), at: performance.now(), status: await status() };
const until = from.at + seconds * 1000;
const searched = values.queries ? search(until) : undefined;
const clients = await Promise.all(
    Array.from({ length: channels * Number(values.viewers) }, (_, i) => watch(`c${(i % channels) + 1}`, until)),
);
const ticks = cpuTicks() - from.ticks;
const wall = (performance.now() - from.at) / 1000;
const end = await status();
const stolenAfter = stolen();
const sum = (list) => list.reduce((a, b) => a + b, 0);
const rssKb = kb("VmRSS");
const heldKb = sum(end.channels.map((c) => c.ring.heldBytes)) / 1024;
const result = {
    channels,
    seconds: Math.round(wall),
    listeningMs: Math.round(listeningMs),
    cpuPercentOfOneCore: ticks / wall,
    cpuPercentPerChannel: ticks / wall / channels,
    rssMb: rssKb / 1024,
    ringHeldMb: heldKb / 1024,
    rssBesideRingMb: (rssKb - heldKb) / 1024,
    threads: kb("Threads"),
    packets: sum(end.channels.map((c) => c.packets)) - sum(from.status.channels.map((c) => c.packets)),
    // Counted from the first status on: before it, packets ahead of the first key picture were passed over.
    dropped: sum(end.channels.map((c) => c.dropped + c.lostGops)) - sum(from.status.channels.map((c) => c.dropped + c.lostGops)),
    recordLost: sum(end.channels.map((c) => c.recording.lostPackets)),
    latencyUs: {
        p50: Math.max(...end.channels.map((c) => c.latencyUs.p50)),
        p99: Math.max(...end.channels.map((c) => c.latencyUs.p99)),
        p999: Math.max(...end.channels.map((c) => c.latencyUs.p999)),
        max: Math.max(...end.channels.map((c) => c.latencyUs.max)),
    },
    stolenPercent: (100 * (stolenAfter.ticks - stolenBefore.ticks)) / Math.max(1, stolenAfter.all - stolenBefore.all),
    ...(searched && { searched: await searched }),
    scriptRestarts: end.script.restarts,
    served: { segments: sum(clients.map((c) => c.segments)), mb: sum(clients.map((c) => c.bytes)) / 1e6, failures: sum(clients.map((c) => c.failures)) },
    cpu: cpus()[0].model,
};
host.kill("SIGINT");
await new Promise((resolve) => host.once("exit", resolve));
if (turns !== "") Object.assign(result, JSON.parse(readFileSync(join(data, "turns"), "utf8")));
rmSync(data, { recursive: true, force: true });
console.log(JSON.stringify(result, null, 4));
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), ...result }, null, 4)}\n`);
