/** The routes of `/api/…` (docs/design/api.md). */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { recordingName } from 'ocellus/app/config/recording-rules';
import { zoneInForce } from 'ocellus/app/base/zone';
import type { EventsJson, RecordingJson, RecordingsJson } from 'ocellus/app/http/api-types';
import { type P2pApiOptions, p2pRoutes } from 'ocellus/app/http/p2p-api';
import { type PrivacyApiOptions, privacyRoutes } from 'ocellus/app/http/privacy-api';
import { parseQuery, wholeParameter } from 'ocellus/app/http/query';
import { Router } from 'ocellus/app/http/router';
import { type SettingsApiOptions, settingsRoutes } from 'ocellus/app/http/settings-api';
import { statusJson } from 'ocellus/app/http/status';
import type { Recorder } from 'ocellus/app/record/recorder';
import type { HostApi } from 'ocellus/host';
import { OcellusError } from 'ocellus/error';
import type { RecordingRow } from 'ocellus/plane';

/** What the routes need. */
export interface ApiOptions extends Omit<SettingsApiOptions, 'limits'>, PrivacyApiOptions, P2pApiOptions {
    readonly plane: Pick<PlaneApi, 'channels' | 'sub' | 'events'>;
    readonly host: HostApi;
    readonly recorder: Pick<Recorder, 'page'>;
}

/** As many items from the start as fit into a body. */
function fitting<T>(items: readonly T[], bodyMax: number): readonly T[] {
    let left = bodyMax - 1000;
    const count = items.findIndex((item) => {
        left -= JSON.stringify(item).length + 1;
        return left < 0;
    });
    return count < 0 ? items : items.slice(0, count);
}

function recordingJson(row: RecordingRow): RecordingJson {
    const { channel, name, path, start, end, bytes, open } = row;
    return { channel, name, path: `/${path}`, start, end, bytes, open };
}

function checkText(name: string, value: string, pattern: RegExp, allowed: string): void {
    if (!pattern.test(value)) {
        throw new OcellusError(
            'INVAL',
            `query: ${name}: ${JSON.stringify(value.slice(0, 40))} is not allowed: ${allowed}`,
        );
    }
}

async function recordings({ recorder }: ApiOptions, query: string, bodyMax: number): Promise<RecordingsJson> {
    const { channel = '', name = '', after = '', limit } = parseQuery(query, ['channel', 'name', 'after', 'limit']);
    const rowsMost = wholeParameter('limit', limit, 1, 200, 100);
    checkText('channel', channel, /^[a-z0-9-]{0,31}$/, 'at most 31 of a-z, 0-9 and -');
    checkText('name', name, /^[A-Za-z0-9-]{0,63}$/, 'at most 63 of A-Z, a-z, 0-9 and -');
    checkText('after', after, /^[!-~]{0,255}$/, 'the value of next');
    const { rows, more } = await recorder.page({ channel, name, after: after.replace(/^\//, '') }, rowsMost);
    const shown = fitting(rows.map(recordingJson), bodyMax);
    const last = shown[shown.length - 1];
    return { recordings: shown, next: last !== undefined && (more || shown.length < rows.length) ? last.path : null };
}

async function events({ plane }: ApiOptions, query: string, bodyMax: number): Promise<EventsJson> {
    const { from } = parseQuery(query, ['from']);
    const found = await plane.events(wholeParameter('from', from, 0, 2_147_483_647, 0));
    const shown = fitting(found.events, bodyMax);
    const last = shown[shown.length - 1];
    return {
        events: shown,
        next: last !== undefined && shown.length < found.events.length ? last.number + 1 : found.next,
    };
}

/** All routes. */
export function apiRouter(options: ApiOptions): Router {
    const { plane, host, keeper, privacy, cameras } = options;
    const router = new Router(host.facts.limits);
    router
        .route('GET', '/api/status', async ({ query }) => {
            parseQuery(query, []);
            const source = {
                facts: host.facts,
                name: recordingName(keeper.current),
                nowMs: host.now(),
                clock: host.clock(),
                zone: zoneInForce(keeper.current, host),
                privacy: await privacy.state(),
                rows: plane.channels(),
                sub: (channel: number) => plane.sub(channel),
                wanted: keeper.current.channels.map((channel) => ({
                    ...channel,
                    problem: cameras.problem(channel.name),
                })),
            };
            return statusJson(source);
        })
        .route('GET', '/api/recordings', ({ query }) => recordings(options, query, router.bodyMax))
        .route('GET', '/api/events', ({ query }) => events(options, query, router.bodyMax));
    privacyRoutes(router, options);
    p2pRoutes(router, options);
    return settingsRoutes(router, { ...options, limits: host.facts.limits });
}
