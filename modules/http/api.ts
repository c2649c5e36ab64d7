/** The routes of `/api/…` (docs/design/api.md). */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { CloudService } from 'ocellus/app/cloud/cloud-service';
import type { CommandTable } from 'ocellus/app/commands/command-table';
import { recordingName } from 'ocellus/app/config/recording-rules';
import { zoneInForce } from 'ocellus/app/base/zone';
import type { DiskJson, EventsJson, RecordingsJson, SnapshotsJson } from 'ocellus/app/http/api-types';
import { type AppApiOptions, appRoutes } from 'ocellus/app/http/app-api';
import type { EventApiOptions } from 'ocellus/app/http/event-api';
import { type P2pApiOptions, p2pRoutes } from 'ocellus/app/http/p2p-api';
import type { CameraTestApiOptions } from 'ocellus/app/http/camera-test-api';
import type { RecordApiOptions } from 'ocellus/app/http/record-api';
import type { PrivacyApiOptions } from 'ocellus/app/http/privacy-api';
import type { PushApiOptions } from 'ocellus/app/live/push-api';
import { instantParameter, parseQuery, wholeParameter } from 'ocellus/app/http/query';
import { recordingJson } from 'ocellus/app/http/recording-json';
import { type Handler, orNone, Router } from 'ocellus/app/http/router';
import type { SettingsApiOptions } from 'ocellus/app/http/settings-api';
import { statusJson } from 'ocellus/app/http/status';
import type { StorageApiOptions } from 'ocellus/app/http/storage-api';
import { type UpdateApiOptions, updateRoutes } from 'ocellus/app/http/update-api';
import type { Recorder } from 'ocellus/app/record/recorder';
import type { HostApi } from 'ocellus/host';
import { OcellusError } from 'ocellus/error';

/** What the routes need. */
export interface ApiOptions
    extends Omit<SettingsApiOptions, 'limits'>,
        PrivacyApiOptions,
        PushApiOptions,
        RecordApiOptions,
        Pick<CameraTestApiOptions, 'cameraTest'>,
        P2pApiOptions,
        UpdateApiOptions,
        Omit<EventApiOptions, 'settingsStore'>,
        AppApiOptions {
    readonly plane: Pick<PlaneApi, 'channels' | 'sub' | 'spans' | 'events' | 'readStore' | 'writeStore'> &
        StorageApiOptions['plane'];
    readonly host: HostApi;
    readonly recorder: Pick<Recorder, 'page'>;
    readonly cloud: Pick<CloudService, 'state' | 'reader'>;
    /** Stored settings of an earlier version, as this one reads them. */
    readonly migrated: (text: string) => string;
    /** Loaded with the first command. */
    readonly commands: () => Promise<CommandTable>;
    /** Undefined: none are sent. */
    readonly snapshots: () => SnapshotsJson | undefined;
    /** Null: it is not known. */
    readonly disk: () => DiskJson | null;
    /** Services that this script does without. */
    readonly leftOut: () => readonly string[];
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

function checkText(name: string, value: string, pattern: RegExp, allowed: string): void {
    if (!pattern.test(value)) {
        throw new OcellusError(
            'INVAL',
            `query: ${name}: ${JSON.stringify(value.slice(0, 40))} is not allowed; use ${allowed}`,
        );
    }
}

async function recordings(
    { recorder, settingsStore }: ApiOptions,
    query: string,
    bodyMax: number,
): Promise<RecordingsJson> {
    const known = ['channel', 'name', 'from', 'to', 'order', 'after', 'limit'] as const;
    const { channel = '', name = '', from, to, order = 'oldest', after = '', limit } = parseQuery(query, known);
    const rowLimit = wholeParameter('limit', limit, 1, 200, 100);
    checkText('channel', channel, /^[a-z0-9-]{0,31}$/, 'at most 31 of a-z, 0-9 and -');
    checkText('name', name, /^[A-Za-z0-9-]{0,63}$/, 'at most 63 of A-Z, a-z, 0-9 and -');
    checkText('after', after, /^[!-~]{0,255}$/, 'the value of next');
    checkText('order', order, /^(newest|oldest)$/, 'newest or oldest');
    const span = { from: instantParameter('from', from), to: instantParameter('to', to), newest: order === 'newest' };
    const page = { channel, name, after: after.replace(/^\//, ''), ...span };
    const { rows, more } = await recorder.page(page, rowLimit);
    const { channels } = settingsStore.current;
    const shown = fitting(
        rows.map((row) => recordingJson(row, channels)),
        bodyMax,
    );
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
    const { plane, host, settingsStore, privacy, desired, recordNow } = options;
    const router = new Router(host.facts.limits);
    let searching: Handler | undefined;
    const cameraSearch = async (): Promise<Handler> => {
        const { cameraSearchRoutes } = await orNone(import('ocellus/app/onvif/camera-search-api'));
        searching ??= cameraSearchRoutes(router, { settingsStore, host });
        return searching;
    };
    router
        .route('GET', '/api/status', async ({ query }) => {
            parseQuery(query, []);
            const source = {
                app: options.app,
                facts: host.facts,
                name: recordingName(settingsStore.current),
                nowMs: host.now(),
                clock: host.clock(),
                zone: zoneInForce(settingsStore.current, host),
                privacy: await privacy.state(),
                mode: settingsStore.current.mode.active,
                cloud: options.cloud.state(),
                disk: options.disk(),
                leftOut: options.leftOut(),
                snapshots: options.snapshots(),
                rows: plane.channels(),
                sub: (channel: number) => plane.sub(channel),
                wanted: settingsStore.current.channels.map((channel) => ({
                    ...channel,
                    ...desired.problem(channel.name),
                    manual: recordNow.json(channel.name),
                })),
            };
            return statusJson(source);
        })
        .route('GET', '/api/recordings', ({ query }) => recordings(options, query, router.bodyMax))
        .route('GET', '/api/events', ({ query }) => events(options, query, router.bodyMax));
    router
        .later(['/api/timeline', '/api/days'], async () => {
            const { timelineRoutes } = await import('ocellus/app/http/timeline-api');
            const { Timeline } = await import('ocellus/app/record/timeline');
            const timeline = new Timeline(options.plane, options.log);
            const nowMs = (): number => host.clock().wallMs;
            timelineRoutes(router, { timeline, zone: () => zoneInForce(settingsStore.current, host), nowMs });
        })
        .later(['/api/events', '/api/event-log', '/api/event-log/*'], async () => {
            const { eventRoutes } = await import('ocellus/app/http/event-api');
            eventRoutes(router, options);
        })
        .later(['/api/commands', '/api/commands/*'], async () => {
            const { commandRoutes } = await import('ocellus/app/commands/command-api');
            commandRoutes(router, await options.commands());
        })
        .later(['/api/cloud/*/*'], async () => {
            const { cloudRoutes } = await import('ocellus/app/http/cloud-api');
            cloudRoutes(router, { reader: () => options.cloud.reader() });
        })
        .later(['/api/storage', '/api/recordings/*/*'], async () => {
            const { storageRoutes } = await import('ocellus/app/http/storage-api');
            const { Timeline } = await import('ocellus/app/record/timeline');
            storageRoutes(router, { ...options, timeline: new Timeline(options.plane) });
        })
        .later(['/api/channels/*/record'], async () => {
            const { recordRoutes } = await import('ocellus/app/http/record-api');
            recordRoutes(router, options);
        })
        .later(['/api/settings', '/api/channels', '/api/channels/*'], async () => {
            const { settingsRoutes } = await import('ocellus/app/http/settings-api');
            settingsRoutes(router, { ...options, limits: host.facts.limits });
            const { cameraTestRoutes } = await import('ocellus/app/http/camera-test-api');
            cameraTestRoutes(router, { ...options, cameraSearch: async (request) => (await cameraSearch())(request) });
        })
        .later(['/api/channels/search/address'], cameraSearch)
        .later(['/api/mode'], async () => {
            const { modeRoutes } = await import('ocellus/app/http/mode-api');
            modeRoutes(router, options);
        })
        .later(['/api/backup', '/api/backup/check', '/api/backup/restore'], async () => {
            const { backupRoutes } = await orNone(import('ocellus/app/backup/backup-api'));
            backupRoutes(router, options);
        })
        .later(['/api/push', '/api/push/*', '/api/push/*/*'], async () => {
            const { pushRoutes } = await orNone(import('ocellus/app/live/push-api'));
            pushRoutes(router, options);
        })
        .later(['/api/privacy'], async () => {
            const { privacyRoutes } = await import('ocellus/app/http/privacy-api');
            privacyRoutes(router, options);
        });
    appRoutes(router, options);
    p2pRoutes(router, options);
    updateRoutes(router, options);
    return router.keep();
}
