/** Who has a password, and what came of setting one (docs/design/access.md). */
import type { Answer, Outcome } from '../api.js';
import { get } from '../api.js';
import { record } from '../json.js';
import { t } from '../text.js';

/** needed: nobody has a password yet. code: it takes the claim code to set one from here. */
export interface Claim {
    readonly needed: boolean;
    readonly code: boolean;
}

/** Asks. An earlier version of the device has no claim. */
export async function readClaim(): Promise<Answer<Claim>> {
    return get('/api/claim', (value) => {
        const { needed, code } = record(value);
        return typeof needed === 'boolean' ? { needed, code: code === true } : undefined;
    });
}

/** What is said for an outcome that is none; wrong: for the secret that was given with it. */
export function claimProblem(outcome: Outcome & { readonly ok: false }, wrong: string): string {
    switch (outcome.status) {
        case 403:
            return wrong;
        case 409:
            return outcome.message;
        case 429:
            return t('page.loginLater');
        default:
            return outcome.status === 0 ? t('offlineText') : t('notDone');
    }
}
