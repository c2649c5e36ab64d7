// CPU and memory of processes, from /proc.
import { readdirSync, readFileSync } from "node:fs";

const read = (file) => {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return ""; // it has ended
    }
};

/** The processes given and all their children, theirs too. */
export function family(pids) {
    const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const parents = new Map(all.map((pid) => [Number(pid), Number(read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ")[1])]));
    const found = new Set(pids);
    for (let before = 0; before !== found.size; ) {
        before = found.size;
        for (const [pid, parent] of parents) {
            if (found.has(parent)) {
                found.add(pid);
            }
        }
    }
    return [...found];
}

/**
 * Of the processes given and their children: CPU seconds since their start; MB: pss = shared pages counted in parts,
 * rss = the sum of what each has resident, anonymous = what of rss no file backs; how many there are.
 */
export function usage(pids) {
    const sum = { cpu: 0, pss: 0, rss: 0, anonymous: 0, processes: 0 };
    for (const pid of family(pids)) {
        const fields = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
        const memory = read(`/proc/${pid}/smaps_rollup`) + read(`/proc/${pid}/status`);
        const mb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(memory)?.[1] ?? 0) / 1024;
        sum.cpu += (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
        sum.pss += mb("Pss");
        sum.rss += mb("Rss");
        sum.anonymous += mb("RssAnon");
        sum.processes += 1;
    }
    return sum;
}
