// Code size per core and memory per object: a table for docs/memory.md.
//   node bench/size.mjs BUILD [BUILD32]      e.g. build/linux build/m32
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const builds = process.argv.slice(2);
if (builds.length === 0) {
    console.error("usage: node bench/size.mjs BUILD [BUILD32]");
    process.exit(2);
}
const objects = new Map();
const cores = new Map();
const note = (map, name, value) => map.set(name, [...(map.get(name) ?? []), value]);
for (const build of builds) {
    execFileSync("cmake", ["--build", build, "--target", "sizes"], { stdio: ["ignore", "ignore", "inherit"] });
    for (const line of execFileSync(`${build}/bench/sizes`, { encoding: "utf8" }).trim().split("\n")) {
        const [name = "", bytes] = line.split(" ");
        note(objects, name, Number(bytes));
    }
    for (const room of ["base", "media", "capture", "ring", "out", "plane"]) {
        const library = `${build}/native/${room}/liboc_${room}.a`;
        if (!existsSync(library)) continue;
        const sums = [0, 0, 0];
        for (const line of execFileSync("size", [library], { encoding: "utf8" }).trim().split("\n").slice(1)) {
            line.trim().split(/\s+/).slice(0, 3).forEach((value, i) => { sums[i] += Number(value); });
        }
        note(cores, `native/${room}`, sums.join(" / "));
    }
}
console.log(`| object | ${builds.map((b) => `bytes, ${b}`).join(" | ")} |\n|---|${builds.map(() => "---|").join("")}`);
for (const [name, values] of objects) console.log(`| ${name} | ${values.map((v) => v.toLocaleString("en")).join(" | ")} |`);
console.log(`\n| core | ${builds.map((b) => `text / data / bss, ${b}`).join(" | ")} |\n|---|${builds.map(() => "---|").join("")}`);
for (const [name, values] of cores) console.log(`| ${name} | ${values.join(" | ")} |`);
