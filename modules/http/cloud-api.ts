/** Routes of what is in the store of the owner (docs/design/cloud.md). */
import type { CloudReader } from 'ocellus/app/cloud/cloud-reader';
import { eventPictureName } from 'ocellus/app/cloud/object-names';
import { StoreError } from 'ocellus/app/cloud/object-store';
import type { CloudDaysJson, CloudSpansJson } from 'ocellus/app/http/api-types';
import { instantParameter, parseQuery } from 'ocellus/app/http/query';
import { Raw, type Router } from 'ocellus/app/http/router';
import { OcellusError } from 'ocellus/error';

/** What the routes need. */
export interface CloudApiOptions {
    /** undefined: the settings name no store, or no keys. */
    readonly reader: () => CloudReader | undefined;
}

function refuse(name: string, value: string, allowed: string): OcellusError {
    return new OcellusError(
        'INVAL',
        `query: ${name}: ${JSON.stringify(value.slice(0, 40))} is not allowed; use ${allowed}`,
    );
}

/** Codes of a store as those of the API. */
function failureOf(error: unknown): unknown {
    if (!(error instanceof StoreError)) {
        return error;
    }
    return new OcellusError(error.again ? 'BUSY' : 'STATE', `the store: ${error.code}: ${error.message}`);
}

function span(query: string): readonly [fromMs: number, toMs: number] {
    const { from, to } = parseQuery(query, ['from', 'to']);
    const [fromMs, toMs] = [instantParameter('from', from), instantParameter('to', to)];
    if (!(fromMs > 0 && toMs > fromMs)) {
        throw refuse('to', to ?? '', 'an instant behind from; both must be given');
    }
    return [fromMs, toMs];
}

async function spans(reader: CloudReader, channel: string, query: string): Promise<CloudSpansJson> {
    const [fromMs, toMs] = span(query);
    const found = await reader.spans(channel, fromMs, toMs);
    const iso = (ms: number): string => new Date(ms).toISOString();
    return {
        spans: found.spans.map(({ startMs, endMs, bytes }) => ({ start: iso(startMs), end: iso(endMs), bytes })),
        events: found.events.map(({ id, kind, mask, startMs, endMs, picture }) => ({
            id,
            kind,
            mask,
            start: iso(startMs),
            end: endMs === undefined ? null : iso(endMs),
            picture: picture === undefined ? null : `${iso(startMs).slice(0, 10)}.${eventPictureName(id, picture)}`,
        })),
    };
}

async function days(reader: CloudReader, channel: string, query: string): Promise<CloudDaysJson> {
    const { from = '2000-01-01', to = '9999-12-31' } = parseQuery(query, ['from', 'to']);
    for (const [name, day] of [
        ['from', from],
        ['to', to],
    ] as const) {
        if (!/^\d{4}-\d\d-\d\d$/.test(day)) {
            throw refuse(name, day, 'a day like 2026-11-22');
        }
    }
    const found = await reader.days(channel, from, to);
    return { days: found.map(({ day }) => day), hours: found.map(({ hours }) => hours) };
}

async function playlist(reader: CloudReader, channel: string, query: string): Promise<Raw> {
    const [fromMs, toMs] = span(query);
    const text = await reader.playlist(channel, fromMs, toMs, (day, name) => `${day}.${name}`);
    if (text === undefined) {
        throw new OcellusError('NOENT', 'nothing of that time is in the store');
    }
    return new Raw({ headers: { 'Content-Type': 'application/vnd.apple.mpegurl' }, body: text });
}

/** The bytes of a content key, for a player that may read the channel here. */
async function key(reader: CloudReader, channel: string, day: string, id: string): Promise<Raw> {
    const bytes = await reader.key(channel, day, id);
    if (bytes === undefined) {
        throw new OcellusError('NOENT', 'this device cannot derive that key: its secret or its recipients were others');
    }
    return new Raw({ headers: { 'Content-Type': 'application/octet-stream' }, body: bytes });
}

function object(reader: CloudReader, channel: string, file: string): Raw {
    const [, day = '', name = ''] = /^(\d{4}-\d\d-\d\d)\.(.+)$/.exec(file) ?? [];
    return new Raw({ status: 302, headers: { Location: reader.address(channel, day, name) } });
}

/** The routes, once. */
export function cloudRoutes(router: Router, { reader }: CloudApiOptions): Router {
    return router.route('GET', '/api/cloud/*/*', async ({ path, query }) => {
        const [, channel = '', file = ''] = /^\/api\/cloud\/([a-z0-9][a-z0-9-]{0,30})\/([^/]+)$/.exec(path) ?? [];
        const own = reader();
        if (own === undefined) {
            throw new OcellusError('NOENT', 'no store: the settings name none, or no key');
        }
        if (channel === '') {
            throw new OcellusError('NOENT', `no such channel: ${path.slice(0, 100)}`);
        }
        try {
            switch (file) {
                case 'days':
                    return await days(own, channel, query);
                case 'spans':
                    return await spans(own, channel, query);
                case 'index.m3u8':
                    return await playlist(own, channel, query);
                default: {
                    const [, day = '', id = ''] = /^(\d{4}-\d\d-\d\d)\.([0-9a-f]{16})\.key$/.exec(file) ?? [];
                    return id === '' ? object(own, channel, file) : await key(own, channel, day, id);
                }
            }
        } catch (error) {
            throw failureOf(error);
        }
    });
}
