/** ICE of a session as a fragment of SDP (RFC 8840 section 9): read of viewers, written for them. Pure. */
import { OcellusError } from 'ocellus/error';

/** UTF-16 units of a fragment. */
const longest = 64 * 1024;
/** UTF-16 units of a line, as of a whole description. */
const lineMax = 2048;
/** Media lines, as of a whole description. */
const mediaMax = 9;
/** Candidates that are kept of one text; the transport has no more places. */
const candidatesMax = 32;

const iceText = /^[A-Za-z0-9+/]+$/;
/** RFC 8839 section 5.1: foundation, component, transport, priority, address, port, type, extensions. */
const candidateText = /^candidate:[A-Za-z0-9+/]{1,32} \d{1,5} [^ ]+ \d{1,10} [^ ]+ \d{1,5} typ [^ ]+(?: [^ ]+ [^ ]+)*$/;

/** ICE of one end. */
export interface IceFragment {
    /** '': it names none, nor a password. */
    readonly ufrag: string;
    readonly pwd: string;
    /** "candidate:…" of UDP that are of this ICE session, at most 32 in their order; others are left out. */
    readonly candidates: readonly string[];
    /** No more candidates follow. */
    readonly end: boolean;
}

function refuse(line: number, why: string): OcellusError {
    return new OcellusError('FORMAT', `body: line ${line}: ${why}`);
}

/** Lines of a description, without their ends; an empty last one is left out. */
export function linesOf(text: string): string[] {
    const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function checkLine(line: string, number: number): void {
    if (line.length > lineMax) {
        throw refuse(number, `more than ${lineMax} characters`);
    }
    if (!/^[am]=[\t -~\x80-\uffff]+$/.test(line)) {
        throw refuse(number, 'an attribute "a=…" or a media line "m=…" is needed');
    }
}

/** Whether a candidate is of use here: of UDP, and of no other ICE session than `ufrag`; '': of any. */
function isUseful(candidate: string, ufrag: string): boolean {
    const words = candidate.split(' ');
    const at = words.indexOf('ufrag', 8);
    return words[2]?.toLowerCase() === 'udp' && (at < 0 || ufrag === '' || words[at + 1] === ufrag);
}

/** The value of `name` once; '' when it was not there. Throws when it differs from the one before. */
function onceMore(before: string, value: string, name: string, [least, number]: readonly [number, number]): string {
    if (!iceText.test(value) || value.length < least || value.length > 256) {
        throw refuse(number, `${name}: ${least} to 256 letters, digits, + and /`);
    }
    if (before !== '' && before !== value) {
        throw refuse(number, `${name}: another one than before`);
    }
    return value;
}

/**
 * Reads a fragment. Attributes that are not known are passed over (RFC 8840 section 9.2). Throws `TOO_BIG` beyond 64 KB,
 * `FORMAT` with the line that is wrong.
 */
export function readFragment(text: string): IceFragment {
    if (text.length > longest) {
        throw new OcellusError('TOO_BIG', `body: more than ${longest} characters`);
    }
    let [ufrag, pwd, media, end] = ['', '', 0, false];
    const found: string[] = [];
    for (const [at, line] of linesOf(text).entries()) {
        checkLine(line, at + 1);
        const value = line.slice(line.indexOf(':') + 1);
        if (line.startsWith('m=')) {
            media++;
            if (media > mediaMax || !/^m=\S+ \d{1,5}(?:\/\d+)? \S+ .+$/.test(line)) {
                throw refuse(at + 1, `m=: media, port, protocol and formats, of at most ${mediaMax} media`);
            }
        } else if (line.startsWith('a=ice-ufrag:')) {
            ufrag = onceMore(ufrag, value, 'ice-ufrag', [4, at + 1]);
        } else if (line.startsWith('a=ice-pwd:')) {
            pwd = onceMore(pwd, value, 'ice-pwd', [22, at + 1]);
        } else if (line.startsWith('a=candidate:')) {
            if (!candidateText.test(line.slice(2))) {
                throw refuse(at + 1, 'no candidate as RFC 8839 has them');
            }
            found.push(line.slice(2));
        } else if (line === 'a=end-of-candidates') {
            end = true;
        }
    }
    if ((ufrag === '') !== (pwd === '')) {
        throw new OcellusError('FORMAT', 'body: ice-ufrag and ice-pwd belong together: one is missing');
    }
    if (ufrag === '' && found.length === 0 && !end) {
        throw new OcellusError('FORMAT', 'body: neither candidates nor ice-ufrag and ice-pwd');
    }
    const candidates = found.filter((one) => isUseful(one, ufrag)).slice(0, candidatesMax);
    return { ufrag, pwd, candidates, end };
}

/** What of an answer of ours is about ICE, as a fragment: under the media line that the ICE session is for. */
export function fragmentOf(answer: string): string {
    const lines = linesOf(answer);
    const ours = lines.findIndex((line) => line.startsWith('m=application ') && !line.startsWith('m=application 0 '));
    const [media, ...rest] = lines.slice(Math.max(0, ours));
    const next = rest.findIndex((line) => line.startsWith('m='));
    const part = next < 0 ? rest : rest.slice(0, next);
    const about = (name: string): string[] => part.filter((line) => line.startsWith(`a=${name}`));
    return [
        ...about('ice-options:'),
        ...lines.filter((line) => line.startsWith('a=group:BUNDLE')),
        ...(media === undefined ? [] : [media]),
        ...about('mid:'),
        ...about('ice-ufrag:'),
        ...about('ice-pwd:'),
        ...about('candidate:'),
        ...about('end-of-candidates'),
        '',
    ].join('\r\n');
}
