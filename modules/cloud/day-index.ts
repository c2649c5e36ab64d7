/** What a day of a channel has in the store: its hours. Pure. */
import type { HourIndex } from 'ocellus/app/cloud/hour-index';
import { isObject, parseJson } from 'ocellus/app/config/json';
import { OcellusError } from 'ocellus/error';

/** An hour of the day. */
export interface DayHour {
    /** "13", UTC. */
    readonly hour: string;
    readonly segments: number;
    readonly bytes: number;
    /** Of media. */
    readonly durationMs: number;
    readonly events: number;
}

/** A day. */
export interface DayIndex {
    readonly channel: string;
    /** "2026-11-22", UTC. */
    readonly day: string;
    readonly ended: boolean;
    /** In order. */
    readonly hours: readonly DayHour[];
}

const version = 1;
const names: ReadonlySet<string> = new Set(['version', 'channel', 'day', 'ended', 'hours']);

/** A day without an hour. */
export function emptyDay(channel: string, day: string): DayIndex {
    return { channel, day, ended: false, hours: [] };
}

/** With this hour, in place of what was known of it. */
export function withHour(day: DayIndex, hour: string, { segments, events }: HourIndex): DayIndex {
    const own: DayHour = {
        hour,
        segments: segments.length,
        bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
        durationMs: segments.reduce((sum, { durationMs }) => sum + durationMs, 0),
        events: events.length,
    };
    const others = day.hours.filter((one) => one.hour !== hour);
    return { ...day, hours: [...others, own].sort((a, b) => Number(a.hour) - Number(b.hour)) };
}

/** As an object of the store. */
export function dayText({ channel, day, ended, hours }: DayIndex): string {
    const rows = hours.map(({ hour, segments, bytes, durationMs, events }) => [
        hour,
        segments,
        bytes,
        durationMs,
        events,
    ]);
    return JSON.stringify({ version, channel, day, ended, hours: rows });
}

function isCount(value: unknown): value is number {
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Reads it back. `FORMAT`: it is not the index of this day of this channel. */
export function parseDay(text: string, channel: string, day: string): DayIndex {
    const bad = new OcellusError('FORMAT', 'the index of a day is damaged');
    let given: unknown;
    try {
        given = parseJson(text, 'index', 0, names);
    } catch {
        throw bad;
    }
    const rows = isObject(given) && given['version'] === version ? given['hours'] : undefined;
    if (!isObject(given) || given['channel'] !== channel || given['day'] !== day || !Array.isArray(rows)) {
        throw bad;
    }
    const hours = (rows as readonly unknown[]).map((row): DayHour => {
        const [hour, segments, bytes, durationMs, events] = Array.isArray(row) ? (row as readonly unknown[]) : [];
        const known = typeof hour === 'string' && /^(?:[01]\d|2[0-3])$/.test(hour);
        if (!known || !isCount(segments) || !isCount(bytes) || !isCount(durationMs) || !isCount(events)) {
            throw bad;
        }
        return { hour, segments, bytes, durationMs, events };
    });
    if (new Set(hours.map(({ hour }) => hour)).size !== hours.length) {
        throw bad;
    }
    return { channel, day, ended: given['ended'] === true, hours };
}
