// Updates with a clock that is not set, is years behind or ahead, and steps while an update is on trial.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { fakeClock } from '../../hosts/fake-clock.mjs';
import { serve } from '../../update/site.mjs';
import { appArchive, emptyFolder, ocellus, works } from '../../update/tools.mjs';
import { attempted, send } from './applications.mjs';

const year = 365 * 24 * 3_600_000;

/** A folder with the tools' key, the application of the product, and bundles of it. @param {import('ava').ExecutionContext} t */
async function workshop(t) {
    const folder = emptyFolder(t);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));
    await works(t, folder, 'keys new --out k.pem --no-passphrase');
    /** @param {string} version @param {number} counter */
    const build = async (version, counter) => {
        await works(t, folder, `bundle build --app app.xsa --version ${version} --counter ${counter} --key k.pem --out ${version}.ocb`);
        return path.join(folder, `${version}.ocb`);
    };
    return { folder, build, key: path.join(folder, 'k.pem.pub') };
}

test.serial('a trial lasts as long as it shall while the clock steps; order and counter hold at any time', async (t) => {
    t.timeout(180_000);
    const { build, key } = await workshop(t);
    const files = [await build('1.1.0', 5), await build('1.2.0', 6), await build('1.3.0', 4), await build('1.4.0', 7)];
    const bundles = files.map((file) => readFileSync(file));
    const seconds = 4;
    const clock = fakeClock(t, 100_000, false); // 1970: it was never set
    const args = ['--record', 'off', '--update-key', key, '--update-trial', String(seconds)];
    const { device, data } = start(t, args, { env: clock.env });
    const url = await device.url();
    /** @param {number} index @param {string} version @param {() => void} step the clock, in the middle of the trial */
    const update = async (index, version, step) => {
        const began = performance.now();
        t.is((await send(url, bundles[index] ?? Buffer.alloc(0))).status, 202, version);
        await eventually(async () => ((await device.json('/api/update')).state === 'trial' ? true : undefined), `the trial of ${version}`);
        step();
        const state = await attempted(device, version); // a trial that goes by this clock would never end, or at once
        const took = performance.now() - began;
        t.true(took >= seconds * 1000, `${version} was on trial for ${took} ms`);
        t.like(state.history[0], { version, result: 'committed', why: '' });
        return state;
    };
    const unset = await update(0, '1.1.0', () => clock.set(Date.now() + 20 * year, true));
    await update(1, '1.2.0', () => clock.set(Date.now() - 2 * year, true));
    const old = await send(url, bundles[2] ?? Buffer.alloc(0));
    t.is(old.status, 409, 'an older counter');
    t.regex(/** @type {any} */ (await old.json()).error, /^[^\n]*counter[^\n]*$/);
    clock.set(Date.now() + 50 * year, true);
    t.is((await send(url, bundles[2] ?? Buffer.alloc(0))).status, 409, 'also 50 years later');
    const state = await update(3, '1.4.0', () => clock.set(300_000, false));
    const order = [['1.4.0', 'committed'], ['1.3.0', 'refused'], ['1.3.0', 'refused'], ['1.2.0', 'committed'], ['1.1.0', 'committed']];
    t.deepEqual(state.history.map((/** @type {any} */ { version, result }) => [version, result]), order, 'as it happened, whatever the clock said');
    t.is(state.counter, 7);
    t.true(unset.history[0].at === '' || Date.parse(unset.history[0].at) > Date.now(), `a time that is not known is not made up: ${unset.history[0].at}`);
    t.is((await device.stop()).code, 0, device.stderr);

    clock.set(Date.now() - 2 * year, true); // a battery that was changed
    const again = start(t, args, { data, env: clock.env });
    const after = await again.device.json('/api/update');
    t.like(after, { version: '1.4.0', counter: 7 });
    t.deepEqual(after.history.map((/** @type {any} */ { version, result }) => [version, result]), order);
    t.is((await send(await again.device.url(), bundles[1] ?? Buffer.alloc(0))).status, 409);
});

test.serial('an index that is past by the clock is refused with its reason; a clock that is not set says nothing about it', async (t) => {
    t.timeout(180_000);
    const { folder, build, key } = await workshop(t);
    await build('1.1.0', 1);
    await works(t, folder, 'publish 1.1.0.ocb --dir site --key k.pem --expires-days 7');
    const site = await serve(t, path.join(folder, 'site'));
    const settings = path.join(folder, 'settings.json');
    writeFileSync(settings, JSON.stringify({ update: { url: site.url, mode: 'check', intervalMinutes: 60 } }));
    const clock = fakeClock(t, Date.now() + 10 * year, true);
    const { device } = start(t, ['--record', 'off', '--update-key', key, '--update-trial', '1', '--settings', settings], { env: clock.env });
    const url = await device.url();
    const check = () => ocellus(folder, ['update', 'check', '--url', url]);
    const past = /the index expired at \d{4}-\d\d-\d\dT[\d:.]+Z: publish again, or look for who holds it back$/;

    const ahead = await check();
    t.is(ahead.code, 1, ahead.out);
    t.regex(ahead.err, past);
    t.is(ahead.err.split('\n').length, 1);
    t.like((await device.json('/api/update')).available, { version: null, expiryChecked: true });
    const lines = () => device.stderr.split('\n').filter((line) => past.test(line)).length;
    await check();
    await check();
    t.is(lines(), 1, 'one line, however often it looks');
    t.is(site.requests.filter((one) => one.url.endsWith('.ocb')).length, 0, 'nothing was fetched');

    clock.set(Date.now() - 2 * year, true); // behind, and it cannot know
    t.deepEqual(await check(), { code: 0, out: '1.1.0 is available', err: '' });
    t.true((await device.json('/api/update')).available.expiryChecked);
    await works(t, folder, 'publish pause 1.1.0 --dir site --key k.pem');
    t.is((await check()).out, 'nothing newer');

    t.is((await device.stop()).code, 0, device.stderr);

    // never set: what is fresh is known by the version of the index alone
    const unset = fakeClock(t, 100_000, false);
    await works(t, folder, 'publish resume 1.1.0 --dir site --key k.pem');
    const index = path.join(folder, 'site', 'index.json');
    const earlier = readFileSync(index);
    await works(t, folder, 'publish refresh --dir site --key k.pem');
    const { device: second } = start(t, ['--record', 'off', '--update-key', key, '--settings', settings], { env: unset.env });
    const address = await second.url();
    t.is((await ocellus(folder, ['update', 'check', '--url', address])).out, '1.1.0 is available');
    t.false((await second.json('/api/update')).available.expiryChecked);
    await second.until(() => /1\.1\.0 is available; the clock is not set, so that the age of the index is not known/.exec(second.stderr) ?? undefined, 'its line of the log');
    writeFileSync(index, earlier);
    const back = await ocellus(folder, ['update', 'check', '--url', address]);
    t.deepEqual([back.code, back.err.replace(/^.*: the index/, 'the index')], [1, 'the index has version 3, this device has seen 4: it was put back']);
    t.is((await second.stop()).code, 0, second.stderr);
});
