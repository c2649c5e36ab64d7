// An owner finds a camera without its address: a simulated ONVIF camera on loopback, which lan_loopback shows the program as a network.
import path from 'node:path';
import test from 'ava';
import { buildFolder } from '../../scripts/build.mjs';
import { hanging } from '../guard.mjs';
import { eventually, sleep, start } from './device.mjs';
import { OnvifCamera } from './onvif-camera.mjs';

const library = path.join(buildFolder('linux'), 'tests', 'hosts', 'lan_loopback.so');

/** Status and JSON; an answer that is not there yet is asked for again. @param {import('./device.mjs').Device} device @param {string} address @param {object} body @returns {Promise<{ status: number, body: any }>} */
async function post(device, address, body) {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: hanging() };
    const answer = await fetch((await device.url()) + address, init);
    if (answer.status === 202 || answer.status === 503) {
        await sleep(200); // between two tries
        return post(device, address, body);
    }
    return { status: answer.status, body: await answer.json() };
}

test('[O25] a search finds a camera, its password brings its addresses; why not is one sentence', async (t) => {
    const login = { user: 'admin', password: 'p<w & ü' };
    const camera = await new OnvifCamera({ ...login, aheadMs: -86_400_000 }).start();
    let isOpen = true;
    const close = () => {
        if (isOpen) {
            camera.close();
        }
        isOpen = false;
    };
    t.teardown(close);
    const { device } = start(t, [], { env: { LD_PRELOAD: library } });
    t.like(await post(device, '/api/channels/search', {}), { status: 200, body: { running: false, problem: null, cameras: [] } });
    const begun = await post(device, '/api/channels/search', { now: true });
    t.true(begun.status === 200 && begun.body.running, JSON.stringify(begun));
    const found = await eventually(async () => (await post(device, '/api/channels/search', {})).body.cameras[0], 'a camera');
    t.deepEqual(found, { id: 'urn:uuid:sim', name: 'Front Door', model: 'Sim-1', location: '', address: '127.0.0.1', channel: null });
    const ask = (/** @type {object} */ more) => post(device, '/api/channels/search/address', { id: found.id, ...login, ...more });
    t.like(await ask({ password: 'hunter2' }), { status: 200, body: { ok: false, reason: 'password', problem: 'wrong user name or password', main: null } });
    t.deepEqual(await ask({}), {
        status: 200,
        body: {
            ok: true,
            problem: null,
            reason: null,
            name: 'Acme Sim-1',
            main: { input: 'rtsp://127.0.0.1:8554/main', codec: 'H264', width: 1920, height: 1080 },
            sub: { input: 'rtsp://127.0.0.1:8554/sub', codec: 'H264', width: 640, height: 360 },
        },
    });
    t.is((await ask({ id: 'urn:uuid:other' })).status, 404);
    t.is((await post(device, '/api/channels/search', { what: 1 })).status, 400);
    t.true(camera.asked.every((asked) => / \/onvif\/(device_service|media)$/.test(asked)), camera.asked.join());
    t.is((await post(device, '/api/channels', { title: 'Yard', input: 'rtsp://127.0.0.1:8554/main' })).status, 201);
    const again = await eventually(async () => {
        const { body } = await post(device, '/api/channels/search', {});
        return body.running ? undefined : body;
    }, 'the end of the search');
    t.is(again.cameras[0].channel, 'Yard');
    t.is(camera.probes, 2);
    close();
    t.like(await ask({}), { status: 200, body: { ok: false, reason: 'silent', problem: 'the camera does not answer' } });
    t.is((await device.stop()).code, 0);
    t.false(/hunter2|p<w|p%3Cw/.test(device.stderr));
});
