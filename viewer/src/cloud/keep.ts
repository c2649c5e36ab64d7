/** The place that the reader keeps in this browser, with its keys. */
import { record, text } from '../json.js';
import type { Place } from './bucket.js';

const name = 'ocellus.cloud';

/** No store. */
export const nowhere: Place = { endpoint: '', region: 'us-east-1', bucket: '', prefix: '', pathStyle: true, accessKeyId: '', secretAccessKey: '' };

/** What was kept; empty: nothing. */
export function kept(): Partial<Place> {
    try {
        const found = record(JSON.parse(localStorage.getItem(name) ?? ''));
        const texts = (['endpoint', 'region', 'bucket', 'prefix', 'accessKeyId', 'secretAccessKey'] as const).map((key) => [key, text(found[key])]);
        return { ...Object.fromEntries(texts.filter(([, value]) => value !== undefined)), pathStyle: found['pathStyle'] !== false };
    } catch {
        return {};
    }
}

/** Keeps it until it is forgotten. */
export function keep(place: Place): void {
    try {
        localStorage.setItem(name, JSON.stringify(place));
    } catch {
        // it holds until the page is left
    }
}

/** Nothing is kept any more. */
export function forget(): void {
    try {
        localStorage.removeItem(name);
    } catch {
        // nothing was
    }
}
