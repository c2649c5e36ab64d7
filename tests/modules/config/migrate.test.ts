import { migrated } from 'ocellus/app/config/migrate';
import { SettingsError } from 'ocellus/app/config/schema';
import { startOn } from 'ocellus/app/system/application';
import { FakeHost, FakePlane } from 'ocellus/test/fake-plane';
import { assertEqual, assertRejects, assertThrows, test } from 'ocellus/test/harness';

const none = { version: 0 };
const text = '{"port":1,"app":{"seconds":7}}';

test('what needs no step stays as it is, to the letter; what cannot be read too', () => {
    assertEqual(migrated(undefined, none), undefined);
    assertEqual(migrated(text, none), text);
    assertEqual(migrated('{"a":', { version: 2 }), '{"a":');
    const now = '{ "app": {"_version":2} }';
    assertEqual(migrated(now, { version: 2 }), now);
    assertEqual(migrated(now, { version: 1, migrate: () => ({}) }), now);
});

test('own settings: migrated once, from the version that is noted; the version is noted without any, too', () => {
    const calls: unknown[] = [];
    const migrate = (stored: object, from: number): object => {
        calls.push([stored, from]);
        return { millis: (stored as { seconds: number }).seconds * 1000 };
    };
    const once = migrated(text, { version: 3, migrate });
    assertEqual(once, '{"port":1,"app":{"millis":7000,"_version":3}}');
    assertEqual(migrated(once, { version: 3, migrate }), once);
    assertEqual(calls, [[{ seconds: 7 }, 0]]);
    assertEqual(migrated('{}', { version: 3, migrate }), '{"app":{"_version":3}}');
    assertEqual(migrated('{"app":{"_version":1,"seconds":1}}', { version: 2 }), '{"app":{"seconds":1,"_version":2}}');
    assertEqual(calls.length, 1);
});

test('a step that throws or gives no object ends the start with its reason', () => {
    const boom = (): never => {
        throw new Error('where are the seconds?');
    };
    assertThrows(() => migrated(text, { version: 2, migrate: boom }), {
        type: SettingsError,
        message: /from version 0 to 2: where are the seconds\?$/,
    });
    assertThrows(() => migrated(text, { version: 2, migrate: () => [] }), { message: /no object for version 0$/ });
});

test('the program’s own steps run one after the other, each once', () => {
    const steps = [
        (document: object) => ({ ...document, a: 1 }),
        (document: object) => ({ ...document, b: (document as { a: number }).a + 1 }),
    ];
    assertEqual(migrated('{}', none, steps), '{"a":1,"b":2,"_version":2}');
    assertEqual(migrated('{"_version":1,"a":5}', none, steps), '{"_version":2,"a":5,"b":6}');
    assertEqual(migrated('{"_version":2}', none, steps), '{"_version":2}');
});

const settings = { millis: { type: 'whole', default: 1, min: 1, max: 60_000, title: 'Length' } } as const;

test('a start migrates what is stored before it reads it, keeps it, and shows no version', async () => {
    for (const generation of [1, 2]) {
        const plane = new FakePlane();
        plane.stored.set('settings', text);
        const host = new FakeHost({ generation, stored: { path: 'settings.json', text } });
        const seen: number[] = [];
        let migrations = 0;
        const options = {
            settings,
            settingsVersion: 2,
            migrate: ({ seconds }: { readonly [key: string]: unknown }) => {
                migrations++;
                return { millis: Number(seconds) * 1000 };
            },
            started: (app: { readonly settings: { readonly millis: number } }) => void seen.push(app.settings.millis),
        };
        await startOn({ plane, host }, options);
        assertEqual([seen, migrations], [[7000], 1]);
        assertEqual(JSON.parse(plane.stored.get('settings') ?? ''), { port: 1, app: { millis: 7000, _version: 2 } });
        const again = new FakeHost({ generation: generation + 1 });
        await startOn({ plane, host: again }, options);
        assertEqual([seen, migrations], [[7000, 7000], 1]);
    }
});

test('a migration that throws: the first script ends with its reason, a later one throws; nothing is stored', async () => {
    const migrate = (): never => {
        throw new Error('no');
    };
    for (const generation of [1, 2]) {
        const plane = new FakePlane();
        plane.stored.set('settings', text);
        const host = new FakeHost({ generation, stored: { path: 'settings.json', text } });
        const started = startOn({ plane, host }, { settings, settingsVersion: 2, migrate });
        if (generation === 1) {
            await started;
            assertEqual(plane.calls, ['exit 2 settings of the application: cannot go from version 0 to 2: no']);
        } else {
            await assertRejects(started, { message: /cannot go from version 0 to 2: no$/ });
        }
        assertEqual(plane.stored.get('settings'), text);
    }
});

test('a version that is none is a mistake of the application', async () => {
    for (const settingsVersion of [0, -1, 1.5, Number.NaN]) {
        const plane = new FakePlane();
        await startOn({ plane, host: new FakeHost() }, { settingsVersion });
        assertEqual(plane.calls, ['exit 2 settingsVersion of the application: a whole number from 1']);
    }
});
