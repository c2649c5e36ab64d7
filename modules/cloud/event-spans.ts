/** Which events a piece of a recording belongs to, with what is sent before and after them. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { EventSpan } from 'ocellus/app/cloud/hour-writer';
import { reasonKinds } from 'ocellus/app/events/event-log';
import { OcellusError } from 'ocellus/error';
import type { EventRow } from 'ocellus/plane';

/** Rows of a page, and pages of one look: more events at a time are not told apart. */
const [pageRows, pagesMax] = [200, 5] as const;

/** What is sent around an event, milliseconds. */
export interface Margins {
    readonly beforeMs: number;
    readonly afterMs: number;
}

/** Span of an event. */
function spanOf({ id, kind, mask, startMs, endMs, picture }: EventRow, { beforeMs, afterMs }: Margins): EventSpan {
    const event = { id, kind, mask, startMs, endMs };
    return {
        event,
        fromMs: startMs - beforeMs,
        toMs: endMs === undefined ? Number.POSITIVE_INFINITY : endMs + afterMs,
        pictured: picture,
    };
}

/** Whether a span touches [fromMs, toMs). */
export function touches(span: EventSpan, fromMs: number, toMs: number): boolean {
    return span.fromMs < toMs && span.toMs > fromMs;
}

/** The span of one event; undefined: it is not kept any more. */
export async function spanOfEvent(
    plane: Pick<PlaneApi, 'keptEvents'>,
    id: number,
    margins: Margins,
): Promise<EventSpan | undefined> {
    const query = { channel: '', kinds: '', newestFirst: false, byNumber: true, limit: 1, fromMs: 0, toMs: 0 };
    const { rows } = await plane.keptEvents({ ...query, afterId: id - 1, afterMs: 0 });
    const [row] = rows;
    return row?.id === id ? spanOf(row, margins) : undefined;
}

/** Spans of events of a channel, and of the device, near [fromMs, toMs), by number; [] where none are kept. */
export async function spansNear(
    plane: Pick<PlaneApi, 'keptEvents'>,
    channel: string,
    fromMs: number,
    toMs: number,
    margins: Margins,
): Promise<readonly EventSpan[]> {
    const found: EventSpan[] = [];
    let after = { id: 0, startMs: 0 };
    try {
        for (let pages = 0; pages < pagesMax; pages++) {
            const { rows, more } = await plane.keptEvents({
                channel: '',
                kinds: '',
                newestFirst: false,
                byNumber: false,
                limit: pageRows,
                afterId: after.id,
                afterMs: after.startMs,
                fromMs: Math.max(1, Math.floor(fromMs - margins.afterMs)),
                toMs: Math.max(1, Math.ceil(toMs + margins.beforeMs)),
            });
            found.push(
                ...rows
                    .filter((row) => (row.channel === channel || row.channel === '') && !reasonKinds.includes(row.kind))
                    .map((row) => spanOf(row, margins)),
            );
            const last = rows[rows.length - 1];
            if (!more || last === undefined) {
                break;
            }
            after = { id: last.id, startMs: last.startMs };
        }
    } catch (error) {
        if (!(error instanceof OcellusError && error.code === 'NOTSUP')) {
            throw error;
        }
    }
    return found.sort((a, b) => a.event.id - b.event.id);
}
