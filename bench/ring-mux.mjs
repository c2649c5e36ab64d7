// Ring push + per-packet fMP4 against `ffmpeg -c copy` on the same file, side by side, medians.
//   node bench/ring-mux.mjs [--runs N] [--seconds S] [--json FILE]
// Needs ffmpeg; makes its input once: 1080p30 H.264 2 Mbit/s + AAC, S seconds (default 600).
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";

const { values } = parseArgs({
    options: {
        runs: { type: "string", default: "5" },
        seconds: { type: "string", default: "600" },
        build: { type: "string", default: "build/linux" },
        json: { type: "string" },
    },
});
const runs = Number(values.runs);
const folder = "build/bench";
mkdirSync(folder, { recursive: true });
const input = `${folder}/1080p30-${values.seconds}.mp4`;
const ffmpeg = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y"];
const copy = ["-c", "copy", "-movflags", "frag_every_frame+empty_moov+default_base_moof", "-f", "mp4"];

/** 20 s are encoded, then repeated without encoding: the packets are as large as real ones. */
function makeInput() {
    const part = `${folder}/part.mp4`;
    console.error(`making ${input} (once, under a minute)`);
    execFileSync("ffmpeg", [
        ...ffmpeg,
        ..."-f lavfi -i testsrc2=size=1920x1080:rate=30 -f lavfi -i sine=440:sample_rate=48000 -t 20".split(" "),
        ..."-c:v libx264 -preset ultrafast -b:v 2M -maxrate 2M -bufsize 2M -g 30 -pix_fmt yuv420p".split(" "),
        ..."-c:a aac -b:a 64k".split(" "),
        part,
    ]);
    const half = `${input}.half`;
    execFileSync("ffmpeg", [...ffmpeg, "-stream_loop", "-1", "-i", part, "-t", values.seconds, "-c", "copy", "-f", "mp4", half]);
    renameSync(half, input);
}

/** User + system CPU seconds of a whole process, by the shell's own accounting. */
function cpu(command, args) {
    const script = 'TIMEFORMAT="%U %S"; time "$0" "$@"';
    const result = spawnSync("bash", ["-c", script, command, ...args], { encoding: "utf8" });
    if (result.status !== 0) throw new Error(`${command}: ${result.stderr}`);
    const [user, system] = (result.stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
    return { seconds: user + system, stdout: result.stdout };
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

if (!existsSync(input)) makeInput();
execFileSync("cmake", ["--build", values.build, "--target", "ring_mux"], { stdio: ["ignore", "ignore", "inherit"] });
const program = `${values.build}/bench/ring_mux`;

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
