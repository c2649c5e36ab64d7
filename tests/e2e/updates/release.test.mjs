// Releases all the way: published by the tools on a web server, found, fetched, tried and committed by cameras that look by
// themselves; a roll-out to a group, a pause, and a recall that each camera follows at its next look.
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start } from '../device.mjs';
import { serve } from '../../update/site.mjs';
import { appArchive, emptyFolder, ocellus, works } from '../../update/tools.mjs';

const intervalMs = 60_000;

test.serial('a group first, then everybody; paused, nobody; recalled, nobody any more within one interval', async (t) => {
    t.timeout(420_000);
    const folder = emptyFolder(t);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));
    await works(t, folder, 'keys new --out k.pem --no-passphrase');
    /** @param {string} version @param {string} [more] */
    const release = async (version, more = '') => {
        await works(t, folder, `bundle build --app app.xsa --version ${version} --key k.pem --out ${version}.ocb`);
        await works(t, folder, `publish ${version}.ocb --dir site --key k.pem${more}`);
    };
    /** @param {string} words */
    const publish = (words) => works(t, folder, `publish ${words} --dir site --key k.pem`);
    await release('1.1.0');
    const site = await serve(t, path.join(folder, 'site'));

    /** A camera that looks below its own name on the server. @param {string} name @param {string} group */
    const camera = (name, group) => {
        const settings = path.join(folder, `${name}.json`);
        const url = site.url.replace('/camera/', `/${name}/`);
        writeFileSync(settings, JSON.stringify({ update: { url, mode: 'apply', intervalMinutes: intervalMs / 60_000, group } }));
        const { device } = start(t, ['--update-key', path.join(folder, 'k.pem.pub'), '--update-trial', '1', '--settings', settings, '--record', 'on']);
        /** It runs this version. @param {string} version */
        const runs = (version) =>
            eventually(async () => {
                const state = await device.json('/api/update');
                return state.version === version && state.state === 'idle' && state.history[0]?.version === version ? state : undefined;
            }, `${name}: version ${version}`, 120);
        const check = async () => (await ocellus(folder, ['update', 'check', '--url', await device.url()])).out;
        /** What it requested since then, in words. @param {number} since */
        const requests = (since) => site.requests.filter(({ url: address, at }) => address.startsWith(`/${name}/`) && at >= since);
        return { name, device, runs, check, requests };
    };
    const [beta, other] = [camera('beta', 'beta'), camera('other', '')];
    for (const one of [beta, other]) t.like((await one.runs('1.1.0')).history[0], { result: 'committed', by: 'script' });

    await release('1.2.0', ' --percent 0 --group beta=100');
    const given = performance.now();
    t.like((await beta.runs('1.2.0')).history[0], { result: 'committed', by: 'script', from: '1.1.0' });
    t.log(`beta had looked after ${((Number(beta.requests(given)[0]?.at) - given) / 1000).toFixed(0)} s`);
    t.is(await other.check(), 'nothing newer', 'it is in no group');
    await publish('pause 1.2.0');
    await publish('percent 1.2.0 100');
    t.is(await other.check(), 'nothing newer', 'paused');
    t.is((await beta.device.json('/api/update')).version, '1.2.0', 'who has it keeps it');
    t.is((await other.device.json('/api/update')).version, '1.1.0');
    await publish('resume 1.2.0');
    await other.check();
    await other.runs('1.2.0');

    // both have just looked, or will within the interval
    await publish('recall 1.2.0');
    const recalled = performance.now();
    for (const one of [beta, other]) {
        const state = await one.runs('1.1.0');
        t.like(state.history[0], { result: 'committed', by: 'script', from: '1.2.0' });
        const [look, then] = one.requests(recalled);
        const after = Number(look?.at) - recalled;
        t.regex(String(look?.url), /index\.json$/);
        t.false(/index\.json$/.test(String(then?.url)), `${one.name} leaves it at its first look`);
        t.log(`${one.name} looked ${(after / 1000).toFixed(0)} s after the recall`);
        t.true(after <= intervalMs + 10_000, `${one.name}: ${after} ms`); // 10 s for a busy machine
    }
    for (const { device, name } of [beta, other]) {
        t.is((await device.stop()).code, 0, device.stderr);
        t.is(device.events.filter((event) => event['event'] === 'channel-opened').length, 1, name);
    }
});
