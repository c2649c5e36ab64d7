// What a running host costs: CPU, memory and lateness with N channels, recorded and served over HLS.
//   node bench/host.mjs [--brief] [--channels N] [--seconds S] [--input FILE] [--app FILE.xsa] [--viewers N] [--slow-disk] [--json FILE]
// --slow-disk: every sync takes two seconds (tests/hosts/disk_faults.c).
// Without --input it takes the 1080p30 file that bench/ring-mux.mjs makes. Every channel has one HLS client.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { begin, make, needFile } from "./lib/bench.mjs";
import { encoded } from "./lib/clip.mjs";

const { values, build, brief } = begin(
    { channels: "1", seconds: "60", viewers: "1", input: "", app: "" },
    { seconds: "1" },
    { flags: ["slow-disk"] },
);
const channels = Number(values.channels);
const seconds = Number(values.seconds);
make(build, ["ocellus", "oc_archive_app", ...(values["slow-disk"] ? ["disk_faults"] : [])]);
const faulty = values["slow-disk"] ? needFile(`${build}/tests/hosts/disk_faults.so`, "the faulty disk is a part of a build with tests") : "";
const input = values.input === "" ? encoded(brief ? "20" : "600") : needFile(values.input, "--input names a file");
if (values.app !== "") needFile(values.app, "--app names an archive");
const data = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
const inputs = Array.from({ length: channels }, (_, i) => ["--input", `c${i + 1}=${input}`]).flat();
const started = performance.now();
const host = spawn(
    `${build}/ocellus`,
    ["run", "--json", "--port", "0", "--data", data, "--log", "warn", ...inputs, ...(values.app ? ["--app", values.app] : [])],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...faults() } },
);

/** What makes the disk slow, for the host only. */
function faults() {
    if (faulty === "") return {};
    const word = join(data, "faults");
    writeFileSync(word, "slow");
    return { LD_PRELOAD: faulty, OCELLUS_TEST_FAULTS: word };
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

const status = async () => (await fetch(`${url}/api/status`)).json();
await new Promise((resolve) => setTimeout(resolve, brief ? 500 : 3000));
const from = { ticks: cpuTicks(), at: performance.now(), status: await status() };
const until = from.at + seconds * 1000;
const clients = await Promise.all(
    Array.from({ length: channels * Number(values.viewers) }, (_, i) => watch(`c${(i % channels) + 1}`, until)),
);
const ticks = cpuTicks() - from.ticks;
const wall = (performance.now() - from.at) / 1000;
const end = await status();
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
    scriptRestarts: end.script.restarts,
    served: { segments: sum(clients.map((c) => c.segments)), mb: sum(clients.map((c) => c.bytes)) / 1e6, failures: sum(clients.map((c) => c.failures)) },
    cpu: cpus()[0].model,
};
host.kill("SIGINT");
await new Promise((resolve) => host.once("exit", resolve));
rmSync(data, { recursive: true, force: true });
console.log(JSON.stringify(result, null, 4));
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), ...result }, null, 4)}\n`);
