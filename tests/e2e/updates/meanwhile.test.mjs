// Updates while something else is under way: privacy mode, a change of settings, an offer.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { eventually, sleep, start, temporary } from '../device.mjs';
import { peer, signalling } from '../viewers.mjs';
import { Workshop } from './applications.mjs';

/** @type {Workshop} */
let workshop;
/** @type {Buffer[]} */
const bundles = [];

test.before('bundles', async (t) => {
    t.timeout(60_000);
    workshop = await new Workshop(mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'))).open();
    for (const version of ['1.0.1', '1.0.2']) bundles.push(await workshop.good(version));
});

test.after.always('the workshop is deleted', () => rmSync(workshop.folder, { recursive: true, force: true }));

/** A camera that trusts the workshop. @param {import('ava').ExecutionContext} t */
async function camera(t) {
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ p2p: { loopback: true } }));
    const { device } = start(t, ['--settings', settings, '--record', 'on', '--update-key', workshop.key, '--update-trial', '1']);
    const url = await device.url();
    /** @param {string} method @param {string} where @param {unknown} body */
    const send = (method, where, body) => fetch(url + where, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.timeout(15_000) });
    /** @param {number} index of a bundle @param {string} version */
    const update = async (index, version) => {
        const body = new Uint8Array(bundles[index] ?? []);
        const answer = await fetch(`${url}/api/update`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body });
        t.is(answer.status, 202, await answer.text());
        return eventually(async () => {
            const { state, history } = await device.json('/api/update');
            return state === 'idle' && history[0]?.version === version ? history[0].result : undefined;
        }, `the end of ${version}`, 60);
    };
    return { device, url, send, update };
}

test.serial('in privacy mode: committed, privacy stays on, and the camera runs when it ends', async (t) => {
    t.timeout(120_000);
    const { device, send, update } = await camera(t);
    t.is((await send('POST', '/api/privacy', { on: true })).status, 200);
    t.is(await update(0, '1.0.1'), 'committed');
    t.true((await eventually(() => device.json('/api/privacy'), 'an answer')).on);
    t.is((await send('POST', '/api/privacy', { on: false })).status, 200);
    await eventually(async () => ((await device.json('/api/status')).channels[0]?.state === 'running' ? true : undefined), 'the camera runs');
    t.is((await device.stop()).code, 0, device.stderr);
});

test.serial('while settings change: each change that was answered holds, and no channel is opened again', async (t) => {
    t.timeout(120_000);
    const { device, send, update } = await camera(t);
    let [last, changing] = ['', true];
    const changes = (async () => {
        for (let i = 0; changing; i++, await sleep(20)) {
            const name = `n${i}`;
            const answer = await send('PATCH', '/api/settings', { record: { name } }).catch(() => undefined);
            if (answer?.status === 200) last = name;
            else t.true(answer === undefined || answer.status === 503, String(answer?.status));
        }
    })();
    t.is(await update(0, '1.0.1'), 'committed');
    t.is(await update(1, '1.0.2'), 'committed');
    changing = false;
    await changes;
    t.is((await eventually(() => device.json('/api/settings'), 'settings')).record.name, last);
    t.is((await device.stop()).code, 0, device.stderr);
    t.is(device.events.filter((event) => event['event'] === 'channel-opened').length, 1);
});

test.serial('while viewers come: each is served', async (t) => {
    t.timeout(120_000);
    const { device, url, update } = await camera(t);
    let refused = 0;
    const offers = await signalling(t, url, () => refused++); // "busy" while scripts change
    const updated = update(0, '1.0.1');
    /** @type {import('../device.mjs').Device[]} */
    const viewers = [];
    for (let i = 0; i < 6; i++, await sleep(150)) {
        viewers.push(peer(t, offers));
    }
    t.is(await updated, 'committed');
    await eventually(async () => {
        const { sessions } = await device.json('/api/p2p/sessions');
        const served = sessions.filter((/** @type {{ channels: { acknowledgedBytes: number }[] }} */ { channels }) => (channels[0]?.acknowledgedBytes ?? 0) > 50_000);
        return served.length === viewers.length ? true : undefined;
    }, 'each viewer is served', 60);
    for (const viewer of viewers) {
        await viewer.stop('SIGINT');
        t.true(Number(viewer.events.find((event) => event['event'] === 'channel')?.['messages']) > 5, viewer.stdout);
        t.false(viewer.events.some((event) => event['event'] === 'lost'), viewer.stdout);
    }
    t.log(`${refused} offers were told to come again`);
    t.is((await device.stop()).code, 0, device.stderr);
});
