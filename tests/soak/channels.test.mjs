// Many channels for a long time, recorded and watched: nothing is dropped. OC_SOAK_SECONDS: how long (600).
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, sleep, start } from '../e2e/device.mjs';

const channels = 32;
const seconds = Number(process.env['OC_SOAK_SECONDS'] ?? '600');

test(`${channels} channels for ${seconds} s: no packet dropped, none missing in recordings`, async (t) => {
    t.timeout((seconds + 60) * 1000);
    const clip = path.join(root, 'assets', 'clip.mp4');
    const inputs = Array.from({ length: channels }, (_, n) => ['--input', `c${n + 1}=${clip}`]).flat();
    const { device } = start(t, inputs);
    const url = await device.url();
    await eventually(async () => {
        const list = (await device.json('/api/status')).channels;
        return list.length === channels && list.every((/** @type {any} */ c) => c.state === 'running' && c.recording.active) ? list : undefined;
    }, 'every channel runs and records');
    const until = Date.now() + seconds * 1000;
    let served = 0;
    while (Date.now() < until) {
        const { channels: list } = await device.json('/api/status');
        for (const channel of list) {
            const response = await fetch(`${url}/live/${channel.name}/s${channel.live.last}.m4s`);
            served += response.ok ? 1 : 0;
            await response.arrayBuffer();
        }
        await sleep(1000);
    }
    const { channels: end, script } = await device.json('/api/status');
    t.is(script.restarts, 0);
    for (const channel of end) {
        t.like(channel, { state: 'running', dropped: 0, lostGops: 0, jumps: 0, sourceLosses: 0 }, channel.name);
        t.is(channel.recording.lostPackets, 0, channel.name);
        t.true(channel.packets > seconds * 70, `${channel.name}: ${channel.packets} packets`);
    }
    t.true(served > channels, `${served} segments served`);
    t.is((await device.stop()).code, 0);
});
