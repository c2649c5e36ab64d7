// The writer of MPEG-TS against `ffmpeg -c copy -f mpegts` on the same file, side by side, medians; and beside what its
// pieces would cost as spans, and a plain copy of the payload.
//   node bench/ts-mux.mjs [--brief] [--runs N] [--seconds S] [--json FILE]
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { begin, make } from "./lib/bench.mjs";
import { encoded, ffmpeg } from "./lib/clip.mjs";

const { values, build } = begin({ runs: "5", seconds: "600" }, { runs: "1", seconds: "20" });
const runs = Number(values.runs);
const input = encoded(values.seconds);

/** User + system CPU seconds of a whole process, by the shell's own accounting. */
function cpu(command, args) {
    const script = 'TIMEFORMAT="%U %S"; time "$0" "$@"';
    const result = spawnSync("bash", ["-c", script, command, ...args], { encoding: "utf8" });
    if (result.status !== 0) throw new Error(`${command}: ${result.stderr}`);
    const [user, system] = (result.stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
    return { seconds: user + system, stdout: result.stdout };
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

make(build, ["ts_mux"]);
const found = { writer: [], spans: [], copy: [], process: [], ffmpeg: [] };
let ours;
for (let run = 0; run <= runs; run++) {
    ours = JSON.parse(cpu(`${build}/bench/ts_mux`, [input, "/dev/null"]).stdout);
    const theirs = cpu("ffmpeg", [...ffmpeg, "-i", input, "-c", "copy", "-f", "mpegts", "/dev/null"]).seconds;
    if (run === 0) continue; // warm-up
    found.writer.push(ours.writeSeconds);
    found.spans.push(ours.spansSeconds);
    found.copy.push(ours.copySeconds);
    found.process.push(ours.cpuSeconds - ours.spansSeconds - ours.copySeconds);
    found.ffmpeg.push(theirs);
}
const rows = Object.entries(found).map(([what, seconds]) => ({
    what,
    us: (median(seconds) / ours.packets) * 1e6,
    mbPerS: ours.payloadBytes / median(seconds) / 1e6,
}));
console.log(`${ours.packets} packets, ${(ours.payloadBytes / 1e6).toFixed(1)} MB (as MPEG-TS ${(ours.writtenBytes / 1e6).toFixed(1)} MB), ${runs} runs, medians, ${cpus()[0].model}`);
console.log("| what | µs CPU per packet | MB of payload per s |\n|---|---|---|");
for (const r of rows) console.log(`| ${r.what} | ${r.us.toFixed(2)} | ${r.mbPerS.toFixed(0)} |`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), cpu: cpus()[0].model, runs, rows }, null, 4)}\n`);
