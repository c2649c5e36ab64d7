// Our transport beside libdatachannel (npm node-datachannel), in one run, alternating: throughput, CPU per byte, time to open,
// idle CPU, memory, video. Networks are namespaces of its own; delay and loss come from tests/net. Root, and npm run setup all.
//   node bench/p2p/peers.mjs [--runs N] [--bytes MB] [--seconds S] [--opens N] [part ...]     parts: bulk open first idle video loss
// Prints tables; --json FILE keeps the figures. What each goal is stands in docs/performance.md.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { carry } from "../../tests/net/lib/signal.mjs";
import { makeTopology } from "../../tests/net/lib/topology.mjs";

const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        runs: { type: "string", default: "3" },
        bytes: { type: "string", default: "200" },
        seconds: { type: "string", default: "20" },
        opens: { type: "string", default: "50" },
        build: { type: "string", default: "build/linux" },
        json: { type: "string" },
    },
});
const parts = positionals.length > 0 ? positionals : ["bulk", "open", "first", "idle", "video", "loss"];
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const program = `${values.build}/ocellus`;
const runs = Number(values.runs);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const figures = [];

const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];
const median = (list) => quantile(list, 0.5);

/** CPU seconds of a process and all its threads, and its resident memory in KB. */
function look(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss };
}

/** A child that prints JSON lines; `next(event)` waits for one. */
class Talker {
    #lines = [];
    #waiting = [];

    constructor(child) {
        this.child = child;
        createInterface({ input: child.stdout }).on("line", (line) => {
            this.#lines.push(JSON.parse(line));
            this.#waiting.splice(0).forEach((wake) => wake());
        });
        this.ended = new Promise((resolve) => child.on("close", resolve));
        this.ended.then(() => this.#waiting.splice(0).forEach((wake) => wake()));
    }

    async next(event, seconds = 300) {
        const deadline = Date.now() + seconds * 1000;
        for (;;) {
            const at = this.#lines.findIndex((line) => line.event === event);
            if (at >= 0) {
                return this.#lines.splice(at, 1)[0];
            }
            if (Date.now() > deadline || this.child.exitCode !== null) {
                throw new Error(`no "${event}" from ${this.child.spawnargs.join(" ")}`);
            }
            await Promise.race([new Promise((resolve) => this.#waiting.push(resolve)), sleep(1000)]);
        }
    }
}

/** Two places of a network of its own; without options they are one wire apart. */
async function withNetwork(options, work) {
    const net = await makeTopology(options);
    const start = (place, argv) => new Talker(net.spawn(place, argv, { stdio: ["pipe", "pipe", "inherit"] }));
    try {
        return await work({ net, start });
    } finally {
        await net.close();
    }
}

const servers = {
    ocellus: [program, "peer", "--json", "--http", "127.0.0.1:0"],
    libdatachannel: [process.execPath, here("libdatachannel.mjs"), "serve"],
};

/** The process behind `ip netns exec`, which replaces itself. */
const pidOf = (talker) => talker.child.pid;

async function serve({ start }, kind) {
    const talker = start("camera", servers[kind]);
    const { url } = await talker.next("listening", 20);
    return { talker, url, pid: pidOf(talker) };
}

const poster = "let o='';for await(const p of process.stdin.setEncoding('utf8'))o+=p;const r=await fetch(process.argv[1],{method:'POST',headers:{'content-type':'application/sdp'},body:o});process.stdout.write(await r.text())";

/** Our answer to an offer: the endpoint listens on the loopback of its own namespace. */
async function post({ net }, url, offer, query = "") {
    const child = spawn("ip", ["netns", "exec", net.argv("camera", ["true"])[3], process.execPath, "--input-type=module", "-e", poster, `${url}offer${query}`], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(offer);
    let text = "";
    for await (const part of child.stdout.setEncoding("utf8")) {
        text += part;
    }
    return text;
}

/** libdatachannel as viewer of a server: what it tells, and what the server's CPU was. */
async function view(network, server, count, label, early = false) {
    const viewer = network.start("viewer", [process.execPath, here("libdatachannel.mjs"), "get", String(count), label, ...(early ? ["early"] : [])]);
    const query = early ? `?open=${encodeURIComponent(`0:${label}`)}` : "";
    const opens = [];
    const firsts = [];
    let got;
    let before;
    for (let i = 0; i < count; i++) {
        const { offer } = await viewer.next("offer");
        viewer.child.stdin.write(`${JSON.stringify({ answer: await post(network, server.url, offer, query) })}\n`);
        opens.push((await viewer.next("open")).ms);
        before ??= look(server.pid);
        got = await viewer.next("got");
        firsts.push(got.first);
    }
    const after = look(server.pid);
    return { viewer, opens, firsts, got, cpu: after.cpu - before.cpu, end: () => viewer.child.stdin.end() };
}

/** Prints a row and keeps it. */
function row(what, unit, ours, theirs) {
    const number = (x) => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));
    figures.push({ what, unit, ours, theirs, ratio: ours / theirs });
    console.log(`| ${what} | ${number(ours)} ${unit} | ${number(theirs)} ${unit} | ${number(ours / theirs)} |`);
}

/** The same measurement of both, alternating; medians of each named figure. */
async function both(options, measure) {
    const results = { ocellus: [], libdatachannel: [] };
    for (let run = 0; run < runs; run++) {
        for (const kind of Object.keys(results)) {
            results[kind].push(await withNetwork(options, async (network) => measure(network, await serve(network, kind), kind)));
        }
    }
    const of = (kind) => Object.fromEntries(Object.keys(results[kind][0]).map((name) => [name, median(results[kind].map((one) => one[name]))]));
    return [of("ocellus"), of("libdatachannel")];
}

const bytes = Number(values.bytes) * 1e6;
const source = (n) => `source?bytes=${n}&size=65536`;

async function bulk() {
    // Each stack with itself: as offerer ours is a process, whose CPU is that of its end.
    const speeds = { ocellus: [], libdatachannel: [] };
    for (let run = 0; run < runs; run++) {
        speeds.ocellus.push(
            await withNetwork({}, async (network) => {
                const server = await serve(network, "ocellus");
                const relay = network.start("camera", servers.ocellus); // warms the program's pages only
                await relay.next("listening", 20);
                relay.child.kill();
                const viewer = network.start("camera", [program, "peer", "--json", "--offer-to", `${server.url}offer`, "--open", source(bytes)]);
                await viewer.next("peer", 20);
                const before = [look(server.pid), look(pidOf(viewer))];
                let mine = before[1];
                let done = false;
                const timer = setInterval(() => {
                    try {
                        mine = done ? mine : look(pidOf(viewer));
                    } catch {
                        // it has ended
                    }
                }, 20);
                const channel = await viewer.next("channel");
                done = true;
                clearInterval(timer);
                const ms = channel.last_ms - channel.first_ms;
                return { speed: bytes / ms / 1000, send: ((look(server.pid).cpu - before[0].cpu) / bytes) * 1e9, receive: ((mine.cpu - before[1].cpu) / bytes) * 1e9 };
            }),
        );
        speeds.libdatachannel.push(
            await withNetwork({}, async (network) => {
                const server = await serve(network, "libdatachannel");
                const viewer = network.start("camera", [process.execPath, here("libdatachannel.mjs"), "get", "1", source(bytes)]);
                const { offer } = await viewer.next("offer");
                viewer.child.stdin.write(`${JSON.stringify({ answer: await post(network, server.url, offer) })}\n`);
                await viewer.next("open");
                const before = [look(server.pid), look(pidOf(viewer))];
                const got = await viewer.next("got");
                const after = [look(server.pid), look(pidOf(viewer))];
                return { speed: bytes / got.ms / 1000, send: ((after[0].cpu - before[0].cpu) / bytes) * 1e9, receive: ((after[1].cpu - before[1].cpu) / bytes) * 1e9 };
            }),
        );
    }
    const of = (kind, name) => median(speeds[kind].map((one) => one[name]));
    row("one stream, 64 KB messages, each with itself in one namespace", "MB/s", of("ocellus", "speed"), of("libdatachannel", "speed"));
    row("CPU of the sender", "ns/B", of("ocellus", "send"), of("libdatachannel", "send"));
    row("CPU of the receiver (ours: SHA-256 of everything included)", "ns/B", of("ocellus", "receive"), of("libdatachannel", "receive"));
}

/** Ours with ours over a network: one connection each time, its own process offers. */
async function oursToOurs(options, count, label, early = false) {
    return withNetwork(options, async (network) => {
        const server = await serve(network, "ocellus");
        const local = await carry(network.net, "viewer", "camera", server.url.replace(/\/$/, ""));
        const all = [];
        for (let i = 0; i < count; i++) {
            const viewer = network.start("viewer", [program, "peer", "--json", "--offer-to", `${local}/offer`, "--open", label, ...(early ? ["--early"] : [])]);
            const { ms } = await viewer.next("peer", 30);
            all.push({ ms, channel: await viewer.next("channel") });
            await viewer.ended;
        }
        return all;
    });
}

async function open() {
    const n = Number(values.opens);
    const measure = async (network, server) => {
        const { opens, end } = await view(network, server, n, "nothing");
        end();
        return { median: median(opens), most: Math.max(...opens) };
    };
    const near = await both({}, measure);
    row(`answer to open, one wire, libdatachannel offers, median of ${n}`, "ms", near[0].median, near[1].median);
    row("the slowest of them", "ms", near[0].most, near[1].most);
    const far = await both({ delayMs: 20 }, measure);
    row("the same at 40 ms round trip, median", "ms", far[0].median, far[1].median);
    const lossy = await both({ delayMs: 20, lossPercent: 3 }, measure);
    row("the same with 3 % loss, the slowest", "ms", lossy[0].most, lossy[1].most);
    for (const [what, options] of [
        ["one wire", {}],
        ["40 ms", { delayMs: 20 }],
        ["40 ms, 3 % loss", { delayMs: 20, lossPercent: 3 }],
    ]) {
        const mine = (await oursToOurs(options, n, "source?bytes=1&size=1")).map((one) => one.ms);
        const other = options.lossPercent ? lossy[1] : options.delayMs ? far[1] : near[1];
        row(`answer to association, ours to ours (libdatachannel: to open), ${what}, median`, "ms", median(mine), other.median);
        row("the slowest", "ms", Math.max(...mine), other.most);
    }
}

/** The answer arrives, the first byte of media arrives; the request came with the offer, and the channel needs no word. */
async function first() {
    const n = Math.min(Number(values.opens), 20);
    const media = "source?bytes=8192&size=8192";
    const theirs = await both({ delayMs: 20 }, async (network, server) => {
        const { firsts, end } = await view(network, server, n, media, true);
        end();
        return { median: median(firsts), least: Math.min(...firsts) };
    });
    const mine = (await oursToOurs({ delayMs: 20 }, n, media, true)).map((one) => one.channel.first_ms);
    row(`answer to first frame of 8 KB at 40 ms round trip, first request in the signalling, each with itself, median of ${n}`, "ms", median(mine), theirs[1].median);
    row("the fastest of them", "ms", Math.min(...mine), theirs[1].least);
    row("the same, libdatachannel views both, median", "ms", theirs[0].median, theirs[1].median);
    row("the fastest of them", "ms", theirs[0].least, theirs[1].least);
}

async function idle() {
    const viewers = 50;
    const [ours, theirs] = await both({}, async (network, server) => {
        const first = look(server.pid);
        const { end } = await view(network, server, viewers, "nothing");
        await sleep(20_000); // channels are refused, paths are probed
        const begin = look(server.pid);
        await sleep(Number(values.seconds) * 1000);
        const done = look(server.pid);
        end();
        return { cpu: ((done.cpu - begin.cpu) / Number(values.seconds)) * 1e3, rss: (done.rss - first.rss) / viewers };
    });
    row(`idle CPU with ${viewers} viewers, per second`, "ms", Math.max(ours.cpu, 0.01), Math.max(theirs.cpu, 0.01));
    row("resident memory of each (ours: profile of ocellus peer, windows of 4 MB)", "KB", ours.rss, theirs.rss);
}

const seconds = Number(values.seconds);
const label = `video?fps=30&size=8192&key=49152&every=60&seconds=${seconds}`;

async function video() {
    const [ours, theirs] = await both({}, async (network, server) => {
        const { got, cpu, end } = await view(network, server, 1, label);
        end();
        return { cpu: (cpu / got.messages) * 1e6 };
    });
    row("CPU of the sender per frame of 8 KB at 30 fps", "µs", ours.cpu, theirs.cpu);
}

async function loss() {
    for (const lossPercent of [1, 3]) {
        const [ours, theirs] = await both({ delayMs: 20, lossPercent, seed: 1 + lossPercent }, async (network, server) => {
            const { got, end } = await view(network, server, 1, label);
            end();
            return { p50: quantile(got.late, 0.5), p95: quantile(got.late, 0.95), p99: quantile(got.late, 0.99), lost: 30 * seconds - got.messages };
        });
        for (const name of ["p50", "p95", "p99"]) {
            row(`video of 2.1 Mbit/s, ${lossPercent} % loss, 40 ms: frame one way, ${name}`, "ms", ours[name], theirs[name]);
        }
        row("frames not there 3 s after the end, and 1", "", ours.lost + 1, theirs.lost + 1);
        const n = lossPercent === 1 ? 3e6 : 1.5e6;
        const [mine, other] = await both({ delayMs: 20, lossPercent }, async (network, server) => {
            const { got, end } = await view(network, server, 1, source(n));
            end();
            return { speed: n / got.ms / 1000 };
        });
        row(`bulk to libdatachannel, ${lossPercent} % loss, 40 ms`, "MB/s", mine.speed, other.speed);
        const [{ channel }] = await oursToOurs({ delayMs: 20, lossPercent }, 1, source(bytes));
        row("bulk ours to ours (libdatachannel: to itself)", "MB/s", bytes / (channel.last_ms - channel.first_ms) / 1000, other.speed);
    }
}

console.log("| figure | Ocellus | libdatachannel | ratio |\n|---|---|---|---|");
for (const part of parts) {
    await { bulk, open, first, idle, video, loss }[part]();
}
if (values.json) {
    writeFileSync(values.json, `${JSON.stringify(figures, null, 4)}\n`);
}
process.exit(0);
