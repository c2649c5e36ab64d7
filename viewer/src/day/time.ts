/** Instants and days as the page shows them, by the clock of the device. */
import { dayAt, dayName, dayStart } from '../../../modules/base/zone-days.js';
import { locale } from '../text.js';
import { offsetAt } from '../zone.js';
import type { Span } from './scale.js';

const dayMs = 86_400_000;

/** Number of the day at an instant: `modules/base/zone-days`. */
export function dayOf(at: number): number {
    return dayAt(at, offsetAt);
}

/** From its first instant to that of the next day: 23, 24 or 25 hours. */
export function spanOf(day: number): Span {
    return { from: dayStart(day, offsetAt), to: dayStart(day + 1, offsetAt) };
}

/** "2026-11" of a day. */
export function monthOf(day: number): string {
    return dayName(day).slice(0, 7);
}

/** The month so many behind another. */
export function monthAfter(month: string, count: number): string {
    const [year = 1970, number = 1] = month.split('-').map(Number);
    return new Date(Date.UTC(year, number - 1 + count, 1)).toISOString().slice(0, 7);
}

/** A day in words; `how` as of Intl. */
export function dayText(day: number, how: Intl.DateTimeFormatOptions): string {
    return new Date(day * dayMs).toLocaleDateString(locale(), { ...how, timeZone: 'UTC' });
}

/** Names of the days of the week, and which is first: 0 is Sunday. */
export function week(): { readonly first: number; readonly names: readonly { readonly short: string; readonly long: string }[] } {
    const known = new Intl.Locale(locale()) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
    const first = (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1;
    // 1970-01-04 was a Sunday
    const names = Array.from({ length: 7 }, (_, n) => ({ short: dayText(3 + ((first + n) % 7), { weekday: 'narrow' }), long: dayText(3 + ((first + n) % 7), { weekday: 'long' }) }));
    return { first: first % 7, names };
}
