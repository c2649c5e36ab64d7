import { strings } from './strings.js';

/** `undefined` and what is not finite become a dash. */
function known(value: number | undefined): value is number {
    return value !== undefined && Number.isFinite(value);
}

/** Bits per second, with three digits. */
export function formatBitrate(bps: number | undefined): string {
    if (!known(bps)) {
        return strings.unknown;
    }
    return bps >= 1e6 ? strings.megabits((bps / 1e6).toFixed(2)) : strings.kilobits((bps / 1e3).toFixed(0));
}

/** A length of time in words that stay short: `4.2 s`, `2:05`, `1:02:03`, `3 d 1:02:03`. */
export function formatDuration(milliseconds: number | undefined): string {
    if (!known(milliseconds)) {
        return strings.unknown;
    }
    const whole = Math.floor(milliseconds / 1000);
    if (whole < 10) {
        return strings.seconds((milliseconds / 1000).toFixed(1));
    }
    const two = (value: number) => String(value).padStart(2, '0');
    const [days, hours, minutes, seconds] = [
        Math.floor(whole / 86400),
        Math.floor(whole / 3600) % 24,
        Math.floor(whole / 60) % 60,
        whole % 60,
    ];
    const clock = whole < 3600 ? `${minutes}:${two(seconds)}` : `${hours}:${two(minutes)}:${two(seconds)}`;
    return days > 0 ? strings.days(days, clock) : clock;
}

/** Bytes in decimal units, as disks are sold. */
export function formatBytes(bytes: number | undefined): string {
    if (!known(bytes)) {
        return strings.unknown;
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
    return known(value) ? String(Number(value.toFixed(digits))) : strings.unknown;
}

/** Day and time in the viewer's own time zone and manner. */
export function formatDate(milliseconds: number | undefined): string {
    if (!known(milliseconds)) {
        return strings.unknown;
    }
    return new Date(milliseconds).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}
