// Includes in native/ and hosts/ go one way: from a folder to those before it in `order`, and never in a circle between modules.
// A module is a .c file and its header, and the files that share a private header NAME_impl.h are one module. A folder holds at
// most 40 files, not counting those of its folders.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** From the lowest folder to the highest: each includes from those before it. */
const order = [
    'native/base',
    'native/motion',
    'native/talk',
    'native/media',
    'native/vod',
    'native/capture',
    'native/ring',
    'native/out',
    'native/keep',
    'native/script',
    'native/update',
    'native/plane',
    'native/p2p', // labels, and the glue of p2p.ts
    'native/p2p/base',
    'native/p2p/stun',
    'native/p2p/ice',
    'native/p2p/turn',
    'native/p2p/sdp',
    'native/p2p/dcep',
    'native/p2p/dtls',
    'native/p2p/cc',
    'native/p2p/sctp',
    'native/p2p/source',
    'native/p2p/play',
    'native/p2p/peer',
    'native/p2p/view',
    'hosts/loop', // what runs alike on every host
    'hosts/posix/sys',
    'hosts/posix/file',
    'hosts/posix/index',
    'hosts/posix/net',
    'hosts/posix/embedded',
    'hosts/posix/embedded/network/http',
    'hosts/posix/embedded/io/socket',
    'hosts/xs',
    'hosts/posix/embedded/storage',
    'hosts/xs/embedded',
    'hosts/linux/engine',
    'hosts/sdk',
    'hosts/posix/source',
    'hosts/posix/object',
    'hosts/posix/ffmpeg',
    'hosts/posix/ffmpeg/convert',
    'hosts/posix/ffmpeg/process',
    'hosts/posix/media',
    'hosts/posix/vod',
    'hosts/posix/access',
    'hosts/posix/http',
    'hosts/posix/pictures',
    'hosts/posix/speaker',
    'hosts/posix/p2p',
    'hosts/posix/script',
    'hosts/posix/update',
    'hosts/posix/transcode',
    'hosts/posix/program',
    'hosts/linux',
    'hosts/sim',
    'hosts/sim/headless',
    'hosts/esp32/sys',
    'hosts/esp32/media',
    'hosts/esp32/p2p',
    'hosts/esp32',
];

const filesPerFolder = 40;

/**
 * Groups of nodes that reach each other (Tarjan).
 * @param {Map<string, Set<string>>} graph node to the nodes that it needs
 * @returns {string[][]} only groups of two and more
 */
export function circles(graph) {
    /** @type {Map<string, { index: number, low: number, open: boolean }>} */
    const seen = new Map();
    /** @type {string[]} */
    const stack = [];
    /** @type {string[][]} */
    const found = [];
    /** @param {string} node */
    const visit = (node) => {
        const own = { index: seen.size, low: seen.size, open: true };
        seen.set(node, own);
        stack.push(node);
        for (const next of graph.get(node) ?? []) {
            const other = seen.get(next) ?? visit(next);
            if (other.open) own.low = Math.min(own.low, other.low);
        }
        if (own.low === own.index) {
            const group = stack.splice(stack.indexOf(node));
            for (const member of group) /** @type {{ open: boolean }} */ (seen.get(member)).open = false;
            if (group.length > 1) found.push(group.sort());
        }
        return own;
    };
    for (const node of graph.keys()) if (!seen.has(node)) visit(node);
    return found;
}

/**
 * @param {Map<string, string>} texts C files and headers by path
 * @returns {{ folders: Map<string, Map<string, string>>, modules: Map<string, Set<string>> }} folder to the folders that it
 *     includes from, each with one place; module (path without extension) to the modules that it includes
 */
export function graphs(texts) {
    const headers = new Map([...texts.keys()].filter((file) => file.endsWith('.h')).map((file) => [path.basename(file), file]));
    const includes = [...texts].map(([file, text]) => {
        const names = [...text.matchAll(/^#include "([^"]+)"/gm)].map(([, name = '']) => headers.get(path.basename(name)));
        return { file, targets: names.filter((target) => target !== undefined) };
    });
    /** Which private header a module shares: the module is known by its name. @type {Map<string, string>} */
    const shared = new Map();
    for (const { file, targets } of includes) {
        const own = targets.find((target) => target.endsWith('_impl.h') && path.dirname(target) === path.dirname(file));
        if (own !== undefined && file.endsWith('_impl.h')) shared.set(own.slice(0, -2), file.slice(0, -2));
        else if (own !== undefined) shared.set(file.slice(0, -2), own.slice(0, -2));
    }
    /** @param {string} file */
    const moduleOf = (file) => {
        let name = file.slice(0, -2);
        for (let next = shared.get(name); next !== undefined; next = shared.get(name)) name = next;
        return name;
    };
    /** @type {Map<string, Map<string, string>>} */
    const folders = new Map();
    /** @type {Map<string, Set<string>>} */
    const modules = new Map();
    for (const { file, targets } of includes) {
        const folder = path.dirname(file);
        const module = moduleOf(file);
        if (!folders.has(folder)) folders.set(folder, new Map());
        if (!modules.has(module)) modules.set(module, new Set());
        for (const target of targets) {
            if (moduleOf(target) !== module) modules.get(module)?.add(moduleOf(target));
            const to = path.dirname(target);
            if (to !== folder && !folders.get(folder)?.has(to)) folders.get(folder)?.set(to, `${file} includes ${target}`);
        }
    }
    return { folders, modules };
}

/**
 * @param {Map<string, string>} texts C files and headers by path
 * @param {readonly string[]} all every file
 * @param {readonly string[]} folderOrder
 * @returns {string[]} problems
 */
export function check(texts, all, folderOrder) {
    const problems = [];
    const { folders, modules } = graphs(texts);
    for (const [folder, targets] of folders) {
        const place = folderOrder.indexOf(folder);
        if (place < 0) problems.push(`${folder}: is not in the order of folders (tools/checks/includes.mjs); add it behind those that it includes from`);
        for (const [target, where] of targets) {
            const upwards = place >= 0 && folderOrder.indexOf(target) >= place;
            if (upwards) problems.push(`${where}: ${folder} comes before ${target}; move one of the files, or the declaration`);
        }
    }
    for (const group of circles(modules)) {
        problems.push(`${group.join(', ')}: include each other; move the common declarations into a header below both`);
    }
    /** @type {Map<string, number>} */
    const count = new Map();
    for (const file of all) count.set(path.dirname(file), (count.get(path.dirname(file)) ?? 0) + 1);
    for (const [folder, number] of count) {
        if (number > filesPerFolder) problems.push(`${folder}: ${number} files, at most ${filesPerFolder}; split it by idea`);
    }
    return problems;
}

/** @returns {number} exit status */
function main() {
    const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'native', 'hosts'], { encoding: 'utf8' })
        .split('\n')
        .filter((name) => name && existsSync(name));
    const sources = files.filter((name) => /\.[ch]$/.test(name));
    const problems = check(new Map(sources.map((name) => [name, readFileSync(name, 'utf8')])), files, order);
    for (const problem of problems) console.error(problem);
    console.log(`includes: ${sources.length} files, ${problems.length} problems`);
    return problems.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    process.exitCode = main();
}
