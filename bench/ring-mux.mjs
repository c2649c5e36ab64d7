// Ring push + per-packet fMP4 against `ffmpeg -c copy` on the same file, side by side, medians.
//   node bench/ring-mux.mjs [--brief] [--runs N] [--seconds S] [--json FILE]
// Needs ffmpeg; makes its input once: 1080p30 H.264 2 Mbit/s + AAC, S seconds (default 600).
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { begin, make } from "./lib/bench.mjs";
import { encoded, ffmpeg, folder } from "./lib/clip.mjs";

const { values, build } = begin({ runs: "5", seconds: "600" }, { runs: "1", seconds: "20" });
const runs = Number(values.runs);
const input = encoded(values.seconds);
const copy = ["-c", "copy", "-movflags", "frag_every_frame+empty_moov+default_base_moof", "-f", "mp4"];

/** User + system CPU seconds of a whole process, by the shell's own accounting. */
function cpu(command, args) {
    const script = 'TIMEFORMAT="%U %S"; time "$0" "$@"';
    const result = spawnSync("bash", ["-c", script, command, ...args], { encoding: "utf8" });
    if (result.status !== 0) throw new Error(`${command}: ${result.stderr}`);
    const [user, system] = (result.stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
    return { seconds: user + system, stdout: result.stdout };
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

make(build, ["ring_mux"]);
const program = `${build}/bench/ring_mux`;

const sides = { ours: { file: [], null: [], path: [] }, ffmpeg: { file: [], null: [] } };
let ours;
for (let run = 0; run <= runs; run++) {
    const measured = {
        oursFile: cpu(program, [input, `${folder}/ours.mp4`]),
        ffmpegFile: cpu("ffmpeg", [...ffmpeg, "-i", input, ...copy, `${folder}/ffmpeg.mp4`]),
        oursNull: cpu(program, [input, "/dev/null"]),
        ffmpegNull: cpu("ffmpeg", [...ffmpeg, "-i", input, ...copy, "/dev/null"]),
    };
    ours = JSON.parse(measured.oursNull.stdout);
    if (run === 0) continue; // warm-up
    sides.ours.file.push(measured.oursFile.seconds);
    sides.ffmpeg.file.push(measured.ffmpegFile.seconds);
    sides.ours.null.push(ours.cpuSeconds);
    sides.ffmpeg.null.push(measured.ffmpegNull.seconds);
    sides.ours.path.push(ours.framePathSeconds);
}
const perPacket = (seconds) => (seconds / ours.packets) * 1e6;
const row = (what, a, b, goal) => ({ what, oursUs: perPacket(median(a)), ffmpegUs: perPacket(median(b)), ratio: median(b) / median(a), goal });
const rows = [
    row("ring push + mux, our process' frame path : ffmpeg process, to /dev/null", sides.ours.path, sides.ffmpeg.null, 8),
    row("whole process, to /dev/null", sides.ours.null, sides.ffmpeg.null, null),
    row("whole process, to a file", sides.ours.file, sides.ffmpeg.file, null),
];
console.log(`${ours.packets} packets, ${(ours.payloadBytes / 1e6).toFixed(1)} MB, ${runs} runs, medians, ${cpus()[0].model}`);
console.log("| what | ours, µs CPU per packet | ffmpeg | ratio | goal | |\n|---|---|---|---|---|---|");
for (const r of rows) {
    const verdict = r.goal === null ? "" : r.ratio >= r.goal ? "met" : "short";
    console.log(`| ${r.what} | ${r.oursUs.toFixed(2)} | ${r.ffmpegUs.toFixed(2)} | ${r.ratio.toFixed(1)} | ${r.goal ?? ""} | ${verdict} |`);
}
console.log(`copies per payload byte: ${ours.copiesPerByte}`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), cpu: cpus()[0].model, runs, rows, copiesPerByte: ours.copiesPerByte }, null, 4)}\n`);
