// Temporary keys: renewed early, kept while a renewal fails, one request at a time; and against a real endpoint.
import { CredentialsEndpoint, type CredentialsEndpointOptions } from 'ocellus/app/cloud/credentials-endpoint';
import { StoreError, type StoreErrorCode } from 'ocellus/app/cloud/object-store';
import { S3Client } from 'ocellus/app/cloud/s3-client';
import { HttpError, type Reply, request } from 'ocellus/app/net/request';
import { type FakeClock, withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';

const url = 'https://keys.example/role?hush=1';
const epoch = Date.UTC(2026, 10, 22);
const hour = 3_600_000;

/** An endpoint that gives other keys each time, as strict as a real one; what goes wrong is set by a test. */
class Endpoint {
    given = 0;
    /** At the same time. */
    peak = 0;
    lifeMs = hour;
    /** What the clock of the device is behind. */
    behindMs = 0;
    fault: (() => Reply | Error) | undefined;
    #open = 0;
    readonly #clock: FakeClock;

    constructor(clock: FakeClock) {
        this.#clock = clock;
    }

    readonly get = async (to: string, headers: Readonly<Record<string, string>>): Promise<Reply> => {
        this.#open++;
        this.peak = Math.max(this.peak, this.#open);
        await undefined;
        this.#open--;
        assertEqual(to, url);
        if (headers['authorization'] !== 'Bearer hush-token') {
            return this.reply('', 401);
        }
        const fault = this.fault?.();
        if (fault instanceof Error) {
            throw fault;
        }
        if (fault !== undefined) {
            return fault;
        }
        this.given++;
        return this.reply(this.text());
    };

    text(more: Readonly<Record<string, unknown>> = {}): string {
        return JSON.stringify({
            AccessKeyId: `KEY${this.given}`,
            SecretAccessKey: 'hush/very',
            Token: 'hush==',
            Expiration: new Date(this.atMs() + this.lifeMs).toISOString(),
            ...more,
        });
    }

    reply(text: string, status = 200): Reply {
        const bytes = new TextEncoder().encode(text).buffer as ArrayBuffer;
        return { status, headers: new Map([['date', new Date(this.atMs()).toUTCString()]]), bytes, text: () => text };
    }

    atMs(): number {
        return epoch + this.#clock.nowMs;
    }
}

interface World {
    readonly clock: FakeClock;
    readonly endpoint: Endpoint;
    readonly keys: CredentialsEndpoint;
}

function world(more: Partial<CredentialsEndpointOptions>, run: (world: World) => Promise<void>): Promise<void> {
    return withFakeTimers(async (clock) => {
        const endpoint = new Endpoint(clock);
        const keys = new CredentialsEndpoint({
            url,
            token: 'hush-token',
            wallMs: () => endpoint.atMs() - endpoint.behindMs,
            now: () => clock.nowMs,
            random: () => 0,
            get: endpoint.get,
            ...more,
        });
        try {
            await run({ clock, endpoint, keys });
        } finally {
            keys.close();
        }
        await clock.advance(24 * hour);
        assertEqual(clock.waiting.size, 0, 'a timer is left');
    });
}

async function refuses(promise: Promise<unknown>, code: StoreErrorCode, again: boolean): Promise<void> {
    const error = await assertRejects(promise);
    assert(error instanceof StoreError, `no StoreError: ${String(error)}`);
    assertEqual([error.code, error.again], [code, again], error.message);
    assert(!error.message.includes('hush') && !error.message.includes('\n'), error.message);
}

test('nothing is requested before keys are needed; then once, for all', () =>
    world({}, async ({ clock, endpoint, keys }) => {
        await clock.advance(hour);
        assertEqual([endpoint.given, keys.keys()], [0, undefined]);
        await Promise.all([keys.renew(undefined), keys.renew(undefined), keys.renew(undefined)]);
        assertEqual([endpoint.given, endpoint.peak], [1, 1]);
        const own = keys.keys();
        assertEqual(own, { accessKeyId: 'KEY1', secretAccessKey: 'hush/very', sessionToken: 'hush==' });
        assert(own === keys.keys(), 'the same object while they are the same');
        await keys.renew(undefined);
        assertEqual(endpoint.given, 1, 'there are other keys than none');
    }));

test('keys are renewed at 80 percent of their life, spread by a tenth before that', async () => {
    for (const [random, atMs] of [
        [0, 2_880_000],
        [0.999_999, 2_592_000],
    ] as const) {
        await world({ random: () => random }, async ({ clock, endpoint, keys }) => {
            await keys.renew(undefined);
            await clock.advance(atMs - 1);
            assertEqual(endpoint.given, 1);
            await clock.advance(2);
            assertEqual([endpoint.given, keys.keys()?.accessKeyId], [2, 'KEY2']);
            await clock.advance(10 * hour);
            assert(endpoint.given >= 13 && endpoint.given <= 16, String(endpoint.given));
            assert(keys.keys() !== undefined);
        });
    }
});

test('a minute before the end at least; keys that live too short are no flood', async () => {
    await world({}, async ({ clock, endpoint, keys }) => {
        endpoint.lifeMs = 100_000;
        await keys.renew(undefined);
        await clock.advance(39_999);
        assertEqual(endpoint.given, 1);
        await clock.advance(1);
        assertEqual(endpoint.given, 2);
    });
    await world({}, async ({ clock, endpoint, keys }) => {
        endpoint.lifeMs = 20_000;
        await keys.renew(undefined);
        await clock.advance(60_000);
        assertEqual([endpoint.given, keys.keys() !== undefined], [7, true]);
    });
});

test('a clock that is wrong changes nothing: the endpoint has one', () =>
    world({}, async ({ clock, endpoint, keys }) => {
        endpoint.behindMs = 50 * 365 * 24 * hour;
        await keys.renew(undefined);
        await clock.advance(0.79 * hour);
        assertEqual([endpoint.given, keys.keys()?.accessKeyId], [1, 'KEY1']);
        await clock.advance(0.02 * hour);
        assertEqual(endpoint.given, 2);
    }));

test('keys stay while renewals fail, until they end; then a refusal, with pauses; then they are back', () =>
    world({}, async ({ clock, endpoint, keys }) => {
        await keys.renew(undefined);
        let tries = 0;
        endpoint.fault = () => {
            tries++;
            return endpoint.reply('', 503);
        };
        await clock.advance(hour - 1);
        assertEqual(keys.keys()?.accessKeyId, 'KEY1');
        assert(tries >= 20 && tries <= 60, `${tries} tries in 12 minutes`);
        await clock.advance(1);
        assertEqual(keys.keys(), undefined);
        const before = tries;
        for (let i = 0; i < 100; i++) {
            await refuses(keys.renew(undefined), 'SLOW_DOWN', true);
        }
        assert(tries - before <= 1, 'each failure has a pause');
        await clock.advance(hour);
        assert(tries - before <= 2, 'without keys nobody is in a hurry');
        endpoint.fault = undefined;
        await keys.renew(undefined);
        assertEqual(keys.keys()?.accessKeyId, 'KEY2');
        await clock.advance(2_879_999);
        assertEqual(endpoint.given, 2);
        await clock.advance(1);
        assertEqual(endpoint.given, 3, 'in its old rhythm');
    }));

test('keys that a store calls expired are renewed at once; others stay', () =>
    world({}, async ({ endpoint, keys }) => {
        await keys.renew(undefined);
        const stale = keys.keys();
        await Promise.all([keys.renew(stale), keys.renew(stale)]);
        assertEqual([endpoint.given, keys.keys()?.accessKeyId], [2, 'KEY2']);
        await keys.renew(stale);
        assertEqual(endpoint.given, 2, 'somebody else has renewed them');
    }));

test('each wrong answer has its code and shows nothing secret', () =>
    world({}, async ({ clock, endpoint, keys }) => {
        const text = (more: Readonly<Record<string, unknown>>) => () => endpoint.reply(endpoint.text(more));
        const table: readonly (readonly [() => Reply | Error, StoreErrorCode, boolean])[] = [
            [() => endpoint.reply('', 401), 'DENIED', false],
            [() => endpoint.reply('', 403), 'DENIED', false],
            [() => endpoint.reply('', 404), 'INVALID', false],
            [() => endpoint.reply('', 429), 'SLOW_DOWN', true],
            [() => endpoint.reply('', 500), 'SERVER', true],
            [() => endpoint.reply('', 302), 'REDIRECT', false],
            [() => endpoint.reply('<html>hush'), 'INVALID', false],
            [() => endpoint.reply('["hush"]'), 'INVALID', false],
            [() => endpoint.reply('{"hush":1}'), 'INVALID', false],
            [text({ Code: 'Failed', Message: 'hush' }), 'INVALID', false],
            [text({ AccessKeyId: 7 }), 'INVALID', false],
            [text({ AccessKeyId: '' }), 'INVALID', false],
            [text({ SecretAccessKey: 'hush\nx' }), 'INVALID', false],
            [text({ Token: undefined }), 'INVALID', false],
            [text({ Expiration: 'hush' }), 'INVALID', false],
            [text({ Expiration: '2026-11-21T23:59:59Z' }), 'EXPIRED', true],
            [() => new HttpError('CONNECT', 'nobody is there'), 'OFFLINE', true],
            [() => new HttpError('TLS', `GET ${url}: another name`), 'TLS', false],
            [() => new Error(`no ${url} and http://[::1]:80/hush`), 'INVALID', false],
        ];
        for (const [fault, code, again] of table) {
            endpoint.fault = fault;
            await refuses(keys.renew(undefined), code, again);
            assertEqual(keys.keys(), undefined);
            await clock.advance(30_000);
        }
        assertEqual(endpoint.given, 0);
    }));

test('closed: no keys, no request, also from one under way', () =>
    world({}, async ({ endpoint, keys }) => {
        const coming = keys.renew(undefined);
        keys.close();
        keys.close();
        await coming;
        assertEqual([endpoint.given, keys.keys()], [1, undefined]);
        await refuses(keys.renew(undefined), 'DENIED', false);
        assertEqual(endpoint.given, 1);
    }));

test('only https, without user and password; a token that is one', () => {
    const clocks = { wallMs: () => 0, now: () => 0 };
    const addresses = ['', 'keys.example', 'http://keys.example', 'https://user:hush@keys.example', 'file:///hush'];
    for (const wrong of addresses) {
        const error = assertThrows(() => new CredentialsEndpoint({ url: wrong, ...clocks }), { type: StoreError });
        assert(!error.message.includes('hush'), error.message);
    }
    for (const token of ['hush x', 'hush\r\nx: y', 's'.repeat(4097)]) {
        const error = assertThrows(() => new CredentialsEndpoint({ url, token, ...clocks }), { type: StoreError });
        assert(!error.message.includes('hush'), error.message);
    }
});

// against servers of the tests (tests/engine/servers.mjs)

const host = '127.42.0.1';

async function json<T>(path: string): Promise<T> {
    return JSON.parse((await request(`http://${host}:8042${path}`)).text()) as T;
}

test('a store with keys of an endpoint: first ones, expired ones, none', async () => {
    const { good, s3, ca } = await json<{ readonly good: number; readonly s3: number; readonly ca: string }>('/ports');
    const { minted } = await json<{ readonly minted: number }>('/s3');
    const given = async () => (await json<{ readonly minted: number }>('/s3')).minted - minted;
    const endpoint = (token: string, authority?: string) =>
        new CredentialsEndpoint({
            url: `https://${host}:${good}/keys?hush`,
            token,
            wallMs: () => Date.now(),
            now: () => Date.now(),
            ...(authority !== undefined && { ca: authority }),
        });
    const storeWith = (keys: CredentialsEndpoint) =>
        new S3Client({
            endpoint: `http://${host}:${s3}`,
            region: 'us-east-1',
            bucket: 'film',
            pathStyle: true,
            keys: () => keys.keys(),
            renew: (stale) => keys.renew(stale),
            now: () => Date.now(),
        });
    const keys = endpoint('let-me-in', ca);
    const store = storeWith(keys);
    await Promise.all([1, 2, 3].map((i) => store.put(`keys/${i}`, 'x', { type: 'text/plain' })));
    assertEqual([await given(), (await store.list('keys/')).objects.length], [1, 3]);
    await json('/s3?end=1');
    const [first, second] = await Promise.all([store.get('keys/1'), store.get('keys/2')]);
    assertEqual([first?.text, second?.text, await given()], ['x', 'x', 2]);
    await json('/s3?faults=expired,expired');
    await refuses(store.get('keys/1'), 'EXPIRED', false);
    assertEqual(await given(), 3, 'once for a request');
    assertEqual((await request(store.presign('keys/1', 60))).text(), 'x');
    keys.close();
    await refuses(store.get('keys/1'), 'DENIED', false);
    await refuses(storeWith(endpoint('wrong', ca)).get('keys/1'), 'DENIED', false);
    await refuses(storeWith(endpoint('let-me-in')).get('keys/1'), 'TLS', false);
    assertEqual(await given(), 3);
});
