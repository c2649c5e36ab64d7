import type { Application, PtzMove } from 'ocellus/app/system/application';
import type { CommandsJson } from 'ocellus/app/commands/command-table';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';
import { deviceWith, logins } from 'ocellus/test/commands/device';

/** An application whose commands are there for the first request. */
async function own(started: (app: Application) => void | Promise<void>) {
    const apps: Application[] = [];
    const device = await deviceWith({
        name: 'door',
        started(app) {
            apps.push(app);
            return started(app);
        },
    });
    const [app] = apps;
    assert(app !== undefined);
    return { ...device, app };
}

test('a command of the application: arguments, rights and answer are those that it declares', async () => {
    const opened: number[] = [];
    const { channel, http, get } = await own((app) => {
        void app.command('open-door', {
            meaning: 'Opens the door.',
            right: 'operate',
            arguments: {
                seconds: { type: 'whole', min: 1, max: 60, required: true },
                how: { type: 'choice', values: ['slow', 'fast'] },
            },
            run({ seconds, how = 'slow' }, { right, session }) {
                const typed: 'slow' | 'fast' = how;
                opened.push(seconds);
                return { seconds, how: typed, right, session: session ?? null };
            },
        });
    });
    assertEqual((await channel('open-door', { seconds: 5 }, logins.operate)).json, {
        seconds: 5,
        how: 'slow',
        right: 'operate',
        session: 40,
    });
    assertEqual((await http('open-door', { seconds: 6, how: 'fast' })).json, {
        seconds: 6,
        how: 'fast',
        right: 'own',
        session: null,
    });
    for (const [body, error] of [
        [{}, 'seconds is missing: a whole number from 1 to 60'],
        [{ seconds: 61 }, 'seconds: 61 is not allowed; use a whole number from 1 to 60'],
        [{ seconds: 1, how: 'odd' }, 'how: "odd" is not allowed; use slow or fast'],
    ] as const) {
        assertEqual((await http('open-door', body)).error, error);
        assertEqual((await channel('open-door', body)).error, error);
    }
    const { error } = await channel('open-door', { seconds: 7 }, logins.watch);
    assertEqual(error, 'command open-door: this login may not: it needs the right operate');
    assertEqual(opened, [5, 6]);
    // a panel may give it (docs/design/applications.md)
    assertEqual(((await get('/api/app')).json as { routes: string[] }).routes, ['/api/commands/open-door']);
    const listed = (await get('/api/commands')).json as CommandsJson;
    assertEqual(listed.commands.find(({ name }) => name === 'open-door')?.meaning, 'Opens the door.');
});

test('declarations that are wrong are refused; nothing of them stays', async () => {
    const { app, get } = await own(() => undefined);
    const run = (): void => undefined;
    const good = { meaning: 'x', right: 'watch', run } as const;
    for (const [name, command, message] of [
        ['Open', good, 'command "Open" of the application: "Open" is not allowed'],
        ['status', good, 'command "status" of the application: there is a command of this name'],
        ['a', { ...good, meaning: '' }, 'command "a" of the application: meaning: "" is not allowed'],
        ['a', { ...good, right: 'root' as 'own' }, 'command "a" of the application: right: watch, operate or own'],
        ['a', { ...good, arguments: { command: { type: 'flag' } } }, 'command "a" of the application.command: this'],
        ['a', { ...good, arguments: { 'x-y': { type: 'flag' } } }, 'command "a" of the application: "x-y" is not'],
        ['a', { ...good, arguments: { x: { type: 'choice', values: ['x'] } } }, 'command "a" of the application.x'],
        ['a', { ...good, arguments: { x: { type: 'text', max: 5000 } } }, 'command "a" of the application.x.max'],
        ['a', { ...good, arguments: { x: { type: 'patch' as 'flag' } } }, 'command "a" of the application: patch'],
    ] as const) {
        const error = await assertRejects(app.command(name, command));
        assert(error.message.startsWith(message), error.message);
    }
    for (let count = 0; count < 32; count++) {
        await app.command(`one-${count}`, good);
    }
    const { message } = await assertRejects(app.command('one-more', good));
    assertEqual(message, 'command "one-more" of the application: an application may add 32 commands');
    const names: string[] = [];
    for (let after = ''; ; ) {
        const { commands, next } = (await get(`/api/commands?after=${after}`)).json as CommandsJson;
        names.push(...commands.map(({ name }) => name));
        if (next === null) {
            break;
        }
        after = next;
    }
    assertEqual([names.length, new Set(names).size], [46, 46]);
});

test('an answer that is too long, or a throw, is the error of that command alone', async () => {
    const { channel, http } = await own(async (app) => {
        const common = { meaning: 'x', right: 'watch' } as const;
        await app.command('long', { ...common, run: () => 'x'.repeat(16_000) });
        await app.command('fits', { ...common, run: () => 'x'.repeat(15_998) });
        await app.command('wide', { ...common, run: () => 'ä'.repeat(8000) });
        await app.command('nothing', { ...common, run: () => undefined });
        await app.command('fails', {
            ...common,
            run() {
                throw new Error('the lock is stuck');
            },
        });
    });
    assertEqual((await channel('long')).error, 'command long: its answer has more than 16000 bytes');
    assertEqual((await channel('wide')).error, 'command wide: its answer has more than 16000 bytes');
    assertEqual((await channel('fits')).status, 200);
    assertEqual((await channel('nothing')).json, {});
    assertEqual((await channel('fails')).error, 'the lock is stuck');
    assertEqual((await http('fails')).status, 500);
    assertEqual((await http('status')).status, 200);
});

test('ptz goes to the handler of the application, as one movement', async () => {
    const moves: PtzMove[] = [];
    const { channel, http, app } = await own((one) => {
        void one.ptz((move) => {
            moves.push(move);
        });
    });
    assertEqual((await channel('ptz', { channel: '0', pan: -100, zoom: 5 }, logins.operate)).json, {});
    assertEqual((await http('ptz', { channel: 'yard', stop: true })).json, {});
    assertEqual((await http('ptz', { channel: 'yard', preset: 255 })).json, {});
    assertEqual(moves, [
        { channel: 'front', kind: 'move', pan: -100, tilt: 0, zoom: 5, milliseconds: 1000 },
        { channel: 'yard', kind: 'stop' },
        { channel: 'yard', kind: 'preset', preset: 255 },
    ]);
    await app.ptz(() => {
        throw new Error('the motor is blocked');
    });
    assertEqual((await channel('ptz', { channel: 'front', tilt: 1 })).error, 'the motor is blocked');
});
