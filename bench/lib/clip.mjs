// The input of benches: 1080p30 H.264 2 Mbit/s + AAC, made once.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { needProgram, setupAll } from "./bench.mjs";

/** Where it is kept. */
export const folder = "build/bench";
/** First arguments of every ffmpeg. */
export const ffmpeg = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y"];

/** 20 s are encoded, then repeated without encoding: the packets are as large as real ones. @param {string} seconds @returns {string} file */
export function encoded(seconds) {
    needProgram("ffmpeg", setupAll);
    mkdirSync(folder, { recursive: true });
    const file = `${folder}/1080p30-${seconds}.mp4`;
    if (existsSync(file)) return file;
    const part = `${folder}/part.mp4`;
    console.error(`making ${file} (once, under a minute)`);
    execFileSync("ffmpeg", [
        ...ffmpeg,
        ..."-f lavfi -i testsrc2=size=1920x1080:rate=30 -f lavfi -i sine=440:sample_rate=48000 -t 20".split(" "),
        ..."-c:v libx264 -preset ultrafast -b:v 2M -maxrate 2M -bufsize 2M -g 30 -pix_fmt yuv420p".split(" "),
        ..."-c:a aac -b:a 64k".split(" "),
        part,
    ]);
    const half = `${file}.half`;
    execFileSync("ffmpeg", [...ffmpeg, "-stream_loop", "-1", "-i", part, "-t", seconds, "-c", "copy", "-f", "mp4", half]);
    renameSync(half, file);
    return file;
}
