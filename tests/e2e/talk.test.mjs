// A viewer talks: what it says is in the sound file of the device, whatever the application does meanwhile.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { Device, eventually, peerProgram, sleep, standstill, start, temporary, testApp } from './device.mjs';
import { Workshop } from './updates/applications.mjs';
import { signalling } from './viewers.mjs';

const rate = 8000;
const block = rate / 50;
/** The label of a viewer that talks. */
const voice = 'action=voice&codec=pcma';

/** A sample as A-law (ITU-T G.711), by its definition. @param {number} value 16 bits */
function alaw(value) {
    const size = Math.min(Math.abs(value) >> 3, 4095);
    const segment = size < 32 ? 0 : Math.floor(Math.log2(size)) - 4;
    const step = segment === 0 ? size >> 1 : (size >> segment) & 15;
    return ((value >= 0 ? 0x80 : 0) | (segment << 4) | step) ^ 0x55;
}

/** A tone in A-law. @param {number} seconds @param {number} frequency */
const tone = (seconds, frequency) =>
    Buffer.from(Array.from({ length: seconds * rate }, (_, i) => alaw(Math.round(8000 * Math.sin((2 * Math.PI * frequency * i) / rate)))));

/** How much of a frequency a part of a sound has; 1: a tone of 8000 (Goertzel). @param {Int16Array} sound @param {number} frequency */
function loudness(sound, frequency) {
    const c = 2 * Math.cos((2 * Math.PI * frequency) / rate);
    let [s1, s2] = [0, 0];
    for (const sample of sound) [s1, s2] = [sample + c * s1 - s2, s1];
    return ((Math.sqrt(s1 * s1 + s2 * s2 - c * s1 * s2) * 2) / sound.length) / 8000;
}

/** The blocks of 20 ms of a talk, each: is the tone in it? @param {string} data @param {number} frequency */
function played(data, frequency) {
    const file = readFileSync(path.join(data, 'talk.wav'));
    const view = new DataView(file.buffer, file.byteOffset, file.length);
    if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 36, 40) !== 'data' || view.getUint32(24, true) !== rate || view.getUint32(40, true) !== file.length - 44) {
        throw new Error('no whole WAV file of 8 kHz');
    }
    const sound = Int16Array.from({ length: (file.length - 44) / 2 }, (_, i) => view.getInt16(44 + 2 * i, true));
    return Array.from({ length: Math.floor(sound.length / block) }, (_, i) => loudness(sound.subarray(i * block, (i + 1) * block), frequency) > 0.3);
}

/** Blocks without the tone between the first and the last one with it: how many, and the longest row. @param {boolean[]} blocks */
function gaps(blocks) {
    const spoken = blocks.slice(blocks.indexOf(true), blocks.lastIndexOf(true) + 1);
    let [longest, row] = [0, 0];
    for (const one of spoken) {
        row = one ? 0 : row + 1;
        longest = Math.max(longest, row);
    }
    return { length: spoken.length, missing: spoken.filter((one) => !one).length, longest };
}

/**
 * A talk is in the file, for as long as it was spoken; what was said while the machine stood still comes too late for a live talk.
 * @param {import('ava').ExecutionContext} t @param {Device} device @param {string} data @param {number} seconds of a tone of 1,000 Hz
 */
async function heard(t, device, data, seconds) {
    const found = await eventually(async () => gaps(played(data, 1000)), 'the file');
    const late = Math.ceil(standstill((await device.json('/api/events')).events) * 50);
    t.log(JSON.stringify(found), `${late} blocks too late`);
    t.true(found.length >= seconds * 49 - late && found.length <= seconds * 51, `${seconds} s`);
    t.true(found.missing <= seconds * 5 + late, 'hardly a block is missing');
    t.true(found.longest <= 50 + late, 'no gap is as long as a script takes to start');
}

/** A camera whose speaker is a file. @param {import('ava').ExecutionContext} t @param {readonly string[]} [args] @param {object} [talk] */
async function camera(t, args = [], talk = { output: 'file' }) {
    const settings = path.join(temporary(t), 'settings.json');
    writeFileSync(settings, JSON.stringify({ p2p: { loopback: true }, talk }));
    const { device, data } = start(t, ['--settings', settings, '--record', 'off', ...args]);
    const url = await device.url();
    return { device, data, url, offers: await signalling(t, url, () => undefined) };
}

/** A viewer that says something. @param {import('ava').ExecutionContext} t @param {string} offers @param {Buffer} sound @param {string} [label] */
function talker(t, offers, sound, label = voice) {
    const file = path.join(temporary(t), 'voice.g711');
    writeFileSync(file, sound);
    const peer = new Device(['--loopback', '--json', '--offer-to', offers, '--open', label, '--voice', file], { program: peerProgram });
    t.teardown(async () => {
        peer.process.kill('SIGKILL');
        await peer.ended;
    });
    return peer;
}

/** The end of its channel. @param {Device} peer @returns {Promise<string>} the last text that it got */
const last = async (peer) => String((await peer.until(() => peer.events.find((e) => e['event'] === 'channel'), 'the end of the voice'))['answer']);

/** The sound grows: somebody talks. @param {string} data */
const talks = async (data) => {
    const size = () => statSync(path.join(data, 'talk.wav'), { throwIfNoEntry: false })?.size ?? 0;
    const before = size();
    await eventually(async () => size() > before + rate || undefined, 'a talk');
};

test('[B9] a tone is heard at its frequency, for as long as it was spoken; a second viewer is refused while it lasts', async (t) => {
    const { device, data, offers } = await camera(t);
    const peer = talker(t, offers, tone(20, 1000));
    await talks(data);
    t.is(await last(talker(t, offers, tone(1, 400))), '{"error":"busy: somebody else is talking"}');
    t.is(await last(peer), '{"error":"the viewer has ended the talk"}');
    await heard(t, device, data, 20);
    t.true(played(data, 400).every((one) => !one), 'nothing of the second viewer');
    t.is(statSync(path.join(data, 'talk.wav')).mode & 0o777, 0o600);
    const again = talker(t, offers, tone(1, 400));
    await last(again);
    t.true(await eventually(async () => gaps(played(data, 400)).length >= 40 || undefined, 'the next talk'));
});

test('[B9] what cannot be played is refused with the reason', async (t) => {
    const { device, url, offers } = await camera(t);
    t.is(await last(talker(t, offers, tone(1, 400), 'action=voice&codec=opus')), '{"error":"codec=opus is not decoded here: pcma or pcmu"}');
    const put = (/** @type {object} */ talk) =>
        fetch(`${url}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ talk }) });
    t.is((await put({ output: 'alsa:hw:77,9' })).status, 200);
    t.regex(await last(talker(t, offers, tone(1, 400))), /^\{"error":"voice: (this machine has no sound output|sound output needs libasound)/);
    t.is((await put({ output: 'alsa:tee:/tmp/x' })).status, 400);
    t.is((await put({ output: 'none' })).status, 200);
    t.is(await last(talker(t, offers, tone(1, 400))), '{"error":"talk is disabled: set talk.output to auto"}');
    t.is((await device.stop()).code, 0, device.stderr);
});

test('[B9] privacy mode ends a talk at once, and none begins in it', async (t) => {
    const { data, url, offers } = await camera(t);
    const peer = talker(t, offers, tone(30, 1000));
    await talks(data);
    await fetch(`${url}/api/privacy`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"on":true}' });
    t.is(await last(peer), '{"error":"privacy mode is on"}');
    t.is(await last(talker(t, offers, tone(1, 1000))), '{"error":"privacy mode is on"}');
});

test('[B9] the application ends again and again while somebody talks: the sound goes on', async (t) => {
    const { device, data, offers } = await camera(t, ['--app', testApp('in-turn')]);
    let [before, end] = [0, ''];
    for (let tries = 0; tries < 10 && !end.includes('ended'); tries++) {
        before = device.stderr.length;
        end = await last(talker(t, offers, tone(15, 1000))); // busy: no script lived long enough to accept it
    }
    t.is(end, '{"error":"the viewer has ended the talk"}');
    const ends = device.stderr.slice(before).split('\n').filter((line) => /script +ended: /.test(line));
    t.true(ends.length >= 3, device.stderr);
    await heard(t, device, data, 15);
});

test('[B9] an update of the application while somebody talks: the sound goes on, and the new one sees the end', async (t) => {
    const workshop = await new Workshop(mkdtempSync(path.join(os.tmpdir(), 'ocellus-e2e-'))).open();
    t.teardown(() => rmSync(workshop.folder, { recursive: true, force: true }));
    const body = new Uint8Array(await workshop.good('1.0.1'));
    const { device, data, url, offers } = await camera(t, ['--update-key', workshop.key, '--update-trial', '1']);
    const peer = talker(t, offers, tone(15, 1000));
    await talks(data);
    await sleep(1000); // in the middle of it
    t.is((await fetch(`${url}/api/update`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body })).status, 202);
    const result = await eventually(async () => {
        const { state, history } = await device.json('/api/update');
        return state === 'idle' && history[0]?.version === '1.0.1' ? history[0].result : undefined;
    }, 'the end of the update');
    t.is(result, 'committed');
    await talks(data);
    t.is(await last(peer), '{"error":"the viewer has ended the talk"}');
    await heard(t, device, data, 15);
});
