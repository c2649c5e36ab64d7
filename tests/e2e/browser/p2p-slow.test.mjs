// A viewer behind a slow link: the camera sends what the link bears, and the best again when it is wide.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { chromium } from 'playwright-core';
import { eventually, program, sleep, temporary } from '../device.mjs';
import { chromiumPath } from './browser.mjs';
import { looks, openCamera, watchCamera } from './p2p-page.mjs';

/** @param {...string} args */
const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

/**
 * A namespace with an address behind a link of so many kbit/s; browser and camera are both in it.
 * @param {import('ava').ExecutionContext} t
 */
function narrow(t) {
    const space = `ocslow-${process.pid}`;
    ip('netns', 'add', space);
    t.teardown(() => ip('netns', 'delete', space));
    const inside = (/** @type {string[]} */ ...args) => ip('netns', 'exec', space, ...args);
    inside('ip', 'link', 'set', 'lo', 'up', 'mtu', '1500'); // one packet is one packet of the link
    inside('ip', 'link', 'add', 'd0', 'type', 'veth', 'peer', 'name', 'd1');
    inside('ip', 'link', 'set', 'd1', 'up');
    inside('ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'd0');
    inside('ip', 'link', 'set', 'd0', 'up');
    inside('ethtool', '-K', 'lo', 'tso', 'off', 'gso', 'off', 'gro', 'off', 'tx-udp-segmentation', 'off');
    const link = (/** @type {string} */ verb, /** @type {number} */ kbit) => inside('tc', 'qdisc', verb, 'dev', 'lo', 'root', 'tbf', 'rate', `${kbit}kbit`, 'burst', '16kb', 'latency', '150ms');
    link('add', 20_000);
    return { space, link: (/** @type {number} */ kbit) => link('change', kbit) };
}

test.serial('the bit rate of the source follows the link of its viewer, and comes back', async (t) => {
    t.timeout(180_000);
    if (process.getuid?.() !== 0) {
        t.log('network namespaces need root');
        t.pass();
        return;
    }
    const { space, link } = narrow(t);
    const folder = temporary(t);
    const args = ['netns', 'exec', space, program, 'run', '--json', '--port', '0', '--data', folder, '--record', 'off', '--input', 'test:?size=640x360&bitrate=2000000'];
    const device = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => device.kill('SIGKILL'));
    let printed = '';
    device.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        printed += text;
    });
    const url = await eventually(async () => /"url":"(http:[^"]+)\/"/.exec(printed)?.[1], 'it listens');
    const wrapper = path.join(folder, 'chromium');
    writeFileSync(wrapper, `#!/bin/sh\nexec ip netns exec ${space} ${chromiumPath()} "$@"\n`);
    chmodSync(wrapper, 0o755);
    const browser = await chromium.launch({ executablePath: wrapper, args: ['--autoplay-policy=no-user-gesture-required', '--disable-gpu'], chromiumSandbox: false });
    t.teardown(() => browser.close());
    const page = await browser.newPage();
    await openCamera(page, url);
    const ask = (/** @type {string} */ where) => page.evaluate(async (at) => (await fetch(at)).json(), where);
    const bitrate = async () => (await ask('/api/status')).channels[0].bitrate;
    await watchCamera(page);
    await sleep(4000);
    const wide = await bitrate();
    link(700);
    const begun = Date.now();
    const low = await eventually(
        async () => {
            const now = await bitrate();
            return now < 900_000 ? now : undefined;
        },
        'the source makes less',
        40,
    );
    const down = Date.now() - begun;
    await sleep(2000);
    const [{ messages }, { sessions }] = [await looks(page), await ask('/api/p2p/sessions')];
    await sleep(3000);
    const frames = (await looks(page)).messages - messages;
    t.true(frames > 60, `${frames} packets in 3 s over the slow link`);
    t.log(`${wide} bit/s; at 700 kbit/s ${low} after ${down} ms, ${frames} packets in 3 s; drops ${JSON.stringify(sessions[0].channels[0].drops)}`);
    if (process.env['OC_SLOW_LINK'] !== 'full') {
        return; // to come back takes half a minute
    }
    link(20_000);
    const again = Date.now();
    const high = await eventually(
        async () => {
            const now = await bitrate();
            return now > low * 1.3 ? now : undefined;
        },
        'the source makes more again',
        60,
    );
    t.log(`${high} again ${Date.now() - again} ms after the link was wide`);
});
