/** What a viewer asks for in the label of a channel, and what it gets. Pure. */
import { OcellusError } from 'ocellus/error';
import type { Accept, Params } from 'ocellus/p2p';
import { type ChannelRow, rowState, type StreamName } from 'ocellus/plane';

/** Where the choice is made from. */
export interface Choices {
    readonly rows: readonly ChannelRow[];
    readonly sub: (channel: number) => ChannelRow | undefined;
    /** Privacy mode is on. */
    readonly private: boolean;
}

/** Keys of an action's label. */
const known = new Map<string, readonly string[]>([
    ['live', ['action', 'channel', 'stream']],
    ['playback', ['action', 'channel', 'time']],
]);

function quoted(value: string): string {
    return JSON.stringify(value.slice(0, 40));
}

/** Refuses keys that the action does not have. */
export function checkKeys({ action, query }: Params, keys: readonly string[]): void {
    for (const key of query.keys()) {
        if (!keys.includes(key)) {
            throw new OcellusError('INVAL', `${quoted(key)} is no key of action=${action}: ${keys.join(', ')}`);
        }
    }
}

/** A channel by its name, else by its number. */
export function channelOf(rows: readonly ChannelRow[], given: string | undefined): ChannelRow {
    if (given === undefined || given === '') {
        throw new OcellusError('INVAL', 'channel is missing: its name or number');
    }
    const number = /^\d{1,4}$/.test(given) ? Number(given) : -1;
    const found = rows.find(({ name }) => name === given) ?? rows.find((row) => row.number === number);
    if (found === undefined) {
        throw new OcellusError('NOENT', `no channel ${quoted(given)}`);
    }
    return found;
}

/** The name of a channel whose recordings are asked for; it need not be there any more. */
export function recordedOf(rows: readonly ChannelRow[], given: string | undefined): string {
    if (given !== undefined && /^[a-z0-9-]{1,31}$/.test(given)) {
        const number = /^\d{1,4}$/.test(given) ? Number(given) : -1;
        const named = rows.some(({ name }) => name === given);
        return named ? given : (rows.find((row) => row.number === number)?.name ?? given);
    }
    return channelOf(rows, given).name;
}

/** `main` when it is left out. */
export function streamOf(given: string | undefined): StreamName {
    const name = given ?? 'main';
    if (name !== 'main' && name !== 'sub') {
        throw new OcellusError('INVAL', `stream: ${quoted(name)} is not allowed; use main or sub`);
    }
    return name;
}

/** Live of a channel. Throws with the reason that the viewer reads. */
export function live({ query }: Params, { rows, sub, private: hidden }: Choices): Accept {
    const stream = streamOf(query.get('stream'));
    if (hidden) {
        throw new OcellusError('PRIVATE', 'privacy mode is on');
    }
    const row = channelOf(rows, query.get('channel'));
    const wanted = stream === 'sub' ? sub(row.number) : row;
    const state = wanted === undefined ? 'free' : rowState(wanted);
    if (state === 'free') {
        throw new OcellusError('NOENT', `channel ${row.name} has no stream sub`);
    }
    if (state === 'opening' || state === 'closing') {
        throw new OcellusError('BUSY', `channel ${row.name} is not open yet, try again`);
    }
    return { kind: 'live', channel: row.number, stream };
}

/** Refuses an action or a key that is not known, with the reason that the viewer reads. */
export function checkAction(params: Params): 'live' | 'playback' {
    const keys = known.get(params.action);
    if (keys === undefined) {
        const asked = params.action === '' ? 'action is missing' : `action=${params.action.slice(0, 40)} is not known`;
        throw new OcellusError('NOTSUP', `${asked}: live, playback, voice or command`);
    }
    checkKeys(params, keys);
    return params.action === 'live' ? 'live' : 'playback';
}
