// Commands in the whole program, by the command channel and by HTTP with the same cases: rights of three users, hostile
// requests, settings, a command of an application, and a restart of the application while one is under way.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import * as clients from '../../hosts/closed.mjs';
import { eventually, program, sleep, temporary, testApp } from '../device.mjs';
import { openPage } from './browser.mjs';
import * as pages from './p2p-page.mjs';

const { basic, closed, password, ['ask']: request } = clients;
const { looks, openCamera, watchCamera, ['ask']: give } = pages;

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ json: any, error: string }} Answered */

/** Adds a user, as a person would. @param {string} data @param {string[]} args @returns {Promise<number>} the exit code */
async function addUser(data, ...args) {
    const child = spawn(program, ['password', '--data', data, ...args], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${password}\n`);
    const [code] = await once(child, 'close');
    return code;
}

/** A page of a user that has logged in and watches. @param {import('ava').ExecutionContext} t @param {string} url @param {string} user */
async function viewer(t, url, user) {
    const { page } = await openPage(t, { anyCertificate: true });
    await page.goto(`${url}/login`);
    await page.fill('input[name=user]', user);
    await page.fill('input[name=password]', password);
    await page.keyboard.press('Enter');
    await eventually(async () => (new URL(page.url()).pathname === '/' ? true : undefined), `${user} is logged in`);
    await openCamera(page, url);
    const { session } = await watchCamera(page);
    await eventually(async () => ((await looks(page)).commands === 'open' ? true : undefined), 'the command channel is open');
    return { page, session };
}

/** @param {Page} page @param {string} name @param {object} [body] @returns {Promise<Answered>} */
async function byChannel(page, name, body = {}) {
    const { kind, text } = await give(page, { command: name, ...body });
    return kind === 2 ? { json: JSON.parse(text), error: '' } : { json: undefined, error: text };
}

/** @param {Page} page @param {string} name @param {object} [body] @returns {Promise<Answered>} */
function byHttp(page, name, body = {}) {
    return page.evaluate(
        async ([command, text]) => {
            const headers = { 'Content-Type': 'application/json' };
            const response = await fetch(`/api/commands/${command}`, { method: 'POST', headers, body: text ?? '' });
            const json = await response.json();
            return response.ok ? { json, error: '' } : { json: undefined, error: json.error.message };
        },
        [name, JSON.stringify(body)],
    );
}

/** Another request of a page. @param {Page} page @param {string} method @param {string} address @param {string} [body] */
function fetched(page, method, address, body) {
    return page.evaluate(
        async ([how = '', where = '', text]) => {
            const headers = { 'Content-Type': 'application/json' };
            const response = await fetch(where, { method: how, headers, ...(text !== undefined && { body: text }) });
            return { status: response.status, text: await response.text() };
        },
        [method, address, body],
    );
}

/** Both ways give the same. @param {import('ava').ExecutionContext} t @param {Page} page @param {string} name @param {object} [body] */
async function both(t, page, name, body = {}) {
    /** @type {Answered} */
    const answered = await byHttp(page, name, body);
    const again = await byChannel(page, name, body);
    if (name === 'status' && again.json) {
        again.json.now = answered.json.now;
    }
    t.deepEqual(again, answered, name);
    return answered;
}

test.serial('three users and two ways: the same answers and the same refusals; a restart while a command is under way [B10]', async (t) => {
    t.timeout(300_000);
    const data = temporary(t);
    const file = path.join(temporary(t), 'settings.json');
    writeFileSync(file, JSON.stringify({ p2p: { loopback: true }, channels: [{ name: 'test', input: 'test:?size=320x180' }] }));
    const args = ['--settings', file, '--app', testApp('commands')];
    const { device, url } = await closed(t, args, { data });
    const begun = Date.now();
    const early = await request(url, 'POST /api/commands/restart', { headers: basic('admin', password) });
    t.regex(early.json.error.message, /^restart: it has just started: again in \d+ s$/);
    t.is(await addUser(data, '--user', 'guest'), 0);
    t.is(await addUser(data, '--user', 'hand', '--right', 'operate'), 0);
    await sleep(2500); // the program looks at its users every 2 s
    const owner = await viewer(t, url, 'admin');
    const guest = await viewer(t, url, 'guest');
    const hand = await viewer(t, url, 'hand');

    const { channels } = (await both(t, guest.page, 'status')).json;
    t.is(channels[0].name, 'test');
    t.deepEqual((await both(t, guest.page, 'key', { channel: 'test' })).error, '');
    t.deepEqual((await both(t, guest.page, 'snapshot', { channel: 'test' })).json, { path: '/snapshot/test.jpg' });
    t.is((await byChannel(guest.page, 'views')).json.views.length, 2);
    const change = { channel: 'test', change: { motion: { sensitivity: 60 } } };
    const move = { channel: 'test', pan: 50 };
    for (const [name, body] of /** @type {const} */ ([['privacy', { on: true }], ['settings', change], ['ptz', move]])) {
        const refused = `command ${name}: this login may not: it needs the right operate`;
        t.is((await both(t, guest.page, name, body)).error, refused);
    }
    for (const { page } of [guest, hand]) {
        t.is((await both(t, page, 'restart')).error, 'command restart: this login may not: it needs the right own');
    }
    t.is((await both(t, hand.page, 'settings', change)).json.settings.motion.sensitivity, 60);
    const port = { change: { port: 1 } };
    t.is((await both(t, owner.page, 'settings', port)).error, 'change: port is not for this command: privacy.schedule, events.quietHours, cloud.plan, mode.active');
    t.is((await both(t, hand.page, 'ptz', move)).error, '');
    t.deepEqual(JSON.parse((await both(t, guest.page, 'moved')).json.moved), { channel: 'test', kind: 'move', pan: 50, tilt: 0, zoom: 0, milliseconds: 1000 });
    t.is((await both(t, hand.page, 'privacy', { on: true })).json.on, true);
    t.true((await both(t, guest.page, 'status')).json.private);
    t.is((await both(t, guest.page, 'snapshot', { channel: 'test' })).error, 'privacy mode is on');
    t.is((await both(t, hand.page, 'privacy', { on: false })).json.on, false);

    // what is hostile is refused, and the channel stays open
    for (const body of [{ pan: 1000, channel: 'test' }, { channel: 'test', brandnew: 1 }, { channel: '../x', stop: true }, { channel: 'x'.repeat(3000), stop: true }]) {
        t.not((await both(t, hand.page, 'ptz', body)).error, '');
    }
    t.regex((await give(guest.page, '{'.repeat(4000))).text, /nest too deep/);
    t.is((await looks(guest.page)).commands, 'open');

    // the rest of the API refuses those who do not own the camera, and shows them no session but their own
    t.is((await fetched(guest.page, 'PATCH', '/api/settings', '{"timezone":"UTC"}')).status, 403);
    t.is((await fetched(guest.page, 'POST', '/api/privacy', '{"on":true}')).status, 403);
    t.is((await fetched(guest.page, 'GET', '/api/links')).status, 403);
    t.is((await fetched(guest.page, 'DELETE', `/api/p2p/sessions/${owner.session}`)).status, 404);
    t.is(await fetched(guest.page, 'GET', '/api/session').then(({ text }) => text), '{"user":"guest","right":"watch","acts":["see","look"],"cameras":"all"}');

    // a right that is taken away ends the session, and nobody else's
    t.is(await addUser(data, '--user', 'guest', '--remove'), 0);
    await eventually(async () => ((await looks(guest.page)).commands === 'closed' ? true : undefined), 'the session ends with its login');
    t.is((await byChannel(hand.page, 'status')).error, '');

    await sleep(Math.max(0, 61_500 - (Date.now() - begun)));
    const waiting = byChannel(owner.page, 'wait', { milliseconds: 20_000 });
    await sleep(500);
    t.is((await byChannel(owner.page, 'restart')).error, '');
    t.not((await waiting).error, '', 'it ends with the script that had it');
    const status = await eventually(async () => {
        const json = await owner.page.evaluate(async () => (await fetch('/api/status')).json());
        return json.script?.generation === 2 && json.script.state === 'running' ? json : undefined;
    }, 'the next script runs');
    t.is(status.script.lastEnd.message.split('\n')[0], 'Error: restarted by command');
    const answer = await eventually(async () => {
        const answered = await byChannel(owner.page, 'moved');
        return answered.error === '' ? answered : undefined;
    }, 'the new script answers on the old channel');
    t.deepEqual(answer.json, { moved: 'nothing' });
    t.is((await byChannel(hand.page, 'restart')).error, 'command restart: this login may not: it needs the right own', 'it knows the rights of sessions that were there');
    t.is(device.stderr.includes(password), false);
});
