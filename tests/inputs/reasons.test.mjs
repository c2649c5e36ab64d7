// Cameras that cannot be reached: each says why, in one sentence and one word, on status, settings and log; no secret in any.
import { execFileSync } from 'node:child_process';
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { eventually, sleep, start, temporary } from '../e2e/device.mjs';
import { make } from './inputs.mjs';
import { certificate, httpServer } from './servers.mjs';

const password = 'Heimlich-Pa55';

test.serial('[E21] a camera that cannot be reached says why, the same everywhere, once in the log', async (t) => {
    t.timeout(180_000, 'eight cameras');
    const folder = temporary(t);
    const words = path.join(folder, 'words.mkv');
    writeFileSync(path.join(folder, 'words.srt'), '1\n00:00:01,000 --> 00:00:02,000\nnothing to see\n');
    execFileSync('ffmpeg', ['-v', 'error', '-i', path.join(folder, 'words.srt'), words]);
    const locked = await httpServer(t, (_, response) => response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="cam"' }).end());
    const tls = await httpServer(t, (_, response) => response.end(), { pair: certificate(folder, 'self', 'IP:127.0.0.1') });
    const text = await httpServer(t, (_, response) => response.end(readFileSync(words)));
    const mute = net.createServer((socket) => socket.on('error', () => {}));
    await new Promise((resolve) => mute.listen(0, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => mute.close());
    const deaf = `127.0.0.1:${/** @type {net.AddressInfo} */ (mute.address()).port}`;
    const cameras = /** @type {Record<string, { input: string, reason: string, sentence: RegExp }>} */ ({
        refused: { input: `rtsp://admin:${password}@127.0.0.1:1/cam`, reason: 'refused', sentence: /^the address accepts no connections$/ },
        host: { input: `rtsp://admin:${password}@no-such-camera.invalid/cam`, reason: 'host', sentence: /^no such host$/ },
        deaf: { input: `http://admin:${password}@${deaf}/x.mkv`, reason: 'timeout', sentence: /^timed out$/ },
        login: { input: `http://admin:${password}@${locked.at}/x.mkv#auth=basic`, reason: 'password', sentence: /: wrong user name or password; tried again seldom, for cameras lock accounts; at once when it is saved$/ },
        tls: { input: `https://admin:${password}@${tls.at}/x.mkv`, reason: 'certificate', sentence: /certificate self-signed or of an unknown authority/ },
        text: { input: `http://admin:${password}@${text.at}/x.mkv`, reason: 'no-video', sentence: /: there is neither video nor sound in it$/ },
        file: { input: 'ffmpeg:/nowhere/x.mkv', reason: 'noent', sentence: /No such file or directory$/ },
    });
    const { device } = start(t);
    const url = await device.url();
    for (const [name, { input }] of Object.entries(cameras)) {
        const answer = await fetch(`${url}/api/channels`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name, input }) });
        t.is(answer.status, 201, await answer.text());
    }
    const found = await eventually(async () => {
        const { channels } = await device.json('/api/status');
        const all = channels.filter((/** @type {any} */ c) => cameras[c.name] !== undefined);
        return all.length === Object.keys(cameras).length && all.every((/** @type {any} */ c) => c.problem !== null) ? all : undefined;
    }, 'all say why', 90);
    const configured = (await device.json('/api/channels')).channels;
    for (const channel of found) {
        const expected = cameras[channel.name];
        t.like(channel, { state: 'lost', reason: expected?.reason, packets: 0, sourceLosses: 0 }, JSON.stringify(channel));
        t.regex(channel.problem, expected?.sentence ?? /^$/);
        t.false(channel.recording.active, channel.name);
        const one = configured.find((/** @type {any} */ c) => c.name === channel.name);
        t.deepEqual([one.problem, one.reason], [channel.problem, channel.reason]);
        const sentence = channel.problem.split('; ')[0].split(': ').at(-1);
        await device.until(() => device.stderr.split('\n').find((line) => line.includes(`${channel.name}: `) && line.includes(sentence)), `${channel.name} in the log`);
    }
    await sleep(8000); // each is tried several times meanwhile
    const log = device.stderr;
    for (const name of Object.keys(cameras)) {
        const lines = log.split('\n').filter((line) => line.includes(`${name}: `) && /source-absent|channel-failed|cannot open|lost/.test(line));
        t.true(lines.length >= 1 && lines.length <= 2, lines.join('\n'));
        t.false(device.events.some((e) => e['event'] === 'channel-opened' && e['channel'] === name), `${name} never came`);
    }
    const events = JSON.stringify(await device.json('/api/events'));
    for (const place of [log, device.stdout, events, JSON.stringify(found), JSON.stringify(configured)]) {
        t.false(place.includes(password), 'no secret');
    }
    t.is((await fetch(`${url}/readyz`)).status, 503);
    t.is((await device.stop()).code, 0);
});

test.serial('[E21] [E23] a camera that is switched on later: connected then, and one summary', async (t) => {
    t.timeout(120_000, 'a camera');
    const port = await new Promise((resolve) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port: free } = /** @type {net.AddressInfo} */ (server.address());
            server.close(() => resolve(free));
        });
    });
    const { device } = start(t, ['--input', `cam=http://127.0.0.1:${port}/x.ts`]);
    await device.until(() => (device.stderr.includes('cam: source-absent: the address accepts no connections') ? true : undefined), 'a line');
    await sleep(3000);
    t.is(device.stderr.match(/source-absent|source-lost/g)?.length, 1, device.stderr);
    const folder = temporary(t);
    const file = path.join(folder, 'x.ts');
    make(file, ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-an', '-f', 'mpegts'], 60);
    const server = http.createServer((_, response) => {
        response.writeHead(200, { 'Content-Length': statSync(file).size });
        createReadStream(file).pipe(response);
    });
    await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
    t.teardown(() => {
        server.close();
        server.closeAllConnections();
    });
    await device.event('channel-opened');
    await eventually(async () => {
        const [cam] = (await device.json('/api/status')).channels;
        return cam.state === 'running' && cam.packets > 10 && cam.problem === null ? true : undefined;
    }, 'it plays', 60);
    t.is(device.stderr.match(/source-absent/g)?.length, 1);
    t.is((await device.stop()).code, 0);
});
