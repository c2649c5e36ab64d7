/**
 * Channels of snapshots that are no channels of the plane: a file of lines (docs/design/snapshots.md), one address each.
 * It is read again and again, and parsed when it has changed.
 */
import { parseUrl } from 'ocellus/app/net/url';
import { base64, hex, Sha256 } from 'ocellus/crypto';

/** A channel by its address. */
export interface AddressChannel {
    readonly name: string;
    /** Without user, password and fragment. */
    readonly url: string;
    /** Header of requests; '': none. */
    readonly authorization: string;
}

/** What a table says. */
export interface Table {
    /** Those that are on. */
    readonly channels: readonly AddressChannel[];
    /** Why lines are left out; never what is in them. The first 5. */
    readonly problems: readonly string[];
}

/** The bytes of the table. */
export interface TableFile {
    readonly bytes: number;
    /** Fewer at the end. */
    read(from: number, length: number): Uint8Array;
    close(): void;
}

/** Its name in the folder of the application. */
export const tableName = 'snapshots.txt';
/** Channels of a table, 1 KB of the heap and 0.1 ms of a plan each, and bytes of a line. */
export const [channelsMax, lineBytesMax] = [4000, 1024] as const;

/** Lines between two pauses: some 50 ms. */
const pauseLines = 200;
const problemsMax = 5;
const pieceBytes = 65_536;
const newline = 10;

/** Name, address, "on" or "off". */
const shape = /^([a-z0-9][a-z0-9-]{0,30})[ \t]+(\S+)(?:[ \t]+(on|off))?$/;
/** Scheme, user with password, the rest. */
const withUser = /^(https?:\/\/)([^/?#@]*)@([^@]*)$/i;

/** It is not sent. */
const fragment = /#.*$/;

const noTable: Table = { channels: [], problems: [] };

/** Basic authentication out of an address. Throws URIError for what is not percent-encoded. */
function split(address: string): { readonly url: string; readonly authorization: string } {
    const [, scheme, user, rest] = withUser.exec(address) ?? [];
    if (scheme === undefined || user === undefined || rest === undefined) {
        return { url: address, authorization: '' };
    }
    const [name = '', ...password] = user.split(':');
    const login = `${decodeURIComponent(name)}:${decodeURIComponent(password.join(':'))}`;
    return { url: scheme + rest, authorization: `Basic ${base64(new TextEncoder().encode(login))}` };
}

class Parser {
    readonly #names = new Set<string>();
    readonly #channels: AddressChannel[] = [];
    readonly #problems: string[] = [];
    #line = 0;

    /** One line without its end; undefined: it is too long. */
    take(text: string | undefined): void {
        this.#line++;
        const problem = this.#problemOf(text?.trim());
        if (problem !== '' && this.#problems.length < problemsMax) {
            this.#problems.push(`${tableName}: line ${this.#line}: ${problem}`);
        }
    }

    /** So far. */
    get lines(): number {
        return this.#line;
    }

    end(): Table {
        return { channels: this.#channels, problems: this.#problems };
    }

    #problemOf(text: string | undefined): string {
        if (text === undefined) {
            return `longer than ${lineBytesMax} bytes`;
        }
        if (text === '' || text.startsWith('#')) {
            return '';
        }
        const [, name, address, on] = shape.exec(text) ?? [];
        if (name === undefined || address === undefined) {
            return 'not a name (a-z, 0-9, -), an address, and on or off';
        }
        if (this.#names.has(name)) {
            return 'another line has this name';
        }
        if (this.#names.size === channelsMax) {
            return `more than ${channelsMax} channels`;
        }
        try {
            const { url, authorization } = split(address);
            parseUrl(url);
            this.#names.add(name);
            if (on !== 'off') {
                this.#channels.push({ name, url: url.replace(fragment, ''), authorization });
            }
            return '';
        } catch {
            return 'not an address of http or https; special characters of a password are percent-encoded';
        }
    }
}

/** The pieces of a file. */
function* piecesOf(file: TableFile): Generator<Uint8Array> {
    for (let at = 0; at < file.bytes; ) {
        const piece = file.read(at, pieceBytes);
        if (piece.length === 0) {
            return;
        }
        yield piece;
        at += piece.length;
    }
}

/** Lets the script do what else there is: a long table takes seconds. */
function pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 0));
}

/** What a file says. */
export async function parseTable(file: TableFile): Promise<Table> {
    const parser = new Parser();
    const decoder = new TextDecoder();
    let rest = '';
    let isLong = false;
    for (const piece of piecesOf(file)) {
        let at = 0;
        for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, at)) {
            isLong ||= end - at + rest.length > lineBytesMax;
            parser.take(isLong ? undefined : rest + decoder.decode(piece.subarray(at, end)));
            [rest, isLong, at] = ['', false, end + 1];
            if (parser.lines % pauseLines === 0) {
                await pause();
            }
        }
        isLong ||= piece.length - at + rest.length > lineBytesMax;
        rest = isLong ? '' : rest + decoder.decode(piece.subarray(at));
    }
    if (rest !== '' || isLong) {
        parser.take(isLong ? undefined : rest);
    }
    return parser.end();
}

/** Reads the table; what has not changed is not parsed again. */
export class TableReader {
    readonly #open: () => TableFile | undefined;
    #hash = '';
    #table = noTable;

    /** `open`: undefined: there is no table. */
    constructor(open: () => TableFile | undefined) {
        this.#open = open;
    }

    /** What it says now: the same object while nothing has changed. Rejects with what reading throws. One at a time. */
    async read(): Promise<Table> {
        const file = this.#open();
        if (file === undefined) {
            this.#hash = '';
            this.#table = noTable;
            return noTable;
        }
        try {
            const hash = new Sha256();
            for (const piece of piecesOf(file)) {
                hash.update(piece);
            }
            const now = hex(hash.digest());
            if (now !== this.#hash) {
                this.#table = await parseTable(file);
                this.#hash = now;
            }
            return this.#table;
        } finally {
            file.close();
        }
    }
}
