/** Commands about what the camera sees and has recorded (docs/design/commands.md). */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { answerMax, bytesOf, JsonText, type OwnCommand } from 'ocellus/app/commands/command-table';
import { entryOf, type JsonObject } from 'ocellus/app/config/json';
import type { SettingsStore } from 'ocellus/app/config/settings-store';
import { titleOf } from 'ocellus/app/config/names';
import type { EventLog } from 'ocellus/app/events/event-log';
import { eventAfter, keptEventText } from 'ocellus/app/http/event-api';
import { recordingJson } from 'ocellus/app/http/recording-json';
import { channelOf, recordedOf, streamOf } from 'ocellus/app/p2p/choose';
import { instantOf } from 'ocellus/app/p2p/playback';
import type { Recorder } from 'ocellus/app/record/recorder';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';
import type { View } from 'ocellus/p2p';
import { type ChannelRow, codecName, isOpen, rowState } from 'ocellus/plane';

/** What they work on. */
export interface MediaServices {
    readonly plane: Pick<PlaneApi, 'channels' | 'sub' | 'requestKey' | 'privacy'>;
    readonly host: Pick<HostApi, 'clock'>;
    readonly recorder: Pick<Recorder, 'page'>;
    readonly log: Pick<EventLog, 'page'>;
    readonly settingsStore: Pick<SettingsStore, 'current'>;
    /** How the channels of a viewer are sent. */
    readonly views: (session: number) => readonly View[];
}

/** Rows of a page at most; as many as fit into an answer are shown. */
const pageMax = 50;

const channel = { type: 'text', max: 31 } as const;
const stream = { type: 'choice', values: ['main', 'sub'] } as const;
const instant = { type: 'text', max: 30 } as const;
const page = {
    channel,
    from: instant,
    to: instant,
    order: { type: 'choice', values: ['newest', 'oldest'] },
    after: { type: 'text', max: 255 },
    limit: { type: 'whole', min: 1, max: pageMax },
} as const;

function given(values: JsonObject, key: string): string | undefined {
    const value = entryOf(values, key);
    return typeof value === 'string' ? value : undefined;
}

function whenGiven(values: JsonObject, key: string): number {
    const value = entryOf(values, key);
    return value === undefined ? 0 : instantOf(value, key);
}

/** A page of rows, as many from the start as fit into an answer; `after`: what says where one stands. */
function pageOf<T>(
    name: string,
    rows: readonly T[],
    how: { more: boolean; text: (row: T) => string; after: (row: T) => string },
) {
    const texts: string[] = [];
    let left = answerMax - 500;
    for (const text of rows.map(how.text)) {
        left -= bytesOf(text) + 1;
        if (left < 0) {
            break;
        }
        texts.push(text);
    }
    const last = rows[texts.length - 1];
    const next = last !== undefined && (how.more || texts.length < rows.length) ? how.after(last) : null;
    return new JsonText(`{"${name}":[${texts.join(',')}],"next":${JSON.stringify(next)}}`);
}

function streamJson(row: ChannelRow) {
    return { state: rowState(row), codec: codecName(row.video_codec), width: row.width, height: row.height };
}

/** Channels whose source is open, or being opened. */
function openRows(plane: Pick<PlaneApi, 'channels'>): readonly ChannelRow[] {
    return plane.channels().filter(isOpen);
}

async function status({ plane, host, settingsStore }: MediaServices): Promise<unknown> {
    const hidden = (await plane.privacy()).reasons.length > 0;
    return {
        now: new Date(host.clock().wallMs).toISOString(),
        private: hidden,
        channels: openRows(plane).map((row) => {
            const sub = plane.sub(row.number);
            const second = sub === undefined || rowState(sub) === 'free' ? null : streamJson(sub);
            const title = titleOf(settingsStore.current.channels, row.name);
            return { id: row.number, name: row.name, title, ...streamJson(row), sub: second };
        }),
    };
}

/** How the caller's own channels are sent. */
function views({ views: of }: MediaServices, session: number | undefined): unknown {
    if (session === undefined) {
        throw new OcellusError('STATE', 'views: this is about a WebRTC session: use its command channel');
    }
    return {
        views: of(session).map((view) => ({
            id: view.id,
            kind: view.kind,
            queued: view.queued,
            instantRate: view.instantRate,
            acknowledgedRate: view.acknowledgedRate,
            acknowledgedBytes: view.acknowledgedBytes,
            rttUs: view.rttUs,
            lossPpm: view.lossPpm,
            drops: view.drops,
        })),
    };
}

async function recordings({ recorder, settingsStore }: MediaServices, values: JsonObject): Promise<unknown> {
    const after = given(values, 'after') ?? '';
    if (!/^[!-~]{0,255}$/.test(after)) {
        throw new OcellusError('INVAL', 'after: the value of next is needed');
    }
    const query = {
        channel: given(values, 'channel') ?? '',
        after: after.replace(/^\//, ''),
        from: whenGiven(values, 'from'),
        to: whenGiven(values, 'to'),
        newest: given(values, 'order') === 'newest',
    };
    const { rows, more } = await recorder.page(query, Number(values['limit'] ?? pageMax));
    return pageOf('recordings', rows, {
        more,
        text: (row) => JSON.stringify(recordingJson(row, settingsStore.current.channels)),
        after: ({ path }) => `/${path}`,
    });
}

async function events({ log, settingsStore }: MediaServices, values: JsonObject): Promise<unknown> {
    const kind = given(values, 'kind') ?? '';
    if (!/^(?:[a-z][a-z0-9-]{0,22})?$/.test(kind)) {
        throw new OcellusError('INVAL', 'kind: a kind of events is needed');
    }
    const { rows, more } = await log.page({
        channel: given(values, 'channel') ?? '',
        kinds: kind === '' ? [] : [kind],
        fromMs: whenGiven(values, 'from'),
        toMs: whenGiven(values, 'to'),
        newestFirst: given(values, 'order') !== 'oldest',
        after: eventAfter(given(values, 'after') ?? '', 'after'),
        limit: Number(values['limit'] ?? pageMax),
    });
    return pageOf('events', rows, {
        more,
        text: (row) => keptEventText(row, settingsStore.current.channels),
        after: ({ startMs, id }) => `${startMs}-${id}`,
    });
}

/** Pictures go by HTTP: no encoded byte enters the heap of the script. */
async function snapshot({ plane }: MediaServices, values: JsonObject): Promise<unknown> {
    const rows = plane.channels();
    if (values['at'] !== undefined) {
        const atMs = instantOf(values['at'], 'at');
        return { path: `/thumbnail/${recordedOf(rows, given(values, 'channel'))}.jpg?at=${atMs}` };
    }
    if ((await plane.privacy()).reasons.length > 0) {
        throw new OcellusError('PRIVATE', 'privacy mode is on');
    }
    const row = channelOf(rows.filter(isOpen), given(values, 'channel'));
    const sub = streamOf(given(values, 'stream')) === 'sub';
    const second = plane.sub(row.number);
    if (sub && (second === undefined || rowState(second) === 'free')) {
        throw new OcellusError('NOENT', `channel ${row.name} has no stream sub`);
    }
    return { path: `/snapshot/${row.name}.jpg${sub ? '?stream=sub' : ''}` };
}

function exported({ plane }: MediaServices, values: JsonObject): unknown {
    const [fromMs, toMs] = [instantOf(values['from'], 'from'), instantOf(values['to'], 'to')];
    if (toMs <= fromMs) {
        throw new OcellusError('INVAL', 'to: an instant behind from is needed');
    }
    const name = recordedOf(plane.channels(), given(values, 'channel'));
    const format = given(values, 'format') ?? 'fragmented';
    return { path: `/export/${name}.mp4?from=${fromMs}&to=${toMs}&format=${format}` };
}

/** They all need the right to watch. */
export function mediaCommands(services: MediaServices): { readonly [name: string]: OwnCommand } {
    const { plane } = services;
    return {
        status: {
            meaning: 'The channels, their streams, and whether privacy mode is on.',
            right: 'watch',
            arguments: {},
            run: () => status(services),
        },
        views: {
            meaning: 'How the channels of this WebRTC session are sent.',
            right: 'watch',
            arguments: {},
            run: (_, { session }) => views(services, session),
        },
        key: {
            meaning: 'Requests a key frame of a channel.',
            right: 'watch',
            arguments: { channel, stream },
            run: async (values) => {
                const { number } = channelOf(openRows(plane), given(values, 'channel'));
                await plane.requestKey(number, streamOf(given(values, 'stream')));
            },
        },
        recordings: {
            meaning: 'Files of recordings, page by page.',
            right: 'watch',
            arguments: page,
            run: (values) => recordings(services, values),
        },
        events: {
            meaning: 'Events that are kept, page by page.',
            right: 'watch',
            arguments: { ...page, kind: { type: 'text', max: 23 } },
            run: (values) => events(services, values),
        },
        snapshot: {
            meaning: 'The address of a picture: the newest one, or a small one of a recording.',
            right: 'watch',
            arguments: { channel: { ...channel, required: true }, stream, at: instant },
            run: (values) => snapshot(services, values),
        },
        export: {
            meaning: 'The address of a span of recordings as one MP4.',
            right: 'watch',
            arguments: {
                channel: { ...channel, required: true },
                from: { ...instant, required: true },
                to: { ...instant, required: true },
                format: { type: 'choice', values: ['fragmented', 'plain'] },
            },
            run: (values) => exported(services, values),
        },
    };
}
