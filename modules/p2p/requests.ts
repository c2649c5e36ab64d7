/** The command channel of viewers: JSON questions, JSON answers (docs/design/p2p.md). */
import { type JsonObject, parseObject } from 'ocellus/app/config/json';
import { channelOf, streamOf } from 'ocellus/app/p2p/choose';
import { OcellusError } from 'ocellus/error';
import type { Peer, View } from 'ocellus/p2p';
import { type ChannelRow, codecName, rowState, type StreamName } from 'ocellus/plane';

/** What commands work on. */
export interface RequestGround {
    readonly rows: () => readonly ChannelRow[];
    readonly sub: (channel: number) => ChannelRow | undefined;
    readonly private: () => Promise<boolean>;
    readonly nowMs: () => number;
    readonly views: (session: number) => readonly View[];
    readonly requestKey: (channel: number, stream: StreamName) => Promise<void>;
}

/** A question is at most so long (bytes): it is parsed by a recursive parser. */
const longest = 4096;

function textOf(body: JsonObject, key: string): string | undefined {
    const value = body[key];
    if (value !== undefined && typeof value !== 'string') {
        throw new OcellusError('INVAL', `${key}: a text is needed`);
    }
    return value;
}

function streamJson(row: ChannelRow) {
    return { state: rowState(row), codec: codecName(row.video_codec), width: row.width, height: row.height };
}

async function status(ground: RequestGround): Promise<unknown> {
    const hidden = await ground.private();
    return {
        now: new Date(ground.nowMs()).toISOString(),
        private: hidden,
        channels: ground.rows().map((row) => {
            const sub = ground.sub(row.number);
            const second = sub === undefined || rowState(sub) === 'free' ? null : streamJson(sub);
            return { id: row.number, name: row.name, ...streamJson(row), sub: second };
        }),
    };
}

/** How the asker's own channels are sent. */
function views({ views: of }: RequestGround, { session }: Peer): unknown {
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

async function key(ground: RequestGround, body: JsonObject): Promise<unknown> {
    const { number } = channelOf(ground.rows(), textOf(body, 'channel'));
    await ground.requestKey(number, streamOf(textOf(body, 'stream')));
    return {};
}

/** One answer, or a throw whose message the viewer reads. */
export async function answer(ground: RequestGround, request: Uint8Array, peer: Peer): Promise<string> {
    if (request.length > longest) {
        throw new OcellusError('TOO_BIG', `more than ${longest} bytes`);
    }
    const body = parseObject(new TextDecoder().decode(request), 'request');
    const command = textOf(body, 'command') ?? '';
    switch (command) {
        case 'status':
            return JSON.stringify(await status(ground));
        case 'views':
            return JSON.stringify(views(ground, peer));
        case 'key':
            return JSON.stringify(await key(ground, body));
        default:
            throw new OcellusError(
                'NOTSUP',
                `command: ${JSON.stringify(command.slice(0, 40))} is not known: status, views or key`,
            );
    }
}
