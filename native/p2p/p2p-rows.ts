/** Published rows of viewers and views as objects. Pure. */
import { sessionFields, sessionStates, sessionViews, viewFields, viewKinds, viewStates } from 'ocellus/command';
import type { P2pLink } from 'ocellus/p2p-link';
import type { Session, View } from 'ocellus/p2p-types';
import { counter } from 'ocellus/plane';

type Row<F extends string> = { readonly [K in F]: number };
type SessionRow = Row<(typeof sessionFields)[number]>;
type ViewRow = Row<(typeof viewFields)[number]>;

/** The words of a row by name; undefined: no such row now, or a free one. */
function read<F extends string>(
    fields: readonly F[],
    index: number,
    fill: (index: number, words: ArrayBuffer) => boolean,
): Row<F> | undefined {
    const words = new Uint32Array(fields.length);
    if (!fill(index, words.buffer)) {
        return undefined;
    }
    const row: Record<string, number> = {};
    fields.forEach((field, at) => {
        row[field] = words[at] ?? 0;
    });
    return row['state'] === 0 ? undefined : (row as Row<F>);
}

function address(row: SessionRow): string {
    const { family, port, ip0, ip1, ip2, ip3 } = row;
    if (family === 4) {
        return `${[24, 16, 8, 0].map((shift) => (ip0 >>> shift) & 255).join('.')}:${port}`;
    }
    if (family !== 6) {
        return '';
    }
    const groups = [ip0, ip1, ip2, ip3].flatMap((word) => [word >>> 16, word & 0xffff]);
    return `[${shorten(groups.map((group) => group.toString(16)))}]:${port}`;
}

/** The longest run of two or more zero groups, the first of equals, becomes `::` (RFC 5952). */
function shorten(groups: readonly string[]): string {
    let [from, length] = [0, 1];
    for (let at = 0; at < groups.length; at++) {
        let end = at;
        while (groups[end] === '0') {
            end++;
        }
        if (end - at > length) {
            [from, length] = [at, end - at];
        }
    }
    if (length === 1) {
        return groups.join(':');
    }
    return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
}

function sessionOf(row: SessionRow): Session {
    return {
        session: row.session,
        state: sessionStates[row.state] ?? 'free',
        views: row.views,
        address: address(row),
        relayed: row.relayed !== 0,
        rttUs: row.rtt_us,
        uptimeS: row.uptime_s,
    };
}

function viewOf(row: ViewRow): View {
    return {
        view: row.view,
        session: row.session,
        state: viewStates[row.state] ?? 'free',
        kind: viewKinds[row.kind] ?? 'unknown',
        id: row.id,
        channel: row.channel,
        stream: row.stream === 1 ? 'sub' : 'main',
        queued: row.queued,
        instantRate: row.inst_rate,
        acknowledgedRate: row.acked_rate,
        acknowledgedBytes: counter(row.acked_hi, row.acked_lo),
        rttUs: row.rtt_us,
        lossPpm: row.loss_ppm,
        congestionWindow: row.cwnd,
        pacingRate: row.pacing_rate,
        drops: {
            overtaken: row.drop_ring,
            watermark: row.drop_watermark,
            report: row.drop_report,
            tracks: row.drop_tracks,
            abandoned: row.abandoned,
        },
        held: { high: (row.held & 1) !== 0, report: (row.held & 2) !== 0 },
        watermarks: { low: row.low, warn: row.warn, high: row.high },
        aboveWarn: row.watermark !== 0,
        keyRequests: row.key_requests,
        jumps: row.jumps,
        receivedBytes: counter(row.received_hi, row.received_lo),
        receivedDropped: row.drop_received,
    };
}

/** All that are there, by number. */
export function readSessions(link: P2pLink): Session[] {
    const rows: Session[] = [];
    for (let index = 0; index < link.sessionsMax(); index++) {
        const row = read(sessionFields, index, (at, words) => link.readSession(at, words));
        if (row !== undefined) {
            rows.push(sessionOf(row));
        }
    }
    return rows.sort((a, b) => a.session - b.session);
}

function viewAt(link: P2pLink, index: number): View | undefined {
    const row = read(viewFields, index, (at, words) => link.readView(at, words));
    return row && viewOf(row);
}

/** That of one view; undefined: it is gone. */
export function readView(link: P2pLink, view: number): View | undefined {
    const count = link.sessionsMax() * sessionViews;
    const row = count === 0 ? undefined : viewAt(link, view % count);
    return row?.view === view ? row : undefined;
}

/** All that are there, by number. */
export function readViews(link: P2pLink): View[] {
    const rows: View[] = [];
    for (let index = 0; index < link.sessionsMax() * sessionViews; index++) {
        const row = viewAt(link, index);
        if (row !== undefined) {
            rows.push(row);
        }
    }
    return rows.sort((a, b) => a.view - b.view);
}
