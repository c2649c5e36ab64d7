// What every bench begins with: its options, what must be there, what it builds. A bench that cannot measure what it says
// ends with one line and exit code 2, before it has printed a figure.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const name = basename(process.argv[1] ?? "", ".mjs");

/** Ends the bench with one line. @param {string} why @param {string} advice @returns {never} */
export function missing(why, advice) {
    console.error(`${name}: ${why}: ${advice}`);
    process.exit(2);
}

/**
 * The options of the command line: of parseArgs, with `--build FOLDER` and `--brief`, which takes a second or so and
 * replaces defaults by shorter ones. Words without dashes are allowed when `words` is.
 * @param {Record<string, string>} defaults of options with a value
 * @param {Record<string, string>} brief those that --brief changes
 * @param {{ flags?: readonly string[], words?: boolean, build?: string }} [more] options without a value; the build's default
 * @returns {{ values: Record<string, any>, words: string[], brief: boolean, build: string }}
 */
export function begin(defaults, brief, { flags = [], words = false, build = "build/linux" } = {}) {
    const options = /** @type {Record<string, { type: "string" | "boolean" }>} */ ({ brief: { type: "boolean" }, build: { type: "string" }, json: { type: "string" } });
    for (const key of Object.keys(defaults)) options[key] = { type: "string" };
    for (const key of flags) options[key] = { type: "boolean" };
    let parsed;
    try {
        parsed = parseArgs({ options, allowPositionals: words });
    } catch (error) {
        missing(error instanceof Error ? error.message : String(error), `see the head of bench/${name}.mjs`);
    }
    const short = parsed.values["brief"] === true;
    const values = { ...defaults, ...(short ? brief : {}), ...parsed.values };
    return { values, words: parsed.positionals, brief: short, build: String(parsed.values["build"] ?? build) };
}

/**
 * Builds targets. A folder `build/VARIANT` is configured first where it must be; another one is taken as it is.
 * @param {string} build
 * @param {readonly string[]} targets
 * @param {{ coresOnly?: boolean }} [how]
 */
export function make(build, targets, how = {}) {
    const variant = /^(?:\.\/)?build\/(\w+)\/?$/.exec(build)?.[1];
    const known = variant !== undefined && ["linux", "debug", "release", "m32", "board32", "san"].includes(variant);
    if (!known && build !== "build/board32-engine" && !existsSync(join(build, "build.ninja"))) missing(`${build} is no build folder`, "name another one with --build");
    const argv = /^(?:\.\/)?build\/board32-engine\/?$/.test(build)
        ? [process.execPath, fileURLToPath(new URL("make.mjs", import.meta.url)), "board32-engine", "all", ...targets]
        : known
        ? [process.execPath, fileURLToPath(new URL("make.mjs", import.meta.url)), variant, how.coresOnly ? "cores" : "all", ...targets]
        : ["cmake", "--build", build, "--target", ...targets];
    const [program = "", ...rest] = argv;
    const made = spawnSync(program, rest, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8", maxBuffer: 1 << 28 });
    if (made.status !== 0) {
        console.error(`${made.stdout}${made.stderr}`.trimEnd());
        missing(`${build}: ${targets.join(" ")} did not compile`, "the compiler's lines are above");
    }
}

/** A file must be there. @param {string} file @param {string} advice what brings it @returns {string} */
export function needFile(file, advice) {
    if (!existsSync(file)) missing(`${file} is not there`, advice);
    return file;
}

/** A program must be there. @param {string} program its name, or a path @param {string} advice what brings it @returns {string} its path */
export function needProgram(program, advice) {
    const places = program.includes("/") ? [program] : (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, program));
    const found = places.find((file) => {
        try {
            accessSync(file, constants.X_OK);
            return true;
        } catch {
            return false;
        }
    });
    return found ?? missing(`${program} is not there`, advice);
}

/** Network namespaces need root. */
export function needRoot() {
    if (process.getuid?.() !== 0) missing("it makes network namespaces", "run it as root");
}

/** Packages of tier all. */
export const setupAll = "npm run setup all";
