// Updates inside of a seek: the page seeks in its playback at the moment at which the application is replaced. The playback
// goes on at the instant that was meant, with every packet, and nobody is disconnected.
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { openPage } from '../browser/browser.mjs';
import { looks, openCamera, watchCamera } from '../browser/p2p-page.mjs';
import { eventually, sleep, start, temporary } from '../device.mjs';
import { readMp4, trackOf } from '../mp4.mjs';
import { complete } from '../whole.mjs';
import { attempted, send, Workshop } from './applications.mjs';

/** @typedef {{ about: { base: string, at: number }, bytes: string }} Section what followed one text of the playback, in base64 */

/** In the page: keeps what comes on the channel, by sections. */
function listen() {
    /** @type {{ about: unknown, parts: ArrayBuffer[] }[]} */
    const sections = [];
    const { live } = Reflect.get(window, 'camera');
    live.addEventListener('message', (/** @type {MessageEvent} */ { data }) => {
        if (typeof data !== 'string') sections.at(-1)?.parts.push(data.slice(0));
        else if (JSON.parse(data).playback) sections.push({ about: JSON.parse(data), parts: [] });
    });
    Object.assign(window, { sections });
}

/** In the page: the newest section. @returns {Promise<Section | undefined>} */
async function newest() {
    const section = Reflect.get(window, 'sections').at(-1);
    if (!section) return undefined;
    const reader = new FileReader();
    await new Promise((resolve) => {
        reader.onload = resolve;
        reader.readAsDataURL(new Blob(section.parts));
    });
    return { about: section.about, bytes: String(reader.result).replace(/^[^,]*,/, '') };
}

/** Without what is not all here yet: a box, and a moof without its mdat. @param {Buffer} bytes */
function whole(bytes) {
    let [at, end] = [0, 0];
    while (at + 8 <= bytes.length && at + bytes.readUInt32BE(at) <= bytes.length) {
        const type = bytes.toString('latin1', at + 4, at + 8);
        at += bytes.readUInt32BE(at);
        if (type !== 'moof') end = at;
    }
    return bytes.subarray(0, end);
}

/** When the page seeks, given that the bundle is sent now. @type {Readonly<Record<string, (sent: Promise<Response>, handsOver: () => Promise<unknown>) => Promise<unknown>>>} */
const moments = {
    'before the bundle': () => Promise.resolve(),
    'with the answer to the bundle': (sent) => sent,
    '20 ms behind it': (sent) => sent.then(() => sleep(20)),
    '60 ms behind it': (sent) => sent.then(() => sleep(60)),
    'in the hand-over': (sent, handsOver) => sent.then(handsOver),
};

test.serial('a seek while the application is replaced: the playback goes on at the instant it sought, nothing is missing', async (t) => {
    t.timeout(240_000);
    const workshop = await new Workshop(temporary(t)).open();
    const bundles = [];
    for (const _ of Object.keys(moments)) bundles.push(await workshop.good(`1.0.${bundles.length}`));
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ p2p: { loopback: true } }));
    const clip = path.join(root, 'assets', 'clip.mp4');
    const { device, data } = start(t, ['--settings', settings, '--record', 'on', '--record-audio', 'on', '--input', `cam1=${clip}`, '--update-key', workshop.key, '--update-trial', '1']);
    const url = await device.url();
    const row = await eventually(async () => {
        const [newestRow] = (await device.json('/api/recordings')).recordings;
        return Date.now() - Date.parse(newestRow?.start) > 14_000 ? newestRow : undefined;
    }, 'a recording of 14 s');
    const begun = Date.parse(row.start);
    const { page } = await openPage(t);
    await openCamera(page, url);
    const { session } = await watchCamera(page, { label: `action=playback&channel=cam1&time=${begun + 1000}` });
    await page.evaluate(listen);
    await eventually(async () => ((await looks(page)).live === 'open' ? true : undefined), 'the channel is open');
    const control = (/** @type {object} */ order) => page.evaluate((text) => Reflect.get(window, 'camera').live.send(text), JSON.stringify(order));
    const source = readMp4(clip);
    for (const [index, [name, moment]] of Object.entries(moments).entries()) {
        const target = begun + 2000 + ((index * 3700) % 9000);
        const sections = await page.evaluate(() => Reflect.get(window, 'sections').length);
        const sent = send(url, bundles[index] ?? Buffer.alloc(0));
        if (index > 0) {
            await moment(sent, () => eventually(async () => ((await (await fetch(`${url}/api/update`)).json()).state !== 'staged' ? true : undefined), 'the hand-over'));
        }
        await control({ seek: target });
        t.is((await sent).status, 202, name);
        t.like((await attempted(device, `1.0.${index}`)).history[0], { result: 'committed' });
        const section = await eventually(async () => {
            const there = await page.evaluate(() => Reflect.get(window, 'sections').length);
            const found = there > sections ? await page.evaluate(newest) : undefined;
            return found && Buffer.from(found.bytes, 'base64').length > 200_000 ? found : undefined;
        }, `the playback after a seek ${name}`, 30);
        const tracks = readMp4(whole(Buffer.from(section.bytes, 'base64')));
        const begins = Date.parse(section.about.base) + section.about.at;
        const gop = target - begins;
        t.log(`${name}: begins ${gop} ms before the instant it sought, ${trackOf(tracks, 'video').samples.length} pictures`);
        t.true(gop >= 0 && gop <= 2100, `${name}: ${gop} ms before it`);
        t.true(trackOf(tracks, 'video').samples[0]?.key, name);
        for (const kind of /** @type {const} */ (['video', 'audio'])) complete(t, trackOf(tracks, kind), trackOf(source, kind));
    }
    t.deepEqual([(await looks(page)).live, (await looks(page)).connection], ['open', 'connected']);
    const { sessions } = await device.json('/api/p2p/sessions');
    t.deepEqual(sessions.map((/** @type {{ session: number, state: string }} */ one) => [one.session, one.state]), [[session, 'up']], 'the same viewer');
    t.notRegex(device.stderr, /control failed/);
    t.is((await device.stop()).code, 0, device.stderr);
    t.is(device.events.filter((event) => event['event'] === 'channel-opened').length, 1);
    const files = readdirSync(path.join(data, 'recordings', 'cam1'));
    t.is(files.length, 1, files.join());
    const recorded = readMp4(path.join(data, 'recordings', 'cam1', files[0] ?? ''));
    for (const kind of /** @type {const} */ (['video', 'audio'])) complete(t, trackOf(recorded, kind), trackOf(source, kind));
});
