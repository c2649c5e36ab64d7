/** What the store of the device has of a channel, beside what is on the device. Every answer is checked. */
import { address, checkLogin } from '../api.js';
import { date, each, list, number, record, text } from '../json.js';
import { dayAt, dayName, monthDays } from '../../../modules/base/zone-days.js';
import { offsetAt } from '../zone.js';
import type { DayEvent, Recorded } from './data.js';
import type { Span, Stretch } from './scale.js';

/** Why the store gave nothing. `blocked`: nobody there, or it lets no page read it; `failed`: not just now. */
export type CloudProblem = 'blocked' | 'denied' | 'failed';

/** An event as the store has it. */
export interface StoredEvent extends DayEvent {
    /** Address of its picture; undefined: it has none. */
    readonly stored: string | undefined;
}

/** What is in the store of a time. */
export interface Stored {
    readonly spans: readonly Recorded[];
    readonly events: readonly StoredEvent[];
}

/** none: the device has no store. */
export type FoundStored<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'none' | 'aborted' } | { readonly kind: 'bad'; readonly why: CloudProblem };

/** The device waits for the store, which may hang. */
const LIMIT_MS = 40_000;
const hourMs = 3_600_000;
/**
 * Of one request: the device reads four hours at once, each an object, and lists a day after the other; a script that takes
 * more than 5 s has no answer, and a store far away needs a second for each.
 */
const [answerMs, answerDays] = [3 * hourMs, 4] as const;
/** Ends of recordings on the device and in the store differ by less. */
const CRUMB_MS = 3000;
/** So much of the store is played by one playlist: what fits into an answer of the device. */
const PIECE_MS = 30 * 60_000;
/** A stretch that ends sooner than this is over. */
const OVER_MS = 500;

async function find<T>(path: string, parse: (value: unknown) => T | undefined, stop: AbortSignal): Promise<FoundStored<T>> {
    try {
        const response = await fetch(address(path), { cache: 'no-store', signal: AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)]) });
        checkLogin(response);
        if (response.status === 404) {
            return { kind: 'none' };
        }
        const value = response.ok ? parse(await response.json()) : undefined;
        return value === undefined ? { kind: 'bad', why: response.status === 409 ? 'denied' : 'failed' } : { kind: 'ok', value };
    } catch {
        return stop.aborted ? { kind: 'aborted' } : { kind: 'bad', why: 'failed' };
    }
}

/** Checks the answer of `/api/cloud/<channel>/spans`; undefined: it is none. */
export function parseStored(value: unknown, channel: string): Stored | undefined {
    const { spans, events } = record(value);
    if (!Array.isArray(spans)) {
        return undefined;
    }
    const span = (entry: unknown): Recorded | undefined => {
        const one = record(entry);
        const [start, end] = [date(one['start']), date(one['end'])];
        return start === undefined || end === undefined || end < start ? undefined : { start, end, bytes: number(one['bytes']) ?? 0 };
    };
    const event = (entry: unknown): StoredEvent | undefined => {
        const one = record(entry);
        const [id, start, name] = [number(one['id']), date(one['start']), text(one['picture'])];
        const stored = name === undefined || !/^[\w.-]+$/.test(name) ? undefined : `/api/cloud/${encodeURIComponent(channel)}/${name}`;
        return id === undefined || start === undefined ? undefined : { id, kind: text(one['kind']) ?? '', channel, start, end: date(one['end']), picture: undefined, isProtected: false, stored };
    };
    return { spans: each(spans, span).sort((a, b) => a.start - b.start), events: each(events, event).sort((a, b) => a.start - b.start) };
}

/** Recordings and events of a channel in the store. */
export async function readStored(channel: string, { from, to }: Span, stop: AbortSignal): Promise<FoundStored<Stored>> {
    const spans: Recorded[] = [];
    const events = new Map<number, StoredEvent>();
    for (let at = from; at < to; at += answerMs) {
        const path = `/api/cloud/${encodeURIComponent(channel)}/spans?from=${Math.round(at)}&to=${Math.round(Math.min(at + answerMs, to))}`;
        const answer = await find(path, (value) => parseStored(value, channel), stop);
        if (answer.kind !== 'ok') {
            return answer;
        }
        for (const span of answer.value.spans) {
            const last = spans.at(-1); // a segment that lies in two answers is in both
            if (last !== undefined && span.start <= last.end) {
                spans[spans.length - 1] = { start: last.start, end: Math.max(last.end, span.end), bytes: last.bytes + span.bytes };
            } else {
                spans.push(span);
            }
        }
        for (const event of answer.value.events) {
            events.set(event.id, event);
        }
    }
    return { kind: 'ok', value: { spans, events: [...events.values()].sort((a, b) => a.start - b.start) } };
}

/** Checks the answer of `/api/cloud/<channel>/days`: names of days by the clock of the device; undefined: it is none. */
export function parseStoredDays(value: unknown): ReadonlySet<string> | undefined {
    const { days, hours } = record(value);
    if (!Array.isArray(days)) {
        return undefined;
    }
    const found = new Set<string>();
    for (const [index, day] of days.entries()) {
        const first = Date.parse(`${text(day) ?? ''}T00:00:00Z`);
        for (const hour of Number.isNaN(first) ? [] : list(list(hours)[index])) {
            const at = first + (number(hour) ?? 0) * hourMs;
            found.add(dayName(dayAt(at, offsetAt)));
            found.add(dayName(dayAt(at + hourMs - 1, offsetAt)));
        }
    }
    return found;
}

/** Days of a month "2026-11" that have something in the store. */
export async function readStoredDays(channel: string, month: string, stop: AbortSignal): Promise<FoundStored<ReadonlySet<string>>> {
    const span = monthDays(month);
    if (span === undefined) {
        return { kind: 'none' };
    }
    const days = new Set<string>();
    // a day of the clock begins and ends in the days of UTC beside it
    for (let first = span.first - 1; first <= span.next; first += answerDays) {
        const path = `/api/cloud/${encodeURIComponent(channel)}/days?from=${dayName(first)}&to=${dayName(Math.min(first + answerDays - 1, span.next))}`;
        const answer = await find(path, parseStoredDays, stop);
        if (answer.kind !== 'ok') {
            return answer;
        }
        for (const day of answer.value) {
            days.add(day);
        }
    }
    return { kind: 'ok', value: days };
}

/** What of `cloud` is not in `local`; both in order. Pieces that only ends make are left out. */
export function onlyStored(local: readonly Stretch[], cloud: readonly Stretch[]): Stretch[] {
    const found: Stretch[] = [];
    for (const { start, end } of cloud) {
        let from = start;
        for (const one of local) {
            if (one.end > from && one.start < end) {
                found.push({ start: from, end: Math.min(one.start, end) });
                from = Math.max(from, one.end);
            }
        }
        found.push({ start: from, end });
    }
    return found.filter((one) => one.end - one.start >= CRUMB_MS);
}

/** Where an instant is played from. */
export type Source =
    /** The device, up to `to`; undefined: as far as there is something. */
    | { readonly kind: 'local'; readonly to: number | undefined }
    /** The store. local: where the device has something again. */
    | { readonly kind: 'cloud'; readonly from: number; readonly to: number; readonly local: number | undefined };

/** The source of an instant, or of the next one that there is: the device first. `until`: nothing is known behind that. */
export function sourceAt(local: readonly Stretch[], stored: readonly Stretch[], at: number, until: number): Source {
    const next = (all: readonly Stretch[]): Stretch | undefined => all.find(({ end }) => end > at + OVER_MS);
    const [disk, cloud] = [next(local), next(stored)];
    const last = stored.at(-1);
    if (cloud === undefined && disk === undefined && last !== undefined && last.end >= until - OVER_MS && at >= until - OVER_MS) {
        return { kind: 'cloud', from: at, to: at + PIECE_MS, local: undefined }; // over midnight
    }
    if (cloud === undefined || (disk !== undefined && Math.max(disk.start, at) <= Math.max(cloud.start, at))) {
        return { kind: 'local', to: cloud?.start };
    }
    const from = Math.max(cloud.start, at);
    return { kind: 'cloud', from, to: Math.min(cloud.end, from + PIECE_MS), local: disk?.start };
}
