// The tables "Objects" and "ESP32-S3" of docs/memory.md, from measurement.
//   node bench/budget.mjs             prints them
//   node bench/budget.mjs --write     puts them into docs/memory.md
//   node bench/budget.mjs --check     compares docs/memory.md with them, and everything with its limit
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { make } from "./lib/bench.mjs";

const document = "docs/memory.md";
const builds = { wide: "build/linux", narrow: "build/m32", board: "build/board32", engine: "build/board32-engine" };
const KB = 1024;
const MB = 1024 * KB;
/** Figures that depend on the compiler may differ by this share from the document's. */
const tolerance = 0.03;

const text = (number) => number.toLocaleString("en");
const line = (cells) => `| ${cells.join(" | ")} |`;
const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);

/** Output of a program whose lines are `name number`, as a map. */
function figures(output) {
    return new Map([...output.matchAll(/^(\S+) (\d+)$/gm)].map(([, name, number]) => [name, Number(number)]));
}

/** Bytes of libraries: code with constants, and memory that is written. */
function sections(libraries) {
    const total = { code: 0, data: 0 };
    for (const library of libraries) {
        for (const row of execFileSync("size", [library], { encoding: "utf8" }).trim().split("\n").slice(1)) {
            const [code, data, bss] = row.trim().split(/\s+/).slice(0, 3).map(Number);
            total.code += code + data; // data is copied from flash at the start
            total.data += data + bss;
        }
    }
    return total;
}

/** Additions of WebRTC to a board: folder of native/p2p and its library; mbedTLS comes with ESP-IDF. */
const p2p = [
    [".", "oc_p2p_label"],
    ["base", "oc_p2p_base"],
    ["stun", "oc_p2p_stun"],
    ["ice", "oc_p2p_ice"],
    ["turn", "oc_p2p_turn"],
    ["sdp", "oc_p2p_sdp"],
    ["dcep", "oc_p2p_dcep"],
    ["dtls", "oc_p2p_dtls"],
    ["cc", "oc_p2p_cc"],
    ["sctp", "oc_p2p_sctp"],
    ["peer", "oc_p2p_peer"],
    ["source", "oc_p2p_source"],
    ["play", "oc_p2p_play"],
    ["view", "oc_p2p_view"],
    ["view", "oc_p2p_view_parts"],
    ["view", "oc_p2p_view_rate"],
    ["view", "oc_p2p_open"],
];

const objects = [
    ["media plane (`oc_plane`), with its event log and the workspace for one live body", ["oc_plane"], "1", "media thread"],
    ["mailbox (`oc_mailbox`)", ["oc_mailbox"], "1", "host"],
    ["parcels, at most (`OC_PARCEL_POOL_BYTES`)", ["parcels"], "pool", "mailbox"],
    ["channel (`oc_channel_t`), with its settings", ["oc_channel_t"], "per channel", "media thread"],
    ["stream (`oc_stream_t`), with handoff and latency", ["oc_stream_t"], "per stream", "channel"],
    ["live (`oc_out_live`)", ["oc_out_live"], "per stream", "stream"],
    ["client of a progressive stream (`oc_out_pull`)", ["oc_out_pull"], "per viewer", "media thread"],
    ["recording (`oc_out_file`)", ["oc_out_file"], "per recording", "stream"],
    ["ring, 12 s of 2.1 Mbit/s, 77 packets/s", ["ring-12s-2.1Mbps"], "per stream", "stream"],
    ["ring, 4 s of 5 Mbit/s JPEG at 12 fps", ["ring-4s-5Mbps-jpeg12"], "per stream", "stream"],
    ["driver `fake` / `replay` / `push`, without payload buffers", ["oc_capture_fake", "oc_capture_replay", "oc_capture_push"], "per stream", "capture thread"],
    ["MP4 reader (`oc_mp4_read`), however long the file", ["oc_mp4_read"], "per open file", "replay, repair"],
    ["handoff (`oc_handoff_t`)", ["oc_handoff_t"], "in stream, `push`", "capture, media"],
    ["track description (`oc_track_t`)", ["oc_track_t"], "4 per track in the ring, 4 in the handoff", "ring, handoff"],
    ["latency (`oc_hist_t`)", ["oc_hist_t"], "2 in stream", "stream"],
];

function objectTable(wide, narrow, board) {
    const cell = (map, keys) => keys.map((key) => text(map.get(key) ?? Number.NaN)).join(" / ");
    return [
        line(["object", "64 bit", "32 bit", "32 bit, limits of a board", "how many", "owner"]),
        "|---|---|---|---|---|---|",
        ...objects.map(([name, keys, count, owner]) => line([name, cell(wide, keys), cell(narrow, keys), cell(board, keys), count, owner])),
    ];
}

/** Tasks of oc_tasks.h: [name, core, priority, stack]. */
const tasksOf = (board) =>
    [...board].flatMap(([name, stack]) => {
        const found = /^task_(\w+)_(\d+)_(\d+)$/.exec(name);
        return found ? [[found[1], Number(found[2]), Number(found[3]), stack]] : [];
    });

/** Bytes of the heap for a handshake under way, and of the two keys of a viewer afterwards (peer_memory_test, 64 bit, mbedTLS 2.28). */
const HANDSHAKE = 66 * KB;
const KEYS = 2.8 * KB;

/** All viewers that a board takes, while no handshake is under way. */
function viewersBytes(of) {
    const each = of("oc_peer") + of("oc_viewers_view") + Math.round(KEYS);
    return of("oc_hub") + of("oc_viewers") + of("oc_viewers_stream") + of("oc_gather_t") + of("sessions") * each;
}

function budget(board, app, ours, engine) {
    const of = (name) => board.get(name) ?? Number.NaN;
    const stacks = sum(tasksOf(board).map(([, , , stack]) => stack));
    const psram = [
        ["script: heap and stack, all taken at the start", 608 * KB, 608 * KB],
        ["application archive, the machine's own copy, without lines", app.get("app_archive"), 512 * KB],
        ["ring, 4 s of 5 Mbit/s JPEG", of("ring-4s-5Mbps-jpeg12"), 3 * MB],
        ["plane and mailbox", of("oc_plane") + of("oc_mailbox")],
        ["channel, its stream, driver and live output", of("oc_channel_t") + of("oc_stream_t") + of("oc_capture_esp") + of("oc_out_live")],
        ["recording, and a reader while files are repaired (not in this host yet)", of("oc_out_file") + of("oc_mp4_read")],
        ["parcels, at most", of("parcels")],
        ["three frame buffers of the camera, 1280×720", of("camera_buffers")],
        [`WebRTC: hub with its pool, ${of("sessions")} of them, two keys each, one channel and one stream, servers`, viewersBytes(of)],
        [`${of("sessions")} handshakes at a time, with mbedTLS`, of("sessions") * HANDSHAKE],
        ["firmware, executed from PSRAM: its limit, not measured", 2 * MB],
    ];
    const internal = [
        ["stacks of our tasks (table below)", stacks],
        ["stack of the task that runs the script: `nativeStack`", 16 * KB],
        ["statics of `native/` and `hosts/esp32`", ours.data],
    ];
    const flash = [
        ["`native/` and `hosts/esp32`, x86 `-O2`", ours.code],
        ["XS 13, x86 `-O2`, with compiler and regular expressions: stands in for the SDK's", engine.code],
    ];
    return [
        ["PSRAM", psram, 8 * MB, "sum, of 8 MB"],
        ["internal RAM", internal, 96 * KB, "sum, without Wi-Fi, lwIP, ESP-IDF and viewers"],
        ["flash", flash, 2 * MB, "sum, without ESP-IDF, Wi-Fi, lwIP and camera"],
    ];
}

function budgetTable(groups) {
    const lines = [line(["item", "bytes", "where", "limit", "left"]), "|---|---|---|---|---|"];
    for (const [where, items, limit, name] of groups) {
        for (const [item, bytes, most] of items) {
            lines.push(line([item, text(bytes), where, most ? text(most) : "", most ? text(most - bytes) : ""]));
        }
        const total = sum(items.map(([, bytes]) => bytes));
        lines.push(line([`**${name}**`, `**${text(total)}**`, where, text(limit), `**${text(limit - total)}**`]));
    }
    return lines;
}

function taskTable(board) {
    return [
        line(["task", "core", "priority", "stack", "memory"]),
        "|---|---|---|---|---|",
        ...tasksOf(board).map(([name, core, priority, stack]) => line([`\`${name}\``, core, priority, text(stack), "stack: internal; memory: PSRAM"])),
        line(["`main` of the SDK: the script", "any", 4, text(16 * KB), "stack: internal; machine: PSRAM"]),
    ];
}

function heapTable(app) {
    const get = (name) => app.get(name) ?? Number.NaN;
    return [
        line(["the application in 608 KB, 32 bit, two channels", "bytes live", "identifiers"]),
        "|---|---|---|",
        line(["after its start", text(get("app_live_start")), text(get("app_keys_start"))]),
        line(["after an hour with 58 losses, 120 files and 3,600 requests", text(get("app_live_hour")), text(get("app_keys_hour"))]),
    ];
}

function measure() {
    const found = {};
    for (const key of ["wide", "narrow", "board"]) {
        make(builds[key], ["sizes"], { coresOnly: key !== "wide" });
        found[key] = figures(execFileSync(`${builds[key]}/bench/sizes`, { encoding: "utf8" }));
    }
    make(builds.board, ["oc_esp32", "oc_esp32_p2p", ...p2p.map(([, target]) => target)], { coresOnly: true });
    make(builds.engine, ["app_hour_test"]);
    const app = figures(execFileSync(`${builds.engine}/tests/native/script/app_hour_test`, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
    const rooms = ["base", "media", "capture", "ring", "out", "plane"].map((room) => `${builds.board}/native/${room}/liboc_${room}.a`);
    const viewers = p2p.map(([room, target]) => `${builds.board}/native/p2p/${room}/lib${target}.a`);
    const host = ["oc_esp32", "oc_esp32_p2p"].map((name) => `${builds.board}/tests/esp32/lib${name}.a`);
    const ours = sections([...rooms, ...viewers, ...host]);
    const groups = budget(found.board, app, ours, sections([`${builds.engine}/hosts/liboc_engine.a`]));
    return {
        groups,
        tables: {
            objects: objectTable(found.wide, found.narrow, found.board),
            budget: budgetTable(groups),
            tasks: taskTable(found.board),
            script: heapTable(app),
        },
    };
}

const marks = (name) => [`<!-- ${name}: bench/budget.mjs -->`, `<!-- end of ${name} -->`];

/** The lines of a table in the document. */
function written(page, name) {
    const [from, to] = marks(name).map((mark) => page.indexOf(mark));
    if (from < 0 || to < from) throw new Error(`${document}: no table between "${marks(name).join('" and "')}"`);
    return page.slice(from + marks(name)[0].length, to).trim().split("\n");
}

/** True when two lines say the same, numbers within `share` of each other. */
function same(a, b, share) {
    const numbers = /-?\d[\d,]*/g;
    if (a.replace(numbers, "#") !== b.replace(numbers, "#")) return false;
    const [left, right] = [a, b].map((row) => [...row.matchAll(numbers)].map(([value]) => Number(value.replaceAll(",", ""))));
    return left.every((value, at) => Math.abs(value - right[at]) <= share * Math.abs(right[at]));
}

function check({ groups, tables }) {
    const page = readFileSync(document, "utf8");
    let passed = 0;
    const problems = [];
    for (const [name, lines] of Object.entries(tables)) {
        const there = written(page, name);
        const share = name === "objects" || name === "tasks" ? 0 : tolerance;
        lines.forEach((measured, at) => {
            // What is left of a limit is a difference: its own share of change may be large.
            const [left, right] = name === "budget" ? [there[at] ?? "", measured].map((row) => row.replace(/[^|]*\|$/, "")) : [there[at] ?? "", measured];
            if (same(left, right, share)) passed++;
            else problems.push(`${document}, ${name}, row ${at + 1}:\n  written   ${there[at] ?? "nothing"}\n  measured  ${measured}`);
        });
        if (there.length > lines.length) problems.push(`${document}, ${name}: ${there.length - lines.length} rows too many`);
    }
    for (const [where, items, limit] of groups) {
        const over = items.filter(([, bytes, most]) => !(bytes <= (most ?? Number.POSITIVE_INFINITY))).map(([item]) => item);
        if (!(sum(items.map(([, bytes]) => bytes)) <= limit)) over.push(`the sum of ${where}`);
        if (over.length === 0) passed++;
        else problems.push(`${where}: above its limit: ${over.join("; ")}`);
    }
    if (problems.length > 0) console.log(`${problems.join("\n")}\nnode bench/budget.mjs --write puts what was measured into the document`);
    console.log(`${passed} passed, ${problems.length} failed`);
    return problems.length > 0 ? 1 : 0;
}

function write(tables) {
    let page = readFileSync(document, "utf8");
    for (const [name, lines] of Object.entries(tables)) {
        const [begin, end] = marks(name);
        written(page, name);
        page = `${page.slice(0, page.indexOf(begin) + begin.length)}\n${lines.join("\n")}\n${page.slice(page.indexOf(end))}`;
    }
    writeFileSync(document, page);
    return 0;
}

const { values } = parseArgs({ options: { write: { type: "boolean" }, check: { type: "boolean" } } });
try {
    const found = measure();
    if (values.check) process.exitCode = check(found);
    else if (values.write) process.exitCode = write(found.tables);
    else for (const lines of Object.values(found.tables)) console.log(`${lines.join("\n")}\n`);
} catch (error) {
    console.error(`budget: ${error.message}`);
    console.log("0 passed, 1 failed");
    process.exitCode = 1;
}
