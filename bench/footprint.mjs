// What each core costs: text, data and bss on three machines, and its stack on Xtensa. Printed, written to
// build/evidence/footprint.json and compared with docs/memory.md, which also says what is measured.
//   node bench/footprint.mjs [--print]      needs the last ctest run of build/xtensa
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { make, needFile } from "./lib/bench.mjs";
import { callGraph, deepest, sourceFrames } from "./lib/stack.mjs";

const rooms = ["base", "media", "capture", "ring", "out", "plane"];
/** Of the UDP transport: one table, code and stack, without the tests' stacks. */
const viewerRooms = ["stun", "ice", "turn", "sdp", "dcep", "dtls", "sctp", "peer", "play", "view"].map((room) => `p2p/${room}`);
const builds = [
    { name: "64 bit", folder: "build/linux", size: "size" },
    { name: "32 bit", folder: "build/m32", size: "size" },
    { name: "Xtensa", folder: "build/xtensa", size: "xtensa-lx106-elf-size" },
];
const TOLERANCE = 1.1;
const SLACK = 512;
const OWN_FRAME_MAX = 2048;
const number = (value) => value.toLocaleString("en");

/** [text, data, bss] of a room's libraries; the handshake of mbedTLS, which not every build has, is left out. */
function sizes(build, room) {
    const folder = `${build.folder}/native/${room}`;
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^liboc_\w+\.a$/.test(name) && name !== "liboc_p2p_handshake.a") : [];
    if (names.length === 0) throw new Error(`${folder}: no library there: build that variant first`);
    const sums = [0, 0, 0];
    for (const name of names) {
        const lines = execFileSync(build.size, [`${folder}/${name}`], { encoding: "utf8" }).trim().split("\n");
        for (const line of lines.slice(1)) {
            line.trim().split(/\s+/).slice(0, 3).forEach((value, i) => { sums[i] += Number(value); });
        }
    }
    return sums;
}

/**
 * What main needed in the test programs of a room, by the paint on its stack, from the last ctest run. Programs whose
 * own source has a frame above OWN_FRAME_MAX say nothing about the core and are left out.
 */
function measured(frames) {
    const log = "build/xtensa/ctest/all/junit.xml";
    if (!existsSync(log)) throw new Error(`${log} is not there: run the step "native tests, Xtensa" first`);
    const found = {};
    for (const [, name, body] of readFileSync(log, "utf8").matchAll(/<testcase name="(\w+)"([\s\S]*?)<\/testcase>/g)) {
        const bytes = Number(/stack of main: (\d+) bytes/.exec(body)?.[1] ?? 0);
        const source = [...frames.keys()].find((file) => basename(file, ".c") === name);
        const room = /tests\/native\/(\w+)\//.exec(source ?? "")?.[1];
        if (!room || !bytes || frames.get(source) > OWN_FRAME_MAX) continue;
        if (bytes > (found[room]?.bytes ?? 0)) found[room] = { bytes, program: name };
    }
    return found;
}

/** The rows of docs/memory.md that begin with `| native/`: name and numbers, one row per table. */
function documented() {
    const rows = { code: {}, stack: {} };
    for (const line of readFileSync("docs/memory.md", "utf8").split("\n")) {
        const [, room, rest] = /^\| native\/([\w/]+) \|(.*)\|$/.exec(line) ?? [];
        if (!room) continue;
        const cells = rest.split("|").map((cell) => [...cell.matchAll(/[\d,]+/g)].map((m) => Number(m[0].replaceAll(",", ""))));
        if (rest.includes("/")) rows.code[room] = cells.slice(0, builds.length);
        if (!rest.includes("/")) rows.stack[room] = cells;
        else if (cells.length > builds.length) rows.stack[room] = cells.slice(builds.length);
    }
    return rows;
}

/** What bench/sizes prints, by name: size of each record. */
function records(folder, runner) {
    execFileSync("cmake", ["--build", folder, "--target", "sizes"], { stdio: ["ignore", "ignore", "inherit"] });
    const out = execFileSync(runner[0], [...runner.slice(1), `${folder}/bench/sizes`], { encoding: "utf8" });
    return new Map([...out.matchAll(/^([\w.-]+) (\d+)$/gm)].map((m) => [m[1], Number(m[2])]));
}

function measure() {
    for (const { folder } of builds.filter((build) => build.folder !== "build/xtensa")) {
        make(folder, ["native/all"], { coresOnly: folder !== "build/linux" });
    }
    make("build/board32", ["sizes"], { coresOnly: true });
    needFile("build/xtensa/ctest/all/junit.xml", 'run the steps "build xtensa" and "native tests, Xtensa" first (scripts/steps.mjs)');
    const graph = callGraph("build/xtensa");
    const high = measured(sourceFrames("build/xtensa", /\/tests\/native\//));
    return Object.fromEntries([...rooms, ...viewerRooms].map((room) => {
        const { largest, chain } = deepest(graph, `/native/${room}/`);
        return [room, { code: builds.map((build) => sizes(build, room)), frame: largest, chain, tests: high[room] }];
    }));
}

/** @returns {never} */
function plain(error) {
    console.error(`footprint: ${error.message.split("\n")[0]}`);
    process.exit(1);
}
process.on("uncaughtException", plain);

const result = measure();
console.log(`| core | ${builds.map((b) => b.name).join(" | ")} |\n|---|---|---|---|`);
const codeCells = (r) => r.code.map((sums) => sums.map(number).join(" / ")).join(" | ");
for (const room of rooms) console.log(`| native/${room} | ${codeCells(result[room])} |`);
console.log("\n| core | largest frame | deepest chain of calls | tests, measured |\n|---|---|---|---|");
for (const room of rooms) {
    const r = result[room];
    console.log(`| native/${room} | ${number(r.frame.bytes)} | ${number(r.chain.bytes)} | ${number(r.tests?.bytes ?? 0)} |`);
}
console.log(`\n| WebRTC | ${builds.map((b) => b.name).join(" | ")} | largest frame | deepest chain |\n|---|---|---|---|---|---|`);
for (const room of viewerRooms) {
    const r = result[room];
    console.log(`| native/${room} | ${codeCells(r)} | ${number(r.frame.bytes)} | ${number(r.chain.bytes)} |`);
}
console.log();
for (const [room, r] of Object.entries(result)) {
    console.log(`${room}: frame ${r.frame.name}; chain ${r.chain.names.join(" > ")}; tests ${r.tests?.program ?? "none"}`);
}
mkdirSync("build/evidence", { recursive: true });
writeFileSync("build/evidence/footprint.json", `${JSON.stringify(result, null, 4)}\n`);
if (process.argv.includes("--print")) process.exit(0);

const said = documented();
let passed = 0;
let failed = 0;
function compare(what, is, was) {
    if (was === undefined) {
        console.log(`${what}: ${number(is)}, and docs/memory.md does not say`);
        failed++;
    } else if (is > was * TOLERANCE + SLACK) {
        console.log(`${what}: ${number(is)} instead of ${number(was)} in docs/memory.md: make it smaller, or say why it grew`);
        failed++;
    } else {
        if (is < was / TOLERANCE - SLACK) console.log(`${what}: ${number(is)}, smaller than ${number(was)} in docs/memory.md`);
        passed++;
    }
}
for (const [room, r] of Object.entries(result)) {
    builds.forEach((build, i) => {
        ["text", "data", "bss"].forEach((kind, k) => {
            compare(`native/${room}, ${build.name}, ${kind}`, r.code[i][k], said.code[room]?.[i]?.[k]);
        });
    });
    const stacks = [r.frame.bytes, r.chain.bytes, ...(rooms.includes(room) ? [r.tests?.bytes ?? Infinity] : [])];
    stacks.forEach((bytes, i) => {
        const kind = ["largest frame", "deepest chain", "stack of its tests"][i];
        compare(`native/${room}, ${kind}`, bytes, said.stack[room]?.[i]?.[0]);
    });
}
// The 32-bit build stands for the chip only while its records are as large.
const chip = records("build/xtensa", ["tests/xtensa/system/sim.sh"]);
const board = records("build/board32", ["env"]);
for (const name of new Set([...chip.keys(), ...board.keys()])) {
    if (chip.get(name) === board.get(name)) {
        passed++;
    } else {
        console.log(`${name}: ${chip.get(name)} bytes on Xtensa, ${board.get(name)} in build/board32`);
        failed++;
    }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
