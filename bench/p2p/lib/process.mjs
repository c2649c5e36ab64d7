// What a process takes, as the kernel counts it, and children that talk by lines of JSON.
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Waits. */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The q-th quantile of a list, 0 to 1. */
export const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];
/** Its median. */
export const median = (list) => quantile(list, 0.5);

/** CPU seconds of all threads there are now, to the nanosecond; times they waited; resident memory in KB, which holds stacks. */
export function look(pid) {
    let cpu = 0;
    let wakes = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
        cpu += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9;
        wakes += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8"))[1]);
    }
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    return { cpu, wakes, rss };
}

/** Runnable threads of the machine, by minutes: what a figure was measured beside. */
export const load = () => Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);

/** A child that prints JSON lines; `next(event)` waits for one. */
export class Talker {
    #lines = [];
    #waiting = [];

    constructor(child) {
        this.child = child;
        createInterface({ input: child.stdout }).on("line", (line) => {
            this.#lines.push(JSON.parse(line));
            this.#waiting.splice(0).forEach((wake) => wake());
        });
        this.ended = new Promise((resolve) => child.on("close", resolve));
        this.ended.then(() => this.#waiting.splice(0).forEach((wake) => wake()));
    }

    /** Its process: `ip netns exec` replaces itself. */
    get pid() {
        return this.child.pid;
    }

    /** The next line of that event. */
    async next(event, seconds = 300) {
        const deadline = Date.now() + seconds * 1000;
        for (;;) {
            const at = this.#lines.findIndex((line) => line.event === event);
            if (at >= 0) {
                return this.#lines.splice(at, 1)[0];
            }
            if (Date.now() > deadline || this.child.exitCode !== null) {
                throw new Error(`no "${event}" from ${this.child.spawnargs.join(" ")}`);
            }
            await Promise.race([new Promise((resolve) => this.#waiting.push(resolve)), sleep(1000)]);
        }
    }
}
