// Files of the tools: read with a limit, written whole or not at all.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Unable } from './words.mjs';

/** @param {unknown} error */
const codeOf = (error) => /** @type {NodeJS.ErrnoException} */ (error).code ?? String(error);

/** @param {string} file @param {number} max bytes */
export function readBytes(file, max) {
    try {
        const { size } = statSync(file);
        if (size > max) throw new Unable(`${file}: larger than ${max.toLocaleString('en')} bytes`);
        return readFileSync(file);
    } catch (error) {
        if (error instanceof Unable) throw error;
        throw new Unable(`${file}: cannot be read: ${codeOf(error)}`);
    }
}

/** A file that must not be there yet. @param {string} file @param {string | Uint8Array} data @param {number} mode */
export function createFile(file, data, mode) {
    let handle;
    try {
        handle = openSync(file, 'wx', mode);
        writeSync(handle, /** @type {Uint8Array} */ (typeof data === 'string' ? Buffer.from(data) : data));
        fsyncSync(handle);
    } catch (error) {
        throw new Unable(codeOf(error) === 'EEXIST' ? `${file} is there already: nothing is overwritten` : `${file}: cannot be written: ${codeOf(error)}`);
    } finally {
        if (handle !== undefined) closeSync(handle);
    }
}

/** In the place of what is there, in one step. @param {string} file @param {string | Uint8Array} data @param {number} [mode] */
export function replaceFile(file, data, mode = 0o644) {
    const next = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
    try {
        rmSync(next, { force: true });
        createFile(next, data, mode);
        renameSync(next, file);
    } catch (error) {
        rmSync(next, { force: true });
        throw error instanceof Unable ? error : new Unable(`${file}: cannot be written: ${codeOf(error)}`);
    }
}
