// Bytes per module of the application: in app.xsa, and in the heap of a 32-bit machine once it is imported.
//   npm run size       or   node bench/modules.mjs [--brief] [--build build/board32-engine]
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listModules, resolveSpecifier } from "../tools/bundle/specifiers.mjs";
import { begin, make } from "./lib/bench.mjs";

/** Atoms of an archive (docs/formats-bytecode.md) from `at` to `end`: [name, payload]. */
function* atoms(data, at, end) {
    while (at < end) {
        const size = data.readUInt32BE(at);
        if (size < 8 || at + size > end) throw new Error(`not an archive: a part of ${size} bytes at ${at}`);
        yield [data.toString("latin1", at + 4, at + 8), data.subarray(at + 8, at + size)];
        at += size;
    }
}

/** Bytes of each module, and of what the modules share (symbols, map). */
function archiveSizes(file) {
    const data = readFileSync(file);
    const modules = new Map();
    const [[, parts] = ["", data]] = atoms(data, 0, data.length);
    for (const [name, payload] of atoms(parts, 0, parts.length)) {
        if (name !== "MODS") continue;
        let path = "";
        for (const [kind, bytes] of atoms(payload, 0, payload.length)) {
            if (kind === "PATH") path = bytes.toString("latin1").replace(/\0.*$/s, "");
            else modules.set(path, bytes.length + path.length + 17);
        }
    }
    const shared = data.length - [...modules.values()].reduce((sum, bytes) => sum + bytes, 0);
    return { modules, shared, total: data.length };
}

/** Specifiers of the application's modules and those of the host that they import; each after what it imports. */
function importOrder(folder) {
    const all = new Map(listModules(folder).filter(({ set }) => set === "app" || set === "host").map((module) => [module.specifier, module]));
    const order = new Set();
    const visit = (specifier) => {
        const module = all.get(specifier);
        if (module === undefined || order.has(specifier)) return;
        for (const [, name] of readFileSync(module.file, "utf8").matchAll(/^(?:import|export)\b[^'"\n]*(?:from )?['"]([^'"]+)['"];?$/gm)) {
            visit(resolveSpecifier(name, specifier));
        }
        order.add(specifier);
    };
    for (const { specifier, set } of all.values()) if (set === "app") visit(specifier);
    return [...order].filter((specifier) => specifier !== "ocellus/app/main"); // it starts the application
}

function main() {
    const { build } = begin({}, {}, { build: "build/board32-engine" });
    make(build, ["module_sizes", "oc_archive_app"]);
    const { modules, shared, total } = archiveSizes(join(build, "app.xsa"));
    const argv = [join(build, "app.xsa"), ...importOrder(join(build, "js"))];
    const lines = execFileSync(join(build, "bench", "module_sizes"), argv, { encoding: "utf8" }).trim().split("\n");
    const heap = new Map(lines.map((line) => line.split(" ")).map(([name, bytes]) => [name, Number(bytes)]));
    const row = (name, archive, live) => console.log(`${name.padEnd(40)} ${archive.padStart(8)} ${live.padStart(8)}`);
    const text = (bytes) => (bytes === undefined ? "" : bytes.toLocaleString("en"));
    row("module", "archive", "heap");
    row("machine, globals of the host", "", text(heap.get("-")));
    for (const [name, bytes] of heap) if (name !== "-" && !modules.has(name)) row(`host: ${name}`, "", text(bytes));
    for (const [name, bytes] of [...modules].sort((a, b) => b[1] - a[1])) row(name, text(bytes), text(heap.get(name)));
    row("shared: symbols, map, head", text(shared), "");
    row("sum", text(total), text([...heap.values()].reduce((sum, bytes) => sum + bytes, 0)));
}

main();
