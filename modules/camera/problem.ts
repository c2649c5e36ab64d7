/** Why a channel does not run: one sentence and one word for the status, the settings and the page. Pure. */
import { type ErrorCode, OcellusError } from 'ocellus/error';
import type { ChannelRow } from 'ocellus/plane';

/** The sentence, and the code in lower case (`no-video`); both null: it runs, or was not tried yet. */
export interface Problem {
    readonly problem: string | null;
    readonly reason: string | null;
}

/** What opening a channel met; '' and undefined: nothing. */
export interface Met {
    readonly problem: string;
    readonly code: ErrorCode | undefined;
}

function reasonOf(code: ErrorCode): string {
    return code.toLowerCase().replace(/_/g, '-');
}

/** What opening met, else what the media plane says of the source in `row`. */
export function problemOf({ problem, code }: Met, row: Pick<ChannelRow, 'failure'> | undefined): Problem {
    if (problem !== '') {
        return { problem, reason: reasonOf(code ?? 'IO') };
    }
    const number = row?.failure ?? 0;
    const error = number === 0 ? undefined : OcellusError.fromNumber(-number);
    return { problem: error?.message ?? null, reason: error === undefined ? null : reasonOf(error.code) };
}

/** The same of a channel that stays: a refused login waits for minutes, then hours (`Cameras`, `oc_capture_pause.h`). */
export function lastingProblemOf(met: Met, row: Pick<ChannelRow, 'failure'> | undefined): Problem {
    const found = problemOf(met, row);
    const later = 'tried again seldom, for cameras lock accounts; at once when it is saved';
    return found.reason === 'password' ? { ...found, problem: `${found.problem}; ${later}` } : found;
}
