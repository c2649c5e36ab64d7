// How soon an event is in the store: from the request that raises it to the first segment in its playlist, which can be read then.
//   node bench/cloud-event.mjs [--brief] [--events N] [--build build/linux]
// Plan `event` with the settings as they come, 1080p30 of 2 Mbit/s; the store is on loopback, over http. Events follow each other
// after 1 to 8 s, so that some begin inside of what was sent for the one before.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { begin, make, missing } from "./lib/bench.mjs";
import { encoded } from "./lib/clip.mjs";

const { values, build, brief } = begin({ events: "40" }, { events: "2" });
make(build, ["ocellus", "oc_archive_app"]);
const count = Number(values.events);
const clip = resolve(encoded("60"));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const kept = new Map();
/** Number of an event → when its playlist had a segment. */
const readable = new Map();
const server = createServer((request, reply) => {
    const parts = [];
    request.on("data", (part) => parts.push(part)).on("end", () => {
        const etag = '"x"';
        const bytes = Buffer.concat(parts);
        if (request.method === "PUT") {
            kept.set(request.url, bytes);
            const id = Number(/event-(\d+)\.m3u8$/.exec(request.url)?.[1]);
            if (id > 0 && bytes.includes(".m4s") && !readable.has(id)) readable.set(id, performance.now());
            reply.writeHead(200, { etag }).end();
        } else {
            const found = kept.get(request.url);
            reply.writeHead(found ? 200 : 404, { etag }).end(found ?? "<Error><Code>NoSuchKey</Code></Error>");
        }
    });
});
const port = await new Promise((done) => server.listen(0, "127.0.0.1", () => done(/** @type {import("node:net").AddressInfo} */ (server.address()).port)));

/** Milliseconds that each thread of a process has waited for a processor. @param {number} pid */
function delays(pid) {
    const of = (tid) => Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[1]) / 1e6;
    return new Map(readdirSync(`/proc/${pid}/task`).map((tid) => [tid, of(tid)]));
}

/** @param {string} mode of recording */
async function measure(mode) {
    const folder = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
    const cloud = { endpoint: `http://127.0.0.1:${port}`, bucket: "film", accessKeyId: "A", secretAccessKey: "B", plan: "event" };
    const channels = [{ name: "cam1", input: clip, record: { mode } }];
    writeFileSync(join(folder, "settings.json"), JSON.stringify({ cloud, channels }));
    kept.clear();
    readable.clear();
    const argv = ["run", "--json", "--port", "0", "--data", join(folder, "data"), "--settings", join(folder, "settings.json")];
    const program = spawn(join(build, "ocellus"), argv, { stdio: ["ignore", "pipe", "ignore"] });
    const url = await new Promise((done) => {
        let text = "";
        program.stdout.on("data", (part) => {
            const found = /"url":"([^"]+)"/.exec((text += part));
            if (found) done(found[1]?.replace(/\/$/, ""));
        });
        program.on("exit", () => missing("the program ended", text));
    });
    await sleep(brief ? 4000 : 13_000); // nothing that was recorded before the start is sent
    const took = [];
    for (let n = 0; n < count; n++) {
        const from = performance.now();
        const before = delays(program.pid);
        const body = JSON.stringify({ kind: "motion", channel: "cam1" });
        const reply = await fetch(`${url}/api/events`, { method: "POST", headers: { "content-type": "application/json" }, body });
        const { id } = await reply.json();
        const deadline = from + 60_000;
        took.push((async () => {
            while (!readable.has(id) && performance.now() < deadline) await sleep(20);
            const waited = [...delays(program.pid)].map(([tid, ms]) => ms - (before.get(tid) ?? 0));
            return { ms: (readable.get(id) ?? Infinity) - from, waited: Math.max(...waited) };
        })());
        await sleep(brief ? 500 : 1000 + 7000 * Math.random());
    }
    const sorted = (await Promise.all(took)).sort((a, b) => a.ms - b.ms);
    program.removeAllListeners("exit");
    program.kill("SIGTERM");
    await new Promise((done) => program.once("close", done));
    rmSync(folder, { recursive: true, force: true });
    return sorted;
}

const seconds = (ms = 0) => (ms / 1000).toFixed(2);
console.log(`| ${count} events | first segment readable, p50, s | at most, goal 3 | in which a thread waited for a processor |\n|---|---|---|---|`);
for (const [mode, name] of [["continuous", "recorded all the time"], ["event", "recorded as clips"]]) {
    const sorted = await measure(mode);
    const slowest = sorted.at(-1);
    console.log(`| ${name} | ${seconds(sorted[sorted.length >> 1]?.ms)} | ${seconds(slowest?.ms)} | ${seconds(slowest?.waited)} |`);
}
server.close();
server.closeAllConnections();
