// How old the live picture is in headless Chromium, by the block code of the test picture: low-latency HLS and plain.
//   node bench/latency.mjs [--brief] [--runs N] [--seconds S] [--build build/linux]
// Needs Chromium (OCELLUS_CHROMIUM names another one than /usr/bin/chromium) and ocellus-ffmpeg.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { buildViewer } from "../scripts/build.mjs";
import { read } from "../tests/blockcode/blockcode.mjs";
import { quantile, watch } from "../tests/e2e/browser/watching.mjs";
import { begin, make, needFile, needProgram, setupAll } from "./lib/bench.mjs";

const { values, build, brief } = begin({ runs: "5", seconds: "10" }, { runs: "1", seconds: "1" });
const chromiumPath = needProgram(process.env["OCELLUS_CHROMIUM"] ?? "/usr/bin/chromium", setupAll);
make(build, ["needed"]);
needFile(join(build, "ocellus-ffmpeg"), "npm run setup test, then build again");
await buildViewer("linux");
needFile(join(build, "viewer", "index.html"), "npm run build makes the page of build/linux only");
const ways = { "low latency, parts of 200 ms": { partMs: 200 }, "plain, segments of 1 s": { partMs: 0 } };
const args = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

/** One device, one browser: what a viewer sees from opening the page on. */
async function measure(live) {
    const data = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
    const settings = join(data, "settings-of-the-bench.json");
    writeFileSync(settings, JSON.stringify({ channels: [{ name: "cam", input: "test:?size=640x360" }], record: { enabled: false }, live }));
    const host = spawn(join(build, "ocellus"), ["run", "--json", "--port", "0", "--data", data, "--settings", settings, "--log", "warn"], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => host.on("close", resolve));
    let said = "";
    const url = await new Promise((resolve, reject) => {
        void ended.then(() => reject(new Error("the program ended")));
        host.stdout.on("data", (text) => {
            said += text;
            const found = /"url":"([^"]+)"/.exec(said)?.[1];
            if (found !== undefined) {
                resolve(found);
            }
        });
    });
    await new Promise((resolve) => setTimeout(resolve, brief ? 1000 : 5000)); // a stream that has run for a while
    const browser = await chromium.launch({ executablePath: chromiumPath, args, chromiumSandbox: false });
    const page = await browser.newPage();
    await page.addInitScript(`window.readBlockCode = ${read.toString()}`);
    const begun = Date.now();
    await page.goto(`${url}?play=hls`);
    await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0);
    const first = Date.now() - begun;
    await page.waitForTimeout(brief ? 100 : 2000);
    const { ages, waits } = await watch(page, Number(values.seconds) * 1000);
    await browser.close();
    host.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
    return { first, median: quantile(ages, 0.5), most: quantile(ages, 0.99), waits };
}

console.log(`medians of ${values.runs} runs of ${values.seconds} s, in brackets the worst run\n`);
console.log("| HLS | age of the picture, ms | its 99th percentile, ms | page opened to moving picture, ms | stalls in all runs |\n|---|---|---|---|---|");
for (const [name, live] of Object.entries(ways)) {
    const runs = [];
    for (let run = 0; run < Number(values.runs); run++) {
        runs.push(await measure(live));
    }
    const of = (key) => {
        const list = runs.map((one) => one[key]);
        return `${quantile(list, 0.5).toFixed(0)} (${Math.max(...list).toFixed(0)})`;
    };
    console.log(`| ${name} | ${of("median")} | ${of("most")} | ${of("first")} | ${runs.reduce((sum, { waits }) => sum + waits, 0)} |`);
}
