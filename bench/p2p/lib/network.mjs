// A network of namespaces with a server of either kind at place "camera", and what was true while it was measured.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { makeTopology } from "../../../tests/net/lib/topology.mjs";
import { load, look, Talker } from "./process.mjs";

const peerScript = fileURLToPath(new URL("libdatachannel.mjs", import.meta.url));
const client =
    "let o='';for await(const p of process.stdin.setEncoding('utf8'))o+=p;const r=await fetch(process.argv[1],o?{method:'POST',headers:{'content-type':'application/sdp'},body:o}:{});process.stdout.write(await r.text())";

/** Two places; without options they are one wire apart. */
export async function withNetwork(options, work) {
    const net = await makeTopology(options);
    const start = (place, argv) => new Talker(net.spawn(place, argv, { stdio: /** @type {any} */ (["pipe", "pipe", "inherit"]) }));
    try {
        return await work({ net, start, impaired: Object.keys(options).length > 0 });
    } finally {
        await net.close();
    }
}

/** The arguments of libdatachannel as viewer. */
export const viewerOf = (count, label, early = false) => [process.execPath, peerScript, "get", String(count), label, ...(early ? ["early"] : [])];

/** Starts a server; kind: ocellus, plain (ocellus without UDP_SEGMENT and UDP_GRO) or libdatachannel. */
export async function serve({ start }, kind, program) {
    const ours = [program, "--json", "--http", "127.0.0.1:0", ...(kind === "plain" ? ["--plain-udp"] : [])];
    const talker = start("camera", kind === "libdatachannel" ? [process.execPath, peerScript, "serve"] : ours);
    const { url } = await talker.next("listening", 20);
    return { talker, url, pid: talker.pid, kind };
}

/** HTTP inside of the server's namespace, where it listens on loopback. An empty body: GET. */
async function http({ net }, url, body) {
    const child = spawn("ip", ["netns", "exec", net.argv("camera", ["true"])[3], process.execPath, "--input-type=module", "-e", client, url], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(body);
    let text = "";
    for await (const part of child.stdout.setEncoding("utf8")) {
        text += part;
    }
    return text;
}

/** The answer to an offer. query: channels that the signalling names. */
export const post = (network, url, offer, query = "") => http(network, `${url}offer${query}`, offer);

/** UDP sockets at a place, as the kernel tells: bytes of receive buffer granted (the largest), datagrams dropped (of all). */
export async function sockets({ net }, place) {
    const { stdout } = await net.exec(place, ["ss", "-Huanm"]);
    const lines = stdout.matchAll(/skmem:\(r\d+,rb(\d+),.*?,d(\d+)\)/g);
    const all = [...lines].map(([, buffer, dropped]) => ({ buffer: Number(buffer), dropped: Number(dropped) }));
    return { rcvbuf: Math.max(0, ...all.map((one) => one.buffer)), drops: all.reduce((sum, one) => sum + one.dropped, 0) };
}

/**
 * What stands beside a result. Of a connection that both ends keep: before it is ended.
 * rcvbuf: SO_RCVBUF granted. drops: of the kernel, both ends. What only our end tells (suite, checksum, windows) is left out for others.
 */
export async function conditions(network, server) {
    const camera = await sockets(network, "camera");
    const viewer = await sockets(network, "viewer");
    const told = { rcvbuf: [camera.rcvbuf, viewer.rcvbuf], drops: camera.drops + viewer.drops, load: load() };
    if (network.impaired) {
        const { a, b } = await network.net.stats();
        Object.assign(told, { seen: a.seen + b.seen, lost: a.lost + b.lost + a.overflowed + b.overflowed });
    }
    if (server.kind !== "libdatachannel") {
        const { peers, udp4 } = JSON.parse(await http(network, `${server.url}stats`, ""));
        const [first] = peers;
        Object.assign(told, { gso: udp4.gso, gro: udp4.gro });
        if (first) {
            Object.assign(told, { suite: first.suite, checksum: first.checksum, mtu: first.mtu, window: first.window, peerWindow: first.peerWindow, retransmitted: first.retransmitted, chunksLost: first.lost });
        }
    }
    return told;
}

/** libdatachannel as viewer of a server: what it tells, what the server took, and what was true. early: the offer names the channel. */
export async function view(network, server, count, label, early = false) {
    const viewer = network.start("viewer", viewerOf(count, label, early));
    const query = early ? `?open=${encodeURIComponent(`0:${label}`)}` : "";
    const opens = [];
    const firsts = [];
    let got;
    let before;
    for (let i = 0; i < count; i++) {
        const { offer } = await viewer.next("offer");
        viewer.child.stdin.write(`${JSON.stringify({ answer: await post(network, server.url, offer, query) })}\n`);
        const { ms } = await viewer.next("open");
        opens.push(ms ?? 20_000); // it never came
        before ??= look(server.pid);
        got = await viewer.next("got");
        firsts.push(got.first ?? 20_000);
    }
    const after = look(server.pid);
    const never = opens.filter((ms) => ms === 20_000).length;
    const beside = { ...(await conditions(network, server)), ...(never > 0 ? { never } : {}) };
    return { viewer, opens, firsts, got, cpu: after.cpu - before.cpu, beside, end: () => viewer.child.stdin.end() };
}
