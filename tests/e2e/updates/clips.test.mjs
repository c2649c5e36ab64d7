// The clip of an event while its application is killed or replaced between start and end: the host ends it on time, from the
// key packet at or before the pre-roll on, every packet once; beside continuous recording the span is in that, whole.
// OC_CLIPS: events, of four channels at a time (8; 100 in the soak).
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { eventually, sleep, start, temporary } from '../device.mjs';
import { lengthOf, readMp4, trackOf } from '../mp4.mjs';
import { complete } from '../whole.mjs';
import { attempted, send, source, Workshop } from './applications.mjs';

const rounds = Math.ceil(Number(process.env['OC_CLIPS'] ?? '8') / 8);
const [preRollSeconds, initialSeconds] = [10, 5];
const input = path.join(root, 'assets', 'clip.mp4');
const [eventChannels, continuous] = [['e1', 'e2'], ['c1', 'c2']];
const channels = [...eventChannels, ...continuous];

/** @type {Workshop} */
let workshop;

test.before('a workshop', async () => {
    workshop = await new Workshop(mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'))).open();
});

test.after.always('the workshop is deleted', () => rmSync(workshop.folder, { recursive: true, force: true }));

/** It dies when it is to. @param {string} version */
const mortal = (version) =>
    source(version, {
        started: `app.route('POST', '/api/die', () => {
            setTimeout(() => { throw new Error('as requested'); }, 1);
            return { body: '' };
        });`,
    });

/** Seconds between the key frames of the source, the greatest. */
function longestGop() {
    const track = trackOf(readMp4(input), 'video');
    const keys = track.samples.filter(({ key }) => key).map(({ dts }) => dts / track.timescale);
    return Math.max(...[...keys, lengthOf(track)].slice(1).map((at, index) => at - (keys[index] ?? 0)));
}

/** @param {string} text "20261121T025100.123Z" */
const instant = (text) => Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:'));

/** @param {string} name of a file */
const span = (name) => name.replace('.mp4', '').split('_').slice(-2).map(instant);

/** @param {string} data @param {string} channel */
const files = (data, channel) => readdirSync(path.join(data, 'recordings', channel)).filter((name) => name.endsWith('.mp4')).sort();

/** Events at random moments within a second, then what happens to the application. @param {import('../device.mjs').Device} device @param {() => Promise<unknown>} happens */
async function events(device, happens) {
    const url = await device.url();
    const begun = Promise.all(
        channels.map(async (channel) => {
            await sleep(Math.random() * 1000);
            const answer = await fetch(`${url}/api/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ kind: 'motion', channel }) });
            if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
        }),
    );
    await begun;
    await sleep(Math.random() * 1500);
    await happens();
}

test.serial('[E9] clips of events end on time, whole, while the application is killed and replaced; beside continuous recording too', async (t) => {
    t.timeout((rounds + 1) * 240_000);
    const gopMs = longestGop() * 1000;
    const bundles = [await workshop.build('1.0.0', mortal('1.0.0')), await workshop.build('1.0.1', mortal('1.0.1'))];
    const event = { preRollSeconds, initialSeconds, augmentationSeconds: 1, maximumSeconds: 30, blindSeconds: 0 };
    const settings = path.join(temporary(t), 's.json');
    writeFileSync(settings, JSON.stringify({ channels: channels.map((name) => ({ name, input, record: { mode: eventChannels.includes(name) ? 'event' : 'continuous' } })), record: { event } }));
    for (let round = 0; round < rounds; round++) {
        const { device, data } = start(t, ['--settings', settings, '--update-key', workshop.key, '--update-trial', '1']);
        const url = await device.url();
        t.is((await send(url, bundles[0] ?? Buffer.alloc(0))).status, 202);
        t.like((await attempted(device, '1.0.0')).history[0], { result: 'committed' });
        const ways = {
            killed: () => fetch(`${url}/api/die`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
            replaced: () => send(url, bundles[1] ?? Buffer.alloc(0)),
        };
        for (const [number, [way, happens]] of Object.entries(ways).entries()) {
            await eventually(async () => ((await device.json('/api/status')).channels.every((/** @type {any} */ { ring }) => ring.heldMs > (preRollSeconds + 1) * 1000 + gopMs) ? true : undefined), 'rings are filled');
            await events(device, happens);
            await eventually(async () => (eventChannels.every((name) => files(data, name).filter((one) => !one.includes('_open')).length > number) ? true : undefined), `${way}: clips that are complete`);
            if (way === 'replaced') t.like((await attempted(device, '1.0.1')).history[0], { result: 'committed' });
        }
        const { events: log } = await eventually(() => device.json('/api/event-log?kind=motion&order=oldest&limit=200'), 'the log');
        t.is(log.length, 2 * channels.length);
        const newest = Math.max(...log.map((/** @type {any} */ { start: at }) => Date.parse(at)));
        await eventually(async () => (Date.now() - newest > initialSeconds * 1000 + 500 ? true : undefined), 'what records all the time goes so far behind the last event');
        t.is((await device.stop()).code, 0, device.stderr);
        const from = trackOf(readMp4(input), 'video');
        for (const name of channels) {
            const names = files(data, name);
            const own = log.filter((/** @type {any} */ { channel }) => channel === name).map((/** @type {any} */ { start: at }) => Date.parse(at));
            t.is(names.length, eventChannels.includes(name) ? 2 : 1, `${name}: ${names.join()}`);
            for (const [index, at] of own.entries()) {
                const file = names[eventChannels.includes(name) ? index : 0] ?? '';
                const [begin = NaN, end = NaN] = span(file);
                const [back, on] = [at - begin, end - at];
                t.log(`${name} ${Object.keys(ways)[index]}: ${back} ms before, ${on} ms behind`);
                t.true(back >= preRollSeconds * 1000, `${name}: ${back} ms before the event`);
                t.true(on >= initialSeconds * 1000 - 100, `${name}: ${on} ms behind it`);
                if (!eventChannels.includes(name)) continue;
                t.true(back <= preRollSeconds * 1000 + gopMs + 100, `${name}: ${back} ms before the event`);
                t.true(on <= initialSeconds * 1000 + 700, `${name}: ${on} ms behind it`);
            }
            for (const file of names) complete(t, trackOf(readMp4(path.join(data, 'recordings', name, file)), 'video'), from);
        }
    }
});
