// How late packets reach the ring while something else misbehaves: idle, a script that allocates wildly, a disk
// whose every sync takes two seconds, somebody who looks for recordings and events of a week; one after the other, several times, medians.
//   node bench/lateness.mjs [--brief] [--runs N] [--seconds S] [--build build/linux] [--json FILE]
// Lateness: driver's time stamp to ring, window of the last 30 to 60 s.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { begin, make, needFile } from "./lib/bench.mjs";

const { values, build, brief } = begin({ runs: "3", seconds: "40" }, { runs: "1", seconds: "1" });
make(build, ["ocellus", "oc_archive_app", "oc_archive_test_app_allocates", "disk_faults", "index_bench"]);
needFile(`${build}/test_app_allocates.xsa`, "the applications of tests are a part of a build with tests");
needFile(`${build}/tests/hosts/disk_faults.so`, "the faulty disk is a part of a build with tests");
const ways = {
    idle: [],
    "script allocates": ["--app", `${build}/test_app_allocates.xsa`],
    "sync takes 2 s": ["--slow-disk"],
    queries: ["--queries"],
};
const measured = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
for (let run = 0; run < Number(values.runs); run++) {
    for (const [way, args] of Object.entries(ways)) {
        const output = execFileSync(process.execPath, ["bench/host.mjs", "--build", build, "--seconds", values.seconds, ...(brief ? ["--brief"] : []), ...args], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "inherit"],
        });
        measured[way].push(JSON.parse(output));
    }
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
const of = (way, key) => median(measured[way].map((m) => m.latencyUs[key]));
console.log(`medians of ${values.runs} runs of ${values.seconds} s, ${cpus()[0].model}`);
console.log("| lateness, ms | p50 | p99 | p99.9 | max | packets dropped | goal for p99.9 | |\n|---|---|---|---|---|---|---|---|");
const idle = of("idle", "p999");
const goals = { idle: null, "script allocates": idle * 1.2 + 1000, "sync takes 2 s": idle + 5000, queries: idle * 1.2 + 1000 };
for (const way of Object.keys(ways)) {
    const ms = (key) => (of(way, key) / 1000).toFixed(2);
    const goal = goals[way];
    const verdict = goal === null ? "" : of(way, "p999") <= goal ? "met" : "short";
    const dropped = measured[way].reduce((sum, m) => sum + m.dropped, 0);
    console.log(`| ${way} | ${ms("p50")} | ${ms("p99")} | ${ms("p999")} | ${ms("max")} | ${dropped} | ${goal === null ? "" : (goal / 1000).toFixed(2)} | ${verdict} |`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), measured }, null, 4)}\n`);
