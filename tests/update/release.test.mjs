// A device that takes releases from a web server, and the tools that publish them and talk to it.
import { copyFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, start, testApp } from '../e2e/device.mjs';
import { serve } from './site.mjs';
import { appArchive, emptyFolder, ocellus, works } from './tools.mjs';

/** A folder with a key and releases of the product's application, their web server, a device that follows them. @param {import('ava').ExecutionContext} t @param {Record<string, unknown>} [update] settings */
async function madeDevice(t, update = {}) {
    const folder = emptyFolder(t);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));
    await works(t, folder, 'keys new --out k.pem --no-passphrase');
    /** @param {string} version @param {string} [more] */
    const release = async (version, more = '') => {
        await works(t, folder, `bundle build --app app.xsa --version ${version} --key k.pem --out ${version}.ocb`);
        await works(t, folder, `publish ${version}.ocb --dir site --key k.pem${more}`);
    };
    await release('1.1.0');
    const site = await serve(t, path.join(folder, 'site'));
    const settings = path.join(folder, 'settings.json');
    writeFileSync(settings, JSON.stringify({ update: { url: site.url, mode: 'apply', intervalMinutes: 1, ...update } }));
    const begin = () => start(t, ['--update-key', path.join(folder, 'k.pem.pub'), '--update-trial', '1', '--settings', settings]).device;
    return { folder, release, site, begin };
}

test.serial('a device takes a release, goes on where a connection broke, stays when one is paused, leaves one that was recalled', async (t) => {
    const { folder, release, site, begin } = await madeDevice(t);
    site.cuts.push(70_000);
    const device = begin();
    const url = await device.url();
    const runs = (/** @type {string} */ version) =>
        eventually(async () => {
            const state = await device.json('/api/update');
            return state.version === version && state.state === 'idle' && state.history[0]?.version === version ? state : undefined;
        }, `version ${version}`);
    const check = () => ocellus(folder, ['update', 'check', '--url', url]);

    const first = await runs('1.1.0');
    t.deepEqual([first.history[0].result, first.history[0].by], ['committed', 'script']);
    const ranges = site.requests.filter((one) => one.url.endsWith('.ocb')).map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]));
    t.is(ranges.length, 2);
    t.is(ranges[0], 0);
    t.true((ranges[1] ?? 0) > 0 && (ranges[1] ?? 0) <= 70_000, String(ranges));

    await release('1.2.0', ' --percent 0');
    t.deepEqual(await check(), { code: 0, out: 'nothing newer', err: '' });
    await works(t, folder, 'publish percent 1.2.0 100 --dir site --key k.pem');
    await works(t, folder, 'publish pause 1.2.0 --dir site --key k.pem');
    t.is((await check()).out, 'nothing newer');
    await works(t, folder, 'publish resume 1.2.0 --dir site --key k.pem');
    t.is((await check()).code, 0);
    await runs('1.2.0');
    await works(t, folder, 'publish recall 1.2.0 --dir site --key k.pem');
    t.is((await check()).code, 0);
    await runs('1.1.0');

    site.instead = (_, response) => void response.end('<html>Please log in</html>');
    const portal = await check();
    t.is(portal.code, 1);
    t.regex(portal.err, /^ocellus update: [\d.:]+: the index is a web page: does this network want a login/);
    t.is((await device.json('/api/update')).version, '1.1.0');
    t.is((await device.stop()).code, 0, device.stderr);
});

test.serial('a release that fails is given up: nothing of it is kept or shown as under way', async (t) => {
    const { folder, begin } = await madeDevice(t);
    copyFileSync(testApp('update-throws'), path.join(folder, 'bad.xsa'));
    await works(t, folder, 'bundle build --app bad.xsa --name camera --version 1.2.0 --key k.pem --out bad.ocb');
    await works(t, folder, 'publish bad.ocb --dir site --key k.pem');
    const device = begin();
    const refused = await eventually(async () => {
        const state = await device.json('/api/update');
        return state.state === 'idle' && state.history[0]?.result === 'refused' ? state : undefined;
    }, 'the second try');
    t.deepEqual(refused.history.map((/** @type {any} */ { result }) => result).slice(0, 2), ['refused', 'rolled-back']);
    t.is(refused.history[0].why, 'its trial has failed before');
    t.is(refused.progress, null);
    t.is((await device.stop()).code, 0, device.stderr);
});

test.serial('apply, status, rollback: what is done, what is refused and why', async (t) => {
    const { folder, begin } = await madeDevice(t, { mode: 'off' });
    const device = begin();
    const url = await device.url();
    const tool = (/** @type {string} */ words, env = {}) => ocellus(folder, `update ${words} --url ${url}`.split(' '), env);
    t.deepEqual(await tool('apply 1.1.0.ocb --wait'), { code: 0, out: '1.1.0: committed; camera 1.1.0 runs', err: '' });
    const status = await tool('status');
    t.regex(status.out, /^camera 1\.1\.0, idle; host /);
    t.regex(status.out, /slot a: camera 1\.1\.0, active, key [0-9a-f]{16}/);
    t.is(JSON.parse((await tool('status --json')).out).version, '1.1.0');
    const again = await tool('apply 1.1.0.ocb');
    t.is(again.code, 1);
    t.regex(again.err, /^ocellus update: [\d.:]+: refused \(409\): [^\n]+$/);
    await works(t, folder, 'keys new --out stranger.pem --no-passphrase');
    await works(t, folder, 'bundle build --app app.xsa --version 2.0.0 --key stranger.pem --out s.ocb');
    t.regex((await tool('apply s.ocb')).err, /^ocellus update: [\d.:]+: refused \(403\): [^\n]+$/);
    writeFileSync(path.join(folder, 'no.ocb'), 'nothing');
    t.regex((await tool('apply no.ocb')).err, /^ocellus update: [\d.:]+: refused \(400\): [^\n]+$/);
    const back = await tool('rollback --wait');
    t.is(back.code, 0, back.err);
    t.not((await device.json('/api/update')).version, '1.1.0');
    t.is((await device.stop()).code, 0, device.stderr);
    const gone = await tool('status');
    t.deepEqual([gone.code, gone.err], [1, `ocellus update: ${new URL(url).host}: refused: nothing listens there`]);
});

test.serial('publish: names that never come again, versions that only go up, each mistake one line', async (t) => {
    const folder = emptyFolder(t);
    copyFileSync(appArchive, path.join(folder, 'app.xsa'));
    await works(t, folder, 'keys new --out k.pem --no-passphrase');
    await works(t, folder, 'keys new --out other.pem --no-passphrase');
    for (const [version, key] of [['1.0.0', 'k'], ['1.1.0', 'k'], ['1.2.0', 'other']]) {
        await works(t, folder, `bundle build --app app.xsa --version ${version} --key ${key}.pem --out ${version}.ocb`);
    }
    await works(t, folder, 'bundle build --app app.xsa --version 1.3.0 --name door --key k.pem --out door.ocb');
    await works(t, folder, 'keys revoke --key k.pem --revoke other.pem.pub --out r.ocb');
    const site = path.join(folder, 'site');
    const before = await ocellus(folder, 'publish r.ocb --dir site --key k.pem'.split(' '));
    t.regex(before.err, /^ocellus publish: r\.ocb: publish a release first/);
    await works(t, folder, 'publish 1.0.0.ocb --dir site --key k.pem --percent 12.5 --group beta=100 --group lab=0');
    await works(t, folder, 'publish r.ocb --dir site --key k.pem');
    const index = JSON.parse(await works(t, folder, 'publish 1.1.0.ocb --dir site --key k.pem --json'));
    t.deepEqual([index.version, index.name, index.releases.map((/** @type {{ version: string }} */ { version }) => version)], [3, 'camera', ['1.1.0', '1.0.0']]);
    t.deepEqual(index.releases[1].rollout, { percent: 12.5, groups: { beta: 100, lab: 0 }, paused: false });
    t.is(index.revoked.length, 1);
    const files = readdirSync(site).sort();
    t.is(files.length, 4, files.join());
    t.regex(files.join(' '), /^camera-1\.0\.0-[0-9a-f]{16}\.ocb camera-1\.1\.0-[0-9a-f]{16}\.ocb index\.json keys-0\.0\.0-[0-9a-f]{16}\.ocb$/);
    t.is(statSync(path.join(site, 'index.json')).mode & 0o777, 0o644);
    /** @type {readonly [string, number, RegExp][]} */
    const mistakes = [
        ['publish 1.1.0.ocb --dir site --key k.pem', 1, /^ocellus publish: 1\.1\.0 is published already: raise the version/],
        ['publish 1.2.0.ocb --dir site --key k.pem', 1, /^ocellus publish: 1\.2\.0\.ocb: not signed by these keys: give the public half of its key with --trust$/],
        ['publish door.ocb --dir site --key k.pem', 1, /^ocellus publish: door\.ocb: the application door, the index is of camera: another folder is needed$/],
        ['publish refresh --dir site --key other.pem', 1, /^ocellus publish: site\/index\.json: signed by another key: give its public half with --trust$/],
        ['publish recall 9.9.9 --dir site --key k.pem', 1, /^ocellus publish: 9\.9\.9 is not published; there are 1\.1\.0, 1\.0\.0$/],
        ['publish recall --dir site --key k.pem', 2, /^ocellus publish: a version is missing; see/],
        ['publish percent 1.1.0 120 --dir site --key k.pem', 2, /^ocellus publish: percent: "120" is not allowed: a number from 0 to 100; see/],
        ['publish percent 1.1.0 10 --group a --dir site --key k.pem', 2, /^ocellus publish: --group: "a" is not allowed: NAME=PERCENT/],
        ['publish 1.1.0.ocb --key k.pem', 2, /^ocellus publish: --dir is missing; see/],
        ['publish pause 1.1.0 --dir nowhere --key k.pem', 1, /^ocellus publish: nowhere: no index\.json: publish a bundle first$/],
        ['publish app.xsa --dir site --key k.pem', 1, /^ocellus publish: app\.xsa: not a bundle \(\.ocb\)$/],
        ['update status', 2, /^ocellus update: --url is missing; see/],
        ['update status --url ftp://a', 2, /^ocellus update: --url: http or https; see/],
        ['update status --url http://admin:secret@a', 2, /^ocellus update: --url: without user and password/],
        ['update status --url https://a --cert-fingerprint 12', 2, /^ocellus update: --cert-fingerprint: a SHA-256 has 64/],
        ['update apply none.ocb --url http://127.0.0.1:9', 1, /^ocellus update: none\.ocb: cannot be read: ENOENT$/],
    ];
    for (const [line, code, text] of mistakes) {
        const result = await ocellus(folder, line.split(' '));
        t.is(result.code, code, line);
        t.regex(result.err, text, line);
        t.is(result.err.split('\n').length, 1, line);
        t.false(result.err.includes('secret'), line);
    }
    t.is(JSON.parse(await works(t, folder, 'publish status --dir site --trust k.pem.pub --json')).version, 3);
    const rotated = JSON.parse(await works(t, folder, 'publish refresh --dir site --key other.pem --trust k.pem.pub --expires-days 7 --json'));
    t.is(rotated.version, 4);
    for (const name of ['publish', 'update']) t.regex(await works(t, folder, `${name} --help`), new RegExp(`^usage: ocellus ${name} `));
});
