// What a guest of WebRTC can do to others: places that the dead hold, datagrams that strangers get.
import dgram from 'node:dgram';
import test from 'ava';
import { sleep } from '../e2e/device.mjs';
import { hangS, judged } from '../guard.mjs';
import { LIVE, victim } from './victim.mjs';

const PLACES = 4;

test.serial('phones that drop off lock nobody out: the place of one is given to who comes', async (t) => {
    const { seen, crowd, viewer } = await victim(t, { maxPeers: PLACES });
    const phones = crowd();
    await phones.join(PLACES - 1, LIVE);
    phones.child.kill('SIGKILL');
    const later = crowd();
    if (judged) {
        await t.throwsAsync(later.join(1, LIVE, { seconds: 1 }), { message: /503/ }, 'a pause is not the end');
        await sleep(11_000);
    }
    await later.join(2, LIVE, { seconds: hangS });
    t.is(viewer.count('over'), 0);
    const { lost, frames, p99Ms } = await seen();
    t.log(`who watches: ${frames} frames, ${lost} lost, p99 ${p99Ms} ms beyond the interval`);
    t.is(lost, 0);
});

test.serial('one offer sends a stranger three datagrams at most', async (t) => {
    const { post, sdp } = await victim(t);
    const stranger = dgram.createSocket('udp4');
    t.teardown(() => stranger.close());
    /** @type {number[]} */
    const kinds = [];
    stranger.on('message', (data) => kinds.push(data[0] ?? 0));
    await new Promise((resolve) => stranger.bind(0, '127.0.0.1', () => resolve(undefined)));
    const candidate = `a=candidate:1 1 udp 2130706431 127.0.0.1 ${stranger.address().port} typ host`;
    const lines = sdp.split('\r\n').filter((line) => !line.startsWith('a=candidate:'));
    const at = lines.findIndex((line) => line.startsWith('a=ice-ufrag:'));
    const { status, body } = await post([...lines.slice(0, at), candidate, ...lines.slice(at)].join('\r\n'));
    t.is(status, 201, body);
    await sleep(5000);
    t.log(`${kinds.length} datagrams, the first bytes ${kinds}`);
    t.true(kinds.length >= 1);
    t.true(kinds.length <= 3);
});
