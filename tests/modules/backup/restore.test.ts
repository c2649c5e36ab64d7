import { sealBackup } from 'ocellus/app/backup/backup';
import type { RestoreJson, SettingsJson } from 'ocellus/app/http/api-types';
import { assertEqual, test } from 'ocellus/test/harness';
import { device, stored } from 'ocellus/test/http/device';

test('a backup goes to another device: shown first, then restored with its users; this machine stays itself [O32]', async () => {
    const line = `scrypt:15:8:3:${'A'.repeat(22)}:${'B'.repeat(43)}`;
    const old = await device();
    old.plane.stored.set('users', `admin:${line}\nmia:${line}:watch\n`);
    await old.ask('PATCH', '/api/settings', { port: 9000, record: { name: 'porch', maxDays: 7 } });
    await old.ask('POST', '/api/channels', { name: 'door', input: 'rtsp://u:secret@h/' });
    const [made, backup] = await old.ask('POST', '/api/backup', { password: 'correct horse' });
    assertEqual(made, 200);
    const fresh = await device();
    const body = { backup: JSON.stringify(backup), password: 'correct horse' };
    const [, shown] = (await fresh.ask('POST', '/api/backup/check', body)) as [number, RestoreJson];
    assertEqual(shown.settings, ['record.name', 'record.maxDays']);
    assertEqual([shown.channels, shown.users], [{ added: ['door'], changed: [], removed: [] }, ['admin', 'mia']]);
    assertEqual([stored(fresh.plane), fresh.plane.stored.get('users')], [null, undefined]);
    assertEqual((await fresh.ask('POST', '/api/backup/restore', body))[0], 200);
    assertEqual(fresh.plane.stored.get('users')?.startsWith('admin:'), true);
    const [, now] = (await fresh.ask('GET', '/api/settings')) as [number, SettingsJson];
    assertEqual([now.port, now.record.name, now.channels[1]?.name], [8080, 'porch', 'door']);
    const [, again] = (await fresh.ask('POST', '/api/backup/check', body)) as [number, RestoreJson];
    assertEqual([again.settings, again.channels.changed, again.users], [[], [], null]);
    assertEqual(await fresh.refused('POST', '/api/backup/restore', { ...body, password: 'wrong' }), [
        400,
        'INVAL',
        'password',
    ]);
    assertEqual(await fresh.refused('POST', '/api/backup', { password: 'short' }), [400, 'INVAL', 'password']);
});

test('a backup of a newer program: what it does not know is named, kept and not used', async () => {
    const content = { settings: { log: 'warn', lights: { on: true } }, users: '' };
    const made = { made: '2026-11-24T14:00:00Z', from: '9.0.0', device: 'porch' };
    const { plane, ask, refused } = await device();
    const body = { backup: sealBackup(content, made, 'correct horse'), password: 'correct horse' };
    const [, shown] = (await ask('POST', '/api/backup/restore', body)) as [number, RestoreJson];
    assertEqual([shown.from, shown.settings, shown.ignored.length, shown.users], ['9.0.0', ['log'], 1, null]);
    assertEqual(stored(plane), content.settings);
    const bad = { ...content, settings: { record: { prerollSeconds: 60 } } };
    const worse = { ...body, backup: sealBackup(bad, made, 'correct horse') };
    assertEqual((await refused('POST', '/api/backup/restore', worse))[0], 400);
    assertEqual(stored(plane), content.settings);
});
