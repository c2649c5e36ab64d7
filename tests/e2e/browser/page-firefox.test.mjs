// The device's own page in Firefox plays by WebRTC. A proxy in front of the device adds a script that posts what is shown.
import test from 'ava';
import { judge } from '../../guard.mjs';
import { read } from '../../blockcode/blockcode.mjs';
import { eventually, start } from '../device.mjs';
import { openFirefox } from './firefox.mjs';
import { probed } from './probe.mjs';

const probe = `const read = ${read.toString()};
const names = () => performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname).filter((name) => name.startsWith('/live/') || name.includes('hls'));
setInterval(() => {
    const video = document.querySelector('video');
    document.querySelector('.state details')?.setAttribute('open', '');
    let code;
    if (video && video.videoWidth > 0) {
        const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight });
        const context = canvas.getContext('2d');
        context.drawImage(video, 0, 0);
        const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
        code = read({ pixels: data, width, height, channels: 4 });
    }
    const seen = { code, ageMs: code && (Date.now() - code.timeMs) % 2 ** 32, time: video?.currentTime, state: document.querySelector('.state')?.innerText, http: names() };
    void fetch('/seen', { method: 'POST', body: JSON.stringify(seen) });
}, 500);`;

test('[E11] Firefox plays the page of the device by WebRTC', async (t) => {
    t.timeout(180_000);
    const { device } = start(t, ['--record', 'off', '--input', 'test:?size=640x360']);
    const url = await device.url();
    await eventually(async () => ((await device.json('/api/status')).channels[0]?.video ? true : undefined), 'the input runs');
    /** @type {any[]} */
    const all = [];
    openFirefox(t, await probed(t, url, probe, (seen) => all.push(seen)));
    const last = await eventually(async () => {
        const frames = new Set(all.slice(-6).map(({ code }) => code?.frame));
        return frames.size >= 5 && /WebRTC, directly/.test(all.at(-1).state) ? all.at(-1) : undefined;
    }, 'the picture moves, by WebRTC', 120);
    t.deepEqual(last.http, [], 'nothing over HTTP');
    t.true(last.ageMs > 0);
    judge(t, last.ageMs < 5000, `${last.ageMs} ms old`);
    const { sessions } = await device.json('/api/p2p/sessions');
    t.true(sessions.some((/** @type {any} */ session) => session.channels.some((/** @type {any} */ one) => one.kind === 'live' && one.acknowledgedBytes > 100_000)));
});
