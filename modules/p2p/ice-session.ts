/** What is kept of a viewer's description, so that later fragments can be told apart and its ICE restarted. Pure. */
import { type IceFragment, linesOf } from 'ocellus/app/p2p/ice-fragment';

/**
 * The ICE session of a viewer that came by SDP; about 300 bytes, handed over to the next script. Lists, not objects:
 * names in JSON stay for ever.
 */
export type IceSession = readonly [
    /** Entity tag of the ICE session, with its quotation marks; another one after each restart. */
    tag: string,
    /** Of the viewer, those of its media lines: a fragment with one of them is of this ICE session. At most 8. */
    ufrags: readonly string[],
    /** Description of its data channels without ICE, lines with CRLF; '': too long to keep, ICE cannot be restarted. */
    fixed: string,
];

/** UTF-16 units of what is kept of a description; a browser's are about 240. */
const fixedMax = 512;
const ufragsMax = 8;
/** Attributes that hold beyond an ICE session. */
const kept = /^a=(?:mid|fingerprint|setup|sctp-port|sctpmap|max-message-size):/;

/** The lines about data channels; those for all media where it has no fingerprint or setup of its own. */
function fixedOf(lines: readonly string[]): string {
    const ours = lines.findIndex((line) => line.startsWith('m=application '));
    if (ours < 0) {
        return '';
    }
    const length = lines.slice(ours + 1).findIndex((line) => line.startsWith('m='));
    const part = lines.slice(ours, length < 0 ? lines.length : ours + 1 + length);
    const own = part.filter((line) => kept.test(line));
    const shared = ['a=fingerprint:', 'a=setup:'].flatMap((name) =>
        own.some((line) => line.startsWith(name)) ? [] : lines.filter((line) => line.startsWith(name)),
    );
    const media = (part[0] ?? '').replace(/^(m=application) \d+/, '$1 9');
    const text = `${[media, 'c=IN IP4 0.0.0.0', ...own, ...new Set(shared)].join('\r\n')}\r\n`;
    return text.length > fixedMax ? '' : text;
}

/** Of a description that was taken. `tag`: without quotation marks, not used before. */
export function iceSessionOf(sdp: string, tag: string): IceSession {
    const lines = linesOf(sdp);
    const name = 'a=ice-ufrag:';
    const ufrags = lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length));
    return [`"${tag}"`, [...new Set(ufrags)].slice(0, ufragsMax), fixedOf(lines)];
}

/** What was handed over; undefined: it is none. */
export function iceSessionFrom(given: unknown): IceSession | undefined {
    const [tag, ufrags, fixed] = (Array.isArray(given) ? given : []) as readonly unknown[];
    const texts = Array.isArray(ufrags) && ufrags.every((one) => typeof one === 'string');
    return typeof tag === 'string' && texts && typeof fixed === 'string' ? [tag, ufrags, fixed] : undefined;
}

/** The offer of an ICE restart: what holds on, with the ICE of the fragment; all of our candidates are answered. */
export function restartOf([, , fixed]: IceSession, { ufrag, pwd, candidates, end }: IceFragment): string {
    const mid = /^a=mid:(.*)$/m.exec(fixed)?.[1];
    return [
        'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n',
        mid === undefined ? '' : `a=group:BUNDLE ${mid}\r\n`,
        fixed,
        `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${pwd}\r\n`,
        ...candidates.map((line) => `a=${line}\r\n`),
        end ? 'a=end-of-candidates\r\n' : '',
    ].join('');
}
