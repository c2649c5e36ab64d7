import { locale, t } from './text.js';
import { onWall } from './zone.js';

/** `undefined` and what is not finite become a dash. */
function known(value: number | undefined): value is number {
    return value !== undefined && Number.isFinite(value);
}

/** Bits per second, with three digits. */
export function formatBitrate(bps: number | undefined): string {
    if (!known(bps)) {
        return t('unknown');
    }
    return bps >= 1e6 ? t('megabits', { value: (bps / 1e6).toFixed(2) }) : t('kilobits', { value: (bps / 1e3).toFixed(0) });
}

/** Seconds with one decimal. */
export function formatSeconds(seconds: number | undefined): string {
    return known(seconds) ? t('seconds', { value: seconds.toFixed(1) }) : t('unknown');
}

/** A length of time in words that stay short: `4.2 s`, `2:05`, `1:02:03`, `3 d 1:02:03`. */
export function formatDuration(milliseconds: number | undefined): string {
    if (!known(milliseconds)) {
        return t('unknown');
    }
    const whole = Math.floor(milliseconds / 1000);
    if (whole < 10) {
        return formatSeconds(milliseconds / 1000);
    }
    const two = (value: number) => String(value).padStart(2, '0');
    const [days, hours, minutes, seconds] = [
        Math.floor(whole / 86400),
        Math.floor(whole / 3600) % 24,
        Math.floor(whole / 60) % 60,
        whole % 60,
    ];
    const clock = whole < 3600 ? `${minutes}:${two(seconds)}` : `${hours}:${two(minutes)}:${two(seconds)}`;
    return days > 0 ? t('days', { days, rest: clock }) : clock;
}

/** Bytes in decimal units, as disks are sold. */
export function formatBytes(bytes: number | undefined): string {
    if (!known(bytes)) {
        return t('unknown');
    }
    const units = ['B', 'kB', 'MB', 'GB', 'TB'];
    let value = bytes;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A number with at most `digits` decimals, without trailing zeros. */
export function formatNumber(value: number | undefined, digits: number): string {
    return known(value) ? String(Number(value.toFixed(digits))) : t('unknown');
}

function onDevice(milliseconds: number | undefined, how: Intl.DateTimeFormatOptions): string {
    if (!known(milliseconds)) {
        return t('unknown');
    }
    return onWall(milliseconds).toLocaleString(locale(), { ...how, timeZone: 'UTC' });
}

/** Day and time where the device is, in the reader's manner. */
export function formatDate(milliseconds: number | undefined): string {
    return onDevice(milliseconds, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** The day alone. */
export function formatDay(milliseconds: number | undefined): string {
    return onDevice(milliseconds, { dateStyle: 'full' });
}

/** The time of day alone. */
export function formatTime(milliseconds: number | undefined): string {
    return onDevice(milliseconds, { timeStyle: 'medium' });
}

/** The day alone, short: Nov 22, 2026. */
export function formatShortDate(milliseconds: number | undefined): string {
    return onDevice(milliseconds, { dateStyle: 'medium' });
}

/** Hours and minutes; seconds: those too. */
export function formatClock(milliseconds: number | undefined, seconds = false): string {
    return onDevice(milliseconds, { timeStyle: seconds ? 'medium' : 'short' });
}
