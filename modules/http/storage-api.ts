/** Routes of what is kept of recordings (docs/design/recordings-index.md). */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { DiskJson, StorageJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import { Reply, type Router } from 'ocellus/app/http/router';
import { forecastOf, type Recorded, rateMs } from 'ocellus/app/record/disk-state';
import { type KeepSettings, retentionOf } from 'ocellus/app/record/retention';
import type { Timeline } from 'ocellus/app/record/timeline';
import { OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';

/** What the routes need. */
export interface StorageApiOptions {
    readonly plane: Pick<PlaneApi, 'storage' | 'deleteRecording' | 'recordings'>;
    readonly settingsStore: { readonly current: KeepSettings };
    readonly host: Pick<HostApi, 'clock'>;
    readonly timeline: Pick<Timeline, 'spans'>;
    /** How the disk is. */
    readonly disk: () => DiskJson | null;
}

/** Channels that are told at most. */
const channelsMax = 200;

/** Channels that have recordings, by name: the first of each is looked up behind all of the one before. */
async function recorded(plane: StorageApiOptions['plane']): Promise<readonly string[]> {
    const names: string[] = [];
    const all = { channel: '', name: '', limit: 1, from: 0, to: 0, newest: false };
    for (let after = ''; names.length < channelsMax; ) {
        const [row] = (await plane.recordings({ ...all, after })).rows;
        const name = row?.path.split('/')[1];
        if (name === undefined || names.includes(name)) {
            break;
        }
        names.push(name);
        after = `recordings/${name}/z_99991231T235959.999Z_99991231T235959.999Z.mp4`;
    }
    return names;
}

/** What these channels recorded in the two days before an instant. */
async function lately(
    timeline: StorageApiOptions['timeline'],
    names: readonly string[],
    nowMs: number,
): Promise<Recorded> {
    let [bytes, firstMs] = [0, nowMs];
    for (const name of names) {
        for (let fromMs: number | undefined = nowMs - rateMs; fromMs !== undefined; ) {
            const begin: number = fromMs;
            const { rows, nextMs }: Awaited<ReturnType<Timeline['spans']>> = await timeline.spans(name, begin, nowMs);
            for (const span of rows) {
                const startMs = Math.max(span.startMs, begin);
                bytes += (span.bytes * (span.endMs - startMs)) / Math.max(span.endMs - span.startMs, 1);
                firstMs = Math.min(firstMs, startMs);
            }
            fromMs = nextMs !== undefined && nextMs > begin ? nextMs : undefined;
        }
    }
    return { bytes: Math.round(bytes), ms: nowMs - firstMs };
}

/** The routes, once each. */
export function storageRoutes(router: Router, options: StorageApiOptions): Router {
    const { plane, settingsStore, host, timeline, disk } = options;
    return router
        .route('GET', '/api/storage', async ({ query }): Promise<StorageJson> => {
            parseQuery(query, []);
            const storage = await plane.storage();
            const { files, bytes, free, total, oldestMs, blocked, ...deleted } = storage;
            const names = await recorded(plane);
            const { wallMs, quality } = host.clock();
            const now = quality === 'none' ? undefined : wallMs;
            const rate = now === undefined ? { bytes: 0, ms: 0 } : await lately(timeline, names, now);
            return {
                files,
                bytes,
                free,
                total,
                recorded: names,
                oldest: oldestMs === undefined ? null : new Date(oldestMs).toISOString(),
                forecast: forecastOf(storage, settingsStore.current.record, rate, now),
                disk: disk(),
                policy: retentionOf(settingsStore.current),
                deleted: {
                    files: deleted.deletedFiles,
                    bytes: deleted.deletedBytes,
                    last: deleted.lastDeleted.map(({ path, bytes: size, atMs, why }) => ({
                        path: `/${path}`,
                        bytes: size,
                        at: new Date(atMs).toISOString(),
                        why,
                    })),
                },
                blocked,
            };
        })
        .route('DELETE', '/api/recordings/*/*', async ({ path, query }) => {
            parseQuery(query, []);
            const [, file = ''] =
                /^\/api\/recordings\/([a-z0-9][a-z0-9-]{0,30}\/[A-Za-z0-9._-]{1,111}\.mp4)$/.exec(path) ?? [];
            if (file === '') {
                throw new OcellusError('NOENT', `no such recording: ${path.slice(0, 100)}`);
            }
            await plane.deleteRecording(`recordings/${file}`);
            return new Reply(204, undefined);
        });
}
