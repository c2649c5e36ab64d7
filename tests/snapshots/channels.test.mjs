// Snapshots of 60 channels by address and one of the plane, in real time: an interval has a minute at least.
import test from 'ava';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { configure, jpeg, password, token, world, writeTable } from './world.mjs';

test('[C1] [C2] [C3] [C4] every channel once in an interval; those that are gone are left out, and come back', async (t) => {
    t.timeout(900_000);
    const { sent, gone, state, base } = await world(t);
    const data = temporary(t);
    writeTable(data, base, 59);
    const { device } = start(t, ['--input', 'test:size=320x180&fps=5', '--record', 'off'], { data });
    const status = async () => (await device.json('/api/status')).snapshots;
    t.is(await status(), undefined);
    await eventually(async () => ((await fetch(`${await device.url()}/snapshot/test.jpg`)).status === 200 ? true : undefined), 'the channel has a picture');
    const wrong = await configure(device, { target: 'ftp://example.com/', intervalSeconds: 59 });
    t.is(wrong.status, 400);
    const set = await configure(device, { target: `http://${base}/put/{device}/{channel}.jpg`, authorization: token });
    t.is(set.status, 200, set.text);
    t.false(set.text.includes(token));
    const seen = () => new Set(sent.map((one) => one.path));
    await eventually(async () => (seen().size === 60 ? true : undefined), 'each channel was sent', 90);
    t.false(seen().has('/put/ocellus/off.jpg'));
    for (const { path: address, body, headers, method } of sent) {
        const camera = /\/put\/ocellus\/(.*)\.jpg$/.exec(address)?.[1] ?? '';
        t.deepEqual([method, headers.authorization, headers['content-type'], headers['content-length']], ['PUT', token, 'image/jpeg', String(body.length)]);
        if (camera === 'test') t.true(body.readUInt16BE(0) === 0xffd8 && body.length > 500, 'a picture of H.264, decoded');
        else t.true(body.equals(jpeg(camera)), `${camera}: byte for byte`);
    }
    t.like(await status(), { state: 'sending', channels: 60, offline: 0, spacingMs: 1000, missed: 0, failed: 0, lastError: null });

    for (let at = 0; at < 20; at++) gone.add(`cam-${at}`);
    await eventually(async () => ((await status()).offline === 20 ? true : undefined), '20 are offline', 240);
    t.like(await status(), { channels: 40, spacingMs: 1500 });
    t.regex((await status()).lastError.message, /^(?!.*(admin|camera\/|p4ss)).*127\.0\.0\.1/);
    gone.clear();
    await eventually(async () => ((await status()).offline === 0 ? true : undefined), 'they are back', 180);
    t.like(await status(), { channels: 60, spacingMs: 1000 });

    state.down = true;
    await eventually(async () => ((await status()).state === 'retrying' ? true : undefined), 'the target is down');
    const { missed } = await eventually(async () => ((await status()).missed >= 20 ? status() : undefined), 'turns are dropped');
    t.regex((await status()).lastError.message, /^HTTP 503$/);
    const before = sent.length;
    state.down = false;
    await eventually(async () => (sent.length > before + 10 ? true : undefined), 'it goes on', 90);
    const times = sent.slice(before).map(({ ms }) => Math.floor(ms / 1000));
    const peak = Math.max(...times.map((second) => times.filter((other) => other === second).length));
    t.true(peak <= 3, `${peak} in one second after ${missed} were missed`);

    const metrics = await (await fetch(`${await device.url()}/metrics`)).text();
    for (const what of ['sent', 'failed', 'missed']) t.regex(metrics, new RegExp(`^ocellus_app_snapshots_${what}_total [1-9]`, 'm'));
    for (const secret of [token, password, encodeURIComponent(password)]) t.false(`${device.stdout}${device.stderr}${metrics}`.includes(secret), 'a secret is shown');
    t.is((await configure(device, { target: '' })).status, 200);
    t.is(await status(), undefined);
    const then = sent.length;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    t.is(sent.length, then);
});
