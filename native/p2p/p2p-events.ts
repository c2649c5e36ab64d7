/** Notices that ask nothing. */
import type { Notice } from 'ocellus/p2p-notices';
import { call, type Ground } from 'ocellus/p2p-ground';
import type { P2pEvent } from 'ocellus/p2p-types';

/** Those of them. */
export type Telling = Extract<Notice, { readonly kind: P2pEvent['kind'] | 'session' | 'candidate' }>;

/** Plain copies: fields that this version does not know stay behind. */
function eventOf(notice: Exclude<Telling, { readonly kind: 'session' | 'candidate' }>): P2pEvent {
    switch (notice.kind) {
        case 'ready':
        case 'addr-changed':
            return { kind: notice.kind };
        case 'connect-fail':
            return { kind: notice.kind, reason: notice.reason ?? '' };
        case 'peer-error':
            return { kind: notice.kind, session: notice.session, reason: notice.reason ?? '' };
        case 'watermark': {
            const { kind, level, view, session } = notice;
            return { kind, level, view, session };
        }
    }
}

/** To `onSession`, `onCandidate` or `onEvent`. */
export function tell(notice: Telling, ground: Ground): void {
    const { callbacks } = ground;
    if (notice.kind === 'session') {
        const { session, state, reason = '', address = '' } = notice;
        call(ground, () => callbacks.onSession?.({ session, state, reason, address }));
    } else if (notice.kind === 'candidate') {
        const { session, line } = notice;
        call(ground, () => callbacks.onCandidate?.({ session, line }));
    } else {
        const event = eventOf(notice);
        call(ground, () => callbacks.onEvent?.(event));
    }
}
