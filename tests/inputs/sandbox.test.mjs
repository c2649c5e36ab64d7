// The processes that read inputs by FFmpeg: what they may do, what their death costs, where an input cannot lead (ADR 21).
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'ava';
import { judge } from '../guard.mjs';
import { root } from '../../scripts/lib.mjs';
import { Device, eventually, program, sleep, start, temporary } from '../e2e/device.mjs';
import { indexBomb } from './bombs.mjs';
import { helpers, make } from './inputs.mjs';

const helper = path.join(path.dirname(program), 'ocellus-ffmpeg');

test('files, connections, programs, other processes and more memory are refused', (t) => {
    for (const kind of ['pass', 'decode', 'device', 'look', 'convert', 'push']) {
        for (const what of ['open', 'stat', 'socket', 'connect', 'send', 'message', 'bind', 'listen', 'kill', 'fork', 'memory', 'shared', 'stack']) {
            const open = kind === 'device' && ['open', 'stat'].includes(what); // ALSA and V4L2 open what they need
            t.is(spawnSync(helper, [kind, 'try', what]).status, open ? 1 : 0, `${kind}: ${what}`);
        }
        for (const what of ['exec', 'ptrace']) {
            t.is(spawnSync(helper, [kind, 'try', what]).signal, 'SIGSYS', `${kind}: ${what}`);
        }
    }
});

test('no file is made, changed or taken away; a device is written', (t) => {
    for (const kind of ['pass', 'decode', 'device', 'look', 'convert', 'push']) {
        const cwd = temporary(t);
        for (const what of ['create', 'empty', 'change', 'remove', 'device']) {
            writeFileSync(path.join(cwd, 'kept'), 'as it was');
            const { status, stdout } = spawnSync(helper, [kind, 'try', what], { cwd, encoding: 'utf8' });
            const open = kind === 'device' && (what === 'device' || (what === 'change' && stdout.includes('without Landlock')));
            t.is(status, open ? 1 : 0, `${kind}: ${what}: ${stdout}`);
        }
        t.deepEqual(readdirSync(cwd), ['kept']);
        t.is(readFileSync(path.join(cwd, 'kept'), 'utf8'), 'as it was');
    }
});

// Words of ALSA's language that no rule has seen: `ffmpeg -f alsa -i CARD` writes the file with every one of them.
test('a card by any name writes no file', (t) => {
    const cwd = temporary(t);
    const kept = path.join(cwd, 'kept');
    const made = path.join(cwd, 'made');
    const cards = [kept, made].flatMap((file) => [
        `file:${file}`,
        `file:'${file}',raw`,
        `file:FILE='${file}',FORMAT=wav`,
        `file:'|cat >${file}',raw`,
        `tee:null,'${file}',raw`,
        `tee:SLAVE=null,FILE='${file}',FORMAT=raw`,
        `tee:"plug:'null'",'${file}',wav`,
        `plug:"file:'${file}',raw"`,
        `plug:SLAVE="file:FILE=${file},FORMAT=raw"`,
        `plug:"tee:null,'${file}',raw"`,
    ]);
    writeFileSync(kept, 'as it was');
    for (const card of cards) {
        const { signal } = spawnSync(helper, ['device', 'try', `card=${card}`], { cwd, timeout: 60_000 });
        t.true(signal === null || signal === 'SIGSYS', `${card}: ${signal}`);
        t.deepEqual(readdirSync(cwd), ['kept'], card);
        t.is(readFileSync(kept, 'utf8'), 'as it was', card);
    }
});

test.serial('a process has nothing of the program but its sockets and memory', async (t) => {
    const secret = 'sEcReT-9';
    const { device } = start(t, ['--input', 'test:?size=160x90', '--input', 'clip=ffmpeg:assets/clip.mp4', '--record', 'off'], { env: { OCELLUS_OTHER: secret } });
    await eventually(async () => ((await device.json('/api/status')).channels.every((/** @type {any} */ c) => c.packets > 20) ? true : undefined), 'both run');
    await eventually(async () => ((await fetch(`${await device.url()}/snapshot/test.jpg`)).status === 200 ? true : undefined), 'a snapshot');
    const found = helpers(device.process.pid);
    t.deepEqual(found.map(({ kind }) => kind).sort(), ['decode', 'look', 'pass']);
    for (const { pid } of found) {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        t.regex(status, /^NoNewPrivs:\t1$/m);
        t.regex(status, /^Seccomp:\t2$/m);
        t.regex(status, /^CapPrm:\t0+\nCapEff:\t0+$/m, 'also when root runs it');
        t.false(readFileSync(`/proc/${pid}/environ`, 'utf8').includes(secret));
        const behind = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
        const clip = path.join(root, 'assets/clip.mp4');
        t.deepEqual(behind.filter((name) => !/^(socket:|anon_inode:|\/dev\/null$|\/memfd:ocellus-(?:source|look))/.test(name) && name !== clip), []);
        t.regex(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
    }
    const { pid } = device.process;
    await device.stop();
    t.deepEqual(helpers(pid), []);
    for (const one of found) {
        t.false(existsSync(`/proc/${one.pid}`), 'ended, and no zombie');
    }
});

test.serial('sixteen inputs that pass through share a process, the seventeenth begins another', async (t) => {
    t.timeout(120_000, '17 inputs');
    const inputs = Array.from({ length: 17 }, (_, i) => ['--input', `c${i}=ffmpeg:assets/clip.mp4`]).flat();
    const { device } = start(t, [...inputs, '--record', 'off']);
    const status = () => device.json('/api/status').catch(() => ({ channels: [] }));
    await eventually(async () => {
        const { channels } = await status();
        return channels.length === 17 && channels.every((/** @type {any} */ c) => c.packets > 0) ? true : undefined;
    }, 'all play', 90);
    const found = helpers(device.process.pid);
    t.deepEqual(found.map(({ kind }) => kind), ['pass', 'pass']);
    const held = found.map(({ pid }) => readdirSync(`/proc/${pid}/fd`).filter((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).endsWith('/clip.mp4')).length);
    t.deepEqual(held.sort((a, b) => b - a), [16, 1]);
    await device.stop();
});

test.serial('a process is killed: its channel is back within 2 s, the others lose nothing', async (t) => {
    const kills = Number(process.env['OC_SANDBOX_KILLS'] ?? 3);
    const folder = temporary(t);
    const file = path.join(folder, 'other.mkv');
    make(file, ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-c:a', 'aac'], 5);
    const inputs = ['hit=test:?size=160x90&fps=25', 'calm=test:?size=160x90&fps=25', `file=${file}`, 'own=assets/clip.mp4'];
    const { device } = start(t, [...inputs.flatMap((input) => ['--input', input]), '--record', 'off']);
    const status = async () => (await device.json('/api/status')).channels;
    await eventually(async () => ((await status()).every((/** @type {any} */ c) => c.packets > 40) ? true : undefined), 'all run', 60);
    /** @type {number[]} */
    const took = [];
    const [first] = helpers(device.process.pid).filter(({ kind }) => kind === 'decode');
    let victim = first?.pid ?? 0;
    for (let i = 0; i < kills; i++) {
        const before = device.events.filter((e) => e['event'] === 'source-resumed').length;
        const others = new Set(helpers(device.process.pid).map(({ pid }) => pid));
        process.kill(victim, 'SIGKILL');
        await device.until(() => (device.events.filter((e) => e['event'] === 'source-resumed').length > before ? true : undefined), 'back');
        const at = (/** @type {string} */ event) => Date.parse(String(device.events.filter((e) => e['event'] === event).at(-1)?.['at']));
        took.push(at('source-resumed') - at('source-lost'));
        const next = helpers(device.process.pid).find(({ pid }) => !others.has(pid));
        t.truthy(next, 'another process');
        victim = next?.pid ?? 0;
        await sleep(2500); // one that ends sooner is waited for longer and longer
    }
    const lost = device.events.filter((e) => e['event'] === 'source-lost');
    t.is(new Set(lost.map((e) => e['channel'])).size, 1, 'one channel alone');
    const [name] = lost.map((e) => e['channel']);
    for (const channel of await status()) {
        if (channel.name !== name) {
            t.deepEqual([channel.name, channel.lost, channel.jumps], [channel.name, {}, 0]);
        }
    }
    judge(t, Math.max(...took) <= 2000, `back after ${took.join(', ')} ms`);
    t.regex(device.stderr, /ocellus-ffmpeg \d+ with 1 inputs ended: signal 9/);
});

test.serial('sources that want more memory than their process may have get none, and the others lose nothing', async (t) => {
    t.timeout(180_000, 'six tables of 5 million entries');
    const file = path.join(temporary(t), 'index.mov');
    indexBomb(file);
    const greedy = Array.from({ length: 6 }, (_, i) => `g${i}=ffmpeg:${file}`); // three of them fit
    const inputs = ['calm=ffmpeg:assets/clip.mp4', 'own=assets/clip.mp4', ...greedy];
    const { device } = start(t, [...inputs.flatMap((input) => ['--input', input]), '--record', 'off']);
    const line = /warn +ffmpeg +ffmpeg:[^ ]*index\.mov: memory limit reached: a request for \d+ MB was refused; check this source: it may be damaged or hostile/;
    await device.until(() => (line.test(device.stderr) ? true : undefined), 'the reason in the log', 90);
    const channel = async (/** @type {string} */ name) => (await device.json('/api/status')).channels.find((/** @type {any} */ c) => c.name === name);
    for (const name of ['calm', 'own']) {
        const before = (await eventually(async () => ((await channel(name))?.packets > 0 ? channel(name) : undefined), `${name} plays`, 60)).packets;
        await eventually(async () => ((await channel(name)).packets > before + 60 ? true : undefined), `${name} plays on`, 60);
        const { lost, jumps } = await channel(name);
        t.deepEqual([name, lost, jumps], [name, {}, 0]);
    }
    const found = helpers(device.process.pid);
    const peaks = found.map(({ pid }) => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
    t.log(`largest resident sizes: ${peaks.map((peak) => peak.toFixed(0)).join(', ')} MB`);
    t.true(Math.max(...peaks) < 448 + 150, 'the cap, and the libraries that are mapped');
});

test.serial('redirects, playlists and keys do not lead to this machine', async (t) => {
    const folder = temporary(t);
    const file = path.join(folder, 'x.ts');
    make(file, ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-c:a', 'aac'], 2);
    /** @type {string[]} */
    const inside = [];
    const target = http.createServer((request, response) => {
        inside.push(String(request.url));
        response.end(readFileSync(file));
    });
    const key = 'http://127.0.0.1:PORT/key';
    const lists = /** @type {Record<string, string>} */ ({
        '/key.m3u8': `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI="${key}"\n#EXTINF:2,\nx.ts\n#EXT-X-ENDLIST\n`,
        '/list.m3u8': '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:PORT/x.ts\n#EXT-X-ENDLIST\n',
    });
    let port = 0;
    const camera = http.createServer((request, response) => {
        const list = lists[String(request.url)];
        if (list !== undefined) {
            response.writeHead(200, { 'Content-Type': 'application/vnd.apple.mpegurl' }).end(list.replaceAll('PORT', String(port)));
        } else if (request.url === '/own') {
            response.writeHead(302, { Location: '/x.ts' }).end();
        } else if (request.url === '/x.ts') {
            response.writeHead(200, { 'Content-Type': 'video/mp2t' }).end(readFileSync(file));
        } else {
            const host = String(request.url).slice(1);
            response.writeHead(302, { Location: `http://${host}:${port}/x.ts` }).end();
        }
    });
    const listen = (/** @type {http.Server} */ server) =>
        new Promise((resolve) => server.listen(0, '::', () => resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port)));
    port = Number(await listen(target));
    const at = Number(await listen(camera));
    t.teardown(() => {
        target.close();
        camera.close();
    });
    for (const where of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '127.1', 'key.m3u8', 'list.m3u8']) {
        const device = new Device(['run', '--port', '0', '--data', temporary(t), '--record', 'off', '--input', `http://127.0.0.1:${at}/${where}`]);
        await device.said(/it leads to [^ ]+:\d+, which redirects and playlists may not reach|cannot open/, 20).catch(() => undefined);
        await sleep(300);
        await device.stop();
        t.regex(device.stderr, new RegExp(`it leads to [^ ]+:${port}, which`), where);
    }
    t.deepEqual(inside, []);
    const { device } = start(t, ['--record', 'off', '--input', `cam=http://127.0.0.1:${at}/own`]);
    await eventually(async () => ((await device.json('/api/status')).channels[0]?.packets > 20 ? true : undefined), 'a redirect to its own host and port');
});
