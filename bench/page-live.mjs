// Live in the device's own page, by WebRTC and by HLS in turn: from navigation to the first decoded frame, and how old
// the picture is by its block code, in headless Chromium.
//   node bench/page-live.mjs [--brief] [--runs N] [--seconds S] [--build build/linux]
// Needs Chromium (OCELLUS_CHROMIUM names another one than /usr/bin/chromium) and ocellus-ffmpeg.
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { buildViewer } from "../scripts/build.mjs";
import { read } from "../tests/blockcode/blockcode.mjs";
import { quantile, watch } from "../tests/e2e/browser/watching.mjs";
import { Device, eventually, sleep } from "../tests/e2e/device.mjs";
import { begin, make, needFile, needProgram, setupAll } from "./lib/bench.mjs";

const { values, build, brief } = begin({ runs: "50", seconds: "20" }, { runs: "1", seconds: "1" });
const chromiumPath = needProgram(process.env["OCELLUS_CHROMIUM"] ?? "/usr/bin/chromium", setupAll);
make(build, ["needed"]);
needFile(join(build, "ocellus-ffmpeg"), "npm run setup test, then build again");
await buildViewer("linux");
needFile(join(build, "viewer", "index.html"), "npm run build makes the page of build/linux only");
const ways = { WebRTC: "", HLS: "?play=hls" };

/** Notes when a playing element has its first decoded frame. */
function noteFirst() {
    const timer = setInterval(() => {
        for (const video of document.querySelectorAll("video")) {
            if (!video.paused && video.currentTime > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 0) {
                clearInterval(timer);
                Reflect.set(window, "firstMs", performance.now());
                return;
            }
        }
    }, 4);
}

const data = mkdtempSync(join(tmpdir(), "ocellus-bench-"));
const device = new Device(["run", "--json", "--port", "0", "--data", data, "--record", "off", "--log", "warn", "--input", "cam=test:?size=640x360"], { program: join(build, "ocellus") });
const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"], chromiumSandbox: false });
try {
    const url = await device.url();
    await sleep(brief ? 1000 : 5000); // a stream that has run for a while
    /** A fresh page, nothing cached. @param {string} search */
    const open = async (search) => {
        const page = await browser.newPage();
        await page.addInitScript(`window.readBlockCode = ${read.toString()}; (${noteFirst.toString()})()`);
        await page.goto(`${url}/${search}`);
        const ms = await eventually(async () => (await page.evaluate(() => Reflect.get(window, "firstMs"))) ?? undefined, "the first picture");
        return { page, ms };
    };
    /** @type {Record<string, number[]>} */
    const firsts = { WebRTC: [], HLS: [] };
    for (let run = 0; run < Number(values.runs); run++) {
        for (const [name, search] of Object.entries(ways)) {
            const { page, ms } = await open(search);
            firsts[name]?.push(ms);
            await page.close();
        }
    }
    console.log(`${values.runs} pages each, ${values.seconds} s of pictures each, load ${loadavg()[0]?.toFixed(1)}\n`);
    console.log("| way | navigation to first decoded frame, ms: p50 | p95 | age of the picture, ms: p50 | p99 | stalls | jumps |\n|---|---|---|---|---|---|---|");
    for (const [name, search] of Object.entries(ways)) {
        const { page } = await open(search);
        await sleep(brief ? 100 : 5000);
        const { ages, waits, jumps } = await watch(page, Number(values.seconds) * 1000);
        const text = brief ? "" : await page.evaluate(() => document.querySelector(".state details")?.textContent ?? "");
        if (!brief && text.includes("HLS: ") !== (name === "HLS")) {
            throw new Error(`the page does not play by ${name}: ${text.slice(0, 120)}`);
        }
        await page.close();
        const list = firsts[name] ?? [];
        const cells = [quantile(list, 0.5), quantile(list, 0.95), quantile(ages, 0.5), quantile(ages, 0.99), waits, jumps];
        console.log(`| ${name} | ${cells.map((cell) => Math.round(cell)).join(" | ")} |`);
    }
    const [channel] = (await device.json("/api/status")).channels;
    console.log(`\ncapture to ring, encoder included: p50 ${Math.round(channel.latencyUs.p50 / 1000)} ms, p99 ${Math.round(channel.latencyUs.p99 / 1000)} ms`);
} finally {
    await browser.close();
    await device.stop();
    rmSync(data, { recursive: true, force: true });
}
process.exit(0);
