/** Media playlists of hours, days and events (RFC 8216): fragmented MP4, whole groups of pictures. Pure. */
import type { HourIndex, IndexEvent, IndexSegment } from 'ocellus/app/cloud/hour-index';
import { dayOfHour, hourAt, initName, keyName, segmentName } from 'ocellus/app/cloud/object-names';

/** Segments that follow each other are apart by no more than that in one time line. */
const gapMs = 100;
/** EXT-X-TARGETDURATION at least; longer groups of pictures raise it. */
const targetSeconds = 10;
/** The last line of a playlist that does not grow any more. */
export const endTag = '#EXT-X-ENDLIST\n';
/** What would end a quoted string, and more. */
const strange = /[^A-Za-z0-9_-]/g;

/** How the lines of segments are written. */
export interface ListStyle {
    /** The folder that it is in: "2026-11-22". */
    readonly day: string;
    /** Address of an object of a day; left out: relative to the folder. */
    readonly address?: (day: string, name: string) => string;
    /** Name of the object of a key, by its id; left out: as in the store. */
    readonly keyName?: (id: string) => string;
    /** IVs of encrypted objects: `ContentKeys.ivs`; left out, or undefined for one: they are not in the playlist. */
    readonly iv?: ((day: string, id: string, name: string) => string | undefined) | undefined;
}

/** What a playlist has. */
export interface Playlist extends ListStyle {
    readonly segments: readonly IndexSegment[];
    readonly events: readonly IndexEvent[];
    /** Nothing more is expected. */
    readonly ended: boolean;
    /** Milliseconds that a segment may have: EXT-X-TARGETDURATION does not change while a playlist grows. */
    readonly targetMs?: number;
}

type Address = NonNullable<ListStyle['address']>;

/** ISO 8601, UTC, milliseconds. */
function instant(ms: number): string {
    return new Date(ms).toISOString();
}

/** A kind as a part of a class: what would end a quoted string is left out. */
function classOf(kind: string): string {
    return `ocellus.${kind.replace(strange, '')}`;
}

function dateRange({ id, kind, mask, startMs, endMs }: IndexEvent): string {
    const end = endMs === undefined ? '' : `,END-DATE="${instant(endMs)}",DURATION=${seconds(endMs - startMs)}`;
    const tag = `#EXT-X-DATERANGE:ID="event-${id}",CLASS="${classOf(kind)}",START-DATE="${instant(startMs)}"`;
    return `${tag}${end},X-OCELLUS-MASK=${mask}\n`;
}

function seconds(ms: number): string {
    return (Math.max(0, ms) / 1000).toFixed(3);
}

/** Whether a segment goes on where the one before it ended. */
export function follows(before: IndexSegment, { stem, offset, startMs }: IndexSegment): boolean {
    const end = before.startMs + before.durationMs;
    return before.stem === stem && before.offset + before.bytes === offset && Math.abs(startMs - end) <= gapMs;
}

/** The first lines. `longestMs`: of its segments; 0: it has none. `targetMs`: that they may have at least. */
export function listHead(longestMs: number, events: readonly IndexEvent[], targetMs = 0): string {
    const target = Math.max(targetSeconds, Math.round(longestMs / 1000), Math.ceil(targetMs / 1000));
    const first = `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:${target}\n#EXT-X-MEDIA-SEQUENCE:0\n`;
    const kind = '#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT-SEGMENTS\n';
    return first + kind + (longestMs > 0 ? events.map(dateRange).join('') : '');
}

/** Milliseconds of the longest segment; at least 1 when there is one. */
export function longestOf(segments: readonly IndexSegment[]): number {
    return segments.reduce((longest, { durationMs }) => Math.max(longest, durationMs, 1), 0);
}

/**
 * The lines of segments, one after the other. Addresses are names in the folder of the playlist, or in that of another
 * day beside it. A segment that does not go on where the one before ended begins with EXT-X-DISCONTINUITY, EXT-X-MAP and
 * EXT-X-PROGRAM-DATE-TIME, one with another key than that with EXT-X-MAP.
 */
export class ListLines {
    readonly #style: ListStyle;
    readonly #address: Address;
    #before: IndexSegment | undefined;

    constructor(style: ListStyle) {
        this.#style = style;
        const beside = (own: string, name: string): string => (own === style.day ? name : `../${own}/${name}`);
        this.#address = style.address ?? beside;
    }

    /** Those of the next segment; '': nobody knows how it is read, so it is left out. */
    of(segment: IndexSegment): string {
        const { stem, offset, startMs, durationMs, key } = segment;
        const [own, name] = [dayOfHour(hourAt(startMs)), segmentName(stem, offset)];
        const tag = this.#keyTag(own, key, name);
        if (tag === undefined) {
            return '';
        }
        const before = this.#before;
        const isOther = before === undefined || before.key !== key || !follows(before, segment);
        this.#before = segment;
        const first = isOther ? this.#opening(before, segment, own) : '';
        return `${first}${tag}#EXTINF:${seconds(durationMs)},\n${this.#address(own, name)}\n`;
    }

    /** What stands in front of a segment that needs another init segment than the one before. */
    #opening(before: IndexSegment | undefined, segment: IndexSegment, day: string): string {
        const { stem, startMs, key } = segment;
        const goesOn = before !== undefined && follows(before, segment);
        const plain = key === undefined && before?.key !== undefined ? '#EXT-X-KEY:METHOD=NONE\n' : '';
        const tag = this.#keyTag(day, key, initName(stem, key)) ?? '';
        const map = `#EXT-X-MAP:URI="${this.#address(day, initName(stem, key))}"\n`;
        const date = goesOn ? '' : `#EXT-X-PROGRAM-DATE-TIME:${instant(startMs)}\n`;
        return `${before === undefined || goesOn ? '' : '#EXT-X-DISCONTINUITY\n'}${plain}${tag}${map}${date}`;
    }

    /** The tag in front of an object; undefined: nobody knows its key. */
    #keyTag(day: string, key: string | undefined, name: string): string | undefined {
        const { iv, keyName: nameOf = keyName } = this.#style;
        const own = key === undefined ? '' : iv?.(day, key, name);
        if (key === undefined || own === undefined) {
            return own;
        }
        return `#EXT-X-KEY:METHOD=AES-128,URI="${this.#address(day, nameOf(key))}",IV=0x${own}\n`;
    }
}

/** The text of a playlist at once: of an hour, at most 0.1 s on a slow machine. */
export function playlistText(playlist: Playlist): string {
    const { segments, events, ended, targetMs } = playlist;
    const lines = new ListLines(playlist);
    const parts = segments.map((segment) => lines.of(segment));
    return listHead(longestOf(segments), events, targetMs) + parts.join('') + (ended ? endTag : '');
}

/** Hours as one playlist, in their order. One by one: what is spread lies on the stack of the script, which is small. */
export function joined(hours: readonly HourIndex[], day: string, ended: boolean): Playlist {
    const segments: IndexSegment[] = [];
    const events = new Map<number, IndexEvent>();
    for (const hour of hours) {
        for (const segment of hour.segments) {
            segments.push(segment);
        }
        for (const event of hour.events) {
            events.set(event.id, event);
        }
    }
    return { segments, events: [...events.values()], ended, day };
}
