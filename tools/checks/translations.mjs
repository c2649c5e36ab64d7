// README.zh-CN.md says what README.md says: the same commands, the same parts in the same order, the same links.
import { readFileSync } from "node:fs";

const files = ["README.md", "README.zh-CN.md"];
const problems = [];

/** Commands of the fenced blocks, without what is said about them. @param {string} text @returns {string[]} */
const commands = (text) =>
    [...text.matchAll(/^```sh\n(.*?)^```/gms)]
        .flatMap(([, block]) => (block ?? "").split("\n"))
        .map((line) => line.replace(/\s+# .*$/, "").trimEnd())
        .filter(Boolean);

/** Headings, tables and lists, as their marks. @param {string} text @returns {string[]} */
const shape = (text) =>
    text
        .replace(/^```.*?^```/gms, "CODE")
        .split("\n")
        .map((line) => /^(?:#+ |\* |\| `[^`]+`|\||CODE)/.exec(line)?.[0].trim())
        .filter((mark) => mark !== undefined);

/** Where its links lead, each once. @param {string} text @returns {string[]} */
const links = (text) => [...new Set([...text.matchAll(/(?<!!)\]\(([^)]+)\)/g)].map(([, to]) => to ?? ""))].filter((to) => !files.includes(to) && !/\.png$/.test(to)).sort();

const [english, other] = files.map((file) => readFileSync(file, "utf8"));
for (const [what, of] of [
    ["command", commands],
    ["part", shape],
    ["link", links],
]) {
    const [wanted, found] = [of(english), of(other)];
    for (let n = 0; n < Math.max(wanted.length, found.length); n++) {
        if (wanted[n] !== found[n]) {
            problems.push(`${files[1]}: ${what} ${n + 1} is ${JSON.stringify(found[n] ?? "missing")}, in ${files[0]} ${JSON.stringify(wanted[n] ?? "nothing")}`);
            break; // what follows is shifted
        }
    }
    if (wanted.length === 0) problems.push(`${files[0]}: no ${what} was found`);
}
for (const file of files) {
    if (!files.filter((name) => name !== file).every((name) => readFileSync(file, "utf8").includes(`](${name})`))) problems.push(`${file}: no link to the other language`);
}

for (const problem of problems) console.error(problem);
console.log(`translations: ${commands(english).length} commands, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
