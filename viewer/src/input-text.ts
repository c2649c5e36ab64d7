import type { Channel } from './status.js';
import { t, word } from './text.js';

/** Why a channel does not run, in the reader's language: by its word, else in the device's own; undefined: it does. */
export function reasonText({ reason, problem }: Pick<Channel, 'reason' | 'problem'>): string | undefined {
    const known = word('reason', reason ?? '');
    return known === (reason ?? '') ? problem : known;
}

/** What its source does: "connection lost, retrying: …". One that never delivered was not lost. */
export function inputText(channel: Channel): string {
    const state = channel.state === 'lost' && channel.packets === 0 ? t('input.failed') : word('input', channel.state);
    const why = reasonText(channel);
    return why === undefined ? state : `${state}: ${why}`;
}
