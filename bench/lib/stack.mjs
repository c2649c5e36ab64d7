// Stack frames and calls, from GCC's -fcallgraph-info=su: every file of a build is compiled once more, into a folder of
// its own, because a compiler cache keeps objects only.
import { execSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @returns {string} the .ci text of one entry of compile_commands.json */
function compile(entry, folder) {
    const out = join(folder, "out.o");
    const command = entry.command.replace(/ -o \S+/, ` -fcallgraph-info=su -o ${out}`);
    execSync(command, { cwd: entry.directory, env: { ...process.env, CCACHE_DISABLE: "1" }, stdio: ["ignore", "ignore", "inherit"] });
    return readFileSync(join(folder, "out.ci"), "utf8");
}

function entries(build, wanted) {
    const all = JSON.parse(readFileSync(`${build}/compile_commands.json`, "utf8"));
    return all.filter((entry) => entry.file.endsWith(".c") && wanted.test(entry.file));
}

function withFolder(work) {
    const folder = mkdtempSync(join(tmpdir(), "oc-stack-"));
    try {
        return work(folder);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** Function name -> { file, bytes, calls }, of all cores. Functions of one file only carry its path in their name. */
export function callGraph(build) {
    const functions = new Map();
    withFolder((folder) => {
        for (const entry of entries(build, /\/native\/(p2p\/)?\w+\/oc_\w+\.c$/)) {
            if (entry.file.includes("/tests/")) continue;
            const text = compile(entry, folder);
            for (const [, name, bytes] of text.matchAll(/^node: \{ title: "([^"]+)" label: "[^"]*?(\d+) bytes \(/gm)) {
                functions.set(name, { file: entry.file, bytes: Number(bytes), calls: new Set() });
            }
            for (const [, from, to] of text.matchAll(/^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"/gm)) {
                functions.get(from)?.calls.add(to);
            }
        }
    });
    return functions;
}

/** File -> bytes of its largest frame. */
export function sourceFrames(build, wanted) {
    const frames = new Map();
    withFolder((folder) => {
        for (const entry of entries(build, wanted)) {
            const bytes = [...compile(entry, folder).matchAll(/(\d+) bytes \(/g)].map((m) => Number(m[1]));
            frames.set(entry.file, Math.max(0, ...bytes));
        }
    });
    return frames;
}

/** Functions that call themselves, with the number of their frames at most: a new one has to be listed here. */
const bounded = new Map([["read_inside", 4]]); // native/media/oc_mp4_moov.c: depth < 3

const short = (name) => name.replace(/^.*:/, "");

/**
 * Of the functions whose file contains `part`: the largest frame, and the chain of direct calls that needs most, through
 * whatever cores. Calls through pointers and the C library are not in it.
 */
export function deepest(functions, part) {
    const known = new Map();
    function depth(name, above) {
        const f = functions.get(name);
        if (!f) return { bytes: 0, names: [] };
        if (above.includes(name)) throw new Error(`${short(name)} calls itself by way of others: its stack has no bound`);
        const before = known.get(name);
        if (before) return before;
        let below = { bytes: 0, names: [] };
        if (f.calls.has(name) && !bounded.has(short(name))) throw new Error(`${short(name)} calls itself: how deep? (bench/lib/stack.mjs)`);
        const own = f.bytes * (f.calls.has(name) ? bounded.get(short(name)) : 1);
        for (const callee of f.calls) {
            if (callee === name) continue;
            const d = depth(callee, [...above, name]);
            if (d.bytes > below.bytes) below = d;
        }
        const all = { bytes: own + below.bytes, names: [short(name), ...below.names] };
        known.set(name, all);
        return all;
    }
    let largest = { bytes: 0, name: "" };
    let chain = { bytes: 0, names: [] };
    for (const [name, f] of functions) {
        if (!f.file.includes(part)) continue;
        if (f.bytes > largest.bytes) largest = { bytes: f.bytes, name: short(name) };
        const d = depth(name, []);
        if (d.bytes > chain.bytes) chain = d;
    }
    return { largest, chain };
}
