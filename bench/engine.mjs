// What the script machine costs: start to the first line of TypeScript, in the process and with it, and a full
// garbage collection with 1 MB live.
//   node bench/engine.mjs [--brief] [--build build/linux] [--json FILE]
import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { begin, make } from "./lib/bench.mjs";

const { values, build } = begin({ runs: "31" }, { runs: "3" });
const scripts = join(build, "engine_scripts.xsa");
make(build, ["engine_bench", "xsrun", "oc_archive_engine_scripts"]);

/** Milliseconds from the start of a process to the first line that its script prints. */
function processStart() {
    return new Promise((resolve, reject) => {
        const began = performance.now();
        const child = spawn(join(build, "xsrun"), ["ocellus/test/hello", scripts], { stdio: ["ignore", "pipe", "inherit"] });
        child.stdout.once("data", () => resolve(performance.now() - began));
        child.on("error", reject);
    });
}

const starts = [];
for (let i = 0; i < Number(values.runs); i++) starts.push(await processStart());
starts.sort((a, b) => a - b);
const inside = JSON.parse(execFileSync(join(build, "bench", "engine_bench"), [scripts], { encoding: "utf8" }));
const result = {
    cpu: cpus()[0]?.model,
    process_start_ms: Number(starts[starts.length >> 1].toFixed(2)),
    machine_start_ms: inside.start_us / 1000,
    collect_ms: inside.collect_us / 1000,
    collect_live_bytes: inside.collect_live_bytes,
    fresh_allocated_bytes: inside.fresh_allocated_bytes,
    fresh_keys: inside.fresh_keys,
};
console.log(`process start to first line      ${result.process_start_ms} ms (goal 50)`);
console.log(`create, map, import, first line  ${result.machine_start_ms} ms`);
console.log(`collection, ${(result.collect_live_bytes / 1e6).toFixed(2)} MB live       ${result.collect_ms} ms (goal 2)`);
console.log(`fresh machine                    ${result.fresh_allocated_bytes} bytes allocated, ${result.fresh_keys} identifiers`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 4)}\n`);
