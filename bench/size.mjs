// Memory per object: a table for docs/memory.md. Code and stacks: footprint.mjs.
//   node bench/size.mjs BUILD [BUILD32]      e.g. build/linux build/m32
import { execFileSync } from "node:child_process";

const builds = process.argv.slice(2);
if (builds.length === 0) {
    console.error("usage: node bench/size.mjs BUILD [BUILD32]");
    process.exit(2);
}
const objects = new Map();
const note = (map, name, value) => map.set(name, [...(map.get(name) ?? []), value]);
for (const build of builds) {
    execFileSync("cmake", ["--build", build, "--target", "sizes"], { stdio: ["ignore", "ignore", "inherit"] });
    for (const line of execFileSync(`${build}/bench/sizes`, { encoding: "utf8" }).trim().split("\n")) {
        const [name = "", bytes] = line.split(" ");
        note(objects, name, Number(bytes));
    }
}
console.log(`| object | ${builds.map((b) => `bytes, ${b}`).join(" | ")} |\n|---|${builds.map(() => "---|").join("")}`);
for (const [name, values] of objects) console.log(`| ${name} | ${values.map((v) => v.toLocaleString("en")).join(" | ")} |`);
