// Stack frames and calls, from GCC's -fcallgraph-info=su, with which build/xtensa is built: FILE.ci lies beside FILE.obj.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Of each wanted C file of a build: [path, text of its .ci]. */
function read(build, wanted) {
    const all = JSON.parse(readFileSync(`${build}/compile_commands.json`, "utf8"));
    return all
        .filter((entry) => entry.file.endsWith(".c") && wanted.test(entry.file))
        .map((entry) => {
            const [, object] = / -o (\S+)/.exec(entry.command) ?? [];
            const file = join(entry.directory, (object ?? "").replace(/\.obj$/, ".ci"));
            if (!existsSync(file)) throw new Error(`${file} is not there: build that variant anew, without a compiler's cache`);
            return [entry.file, readFileSync(file, "utf8")];
        });
}

/** Function name -> { file, bytes, calls }, of all cores. Functions of one file only carry its path in their name. */
export function callGraph(build) {
    const functions = new Map();
    for (const [file, text] of read(build, /\/native\/(p2p\/)?\w+\/oc_\w+\.c$/)) {
        if (file.includes("/tests/")) continue;
        for (const [, name, bytes] of text.matchAll(/^node: \{ title: "([^"]+)" label: "[^"]*?(\d+) bytes \(/gm)) {
            functions.set(name, { file, bytes: Number(bytes), calls: new Set() });
        }
        for (const [, from, to] of text.matchAll(/^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"/gm)) {
            functions.get(from)?.calls.add(to);
        }
    }
    return functions;
}

/** File -> bytes of its largest frame. */
export function sourceFrames(build, wanted) {
    return new Map(read(build, wanted).map(([file, text]) => [file, Math.max(0, ...[...text.matchAll(/(\d+) bytes \(/g)].map((m) => Number(m[1])))]));
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
