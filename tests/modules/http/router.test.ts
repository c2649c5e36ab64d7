import { Router } from 'ocellus/app/http/router';
import { OcellusError } from 'ocellus/error';
import { requestOf } from 'ocellus/test/fake-plane';
import { assert, assertEqual, test } from 'ocellus/test/harness';

test('routes that come later: loaded by the first request that needs them, once', async () => {
    const router = new Router({ parcelBytes: 4096 });
    let loads = 0;
    const load = async (): Promise<void> => {
        loads++;
        if (loads === 1) {
            throw new OcellusError('NOMEM', 'no room');
        }
        router.own('GET', '/api/things', () => 'all').own('DELETE', '/api/things/*', () => 'gone');
        router.own('GET', '/api/things/*/*', () => 'part');
    };
    router.own('POST', '/api/things', () => 'made');
    router.later(['/api/things', '/api/things/*', '/api/things/*/*'] as never[], load).keep();
    const answer = async (method: string, path: string): Promise<readonly unknown[]> => {
        const { status, body } = await router.answer(requestOf({ method, path }));
        return [status, body];
    };
    assert(router.isOurs('things'));
    assertEqual(await answer('POST', '/api/things'), [200, '"made"']);
    assertEqual(loads, 0);
    assertEqual((await answer('GET', '/api/things'))[0], 500); // no memory: the next request tries again
    assertEqual(await answer('GET', '/api/things/1/2'), [200, '"part"']);
    assertEqual((await answer('PUT', '/api/things/1'))[0], 405);
    assertEqual(await answer('GET', '/api/things'), [200, '"all"']);
    assertEqual(await answer('DELETE', '/api/things/1'), [200, '"gone"']);
    assertEqual((await answer('GET', '/api/others'))[0], 404);
    assertEqual(loads, 2);
});
