/** Published rows of viewers and views as objects. Pure. */
import {
    sessionFields,
    sessionStates,
    sessionViews,
    viewFields,
    viewHeld,
    viewKinds,
    viewStates,
} from 'ocellus/command';
import type { P2pLink } from 'ocellus/p2p-link';
import type { Session, View } from 'ocellus/p2p-state';
import { counter } from 'ocellus/plane';

type Row<F extends string> = { readonly [K in F]: number };
type SessionRow = Row<(typeof sessionFields)[number]>;
type ViewRow = Row<(typeof viewFields)[number]>;

/** Reads rows of one table: most of them are free, which costs nothing here. */
class Table<F extends string> {
    readonly #fields: readonly F[];
    readonly #words: Uint32Array<ArrayBuffer>;
    readonly #fill: (index: number, words: ArrayBuffer) => boolean;

    constructor(fields: readonly F[], fill: (index: number, words: ArrayBuffer) => boolean) {
        this.#fields = fields;
        this.#words = new Uint32Array(fields.length);
        this.#fill = fill;
    }

    /** The words of a row by name; undefined: no such row now, or a free one. */
    row(index: number): Row<F> | undefined {
        const words = this.#words;
        if (!this.#fill(index, words.buffer) || words[this.#fields.indexOf('state' as F)] === 0) {
            return undefined;
        }
        const row: Record<string, number> = {};
        this.#fields.forEach((field, at) => {
            // a name: of the fields of a row
            row[field] = words[at] ?? 0;
        });
        return row as Row<F>;
    }

    /** Those of `count` rows that are there. */
    rows(count: number): Row<F>[] {
        const rows: Row<F>[] = [];
        for (let index = 0; index < count; index++) {
            const row = this.row(index);
            if (row !== undefined) {
                rows.push(row);
            }
        }
        return rows;
    }
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
        login: row.login,
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
        held: { high: (row.held & viewHeld.high) !== 0, report: (row.held & viewHeld.report) !== 0 },
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
    const table = new Table(sessionFields, (index, words) => link.readSession(index, words));
    const rows = table.rows(link.sessionsMax()).map(sessionOf);
    return rows.sort((a, b) => a.session - b.session);
}

function viewTable(link: P2pLink): Table<(typeof viewFields)[number]> {
    return new Table(viewFields, (index, words) => link.readView(index, words));
}

/** That of one view; undefined: it is gone. */
export function readView(link: P2pLink, view: number): View | undefined {
    const count = link.sessionsMax() * sessionViews;
    const row = count === 0 ? undefined : viewTable(link).row(view % count);
    return row?.view === view ? viewOf(row) : undefined;
}

/** All that are there, by number. */
export function readViews(link: P2pLink): View[] {
    const rows = viewTable(link).rows(link.sessionsMax() * sessionViews);
    return rows.map(viewOf).sort((a, b) => a.view - b.view);
}
