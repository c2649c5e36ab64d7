// Live pushes of the camera as it ships: targets are settings, started over the API, at a real server.
import { statSync } from 'node:fs';
import test from 'ava';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { missing, Nginx, readFlv } from './rtmp-server.mjs';

/** @typedef {import('../e2e/device.mjs').Device} Device */

const serverTest = missing === '' ? test.serial : test.skip;
const camera = ['--input', 'cam1=fake:?fps=30&gop=30&size=3000&key=30000&audio=aac', '--record', 'off'];

/** @param {Device} device @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<[number, any]>} */
async function ask(device, method, path, body) {
    const given = body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${await device.url()}${path}`, { method, ...given });
    const text = await response.text();
    return [response.status, text === '' ? '' : JSON.parse(text)];
}

/** The push of a target, once it is in this state. @param {Device} device @param {string} state @returns {Promise<any>} */
const inState = (device, state) =>
    eventually(async () => {
        const [one] = (await ask(device, 'GET', '/api/push'))[1].pushes;
        return one?.state === state ? one : undefined;
    }, state);

/** The server writes pictures of this key from now on; its files are named by the second. @param {Nginx} server @param {string} key */
function arrives(server, key) {
    const sinceMs = Date.now();
    return eventually(() => (server.files(key).some((file) => statSync(file).mtimeMs > sinceMs && readFlv(file).some(({ kind }) => kind === 'video')) ? true : undefined), `pictures of ${key}`);
}

serverTest('[E1] [E7] a push of settings runs, goes on by its address behind a kill, pauses in privacy mode, and is stopped', async (t) => {
    const server = await Nginx.start(t);
    const data = temporary(t);
    const { device } = start(t, camera, { data });
    const url = server.url('').replace(/\/$/, '');
    const target = { name: 'stage', url, key: '{channel}-{number}', watch: { rtmp: `${url}/{channel}-{number}` } };
    t.is((await ask(device, 'PATCH', '/api/settings', { live: { targets: [target] } }))[0], 200);
    const [, started] = await ask(device, 'POST', '/api/push/cam1', { target: 'stage' });
    t.deepEqual(started, { addresses: { rtmp: `${url}/cam1-1` }, already: false, vendor: 0 });
    const runs = await inState(device, 'runs');
    t.like(runs, { error: null, failures: 0, addresses: started.addresses });
    await arrives(server, 'cam1-1');
    device.process.kill('SIGKILL');
    await device.ended;

    const { device: again } = start(t, camera, { data });
    t.like(await inState(again, 'runs'), { since: runs.since, addresses: started.addresses });
    await arrives(server, 'cam1-1');
    t.like((await ask(again, 'POST', '/api/push/cam1', { target: 'stage' }))[1], { already: true, vendor: 40000415 });

    t.is((await ask(again, 'POST', '/api/privacy', { on: true }))[0], 200);
    t.like(await inState(again, 'privacy'), { error: null });
    t.is((await ask(again, 'POST', '/api/privacy', { on: false }))[0], 200);
    await inState(again, 'runs');
    await arrives(server, 'cam1-1');

    /** @returns {Promise<string[]>} */
    const kinds = async () => (await ask(again, 'GET', '/api/event-log?order=oldest'))[1].events.map((/** @type {any} */ { kind }) => kind).filter((/** @type {string} */ kind) => kind.startsWith('push-'));
    await eventually(async () => ((await kinds()).includes('push-resumed') ? true : undefined), 'its notice');
    t.is((await ask(again, 'DELETE', '/api/push/cam1/stage'))[0], 204);
    t.deepEqual((await ask(again, 'GET', '/api/push'))[1].pushes, []);
    const all = await eventually(async () => ((await kinds()).includes('push-stopped') ? await kinds() : undefined), 'its end');
    t.deepEqual([all[0], all.includes('push-interrupted'), all.at(-1)], ['push-started', true, 'push-stopped']);
});

serverTest('[E5] another publisher at the address: its code of the table, and the push runs as soon as that one has gone', async (t) => {
    const server = await Nginx.start(t);
    const url = server.url('').replace(/\/$/, '');
    const targets = [{ name: 'stage', url, key: 'same' }];
    const [first, second] = [start(t, camera).device, start(t, camera).device];
    for (const device of [first, second]) await ask(device, 'PATCH', '/api/settings', { live: { targets } });
    await ask(first, 'POST', '/api/push/cam1', { target: 'stage' });
    await inState(first, 'runs');
    await arrives(server, 'same');
    await ask(second, 'POST', '/api/push/cam1', { target: 'stage' });
    const refused = await inState(second, 'retries');
    t.like(refused.error, { code: 'EXIST', vendor: 40000415, advice: 'none' });
    await ask(first, 'DELETE', '/api/push/cam1/stage');
    await inState(second, 'runs');
    await arrives(server, 'same');
});
