import type { Channel, Stream } from './status.js';
import { t, word } from './text.js';

/** Why a channel does not run, in the reader's language: by its word, else in the device's own; undefined: it does. */
export function reasonText({ reason, problem }: Pick<Channel, 'reason' | 'problem'>): string | undefined {
    const known = word('reason', reason ?? '');
    return known === (reason ?? '') ? problem : known;
}

/** What a source does. One that never delivered was not lost. */
export function sourceText({ state, packets }: Pick<Stream, 'state' | 'packets'>): string {
    return state === 'lost' && packets === 0 ? t('input.failed') : word('input', state);
}

/** The same and why: "connection lost, retrying: …". A refused login waits: cameras lock accounts. */
export function inputText(channel: Channel): string {
    const why = reasonText(channel);
    const what = channel.reason === 'password' ? t('input.refused') : sourceText(channel);
    return why === undefined ? what : `${what}: ${why}`;
}
