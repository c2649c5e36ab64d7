// The panel of an application, served out of its archive.
import path from 'node:path';
import test from 'ava';
import { start } from '../e2e/device.mjs';
import { app, newFolder } from './folder.mjs';
import * as login from '../hosts/closed.mjs';

const page = '<!doctype html><title>door</title><script src="door.js"></script>';
const panel = { 'panel/index.html': page, 'panel/door.js': 'alert(1)', 'panel/img/a.webp': 'x', 'panel/odd.xyz': 'y' };

/** @param {import('ava').ExecutionContext} t */
async function build(t) {
    const folder = await newFolder(t, panel);
    const built = await app(folder, ['build']);
    t.is(built.code, 0, built.err);
    return path.join(folder, 'build', 'doorcam.xsa');
}

test.serial('files of the panel: types, a policy, an ETag; nothing else of the archive', async (t) => {
    const { device } = start(t, ['--app', await build(t)]);
    const url = (await device.url()).replace(/\/$/, '');
    const first = await fetch(`${url}/app/`, { redirect: 'manual' });
    t.is(first.status, 303);
    const at = new URL(first.headers.get('location') ?? '', `${url}/app/`).pathname;
    t.is(new URL(first.headers.get('location') ?? '', 'https://proxy/cams/app/').pathname, `/cams${at}`, 'below the path of a proxy too');
    t.regex(at, /^\/app\/~[0-9a-f]{32}\/$/);
    const shown = await fetch(`${url}${at}`);
    t.deepEqual([shown.status, await shown.text()], [200, page]);
    const policy = shown.headers.get('content-security-policy') ?? '';
    for (const part of ["default-src 'none'", 'sandbox allow-scripts allow-forms', "connect-src 'self'", "frame-ancestors 'self'"]) {
        t.true(policy.includes(part), part);
    }
    t.is(shown.headers.get('x-frame-options'), null);
    t.is(shown.headers.get('x-content-type-options'), 'nosniff');
    const types = { 'door.js': 'text/javascript; charset=utf-8', 'img/a.webp': 'image/webp', 'odd.xyz': 'application/octet-stream' };
    for (const [name, type] of Object.entries(types)) {
        t.is((await fetch(`${url}${at}${name}`)).headers.get('content-type'), type);
    }
    const etag = shown.headers.get('etag') ?? '';
    t.is((await fetch(`${url}${at}`, { headers: { 'if-none-match': etag } })).status, 304);
    t.is((await fetch(`${url}${at}`, { headers: { 'if-none-match': '"other"' } })).status, 200);
    // a frame without an origin says so, and is of no site
    const framed = await fetch(`${url}${at}door.js`, { headers: { origin: 'null', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' } });
    t.deepEqual([framed.status, framed.headers.get('access-control-allow-origin')], [200, '*']);
    for (const wrong of ['/app/index.html', `/app/~${'0'.repeat(32)}/`, `${at}missing`, `${at}../ocellus.json`, `${at}%2e%2e/ocellus.json`]) {
        t.is((await fetch(`${url}${wrong}`)).status, 404, wrong);
    }
    const frame = await fetch(`${url}/`);
    t.true(frame.headers.get('content-security-policy')?.includes("frame-src 'self'"));
});

test.serial('the way to the panel needs a login as the page does; a watch link does not lead there', async (t) => {
    const { url } = await login.closed(t, ['--app', await build(t)]);
    const { request } = login.connect2(t, url);
    const stranger = await request({ ':path': '/app/' });
    t.deepEqual([stranger.status, stranger.headers['location']], [303, '../login']);
    const known = await request({ ':path': '/app/', ...login.basic('admin', login.password) });
    t.is(known.status, 303, known.text);
    const at = new URL(String(known.headers['location']), `${url}/app/`).pathname;
    t.regex(at, /^\/app\/~/);
    t.is((await request({ ':path': at })).text, page);
    t.not((await request({ ':path': `/w/x${at}` })).status, 200);
});
