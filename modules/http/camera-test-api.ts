/** Route that tries a camera before it is stored: `/api/channels/test` (docs/design/api.md). */
import type { CameraTest, Found } from 'ocellus/app/camera/camera-test';
import { tlsOf } from 'ocellus/app/config/address';
import { testedChannel } from 'ocellus/app/config/change';
import { parseObject } from 'ocellus/app/config/json';
import type { Settings } from 'ocellus/app/config/settings';
import type { CameraTestJson } from 'ocellus/app/http/api-types';
import { LongAnswer } from 'ocellus/app/http/long-answer';
import { parseQuery } from 'ocellus/app/http/query';
import { type Handler, Raw, Reply, type Router } from 'ocellus/app/http/router';
import { tracksOf } from 'ocellus/app/http/status';
import { OcellusError } from 'ocellus/error';
import type { HttpRequest } from 'ocellus/http';
import { base64Body } from 'ocellus/picture';

/** What the route needs. */
export interface CameraTestApiOptions {
    readonly settingsStore: { readonly current: Settings };
    /** Loaded with the first test. */
    readonly cameraTest: () => Promise<Pick<CameraTest, 'run'>>;
    /** Answers what searches the network: a channel may have its path as name, so it is no route of its own. */
    readonly cameraSearch: Handler;
}

/** Bytes of a picture that goes with the answer. */
const pictureMax = 4 * 1024 * 1024;

function textOf(found: Found): string {
    const nothing = { video: null, audio: null, tls: null };
    const seen = found.ok ? { ...tracksOf(found.row), tls: tlsOf(found.url) } : nothing;
    const why = found.ok ? { problem: null, reason: null } : { problem: found.problem, reason: found.reason };
    const json: Omit<CameraTestJson, 'snapshot'> = { ok: found.ok, ...why, ...seen };
    return `${JSON.stringify(json).slice(0, -1)},"snapshot":`;
}

function answerOf(found: Found): Raw {
    const head = textOf(found);
    const picture = found.ok ? found.picture : undefined;
    if (picture === undefined || picture.bytes > pictureMax) {
        picture?.close();
        return new Raw({ body: `${head}null}` });
    }
    const body = base64Body(`${head}"data:image/jpeg;base64,`, picture, '"}');
    return new Raw({ body, headers: { 'content-type': 'application/json' } });
}

function close(found: Found): void {
    if (found.ok) {
        found.picture?.close();
    }
}

/** The route, once. */
export function cameraTestRoutes(
    router: Router,
    { settingsStore, cameraTest, cameraSearch }: CameraTestApiOptions,
): Router {
    const tests = new LongAnswer<Found>('another camera is being tested: again in a few seconds', close);

    async function run(request: HttpRequest): Promise<Raw | Reply> {
        parseQuery(request.query, []);
        const body = request.text();
        const settings = testedChannel(parseObject(body, 'body'), settingsStore.current);
        const found = await tests.of(body, async () => (await cameraTest()).run(settings));
        return found === undefined ? new Reply(202, { running: true }) : answerOf(found);
    }

    return router.route('POST', '/api/channels/*', async (request) => {
        switch (request.path) {
            case '/api/channels/test':
                return await run(request);
            case '/api/channels/search':
                return await cameraSearch(request);
            default:
                throw new OcellusError('NOENT', `no such resource: ${request.path.slice(0, 100)}`);
        }
    });
}
