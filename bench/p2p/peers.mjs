// Our transport beside libdatachannel (npm node-datachannel) and, where an SCTP alone has such a figure, Debian's usrsctp, in one run, alternating: throughput, CPU per byte, time to open,
// idle CPU, memory, video. Networks are namespaces of its own; delay and loss come from tests/net. Root, and npm run setup all.
//   node bench/p2p/peers.mjs [--brief] [--runs N] [--full] [--bytes MB] [--seconds S] [--opens N] [part ...]
//     parts: bulk open first idle video loss memory; --full: 200 s of video and 5 seeds, which a p99 needs (loss: 105 minutes a run)
// Prints a table and keeps every run's figures with what was true beside them (--json FILE, else build/linux/bench-p2p.json).
// What each goal is stands in docs/performance.md.
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { begin, make, needFile, needProgram, needRoot, setupAll } from "../lib/bench.mjs";
import { carry } from "../../tests/net/lib/signal.mjs";
import { conditions, post, serve, view, viewerOf, withNetwork } from "./lib/network.mjs";
import { look, median, quantile, sleep } from "./lib/process.mjs";
import { atLeast, atMost, head, row, save, share, times } from "./lib/table.mjs";
import { betweenUsrsctp, usrsctpIn } from "./lib/usrsctp.mjs";

const { values, words: positionals, brief, build } = begin(
    { runs: "3", bytes: "200", seconds: "", opens: "50" },
    { runs: "1", bytes: "5", seconds: "1", opens: "2" },
    { flags: ["full"], words: true },
);
needRoot();
needFile("tools/interop/node_modules/node-datachannel", setupAll);
needProgram("ip", setupAll);
make(build, ["ocellus", "net_relay", "p2p_memory"]);
const program = `${build}/ocellus-peer`;
const runs = Number(values.runs);
const seconds = Number(values.seconds || (values.full ? 200 : 20));
const seeds = values.full ? [2, 3, 5, 7, 11] : [2];
const bytes = Number(values.bytes) * 1e6;
const source = (n) => `source?bytes=${n}&size=65536`;
const label = (live) => `video?fps=30&size=8192&key=49152&every=60&seconds=${seconds}${live ? "&mode=live" : ""}`;

/** The same measurement of some kinds, alternating. `measure` gives figures and `beside`. */
async function each(kinds, options, measure) {
    const results = Object.fromEntries(kinds.map((kind) => [kind, []]));
    for (let run = 0; run < runs; run++) {
        for (const kind of kinds) {
            results[kind].push(await withNetwork(options(run), async (network) => measure(network, await serve(network, kind, program), kind)));
        }
    }
    return results;
}
const both = ["ocellus", "libdatachannel"];
const pick = (list, name) => list.map((one) => one[name]);
/**
 * A row of a figure that both gave, and perhaps the third.
 * @param {string} what
 * @param {string} unit
 * @param {Record<string, any[]>} kinds what each run gave, by kind
 * @param {string} name
 * @param {import("./lib/table.mjs").Goal} [goal]
 */
const pair = (what, unit, { ocellus, libdatachannel = [], usrsctp = [] }, name, goal) =>
    row(what, unit, pick(ocellus, name), pick(libdatachannel, name), pick(ocellus, "beside"), pick(libdatachannel, "beside"), {
        goal,
        usrsctp: pick(usrsctp, name),
        besideUsrsctp: pick(usrsctp, "beside"),
    });
const sctp = usrsctpIn(build);
if (sctp === undefined) {
    console.log("usrsctp is left out: no libusrsctp-dev here");
}
/** The same of usrsctp, by run; nothing where it is not there. */
async function alone(options, label, place, figures) {
    const list = [];
    for (let run = 0; run < runs && sctp !== undefined; run++) {
        const one = await betweenUsrsctp(sctp, options(run), label, place);
        list.push({ ...figures(one), beside: one.beside });
    }
    return list;
}

/** Our own program as the receiving end: its CPU until it ends. */
async function receiveOurs(network, server) {
    const viewer = network.start("camera", [program, "--json", "--offer-to", `${server.url}offer`, "--open", source(bytes)]);
    await viewer.next("peer", 20);
    const before = [look(server.pid), look(viewer.pid)];
    const asked = conditions(network, server); // while it is connected
    let mine = before[1];
    const timer = setInterval(() => {
        try {
            mine = look(viewer.pid);
        } catch {
            clearInterval(timer); // it has ended
        }
    }, 20);
    const channel = await viewer.next("channel");
    clearInterval(timer);
    const ms = channel.last_ms - channel.first_ms;
    const send = look(server.pid).cpu - before[0].cpu;
    return { ms, send, receive: mine.cpu - before[1].cpu, beside: await asked };
}

async function receiveTheirs(network, server) {
    const viewer = network.start("camera", viewerOf(1, source(bytes)));
    const { offer } = await viewer.next("offer");
    viewer.child.stdin.write(`${JSON.stringify({ answer: await post(network, server.url, offer) })}\n`);
    await viewer.next("open");
    const before = [look(server.pid), look(viewer.pid)];
    const { ms } = await viewer.next("got");
    return { ms, send: look(server.pid).cpu - before[0].cpu, receive: look(viewer.pid).cpu - before[1].cpu, beside: await conditions(network, server) };
}

/** Each stack with itself. */
async function bulk() {
    const all = await each(["ocellus", "plain", "libdatachannel"], () => ({}), async (network, server, kind) => {
        const got = await (kind === "libdatachannel" ? receiveTheirs : receiveOurs)(network, server);
        return { speed: bytes / got.ms / 1000, send: (got.send / bytes) * 1e9, receive: (got.receive / bytes) * 1e9, beside: got.beside };
    });
    const usrsctp = await alone(() => ({}), source(bytes), "camera", ({ got, send, receive }) => ({
        speed: bytes / got.ms / 1000,
        send: (send / bytes) * 1e9,
        receive: (receive / bytes) * 1e9,
    }));
    for (const [kind, note, ...goals] of /** @type {[string, string, ...import("./lib/table.mjs").Goal[]][]} */ ([["ocellus", "", times(3), share("1/4", 1 / 4), share("1/3", 1 / 3)], ["plain", ", ours without UDP_SEGMENT and UDP_GRO"]])) {
        const three = { ocellus: all[kind], libdatachannel: all.libdatachannel, usrsctp };
        pair(`one stream, 64 KB messages, each with itself in one namespace${note}`, "MB/s", three, "speed", goals[0]);
        pair(`CPU of the sender${note}`, "ns/B", three, "send", goals[1]);
        pair(`CPU of the receiver (ours: SHA-256 of everything included)${note}`, "ns/B", three, "receive", goals[2]);
    }
}

/** An offer of an end that does not know SNAP. @param {string} sdp */
const plain = (sdp) => sdp.replace(/^a=sctp-init:.*\r\n/m, "");

/** Ours with ours over a network: one connection each time, its own process offers. */
async function oursToOurs(options, count, what, early = false, edit = (sdp) => sdp) {
    return withNetwork(options, async (network) => {
        const server = await serve(network, "ocellus", program);
        const local = await carry(network.net, "viewer", "camera", server.url.replace(/\/$/, ""), edit);
        const all = [];
        for (let i = 0; i < count; i++) {
            const viewer = network.start("viewer", [program, "--json", "--offer-to", `${local}/offer`, "--open", what, ...(early ? ["--early"] : [])]);
            const { ms } = await viewer.next("peer", 30);
            all.push({ ms, channel: await viewer.next("channel") });
            await viewer.ended;
        }
        return { all, beside: await conditions(network, server) };
    });
}

async function open() {
    const n = Number(values.opens);
    /** @type {[string, { delayMs?: number, lossPercent?: number }, ...import("./lib/table.mjs").Goal[]][]} */
    const ways = [
        ["one wire", {}, atMost(20), atMost(60)],
        ["40 ms round trip", { delayMs: 20 }],
        ["40 ms, 3 % loss", { delayMs: 20, lossPercent: 3 }, undefined, atMost(600)],
    ];
    for (const [what, options, middle, slowest] of ways) {
        const seeded = (run) => (options.lossPercent ? { ...options, seed: 100 + run } : options);
        const all = await each(both, seeded, async (network, server) => {
            const { opens, end, beside } = await view(network, server, n, "nothing");
            end();
            return { median: median(opens), most: Math.max(...opens), beside };
        });
        pair(`answer to open, ${what}, libdatachannel offers, median of ${n}`, "ms", all, "median", middle);
        pair("the slowest of them", "ms", all, "most", slowest);
        const mine = [];
        for (let run = 0; run < runs; run++) {
            const one = await oursToOurs(seeded(run), n, "source?bytes=1&size=1");
            mine.push({ median: median(pick(one.all, "ms")), most: Math.max(...pick(one.all, "ms")), beside: one.beside });
        }
        const two = { ocellus: mine, libdatachannel: all.libdatachannel };
        pair(`answer to association, ours to ours (libdatachannel: to open), ${what}, median`, "ms", two, "median", middle);
        pair("the slowest", "ms", two, "most", slowest);
    }
}

/** The answer arrives, the first byte of media arrives; the request came with the offer, and the channel needs no word. */
async function first() {
    const n = Math.min(Number(values.opens), 20);
    const media = "source?bytes=8192&size=8192";
    const options = () => ({ delayMs: 20 });
    const all = await each(both, options, async (network, server) => {
        const { firsts, end, beside } = await view(network, server, n, media, true);
        end();
        return { median: median(firsts), least: Math.min(...firsts), beside };
    });
    /** @type {Record<string, { median: number, least: number, beside: any }[]>} */
    const mine = { snap: [], plain: [] };
    for (let run = 0; run < runs; run++) {
        for (const [kind, edit] of /** @type {const} */ ([["snap", undefined], ["plain", plain]])) {
            const one = await oursToOurs(options(), n, media, true, edit);
            const ms = one.all.map(({ channel }) => channel.first_ms);
            mine[kind].push({ median: median(ms), least: Math.min(...ms), beside: one.beside });
        }
    }
    const what = "answer to first frame of 8 KB at 40 ms round trip, first request in the signalling, each with itself";
    for (const [kind, note, goal] of /** @type {[string, string, import("./lib/table.mjs").Goal?][]} */ ([["snap", "", share("0.90", 0.9)], ["plain", ", ours without SNAP"]])) {
        const two = { ...all, ocellus: mine[kind] };
        pair(`${what}${note}, median of ${n}`, "ms", two, "median", goal);
        pair("the fastest of them", "ms", two, "least");
    }
    pair("the same, libdatachannel views both, median", "ms", all, "median");
    pair("the fastest of them", "ms", all, "least");
}

async function idle() {
    const viewers = 50;
    const all = await each(both, () => ({}), async (network, server) => {
        const first = look(server.pid);
        const { end, beside } = await view(network, server, viewers, "nothing");
        await sleep(20_000); // channels are refused, paths are probed
        const begin = look(server.pid);
        await sleep(seconds * 1000);
        const done = look(server.pid);
        end();
        const each_ = (name, scale) => Math.max(((done[name] - begin[name]) / seconds) * scale, 0.01);
        return { cpu: each_("cpu", 1e3), wakes: each_("wakes", 1), rss: (done.rss - first.rss) / viewers, beside };
    });
    pair(`idle CPU with ${viewers} viewers, per second`, "ms", all, "cpu", share("1/10", 1 / 10));
    pair("wake-ups of all its threads, per second", "", all, "wakes");
    pair("resident memory of each (ours: profile of ocellus-peer, windows of 4 MB)", "KB", all, "rss");
}

async function video() {
    const all = await each(["ocellus", "plain", "libdatachannel"], () => ({}), async (network, server) => {
        const { got, cpu, end, beside } = await view(network, server, 1, label(false));
        end();
        return { cpu: (cpu / got.messages) * 1e6, beside };
    });
    const usrsctp = await alone(() => ({}), label(false), "viewer", ({ got, send }) => ({ cpu: (send / got.messages) * 1e6 }));
    pair("CPU of the sender per frame of 8 KB at 30 fps", "µs", { ...all, usrsctp }, "cpu", share("1/3", 1 / 3));
    pair("the same, ours without UDP_SEGMENT and UDP_GRO", "µs", { ...all, usrsctp, ocellus: all.plain }, "cpu");
}

/** What frames took, and how many are missing. */
const lateOf = ({ late, messages }) => ({
    p50: quantile(late, 0.5),
    p95: quantile(late, 0.95),
    p99: quantile(late, 0.99),
    p999: quantile(late, 0.999),
    most: quantile(late, 1),
    lost: 30 * seconds - messages,
});
/** Goals of reliable video, by loss. */
const lateGoals = { 1: { p50: atMost(25), p95: atMost(75), p99: atMost(115) }, 3: { p50: atMost(28), p95: atMost(90), p99: atMost(140), p999: atMost(300), lost: atMost(0) } };

/** Video over a lossy path, by seed; how: " live" or "". */
async function lateness(lossPercent, live) {
    const all = { ocellus: [], libdatachannel: [], usrsctp: [] };
    for (const seed of seeds) {
        const options = (run) => ({ delayMs: 20, lossPercent, seed: seed + 100 * run });
        const one = await each(live ? ["ocellus"] : both, options, async (network, server) => {
            const { got, end, beside } = await view(network, server, 1, label(live));
            end();
            return { ...lateOf(got), beside };
        });
        one.usrsctp = live ? [] : await alone(options, label(false), "viewer", ({ got }) => lateOf(got));
        for (const kind of Object.keys(one)) {
            all[kind].push(...one[kind]);
        }
    }
    const what = `video of 2.1 Mbit/s, ${live ? "live" : "reliable"}, ${lossPercent} % loss, 40 ms`;
    const goals = live ? {} : lateGoals[lossPercent];
    for (const name of ["p50", "p95", "p99", "p999", "most"]) {
        pair(`${what}: frame one way, ${name.replace("p999", "p99.9")}`, "ms", all, name, goals[name]);
    }
    pair(`${what}: frames not there 3 s after the end`, "", all, "lost", goals.lost);
}

async function loss() {
    for (const lossPercent of [1, 3]) {
        await lateness(lossPercent, false);
        await lateness(lossPercent, true);
        const n = lossPercent === 1 ? 3e6 : 1.5e6;
        const options = (run) => ({ delayMs: 20, lossPercent, seed: 17 + run });
        const all = await each(both, options, async (network, server) => {
            const { got, end, beside } = await view(network, server, 1, source(n));
            end();
            return { speed: n / got.ms / 1000, beside };
        });
        all.usrsctp = await alone(options, source(n), "viewer", ({ got }) => ({ speed: n / got.ms / 1000 }));
        const first_ = lossPercent === 1; // the goals are of 1 %
        pair(`bulk to libdatachannel (usrsctp: to itself), ${lossPercent} % loss, 40 ms`, "MB/s", all, "speed", first_ ? times(10) : undefined);
        const mine = [];
        for (let run = 0; run < runs; run++) {
            const { all: list, beside } = await oursToOurs(options(run), 1, source(bytes));
            const [{ channel }] = list;
            mine.push({ speed: bytes / (channel.last_ms - channel.first_ms) / 1000, beside });
        }
        pair("bulk ours to ours (libdatachannel: to itself)", "MB/s", { ...all, ocellus: mine }, "speed", first_ ? atLeast(9) : undefined);
    }
}

/** Of the camera's profile, in one process without a network: bench/p2p/memory.c. */
function memory() {
    for (const line of execFileSync(`${build}/bench/p2p/p2p_memory`, { encoding: "utf8" }).trim().split("\n")) {
        const [what, amount] = line.split("\t");
        const goal = what.startsWith("heap per idle") ? atMost(24) : what.startsWith("heap more per stalled") ? atMost(16) : undefined;
        row(what, "KB", [Number(amount)], [], [], [], { goal });
    }
}

const parts = { bulk, open, first, idle, video, loss, memory };
const wanted = positionals.length > 0 ? positionals : brief ? ["bulk", "memory"] : Object.keys(parts);
const wrong = wanted.find((part) => !(part in parts));
if (wrong !== undefined || !(runs >= 1) || !(seconds > 0) || !(bytes > 0)) {
    console.error(`peers: ${wrong === undefined ? "--runs, --seconds and --bytes are numbers above 0" : `no part "${wrong}": ${Object.keys(parts).join(", ")}`}`);
    process.exit(2);
}
const file = values.json ?? `${build}/bench-p2p.json`;
const about = { date: new Date().toISOString(), commit: execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim(), cpu: `${cpus().length} x ${cpus()[0]?.model}`, runs, seconds, seeds };
head();
for (const part of wanted) {
    await parts[part]();
    save(file, about);
}
console.log(`\n${runs} runs of ${seconds} s, alternating, medians; every run's value: ${file}`);
process.exit(0);
