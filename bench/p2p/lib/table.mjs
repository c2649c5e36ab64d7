// Rows on the screen and figures with all that was true beside them.
import { writeFileSync } from "node:fs";
import { median } from "./process.mjs";

const number = (x) => (x === undefined || Number.isNaN(x) ? "" : x >= 100 ? x.toFixed(0) : x.toPrecision(3));
const figures = [];

/** The same thing of many runs in a few words: each value that was there. */
function told(list) {
    const all = list.filter(Boolean);
    const one = (name, text) => {
        const values = [...new Set(all.map((beside) => beside[name]).filter((value) => value !== undefined))].map(text);
        return values.length > 0 ? [`${name} ${[...new Set(values)].join("|")}`] : [];
    };
    const sum = (name) => (all.some((beside) => beside[name] !== undefined) ? [`${name} ${all.reduce((total, beside) => total + (beside[name] ?? 0), 0)}`] : []);
    const kilo = (value) => `${Math.round(value / 1024)}K`;
    return [
        ...one("rcvbuf", (pair) => pair.map(kilo).join("/")),
        ...sum("drops"),
        ...sum("never"),
        ...one("suite", (name) => name.replace("_POLY1305", "").replace("AES_128_", "")),
        ...one("checksum", String),
        ...one("window", kilo),
        ...one("peerWindow", kilo),
        ...one("mtu", String),
        ...one("gso", String),
        ...sum("seen"),
        ...sum("lost"),
        ...one("load", (value) => value.toFixed(1)),
    ].join(", ");
}

/**
 * A goal: what it says, and whether our figure meets it beside the peer's.
 * @typedef {{ text: string, met: (ours: number, theirs: number) => boolean }} Goal
 */
/** At most this share of the peer's figure. */
export const share = (text, most) => ({ text: `≤ ${text}`, met: (ours, theirs) => ours <= theirs * most });
/** At least so many times the peer's figure. */
export const times = (least) => ({ text: `≥ ${least} ×`, met: (ours, theirs) => ours >= theirs * least });
/** At most, and at least, so much. */
export const atMost = (most) => ({ text: `≤ ${most}`, met: (ours) => ours <= most });
export const atLeast = (least) => ({ text: `≥ ${least}`, met: (ours) => ours >= least });

/** The head of the table. */
export function head() {
    console.log("| figure | Ocellus | libdatachannel | ratio | goal | | usrsctp alone | beside ours | beside libdatachannel | beside usrsctp |");
    console.log("|---|---|---|---|---|---|---|---|---|---|");
}

/**
 * Prints a row and keeps it.
 * @param {string} what
 * @param {string} unit
 * @param {number[]} ours what each run gave
 * @param {number[]} theirs the same of the peer, empty: only ours
 * @param {any[]} [besideOurs] what was true
 * @param {any[]} [besideTheirs]
 * @param {{ goal?: Goal, usrsctp?: number[], besideUsrsctp?: object[] }} [more] goal, and usrsctp: what each run gave of it; both may be left out
 */
export function row(what, unit, ours, theirs, besideOurs = [], besideTheirs = [], more = {}) {
    const { goal, usrsctp = [], besideUsrsctp = [] } = more;
    const [a, b, c] = [ours, theirs, usrsctp].map((list) => (list.length > 0 ? median(list) : undefined));
    const verdict = goal === undefined ? "" : goal.met(a, b) ? "pass" : "short";
    const runs = { ours, theirs, usrsctp };
    const beside = { ours: besideOurs, theirs: besideTheirs, usrsctp: besideUsrsctp };
    figures.push({ what, unit, ours: a, theirs: b, usrsctp: c, ratio: b === undefined ? undefined : a / b, goal: goal?.text, verdict, runs, beside });
    const with_ = (x) => (x === undefined ? "" : `${number(x)} ${unit}`.trim());
    const ratio = b === undefined ? "" : number(a / b);
    console.log(`| ${[what, with_(a), with_(b), ratio, goal?.text ?? "", verdict, with_(c), told(besideOurs), told(besideTheirs), told(besideUsrsctp)].join(" | ")} |`);
}

/** All rows so far, with each run's value. */
export function save(file, about) {
    writeFileSync(file, `${JSON.stringify({ ...about, figures }, null, 4)}\n`);
}
