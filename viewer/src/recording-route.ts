/** Addresses of recordings on the page, and what the name of a recording's file says. */
import { decoded } from './route.js';

/** The address of a channel's recordings. */
export function recordingsHash(channel: string): string {
    return `#/recordings/${encodeURIComponent(channel)}`;
}

/** The address of a day of a channel (days since 1970), or of an instant. */
export function atHash(channel: string, day: number, at?: number): string {
    const instant = new Date(at ?? day * 86_400_000).toISOString();
    return `${recordingsHash(channel)}/${at === undefined ? instant.slice(0, 10) : instant}`;
}

/** An instant in the name of a file: `20261121T025100.123Z`. */
const stamp = '(\\d{4})(\\d\\d)(\\d\\d)T(\\d\\d)(\\d\\d)(\\d\\d)\\.?(\\d{3})?Z';

function instantOf([y, m, d, h, n, s, ms]: readonly (string | undefined)[]): number {
    return Date.UTC(Number(y), Number(m) - 1, Number(d), Number(h), Number(n), Number(s), Number(ms ?? 0));
}

/** When a recording began and ended, by the name of its file; end undefined: it says none. undefined: the clock was not set. */
export function fileSpan(path: string): { readonly start: number; readonly end: number | undefined } | undefined {
    const found = new RegExp(`_${stamp}_(?:${stamp}|[^_/]*)\\.mp4$`).exec(path);
    return found ? { start: instantOf(found.slice(1, 8)), end: found[8] === undefined ? undefined : instantOf(found.slice(8, 15)) } : undefined;
}

/** When a recording began, by the name of its file; undefined: the clock was not set. */
export function fileStart(path: string): number | undefined {
    return fileSpan(path)?.start;
}

/** Name of a recording's file as people read it. */
export function fileName(path: string): string {
    const last = path.split('/').at(-1) ?? '';
    return decoded(last) ?? last;
}
