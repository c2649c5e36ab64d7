// Watch links, and pages of other sites.
import path from 'node:path';
import { readFileSync } from 'node:fs';
import test from 'ava';
import { eventually, sleep, start } from '../e2e/device.mjs';
import { ask, closed, cookieOf, login, origin } from './closed.mjs';

const json = { 'content-type': 'application/json' };

test('a watch link plays one channel until its time is over, and opens nothing else [E3]', async (t) => {
    const { data, url } = await closed(t, ['--input', 'front=assets/clip.mp4', '--input', 'yard=assets/clip.mp4']);
    const own = { ...cookieOf(await login(url)), ...origin(url) };
    /** @param {unknown} body */
    const link = (body) => ask(url, 'POST /api/links', { headers: { ...own, ...json }, body: JSON.stringify(body) });
    t.is((await ask(url, 'POST /api/links', { headers: json, body: '{"channel":"front","seconds":60}' })).status, 401);
    for (const body of [{}, { channel: 'front' }, { seconds: 5 }, { channel: 'front', seconds: 0 }, { channel: 'front', seconds: 31_536_001 }, { channel: '../x', seconds: 5 }, { channel: 'a\nb', seconds: 5 }, { channel: 'front', seconds: '5x' }, { channel: 'front', seconds: -5 }, { channel: 'front', seconds: 5, admin: 1 }]) {
        t.is((await link(body)).status, 400, JSON.stringify(body));
    }
    const made = await link({ channel: 'front', seconds: 600 });
    t.is(made.status, 200, made.text);
    const playlist = /** @type {string} */ (made.json.path);
    t.regex(playlist, /^\/w\/\d+\.[\w-]{43}\/live\/front\/index\.m3u8$/);
    t.true(Math.abs(Date.parse(made.json.expires) - Date.now() - 600_000) < 10_000, made.json.expires);
    const list = await eventually(async () => {
        const answer = await ask(url, `GET ${playlist}`);
        return answer.status === 200 && /^s\d+\.m4s$/m.test(answer.text) ? answer.text : undefined;
    }, 'the playlist without a login');
    for (const file of [/URI="([^"]+)"/.exec(list)?.[1], /^s\d+\.m4s$/m.exec(list)?.[0]]) {
        const answer = await ask(url, `GET ${new URL(file ?? '', url + playlist).pathname}`);
        t.is(answer.status, 200, `relative addresses stay below the token: ${file}`);
        t.true(answer.text.length > 100);
    }
    const [, , token = ''] = playlist.split('/');
    const [expires = '', mac = ''] = token.split('.');
    const changed = `${mac.slice(0, -1)}${mac.endsWith('A') ? 'B' : 'A'}`;
    for (const address of [
        playlist.replace('/front/', '/yard/'), `/w/${expires}.${changed}/live/front/index.m3u8`, `/w/${Number(expires) + 1}.${mac}/live/front/index.m3u8`, `/w/${token}x/live/front/index.m3u8`,
        `/w/0${token}/live/front/index.m3u8`, `/w/${expires}/live/front/index.m3u8`, '/w/./live/front/index.m3u8', `/w/${token.replace('.', '')}/live/front/index.m3u8`,
        `/w/${'9'.repeat(40)}.${mac}/live/front/index.m3u8`, `/w/${token}/recordings/front/x.mp4`, `/w/${token}/api/status`, `/w/${token}/live/front`, `/w/${token}/live/front/../yard/index.m3u8`, `/w/${token}`, '/w/',
    ]) {
        t.true([400, 401, 403, 404].includes((await ask(url, `GET ${address}`)).status), address);
    }
    t.is((await ask(url, `POST ${playlist}`, { headers: { 'content-length': '0' } })).status, 405);
    const short = (await link({ channel: 'front', seconds: 1 })).json.path;
    await sleep(2100);
    t.is((await ask(url, `GET ${short}`)).status, 403, 'its time is over');

    const key = readFileSync(path.join(data, 'access', 'link.key'));
    t.is((await ask(url, 'DELETE /api/links', { headers: own })).status, 204);
    t.is((await ask(url, `GET ${playlist}`)).status, 403, 'all links are void');
    t.not(readFileSync(path.join(data, 'access', 'link.key')).toString('hex'), key.toString('hex'));
    t.is((await ask(url, `GET ${(await link({ channel: 'front', seconds: 60 })).json.path}`)).status, 200);
});

test('links survive a restart and work on an open listener, where anybody here may make them', async (t) => {
    const { device, data } = start(t, ['--record', 'off']);
    const url = await device.url();
    const made = await fetch(`${url}/api/links`, { method: 'POST', headers: json, body: '{"channel":"cam1","seconds":60}' });
    const { path: playlist } = /** @type {{ path: string }} */ (await made.json());
    await eventually(async () => ((await fetch(url + playlist)).status === 200 ? true : undefined), 'live');
    t.deepEqual(await (await fetch(`${url}/api/session`)).json(), { user: null });
    t.is((await fetch(`${url}/login`, { method: 'POST', body: 'x' })).status, 404, 'no login here');
    await device.stop();
    const again = start(t, ['--record', 'off'], { data });
    const second = await again.device.url();
    await eventually(async () => ((await fetch(second + playlist)).status === 200 ? true : undefined), 'the link of before');
});

test('a page of another origin plays within the list, and is refused outside it [E12]', async (t) => {
    const { device } = start(t, ['--cors-origin', 'https://shop.example', '--cors-origin', 'http://127.0.0.1:9']);
    const url = await device.url();
    /** @param {string} address @param {Record<string, string>} headers @param {string} [method] */
    const get = (address, headers, method = 'GET') => fetch(url + address, { headers, method });
    const file = await eventually(async () => {
        const { recordings } = await device.json('/api/recordings');
        return recordings[0]?.bytes > 1000 ? recordings[0].path : undefined;
    }, 'a recording');
    await eventually(async () => ((await get('/live/cam1/index.m3u8', {})).status === 200 ? true : undefined), 'live');
    for (const address of ['/live/cam1/index.m3u8', '/api/status', file]) {
        const allowed = await get(address, { origin: 'https://shop.example' });
        t.is(allowed.status, 200, address);
        t.is(allowed.headers.get('access-control-allow-origin'), 'https://shop.example');
        t.is(allowed.headers.get('access-control-allow-credentials'), null);
        t.is(allowed.headers.get('vary'), 'Origin');
        t.is((await get(address, {})).headers.get('vary'), 'Origin', 'a cache must know');
        for (const other of ['https://evil.example', 'http://shop.example', 'https://shop.example:8443', 'https://shop.example.evil.example', 'null']) {
            const refused = await get(address, { origin: other });
            t.is(refused.status, 403, `${address} for ${other}`);
            t.is(refused.headers.get('access-control-allow-origin'), null);
        }
        const preflight = await get(address, { origin: 'https://shop.example', 'access-control-request-method': 'GET' }, 'OPTIONS');
        t.is(preflight.status, 204);
        t.is(preflight.headers.get('access-control-allow-methods'), 'GET, HEAD');
        t.is(preflight.headers.get('access-control-allow-headers'), 'authorization, range');
        t.is((await get(address, { origin: 'https://evil.example' }, 'OPTIONS')).status, 403);
    }
    const ranged = await get(file, { origin: 'https://shop.example', range: 'bytes=0-9' });
    t.is(ranged.status, 206);
    t.regex(ranged.headers.get('access-control-expose-headers') ?? '', /content-range/);
    for (const [method, address] of [['POST', '/api/status'], ['POST', '/api/links'], ['DELETE', '/api/sessions'], ['OPTIONS', '/'], ['GET', '/'], ['GET', '/metrics'], ['GET', '/api/sessions'], ['GET', '/login']]) {
        t.is((await get(address ?? '', { origin: 'https://shop.example' }, method)).status, 403, `${method} ${address}`);
    }
    t.is((await get('/live/cam1/index.m3u8', {})).headers.get('cross-origin-resource-policy'), 'same-origin');
});
