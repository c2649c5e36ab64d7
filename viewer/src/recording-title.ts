/** What a recording is called: its time where the device is. The name of its file is for those who look for the file. */
import { formatClock, formatDay, formatShortDate } from './format.js';
import { fileName, fileSpan } from './recording-route.js';
import { t } from './text.js';
import { onWall } from './zone.js';

const dayMs = 86_400_000;

/** Days since 1970 by the wall clock of the device. */
function wallDay(at: number): number {
    return Math.floor(onWall(at).getTime() / dayMs);
}

/** "Today", "Yesterday" or the date. now: milliseconds since 1970. */
export function dayWord(at: number, now = Date.now()): string {
    const back = wallDay(now) - wallDay(at);
    return back === 0 ? t('today') : back === 1 ? t('yesterday') : formatShortDate(at);
}

/** As a heading: "Today, Tuesday, November 24, 2026". */
export function dayHeading(at: number, now = Date.now()): string {
    return wallDay(now) - wallDay(at) > 1 ? formatDay(at) : `${dayWord(at, now)}, ${formatDay(at)}`;
}

/** "Today 14:03 – 14:33"; end undefined: it goes on. Seconds where both lie in one minute. */
export function spanTitle(start: number, end: number | undefined, now = Date.now()): string {
    const close = end !== undefined && Math.floor(start / 60_000) === Math.floor(end / 60_000);
    const first = `${dayWord(start, now)} ${formatClock(start, close)}`;
    if (end === undefined) {
        return t('spanOpen', { from: first });
    }
    const last = formatClock(end, close);
    return `${first} – ${wallDay(start) === wallDay(end) ? last : `${dayWord(end, now)} ${last}`}`;
}

/** What a recording is called; the name of its file when the clock was not set. */
export function recordingTitle(recording: { readonly path: string; readonly startMs: number | undefined; readonly endMs: number | undefined; readonly open?: boolean }): string {
    const { path, startMs, endMs, open } = recording;
    return startMs === undefined ? fileName(path) : spanTitle(startMs, open === true ? undefined : endMs);
}

/** The same of a path alone. */
export function pathTitle(path: string): string {
    const span = fileSpan(path);
    return span === undefined ? fileName(path) : spanTitle(span.start, span.end);
}

/** `front-door 2026-11-21 14.03.05.mp4`, by the clock of the device: a name for the reader's own disk. */
export function localName(channel: string, at: number): string {
    return `${channel} ${onWall(at).toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '.')}.mp4`;
}
