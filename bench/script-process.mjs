// A script in a process of its own beside one on a thread: how long requests take, what the process takes, and what killing it costs.
//   node bench/script-process.mjs [--brief] [--rounds N] [--requests N] [--posts N] [--kills N] [--build build/linux] [--json FILE]
// Both programs in turn on the same folder of settings, the fake camera recorded; latency over one connection that is kept. The kills
// come at random moments while the camera is recorded and watched (HLS); afterwards every packet of the recordings is counted.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { begin, make } from "./lib/bench.mjs";
import { usage } from "./lib/processes.mjs";

const { values, build, brief } = begin({ rounds: "5", requests: "2000", posts: "40", kills: "0" }, { rounds: "1", requests: "50", posts: "3" });
make(build, ["ocellus", "ocellus-apart", "ocellus-script", "oc_clip", "oc_archive_app"]);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))] ?? Number.NaN;

/** A running program and its address. */
async function start(program, data) {
    const child = spawn(join(build, program), ["run", "--json", "--port", "0", "--data", data], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part) => {
        text += part;
    });
    child.stderr.setEncoding("utf8").on("data", (part) => {
        text += part;
    });
    for (let tries = 0; tries < 200; tries++) {
        const url = /"url":"(http:[^"]*?)\/?"/.exec(text)?.[1];
        if (url) return { child, url, text: () => text };
        await sleep(50);
    }
    throw new Error(`${program} does not listen:\n${text}`);
}

async function stop(program) {
    const ended = new Promise((resolve) => program.child.on("close", resolve));
    program.child.kill("SIGINT");
    await ended;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** One request: microseconds, status, text. */
function request(url, method = "GET", body = undefined) {
    return new Promise((resolve, reject) => {
        const begin = process.hrtime.bigint();
        const sent = http.request(url, { method, agent, headers: body ? { "content-type": "application/json" } : {} }, (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (part) => {
                text += part;
            });
            response.on("end", () => resolve({ us: Number(process.hrtime.bigint() - begin) / 1000, status: response.statusCode, text }));
        });
        sent.on("error", reject).end(body ? JSON.stringify(body) : undefined);
    });
}

const childOf = (pid) => Number(execFileSync("sh", ["-c", `pgrep -P ${pid} -x ocellus-script || true`], { encoding: "utf8" }).trim() || 0);
const rollup = (pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
    return { rss: of("Rss"), pss: of("Pss"), anon: of("Pss_Anon"), shmem: of("Pss_Shmem") };
};
const heapOf = async (url) => Number(/^ocellus_script_heap_allocated_bytes (\d+)/m.exec((await request(`${url}/metrics`)).text)?.[1] ?? 0) / 1024;

async function measure(program) {
    const data = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
    const running = await start(program, data);
    const out = { status: [], posts: [] };
    try {
        for (let i = 0; i < 100; i++) await request(`${running.url}/api/status`);
        await sleep(brief ? 200 : 2000);
        const before = usage([running.child.pid]).cpu;
        for (let i = 0; i < Number(values.requests); i++) out.status.push((await request(`${running.url}/api/status`)).us);
        out.cpu = ((usage([running.child.pid]).cpu - before) / Number(values.requests)) * 1e6;
        for (let i = 0; i < Number(values.posts); i++) {
            const answer = await request(`${running.url}/api/channels`, "POST", { name: `c${i}`, input: "fake:?fps=5&gop=5", ring: { bytes: 1_000_000 } });
            if (answer.status !== 201) throw new Error(`${program}: ${answer.status} ${answer.text}`);
            out.posts.push(answer.us);
            await request(`${running.url}/api/channels/c${i}`, "DELETE");
        }
        await heapOf(running.url);
        await sleep(200);
        const child = childOf(running.child.pid);
        out.host = rollup(running.child.pid);
        out.heap = await heapOf(running.url);
        if (child) out.script = rollup(child);
    } finally {
        await stop(running);
        rmSync(data, { recursive: true, force: true });
    }
    return out;
}

const programs = ["ocellus", "ocellus-apart"];
const all = Object.fromEntries(programs.map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++) for (const name of programs) all[name].push(await measure(name));
console.log("| medians of rounds | GET /api/status p50, µs | p99 | CPU, µs | POST /api/channels p50, ms | p99 | host Pss, KB | script Pss | script Rss | heap |");
console.log("|---|---|---|---|---|---|---|---|---|---|");
for (const name of programs) {
    const of = (pick) => median(all[name].map(pick));
    const cells = [of((r) => quantile(r.status, 0.5)).toFixed(0), of((r) => quantile(r.status, 0.99)).toFixed(0), of((r) => r.cpu).toFixed(0), (of((r) => quantile(r.posts, 0.5)) / 1000).toFixed(2), (of((r) => quantile(r.posts, 0.99)) / 1000).toFixed(2), of((r) => r.host.pss), of((r) => r.script?.pss ?? 0), of((r) => r.script?.rss ?? 0), of((r) => r.heap).toFixed(0)];
    console.log(`| ${name} | ${cells.join(" | ")} |`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), all }, null, 1)}\n`);
agent.destroy();
