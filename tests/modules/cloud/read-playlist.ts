/** Reads a media playlist back, strictly: a line that is not known, or stands where it must not, throws (RFC 8216). */

/** How an object is decrypted. */
export interface Cipher {
    readonly uri: string;
    /** 32 hexadecimal digits. */
    readonly iv: string;
}

/** A segment as a player sees it. */
export interface Entry {
    readonly uri: string;
    readonly durationMs: number;
    readonly map: string;
    readonly startMs: number;
    readonly discontinuity: boolean;
    /** Of the segment, and of its init segment; undefined: they are not encrypted. */
    readonly cipher: Cipher | undefined;
    readonly mapCipher: Cipher | undefined;
}

/** A playlist as a player sees it. */
export interface Read {
    readonly entries: readonly Entry[];
    readonly ended: boolean;
    readonly targetSeconds: number;
    /** The attributes as they were written. */
    readonly ranges: readonly string[];
}

const first = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    /^#EXT-X-TARGETDURATION:(\d+)$/,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:EVENT',
    '#EXT-X-INDEPENDENT-SEGMENTS',
] as const;

function fail(line: string): never {
    throw new Error(`not expected here: ${line}`);
}

/** Parses it. */
export function readPlaylist(text: string): Read {
    const lines = text.split('\n');
    if (lines.pop() !== '') {
        throw new Error('the last line does not end');
    }
    first.forEach((expected, index) => {
        const line = lines[index] ?? '';
        if (typeof expected === 'string' ? line !== expected : !expected.test(line)) {
            fail(line);
        }
    });
    const targetSeconds = Number(/\d+$/.exec(lines[2] ?? '')?.[0]);
    const [entries, ranges]: [Entry[], string[]] = [[], []];
    let cipher: Cipher | undefined;
    let mapCipher: Cipher | undefined;
    let [map, nextMs, duration, discontinuity, dated, ended] = ['', -1, -1, false, false, false];
    for (const line of lines.slice(first.length)) {
        const [, range] = /^#EXT-X-DATERANGE:(ID="event-\d+",CLASS="[\w.-]+",START-DATE="[^"]+".*)$/.exec(line) ?? [];
        const [, uri] = /^#EXT-X-MAP:URI="([^"\n]+)"$/.exec(line) ?? [];
        const isKey = line.startsWith('#EXT-X-KEY:METHOD=AES-128');
        const [, key, iv = ''] =
            (isKey && /^#EXT-X-KEY:METHOD=AES-128,URI="([^"\n]+)",IV=0x([0-9A-F]{32})$/.exec(line)) || [];
        const [, date] = /^#EXT-X-PROGRAM-DATE-TIME:(\S+)$/.exec(line) ?? [];
        const [, seconds] = /^#EXTINF:(\d+\.\d{3}),$/.exec(line) ?? [];
        if (ended) {
            fail(line);
        } else if (range !== undefined) {
            ranges.push(entries.length > 0 ? fail(line) : range);
        } else if (line === '#EXT-X-DISCONTINUITY') {
            discontinuity = entries.length === 0 || duration >= 0 ? fail(line) : true;
        } else if (key !== undefined) {
            cipher = duration >= 0 ? fail(line) : { uri: key, iv };
        } else if (line === '#EXT-X-KEY:METHOD=NONE') {
            cipher = duration >= 0 || cipher === undefined ? fail(line) : undefined;
        } else if (uri !== undefined) {
            const last = entries[entries.length - 1];
            const isOther = last === undefined || discontinuity || last.cipher?.uri !== cipher?.uri;
            map = duration >= 0 || !isOther ? fail(line) : uri;
            mapCipher = cipher;
        } else if (date !== undefined) {
            nextMs = Date.parse(date);
            dated = Number.isNaN(nextMs) ? fail(line) : true;
        } else if (seconds !== undefined) {
            duration = duration >= 0 ? fail(line) : Math.round(Number(seconds) * 1000);
        } else if (line === '#EXT-X-ENDLIST') {
            ended = duration >= 0 ? fail(line) : true;
        } else {
            if (!/^(?:\.\.\/\d{4}-\d\d-\d\d\/)?[\w.-]+\.m4s$/.test(line) || duration < 0 || map === '' || nextMs < 0) {
                fail(line);
            }
            if (Math.round(duration / 1000) > targetSeconds || (discontinuity && !dated)) {
                fail(line);
            }
            // each segment has an IV of its own, and the key of its init segment
            if (cipher?.uri !== mapCipher?.uri || (cipher !== undefined && cipher.iv === mapCipher?.iv)) {
                fail(line);
            }
            if (cipher !== undefined && entries.some((one) => one.cipher?.iv === cipher?.iv)) {
                fail(line);
            }
            const own = { cipher, mapCipher };
            entries.push({ uri: line, durationMs: duration, map, startMs: nextMs, discontinuity, ...own });
            [nextMs, duration, discontinuity, dated] = [nextMs + duration, -1, false, false];
        }
    }
    if (duration >= 0 || discontinuity) {
        throw new Error('it ends in the middle of a segment');
    }
    if (new Set(entries.map(({ uri }) => uri)).size !== entries.length) {
        throw new Error('a segment is there twice');
    }
    return { entries, ended, targetSeconds, ranges };
}
