// People with chosen acts at chosen cameras, over HTTP: what the owner says of them, and what each gets.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, program } from '../e2e/device.mjs';
import { ask, basic, closed, cookieOf, login, origin, password } from './closed.mjs';

const secret = 'password-of-a-guest';

test('an owner adds, narrows and removes people; each gets no more than that [O5]', async (t) => {
    const { url, data } = await closed(t, ['--input', 'front=fake:?seed=1', '--input', 'yard=fake:?seed=2']);
    const owner = { ...origin(url), ...cookieOf(await login(url)) };
    /** @param {string} line @param {unknown} [body] */
    const own = (line, body) => ask(url, line, { headers: { ...owner, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) });
    for (const [body, why] of /** @type {const} */ ([
        [{ name: 'guest', password: 'short', acts: 'see', cameras: 'all' }, /too short/],
        [{ name: 'Guest', password: secret, acts: 'see', cameras: 'all' }, /^name: /],
        [{ name: 'guest', password: secret, acts: 'watch', cameras: 'all' }, /^acts: /],
        [{ name: 'guest', password: secret, acts: 'see', cameras: '' }, /^acts: /],
        [{ name: 'guest', password: secret, acts: 'see', cameras: '*' }, /^acts: /],
        [{ name: 'guest', password: secret, acts: 'own', cameras: 'front' }, /^acts: /],
        [{ name: 'guest', password: secret }, /^acts: /],
    ])) {
        const { status, json } = await own('POST /api/users', body);
        t.is(status, 400, JSON.stringify(body));
        t.regex(json.error.message, why);
    }
    t.is((await own('POST /api/users', { name: 'guest', password: secret, acts: 'see', cameras: 'front' })).status, 204);
    t.is((await own('POST /api/users', { name: 'guest', password: secret, acts: 'see', cameras: 'front' })).status, 409);
    t.deepEqual((await own('GET /api/users')).json.users, [
        { name: 'admin', right: 'own', acts: ['see', 'look', 'talk', 'change', 'delete'], cameras: 'all' },
        { name: 'guest', right: 'watch', acts: ['see'], cameras: ['front'] },
    ]);
    t.regex(readFileSync(path.join(data, 'access', 'users'), 'utf8'), /^guest:scrypt:15:8:3:[\w-]{22}:[\w-]{43}:see:front$/m);

    const enter = async () => ({ ...origin(url), ...cookieOf(await ask(url, 'POST /login', { headers: { ...origin(url), 'content-type': 'application/json' }, body: JSON.stringify({ user: 'guest', password: secret }) })) });
    let guest = await enter();
    /** @param {string} line @param {string} [body] */
    const asks = async (line, body) => (await ask(url, line, { headers: { ...guest, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body }) })).status;
    t.deepEqual((await ask(url, 'GET /api/session', { headers: guest })).json, { user: 'guest', right: 'watch', acts: ['see'], cameras: ['front'] });
    await eventually(async () => ((await asks('GET /live/front/index.m3u8')) === 200 ? true : undefined), 'live of the own camera');
    const { channels } = (await ask(url, 'GET /api/status', { headers: guest })).json;
    t.deepEqual(channels.map((/** @type {{ name: string }} */ { name }) => name), ['front']);
    t.is((await own('GET /api/status')).json.channels.length, 2);
    for (const line of ['GET /live/yard/index.m3u8', 'GET /live/yard.mp4', 'GET /snapshot/yard.jpg', 'GET /api/recordings?channel=front', 'GET /api/event-log', 'GET /recordings/front/x.mp4', 'GET /export/front.mp4', 'GET /api/settings', 'GET /api/channels', 'GET /api/users', 'GET /metrics', 'GET /api/nothing']) {
        t.is(await asks(line), 403, line);
    }
    t.is(await asks('GET /api/as/see/*/status'), 403);
    t.is(await asks('POST /api/users', JSON.stringify({ name: 'more', password: secret, acts: 'own' })), 403);
    t.is(await asks('PATCH /api/users/guest', JSON.stringify({ acts: 'own' })), 403);
    t.is(await asks('POST /api/commands/key', JSON.stringify({ channel: 'front' })), 200);
    t.is(await asks('POST /api/commands/key', JSON.stringify({ channel: 'yard' })), 403);
    t.is(await asks('POST /api/commands/privacy', JSON.stringify({ on: true })), 403);
    t.is((await ask(url, 'GET /live/front/index.m3u8', { headers: basic('guest', secret) })).status, 200);
    t.is((await ask(url, 'GET /live/yard/index.m3u8', { headers: basic('guest', secret) })).status, 403);
    t.is((await ask(url, 'GET /live/yard/index.m3u8', { headers: basic('guest', 'wrong-wrong-wrong') })).status, 401);

    // a link is its maker's: it stays when anybody else is changed or removed
    t.is((await own('POST /api/users', { name: 'mother', password: secret, acts: 'own', cameras: 'all' })).status, 204);
    const mother = { ...origin(url), ...cookieOf(await ask(url, 'POST /login', { headers: { ...origin(url), 'content-type': 'application/json' }, body: JSON.stringify({ user: 'mother', password: secret }) })), 'content-type': 'application/json' };
    const makes = JSON.stringify({ channel: 'front', seconds: 600 });
    const [mine, hers] = [(await own('POST /api/links', { channel: 'front', seconds: 600 })).json, (await ask(url, 'POST /api/links', { headers: mother, body: makes })).json];
    const links = async () => (await own('GET /api/links')).json.links.map((/** @type {{ id: string }} */ { id }) => id);
    t.is((await own('PATCH /api/users/guest', { acts: 'look', cameras: 'front' })).status, 204);
    t.deepEqual(await links(), [mine.id, hers.id]);
    t.is((await own('PATCH /api/users/guest', { acts: 'see', cameras: 'front' })).status, 204);
    t.is((await own('PATCH /api/users/mother', { acts: 'see', cameras: 'all' })).status, 204);
    t.deepEqual(await links(), [mine.id], 'she may make none any more');
    t.is((await ask(url, `GET ${mine.page}link.json`)).status, 200);
    t.is((await ask(url, `GET ${hers.page}link.json`)).status, 403);
    t.is((await own('DELETE /api/users/mother')).status, 204);
    t.deepEqual(await links(), [mine.id]);
    guest = await enter();

    // other rights end what is under way, and are in force with the next login
    t.is((await own('PATCH /api/users/guest', { acts: 'look', cameras: 'yard' })).status, 204);
    t.is(await asks('GET /api/session'), 401);
    guest = await enter();
    t.is(await asks('GET /live/front/index.m3u8'), 403);
    t.is(await asks('GET /api/recordings?channel=front'), 403);
    t.is(await asks('GET /api/recordings?channel=yard'), 200);
    t.is(await asks('GET /api/recordings'), 200, 'of the only camera there is for this person');
    t.is(await asks('GET /api/timeline?channel=%66ront&from=1&to=2'), 403);
    // another password by the command keeps what was chosen
    t.is(spawnSync(program, ['password', '--data', data, '--user', 'guest'], { input: `${secret}\n` }).status, 0);
    t.regex(readFileSync(path.join(data, 'access', 'users'), 'utf8'), /^guest:scrypt:[^\n]*:look:yard$/m);
    // the last owner stays
    t.is((await own('DELETE /api/users/admin')).status, 409);
    t.is((await own('PATCH /api/users/admin', { acts: 'see', cameras: 'all' })).status, 409);
    t.is((await own('GET /api/users/nobody')).status, 405);
    t.is((await own('DELETE /api/users/guest')).status, 204);
    t.is(await asks('GET /api/session'), 401);
    t.is((await own('DELETE /api/users/guest')).status, 404);
    t.is((await ask(url, 'DELETE /api/users/admin', { headers: cookieOf(await login(url, password)) })).status, 403, 'without the own Origin');
});
