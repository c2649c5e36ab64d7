/** Route that tries a camera before it is stored: `/api/channels/test` (docs/design/api.md). */
import { withDeadline } from 'ocellus/app/base/time';
import type { CameraTest, Found } from 'ocellus/app/camera/camera-test';
import { tlsOf } from 'ocellus/app/config/address';
import { testedChannel } from 'ocellus/app/config/change';
import { parseObject } from 'ocellus/app/config/json';
import type { Settings } from 'ocellus/app/config/settings';
import type { CameraTestJson } from 'ocellus/app/http/api-types';
import { parseQuery } from 'ocellus/app/http/query';
import { Raw, Reply, type Router } from 'ocellus/app/http/router';
import { tracksOf } from 'ocellus/app/http/status';
import { OcellusError } from 'ocellus/error';
import type { HttpRequest } from 'ocellus/http';
import { base64Body } from 'ocellus/picture';

/** What the route needs. */
export interface CameraTestApiOptions {
    readonly keeper: { readonly current: Settings };
    /** Loaded with the first test. */
    readonly cameraTest: () => Promise<Pick<CameraTest, 'run'>>;
}

/** The host answers for a script after 5 s: what takes longer is asked for again. */
const answerMs = 4_000;
/** What was found and nobody fetched is forgotten then. */
const keepMs = 30_000;
/** Bytes of a picture that goes with the answer. */
const pictureMax = 4 * 1024 * 1024;

/** A test under way, or done and not fetched. */
interface Test {
    readonly body: string;
    readonly found: Promise<Found>;
    isAwaited: boolean;
}

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
export function cameraTestRoutes(router: Router, { keeper, cameraTest }: CameraTestApiOptions): Router {
    let test: Test | undefined;

    function forgetLater(mine: Test): void {
        setTimeout(() => {
            if (test === mine && !mine.isAwaited) {
                test = undefined;
                mine.found.then(close, () => undefined);
            }
        }, keepMs);
    }

    function begin(body: string, found: Promise<Found>): Test {
        const begun = { body, found, isAwaited: false };
        found.then(
            () => forgetLater(begun),
            () => forgetLater(begun),
        );
        return begun;
    }

    async function run(request: HttpRequest): Promise<Raw | Reply> {
        parseQuery(request.query, []);
        const body = request.text();
        const settings = testedChannel(parseObject(body, 'body'), keeper.current);
        if (test !== undefined && (test.body !== body || test.isAwaited)) {
            throw new OcellusError('BUSY', 'another camera is being tested: again in a few seconds');
        }
        test ??= begin(body, (await cameraTest()).run(settings));
        const mine = test;
        mine.isAwaited = true;
        try {
            const found = await withDeadline(mine.found, answerMs, 'test');
            test = undefined;
            return answerOf(found);
        } catch (error) {
            if (!(error instanceof OcellusError && error.code === 'TIMEOUT')) {
                test = undefined;
                throw error;
            }
            mine.isAwaited = false;
            return new Reply(202, { running: true });
        }
    }

    return router.routeBelow('POST', '/api/channels/', async (request) => {
        if (request.path !== '/api/channels/test') {
            throw new OcellusError('NOENT', `no such resource: ${request.path.slice(0, 100)}`);
        }
        return await run(request);
    });
}
