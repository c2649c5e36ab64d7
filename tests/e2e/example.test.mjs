// Applications on the raw transport, the example and one that ends, with `ocellus-peer` as their viewer.
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { Device, program, sleep, start, testApp } from './device.mjs';

const app = path.join(path.dirname(program), 'example_viewers.xsa');
/** The viewers are those of Linux, whatever program is tested. */
const linux = path.join(root, 'build', 'linux', 'ocellus-peer');

/** An application, and viewers of it. @param {import('ava').ExecutionContext} t @param {string} [archive] */
async function example(t, archive = app) {
    const { device } = start(t, ['--app', archive]);
    const url = await device.url();
    /** @param {readonly string[]} args */
    const viewer = (args) => {
        const peer = new Device(['--loopback', '--json', '--offer-to', `${url}/api/offer`, ...args], { program: linux });
        t.teardown(async () => {
            peer.process.kill('SIGKILL');
            await peer.ended;
        });
        return peer;
    };
    return { device, url, viewer };
}

/** What came of a channel, once it is closed. @param {Device} peer @param {string} label @returns {Promise<Record<string, unknown>>} */
const channel = (peer, label) => peer.until(() => peer.events.find((e) => e['event'] === 'channel' && e['label'] === label), `${label} closes`);

test('a viewer watches live, is refused what is not there, and leaves [B2] [B3] [B4]', async (t) => {
    const { device, viewer } = await example(t);
    const peer = viewer(['--open', 'action=live&stream=main', '--open', 'action=dance']);
    const up = await device.until(() => device.events.find((e) => e['event'] === 'session' && e['state'] === 'up'), 'a viewer');
    t.regex(String(up['address']), /^127\.0\.0\.1:\d+$/);
    t.is((await channel(peer, 'action=dance'))['answer'], '{"error":"action=dance is not known: live or command"}');
    const watching = await device.event('watching');
    await sleep(3000); // some of 90 messages
    await peer.stop();
    const live = await channel(peer, 'action=live&stream=main');
    t.true(Number(live['messages']) > 0 && Number(live['bytes']) > 0, JSON.stringify(live));
    t.regex(String(live['answer']), /^\{"codecs":"avc1/);
    t.is((await device.event('stopped'))['view'], watching['view']);
    await device.until(() => device.events.find((e) => e['event'] === 'session' && e['state'] === 'over'), 'its end');
    t.is((await device.stop()).code, 0);
});

test('what is asked with the offer comes with the first packets; the device ends, its viewer is told [B1] [B2]', async (t) => {
    const { device, viewer } = await example(t);
    const peer = viewer(['--early', '--open', 'action=live']);
    await device.event('watching');
    await sleep(2000); // some of 60 messages
    t.is((await device.stop()).code, 0);
    const live = await channel(peer, 'action=live');
    t.true(Number(live['messages']) > 0, JSON.stringify(live));
    await peer.event('over');
});

test('an offer that is none is refused in words [B2]', async (t) => {
    const { url } = await example(t);
    /** @param {string} query @param {string} body */
    const post = async (query, body) => {
        const response = await fetch(`${url}/api/offer${query}`, { method: 'POST', body, headers: { 'content-type': 'application/sdp' } });
        return [response.status, (await response.json()).error];
    };
    const sdp = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n';
    for (const [query, body, why] of /** @type {const} */ ([
        ['', 'hello', /^not of the form x=value$/],
        ['', sdp, /^no media line for data channels/],
        ['?open=1024:a', sdp, /^open: id must be a whole number from 0 to 1023$/],
        ['?open=1:a&open=1:b', sdp, /^open: id 1 twice$/],
    ])) {
        const [status, { message }] = await post(query, body);
        t.is(status, 400, message);
        t.regex(message, why);
    }
});

test('a script that ends leaves its viewer alone; the next one adopts; one layer at a time [B1] [B4] [B13]', async (t) => {
    const { device, viewer } = await example(t, testApp('raw-viewers'));
    const peer = viewer(['--open', 'action=live']);
    const refused = await device.event('refused');
    t.deepEqual([refused['code'], refused['message']], ['BUSY', 'the raw interface uses the transport']);
    const adopted = await device.event('adopted');
    t.deepEqual([adopted['adopted'], adopted['viewers']], [true, 1]);
    t.deepEqual(adopted['views'], [{ view: 1, kind: 'live', state: 'open' }]);
    t.true(Number(adopted['rate']) > 10_000, `${adopted['rate']}`);
    t.deepEqual((await device.event('closed'))['hub'], { adopted: false });
    t.deepEqual(device.events.filter((e) => e['event'] === 'stopped').map((e) => e['view']), [1]);
    const live = await channel(peer, 'action=live');
    t.true(Number(live['last_ms']) - Number(live['first_ms']) > 900, JSON.stringify(live)); // 300 ms of the first script, 700 of the second
});
