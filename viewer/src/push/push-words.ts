/** The state of a push in one sentence. Pure. */
import { formatDuration } from '../format.js';
import { t, word } from '../text.js';
import type { Push } from './push-data.js';

/** nowMs: of the device; undefined: its clock is not known. */
export function sentenceOf(push: Push, nowMs: number | undefined): string {
    const { state, error, nextTryMs } = push;
    const said = word('push', state);
    if (error === undefined) {
        return push.sinceMs === undefined || nowMs === undefined || state !== 'runs' ? said : t('pushSince', { state: said, time: formatDuration(nowMs - push.sinceMs) });
    }
    const known = word('pushError', error.code);
    const why = known === error.code ? error.text : known;
    const wait = nextTryMs === undefined || nowMs === undefined ? undefined : Math.ceil((nextTryMs - nowMs) / 1000);
    return wait === undefined || wait <= 0 ? t('pushWhy', { state: said, why }) : t('pushAgain', { state: said, why, seconds: wait });
}
