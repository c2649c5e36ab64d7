// Numbers and names that C and TypeScript share are written twice; here they are compared.
import { readFileSync } from "node:fs";
import { apiLevel, capabilities, needsBytes, parseCapabilities } from "../bundle/needs.mjs";

const c = (path) => readFileSync(path, "utf8").replace(/\\\n/g, "\n");
const problems = [];

/** `X(NAME, number` and `X(name)` entries of an X-macro. */
function macro(text, name) {
    const start = text.indexOf(`#define ${name}(X)`);
    if (start < 0) throw new Error(`no macro ${name}`);
    const end = text.slice(start).search(/\n\s*\n/);
    const body = text.slice(start, start + end).replace(/\/\*[\s\S]*?\*\//g, "");
    return [...body.slice(body.indexOf("(X)") + 3).matchAll(/\bX\(\s*(\w+)\s*(?:,\s*(-?\d+))?/g)].map(([, key, value]) => [key, value]);
}

/** Enumerators PREFIX_NAME of `enum` up to `}`, in order. */
function enumerators(text, prefix, from) {
    const start = text.indexOf(from);
    if (start < 0) throw new Error(`no ${from}`);
    const body = text.slice(start, text.indexOf("}", start)).replace(/\/\*[\s\S]*?\*\//g, "");
    return [...body.matchAll(new RegExp(`\\b${prefix}_(\\w+)`, "g"))].map(([, name]) => name.toLowerCase());
}

function define(text, name) {
    const value = new RegExp(`#define ${name}\\s+(.+?)(?:/\\*|\\n)`).exec(text)?.[1];
    if (value === undefined) throw new Error(`no ${name}`);
    return value.trim();
}

/** The literal of `export const name = … as const`, or a plain literal. */
function literal(text, name) {
    const value = new RegExp(`export const ${name} = ([\\s\\S]*?)(?: as const)?;`).exec(text)?.[1];
    if (value === undefined) throw new Error(`no constant ${name}`);
    return value;
}
const keys = (text, name) => [...literal(text, name).matchAll(/(\w+): (-?\d+)/g)].map(([, key, value]) => [key, value]);
const words = (text, name) => [...literal(text, name).matchAll(/'([^']+)'/g)].map(([, word]) => word);

function compare(what, inC, inTypeScript) {
    if (inC.length === 0) problems.push(`${what}: nothing found in C`);
    const [left, right] = [JSON.stringify(inC), JSON.stringify(inTypeScript)];
    if (left !== right) problems.push(`${what} differ:\n  C          ${left}\n  TypeScript ${right}`);
}

const command = c("native/script/oc_command.h");
const row = c("native/script/oc_stream_row.h");
const ts = readFileSync("native/script/command.ts", "utf8");
const tsHost = readFileSync("native/script/host.ts", "utf8");

compare("commands", macro(command, "OC_COMMAND_MAP"), keys(ts, "commands"));
compare("fields of a stream's row", macro(row, "OC_STREAM_ROW_MAP").map(([name]) => name), words(ts, "rowFields"));
compare("name of a channel that is tried", [define(c("native/plane/oc_plane.h"), "OC_CHANNEL_TEST").slice(1, -1)], [literal(ts, "testChannel").slice(1, -1)]);
compare("a full disk", [define(c("hosts/posix/http/oc_health.h"), "OC_HEALTH_FREE_MIN")], [`(${literal(readFileSync("modules/record/disk-state.ts", "utf8"), "freeMin")})`]);
const causes = [...c("native/base/oc_loss.h").matchAll(/X\((\w+), "([^"]+)"\)/g)];
compare("causes of losses", causes.map(([, , name]) => name), words(ts, "lossCauses"));
compare("words of losses", causes.map(([, id]) => `lost_${id.toLowerCase()}`), words(ts, "rowFields").filter((name) => name.startsWith("lost_") && name !== "lost_gops"));
compare("states of a stream", enumerators(row, "OC_STREAM", "typedef enum oc_stream_state"), words(ts, "channelStates"));
compare("streams", enumerators(command, "OC_STREAM", "typedef enum oc_stream_kind").map((name, index) => [name, String(index)]), keys(ts, "streams"));
compare("codecs", enumerators(c("native/media/oc_packet.h"), "OC_CODEC", "typedef enum oc_codec"), words(ts, "codecs"));
compare("reasons of privacy mode", enumerators(command, "OC_PRIVACY", "typedef enum oc_privacy"), words(ts, "privacyReasons"));
compare("log levels", enumerators(c("native/base/oc_log.h"), "OC_LOG", "typedef enum oc_log_level"), words(tsHost, "logLevels"));
compare("objects", ["EVENTS", "HTTP", "CHANNEL"].map((name) => [name.toLowerCase(), define(command, `OC_OBJECT_${name}`)]), keys(ts, "objects"));

// Viewers.
const p2p = c("native/script/oc_p2p_command.h");
const numbered = (names) => names.map((name, index) => [name, String(index)]);
compare("object of viewers", [define(command, "OC_OBJECT_P2P")], ["(OC_OBJECT_CHANNEL + OC_CHANNELS_MAX)"]); // as mail.ts reckons
compare("object of updates", [define(command, "OC_OBJECT_UPDATE")], ["(OC_OBJECT_P2P + 1)"]); // as plane.ts reckons
compare("layers of viewers", numbered(enumerators(p2p, "OC_P2P", "typedef enum oc_p2p_owner")), keys(ts, "p2pOwners"));
compare("kinds of views", enumerators(p2p, "OC_VIEW", "typedef enum oc_view_kind"), words(ts, "viewKinds"));
compare("states of viewers", enumerators(p2p, "OC_SESSION", "typedef enum oc_session_state"), words(ts, "sessionStates"));
compare("states of views", enumerators(p2p, "OC_VIEW", "typedef enum oc_view_state"), words(ts, "viewStates"));
compare("codecs of talkers", enumerators(c("native/talk/oc_talk.h"), "OC_TALK", "typedef enum oc_talk_codec"), words(ts, "talkCodecs"));
compare("orders of playback", numbered(enumerators(p2p, "OC_PLAY", "typedef enum oc_play_op")), keys(ts, "playOps"));
compare("fields of a viewer's row", macro(p2p, "OC_SESSION_ROW_MAP").map(([name]) => name), words(ts, "sessionFields"));
compare("fields of a view's row", macro(p2p, "OC_VIEW_ROW_MAP").map(([name]) => name), words(ts, "viewFields"));
compare("views of a viewer", [define(p2p, "OC_SESSION_VIEWS")], [literal(ts, "sessionViews")]);
compare("largest id in an offer", [define(p2p, "OC_P2P_OPEN_ID")], [literal(ts, "openIdMax")]);
const held = [...p2p.matchAll(/OC_VIEW_HELD_(\w+) = (\d)/g)].map(([, name, bit]) => [name, bit]);
compare("reasons why live is held", held, [["HIGH", "1"], ["REPORT", "2"]]); // as p2p-rows.ts reads them

// Capabilities: names and bits of the archive's format, and what the application of this repository declares.
const capability = c("native/base/oc_capability.h");
const bits = [...capability.matchAll(/OC_CAPABILITY_(\w+) = (\d+)/g)].map(([, name, bit]) => [name.toLowerCase(), bit]);
compare("capabilities", bits, Object.entries(capabilities).map(([name, bit]) => [name, String(bit)]));
compare("names of capabilities", [...c("native/base/oc_capability.c").matchAll(/\{OC_CAPABILITY_(\w+),\s*"(\w+)"\}/g)].map(([, id, name]) => [id.toLowerCase(), name]), bits.map(([name]) => [name, name]));
compare("all capabilities", [define(capability, "OC_CAPABILITIES_ALL")], [`${parseCapabilities("all")}u`]);
compare("level of the host's API", [define(capability, "OC_API_LEVEL")], [`${apiLevel}u`]);
compare("modules/ocellus.needs", [readFileSync("modules/ocellus.needs", "hex")], [needsBytes(parseCapabilities("all")).toString("hex")]);

// The glue reads options by name: a field of them that no glue reads, or the other way round, is a mistake. Fields that
// settings fill are generated on both sides (tools/settings).
const link = readFileSync("native/script/link.ts", "utf8");
const glue = readFileSync("native/script/oc_plane_xs.c", "utf8") + readFileSync("native/p2p/oc_p2p_xs.c", "utf8");
const links = link + readFileSync("native/script/plane.ts", "utf8") + readFileSync("native/p2p/p2p-link.ts", "utf8");
for (const [type, symbol] of [["ChannelOptions", "channel_config"], ["RecordOptions", "record_config"],
    ["ListenRecord", "xs_plane_post_listen"], ["ListOptions", "xs_plane_post_list"], ["P2pOpenRecord", "xs_p2p_post_open"]]) {
    const record = new RegExp(`interface ${type}[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(links)?.[1] ?? "";
    const body = new RegExp(`${symbol}\\(xsMachine \\*the[^)]*\\) \\{([\\s\\S]*?)\\n\\}`).exec(glue)?.[1] ?? "";
    const declared = [...record.matchAll(/readonly (\w+):/g)].map(([, name]) => name);
    if (declared.length === 0) problems.push(`${type}: no fields found`);
    compare(`fields of ${type}`, [...body.matchAll(/xsID\("(\w+)"\)/g)].map(([, name]) => name), declared);
}

for (const problem of problems) console.error(problem);
console.log(`constants: ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
