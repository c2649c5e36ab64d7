// Events of the whole program: kept over kill -9, clips of those that a plan wants, and the webhook.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import test from 'ava';
import { eventually, freePort, start, temporary } from './device.mjs';

const fast = 'fake:?fps=30&gop=30&size=500&key=2000';

/** @param {import('ava').ExecutionContext} t @param {object} settings @returns {string[]} */
function withSettings(t, settings) {
    const file = path.join(temporary(t), 's.json');
    writeFileSync(file, JSON.stringify(settings));
    return ['--settings', file];
}

/** @param {import('./device.mjs').Device} device @param {string} method @param {string} address @param {object} [body] */
async function send(device, method, address, body) {
    const init = { method, headers: { 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) };
    const reply = await fetch((await device.url()) + address, init);
    return { status: reply.status, body: reply.status === 204 ? undefined : await reply.json() };
}

/** @param {string} data @param {string} channel */
const files = (data, channel) => readdirSync(path.join(data, 'recordings', channel)).filter((name) => name.endsWith('.mp4'));

/** @param {string} text "20261121T025100.123Z" */
const instant = (text) => Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:'));

/** A receiver of webhooks. @param {import('ava').ExecutionContext} t @param {number} port */
async function receiver(t, port) {
    /** @type {{ body: any, text: string, key: string, signature: string }[]} */
    const got = [];
    const server = http.createServer((request, response) => {
        let text = '';
        request.on('data', (part) => (text += part));
        request.on('end', () => {
            const { 'idempotency-key': key, 'ocellus-signature': signature, 'content-type': type } = request.headers;
            if (type === 'application/json') got.push({ body: JSON.parse(text), text, key: String(key), signature: String(signature) });
            response.end();
        });
    });
    await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
    const close = () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
    };
    t.teardown(close);
    return { got, close };
}

test('[A7] an event is kept over kill -9, and one that went on is over', async (t) => {
    const { device, data } = start(t, ['--input', `front=${fast}`, '--record', 'off']);
    const first = await send(device, 'POST', '/api/events', { kind: 'human', channel: 'front', state: 'begin', data: { id: 7 } });
    t.deepEqual(first, { status: 202, body: { id: 1 } });
    t.is((await send(device, 'POST', '/api/events', { kind: 'ring', protected: true })).body.id, 2);
    await device.stop('SIGKILL');
    const next = start(t, ['--input', `front=${fast}`, '--record', 'off'], { data }).device;
    const { events } = await next.json('/api/event-log?order=oldest');
    t.deepEqual(
        events.map((/** @type {any} */ { id, kind, mask, channel, data: more, protected: kept }) => [id, kind, mask, channel, more, kept]),
        [
            [1, 'human', 2, 'front', { id: 7 }, false],
            [2, 'ring', 0, null, null, true],
        ],
    );
    t.is(typeof events[0].end, 'string');
    t.is((await send(next, 'DELETE', '/api/event-log/2')).status, 409);
    t.is((await send(next, 'PATCH', '/api/event-log/2', { protected: false })).status, 204);
    t.is((await send(next, 'DELETE', '/api/event-log/2')).status, 204);
    t.is((await send(next, 'POST', '/api/events', { kind: 'ring' })).body.id, 3);
});

test('why nothing was recorded is known after a restart too', async (t) => {
    const first = start(t, ['--record', 'on', '--input', `front=${fast}`]);
    const { data } = first;
    t.is((await send(first.device, 'POST', '/api/privacy', { on: true })).status, 200);
    const of = async (/** @type {import('./device.mjs').Device} */ device, /** @type {string} */ kind) => (await send(device, 'GET', `/api/event-log?kind=${kind}`)).body.events;
    await eventually(async () => ((await of(first.device, 'privacy')).length === 1 ? true : undefined), 'privacy is kept');
    t.is((await send(first.device, 'POST', '/api/privacy', { on: false })).status, 200);
    await eventually(async () => ((await of(first.device, 'privacy'))[0]?.end ? true : undefined), 'its end is kept');
    const [kept] = await of(first.device, 'privacy');
    await first.device.stop();
    const { device } = start(t, ['--record', 'on', '--input', `front=${fast}`], { data });
    t.deepEqual(await of(device, 'privacy'), [kept]);
});

test('[E9] a channel in mode event has a clip around each event, from its pre-roll on, and nothing else', async (t) => {
    const event = { preRollSeconds: 3, initialSeconds: 2, augmentationSeconds: 1, maximumSeconds: 5, blindSeconds: 0 };
    const settings = { channels: [{ name: 'front', input: fast, record: { mode: 'event' } }], record: { event } };
    const { device, data } = start(t, withSettings(t, settings));
    await eventually(async () => ((await device.json('/api/status')).channels[0]?.ring.heldMs > 5000 ? true : undefined), 'the ring is filled');
    t.is((await device.json('/api/status')).channels[0].recording.active, false);
    await send(device, 'POST', '/api/events', { kind: 'motion', channel: 'front' });
    const name = await eventually(async () => files(data, 'front').find((file) => !file.includes('_open')), 'a clip that is complete');
    const [kept] = (await device.json('/api/event-log')).events;
    const [label, from = '', to = ''] = name.replace('.mp4', '').split('_');
    const [back, on] = [Date.parse(kept.start) - instant(from), instant(to) - Date.parse(kept.start)];
    t.is(label, 'event');
    t.true(back >= 3000 && back <= 4100, `${back} ms before the event`);
    t.true(on >= 1900 && on <= 2600, `${on} ms behind it`);
    t.is(files(data, 'front').length, 1);
});

test('a webhook: what happened while nobody listened comes later, over a restart, each event once, signed', async (t) => {
    const port = await freePort();
    const webhook = { url: `http://127.0.0.1:${port}/in?token=hidden`, secret: 'abc' };
    const args = ['--input', `front=${fast}`, ...withSettings(t, { events: { webhook }, record: { enabled: false } })];
    const { device, data } = start(t, args);
    t.is((await device.json('/api/settings')).events.webhook.secret, '***');
    await eventually(async () => (readFileSync(path.join(data, 'webhook.json'), 'utf8').includes('"done":0') ? true : undefined), 'the receiver is noted');
    await send(device, 'POST', '/api/events', { kind: 'ring' });
    await device.until(() => /webhook http:\/\/127\.0\.0\.1:\d+: /.exec(device.stderr) ?? undefined, 'a line about it');
    await send(device, 'POST', '/api/events', { kind: 'human' });
    await device.stop('SIGKILL');
    t.notRegex(device.stderr, /hidden|abc/);
    const there = await receiver(t, port);
    const next = start(t, args, { data }).device;
    await eventually(async () => (there.got.length >= 2 ? true : undefined), 'both events');
    await send(next, 'POST', '/api/events', { kind: 'ring' });
    await eventually(async () => (there.got.length >= 3 ? true : undefined), 'the third');
    t.deepEqual(there.got.map(({ body }) => [body.event.id, body.event.kind]), [[1, 'ring'], [2, 'human'], [3, 'ring']]);
    t.is(new Set(there.got.map(({ key }) => key)).size, 3);
    for (const { text, signature } of there.got) {
        const [, seconds, hash] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
        t.is(hash, createHmac('sha256', 'abc').update(`${seconds}.${text}`).digest('hex'));
    }
});

test('a webhook whose certificate nobody vouches for gets nothing', async (t) => {
    const folder = temporary(t);
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'pipe' });
    let requests = 0;
    const server = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
        requests++;
        response.end();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => server.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const webhook = { url: `https://localhost:${port}/` };
    const { device, data } = start(t, ['--input', `front=${fast}`, ...withSettings(t, { events: { webhook }, record: { enabled: false } })]);
    await eventually(async () => (readFileSync(path.join(data, 'webhook.json'), 'utf8').includes('"done":0') ? true : undefined), 'the receiver is noted');
    await send(device, 'POST', '/api/events', { kind: 'ring' });
    const [line] = await device.until(() => /webhook https:\/\/localhost:\d+: .*/.exec(device.stderr) ?? undefined, 'a line about it');
    t.regex(line, /certificate|TLS|SSL/i);
    t.is(requests, 0);
    t.is((await device.json('/api/event-log')).events.length, 1);
});
