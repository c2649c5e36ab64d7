// Numbers and names that C and TypeScript share are written twice; here they are compared.
import { readFileSync } from "node:fs";

const problems = [];

function compare(what, inC, inTypeScript) {
    if (inC.length === 0) problems.push(`${what}: nothing found in C`);
    const [left, right] = [JSON.stringify(inC), JSON.stringify(inTypeScript)];
    if (left !== right) problems.push(`${what} differ:\n  C          ${left}\n  TypeScript ${right}`);
}

// The glue reads options by name: a field of them that no glue reads, or the other way round, is a mistake. Fields that
// settings fill are generated on both sides (tools/settings).
const glue = readFileSync("native/script/oc_plane_xs.c", "utf8");
const links = readFileSync("native/script/plane.ts", "utf8");
for (const [type, symbol] of [["ChannelOptions", "channel_config"], ["RecordOptions", "record_config"]]) {
    const record = new RegExp(`interface ${type}[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(links)?.[1] ?? "";
    const body = new RegExp(`${symbol}\\(xsMachine \\*the[^)]*\\) \\{([\\s\\S]*?)\\n\\}`).exec(glue)?.[1] ?? "";
    const declared = [...record.matchAll(/readonly (\w+):/g)].map(([, name]) => name);
    if (declared.length === 0) problems.push(`${type}: no fields found`);
    compare(`fields of ${type}`, [...body.matchAll(/xsID\("(\w+)"\)/g)].map(([, name]) => name), declared);
}

for (const problem of problems) console.error(problem);
console.log(`constants: ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
