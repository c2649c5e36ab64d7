// Numbers and names that C and TypeScript share are written twice; here they are compared.
import { readFileSync } from "node:fs";

const problems = [];

function compare(what, inC, inTypeScript) {
    if (inC.length === 0) problems.push(`${what}: nothing found in C`);
    const [left, right] = [JSON.stringify(inC), JSON.stringify(inTypeScript)];
    if (left !== right) problems.push(`${what} differ:\n  C          ${left}\n  TypeScript ${right}`);
}

// The desired list: its writer in TypeScript places fields as a C compiler does, and the sizes show whether it does.
const desired = readFileSync("native/script/oc_desired_record.h", "utf8");
const sizes = [...desired.matchAll(/sizeof\(oc_desired_(head|entry)_t\) == (\d\d+)/g)].map(([, name, bytes]) => [name, bytes]);
const written = /desiredSizes = Object\.freeze\(\{ (.*) \}\)/.exec(readFileSync("native/script/desired.ts", "utf8"))?.[1] ?? "";
compare("sizes of the desired list", sizes, [...written.matchAll(/(\w+): (\d+)/g)].map(([, name, bytes]) => [name, bytes]));

for (const problem of problems) console.error(problem);
console.log(`constants: ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
