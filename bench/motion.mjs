// Motion on scenes made by code (motion_scenes.c): precision and recall, false events per 10 minutes, of the set that the
// thresholds were found with, of one that was held out until its failures were looked at, and of one that judges; with
// the pictures as they are and through a real encoder; then the CPU time of the model for a picture.
//   node bench/motion.mjs [--brief] [--seconds S] [--encode on|off|only] [--sensitivity N] [--sets tuned,held-out,fresh]
//       [--keep FOLDER] [--json FILE]
// FOLDER: small pictures are kept there and used again, so that a change of the model costs no rendering.
// Needs ffmpeg with libx264 for the encoded pictures. Goal: no false event, every object found.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { begin, make, needProgram } from "./lib/bench.mjs";

const { values, build, brief } = begin(
    { seconds: "600", encode: "on", sensitivity: "50", sets: "tuned,held-out,fresh", keep: "" },
    { seconds: "60", encode: "off", sets: "fresh" },
);
const seconds = Number(values.seconds);
make(build, ["motion_scenes"]);
const program = `${build}/bench/motion_scenes`;
if (values.encode !== "off") needProgram("ffmpeg", "install ffmpeg, or give --encode off");

const lines = (/** @type {string[]} */ ...args) => execFileSync(program, args, { encoding: "utf8" }).split("\n").filter(Boolean);
const raw = "ffmpeg -v error -f rawvideo -pix_fmt gray -s 576x324 -r 5 -i -";
// a bit rate that shows: 60 kbit/s at 5 pictures/s is 0.3 Mbit/s at 25
const coded = `${raw} -c:v libx264 -preset veryfast -b:v 60k -g 10 -bf 0 -pix_fmt yuv420p -f h264 - | ffmpeg -v error -r 5 -f h264 -i - -pix_fmt gray -f rawvideo -`;

const folder = values.keep || mkdtempSync(join(tmpdir(), "ocellus-motion-"));
process.once("exit", () => values.keep || rmSync(folder, { recursive: true, force: true }));

/** @param {string} command @returns {string} */
function shell(command) {
    const { status, stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", command], { encoding: "utf8", maxBuffer: 1 << 24 });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
    return stdout;
}

/** The file of a scene's small pictures. @param {string} scene @param {boolean} encoded */
function pictures(scene, encoded) {
    const file = join(folder, `${scene}-${seconds}-${encoded ? "x264" : "raw"}`);
    if (existsSync(file)) return file;
    shell(`"${program}" render ${scene} ${seconds} | ${encoded ? `${coded} |` : ""} "${program}" small > "${file}.part"`);
    renameSync(`${file}.part`, file);
    return file;
}

/** Events that the detector finds, in ms. @param {string} scene @param {boolean} encoded */
function detected(scene, encoded) {
    const file = pictures(scene, encoded);
    const stdout = shell(`"${program}" detect ${Number(values.sensitivity)} < "${file}"`);
    if (!values.keep) rmSync(file);
    /** @type {{ from: number, to: number }[]} */
    const events = [];
    for (const [edge, at] of stdout.split("\n").filter(Boolean).map((line) => line.split(" "))) {
        if (edge === "begins") events.push({ from: Number(at), to: seconds * 1000 });
        else if (events.length > 0) events[events.length - 1] = { from: events[events.length - 1]?.from ?? 0, to: Number(at) };
    }
    return events;
}

/** @typedef {{ set: string, scene: string, encoded: boolean, objects: number, found: number, events: number, false: number }} Row */

/** @param {string} set @param {string} scene @param {boolean} encoded @returns {Row} */
function judge(set, scene, encoded) {
    const truth = lines("truth", scene, String(seconds)).map((line) => line.split(" ").map(Number));
    const events = detected(scene, encoded);
    const meets = (/** @type {{ from: number, to: number }} */ event, /** @type {number[]} */ [from = 0, to = 0]) => event.from <= to && event.to >= from;
    const found = truth.filter((object) => events.some((event) => meets(event, object))).length;
    const wrong = events.filter((event) => !truth.some((object) => meets(event, object))).length;
    return { set, scene, encoded, objects: truth.length, found, events: events.length, false: wrong };
}

/** @param {string} set @param {readonly Row[]} rows */
function summary(set, rows) {
    const sum = (/** @type {(row: Row) => number} */ of) => rows.reduce((all, row) => all + of(row), 0);
    const [objects, found, events, wrong] = [sum((row) => row.objects), sum((row) => row.found), sum((row) => row.events), sum((row) => row.false)];
    const precision = events > 0 ? (events - wrong) / events : 1;
    const recall = objects > 0 ? found / objects : 1;
    const per10 = (wrong * 600) / (seconds * rows.length);
    console.log(`${set}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, false events per 10 minutes ${per10.toFixed(2)} (goal 0 and 1: ${wrong === 0 && recall === 1 ? "met" : "short"})`);
    return { set, precision, recall, per10 };
}

/** @type {Row[]} */
const rows = [];
console.log(`${seconds} s of each scene, sensitivity ${values.sensitivity}`);
console.log("| set | scene | pictures | objects | found | events | false | precision | recall |\n|---|---|---|---|---|---|---|---|---|");
const sets = values.sets.split(","); // of the first two the failures have been looked at, their figures flatter
for (const encoded of values.encode === "on" ? [false, true] : [values.encode === "only"]) {
    for (const set of sets) {
        for (const scene of lines("list", set)) {
            const row = judge(set, scene, encoded);
            rows.push(row);
            const precision = row.events > 0 ? ((row.events - row.false) / row.events).toFixed(2) : "";
            const recall = row.objects > 0 ? (row.found / row.objects).toFixed(2) : "";
            console.log(`| ${set} | ${scene} | ${encoded ? "x264" : "raw"} | ${row.objects} | ${row.found} | ${row.events} | ${row.false} | ${precision} | ${recall} |`);
        }
    }
}
const kinds = [...new Set(rows.map((row) => row.encoded))];
const summaries = sets.flatMap((set) =>
    kinds.map((encoded) =>
        summary(
            `${set}, ${encoded ? "x264" : "raw"}`,
            rows.filter((row) => row.set === set && row.encoded === encoded),
        ),
    ),
);

const looked = brief ? 200 : 3000;
const [cost = "0"] = lines("cost", String(looked));
console.log(`the model alone: ${Number(cost).toFixed(0)} µs of CPU for a picture of 96x54, ${((Number(cost) * 5) / 10_000).toFixed(2)} % of a core at 5 pictures/s`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), seconds, rows, summaries, modelUs: Number(cost) }, null, 4)}\n`);
