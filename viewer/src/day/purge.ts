/** Deleting a stretch of recordings: what goes is read first and told, then it goes file by file, and can be stopped. */
import { parseRecordings, type Recording, send } from '../api.js';
import { el, put, setText } from '../dom.js';
import { formatBytes } from '../format.js';
import { spanTitle } from '../recording-title.js';
import { t } from '../text.js';
import { find } from './data.js';
import type { Span } from './scale.js';

/** Files of one answer. */
const pageMax = 200;

/** Which files a stretch means: `touch`: all that lie in it in part; `belong`: those whose middle does, as of a day. */
export type Means = 'touch' | 'belong';

/** What there is in a stretch. */
export interface Doomed {
    readonly goes: readonly Recording[];
    /** That events keep. */
    readonly kept: number;
    /** That are written just now. */
    readonly open: number;
}

/** Sorts what was found in a stretch; each file belongs to one of two stretches that meet. Pure. */
export function doomedOf(found: readonly Recording[], span: Span, means: Means): Doomed {
    const middle = ({ startMs = 0, endMs = startMs }: Recording): number => (startMs + endMs) / 2;
    const meant = found.filter((one) => one.startMs !== undefined && (means === 'touch' || (middle(one) >= span.from && middle(one) < span.to)));
    return {
        goes: meant.filter((one) => !one.open && one.isProtected !== true),
        kept: meant.filter((one) => !one.open && one.isProtected === true).length,
        open: meant.filter((one) => one.open).length,
    };
}

async function readDoomed(channel: string, span: Span, means: Means): Promise<Doomed | undefined> {
    const found: Recording[] = [];
    let after: string | undefined;
    do {
        const query = { channel, from: Math.round(span.from), to: Math.round(span.to), order: 'oldest', limit: pageMax, after };
        const answer = await find('/api/recordings', query, parseRecordings);
        if (answer.kind !== 'ok') {
            return undefined;
        }
        found.push(...answer.value.recordings);
        after = answer.value.next;
    } while (after !== undefined);
    return doomedOf(found, span, means);
}

/** Lines that say what goes and what stays. */
function told({ goes, kept, open }: Doomed): string[] {
    const [first, last] = [goes[0], goes.at(-1)];
    const bytes = goes.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
    const lines = first?.startMs === undefined ? [t('purgeNothing')] : [t('purgeGoes', { count: goes.length, span: spanTitle(first.startMs, last?.endMs ?? first.startMs), size: formatBytes(bytes) })];
    return [...lines, ...(kept > 0 ? [t('purgeKept', { count: kept })] : []), ...(open > 0 ? [t('purgeOpen')] : [])];
}

/** The question, its answer, and how far it is. */
export class PurgePanel {
    readonly element = el('section', { class: 'panel clip', 'aria-label': t('purge'), hidden: true });
    readonly #lines = el('div', { role: 'status' });
    readonly #progress = el('progress', { max: '1', hidden: true, 'aria-label': t('purgeProgress') });
    readonly #really = el('button', { type: 'button', class: 'danger', click: () => void this.#run() }, t('deleteYes'));
    readonly #cancel = el('button', { type: 'button', click: () => this.close() }, t('cancel'));
    readonly #onChange: () => void;
    #doomed: Doomed | undefined;
    #turn = 0;

    /** onChange: recordings are gone. */
    constructor(onChange: () => void) {
        this.#onChange = onChange;
        put(this.element, el('h2', {}, t('purge')), this.#lines, el('div', { class: 'bar' }, this.#cancel, this.#really), this.#progress);
    }

    /** Asks about a stretch of a channel. */
    async open(channel: string, span: Span, means: Means): Promise<void> {
        const turn = ++this.#turn;
        this.#doomed = undefined;
        this.element.hidden = false;
        this.#progress.hidden = true;
        this.#really.disabled = true;
        setText(this.#cancel, t('cancel'));
        this.#say(t('loading'));
        this.#cancel.focus();
        const doomed = await readDoomed(channel, span, means);
        if (turn !== this.#turn) {
            return; // closed, or another stretch was asked about
        }
        this.#doomed = doomed;
        this.#say(...(doomed === undefined ? [t('recordingsFailed')] : [...told(doomed), ...(doomed.goes.length > 0 && means === 'touch' ? [t('purgeWhole')] : [])]));
        this.#really.disabled = (doomed?.goes.length ?? 0) === 0;
        this.element.scrollIntoView({ block: 'nearest' });
    }

    /** Ends it; what is gone is gone. */
    close(): void {
        this.#turn++;
        this.element.hidden = true;
    }

    #say(...lines: readonly string[]): void {
        put(this.#lines, ...lines.map((line) => el('p', {}, line)));
    }

    async #run(): Promise<void> {
        const goes = this.#doomed?.goes ?? [];
        const turn = ++this.#turn;
        this.#really.disabled = true;
        this.#progress.hidden = false;
        setText(this.#cancel, t('stop'));
        const problems = new Set<string>();
        let gone = 0;
        for (const [index, one] of goes.entries()) {
            if (turn !== this.#turn) {
                break; // stopped
            }
            const outcome = await send('DELETE', `/api${one.path}`);
            if (outcome.ok || outcome.status === 404) {
                gone++;
            } else {
                problems.add(outcome.status === 409 ? t('deleteProtected') : outcome.message || t('notDone'));
                if (outcome.status === 0 || outcome.status === 403) {
                    break; // the next ones would go the same way
                }
            }
            this.#progress.value = (index + 1) / goes.length;
        }
        this.#onChange();
        if (turn === this.#turn) {
            this.#progress.hidden = true;
            setText(this.#cancel, t('close'));
            this.#say(t('purgeDone', { gone, count: goes.length }), ...problems);
            this.#cancel.focus();
        }
    }
}
