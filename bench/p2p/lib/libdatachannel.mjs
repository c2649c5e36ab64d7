// libdatachannel (npm node-datachannel) as the other peer of peers.mjs. One JSON object per line on stdout.
//   node bench/p2p/lib/libdatachannel.mjs serve               POST /offer: the labels source and video of `ocellus-peer`
//                                                         ?open=ID:LABEL names channels that both ends make by themselves
//   node bench/p2p/lib/libdatachannel.mjs get COUNT LABEL [early]   offers COUNT connections, one after the other; answers come as
//                                                         lines on stdin; early: the channel is one of those, id 0
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../../tools/interop/package.json", import.meta.url));
const { PeerConnection } = require(String("node-datachannel")); // of tools/interop, which only tier all installs
const [mode, count = "1", label = "echo", early] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;

/** A connection and its description once all candidates are in. */
function connect(type, remote) {
    const pc = new PeerConnection("bench", { iceServers: [], disableAutoNegotiation: true });
    const described = new Promise((resolve) => {
        pc.onGatheringStateChange((state) => {
            if (state === "complete") {
                resolve(pc.localDescription().sdp);
            }
        });
    });
    if (remote) {
        pc.setRemoteDescription(remote, "offer");
    }
    return { pc, described: () => (pc.setLocalDescription(type), described) };
}

/** N bytes in messages of S, never more than 1 MB waiting. */
function source(channel, query) {
    const size = Number(query.get("size"));
    let left = Number(query.get("bytes"));
    const data = Buffer.alloc(size, 7);
    const fill = () => {
        while (left > 0 && channel.bufferedAmount() < 1 << 20) {
            channel.sendMessageBinary(left < size ? data.subarray(0, left) : data);
            left -= size;
        }
    };
    channel.setBufferedAmountLowThreshold(1 << 19);
    channel.onBufferedAmountLow(fill);
    fill();
}

/** Frames that begin with number and time of day in µs, as those of `ocellus-peer`. */
function video(channel, query) {
    const [fps, size, key, every, seconds] = ["fps", "size", "key", "every", "seconds"].map((name) => Number(query.get(name)));
    let n = 0;
    const timer = setInterval(() => {
        const frame = Buffer.alloc(n % every === 0 ? key : size);
        frame.writeBigUInt64BE(BigInt(n++), 0);
        frame.writeBigUInt64BE(BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)), 8);
        if (n > fps * seconds || !channel.isOpen()) {
            clearInterval(timer);
        } else {
            channel.sendMessageBinary(frame);
        }
    }, 1000 / fps);
}

function serve() {
    const kept = [];
    const server = createServer(async (request, response) => {
        let offer = "";
        for await (const part of request.setEncoding("utf8")) {
            offer += part;
        }
        const { pc, described } = connect("answer", offer);
        kept.push(pc);
        const serveOn = (channel, text) => {
            const [name, query = ""] = text.split("?");
            ({ source, video })[name]?.(channel, new URLSearchParams(query));
        };
        pc.onDataChannel((channel) => serveOn(channel, channel.getLabel()));
        for (const open of new URL(request.url, "http://127.0.0.1/").searchParams.getAll("open")) {
            const [id, text] = [Number(open.split(":")[0]), open.slice(open.indexOf(":") + 1)];
            const channel = pc.createDataChannel(text, { negotiated: true, id });
            channel.onOpen(() => serveOn(channel, text));
        }
        response.writeHead(201).end(await described());
    }).listen(0, "127.0.0.1", () => say({ event: "listening", url: `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/` }));
}

async function get() {
    const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const kept = [];
    for (let i = 0; i < Number(count); i++) {
        const { pc, described } = connect("offer");
        kept.push(pc);
        const channel = pc.createDataChannel(label, early ? { negotiated: true, id: 0 } : {});
        const got = { bytes: 0, messages: 0, late: [] };
        let first = 0;
        let last = 0;
        const opened = new Promise((resolve) => channel.onOpen(() => resolve(now())));
        const closed = new Promise((resolve) => channel.onClosed(resolve));
        const wanted = Number(new URLSearchParams(label.split("?")[1]).get("bytes"));
        let whole = /** @type {(value?: unknown) => void} */ (() => undefined);
        const complete = new Promise((resolve) => (whole = resolve));
        channel.onMessage((data) => {
            last = now();
            first ||= last;
            got.bytes += data.length;
            got.messages++;
            if (label.startsWith("video")) {
                got.late.push(performance.timeOrigin + performance.now() - Number(data.readBigUInt64BE(8)) / 1000);
            } else if (got.bytes >= wanted) {
                whole();
            }
        });
        say({ event: "offer", offer: await described() });
        const { answer } = JSON.parse((await answers.next()).value);
        // 0.33.4 refuses what comes too soon after it told that gathering is complete, and candidates inside an answer.
        await new Promise((resolve) => setTimeout(resolve, 50));
        const lines = answer.split("\r\n");
        const begun = now();
        pc.setRemoteDescription(lines.filter((line) => !line.startsWith("a=candidate")).join("\r\n"), "answer");
        for (const line of lines.filter((one) => one.startsWith("a=candidate"))) {
            pc.addRemoteCandidate(line.slice(2), "0");
        }
        const patience = new Promise((resolve) => setTimeout(() => resolve(undefined), 20_000));
        const at = await Promise.race([opened, patience]);
        say({ event: "open", ms: at === undefined ? null : at - begun });
        if (at === undefined) {
            say({ event: "got", ...got, ms: null, first: null });
            continue;
        }
        if (label.startsWith("video")) {
            const seconds = Number(new URLSearchParams(label.split("?")[1]).get("seconds"));
            await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, (seconds + 3) * 1000))]);
        } else if (label.startsWith("source")) {
            await Promise.race([complete, closed]);
        }
        say({ event: "got", ...got, ms: last - first, first: first - begun });
    }
    say({ event: "all" });
    await answers.next(); // until stdin ends: the connections stay
    process.exit(0);
}

if (mode === "serve") {
    serve();
} else {
    await get();
}
