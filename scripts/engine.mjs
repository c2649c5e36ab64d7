// Fetches the XS engine's C sources: one npm package, pinned by version and SHA-512, unpacked into
// build/engine and mended (engine-patch.mjs). Nothing in it is run. Does nothing when that is done.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { patchEngine } from './engine-patch.mjs';

export const ENGINE = {
    name: '@agoric/xsnap',
    version: '0.15.0',
    integrity: 'sha512-ZBm4DZxbtfacxMHVVdJjZi0Y8zOxN77vpu1WwI5RWfPkaRh0aHkz/dVdTGKXalDNzWfz183lljKxlxl3/h0n+A==',
};

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

class EngineError extends Error {}

/** The `sha512-…` integrity string of a file, as npm writes it. @param {string} file */
export function integrityOf(file) {
    return `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
}

/** Throws one clear line when the tarball is not the pinned one. @param {string} file */
export function checkIntegrity(file, wanted = ENGINE.integrity) {
    const found = integrityOf(file);
    if (found !== wanted) throw new EngineError(`${file}: wrong hash ${found.slice(0, 22)}…, wanted ${wanted.slice(0, 22)}…`);
}

/** A registry that stumbles is asked again. */
const tries = 3;
const pauseMs = 3000;

/** Fetches the tarball into `folder`. @param {string} folder @returns {string} its path */
function pack(folder) {
    for (let left = tries - 1; ; left--) {
        try {
            execFileSync('npm', ['pack', '--prefer-offline', `${ENGINE.name}@${ENGINE.version}`], {
                cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'],
            });
            return join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'missing.tgz');
        } catch (caught) {
            const error = /** @type {NodeJS.ErrnoException & { stderr?: string }} */ (caught);
            if (error.code === 'ENOENT') throw new EngineError('npm is not installed');
            const text = `${error.stderr ?? ''}${error.message}`;
            const code = /npm (?:error|ERR!) code (\w+)/.exec(text)?.[1] ?? 'no answer';
            if (left === 0) throw new EngineError(`npm could not fetch ${ENGINE.name}@${ENGINE.version} (${code}); is this machine online?`);
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
        }
    }
}

/** Makes `folder` hold the mended engine; returns the folder of the XS sources. */
export function fetchEngine(folder = join(root, 'build', 'engine')) {
    const sources = unpackEngine(folder);
    patchEngine(sources);
    return sources;
}

/** @param {string} folder */
function unpackEngine(folder) {
    const stamp = join(folder, 'INTEGRITY');
    const sources = join(folder, 'package', 'moddable', 'xs');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === ENGINE.integrity && existsSync(sources)) return sources;
    mkdirSync(folder, { recursive: true });
    const work = mkdtempSync(join(folder, 'fetch-'));
    try {
        const tarball = pack(work);
        checkIntegrity(tarball);
        execFileSync('tar', ['xzf', tarball, '-C', work]);
        rmSync(join(folder, 'package'), { recursive: true, force: true });
        renameSync(join(work, 'package'), join(folder, 'package'));
        writeFileSync(stamp, ENGINE.integrity);
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
    return sources;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    try {
        fetchEngine(process.argv[2]);
    } catch (error) {
        console.error(`engine: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(1);
    }
}
