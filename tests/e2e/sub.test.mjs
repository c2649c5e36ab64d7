// A channel with a second stream: both play on one time line, and neither needs the other.
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, sleep, start, temporary, testApp } from './device.mjs';
import { readMp4, trackOf } from './mp4.mjs';
import { complete } from './whole.mjs';

const clip = path.join(root, 'assets', 'clip.mp4');
const low = 'fake:?fps=15&gop=15&size=500&key=2000';

/** @param {import('./device.mjs').Device} device @param {(channel: any) => boolean} good @param {string} what */
const channelThat = (device, good, what) =>
    eventually(async () => {
        const [first] = (await device.json('/api/status')).channels;
        return first && good(first) ? first : undefined;
    }, what);

/**
 * The wall clock, in ms, at time 0 of what a playlist lists: its date of a segment less the segment's own time.
 * @param {string} playlist address
 */
async function epochOf(playlist) {
    const text = await (await fetch(playlist)).text();
    const [, date = '', name = ''] = /#EXT-X-PROGRAM-DATE-TIME:(\S+)\n(?:#EXT-X-PART.*\n)*#EXTINF.*\n(\S+)/.exec(text) ?? [];
    const init = /#EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1] ?? '';
    const get = async (/** @type {string} */ file) => Buffer.from(await (await fetch(new URL(file, playlist))).arrayBuffer());
    const video = trackOf(readMp4(Buffer.concat([await get(init), await get(name)])), 'video');
    return Date.parse(date) - ((video.samples[0]?.dts ?? 0) / video.timescale) * 1000;
}

test('[A6] a stream more: its own picture, ring, playlist and metrics, on the time line of the first', async (t) => {
    const { device } = start(t, ['--input', `front=${clip},sub=${low}`, '--input', `back=${low}`, '--record', 'off']);
    const url = await device.url();
    const channel = await channelThat(device, ({ sub, live, generation }) => sub?.live.last > sub?.generation + 1 && live.last > generation + 1, 'both play');
    t.like(channel, { name: 'front', state: 'running', video: { width: 640, height: 360 } });
    t.like(channel.sub, { state: 'running', video: { width: 320, height: 240 }, dropped: 0, jumps: 0 });
    t.true(channel.sub.ring.heldMs > 1000 && channel.sub.bitrate < channel.bitrate);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    t.deepEqual(metrics.match(/^ocellus_channel_state\{.*$/gm), [
        'ocellus_channel_state{channel="front",stream="main"} 2',
        'ocellus_channel_state{channel="back",stream="main"} 2',
        'ocellus_channel_state{channel="front",stream="sub"} 2',
    ]);
    // how far apart while packets come as they should: plane_sub_test. Here each of both may have come late.
    const apart = (await epochOf(url + channel.sub.live.playlist)) - (await epochOf(url + channel.live.playlist));
    t.true(Math.abs(apart) < 10_000, `the time lines are ${apart} ms apart`);
    t.is((await fetch(`${url}/live/back/sub/index.m3u8`)).status, 404);
    t.is((await fetch(`${url}/live/front/sub/sub/index.m3u8`)).status, 404);
    t.is((await device.json('/api/status')).channels[1].sub, null);
    await device.stop();
    const events = device.events.filter(({ channel: name }) => name === 'front').map(({ event, stream }) => `${event} ${stream}`);
    t.deepEqual(events, ['channel-opened undefined', 'sub-opened sub', 'sub-closed sub', 'channel-closed undefined']);
});

test('[A6] a second stream that cannot be opened: said once, tried again; the first misses nothing', async (t) => {
    const file = path.join(temporary(t), 'later.mp4');
    const { device, data } = start(t, ['--input', `front=${clip},sub=${file}`]);
    const failed = await device.event('sub-failed');
    t.like(failed, { channel: 'front', stream: 'sub' });
    t.regex(String(failed['text']), /later\.mp4: does not exist/);
    t.is((await channelThat(device, ({ recording }) => recording.active, 'recording')).sub.state, 'lost');
    t.is((await fetch(`${await device.url()}/live/front/sub/index.m3u8`)).status, 503);
    await sleep(4000); // more than one try, which is not told again
    t.is(device.events.filter(({ event }) => event === 'sub-failed').length, 1);
    copyFileSync(clip, file);
    await device.event('sub-opened');
    await channelThat(device, ({ sub }) => sub.state === 'running' && sub.packets > 0, 'the second stream');
    t.is((await device.stop()).code, 0);
    const [name = ''] = readdirSync(path.join(data, 'recordings', 'front'));
    const [recorded, source] = [readMp4(path.join(data, 'recordings', 'front', name)), readMp4(clip)];
    complete(t, trackOf(recorded, 'video'), trackOf(source, 'video'));
});

test('[E9] the second stream is recorded in place of the first, through scripts that end', async (t) => {
    const settings = path.join(temporary(t), 's.json');
    writeFileSync(settings, JSON.stringify({ channels: [{ name: 'front', input: low, sub: clip, record: { stream: 'sub' } }] }));
    const { device, data } = start(t, ['--settings', settings, '--app', testApp('throws-later')]);
    const status = await eventually(
        async () => {
            const now = await device.json('/api/status');
            return now.script.state === 'running' && now.script.generation > 2 && now.channels[0]?.recording.active ? now : undefined;
        },
        'the third script',
    );
    t.is(status.channels.length, 1);
    t.like(status.channels[0].sub, { state: 'running', dropped: 0, video: { width: 640 } });
    await sleep(1500); // a GOP behind the next script's list
    t.is((await device.stop()).code, 0, device.stderr);
    t.is(device.events.filter(({ event }) => event === 'sub-opened').length, 1, 'it went on, not opened again');
    const names = readdirSync(path.join(data, 'recordings', 'front'));
    t.is(names.length, 1, names.join());
    t.regex(names[0] ?? '', /^ocellus_\d{8}T\d{6}\.\d{3}Z_\d{8}T\d{6}\.\d{3}Z\.mp4$/);
    const [recorded, source] = [readMp4(path.join(data, 'recordings', 'front', names[0] ?? '')), readMp4(clip)];
    complete(t, trackOf(recorded, 'video'), trackOf(source, 'video'));
});

test('[A6] given, changed and taken away at run time: the other channel loses nothing', async (t) => {
    const { device } = start(t, ['--record', 'off'], { env: {} });
    const url = await device.url();
    /** @param {string} method @param {string} where @param {object} [body] */
    const ask = async (method, where, body) => {
        const response = await fetch(`${url}/api/channels${where}`, { method, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
        return { status: response.status, body: response.status === 204 ? {} : await response.json() };
    };
    const added = await ask('POST', '', { name: 'front', input: low, sub: clip });
    t.is(added.status, 201, JSON.stringify(added.body));
    const front = async () => (await device.json('/api/status')).channels.find((/** @type {any} */ c) => c.name === 'front');
    await eventually(async () => ((await front())?.sub?.state === 'running' ? true : undefined), 'the second stream');
    t.is((await ask('PATCH', '/front', { sub: '640x361' })).status, 400);
    t.is((await ask('PATCH', '/front', { sub: null })).status, 200);
    t.is((await front()).sub, null);
    t.is((await ask('DELETE', '/front')).status, 204);
    t.is(await front(), undefined);
    const [first] = (await device.json('/api/status')).channels;
    t.like(first, { name: 'cam1', state: 'running', dropped: 0, jumps: 0 });
    t.is((await device.stop()).code, 0);
});

test('wrong use of a second stream is one clear line and exit code 2', async (t) => {
    for (const [input, line] of /** @type {const} */ ([
        ['a.mp4,sub=', /^ocellus: --input: sub: "" is not allowed; use an address like input, or a size like 640x360 .*\n$/],
        ['a.mp4,sub=641x360', /^ocellus: --input: sub: "641x360" is not allowed; use .*even.*\n$/],
        [',sub=a.mp4', /^ocellus: --input: "" is not allowed; use .*\n$/],
    ])) {
        const { device } = start(t, ['--input', input]);
        t.is((await device.ended).code, 2, input);
        t.regex(device.stderr, line);
    }
});
