/** Routes of the events that are kept, and of events raised from outside (docs/design/events.md). */
import { permits } from 'ocellus/app/commands/rights';
import { isObject, parseObject } from 'ocellus/app/config/json';
import { type Titles, titleOf } from 'ocellus/app/config/names';
import { checkRaised, type EventBus, type EventState } from 'ocellus/app/events/event-bus';
import type { EventLog } from 'ocellus/app/events/event-log';
import type { EventRaiseJson, KeptEventJson } from 'ocellus/app/http/api-types';
import { instantParameter, parseQuery, wholeParameter } from 'ocellus/app/http/query';
import { Raw, Reply, type Router, type ScopedRequest } from 'ocellus/app/http/router';
import { OcellusError } from 'ocellus/error';
import type { HttpRequest } from 'ocellus/http';
import type { EventRow } from 'ocellus/plane';

/** What the routes need. */
export interface EventApiOptions {
    readonly events: EventBus;
    readonly log: EventLog;
    readonly settingsStore: { readonly current: { readonly channels: Titles } };
}

/** Characters of a body: the data of an event, and the rest. */
const bodyMax = 5_000;

/** Names in the data of all events of one script, at most: XS keeps each of them until the script ends. */
const namesMax = 512;

/** Kinds of one query. */
const kindsMax = 8;

const keys = ['kind', 'channel', 'data', 'state', 'start', 'end', 'protected'] as const;

const patchNames: ReadonlySet<string> = new Set(['protected']);

function namesIn(value: unknown): readonly string[] {
    if (Array.isArray(value)) {
        return value.flatMap(namesIn);
    }
    return isObject(value) ? Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]) : [];
}

function refuse(what: string, value: unknown, allowed: string): OcellusError {
    const shown = (JSON.stringify(value) ?? 'nothing').slice(0, 40);
    return new OcellusError('INVAL', `${what}: ${shown} is not allowed; use ${allowed}`);
}

/**
 * A row as people get it, a `KeptEventJson`. Its data stays the text that it is: XS keeps each name of an object that is
 * parsed until the script ends. `channels`: those of the settings.
 */
export function keptEventText(
    { id, kind, mask, channel, startMs, endMs, data, ...row }: EventRow,
    channels: Titles,
): string {
    const head: Omit<KeptEventJson, 'data'> = {
        id,
        kind,
        mask,
        channel: channel === '' ? null : channel,
        channelTitle: channel === '' ? null : titleOf(channels, channel),
        start: new Date(startMs).toISOString(),
        end: endMs === undefined ? null : new Date(endMs).toISOString(),
        picture: row.picture ? `/thumbnail/event/${id}.jpg` : null,
        protected: row.protected,
        raised: row.raised,
    };
    return `${JSON.stringify(head).slice(0, -1)},"data":${data === '' ? 'null' : data}}`;
}

/** `next` of a page: number and beginning of its last row. `at`: where it was given. */
export function eventAfter(text: string, at: string): { readonly id: number; readonly startMs: number } | undefined {
    const [, startMs, id] = /^(\d{1,15})-(\d{1,10})$/.exec(text) ?? [];
    if (text !== '' && id === undefined) {
        throw refuse(at, text, 'the value of next');
    }
    return id === undefined ? undefined : { id: Number(id), startMs: Number(startMs) };
}

async function list(
    { log, settingsStore }: EventApiOptions,
    { query, scope }: ScopedRequest,
    textMax: number,
): Promise<Raw> {
    const known = ['channel', 'kind', 'from', 'to', 'order', 'after', 'limit'] as const;
    const { channel = '', kind = '', from, to, order = 'newest', after = '', limit } = parseQuery(query, known);
    const kinds = kind === '' ? [] : kind.split(',');
    if (!/^(?:[a-z0-9][a-z0-9-]{0,30})?$/.test(channel)) {
        throw refuse('query: channel', channel, 'the name of a channel');
    }
    if (kinds.length > kindsMax || kinds.some((one) => !/^[a-z][a-z0-9-]{0,22}$/.test(one))) {
        throw refuse('query: kind', kind, `at most ${kindsMax} kinds with commas between them`);
    }
    if (order !== 'newest' && order !== 'oldest') {
        throw refuse('query: order', order, 'newest or oldest');
    }
    const { rows: found, more } = await log.page({
        channel,
        kinds,
        fromMs: instantParameter('from', from),
        toMs: instantParameter('to', to),
        newestFirst: order === 'newest',
        after: eventAfter(after, 'query: after'),
        limit: wholeParameter('limit', limit, 1, 200, 100),
    });
    const chosen = scope?.cameras !== undefined;
    let left = textMax - 1000;
    let seen = 0;
    const shown: string[] = [];
    for (const row of found) {
        if (permits(scope, 'look', row.channel)) {
            // the host knows no camera of a picture of an event, so it serves none to whoever may not see them all
            const text = keptEventText(chosen ? { ...row, picture: false } : row, settingsStore.current.channels);
            left -= text.length + 1;
            if (left < 0) {
                break;
            }
            shown.push(text);
        }
        seen++;
    }
    const last = found[seen - 1];
    const next = last !== undefined && (more || seen < found.length) ? `${last.startMs}-${last.id}` : null;
    return new Raw({ body: `{"events":[${shown.join(',')}],"next":${JSON.stringify(next)}}` });
}

function instantOf(key: string, value: unknown): number {
    const ms = typeof value === 'string' ? Date.parse(value) : value;
    if (typeof ms !== 'number' || !(ms >= 0 && ms <= 253_402_300_799_999)) {
        throw refuse(`body: ${key}`, value, '2026-11-21T02:51:00Z or milliseconds since 1970');
    }
    return Math.round(ms);
}

interface Span {
    readonly startMs: number;
    readonly endMs: number;
}

/** A span of the past; undefined: neither start nor end is given. */
function spanOf({ start, end, state }: Partial<EventRaiseJson>): Span | undefined {
    if (start === undefined && end === undefined) {
        return undefined;
    }
    if (start === undefined || end === undefined || state !== undefined) {
        throw new OcellusError('INVAL', 'body: start and end belong together, and have no state');
    }
    const span = { startMs: instantOf('start', start), endMs: instantOf('end', end) };
    if (span.endMs < span.startMs) {
        throw refuse('body: end', end, 'an instant not before start');
    }
    return span;
}

function stateOf(state: unknown): EventState {
    if (state !== undefined && state !== 'moment' && state !== 'begin' && state !== 'end') {
        throw refuse('body: state', state, 'moment, begin or end');
    }
    return state ?? 'moment';
}

function numberOf(path: string): number {
    const [, text] = /\/([1-9]\d{0,9})$/.exec(path) ?? [];
    if (text === undefined || Number(text) > 2_147_483_647) {
        throw new OcellusError('NOENT', `no such event: ${path.slice(0, 100)}`);
    }
    return Number(text);
}

/** The routes, once each. */
export function eventRoutes(router: Router, options: EventApiOptions): Router {
    const { events, log } = options;
    const names = new Set<string>();

    async function raise(request: HttpRequest): Promise<Reply> {
        const body = request.text();
        parseQuery(request.query, []);
        if (body.length > bodyMax) {
            throw new OcellusError('TOO_BIG', `body: ${body.length} characters are not allowed: at most ${bodyMax}`);
        }
        const given = parseObject(body, 'body', namesMax - names.size, names);
        const unknown = Object.keys(given).find((key) => !(keys as readonly string[]).includes(key));
        if (unknown !== undefined) {
            throw new OcellusError('INVAL', `body: ${unknown.slice(0, 40)}: unknown key; known are ${keys.join(', ')}`);
        }
        const { protected: keeps } = given;
        if (keeps !== undefined && typeof keeps !== 'boolean') {
            throw refuse('body: protected', keeps, 'true or false');
        }
        const { kind, channel, data, ...rest } = given as unknown as EventRaiseJson;
        const span = spanOf(rest);
        const raised = { kind, ...(channel !== undefined && { channel }), data, state: stateOf(rest.state) };
        const json = checkRaised(raised);
        const { channels } = options.settingsStore.current;
        if (channel !== undefined && channel !== '' && !channels.some(({ name }) => name === channel)) {
            throw new OcellusError('NOENT', `channel: the settings have none named "${channel.slice(0, 40)}"`);
        }
        const id =
            span === undefined
                ? await events.raiseKept(raised)
                : await log.keep({ kind, channel: channel ?? '', json, ...span });
        for (const name of namesIn(given.data)) {
            names.add(name);
        }
        if (keeps === true && id > 0) {
            await log.protect(id, true);
        }
        return new Reply(202, { id: id === 0 ? null : id });
    }

    return router
        .route('POST', '/api/events', raise)
        .route('GET', '/api/event-log', (request) => list(options, request, router.bodyMax))
        .route('PATCH', '/api/event-log/*', async (request) => {
            parseQuery(request.query, []);
            const { protected: on, ...others } = parseObject(request.text(), 'body', 0, patchNames);
            const [other] = Object.keys(others);
            if (other !== undefined) {
                throw new OcellusError('INVAL', `body: ${other.slice(0, 40)}: unknown key; known is protected`);
            }
            if (typeof on !== 'boolean') {
                throw refuse('body: protected', on, 'true or false');
            }
            await log.protect(numberOf(request.path), on);
            return new Reply(204, undefined);
        })
        .route('DELETE', '/api/event-log/*', async (request) => {
            parseQuery(request.query, []);
            await log.delete(numberOf(request.path));
            return new Reply(204, undefined);
        });
}
