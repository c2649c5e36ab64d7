// The index of recordings and events: what a week of 100,000 recordings and 50,000 events costs.
//   node bench/index.mjs [--brief] [--build build/linux] [--files N] [--events N] [--runs N] [--json FILE]
// --files: of each of 8 channels. The files are empty, so key frames are not read: their time is that of the disk.
// A query waits for nothing but the processor, so its CPU time is judged: beside other work the clock measures that work.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { begin, make } from "./lib/bench.mjs";

const { values, build } = begin({ files: "12500", events: "50000", runs: "200" }, { files: "200", events: "500", runs: "3" });
make(build, ["index_bench"]);
const folder = mkdtempSync(join(tmpdir(), "ocellus-bench-index-"));
let result;
try {
    result = JSON.parse(execFileSync(join(build, "bench", "index_bench"), [folder, values.files, values.events, values.runs], { encoding: "utf8" }));
} finally {
    rmSync(folder, { recursive: true, force: true });
}

const goal = (value, limit) => (value <= limit ? "met" : "short");
console.log(`${result.recordings} recordings, ${result.events} events, ${cpus().length} x ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}`);
const seconds = ({ wall, cpu }, limit) => `${(wall / 1000).toFixed(2)} s (${(cpu / 1000).toFixed(2)} s CPU), goal ${limit}: ${goal(wall, limit * 1000)}`;
console.log(`made from the files: ${seconds(result.made, 30)}`);
console.log(`a start: ${seconds(result.start, 1)}`);
console.log(`memory at most: ${result.memory} KB, goal 32768: ${goal(result.memory, 32_768)}; database ${result.database} KB`);
console.log(`| query, ${values.runs} runs, ms | rows | median | p99 | median CPU | p99 | goal of p99 CPU: 20 |\n|---|---|---|---|---|---|---|`);
for (const { name, rows, wall, cpu } of result.queries) {
    const cells = [wall.median, wall.p99, cpu.median, cpu.p99].map((ms) => ms.toFixed(2));
    console.log(`| ${name} | ${rows} | ${cells.join(" | ")} | ${goal(cpu.p99, 20)} |`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), cpu: cpus()[0]?.model, ...result }, null, 4)}\n`);
