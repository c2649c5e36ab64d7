// What cloud storage costs: CPU and memory of the program with and without a store, 16 channels of 2 Mbit/s; and CPU of a backlog
// beside `curl` that puts the same bytes over one connection.
//   node bench/cloud.mjs [--brief] [--channels N] [--seconds S] [--backlog S] [--build build/linux]
// The store is a process of its own on loopback, over TLS; nothing of it is counted. A backlog is what is recorded while nobody listens.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { begin, make, missing, needProgram, setupAll } from "./lib/bench.mjs";
import { encoded } from "./lib/clip.mjs";
import { usage } from "./lib/processes.mjs";

const { values, build, brief } = begin({ channels: "16", seconds: "60", backlog: "180" }, { channels: "2", seconds: "5", backlog: "8" });
needProgram("openssl", setupAll);
needProgram("curl", setupAll);
make(build, ["ocellus", "oc_archive_app"]);
const [channels, seconds, backlog] = [Number(values.channels), Number(values.seconds), Number(values.backlog)];
const clip = encoded("60");
const folder = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyFile, "-out", certFile, "-days", "2", ...names], { stdio: "pipe" });

const store = `
    const { readFileSync } = require("node:fs");
    const kept = new Map();
    require("node:https").createServer({ key: readFileSync(process.argv[1]), cert: readFileSync(process.argv[2]) }, (request, reply) => {
        const parts = [];
        const small = !request.url.endsWith(".m4s");
        request.on("data", (part) => small && parts.push(part)).on("end", () => {
            const etag = '"x"';
            if (request.method === "PUT") {
                if (small) kept.set(request.url, Buffer.concat(parts));
                reply.writeHead(200, { etag }).end();
            } else {
                const found = kept.get(request.url);
                reply.writeHead(found ? 200 : 404, { etag }).end(found ?? "<Error><Code>NoSuchKey</Code></Error>");
            }
        });
    }).listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;
const server = spawn(process.execPath, ["-e", store, keyFile, certFile], { stdio: ["ignore", "pipe", "inherit"] });
const port = Number(await new Promise((resolve) => server.stdout.once("data", resolve)));
const inputs = Array.from({ length: channels }, (_, i) => ["--input", `c${i}=${clip}`]).flat();
const program = spawn(join(build, "ocellus"), ["run", "--json", "--port", "0", "--data", join(folder, "data"), ...inputs], { stdio: ["ignore", "pipe", "ignore"] });
process.once("exit", () => [server, program].forEach((one) => one.kill("SIGKILL"))); // a bench that gave up leaves nothing
const url = await new Promise((resolve) => {
    let text = "";
    program.stdout.on("data", (part) => {
        const found = /"url":"([^"]+)"/.exec((text += part));
        if (found) resolve(found[1]?.replace(/\/$/, ""));
    });
    program.on("exit", () => missing("the program ended", text));
});

async function cloudOf() {
    return (await (await fetch(`${url}/api/status`)).json()).cloud;
}

/** @param {object} cloud */
async function set(cloud) {
    const body = JSON.stringify({ cloud });
    for (;;) {
        const reply = await fetch(`${url}/api/settings`, { method: "PATCH", headers: { "content-type": "application/json" }, body });
        if (reply.ok) return;
        const why = await reply.text();
        if (!why.includes('"BUSY"')) missing("the settings were refused", why);
        await sleep(100); // it is busy with what the machine did before
    }
}

/** CPU in percent of a core, and anonymous memory in MB at the end. */
async function measure() {
    const before = usage([program.pid]);
    await sleep(seconds * 1000);
    const after = usage([program.pid]);
    return { cpu: ((after.cpu - before.cpu) / seconds) * 100, mb: after.anonymous };
}

/** Waits until the store has what there is. */
async function drained() {
    for (;;) {
        const cloud = await cloudOf();
        if (cloud?.state === "blocked") missing("the store cannot be used", cloud.reason);
        if (cloud?.segments > 0 && cloud.lagMs < 12_000) return cloud;
        await sleep(50);
    }
}

const place = { latencySeconds: 4, region: "us-east-1", bucket: "film", accessKeyId: "A", secretAccessKey: "B", ca: readFileSync(certFile, "utf8") };
const endpoint = `https://127.0.0.1:${port}`;
await sleep(brief ? 3000 : 15_000); // rings are full
const without = await measure();
await set({ ...place, endpoint });
await drained();
await sleep(brief ? 0 : 10_000);
const withStore = await measure();
const each = (of) => ((withStore[of] - without[of]) / channels).toFixed(2);
console.log(`| ${channels} channels of 2 Mbit/s | CPU, % of a core | anonymous memory, MB |\n|---|---|---|`);
console.log(`| without a store | ${without.cpu.toFixed(1)} | ${without.mb.toFixed(1)} |`);
console.log(`| with a store | ${withStore.cpu.toFixed(1)} | ${withStore.mb.toFixed(1)} |`);
console.log(`| more for each channel, goals 3 and 2 | ${each("cpu")} | ${each("mb")} |`);

await set({ endpoint: "https://127.0.0.1:1" });
await sleep(backlog * 1000);
const first = usage([program.pid]).cpu;
const begun = Date.now();
await set({ endpoint });
const sent = await drained();
const took = (Date.now() - begun) / 1000;
const cpu = usage([program.pid]).cpu - first - (without.cpu / 100) * took;
const average = Math.round(sent.bytes / sent.segments);
const segment = join(folder, "segment");
writeFileSync(segment, Buffer.alloc(average, 0x5a));
const puts = Array.from({ length: sent.segments }, (_, i) => `upload-file="${segment}"\nurl="${endpoint}/film/${i}.m4s"\noutput="/dev/null"\n`).join("");
writeFileSync(join(folder, "puts"), puts);
const times = execFileSync("bash", ["-c", `curl -s --cacert "${certFile}" --tlsv1.2 -K "${join(folder, "puts")}"; times`], { encoding: "utf8" });
const plain = [...(times.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
const perSegment = (value) => ((value * 1000) / sent.segments).toFixed(2);
console.log(`\n| a backlog of ${sent.segments} segments, ${(sent.bytes / 1e6).toFixed(0)} MB | CPU of a segment, ms | |\n|---|---|---|`);
console.log(`| the program, with indexes and playlists, in ${took.toFixed(1)} s | ${perSegment(cpu)} | ${(cpu / plain).toFixed(2)} ×, goal 1.5 |`);
console.log(`| curl, one connection | ${perSegment(plain)} | |`);
program.removeAllListeners("exit");
program.kill("SIGTERM");
await new Promise((resolve) => program.once("close", resolve));
server.kill();
rmSync(folder, { recursive: true, force: true });
