// How late packets reach the ring while something else misbehaves: idle, a script that allocates wildly, a disk
// whose every sync takes two seconds; one after the other, several times, medians.
//   node bench/lateness.mjs [--runs N] [--seconds S] [--build build/linux] [--json FILE]
// Needs a build with tests (npm test makes one). Lateness: driver's time stamp to ring, window of the last 30 to 60 s.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";

const { values } = parseArgs({
    options: {
        runs: { type: "string", default: "3" },
        seconds: { type: "string", default: "40" },
        build: { type: "string", default: "build/linux" },
        json: { type: "string" },
    },
});
const ways = {
    idle: [],
    "script allocates": ["--app", `${values.build}/test_app_allocates.xsa`],
    "sync takes 2 s": ["--slow-disk"],
};
const measured = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
for (let run = 0; run < Number(values.runs); run++) {
    for (const [way, args] of Object.entries(ways)) {
        const output = execFileSync(process.execPath, ["bench/host.mjs", "--build", values.build, "--seconds", values.seconds, ...args], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "inherit"],
        });
        measured[way].push(JSON.parse(output));
    }
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
const of = (way, key) => median(measured[way].map((m) => m.latenessUs[key]));
console.log(`medians of ${values.runs} runs of ${values.seconds} s, ${cpus()[0].model}`);
console.log("| lateness, ms | p50 | p99 | p99.9 | max | packets dropped | goal for p99.9 | |\n|---|---|---|---|---|---|---|---|");
const idle = of("idle", "p999");
const goals = { idle: null, "script allocates": idle * 1.2 + 1000, "sync takes 2 s": idle + 5000 };
for (const way of Object.keys(ways)) {
    const ms = (key) => (of(way, key) / 1000).toFixed(2);
    const goal = goals[way];
    const verdict = goal === null ? "" : of(way, "p999") <= goal ? "met" : "short";
    const dropped = measured[way].reduce((sum, m) => sum + m.dropped, 0);
    console.log(`| ${way} | ${ms("p50")} | ${ms("p99")} | ${ms("p999")} | ${ms("max")} | ${dropped} | ${goal === null ? "" : (goal / 1000).toFixed(2)} | ${verdict} |`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), measured }, null, 4)}\n`);
