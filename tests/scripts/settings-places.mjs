// Where each setting lives: the files that name it, found by what TypeScript knows of the table, and by words.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { root } from '../../scripts/lib.mjs';

export const table = 'modules/config/settings-table.ts';
/** The table, and parts of it that have a file of their own: under which key. */
const tables = /** @type {const} */ ([
    [table, ''],
    ['modules/config/cloud-settings.ts', 'cloud'],
    ['modules/config/snapshot-settings.ts', 'snapshots'],
]);
/** Files of the table. @type {readonly string[]} */
export const tableFiles = tables.map(([file]) => file);
const rooms = ['modules', 'native', 'hosts', 'viewer', 'tools', 'scripts'];

const { default: getExePath } = await import(path.join(root, 'node_modules/typescript/lib/getExePath.js'));

/** TypeScript's language server. */
class Server {
    #process = spawn(getExePath(), ['--lsp', '--stdio'], { cwd: root, stdio: ['pipe', 'pipe', 'ignore'] });
    #bytes = Buffer.alloc(0);
    /** @type {Map<number, (result: any) => void>} */
    #waiting = new Map();

    constructor() {
        this.#process.once('exit', () => {
            for (const done of this.#waiting.values()) done(undefined);
        });
        this.#process.stdout.on('data', (bytes) => {
            this.#bytes = Buffer.concat([this.#bytes, bytes]);
            while (this.#take());
        });
    }

    /** One message, when it is complete. */
    #take() {
        const head = this.#bytes.indexOf('\r\n\r\n');
        const end = head + 4 + Number(/Content-Length: (\d+)/i.exec(this.#bytes.subarray(0, Math.max(head, 0)).toString())?.[1]);
        if (head < 0 || this.#bytes.length < end) return false;
        const { id, method, result } = JSON.parse(this.#bytes.subarray(head + 4, end).toString());
        this.#bytes = this.#bytes.subarray(end);
        if (method !== undefined && id !== undefined) this.send({ id, result: method === 'workspace/configuration' ? [{}] : null });
        else if (id !== undefined) this.#waiting.get(id)?.(result);
        return true;
    }

    /** @param {object} message */
    send(message) {
        const text = JSON.stringify({ jsonrpc: '2.0', ...message });
        this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    }

    /** @param {string} method @param {object} params @returns {Promise<any>} */
    request(method, params) {
        const id = this.#waiting.size + 1;
        return new Promise((resolve) => {
            this.#waiting.set(id, resolve);
            this.send({ id, method, params });
        });
    }

    end() {
        this.#process.kill();
    }
}

/** @param {string} pattern @returns {string[]} files of the product, without those that are generated */
function named(pattern) {
    try {
        return execFileSync('git', ['grep', '--untracked', '-lwE', pattern, '--', ...rooms], { cwd: root, encoding: 'utf8' }).trim().split('\n');
    } catch {
        return [];
    }
}

/** The page and the tool of cloud storage have a store of their own, with the words of the settings. */
const apart = ['viewer/src/cloud/', 'tools/cloud/'];

/** @param {string} file */
const isWritten = (file) => !apart.some((folder) => file.startsWith(folder)) && rooms.includes(file.split('/')[0] ?? '') && !/made by tools\/settings/i.test(readFileSync(path.join(root, file), 'utf8').slice(0, 200));

/**
 * Files that name each setting, by its place ("http.login"): references of its key in TypeScript, the texts of its
 * field, and where TypeScript does not look its name as a word, when that word is nobody else's.
 * @returns {Promise<Map<string, string[]>>}
 */
export async function settingsPlaces() {
    const server = new Server();
    await server.request('initialize', { processId: process.pid, rootUri: pathToFileURL(root).href, capabilities: {} });
    server.send({ method: 'initialized', params: {} });
    const found = new Map();
    for (const [file, under] of tables) {
        await tablePlaces(server, file, under, found);
    }
    server.end();
    return found;
}

/** Those of one file. @param {Server} server @param {string} table @param {string} under @param {Map<string, string[]>} found */
async function tablePlaces(server, table, under, found) {
    const text = readFileSync(path.join(root, table), 'utf8');
    const uri = pathToFileURL(path.join(root, table)).href;
    server.send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'typescript', version: 1, text } } });
    const lines = text.split('\n');
    /** @type {string[]} */
    let at = [];
    for (const [line, content] of lines.entries()) {
        at = /^export const channelTable/.test(content) ? ['channels[]'] : /^export const \w+Table/.test(content) ? [under] : at;
        const [, indent = '', key = ''] = /^( {4,})(\w+): \{$/.exec(content) ?? [];
        if (at.length === 0 || key === '' || key === 'record' && !/^ +\w+: \{$/.test(lines[line + 1] ?? '')) continue;
        at = [...at.slice(0, indent.length / 4), key];
        if (!/^ +schema:/.test(lines[line + 1] ?? '')) continue;
        const body = lines.slice(line, lines.indexOf(`${indent}},`, line)).join('\n');
        const label = /page: '\w+ (set\.\w+)/.exec(body)?.[1];
        const option = /option: '([\w-]+)/.exec(body)?.[1];
        const own = [key, option].filter((word) => word !== undefined && /[A-Z-]/.test(word) && text.split(`${word}: {`).length <= 2);
        const references = await server.request('textDocument/references', { textDocument: { uri }, position: { line, character: indent.length }, context: { includeDeclaration: true } });
        if (references === undefined) throw new Error('the language server ended');
        const files = new Set([
            ...references.map((/** @type {{ uri: string }} */ one) => path.relative(root, fileURLToPath(one.uri))),
            ...(label === undefined ? [] : named(`'${label.replace('.', '\\.')}'`)),
            ...(own.length === 0 ? [] : named(own.join('|')).filter((file) => !file.endsWith('.ts') || file.startsWith('viewer/'))),
        ]);
        found.set(at.filter((part) => part !== '').join('.'), [...files].filter(isWritten).sort());
    }
}
