/** Why a channel does not run as it shall: one sentence and one word for the status, the settings and the page. Pure. */
import { redactUrl } from 'ocellus/app/config/redact';
import { type ErrorCode, OcellusError } from 'ocellus/error';
import { type ChannelRow, rowState } from 'ocellus/plane';

/** The sentence, and the code in lower case (`no-video`); both null: it runs, or was not tried yet. */
export interface Problem {
    readonly problem: string | null;
    readonly reason: string | null;
}

/** The words of a row that tell. */
export type ProblemRow = Pick<ChannelRow, 'name' | 'state' | 'failure'>;

/** Nothing is wrong. */
const none: Problem = Object.freeze({ problem: null, reason: null });

/** A code for the status. */
export function reasonOf(code: ErrorCode): string {
    return code.toLowerCase().replace(/_/g, '-');
}

/** With the source in front, unless its reader has named it already. */
function withSource(why: string, url: string): string {
    const shown = redactUrl(url);
    const says = why.startsWith(`${shown}: `) || /^[a-z0-9]+:\/\/\S*: /.test(why);
    return says ? why : `${shown}: ${why}`;
}

/** The media plane speaks of the recording of a channel that runs: "record: …", "record.prerollSeconds: …". */
export function isOfRecording(why: string): boolean {
    return /^record[:.]/.test(why);
}

/** What the media plane has met with a channel; undefined: it is as it shall be. The message names channel and source. */
export function errorOf(row: ProblemRow | undefined, why: string, url: string): OcellusError | undefined {
    if (row === undefined || row.failure === 0) {
        return undefined;
    }
    const { code, message } = OcellusError.fromNumber(-row.failure);
    if (code === 'PRIVATE') {
        return new OcellusError(code, `${row.name}: ${message}`);
    }
    const isFailed = rowState(row) === 'failed';
    if (!isFailed && why === '') {
        return new OcellusError(code, message); // of a source that is lost
    }
    const doing = isFailed ? 'open' : isOfRecording(why) ? 'record' : 'change';
    const text = withSource(why === '' ? message : why.replace(/^record: /, ''), url);
    return new OcellusError(code, `${row.name}: cannot ${doing} ${text}`);
}

/** As `errorOf`, for people. */
export function problemOf(row: ProblemRow | undefined, why: string, url: string): Problem {
    const error = errorOf(row, why, url);
    return error === undefined ? none : { problem: error.message, reason: reasonOf(error.code) };
}

/** The same of a channel that stays: the media plane tries a refused login after minutes, then hours. */
export function lastingProblemOf(row: ProblemRow | undefined, why: string, url: string): Problem {
    const found = problemOf(row, why, url);
    const later = 'tried again seldom, for cameras lock accounts; at once when it is saved';
    return found.reason === 'password' ? { ...found, problem: `${found.problem}; ${later}` } : found;
}
