// Watch links, and pages of other sites.
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import test from 'ava';
import { eventually, start } from '../e2e/device.mjs';
import { ask, closed, cookieOf, login, origin, setPassword } from './closed.mjs';

const json = { 'content-type': 'application/json' };

/** What somebody who is logged in asks of /api/links. @param {string} url @param {Record<string, string>} own */
function linksOf(url, own) {
    return {
        /** @param {unknown} body */
        make: (body) => ask(url, 'POST /api/links', { headers: { ...own, ...json }, body: JSON.stringify(body) }),
        list: async () => (await ask(url, 'GET /api/links', { headers: own })).json.links,
        /** @param {string} [id] */
        end: (id = '') => ask(url, `DELETE /api/links${id}`, { headers: own }),
    };
}

/** @param {string} url @param {string} playlist */
const plays = (url, playlist) =>
    eventually(async () => {
        const answer = await ask(url, `GET ${playlist}`);
        return answer.status === 200 && /^s\d+\.m4s$/m.test(answer.text) ? answer.text : undefined;
    }, 'the playlist without a login');

/** A body without an end; resolves to the time when it ended. @param {string} url @param {string} address */
const watch = (url, address) =>
    new Promise((resolve, reject) => {
        const request = https.get(url + address, { rejectUnauthorized: false, agent: false }, (response) => {
            const ended = new Promise((done) => response.on('close', () => done(performance.now())));
            response.once('data', () => resolve({ status: response.statusCode, ended }));
            response.on('error', () => undefined);
            response.resume();
        });
        request.on('error', reject);
    });

test('a watch link plays one channel until its time is over, and opens nothing else [E3]', async (t) => {
    const { data, url } = await closed(t, ['--input', 'front=assets/clip.mp4', '--input', 'yard=assets/clip.mp4']);
    const own = { ...cookieOf(await login(url)), ...origin(url) };
    const links = linksOf(url, own);
    const none = await eventually(async () => {
        const { status, json: answer } = await links.make({ channel: 'no-such', seconds: 60 });
        return status === 404 ? answer : undefined;
    }, 'no link for a channel that there is not');
    t.is(none.error.message, 'there is no such channel');
    t.is((await ask(url, 'POST /api/links', { headers: json, body: '{"channel":"front","seconds":60}' })).status, 401);
    t.is((await ask(url, 'GET /api/links')).status, 401);
    for (const body of [{}, { channel: 'front' }, { seconds: 5 }, { channel: 'front', seconds: 0 }, { channel: 'front', seconds: 31_536_001 }, { channel: '../x', seconds: 5 }, { channel: 'a\nb', seconds: 5 }, { channel: 'front', seconds: '5x' }, { channel: 'front', seconds: -5 }, { channel: 'front', seconds: 5, admin: 1 }, { channel: 'front', seconds: 5, name: 'a\nb' }, { channel: 'front', seconds: 5, name: 'x'.repeat(49) }]) {
        t.is((await links.make(body)).status, 400, JSON.stringify(body));
    }
    const made = await links.make({ channel: 'front', seconds: 600, name: 'Großmutter "Ada"' });
    t.is(made.status, 200, made.text);
    const playlist = /** @type {string} */ (made.json.path);
    t.regex(playlist, /^\/w\/[\w-]{12}\.[\w-]{43}\/live\/front\/index\.m3u8$/);
    t.true(Math.abs(Date.parse(made.json.expires) - Date.now() - 600_000) < 180_000, made.json.expires);
    const list = await plays(url, playlist);
    for (const file of [/URI="([^"]+)"/.exec(list)?.[1], /^s\d+\.m4s$/m.exec(list)?.[0]]) {
        const answer = await ask(url, `GET ${new URL(file ?? '', url + playlist).pathname}`);
        t.is(answer.status, 200, `relative addresses stay below the token: ${file}`);
        t.true(answer.text.length > 100);
    }
    const [, , token = ''] = playlist.split('/');
    const [id = '', secret = ''] = token.split('.');
    const changed = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
    for (const address of [
        playlist.replace('/front/', '/yard/'), `/w/${id}.${changed}/live/front/index.m3u8`, `/w/${id}.${changed}/`, `/w/${token}x/live/front/index.m3u8`,
        `/w/0${token}/live/front/index.m3u8`, `/w/${id}/live/front/index.m3u8`, '/w/./live/front/index.m3u8', `/w/${token.replace('.', '')}/live/front/index.m3u8`,
        `/w/${'9'.repeat(40)}.${secret}/live/front/index.m3u8`, `/w/${token}/recordings/front/x.mp4`, `/w/${token}/api/status`, `/w/${token}/live/front`, `/w/${token}/live/front/../yard/index.m3u8`,
        `/w/${token}/index.html`, `/w/${token}/assets/../index.html`, `/w/${token}/assets/.`, '/w/', '/w/x/',
    ]) {
        t.true([400, 401, 403, 404].includes((await ask(url, `GET ${address}`)).status), address);
    }
    t.is((await ask(url, `POST ${playlist}`, { headers: { 'content-length': '0' } })).status, 405);
    const short = (await links.make({ channel: 'front', seconds: 1 })).json.path;
    await eventually(async () => ((await ask(url, `GET ${short}`)).status === 403 ? true : undefined), 'its time is over');
    t.is((await links.list()).length, 1, 'what is over is not listed');

    // what is listed and kept opens nothing
    const [listed] = await links.list();
    t.deepEqual(Object.keys(listed).sort(), ['channel', 'created', 'expires', 'id', 'name', 'watching']);
    t.deepEqual([listed.id, listed.channel], [id, 'front']);
    t.is(Buffer.from(listed.name, 'latin1').toString(), 'Großmutter "Ada"');
    t.is(statSync(path.join(data, 'access/links')).mode & 0o777, 0o600);
    t.false(readFileSync(path.join(data, 'access/links'), 'utf8').includes(secret));
});

test('watch links are ended one by one and all at once: what they play ends', async (t) => {
    const { url } = await closed(t, ['--input', 'front=assets/clip.mp4']);
    const own = { ...cookieOf(await login(url)), ...origin(url) };
    const links = linksOf(url, own);
    const [one, two] = [(await links.make({ channel: 'front', seconds: 600 })).json, (await links.make({ channel: 'front', seconds: 600 })).json];
    await plays(url, one.path);
    const [first, second] = await Promise.all([one, two].map(({ page }) => watch(url, `${page}live/front.mp4`)));
    t.deepEqual([first.status, second.status], [200, 200]);
    t.is((await links.end(`/${one.id}x`)).status, 404);
    const from = performance.now();
    t.is((await links.end(`/${one.id}`)).status, 204);
    t.is((await ask(url, `GET ${one.path}`)).status, 403);
    t.is((await ask(url, `GET ${one.page}`)).status, 403);
    t.is((await links.end(`/${one.id}`)).status, 404);
    const took = (await first.ended) - from;
    t.log(`the body ended after ${Math.round(took)} ms`);
    t.is((await ask(url, `GET ${two.path}`)).status, 200, 'the other one goes on');
    t.deepEqual((await links.list()).map((/** @type {{ id: string }} */ link) => link.id), [two.id]);
    t.is((await links.end()).status, 204);
    t.is((await ask(url, `GET ${two.path}`)).status, 403, 'all links are void');
    await second.ended;
    t.deepEqual(await links.list(), []);
    for (let n = 0; n < 64; n++) {
        t.is((await links.make({ channel: 'front', seconds: 600, name: `n${n}` })).status, 200);
    }
    const more = await links.make({ channel: 'front', seconds: 600 });
    t.is(more.status, 409, more.text);
    t.regex(more.text, /64 watch links exist: delete one first/);
});

test('another password ends every link of that person, while the program runs and while it does not; links of before are void', async (t) => {
    const { device, data, url } = await closed(t, ['--input', 'front=assets/clip.mp4']);
    const old = { ...cookieOf(await login(url)), ...origin(url) };
    const first = (await linksOf(url, old).make({ channel: 'front', seconds: 600 })).json;
    await plays(url, first.path);
    const body = await watch(url, `${first.page}live/front.mp4`);
    await setPassword(data, 'quite-another-one');
    await body.ended;
    await eventually(async () => ((await ask(url, `GET ${first.path}`)).status === 403 ? true : undefined), 'the link has ended');
    const own = { ...cookieOf(await login(url, 'quite-another-one')), ...origin(url) };
    t.deepEqual(await linksOf(url, own).list(), []);
    const second = (await linksOf(url, own).make({ channel: 'front', seconds: 600 })).json;
    const third = (await linksOf(url, own).make({ channel: 'front', seconds: 600 })).json;
    await linksOf(url, own).end(`/${third.id}`);
    await device.stop();

    // as they were before they could be listed: derived from a key
    const key = Buffer.alloc(32, 7);
    writeFileSync(path.join(data, 'access/link.key'), key);
    const expires = Math.floor(Date.now() / 1000) + 600;
    const mac = createHmac('sha256', key).update(`ocellus live\nfront\n${expires}`).digest('base64url');
    const args = ['--listen', '127.0.0.1', '--login', 'always', '--record', 'off', '--input', 'front=assets/clip.mp4'];
    const again = start(t, args, { data });
    const next = await again.device.url();
    await plays(next, second.path); // it survives a restart
    t.is((await ask(next, `GET ${third.path}`)).status, 403, 'ended before');
    t.is((await ask(next, `GET /w/${expires}.${mac}/live/front/index.m3u8`)).status, 403);
    t.false(existsSync(path.join(data, 'access/link.key')));
    await again.device.stop();
    await setPassword(data, 'and-one-more-of-them');
    const last = start(t, args, { data });
    const address = await last.device.url();
    t.is((await ask(address, `GET ${second.path}`)).status, 403);
    t.regex(last.device.stderr, /watch links have ended: password or right of those who made them was changed/);
});

test('the address of a watch link is a page for every browser, which tells its token to nobody', async (t) => {
    const { url } = await closed(t, ['--input', 'front=assets/clip.mp4']);
    const own = { ...cookieOf(await login(url)), ...origin(url) };
    const { page, path: playlist } = (await linksOf(url, own).make({ channel: 'front', seconds: 600, name: 'door' })).json;
    t.regex(page, /^\/w\/[\w.-]+\/$/);
    const answer = await ask(url, `GET ${page}`, { headers: { accept: 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } });
    t.is(answer.status, 200, 'followed from a mail');
    t.regex(String(answer.headers['content-type']), /^text\/html/);
    t.is(answer.headers['referrer-policy'], 'no-referrer');
    t.regex(String(answer.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
    t.is(answer.headers['content-disposition'], undefined);
    const assets = [...answer.text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => file);
    t.true(assets.length >= 2);
    for (const file of assets) {
        t.is((await ask(url, `GET ${page}${file}`)).status, 200, file);
    }
    const about = await ask(url, `GET ${page}link.json`);
    t.deepEqual(Object.keys(about.json).sort(), ['channel', 'created', 'expires', 'name', 'title']);
    t.deepEqual([about.json.channel, about.json.name, about.json.title], ['front', 'door', 'front']);
    const bare = await ask(url, `GET ${page.slice(0, -1)}`);
    t.is(bare.status, 303);
    t.is(new URL(String(bare.headers['location']), url + page.slice(0, -1)).pathname, page);
    await plays(url, playlist);
});

test('links survive a restart and work on an open listener, where anybody here may make them', async (t) => {
    const { device, data } = start(t, ['--record', 'off']);
    const url = await device.url();
    const made = await fetch(`${url}/api/links`, { method: 'POST', headers: json, body: '{"channel":"cam1","seconds":60}' });
    const { path: playlist } = /** @type {{ path: string }} */ (await made.json());
    await eventually(async () => ((await fetch(url + playlist)).status === 200 ? true : undefined), 'live');
    t.deepEqual(await (await fetch(`${url}/api/session`)).json(), { user: null, right: 'own', acts: ['see', 'look', 'talk', 'change', 'delete'], cameras: 'all' });
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
