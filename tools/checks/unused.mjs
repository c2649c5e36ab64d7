// Every function and variable of native/ and hosts/ serves a program, and every macro is named somewhere. Served means: it is reached from a function that others call by its
// name (main, natives of scripts, callbacks of the engine and of libraries: all that have no prefix oc_) through the code of
// native/, hosts/ and tools/. Code that only tests, benches or fuzzers need belongs to them.
// What stays all the same is in `observers`, with its reason.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Functions that no program calls, and why they stay. The list only shrinks. @type {Map<string, string>} */
const observers = new Map(
    Object.entries({
        oc_capture_esp_stats: 'counters of the camera, for a board',
        oc_esp_clock_synced: 'SNTP calls it once the firmware has Wi-Fi',
        oc_ff_tap_lost: 'packets that a slow substream lost',
        oc_ice_is_controlling: 'role after a conflict',
        oc_machine_xs: 'the engine of a machine',
        oc_mailbox_parcel_bytes: 'memory that messages hold',
        oc_mdns_socket_pending: 'queries under way',
        oc_media_task_stop: 'ends a task that a board never ends',
        oc_slots_esp_io: 'slots of an update in flash: no board is updated yet',
        oc_push_packet: 'a packet in one call, for senders in the same process (docs/push-protocol.md)',
        oc_sctp_blocks: 'blocks of the pool in use',
        oc_sctp_shutdown: 'an association that our side ends',
        oc_sctp_assoc_shutdown: 'the same',
        oc_viewers_stream_bytes: 'memory that a stream costs',
        oc_viewers_view_bytes: 'memory that a session costs',
    }),
);

/**
 * A top-level piece of a C file.
 * @typedef {object} Piece
 * @property {string} name the function, variable or macro; '' where it has none
 * @property {'function' | 'variable' | 'macro' | 'type'} kind
 * @property {string} file
 * @property {number} line
 * @property {number} lines
 * @property {boolean} own static: known in its file only
 * @property {Set<string>} uses identifiers in it
 */

/** Blanks comments and what strings hold; the lines stay. @param {string} text */
function withoutText(text) {
    const pattern = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
    // a string that is one name may be looked up by it (dlsym)
    return text.replace(pattern, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : /^"oc_\w+"$/.test(found) ? found : '""'));
}

/** @param {string} text */
const identifiers = (text) => text.match(/[A-Za-z_]\w*/g) ?? [];

/**
 * Name and kind of a piece; undefined for one that nothing can reach and that reaches nothing: a declaration of a function.
 * @param {string} text
 * @returns {{ name: string, kind: Piece['kind'] } | undefined}
 */
function nameOf(text) {
    const macro = /^#\s*define\s+(\w+)/.exec(text);
    if (macro) return { name: macro[1] ?? '', kind: 'macro' };
    if (text.startsWith('#')) return { name: '', kind: 'type' };
    const flat = text.replace(/__attribute__\s*\(\(.*?\)\)/gs, ' ');
    const body = /^[A-Za-z_][\w\s*]*?\b(\w+)\s*\(([^;{}=]*)\)\s*\{/.exec(flat);
    if (body) return { name: body[1] ?? '', kind: 'function' };
    if (/^(?:typedef|_Static_assert)\b/.test(flat)) return { name: '', kind: 'type' };
    const variable = /^[A-Za-z_][\w\s*]*?\b(\w+)\s*(?:\[[^=;]*\]\s*)?(?:=|;|\{$)/.exec(flat);
    const table = /^[^=;(]*?(?:\{[^}]*\}\s*)?\*?\b(\w+)\s*(?:\[[^=;]*\]\s*)?=/.exec(flat);
    if (/^(?:struct|enum|union)\s+\w*\s*\{/.test(flat) || /^(?:struct|enum|union)\b[^=(]*;?\s*$/.test(flat)) return { name: '', kind: 'type' };
    if (table) return { name: table[1] ?? '', kind: 'variable' };
    if (/^[A-Za-z_][^={]*\([^{]*\)\s*;\s*$/.test(flat) && !/\(\s*\*/.test(flat.split(')')[0] ?? '')) return undefined;
    if (variable && !/\(/.test(flat)) return { name: variable[1] ?? '', kind: /^extern\b/.test(flat) ? 'type' : 'variable' };
    return { name: '', kind: 'type' };
}

/**
 * @param {string} file
 * @param {string} source as clang-format writes it: a top-level piece begins in the first column
 * @returns {Piece[]}
 */
export function piecesOf(file, source) {
    /** @type {Piece[]} */
    const pieces = [];
    /** @type {string[]} */
    let open = [];
    const lines = withoutText(source).split('\n');
    let begin = 0;
    let depth = 0;
    const close = (/** @type {number} */ end) => {
        const text = open.join('\n').trim();
        const named = text === '' ? undefined : nameOf(text);
        open = [];
        depth = 0;
        if (!named) return;
        const own = /^(?:static|#)/.test(text) && !file.endsWith('.h');
        pieces.push({ ...named, file, line: begin + 1, lines: end - begin + 1, own, uses: new Set(identifiers(text)) });
    };
    lines.forEach((line, index) => {
        const text = open[0] ?? '';
        if (open.length === 0 && line.trim() === '') return;
        if (/^#/.test(line) && !text.startsWith('#') && open.length > 0) {
            // a condition inside of a piece: its own words count for that
            open.push(line.slice(1));
            return;
        }
        if (open.length === 0) begin = index;
        open.push(line);
        if (/^#/.test(text || line)) {
            if (!line.endsWith('\\')) close(index);
        } else {
            depth += (line.match(/\{/g)?.length ?? 0) - (line.match(/\}/g)?.length ?? 0);
            if (/^\}.*[;}]$/.test(line) || (depth === 0 && /[;}]\s*$/.test(line))) close(index);
        }
    });
    if (open.length > 0) close(lines.length - 1);
    return pieces;
}

/**
 * @param {readonly Piece[]} pieces
 * @param {(piece: Piece) => boolean} isRoot what is used without a word in these pieces
 * @returns {Set<Piece>}
 */
export function reached(pieces, isRoot) {
    /** @type {Map<string, Piece[]>} */
    const byName = new Map();
    for (const piece of pieces) if (piece.name) byName.set(piece.name, [...(byName.get(piece.name) ?? []), piece]);
    const live = new Set(pieces.filter(isRoot));
    for (const piece of live)
        for (const name of piece.uses)
            for (const next of byName.get(name) ?? []) if (next !== piece && (!next.own || next.file === piece.file)) live.add(next);
    return live;
}

/** Others call it by its name: main, natives of scripts, what the engine and libraries expect. @param {Piece} piece */
export const isEntry = ({ name, kind, own }) =>
    kind === 'type' || (kind === 'function' && !own && !name.startsWith('oc_')) || (kind === 'macro' && !own && !/^OC_/.test(name));

/**
 * @param {Map<string, string>} programs C files of native/, hosts/ and tools/ by path
 * @param {readonly string[]} others texts of tests and benches
 * @param {ReadonlyMap<string, string>} allowed
 * @returns {string[]} problems
 */
export function check(programs, others, allowed = observers) {
    const pieces = [...programs].flatMap(([file, text]) => piecesOf(file, text));
    const live = reached(pieces, (piece) => isEntry(piece) || allowed.has(piece.name));
    const served = reached(pieces, isEntry);
    const named = new Set(others.flatMap((text) => identifiers(withoutText(text))));
    const problems = [];
    for (const piece of pieces) {
        const { name, kind, file, line, lines } = piece;
        if (live.has(piece) || !/^(?:native|hosts)\//.test(file)) continue;
        if (kind === 'macro' && (named.has(name) || !/^[A-Z]/.test(name) || /^_|^OPENSSL_/.test(name))) continue;
        const who = named.has(name) ? 'only tests and benches use it: move it to them, or remove both' : 'nothing uses it: remove it';
        problems.push(`${file}:${line}: ${name} (${lines} lines): ${who}`);
    }
    for (const name of allowed.keys()) {
        const own = pieces.filter((piece) => piece.name === name);
        if (own.length === 0 || own.some((piece) => served.has(piece)))
            problems.push(`tools/checks/unused.mjs: ${name} is ${own.length ? 'in use' : 'gone'}: take it off the list`);
    }
    return problems;
}

/** @param {...string} folders @returns {Map<string, string>} */
function sources(...folders) {
    const files = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard', '--', ...folders], { encoding: 'utf8' });
    const own = files.split('\0').filter((file) => /\.(?:c|h)$/.test(file) && existsSync(file));
    return new Map(own.map((file) => [file, readFileSync(file, 'utf8')]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    process.chdir(path.join(import.meta.dirname, '../..'));
    const problems = check(sources('native', 'hosts', 'tools'), [...sources('tests', 'bench').values()]);
    for (const problem of problems) console.error(problem);
    process.exitCode = problems.length ? 1 : 0;
}
