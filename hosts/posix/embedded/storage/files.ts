/**
 * Files of the application, in its own folder `<data>/app`, with the names of ECMA-419. The default export is that
 * folder, where the SDK has `device.files`.
 *
 * Calls are synchronous. A path is relative and has names only: no `.`, no `..`, at most 255 bytes; it never leaves the
 * folder. What failed is an `Error` with a `code`; a closed object, a wrong receiver and a missing argument are a
 * `SyntaxError`, as in the SDK.
 */
import { type ErrorCode, OcellusError } from 'ocellus/error';
import { TextEncoder } from 'ocellus/text';

/** An error of this module: its message is one line. */
export interface FilesError extends Error {
    readonly code: ErrorCode;
}

/** How a file is opened: for reading; both; for writing, made or emptied; both, made or emptied. */
export type FileMode = 'r' | 'r+' | 'w' | 'w+';

/** Bytes to read into. */
export type WritableBytes = ArrayBuffer | ArrayBufferView;

/** What failed in words of this module, where the code's own would mislead. */
const reasons: Readonly<Partial<Record<ErrorCode, string>>> = Object.freeze({
    BUSY: 'the file is open, or 64 files and folders are',
    DISK_FULL: 'no space left, or the application has used all it may',
    EXIST: 'exists already, or the folder is not empty',
    INVAL: 'no path of this folder, or no regular file',
    RANGE: 'not a whole number from 0',
    STATE: 'not opened for this',
});

const encoder = new TextEncoder();

function bytesOf(path: unknown): Uint8Array {
    return encoder.encode(String(path));
}

/** Gives what a native gave; throws for a number below 0. */
function check<T>(result: T | number, what: string): T {
    if (typeof result === 'number' && result < 0) {
        const { code, message } = OcellusError.fromNumber(result);
        throw Object.assign(new Error(`${what}: ${reasons[code] ?? message}`), { code });
    }
    return result as T;
}

function need(value: unknown, what: string): void {
    if (value === undefined) {
        throw new SyntaxError(`${what} required`);
    }
}

/** A path in a message. */
function shown(path: unknown): string {
    return JSON.stringify(String(path).slice(0, 100));
}

const typeMask = 0o170000;

/** What is at a path, or a file is. */
export class Status {
    /** Bytes of a file. */
    readonly size: number;
    /** Type and permissions, as POSIX has them; 0: there is nothing. */
    readonly mode: number;

    constructor(size: number, mode: number) {
        this.size = size;
        this.mode = mode;
    }
    /** A regular file. */
    isFile(): boolean {
        return (this.mode & typeMask) === 0o100000;
    }
    /** A folder. */
    isDirectory(): boolean {
        return (this.mode & typeMask) === 0o040000;
    }
    /** Links are not followed; the application cannot make any. */
    isSymbolicLink(): boolean {
        return (this.mode & typeMask) === 0o120000;
    }
}

function statusOf(result: number[] | number, what: string): Status {
    const [size = 0, mode = 0] = check(result, what);
    return new Status(size, mode);
}

/** The numbers of oc_app_mode_t. */
const modes: readonly string[] = Object.freeze(['r', 'r+', 'w', 'w+']);

/** An open file; ends with close(), or with the script. */
export class File extends Native('xs_app_file_destructor') {
    /** Directory.openFile is the way here. */
    constructor(directory: Directory, path: string, mode: FileMode) {
        super();
        const opened = native<(directory: Directory, path: Uint8Array, mode: number) => number>('xs_app_file').call(
            this,
            directory,
            bytesOf(path),
            modes.indexOf(mode),
        );
        check(opened, `open ${shown(path)}`);
    }
    /** Twice is fine. */
    close(): void {
        native<() => void>('xs_app_file_close').call(this);
    }
    /** At most `count` bytes from `position`, fewer at the end of the file. At most 4 MB. */
    read(count: number, position: number): ArrayBuffer;
    /** Fills a buffer; gives the bytes that there were. */
    read(buffer: WritableBytes, position: number): number;
    read(target: number | WritableBytes, position: number): ArrayBuffer | number {
        need(position, 'read: position');
        return check(typeof target === 'number' ? this.#bytes(target, position) : this.#into(target, position), 'read');
    }
    /** All bytes, at `position`; a gap before it reads as zeros. */
    write(buffer: ArrayBuffer | ArrayBufferView, position: number): void {
        need(position, 'write: position');
        const write = native<(buffer: ArrayBuffer | ArrayBufferView, position: number) => number>('xs_app_file_write');
        check(write.call(this, buffer, position), 'write');
    }
    /** What it is and how large, as it is now. */
    status(): Status {
        return statusOf(native<() => number[] | number>('xs_app_file_status').call(this), 'status');
    }
    /** Cuts the file, or extends it with zeros. */
    setSize(length: number): void {
        need(length, 'setSize: length');
        check(native<(length: number) => number>('xs_app_file_resize').call(this, length), 'setSize');
    }
    /** Returns when the bytes are on the disk. */
    flush(): void {
        check(native<() => number>('xs_app_file_flush').call(this), 'flush');
    }
    #bytes(count: number, position: number): ArrayBuffer | number {
        return native<(count: number, position: number) => ArrayBuffer | number>('xs_app_file_read').call(
            this,
            count,
            position,
        );
    }
    #into(buffer: WritableBytes, position: number): number {
        return native<(buffer: WritableBytes, position: number) => number>('xs_app_file_read_into').call(
            this,
            buffer,
            position,
        );
    }
}

/** Names in a folder, read one by one; ends at the last, with return(), or with the script. */
class Scan extends Native('xs_app_scan_destructor') {
    constructor(directory: Directory, path: string) {
        super();
        const opened = native<(directory: Directory, path: Uint8Array) => number>('xs_app_scan').call(
            this,
            directory,
            bytesOf(path),
        );
        check(opened, `scan ${shown(path)}`);
    }
    next(): IteratorResult<string> {
        const value = native<() => string | undefined>('xs_app_scan_next').call(this);
        return value === undefined ? { done: true, value: undefined } : { done: false, value };
    }
    return(): IteratorResult<string> {
        native<() => void>('xs_app_scan_close').call(this);
        return { done: true, value: undefined };
    }
    [Symbol.iterator](): this {
        return this;
    }
}

/** A folder; what was opened from it stays open when it is closed. */
export class Directory extends Native('xs_app_directory_destructor') {
    /** Directory.openDirectory is the way here. Without arguments the application's own folder. */
    constructor(directory?: Directory, path = '') {
        super();
        const opened = native<(directory: Directory | undefined, path: Uint8Array) => number>('xs_app_directory').call(
            this,
            directory,
            bytesOf(path),
        );
        check(opened, `open ${shown(path)}`);
    }
    /** The application's own folder stays open. */
    close(): void {
        native<() => void>('xs_app_directory_close').call(this);
    }
    /** Mode `r` when none is given. */
    openFile(options: { path: string; mode?: FileMode }): File {
        const { path, mode = 'r' } = options;
        need(path, 'openFile: path');
        if (!modes.includes(mode)) {
            throw new Error(`open ${shown(path)}: no such mode`);
        }
        return new File(this, path, mode);
    }
    /** A folder below this one; it stays open when this one is closed. */
    openDirectory(options: { path: string }): Directory {
        need(options.path, 'openDirectory: path');
        return new Directory(this, options.path);
    }
    /** Removes a file or an empty folder; false: there was none. A file that is open is refused. */
    delete(path: string): boolean {
        need(path, 'delete: path');
        const remove = native<(path: Uint8Array) => number>('xs_app_directory_remove');
        return check(remove.call(this, bytesOf(path)), `delete ${shown(path)}`) === 0;
    }
    /** Renames, also into another folder; a file of that name is replaced at once. */
    move(from: string, to: string, toDirectory: Directory = this): void {
        need(from, 'move: from');
        need(to, 'move: to');
        const move =
            native<(from: Uint8Array, to: Uint8Array, directory: Directory) => number>('xs_app_directory_move');
        check(move.call(this, bytesOf(from), bytesOf(to), toDirectory), `move ${shown(from)}`);
    }
    /** Of what is not there, `mode` and `size` are 0. A link is never followed. */
    status(path: string, _options?: { resolveTarget?: boolean }): Status {
        if (path === undefined) {
            throw new Error('status: path required');
        }
        const status = native<(path: Uint8Array) => number[] | number>('xs_app_directory_status');
        return statusOf(status.call(this, bytesOf(path)), `status ${shown(path)}`);
    }
    /** Its parent has to be there; false: the folder was there. */
    createDirectory(path: string): boolean {
        need(path, 'createDirectory: path');
        const make = native<(path: Uint8Array) => number>('xs_app_directory_make');
        return check(make.call(this, bytesOf(path)), `createDirectory ${shown(path)}`) === 0;
    }
    /** Names in this folder, or in one below. Those that no path may have are left out. */
    scan(path = ''): IterableIterator<string> {
        return new Scan(this, path);
    }
    /** The names in it, in no order. */
    [Symbol.iterator](): IterableIterator<string> {
        return this.scan();
    }
}

/** The application's own folder. */
const files = new Directory();
Object.freeze(files);

export default files;
