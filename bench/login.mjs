// Does live wait while passwords are checked? Time of a live playlist over HTTPS, idle and with checks one after the other, in
// the same run; time of one login; memory.
//   node bench/login.mjs [--brief] [--seconds 10] [--build build/linux]
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { begin, make } from "./lib/bench.mjs";

const { values, build } = begin({ seconds: "10" }, { seconds: "1" });
const program = path.join(build, "ocellus");
make(build, ["ocellus", "oc_archive_app", "oc_clip"]);
const ms = Number(values.seconds) * 1000;
const password = "bench-bench-bench";
const data = mkdtempSync(path.join(os.tmpdir(), "ocellus-bench-"));
spawnSync(program, ["password", "--data", data], { input: `${password}\n` });
const args = ["run", "--json", "--port", "0", "--data", data, "--record", "off", "--login", "always", "--log", "error", "--input", "a=assets/clip.mp4"];
const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
process.on("exit", () => {
    child.kill("SIGKILL");
    rmSync(data, { recursive: true, force: true });
});

const url = await new Promise((resolve) => {
    let text = "";
    child.stdout.on("data", (part) => {
        text += part;
        const found = /"event":"listening","url":"([^"]+)\/"/.exec(text);
        if (found) resolve(found[1]);
    });
});
const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
const memory = () => {
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    const kb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    return { resident: kb("VmRSS") / 1024, peak: kb("VmHWM") / 1024 };
};

/** A login from an address of its own: each has five tries. */
function login(text, localAddress) {
    const body = JSON.stringify({ user: "admin", password: text });
    const headers = { "content-type": "application/json", "content-length": body.length };
    return new Promise((resolve, reject) => {
        const request = https.request(`${url}/login`, { method: "POST", headers, localAddress, agent: false, rejectUnauthorized: false }, (response) => {
            response.resume().on("end", () => resolve(response));
        });
        request.on("error", reject).end(body);
    });
}

const begun = performance.now();
const cookie = String((await login(password, "127.0.0.1")).headers["set-cookie"]).split(";")[0];
const loginMs = performance.now() - begun;
const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
const live = () =>
    new Promise((resolve, reject) => {
        https.get(`${url}/live/a/index.m3u8`, { agent, headers: { cookie } }, (r) => r.resume().on("end", () => resolve(r.statusCode))).on("error", reject);
    });
while ((await live()) !== 200) await sleep(200);

async function measure() {
    const times = [];
    const end = performance.now() + ms;
    while (performance.now() < end) {
        const from = performance.now();
        if ((await live()) !== 200) throw new Error("live failed");
        times.push(performance.now() - from);
        await sleep(5);
    }
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.floor((times.length - 1) * share)].toFixed(2);
    return `p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)} ms of ${times.length}`;
}

const idle = await measure();
const before = memory();
let checks = 0;
let over = false;
const attack = (async () => {
    for (let n = 0; !over; n++) {
        const { statusCode } = await login("wrong-wrong-wrong", `127.0.1.${(n % 250) + 1}`);
        checks += statusCode === 401 ? 1 : 0;
        if (statusCode === 429) await sleep(100);
    }
})();
const busy = await measure();
over = true;
await attack;
console.log(`one login, the machine as it is: ${loginMs.toFixed(0)} ms`);
console.log(`live playlist, idle:             ${idle}`);
console.log(`live playlist, ${String(checks).padStart(3)} checks:       ${busy}`);
console.log(`resident: ${before.resident.toFixed(1)} MB before, ${memory().peak.toFixed(1)} MB at most, ${memory().resident.toFixed(1)} MB after`);
process.exit();
