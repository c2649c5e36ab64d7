// The panel in the SDK's simulator, on a virtual screen of its own: what it shows, what its keys raise, how it ends.
import { existsSync, readdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { receiver } from '../app/examples.mjs';
import { eventually, sleep, testApp } from '../e2e/device.mjs';
import { readMp4, trackOf } from '../e2e/mp4.mjs';
import { complete } from '../e2e/whole.mjs';
import { freePort, missing, Simulator } from './simulator.mjs';

/** @param {number} port @param {string} address */
async function json(port, address) {
    const response = await fetch(`http://127.0.0.1:${port}${address}`, { signal: AbortSignal.timeout(3000) });
    return response.json();
}

/** @param {string} data @returns {string[]} */
const recordings = (data) => (existsSync(data) ? readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mp4')) : []);

const skip = missing();
const run = skip === '' ? test.serial : test.serial.skip;
/** @param {string} name @returns {string} with the reason for a skip */
const title = (name) => (skip === '' ? name : `${name} (not there: ${skip})`);

run(title('the panel shows the camera, its keys are events, a reload finishes the recording'), async (t) => {
    t.timeout(90_000);
    const simulator = new Simulator(t);
    const port = await freePort();
    await simulator.start(`--port ${port} --data '${simulator.data}' --name panel`);
    await eventually(async () => ((await json(port, '/api/status')).channels[0]?.recording.active ? true : undefined), 'a recording', 30);
    await eventually(async () => (simulator.panel().width === 320 ? true : undefined), 'the panel');
    await sleep(1000);
    t.true(simulator.picture('running') > 20, 'not one colour');
    const area = simulator.panel();
    t.like(area, { width: 320, height: 240 });
    t.is(simulator.led(area), 'green', 'the sensor is on, nobody watches');

    // One line of keys, each as wide as its word and some more.
    /** @type {[name: string, x: number][]} */
    const keys = [
        ['motion', 32],
        ['human', 94],
        ['sound', 153],
        ['doorbell', 217],
        ['privacy', 286],
    ];
    const line = area.y + area.height - 19;
    for (const [name, x] of keys) {
        simulator.tool('xdotool', 'mousemove', String(area.x + x), String(line), 'mousedown', '1');
        await sleep(300);
        if (name === 'doorbell') {
            simulator.picture('pressed');
        }
        simulator.tool('xdotool', 'mouseup', '1');
        await sleep(150);
    }
    const dark = await eventually(async () => {
        const status = await json(port, '/api/status');
        return status.privacy.on && !status.indicator.sensorOn ? status : undefined;
    }, 'privacy mode');
    t.deepEqual(dark.privacy, { on: true, by: ['switch'] });
    t.is(dark.channels[0].state, 'private');
    await sleep(600);
    t.is(simulator.led(area), 'dark', 'nothing is captured');
    simulator.picture('private');
    t.notRegex(recordings(simulator.data).join(), /_open/, 'the recording is finished');
    const { events } = await json(port, '/api/events?from=0');
    /** @type {[string, number][]} */
    const raised = events.map((/** @type {{ kind: string, code: number }} */ e) => [e.kind, e.code]).filter((/** @type {[string, number]} */ [kind]) => keys.some(([name]) => name === kind));
    const held = ['motion', 'human', 'sound', 'doorbell'].flatMap((name) => [
        [name, 1],
        [name, 0],
    ]);
    t.deepEqual(raised, [...held, ['privacy', 1]]);

    simulator.tool('xdotool', 'key', 'ctrl+r');
    await eventually(async () => (recordings(simulator.data).length === 2 ? true : undefined), 'a second recording', 30);
    const [first, second] = recordings(simulator.data).sort();
    t.notRegex(first ?? '', /_open/);
    t.regex(second ?? '', /_open/);
    t.is((await json(port, '/api/status')).script.generation, 1);
    t.is(simulator.process?.exitCode, null, simulator.output);

    simulator.tool('xdotool', 'key', 'ctrl+q');
    await eventually(async () => (simulator.process?.exitCode === null ? undefined : true), 'the end of mcsim', 15);
    t.notRegex(recordings(simulator.data).join(), /_open/, 'closing the simulator finishes the recording');
});

run(title('the end of the program is shown with its reason; the key starts it again'), async (t) => {
    t.timeout(60_000);
    const simulator = new Simulator(t);
    const port = await freePort();
    const busy = net.createServer();
    await new Promise((resolve) => busy.listen(port, '127.0.0.1', () => resolve(undefined)));
    const clip = path.join(root, 'assets', 'clip.mp4');
    await simulator.start(`--port ${port} --data '${simulator.data}' --input 'front=${clip}' --input 'yard=fake:?fps=25&gop=25&size=2000'`);
    await eventually(async () => (/ocellus: .*port/.test(simulator.output) ? true : undefined), 'the reason on stderr', 30);
    await sleep(1500);
    t.true(simulator.picture('ended') > 20, 'not one colour');
    t.is(simulator.process?.exitCode, null, 'mcsim goes on');
    await new Promise((resolve) => busy.close(resolve));
    const area = simulator.panel();
    simulator.tool('xdotool', 'mousemove', String(area.x + area.width / 2), String(area.y + area.height - 19), 'click', '1');
    const base = `http://127.0.0.1:${port}`;
    for (const [number, name] of ['front', 'yard'].entries()) {
        const channel = await eventually(
            async () => {
                const found = (await json(port, '/api/status')).channels[number];
                return found?.state === 'running' && found.live.last > found.generation + 1 && found.recording.active ? found : undefined;
            },
            `${name} is live`,
            20,
        );
        t.is(channel.name, name);
        const playlist = await fetch(base + channel.live.playlist);
        t.is(playlist.status, 200);
        const segment = /^s\d+\.m4s/m.exec(await playlist.text())?.[0] ?? '';
        t.is((await fetch(new URL(segment, base + channel.live.playlist))).status, 200, segment);
    }
    const { recordings: rows } = await json(port, '/api/recordings');
    t.is(rows.length, 2);
    const movie = readMp4(Buffer.from(await (await fetch(base + rows[0].path)).arrayBuffer()));
    t.true(trackOf(movie, 'video').samples.length > 10);
    t.regex(await (await fetch(base)).text(), /<html/);
    simulator.picture('two');
    const watched = await eventually(
        async () => {
            const live = `${base}/live/front/`;
            const newest = (await (await fetch(`${live}index.m3u8`)).text()).match(/^s\d+\.m4s/gm)?.at(-1) ?? '';
            await (await fetch(live + newest)).arrayBuffer();
            return simulator.led(area) === 'blue' ? true : undefined;
        },
        'a LED that tells of a viewer',
        15,
    );
    t.true(watched);
    simulator.picture('watched');
    simulator.tool('xdotool', 'key', 'ctrl+q');
    await eventually(async () => (simulator.process?.exitCode === null ? undefined : true), 'the end of mcsim', 15);
});

run(title('scripts die, the simulator and the recording go on; reloads leave nothing behind'), async (t) => {
    t.timeout(120_000);
    const simulator = new Simulator(t);
    const port = await freePort();
    await simulator.start(`--port ${port} --data '${simulator.data}' --app '${testApp('in-turn')}' --record-audio on`);
    const status = await eventually(
        async () => {
            const now = await json(port, '/api/status');
            return now.script.state === 'running' && now.script.generation > 5 && now.channels[0]?.recording.active ? now : undefined;
        },
        'script number 6',
        60,
    );
    t.is(status.script.restarts, 5);
    simulator.picture('restarted');
    const pid = simulator.process?.pid;
    /** @returns {Promise<[threads: number, descriptors: number]>} once the camera runs again */
    const counts = async () => {
        await eventually(async () => ((await json(port, '/api/status')).channels[0]?.recording.active ? true : undefined), 'a recording', 30);
        return [readdirSync(`/proc/${pid}/task`).length, readdirSync(`/proc/${pid}/fd`).length];
    };
    /** @type {[number, number][]} */
    const after = [];
    for (let reload = 1; reload <= 4; reload++) {
        simulator.tool('xdotool', 'key', 'ctrl+r');
        await eventually(async () => (recordings(simulator.data).length === reload + 1 ? true : undefined), 'a recording after the reload', 30);
        after.push(await counts());
    }
    t.deepEqual(after[3], after[0], 'threads and descriptors');
    const [first = ''] = recordings(simulator.data).sort();
    const [recorded, source] = [readMp4(path.join(simulator.data, first)), readMp4(path.join(root, 'assets', 'clip.mp4'))];
    for (const kind of /** @type {const} */ (['video', 'audio'])) {
        complete(t, trackOf(recorded, kind), trackOf(source, kind));
    }
    simulator.tool('xdotool', 'key', 'ctrl+q');
    await eventually(async () => (simulator.process?.exitCode === null ? undefined : true), 'the end of mcsim', 15);
});

run(title('a span of the ring is put and served, byte for byte the same; a snapshot is one key frame'), async (t) => {
    t.timeout(60_000);
    const { got, url: server } = await receiver(t);
    const simulator = new Simulator(t);
    await simulator.start(`--data '${simulator.data}' --app '${testApp('spans')}'`);
    const api = `${await eventually(async () => /"url":"(http:[^"]*)"/.exec(simulator.output)?.[1], 'the port that the application took', 30)}api`;
    const body = JSON.stringify({ url: '', ringMs: 30_000, loop: false, fast: true });
    const open = () => fetch(`${api}/open`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    await eventually(async () => ((await open()).status === 200 ? true : undefined), 'an open channel', 30);
    /** @param {string} deed @param {object} [desired] */
    const request = (deed, desired = {}) => fetch(`${api}/${deed}?${encodeURIComponent(JSON.stringify(desired))}`);
    /** @param {object} desired @param {number} least bytes */
    const kept = async (desired, least) => {
        await eventually(async () => ((await (await request('keep', desired)).json()).bytes > least ? true : undefined), 'what is kept', 30);
        return Buffer.from(await (await request('kept')).arrayBuffer());
    };
    const span = await kept({ beforeMs: 20_000 }, 600_000);
    t.true(trackOf(readMp4(span), 'audio').samples.length > 100);
    await request('put', { port: Number(new URL(server).port) });
    await eventually(async () => got[0], 'the upload', 30);
    t.like(got[0], { method: 'PUT', type: 'video/mp4' });
    t.true(got[0]?.body.equals(span));
    const picture = readMp4(await kept({ beforeMs: -1 }, 0));
    t.deepEqual(picture.map(({ kind, samples }) => [kind, samples.length, samples[0]?.key]), [['video', 1, true]]);
    simulator.tool('xdotool', 'key', 'ctrl+q');
    await eventually(async () => (simulator.process?.exitCode === null ? undefined : true), 'the end of mcsim', 15);
});
