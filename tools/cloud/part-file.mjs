// FILE.part, an MP4 that is being put together, and beside it FILE.part.json, which says how far it is whole: a run that was
// cut off goes on from there, after a power cut too. What does not fit together is begun anew.
import { createHash } from 'node:crypto';
import { closeSync, constants, fchmodSync, fsyncSync, ftruncateSync, linkSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { replaceFile } from '../update/files.mjs';
import { Join } from './join.mjs';

/** @typedef {ReturnType<Join['state']>} JoinState */
/**
 * What is on disk: so many pieces, whose names have this digest, are so many bytes with that one.
 * @typedef {{ version: 1, done: number, pieces: string, bytes: number, digest: string, headBytes: number, join: JoinState }} Journal
 */

const keepMs = 5000; // of work that a power cut costs
const readBytes = 1 << 20; // at once

/** @param {string} file @returns {Journal | undefined} */
function journalOf(file) {
    try {
        const found = JSON.parse(readFileSync(file, 'utf8'));
        const isWhole = [found.done, found.bytes, found.headBytes, found.join.sequence].every((value) => Number.isSafeInteger(value) && value > 0);
        const isText = [found.join.end, found.join.shift].every((value) => /^-?\d{1,30}$/.test(value));
        return found.version === 1 && isWhole && isText && found.headBytes <= found.bytes ? found : undefined;
    } catch {
        return undefined;
    }
}

/** @param {readonly string[]} names */
const digestOf = (names) => createHash('sha256').update(names.join('\n')).digest('hex');

/** One file that grows by whole pieces. */
export class PartFile {
    #keptAt = Date.now();
    #headBytes = 0;
    #bytes = 0;
    #hash = createHash('sha256');
    /** @type {JoinState | undefined} */
    #state;
    /** Pieces that are in it. */
    done = 0;
    join = new Join();

    /** Opens it, and goes on where the run before ended. @param {string} out its name when it is whole @param {readonly string[]} names of the pieces that belong into it */
    constructor(out, names) {
        this.out = out;
        this.file = `${out}.part`;
        this.journal = `${this.file}.json`;
        this.names = names;
        this.handle = openSync(this.file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
        fchmodSync(this.handle, 0o600);
        const journal = journalOf(this.journal);
        if (journal === undefined || !this.#resume(journal)) {
            rmSync(this.journal, { force: true });
            this.#hash = createHash('sha256');
            ftruncateSync(this.handle, 0);
        }
    }

    get bytes() {
        return this.#bytes;
    }

    /** Whether the file begins as the journal has it, and the same pieces belong there. @param {Journal} journal */
    #resume({ done, pieces, bytes, digest, headBytes, join }) {
        if (done > this.names.length || digestOf(this.names.slice(0, done)) !== pieces) return false;
        const buffer = Buffer.alloc(readBytes);
        for (let at = 0; at < bytes; ) {
            const length = readSync(this.handle, buffer, 0, Math.min(readBytes, bytes - at), at);
            if (length === 0) return false;
            this.#hash.update(buffer.subarray(0, length));
            at += length;
        }
        if (this.#hash.copy().digest('hex') !== digest) return false;
        const head = Buffer.alloc(headBytes);
        readSync(this.handle, head, 0, headBytes, 0);
        this.join = Join.resume(head, join);
        [this.done, this.#bytes, this.#headBytes, this.#state] = [done, bytes, headBytes, join];
        ftruncateSync(this.handle, bytes);
        return true;
    }

    /** @param {Buffer} bytes */
    #write(bytes) {
        for (let done = 0; done < bytes.length; ) done += writeSync(this.handle, bytes, done, bytes.length - done, this.#bytes + done);
        this.#hash.update(bytes);
        this.#bytes += bytes.length;
    }

    /** The next piece, in one step, so that a signal meets whole ones. @param {Buffer | undefined} head of the file, with the first piece @param {Buffer} piece */
    add(head, piece) {
        if (head !== undefined) {
            this.#write(head);
            this.#headBytes = head.length;
        }
        this.#write(piece);
        this.done++;
        this.#state = this.join.state();
        if (Date.now() - this.#keptAt >= keepMs) this.keep();
    }

    /** Notes how far it is; false: nothing is worth it. */
    keep() {
        if (this.#state === undefined) return false;
        fsyncSync(this.handle);
        /** @type {Journal} */
        const journal = {
            version: 1,
            done: this.done,
            pieces: digestOf(this.names.slice(0, this.done)),
            bytes: this.#bytes,
            digest: this.#hash.copy().digest('hex'),
            headBytes: this.#headBytes,
            join: this.#state,
        };
        replaceFile(this.journal, JSON.stringify(journal), 0o600);
        this.#keptAt = Date.now();
        return true;
    }

    /** Gives it its name; throws EEXIST. */
    finish() {
        fsyncSync(this.handle);
        linkSync(this.file, this.out);
    }

    /** @param {boolean} isKept for the next run */
    close(isKept) {
        closeSync(this.handle);
        if (isKept) return;
        rmSync(this.file, { force: true });
        rmSync(this.journal, { force: true });
    }
}
