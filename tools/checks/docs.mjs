// Every public declaration says what it is; every local link of a document leads somewhere,
// to a heading that is there.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brokenAnchors } from "./anchors.mjs";

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
    .split("\n")
    .filter((name) => name && existsSync(name));
const problems = [];

// C headers: a prototype or a type at the left margin needs a comment above it, or above the run of declarations
// (without a blank line) that it belongs to.
const declares = /^(typedef|extern|struct|enum|[a-z_][a-z0-9_ ]*[ *]oc_[a-z0-9_]+\()/;
/** A type counts as documented when its fields are. */
function bodyDocumented(lines, start) {
    if (!/^(typedef|struct|enum)\b.*\{$/.test(lines[start])) return false;
    const end = lines.findIndex((line, index) => index > start && line.startsWith("}"));
    return lines.slice(start, end).some((line) => line.includes("/*"));
}
for (const file of files.filter((name) => /^(native|hosts)\/.*\.h$/.test(name))) {
    const lines = readFileSync(file, "utf8").split("\n");
    if (!lines[0]?.startsWith("/*")) problems.push(`${file}:1: no purpose at the top`);
    let documented = false;
    let depth = 0;
    lines.forEach((line, index) => {
        if (line.trim() === "") documented = false;
        if (/\/\*/.test(line) || /\*\/\s*$/.test(line)) documented = true;
        if (depth === 0 && declares.test(line) && !documented && !bodyDocumented(lines, index)) {
            problems.push(`${file}:${index + 1}: undocumented: ${line}`);
        }
        for (const c of line) depth += c === "{" ? 1 : c === "}" ? -1 : 0;
        // fields with their own comments must not excuse what follows the closing brace
        if (depth === 0 && /^}/.test(line)) documented = true;
    });
}

for (const file of files.filter((name) => /^(native|modules|viewer\/src|hosts)\/.*\.ts$/.test(name) && !name.endsWith(".d.ts"))) {
    const lines = readFileSync(file, "utf8").split("\n");
    lines.forEach((line, index) => {
        if (!/^export (default )?(abstract )?(async )?(class|function|interface|type|const|enum) /.test(line)) return;
        let above = index - 1;
        while (above >= 0 && /^(\/\/ biome-ignore|@)/.test(lines[above] ?? "")) above--;
        const previous = (lines[above] ?? "").trim();
        if (!previous.endsWith("*/") && !previous.startsWith("//")) problems.push(`${file}:${index + 1}: undocumented: ${line}`);
    });
}

for (const file of files.filter((name) => name.endsWith(".md"))) {
    const text = readFileSync(file, "utf8").replace(/```[\s\S]*?```/g, "");
    for (const match of text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)) {
        const target = match[1] ?? "";
        if (/^[a-z]+:/.test(target)) continue;
        if (!existsSync(join(dirname(file), target))) problems.push(`${file}: link to ${target}, which does not exist`);
    }
}

problems.push(...brokenAnchors(Object.fromEntries(files.filter((name) => name.endsWith(".md")).map((name) => [name, readFileSync(name, "utf8")]))));

// A decision is cited by its number, and is a line of the index.
const numbers = new Map();
const index = readFileSync("docs/adr/README.md", "utf8").split("\n");
for (const file of files.filter((name) => /^docs\/adr\/\d{4}-.*\.md$/.test(name))) {
    const number = file.slice(9, 13);
    if (numbers.has(number)) problems.push(`${file}: ${numbers.get(number)} has the same number`);
    numbers.set(number, file);
    const [title = ""] = readFileSync(file, "utf8").split("\n");
    if (!title.startsWith(`# ${Number(number)}. `)) problems.push(`${file}: its title has another number`);
    const line = `* ${title.slice(2).replace(". ", " [")}](${file.slice(9)})`;
    if (index.filter((one) => one === line).length !== 1) problems.push(`docs/adr/README.md: not once: ${line}`);
}

for (const problem of problems) console.error(problem);
console.log(`docs: ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
