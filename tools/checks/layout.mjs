// The rules of the tree that a compiler does not see: which room may include what, unique base names, sizes, what is at the top.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean);
const problems = [];
const base = (file) => file.split("/").at(-1);
const product = (file) => /^(native|hosts)\//.test(file);

// What a program left at the top is no part of the project.
const top = `.ci .clang-format .gitignore .npmrc ARCHITECTURE.md CHANGELOG.md CMakeLists.txt CONTRIBUTING.md LICENSE NOTICE README.md
    README.zh-CN.md SECURITY.md assets ava.config.mjs bench biome.json cmake docs examples hosts manifest.json modules native package-lock.json
    package.json packaging protocol scripts tests tools tsconfig.json types viewer`.split(/\s+/);
for (const name of new Set(files.map((file) => file.split("/")[0]))) {
    if (!top.includes(name)) problems.push(`${name}: not expected at the top (tools/checks/layout.mjs)`);
}

// The SDK's build silently drops a second C file of the same base name.
const seen = new Map();
for (const file of files.filter((name) => product(name) && name.endsWith(".c"))) {
    const first = seen.get(base(file));
    if (first) problems.push(`${file}: same base name as ${first}`);
    seen.set(base(file), file);
}

const osHeaders =
    /#include\s*<(unistd|pthread|sys\/|fcntl|poll|signal|time|netinet|arpa|uv|libwebsockets|dirent|semaphore|freertos|esp_)/;
for (const file of files.filter((name) => /^native\/.*\.[ch]$/.test(name))) {
    const text = readFileSync(file, "utf8");
    if (!/(_xs\.c|oc_xs\.h)$/.test(file) && /#include\s*["<](xs|xsmc|xsHost|xsAll)\.h[">]/.test(text)) {
        problems.push(`${file}: a core includes an XS header`);
    }
    if (osHeaders.test(text)) problems.push(`${file}: a core includes an operating system header`);
    if (/\b(clock_gettime|gettimeofday|time\s*\(\s*NULL)/.test(text)) problems.push(`${file}: a core reads a clock`);
}
for (const file of files.filter((name) => /^hosts\/.*\.[ch]$/.test(name) && !/engine|hosts\/sdk\/oc_sdk_|hosts\/xs\/oc_machine_report|_xs\.c$|oc_xs\.h$/.test(name))) {
    if (/#include\s*["<]xs(mc|All|Host)?\.h[">]/.test(readFileSync(file, "utf8"))) {
        problems.push(`${file}: only glue (*_xs.c), oc_xs.h and the engines of hosts/ include XS headers`);
    }
}

// modules/ imports bindings, standard modules and itself; never a host.
for (const file of files.filter((name) => /^modules\/.*\.ts$/.test(name))) {
    const text = readFileSync(file, "utf8");
    for (const match of text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
        if (/hosts\//.test(match[1])) problems.push(`${file}: imports ${match[1]}`);
    }
    if (/\bnative\s*[<(]/.test(text)) problems.push(`${file}: native() belongs into bindings`);
}

// One idea per file: more than this is split. A private header has what the files of a module share, so it may be longer.
// a catalogue of texts has a line for each of them, and nothing to split
const limit = (/** @type {string} */ file) =>
    file.startsWith("viewer/src/text/") ? 2000 : file.endsWith("_impl.h") ? 400 : file.endsWith(".h") ? 200 : 700;
for (const file of files.filter((name) => /^(native|hosts|modules|viewer\/src)\/.*\.(c|h|ts)$/.test(name))) {
    const text = readFileSync(file, "utf8");
    if (/^\/\*\*? Made by tools\//.test(text)) continue; // of a table, whose entries are the ideas
    const lines = text.split("\n").length - 1;
    if (lines > limit(file)) problems.push(`${file}: ${lines} lines, at most ${limit(file)}`);
}

for (const problem of problems) console.error(problem);
console.log(`layout: ${files.length} files, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
