/** How long a watch link may be good, in seconds and in words. */
import { el } from './dom.js';
import { t } from './text.js';

const lifetimes = [3600, 86_400, 7 * 86_400, 30 * 86_400] as const;
const usual = 86_400;

/** "1 h", "7 d". */
export function lifetimeText(seconds: number): string {
    return seconds < 86_400 ? t('hours', { hours: seconds / 3600 }) : t('wholeDays', { days: seconds / 86_400 });
}

/** The choice of one; its value is seconds. */
export function lifetimeSelect(): HTMLSelectElement {
    return el('select', {}, ...lifetimes.map((seconds) => el('option', { value: String(seconds), selected: seconds === usual }, lifetimeText(seconds))));
}
