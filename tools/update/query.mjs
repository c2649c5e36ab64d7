// `ocellus recordings|events|snapshot`: what was recorded and what happened, from the program that runs, over its control
// socket (docs/formats-control.md); recordings and events out of the files while none runs.
import { linkSync, lstatSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dataOf, patient, reasonOf } from './control.mjs';
import { parse, runWords, Unable, Usage, whole } from './words.mjs';

/** @typedef {import('./words.mjs').Parsed} Parsed */
/** @typedef {Record<string, unknown> & { start: string | null }} Row */
/** @typedef {{ channel: string, name: string, kinds: string[], fromMs: number, toMs: number, newest: boolean, limit: number }} Query */

const common = `  --from TIME, --to TIME      a span: 2026-11-21T02:51:00Z or ms since 1970
  --order newest|oldest       (newest)
  --limit N                   rows at most, 0: all (100)
  --json                      one JSON object per line
  --data DIR                  the data directory of the program

The program is reached by the socket control.sock in its data directory, by
the same user or root. While none runs, the files there are read; nothing is
changed. Exit: 0 done, 1 it cannot be done, 2 usage.
`;

export const recordingsUsage = `usage: ocellus recordings [options]

  --channel NAME              of this channel
  --name NAME                 with this name
${common}`;

export const eventsUsage = `usage: ocellus events [options]

  --channel NAME              of this channel
  --kind KIND                 of this kind; may be repeated
${common}`;

export const snapshotUsage = `usage: ocellus snapshot CHANNEL --out FILE|- [options]

  --out FILE                  a JPEG; "-": standard output
  --stream sub                of the smaller stream
  --data DIR                  the data directory of the program

A program must run: it is reached by the socket control.sock in its data
directory, by the same user or root. Exit: 0 done, 1 it cannot be done, 2 usage.
`;

const text = /** @type {const} */ ({ type: 'string' });
const listOptions = /** @type {import('./words.mjs').Options} */ ({ data: text, channel: text, from: text, to: text, order: text, limit: text, json: { type: 'boolean' } });
const [pageRows, limitMax] = [200, 1_000_000];

/** An option that is a time, ms since 1970. @param {Parsed} parsed @param {string} name @param {number} otherwise */
export function timeOf(parsed, name, otherwise) {
    const given = parsed.text(name);
    if (given === undefined) return otherwise;
    const ms = /^\d{1,15}$/.test(given) ? Number(given) : /^\d{4}-\d\d-\d\dT[\d:.]{5,15}(?:Z|[+-]\d\d:\d\d)$/.test(given) ? Date.parse(given) : Number.NaN;
    if (Number.isNaN(ms)) throw new Usage(`--${name}: "${given}" is not allowed: a time as 2026-11-21T02:51:00Z`);
    return ms;
}

/** @param {Parsed} parsed @returns {Query} */
function queryOf(parsed) {
    const order = parsed.text('order') ?? 'newest';
    if (order !== 'newest' && order !== 'oldest') throw new Usage(`--order: "${order}" is not allowed: newest or oldest`);
    const query = {
        channel: parsed.text('channel') ?? '',
        name: parsed.text('name') ?? '',
        kinds: parsed.all('kind'),
        fromMs: timeOf(parsed, 'from', 0),
        toMs: timeOf(parsed, 'to', Number.MAX_SAFE_INTEGER),
        newest: order === 'newest',
        limit: whole(parsed, 'limit', 100, limitMax) || limitMax,
    };
    if (!/^(?:[a-z0-9][a-z0-9-]{0,30})?$/.test(query.channel)) throw new Usage(`--channel: "${query.channel}" is no name of a channel`);
    if (!/^[A-Za-z0-9-]{0,63}$/.test(query.name)) throw new Usage(`--name: "${query.name}" is no name of recordings`);
    if (query.kinds.length > 8 || query.kinds.some((kind) => !/^[a-z][a-z0-9-]{0,22}$/.test(kind))) throw new Usage('--kind: at most 8, each of small letters, digits and -');
    if (query.fromMs >= query.toMs) throw new Usage('--to: lies before --from');
    return query;
}

// ---- the program that runs ----

/**
 * Rows page by page; false: no program runs.
 * @param {string} data @param {'recordings' | 'events'} what @param {Query} query @param {(row: Row) => void} take
 */
async function live(data, what, query, take) {
    const words = new URLSearchParams({ order: query.newest ? 'newest' : 'oldest' });
    for (const [name, value] of /** @type {const} */ ([
        ['channel', query.channel],
        ['name', query.name],
        ['kind', query.kinds.join(',')],
        ['from', query.fromMs > 0 ? new Date(query.fromMs).toISOString() : ''],
        ['to', query.toMs < Number.MAX_SAFE_INTEGER ? new Date(query.toMs).toISOString() : ''],
    ])) {
        if (value !== '') words.set(name, value);
    }
    for (let left = query.limit, after = ''; left > 0; ) {
        words.set('limit', String(Math.min(left, pageRows)));
        if (after !== '') words.set('after', after);
        const answer = await patient(data, `/api/${what === 'events' ? 'event-log' : what}?${words}`);
        if (answer === undefined) {
            if (after !== '') throw new Unable('the program ended');
            return false;
        }
        if (answer.status !== 200) throw new Unable(reasonOf(answer));
        const page = JSON.parse(answer.body.toString('utf8'));
        for (const row of page[what]) take(row);
        left -= page[what].length;
        if (page.next === null || page[what].length === 0) break;
        after = page.next;
    }
    return true;
}

// ---- files, while none runs ----

/** @param {string} folder @returns {string[]} names; none: the folder is not there */
function namesIn(folder) {
    try {
        return readdirSync(folder);
    } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return [];
        throw new Unable(`${folder}: ${/** @type {NodeJS.ErrnoException} */ (error).code}`);
    }
}

/** `20261121T025100.123Z`; undefined: no time of the wall clock. @param {string} stamp */
function stampMs(stamp) {
    const [, year, month, day, hour, minute, rest] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z$/.exec(stamp) ?? [];
    return year === undefined ? undefined : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${rest}Z`);
}

/** Recordings by their names (docs/formats-recordings.md). @param {string} data @param {Query} query @returns {Row[]} */
function storedRecordings(data, query) {
    const root = path.join(data, 'recordings');
    /** @type {Row[]} */
    const rows = [];
    for (const channel of query.channel ? [query.channel] : namesIn(root).filter((name) => /^[a-z0-9][a-z0-9-]{0,30}$/.test(name))) {
        for (const file of namesIn(path.join(root, channel))) {
            const [, name = '', begun = '', ended = ''] = /^([A-Za-z0-9-]{1,63})_(\d{8}T\d{6}\.\d{3}Z|m\d{13})_(\d{8}T\d{6}\.\d{3}Z|m\d{13}|open)\.mp4$/.exec(file) ?? [];
            if (name === '' || (query.name && name !== query.name)) continue;
            const [startMs, endMs] = [stampMs(begun), stampMs(ended)];
            const about = lstatSync(path.join(root, channel, file), { throwIfNoEntry: false });
            if (!about?.isFile()) continue;
            const lastMs = endMs ?? Math.round(about.mtimeMs);
            if (startMs === undefined ? query.fromMs > 0 || query.toMs < Number.MAX_SAFE_INTEGER : startMs > query.toMs || lastMs < query.fromMs) continue;
            const lengthMs = startMs === undefined ? (ended === 'open' ? 0 : Number(ended.slice(1)) - Number(begun.slice(1))) : lastMs - startMs;
            rows.push({
                channel,
                name,
                path: `/recordings/${channel}/${file}`,
                start: startMs === undefined ? null : new Date(startMs).toISOString(),
                end: endMs === undefined ? null : new Date(endMs).toISOString(),
                bytes: about.size,
                open: ended === 'open',
                durationMs: Math.max(0, lengthMs),
            });
        }
    }
    return rows;
}

/** One line of a file of events; undefined: none of ours, or cut off. @param {string} line @returns {Record<string, unknown> | undefined} */
function lineOf(line) {
    try {
        const value = JSON.parse(line);
        return typeof value === 'object' && value !== null && Number.isSafeInteger(value.id) && value.id > 0 ? value : undefined;
    } catch {
        return undefined;
    }
}

/** Events out of their files (docs/design/recordings-index.md). @param {string} data @param {Query} query @returns {Row[]} */
export function storedEvents(data, query) {
    /** @type {Map<number, Row>} */
    const rows = new Map();
    for (const file of namesIn(path.join(data, 'events')).filter((name) => /^\d{6}\.ndjson$/.test(name)).sort()) {
        const whole = readFileSync(path.join(data, 'events', file), 'utf8');
        for (const line of whole.slice(0, whole.lastIndexOf('\n') + 1).split('\n')) {
            const change = lineOf(line);
            if (change === undefined) continue;
            const id = Number(change['id']);
            const row = rows.get(id);
            const at = (/** @type {unknown} */ ms) => (Number.isSafeInteger(ms) && Math.abs(Number(ms)) < 8.64e15 ? new Date(Number(ms)).toISOString() : null);
            if (change['op'] === 'begin') {
                const { kind, mask = 0, channel, data: more = null, raised = false } = change;
                const [start, end] = [at(change['at']), at(change['end'])];
                if (typeof kind === 'string' && start !== null) rows.set(id, { id, kind, mask, channel: channel || null, start, end, picture: null, protected: false, raised, data: more });
            } else if (change['op'] === 'delete') rows.delete(id);
            else if (row !== undefined && change['op'] === 'end') row['end'] = at(change['at']);
            else if (row !== undefined && change['op'] === 'protect') row['protected'] = change['on'] === true;
            else if (row !== undefined && change['op'] === 'picture') row['picture'] = change['bytes'] === 0 ? null : `/thumbnail/event/${id}.jpg`;
        }
    }
    return [...rows.values()].filter(
        (row) =>
            (!query.channel || row['channel'] === query.channel) &&
            (query.kinds.length === 0 || query.kinds.includes(String(row['kind']))) &&
            Date.parse(String(row.start)) <= query.toMs &&
            (row['end'] === null || Date.parse(String(row['end'])) >= query.fromMs),
    );
}

/** Rows without a date are behind. @param {Row[]} rows @param {Query} query */
function inOrder(rows, query) {
    const keyOf = (/** @type {Row} */ row) => `${row.start ?? (query.newest ? '' : '~')} ${String(row['id'] ?? '').padStart(10, '0')}${row['path'] ?? ''}`;
    const sorted = rows.map((row) => ({ key: keyOf(row), row })).sort((a, b) => (a.key < b.key ? -1 : 1));
    return (query.newest ? sorted.reverse() : sorted).slice(0, query.limit).map(({ row }) => row);
}

// ---- what is shown ----

/** Without what moves a cursor or rings a bell. @param {unknown} value */
export const plain = (value) => String(value ?? '-').replaceAll(/\p{C}/gu, '?');

/** A length of time for people. @param {number} ms */
export const lengthOf = (ms) => (ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`);

const columns = {
    recordings: (/** @type {Row} */ row) => [plain(row.start), lengthOf(Number(row['durationMs'])), `${(Number(row['bytes']) / 1e6).toFixed(1)} MB`, row['open'] ? 'open' : row['protected'] ? 'protected' : '', plain(row['path'])],
    events: (/** @type {Row} */ row) => [plain(row['id']), plain(row.start), plain(row['kind']), plain(row['channel']), row['end'] === null ? 'goes on' : lengthOf(Date.parse(String(row['end'])) - Date.parse(String(row.start))), `${row['protected'] ? 'protected ' : ''}${row['picture'] ? 'picture' : ''}`.trim(), row['data'] === null ? '' : plain(JSON.stringify(row['data'])).slice(0, 60)],
};

/** Lines in columns. @param {readonly string[][]} lines */
export function table(lines) {
    const widths = (lines[0] ?? []).map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
    for (const line of lines) console.log(line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ').trimEnd());
}

/** @param {'recordings' | 'events'} what @param {Parsed} parsed */
async function list(what, parsed) {
    const query = queryOf(parsed);
    const data = dataOf(parsed);
    /** @type {string[][]} */
    const lines = [];
    const show = (/** @type {Row} */ row) => {
        if (parsed.is('json')) console.log(JSON.stringify(row));
        else lines.push(columns[what](row));
    };
    if (!(await live(data, what, query, show))) {
        console.error(`ocellus ${what}: no program runs here: read from the files`);
        const rows = what === 'events' ? storedEvents(data, query) : storedRecordings(data, query);
        for (const row of inOrder(rows, query)) show(row);
    }
    for (let from = 0; from < lines.length; from += 1000) table(lines.slice(from, from + 1000));
    return 0;
}

/** A file that is whole or not there. @param {string} file @param {Buffer} bytes */
function save(file, bytes) {
    const part = `${file}.part`;
    try {
        writeFileSync(part, bytes, { mode: 0o600 });
        linkSync(part, file);
    } catch (error) {
        const { code } = /** @type {NodeJS.ErrnoException} */ (error);
        throw new Unable(`${file}: ${code === 'EEXIST' ? 'exists already; name another file' : code}`);
    } finally {
        try {
            unlinkSync(part);
        } catch {
            // it was not made
        }
    }
}

/** @param {Parsed} parsed */
async function snapshot(parsed) {
    const [channel = ''] = parsed.words;
    const [out = '', stream] = [parsed.text('out'), parsed.text('stream')];
    if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(channel)) throw new Usage(`"${channel}" is no name of a channel`);
    if (out === '') throw new Usage('--out is missing: a file, or - for standard output');
    if (stream !== undefined && stream !== 'main' && stream !== 'sub') throw new Usage(`--stream: "${stream}" is not allowed: main or sub`);
    const data = dataOf(parsed);
    const answer = await patient(data, `/snapshot/${channel}.jpg${stream ? `?stream=${stream}` : ''}`);
    if (answer === undefined) throw new Unable(`no program runs with the data directory ${data}`);
    if (answer.status !== 200 || answer.type !== 'image/jpeg') throw new Unable(`channel ${channel}: ${reasonOf(answer)}`);
    if (out === '-') await new Promise((resolve) => process.stdout.write(answer.body, () => resolve(undefined)));
    else save(out, answer.body);
    return 0;
}

/** @param {readonly string[]} args */
export const recordingsCommand = (args) => runWords('recordings', recordingsUsage, args, () => list('recordings', parse(args, { ...listOptions, name: text }, 0, 0)));
/** @param {readonly string[]} args */
export const eventsCommand = (args) => runWords('events', eventsUsage, args, () => list('events', parse(args, { ...listOptions, kind: { type: 'string', multiple: true } }, 0, 0)));
/** @param {readonly string[]} args */
export const snapshotCommand = (args) => runWords('snapshot', snapshotUsage, args, () => snapshot(parse(args, { data: text, out: text, stream: text }, 1, 1)));
