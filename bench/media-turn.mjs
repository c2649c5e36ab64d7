// CPU of the media thread: one busy channel alone, beside idle ones, and with sessions of WebRTC that watch it.
//   node bench/media-turn.mjs [--brief] [--build build/linux[,OTHER]...] [--crowd FILE] [--runs N] [--seconds S] [--idle N] [--sessions N] [--only WORDS] [--json FILE]
// Several builds are measured in the same run, alternating; the first one is compared with the last one. --only: parts whose names
// have these words. --crowd: the program of the
// viewers (tests/net/crowd), the same for all of them. A busy channel has 30 pictures of 6 KB a second; an idle one is open, has its
// ring, and its source sends one picture at the start and nothing afterwards. Nothing is recorded to a disk that could be slow: tmpfs.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { Crowd } from "../tests/net/lib/crowd.mjs";
import { begin, make, missing, needFile } from "./lib/bench.mjs";
import { load, median, sleep } from "./p2p/lib/process.mjs";

const { values, build: built, brief } = begin(
    { crowd: "build/linux/net_crowd", runs: "3", seconds: "10", idle: "32", sessions: "50", only: "" },
    { runs: "1", seconds: "1", idle: "2", sessions: "2" },
);
const builds = built.split(",");
make("build/linux", ["needed"]);
const seconds = Number(values.seconds);
const busy = "fake:?fps=30&gop=30&size=6000&key=14000";
const quiet = "fake:?fps=1/1001&size=6000";
for (const build of builds) needFile(`${build}/ocellus`, "build it: npm run build");
needFile(values.crowd, "it is the target net_crowd of the tests");
if (!(seconds > 0) || !(Number(values.runs) >= 1)) missing("--runs and --seconds", "numbers above 0");

/** CPU of the media thread in ms, and how often it waited. */
function look(pid) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const folder = `/proc/${pid}/task/${thread}`;
        if (readFileSync(`${folder}/comm`, "utf8").trim() === "media") {
            return {
                cpu: Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]) / 1e6,
                wakes: Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`${folder}/status`, "utf8"))[1]),
            };
        }
    }
    throw new Error("no thread is named media");
}

/** Runs the program until `measure` is done with it. */
async function withProgram(build, inputs, measure) {
    const data = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "ocellus-bench-"));
    const args = inputs.flatMap(([name, url]) => ["--input", `${name}=${url}`]);
    const child = spawn(`${build}/ocellus`, ["run", "--json", "--port", "0", "--data", data, "--log", "error", ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    try {
        const url = await new Promise((resolve, reject) => {
            let text = "";
            child.stdout.setEncoding("utf8").on("data", (part) => {
                text += part;
                const line = text.split("\n").find((one) => one.includes('"listening"'));
                if (line !== undefined && text.includes(`${line}\n`)) resolve(JSON.parse(line).url.replace(/\/$/, ""));
            });
            child.on("exit", (code) => reject(new Error(`${build}/ocellus ended with ${code}`)));
        });
        return await measure(child.pid, url);
    } finally {
        child.kill("SIGTERM");
        await ended;
        rmSync(data, { recursive: true, force: true });
    }
}

async function during(pid) {
    const from = look(pid);
    const at = performance.now();
    await sleep(seconds * 1000);
    const to = look(pid);
    const wall = (performance.now() - at) / 1000;
    return { cpu: (to.cpu - from.cpu) / wall, wakes: (to.wakes - from.wakes) / wall };
}

const channels = async (build, inputs) =>
    withProgram(build, inputs, async (pid, url) => {
        for (const end = Date.now() + 30_000; ; await sleep(100)) {
            const { channels: all } = await (await fetch(`${url}/api/status`)).json();
            if (all.length === inputs.length && all.every((one) => one.state === "running" && one.packets > 0)) break;
            if (Date.now() > end) throw new Error("the channels do not run");
        }
        await sleep(brief ? 1000 : 14_000); // rows of idle channels are settled
        return during(pid);
    });

/** Sessions; label "-": they watch nothing. */
const sessions = async (build, label) =>
    withProgram(build, [["c0", busy]], async (pid, url) => {
        const settings = { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ p2p: { loopback: true, maxPeers: 64 } }) };
        const changed = await fetch(`${url}/api/settings`, settings);
        if (changed.status !== 200) throw new Error(`settings: ${changed.status} ${await changed.text()}`);
        const child = spawn(values.crowd, ["--loopback"], { stdio: "pipe" });
        const crowd = new Crowd(child, async (sdp) => {
            const answer = await fetch(`${url}/api/p2p/offer`, { method: "POST", headers: { "content-type": "application/sdp" }, body: sdp });
            return { status: answer.status, body: await answer.text() };
        });
        try {
            await crowd.join(Number(values.sessions), label);
            await sleep(brief ? 1000 : 5000);
            await crowd.mark();
            const figures = await during(pid);
            const marks = await crowd.mark();
            if (label !== "-" && marks.some((one) => one.frames < 25 * seconds)) throw new Error(`pictures are missing: ${JSON.stringify(marks.slice(0, 3))}`);
            return figures;
        } finally {
            child.kill("SIGKILL");
        }
    });

const idle = Array.from({ length: Number(values.idle) }, (_, i) => [`i${i}`, quiet]);
const parts = Object.fromEntries(Object.entries({
    "one busy channel": (build) => channels(build, [["c0", busy]]),
    [`the same beside ${idle.length} idle ones`]: (build) => channels(build, [["c0", busy], ...idle]),
    "one idle channel": (build) => channels(build, idle.slice(0, 1)),
    [`${idle.length} idle channels`]: (build) => channels(build, idle),
    [`one busy channel, ${values.sessions} sessions watch it`]: (build) => sessions(build, "action=live&channel=c0"),
    [`one busy channel, ${values.sessions} sessions watch nothing`]: (build) => sessions(build, "-"),
}).filter(([part]) => part.includes(values.only)));
if (Object.keys(parts).length === 0) missing(`--only ${values.only}`, "no part is named like that");
const all = Object.fromEntries(Object.keys(parts).map((part) => [part, builds.map(() => [])]));
for (let run = 0; run < Number(values.runs); run++) {
    for (const [part, measure] of Object.entries(parts)) {
        for (const [i, build] of builds.entries()) {
            all[part][i].push({ ...(await measure(build)), load: load() });
        }
    }
}

const middle = (part, i, key = "cpu") => median(all[part][i].map((one) => one[key]));
const names = Object.keys(parts);
const last = builds.length - 1;
console.log(`media thread, medians of ${values.runs} runs of ${seconds} s, ${cpus().length} x ${cpus()[0]?.model}, load ${load()}`);
console.log(`| CPU in ms/s (waits/s) | ${builds.join(" | ")} | first / last |\n|---|${"---|".repeat(builds.length + 1)}`);
for (const part of names) {
    const cells = builds.map((_, i) => `${middle(part, i).toFixed(2)} (${middle(part, i, "wakes").toFixed(0)})`);
    console.log(`| ${part} | ${cells.join(" | ")} | ${(middle(part, 0) / middle(part, last)).toFixed(2)} |`);
}
const goal = (what, value, limit) => console.log(`${what}: ${value.toFixed(2)}, goal at most ${limit}: ${value <= limit ? "met" : "short"}`);
if (values.only === "") {
    goal(`${names[1]} / ${names[0]}`, middle(names[1], 0) / middle(names[0], 0), 1.2);
    goal(`${names[3]} / ${names[2]}`, middle(names[3], 0) / middle(names[2], 0), 1.2);
}
const watched = names.find((part) => part.endsWith("sessions watch it"));
if (last > 0 && watched !== undefined) goal(`${watched}, first / last build`, middle(watched, 0) / middle(watched, last), 0.8);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), all }, null, 4)}\n`);
