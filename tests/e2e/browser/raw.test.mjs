// An application on the raw transport in Chromium: sound from the viewer, commands, who is refused.
import test from 'ava';
import { eventually, start, testApp } from '../device.mjs';
import { openPage } from './browser.mjs';
import { openCamera } from './p2p-page.mjs';

const app = testApp('raw-transport');

/** In the page: one channel for each label, all in band; `window.raw` has them. @param {readonly string[]} labels */
async function connect(labels) {
    const pc = new RTCPeerConnection();
    /** @param {string} label */
    const open = (label) => {
        const channel = pc.createDataChannel(label);
        channel.binaryType = 'arraybuffer';
        const seen = { channel, messages: /** @type {(string | number[])[]} */ ([]), closed: false };
        channel.onmessage = ({ data }) => seen.messages.push(typeof data === 'string' ? data : [...new Uint8Array(data)]);
        channel.onclose = () => {
            seen.closed = true;
        };
        return seen;
    };
    Object.assign(window, { raw: { pc, channels: labels.map(open) } });
    await pc.setLocalDescription();
    while (pc.iceGatheringState !== 'complete') {
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const body = pc.localDescription?.sdp ?? '';
    const response = await fetch('/api/offer', { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body });
    if (response.status !== 201) {
        throw new Error(`${response.status} ${await response.text()}`);
    }
    await pc.setRemoteDescription({ type: 'answer', sdp: await response.text() });
}

/** In the page: bytes on a channel; null closes it. @param {{ index: number, bytes: number[] | null }} what */
function send({ index, bytes }) {
    const { channel } = Reflect.get(window, 'raw').channels[index];
    if (bytes) {
        channel.send(new Uint8Array(bytes));
    } else {
        channel.close();
    }
}

/** A request of the command channel. @param {number} id @param {string} text */
const request = (id, text) => [1, 0, 0, 0, id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255, ...new TextEncoder().encode(text)];

test.serial('sound from a viewer [B9], commands [B10], watermarks [B5], refusals [B2]', async (t) => {
    t.timeout(60_000);
    const { device } = start(t, ['--app', app]);
    const url = await device.url();
    const { page, errors } = await openPage(t);
    await openCamera(page, url);
    await page.evaluate(connect, ['action=voice&codec=opus', 'action=command', 'action=live', 'action=dance', 'action=%zz']);
    /** @param {number} index */
    const look = (index) =>
        page.evaluate((at) => {
            const { channel, messages, closed } = Reflect.get(window, 'raw').channels[at];
            return { state: String(channel.readyState), messages: /** @type {(string | number[])[]} */ (messages), closed: Boolean(closed) };
        }, index);
    /** @param {number} index @param {(seen: Awaited<ReturnType<typeof look>>) => boolean} good @param {string} what */
    const until = (index, good, what) => eventually(async () => ((seen) => (good(seen) ? seen : undefined))(await look(index)), what);

    await until(0, ({ state }) => state === 'open', 'the channel of sound opens');
    await page.evaluate(send, { index: 0, bytes: [1, 2, 3] });
    await page.evaluate(send, { index: 0, bytes: [10, 0, 10, 255] });
    await eventually(async () => device.events.find((e) => e['event'] === 'watching'), 'live is asked for');
    await page.evaluate(send, { index: 0, bytes: null });
    t.is((await device.event('heard'))['bytes'], 7);

    await until(1, ({ state }) => state === 'open', 'the command channel opens');
    /** Kind and text of the answer with that id. @param {number} id @param {string} text */
    const ask = async (id, text) => {
        await page.evaluate(send, { index: 1, bytes: request(id, text) });
        const head = request(id, '').slice(4).join();
        const found = (/** @type {(string | number[])[]} */ all) => all.find((one) => typeof one !== 'string' && one.slice(4, 8).join() === head);
        const { messages } = await until(1, (seen) => found(seen.messages) !== undefined, `an answer to ${text}`);
        const bytes = /** @type {number[]} */ (found(messages));
        return [bytes[0], Buffer.from(bytes.slice(8)).toString()];
    };
    const [kind, time = ''] = await ask(4_294_967_295, 'time');
    t.is(kind, 2);
    t.true(Math.abs(Date.parse(String(time)) - Date.now()) < 10_000, String(time));
    t.deepEqual(await ask(1, 'dance'), [4, 'no request dance']);
    t.deepEqual(await ask(2, 'careful'), [2, 'done']);
    const views = JSON.parse(String((await ask(3, 'views'))[1]));
    const live = views.find((/** @type {{ kind: string }} */ view) => view.kind === 'live');
    t.deepEqual(live.watermarks, { low: 204_800, warn: 409_600, high: 512_000 });
    t.true(live.acknowledgedBytes > 0 && live.queued >= 0, JSON.stringify(live));
    t.deepEqual(await ask(5, 'bye'), [4, 'no answer']);
    await until(1, ({ closed }) => closed, 'no answer closes the channel');

    t.deepEqual((await until(3, ({ closed }) => closed, 'refused')).messages, ['{"error":"action=dance is not known: live, voice or command"}']);
    t.deepEqual((await until(4, ({ closed }) => closed, 'refused')).messages, [`{"error":"label: a '%' without two hex digits"}`]);
    await until(2, ({ messages }) => messages.length > 5, 'live goes on');
    await page.evaluate(() => Reflect.get(window, 'raw').pc.close());
    await device.until(() => device.events.find((e) => e['event'] === 'session' && e['state'] === 'over'), 'its end');
    t.deepEqual(errors, []);
    t.is((await device.stop()).code, 0);
});
