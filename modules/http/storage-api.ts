/** Routes of what is kept of recordings (docs/design/recordings-index.md). */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { StorageJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import { Reply, type Router } from 'ocellus/app/http/router';
import { type KeepSettings, retentionOf } from 'ocellus/app/record/retention';
import { OcellusError } from 'ocellus/error';

/** What the routes need. */
export interface StorageApiOptions {
    readonly plane: Pick<PlaneApi, 'storage' | 'deleteRecording' | 'recordings'>;
    readonly keeper: { readonly current: KeepSettings };
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

/** The routes, once each. */
export function storageRoutes(router: Router, { plane, keeper }: StorageApiOptions): Router {
    return router
        .route('GET', '/api/storage', async ({ query }): Promise<StorageJson> => {
            parseQuery(query, []);
            const { files, bytes, free, total, oldestMs, blocked, ...deleted } = await plane.storage();
            return {
                files,
                bytes,
                free,
                total,
                recorded: await recorded(plane),
                oldest: oldestMs === undefined ? null : new Date(oldestMs).toISOString(),
                policy: retentionOf(keeper.current),
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
        .routeBelow('DELETE', '/api/recordings/*/', async ({ path, query }) => {
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
