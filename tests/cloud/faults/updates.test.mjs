// Good and bad updates while recordings are being sent: the store has every packet of the source once, in order.
// OC_CLOUD_UPDATES: how many, 4 unless it is named; more than 20 go to radosgw.
import path from 'node:path';
import test from 'ava';
import { encoded } from '../../../bench/lib/clip.mjs';
import { buildFolder } from '../../../scripts/build.mjs';
import { root } from '../../../scripts/lib.mjs';
import { bundle, newKey, post } from '../../e2e/bundles.mjs';
import { eventually, sleep, temporary, testApp } from '../../e2e/device.mjs';
import { readMp4, trackOf } from '../../e2e/mp4.mjs';
import { complete } from '../../e2e/whole.mjs';
import { areRecordings, drain, openCamera, openStore, readHours, recordingsOf, verified } from '../footage.mjs';

const count = Number(process.env['OC_CLOUD_UPDATES'] ?? 4);
const factory = path.join(buildFolder('linux'), 'app.xsa');

/** Applications that must not stay. Some of them send while they are on trial. */
const bad = ['update-throws-later', 'update-loops', 'update-throws', 'update-heap', 'update-never-ready', 'update-settings'];

test(`[A2] ${count} updates, half of them bad, while recordings are being sent: nothing is lost, nothing is there twice`, async (t) => {
    t.timeout((count + 30) * 30_000);
    const [data, folder] = [temporary(t), temporary(t)];
    const { key, pub } = newKey(folder);
    const store = await openStore(t, count > 20);
    const input = path.join(root, encoded('20'));
    const camera = await openCamera(t, data, ['--update-key', pub, '--update-trial', '1', '--record-audio', 'on', '--input', `cam1=${input}`]);
    await camera.set({ cloud: store.settings });
    for (let i = 0; i < count; i++) {
        const version = `1.0.${i + 1}`;
        const app = i % 2 === 0 ? undefined : bad[(i >> 1) % bad.length];
        const bytes = bundle(folder, app === undefined ? factory : testApp(app), version, key);
        await sleep(700 * Math.random());
        if (i % 10 === 9) t.is((await post(camera.device, bytes.subarray(0, bytes.length - 1000))).status, 400, 'a bundle that is cut off');
        t.is((await post(camera.device, bytes)).status, 202, version);
        const { history } = await eventually(async () => {
            const now = await camera.json('/api/update');
            return now.state === 'idle' && now.history[0]?.version === version ? now : undefined;
        }, `the end of ${version}`, 60);
        t.is(history[0].result, app === undefined ? 'committed' : 'rolled-back', `${version} ${app}`);
    }
    const { cut } = store.seen;
    await sleep(2000);
    const state = await eventually(() => drain(camera, 90), 'everything is sent', 90);
    t.deepEqual([state.gaps, state.reason], [0, '']);
    await camera.device.stop();
    const { segments, inits } = await readHours(store.film, 'ocellus/cam1/');
    areRecordings(t, segments, inits, data);
    t.like(await verified(t, data, store), { findings: 0 });
    const recordings = recordingsOf(data);
    t.is(recordings.length, 1, 'the recording went on');
    // the first segments were recorded before the store was named
    const sent = Buffer.concat([...inits.values(), ...segments.map(({ bytes }) => bytes)]);
    const [there, source] = [readMp4(sent), readMp4(input)];
    for (const kind of /** @type {const} */ (['video', 'audio'])) complete(t, trackOf(there, kind), trackOf(source, kind));
    t.true(cut > count / 6, `${cut} requests were cut off by ${count} updates`);
    const packets = trackOf(there, 'video').samples.length + trackOf(there, 'audio').samples.length;
    t.log(`${count} updates, ${cut} requests cut off by them: ${segments.length} segments, ${packets} packets, all of the source`);
});
