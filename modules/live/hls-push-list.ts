/**
 * The playlist of a push (RFC 8216): what the plane's own one says, and the one that the target gets. Names are new with
 * each start, numbers only grow, so a player goes on over restarts and nothing that a cache has is ever wrong. Pure.
 */

/** A segment as the plane lists it. */
export interface LiveSegment {
    readonly number: number;
    /** Number of its init segment. */
    readonly init: number;
    /** Of its duration, as written. */
    readonly seconds: string;
    /** ISO 8601; '': the clock was not set. */
    readonly date: string;
    /** Something changed in front of it. */
    readonly isBreak: boolean;
}

/** A segment as the target has it. */
export interface PushedSegment {
    /** Of its file, and of that of its init segment. */
    readonly name: string;
    readonly init: string;
    readonly seconds: string;
    readonly date: string;
    readonly isBreak: boolean;
}

/** A playlist that is read. `segments`: oldest first. */
export interface ReadList<S> {
    /** EXT-X-TARGETDURATION, seconds. */
    readonly target: number;
    readonly sequence: number;
    readonly breaks: number;
    readonly segments: readonly S[];
}

/** What is kept listed, seconds, and at least so many target durations (RFC 8216 section 6.2.2 wants three). */
const listedSeconds = 20;
const listedTargets = 4;
/** A list that is read back: more segments than any of ours has are not ours. */
const readMax = 256;
/** Segments behind a list that was left so. */
const behindMax = 48;
/** Files that wait to be deleted; the oldest beyond that stay at the target. */
const wasteMax = 256;
/** A player is gone after so long: the list begins anew. */
const resumeMs = 3_600_000;
/** Numbers of a list that begins anew: the wall clock since then, in steps that no segment is shorter than. */
const epochMs = Date.UTC(2025, 0, 1);
const stepMs = 200;

/* Made once: a literal is compiled each time that it is evaluated. */
const tagPattern = /^#EXT-X-(TARGETDURATION|MEDIA-SEQUENCE|DISCONTINUITY-SEQUENCE):(\d{1,15})$/;
const mapPattern = /^#EXT-X-MAP:URI="([A-Za-z0-9_.-]{1,80})"$/;
const datePattern = /^#EXT-X-PROGRAM-DATE-TIME:([0-9TZ:.+-]{1,40})$/;
const durationPattern = /^#EXTINF:(\d{1,5}(?:\.\d{1,9})?),$/;
const namePattern = /^[A-Za-z0-9_.-]{1,80}$/;
const livePattern = /^s(\d{1,10})\.m4s$/;
const liveInitPattern = /^i(\d{1,10})\.mp4$/;
const ownPattern = /^([a-z0-9]{8,24})-s(\d{1,10})\.m4s$/;
const ownInitPattern = /^[a-z0-9]{8,24}-i\d{1,10}\.mp4$/;

/** undefined: it is no media playlist, or has what ours never have. */
function readList(text: string): ReadList<PushedSegment> | undefined {
    const numbers = new Map<string, number>();
    const segments: PushedSegment[] = [];
    let [init, seconds, date, isBreak] = ['', '', '', false];
    if (!text.startsWith('#EXTM3U\n')) {
        return undefined;
    }
    for (const line of text.split('\n')) {
        const [, tag = '', value = ''] = tagPattern.exec(line) ?? [];
        if (tag !== '') {
            numbers.set(tag, Number(value));
        } else if (line === '#EXT-X-DISCONTINUITY') {
            isBreak = true;
        } else if (line !== '' && !line.startsWith('#')) {
            if (!namePattern.test(line) || init === '' || seconds === '' || segments.length === readMax) {
                return undefined;
            }
            segments.push({ name: line, init, seconds, date, isBreak });
            [seconds, date, isBreak] = ['', '', false];
        } else {
            init = mapPattern.exec(line)?.[1] ?? init;
            seconds = durationPattern.exec(line)?.[1] ?? seconds;
            date = datePattern.exec(line)?.[1] ?? date;
        }
    }
    const target = numbers.get('TARGETDURATION');
    const [sequence, breaks] = [numbers.get('MEDIA-SEQUENCE') ?? 0, numbers.get('DISCONTINUITY-SEQUENCE') ?? 0];
    return target === undefined || target < 1 ? undefined : { target, sequence, breaks, segments };
}

/** Reads the plane's playlist, without parts. undefined: it is none. */
export function readLive(text: string): ReadList<LiveSegment> | undefined {
    const read = readList(text);
    const segments: LiveSegment[] = [];
    for (const { name, init, ...more } of read?.segments ?? []) {
        const [number, of] = [livePattern.exec(name)?.[1], liveInitPattern.exec(init)?.[1]];
        if (number === undefined || of === undefined) {
            return undefined;
        }
        segments.push({ ...more, number: Number(number), init: Number(of) });
    }
    return read && { ...read, segments };
}

/** Reads what a push has left at its target. undefined: it is none of ours. */
export function readPushed(text: string): ReadList<PushedSegment> | undefined {
    const read = readList(text.replaceAll('\r\n', '\n'));
    const isOwn = read?.segments.every(({ name, init }) => ownPattern.test(name) && ownInitPattern.test(init));
    return isOwn === true ? read : undefined;
}

/** Where a list ends in what the plane has now. */
export interface Joint {
    /** In front of its names, and the init segment of its last segment. */
    readonly session: string;
    readonly init: string;
    /** The next number. */
    readonly next: number;
}

/** undefined: the plane does not have the last segment of the list (it is another stream, or too long ago). */
export function jointOf(before: ReadList<PushedSegment>, live: ReadList<LiveSegment>): Joint | undefined {
    const last = before.segments.at(-1);
    const [, session = '', digits = ''] = ownPattern.exec(last?.name ?? '') ?? [];
    const found = live.segments.find(({ number }) => number === Number(digits));
    const isIt =
        found !== undefined && found.date !== '' && found.date === last?.date && found.seconds === last.seconds;
    const init = `${session}-i${found?.init ?? 0}.mp4`;
    return isIt && last.init === init && before.target === live.target
        ? { session, init, next: found.number + 1 }
        : undefined;
}

/** Letters in front of the names of a start; `random`: 0 to below 1. */
export function sessionName(wallMs: number, random: number): string {
    const digits = Math.floor(random * 36 ** 3).toString(36);
    return `${Math.max(0, Math.floor(wallMs)).toString(36).padStart(8, '0')}${digits.padStart(3, '0')}`;
}

function endOf({ date, seconds }: PushedSegment): number {
    return Date.parse(date) + Number(seconds) * 1000;
}

/** A file that is no longer needed, and when nobody can want it any more: monotonic milliseconds. */
export interface Waste {
    readonly name: string;
    readonly dueMs: number;
}

/** What begins a list. */
export interface ListStart {
    /** What the target has; undefined: nothing of ours. */
    readonly before: ReadList<PushedSegment> | undefined;
    /** Of the segments to come, seconds. */
    readonly target: number;
    /** They continue what the target has. */
    readonly isSame?: boolean;
    /** Milliseconds since 1970, and monotonic ones. */
    readonly wallMs: number;
    readonly nowMs: number;
}

/** The playlist of one push. */
export class PushList {
    /** EXT-X-TARGETDURATION, seconds; it never changes. */
    readonly target: number;
    #sequence: number;
    #breaks: number;
    #segments: PushedSegment[] = [];
    /** What is behind the list, oldest first. */
    readonly #waste: Waste[] = [];
    /** The next segment is no continuation. */
    #isBroken: boolean;

    /** Goes on with a list of the last hour with the same target duration, or begins anew with greater numbers. */
    constructor({ before, target, isSame = false, wallMs, nowMs }: ListStart) {
        const last = before?.segments.at(-1);
        const goesOn = before?.target === target && last !== undefined && !(wallMs - endOf(last) > resumeMs);
        const fresh = Math.max(0, Math.floor((wallMs - epochMs) / stepMs));
        this.target = target;
        this.#isBroken = before !== undefined && !isSame;
        this.#discardBehind(before?.segments[0]?.name ?? '', nowMs);
        if (before !== undefined && goesOn) {
            this.#sequence = before.sequence;
            this.#breaks = before.breaks;
            this.#segments = [...before.segments];
            return;
        }
        const old = before?.segments ?? [];
        this.#sequence = Math.max(fresh, (before?.sequence ?? 0) + old.length);
        this.#breaks = Math.max(fresh, (before?.breaks ?? 0) + old.filter(({ isBreak }) => isBreak).length + 1);
        this.#discard(old, nowMs);
    }

    get isEmpty(): boolean {
        return this.#segments.length === 0;
    }

    /** Same as what a list that is read has: for a list that begins anew because the target duration is another. */
    asRead(): ReadList<PushedSegment> {
        return { target: this.target, sequence: this.#sequence, breaks: this.#breaks, segments: this.#segments };
    }

    /** The next one that is added is no continuation. */
    break(): void {
        this.#isBroken = true;
    }

    /** Lists a segment that the target has; what is too old leaves the list. */
    add(segment: PushedSegment, nowMs: number): void {
        const isBreak = segment.isBreak || this.#isBroken;
        this.#isBroken = false;
        this.#segments.push({ ...segment, isBreak });
        const least = Math.max(listedSeconds, listedTargets * this.target);
        const lengths = this.#segments.map(({ seconds }) => Number(seconds));
        let [left, count] = [lengths.reduce((sum, one) => sum + one, 0), 0];
        for (const length of lengths) {
            if (left - length < least) {
                break;
            }
            left -= length;
            count++;
        }
        const gone = this.#segments.splice(0, count);
        this.#sequence += count;
        this.#breaks += gone.filter((one) => one.isBreak).length;
        this.#discard(gone, nowMs);
    }

    /** A file that nobody has been told of may go at once. */
    forget(name: string): void {
        this.#waste.unshift({ name, dueMs: 0 });
    }

    /** The oldest file that may be deleted now, once. */
    waste(nowMs: number): string | undefined {
        const first = this.#waste[0];
        return first !== undefined && first.dueMs <= nowMs ? this.#waste.shift()?.name : undefined;
    }

    text(isEnded: boolean): string {
        const lines = [
            '#EXTM3U',
            '#EXT-X-VERSION:7',
            `#EXT-X-TARGETDURATION:${this.target}`,
            `#EXT-X-MEDIA-SEQUENCE:${this.#sequence}`,
            `#EXT-X-DISCONTINUITY-SEQUENCE:${this.#breaks}`,
        ];
        let map = '';
        for (const { name, init, seconds, date, isBreak } of this.#segments) {
            if (isBreak) {
                lines.push('#EXT-X-DISCONTINUITY');
            }
            if (isBreak || init !== map) {
                lines.push(`#EXT-X-MAP:URI="${init}"`);
            }
            if (date !== '') {
                lines.push(`#EXT-X-PROGRAM-DATE-TIME:${date}`);
            }
            lines.push(`#EXTINF:${seconds},`, name);
            map = init;
        }
        return `${lines.join('\n')}\n${isEnded ? '#EXT-X-ENDLIST\n' : ''}`;
    }

    /** A process that was killed had files behind its list, with the numbers before: one that is not there is fine. */
    #discardBehind(first: string, nowMs: number): void {
        const [, session = '', number = '0'] = ownPattern.exec(first) ?? [];
        for (let n = Math.max(0, Number(number) - behindMax); n < Number(number); n++) {
            this.#waste.push({ name: `${session}-s${n}.m4s`, dueMs: nowMs + 2000 * listedSeconds });
        }
    }

    /** What has left the list stays for its own length and that of the list (RFC 8216 section 6.2.2). */
    #discard(gone: readonly PushedSegment[], nowMs: number): void {
        const listed = this.#segments.reduce((sum, { seconds }) => sum + Number(seconds), 0);
        const inits = new Set(this.#segments.map(({ init }) => init));
        for (const { name, init, seconds } of gone) {
            const dueMs = nowMs + 1000 * (Number(seconds) + Math.max(listed, listedSeconds));
            this.#waste.push({ name, dueMs });
            if (!inits.has(init)) {
                inits.add(init);
                this.#waste.push({ name: init, dueMs });
            }
        }
        this.#waste.splice(0, this.#waste.length - wasteMax);
    }
}
