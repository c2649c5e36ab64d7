// One bundle with an archive for each engine updates the Linux program, ocellus-lin and mcsim: what is good stays, what
// throws is taken back, what is forged is refused, and an application of a stranger runs when the owner added its key.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, program, temporary } from '../e2e/device.mjs';
import { Workshop } from '../e2e/updates/applications.mjs';
import { freePort, missing, Simulator } from './simulator.mjs';

/** @typedef {import('ava').ExecutionContext} T */

/** A stranger's application. */
const strangers = `import { start } from 'ocellus/app/system/application';
void start({
    name: 'stranger',
    async started(app) {
        app.route('GET', '/api/hello', () => ({ body: 'of a stranger' }));
    },
});
`;

const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-sdk-update-'));
test.after.always('the folder goes', () => rmSync(folder, { recursive: true, force: true }));

const owner = new Workshop(path.join(folder, 'owner'), { sdk: true });
const stranger = new Workshop(path.join(folder, 'stranger'), { name: 'stranger', sdk: true });

/** Made once: every host gets the same bytes. @type {Record<'good' | 'throws' | 'foreign' | 'forged' | 'stranger', Buffer>} */
let bundles;

/** `sign`, the key's id, then the signature: one bit of it becomes another. @param {Buffer} bundle */
function forge(bundle) {
    const forged = Buffer.from(bundle);
    const at = forged.indexOf('sign') + 4 + 8 + 20;
    forged[at] = (forged[at] ?? 0) ^ 1;
    return forged;
}

test.serial.before('the bundles', async (t) => {
    t.timeout(300_000);
    for (const made of [owner, stranger]) mkdirSync(made.folder);
    await owner.open();
    await stranger.open();
    const good = await owner.good('1.0.1');
    bundles = {
        good,
        forged: forge(good),
        foreign: await owner.bad('1.0.2', 'signature'),
        throws: await owner.bad('1.0.3', 'throws at start'),
        stranger: await stranger.build('2.0.0', strangers),
    };
});

/** Both keys: the owner added the stranger's. */
const options = () => ['--update-key', owner.key, '--update-key', stranger.key, '--update-trial', '1', '--record-audio', 'on'];

/** @param {string} url @returns {Promise<any>} its JSON */
const json = async (url) => (await fetch(url, { signal: AbortSignal.timeout(15_000) })).json();

/**
 * Every bundle, one behind the other, while the camera is recorded.
 * @param {T} t
 * @param {string} url of the host
 * @param {RegExp} engine that it has
 */
async function updates(t, url, engine) {
    const recording = () => eventually(async () => (await json(`${url}/api/status`)).channels[0]?.recording.active || undefined, 'a recording');
    await recording();
    const first = await json(`${url}/api/update`);
    t.like(first, { name: 'camera', state: 'idle', slot: 'factory', history: [] });
    t.regex(first.engine, engine);
    t.is(first.keys.length, 2);

    /** @param {Buffer} bundle @param {number} status */
    const post = async (bundle, status) => {
        const answer = await fetch(`${url}/api/update`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: new Uint8Array(bundle) });
        t.is(answer.status, status, await answer.text());
    };
    /** @param {number} attempts @returns {Promise<any>} the state when so many have ended */
    const settled = (attempts) =>
        eventually(async () => {
            const state = await json(`${url}/api/update`);
            return state.state === 'idle' && state.history.length >= attempts ? state : undefined;
        }, `attempt ${attempts}`);
    /** @param {string} text */
    const says = (text) => eventually(async () => ((await (await fetch(`${url}/api/hello`)).text()) === text ? true : undefined), `"${text}"`);

    await post(bundles.forged, 403);
    await post(bundles.foreign, 403);
    t.like(await settled(2), { slot: 'factory', version: first.version });

    await post(bundles.good, 202);
    const good = await settled(3);
    t.like(good, { name: 'updated', version: '1.0.1', slot: 'a', lastFailure: null });
    t.like(good.history[0], { version: '1.0.1', result: 'committed', why: '' });
    await says('1.0.1');

    await post(bundles.throws, 202);
    const back = await settled(4);
    t.like(back, { version: '1.0.1', slot: 'a', lastFailure: { version: '1.0.3', why: 'threw' } });
    t.like(back.history[0], { version: '1.0.3', from: '1.0.1', result: 'rolled-back', why: 'threw' });
    t.regex(back.lastFailure.stack, /no start[\s\S]*main\.ts:\d+/);
    await says('1.0.1');

    await post(bundles.stranger, 202);
    const last = await settled(5);
    t.like(last, { name: 'stranger', version: '2.0.0', slot: 'b' });
    t.like(last.history[0], { version: '2.0.0', from: '1.0.1', result: 'committed' });
    t.not(last.history[0].keyId, good.history[0].keyId);
    await says('of a stranger');

    await recording();
    const { script, channels } = await json(`${url}/api/status`);
    t.is(script.state, 'running');
    t.like(channels[0].recording, { active: true, lostPackets: 0 });
    const { events } = await json(`${url}/api/events`);
    const kinds = events.map((/** @type {{ kind: string }} */ { kind }) => kind);
    t.is(kinds.filter((/** @type {string} */ kind) => kind === 'channel-opened').length, 1, kinds.join());
    t.false(kinds.includes('channel-closed'), kinds.join());
}

for (const [name, file, engine] of /** @type {const} */ ([
    ['Linux', path.join(root, 'build', 'linux', 'ocellus'), /^xs-13\./],
    ['ocellus-lin', program, /^xs-17\./],
])) {
    test.serial(`${name}: the bundles`, async (t) => {
        t.timeout(180_000);
        const device = new Device(['run', '--json', '--port', '0', '--data', temporary(t), ...options()], { program: file });
        t.teardown(async () => {
            device.process.kill('SIGKILL');
            await device.ended;
        });
        await updates(t, await device.url(), engine);
        t.is((await device.stop()).code, 0, device.stderr);
    });
}

const skip = missing();
const run = skip === '' ? test.serial : test.serial.skip;
run(`mcsim: the bundles${skip === '' ? '' : ` (not there: ${skip})`}`, async (t) => {
    t.timeout(180_000);
    const [simulator, port] = [new Simulator(t), await freePort()];
    await simulator.start(`--port ${port} --data '${simulator.data}' ${options().join(' ')}`);
    await updates(t, `http://127.0.0.1:${port}`, /^xs-17\./);
    simulator.tool('xdotool', 'key', 'ctrl+q');
    await eventually(async () => (simulator.process?.exitCode === null ? undefined : true), 'the end of mcsim', 15);
});
