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

/** The head of the table. */
export function head() {
    console.log("| figure | Ocellus | libdatachannel | ratio | beside ours | beside the peer |\n|---|---|---|---|---|---|");
}

/**
 * Prints a row and keeps it.
 * @param ours what each run gave; @param theirs the same of the peer, empty: only ours
 */
export function row(what, unit, ours, theirs, besideOurs = [], besideTheirs = []) {
    const [a, b] = [median(ours), theirs.length > 0 ? median(theirs) : undefined];
    figures.push({ what, unit, ours: a, theirs: b, ratio: b === undefined ? undefined : a / b, runs: { ours, theirs }, beside: { ours: besideOurs, theirs: besideTheirs } });
    const with_ = (x) => (x === undefined ? "" : `${number(x)} ${unit}`.trim());
    console.log(`| ${what} | ${with_(a)} | ${with_(b)} | ${b === undefined ? "" : number(a / b)} | ${told(besideOurs)} | ${told(besideTheirs)} |`);
}

/** All rows so far, with each run's value. */
export function save(file, about) {
    writeFileSync(file, `${JSON.stringify({ ...about, figures }, null, 4)}\n`);
}
