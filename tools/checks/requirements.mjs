// Every row of docs/requirements.md that is done has a test that names its id; no test names an unknown id.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const rows = new Map();
for (const line of readFileSync("docs/requirements.md", "utf8").split("\n")) {
    const match = /^\| ([A-Z]\d+) \| ([a-z]*) \|/.exec(line);
    if (match) rows.set(match[1], match[2]);
}

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "tests"], {
    encoding: "utf8",
}).split("\n");
const tests = new Map();
for (const file of files.filter((name) => /\.(c|h|ts|mjs)$/.test(name))) {
    for (const match of readFileSync(file, "utf8").matchAll(/\[([A-EO]\d{1,2})\]/g)) {
        tests.set(match[1], (tests.get(match[1]) ?? new Set()).add(file));
    }
}

const problems = [];
if (rows.size === 0) problems.push("docs/requirements.md: no rows found");
for (const [id, state] of rows) {
    if (!["done", "part", "planned"].includes(state)) problems.push(`docs/requirements.md: ${id}: state "${state}"`);
    if (state !== "planned" && !tests.has(id)) problems.push(`docs/requirements.md: ${id} is ${state}, but no test names [${id}]`);
}
for (const [id, where] of tests) {
    if (!rows.has(id)) problems.push(`${[...where].join(", ")}: [${id}] is no row of docs/requirements.md`);
}

for (const problem of problems) console.error(problem);
const proved = [...rows].filter(([id, state]) => state !== "planned" && tests.has(id)).length;
console.log(`requirements: ${rows.size} rows, ${proved} done or in part and named by tests`);
process.exit(problems.length > 0 ? 1 : 0);
