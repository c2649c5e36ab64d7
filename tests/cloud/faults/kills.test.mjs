// kill -9 while recordings are being sent, and a store that stands still now and then: what the store leads to afterwards
// is what the recordings have. OC_CLOUD_KILLS: how often, 3 unless it is named; more than 20 go to radosgw.
import test from 'ava';
import { eventually, sleep, temporary } from '../../e2e/device.mjs';
import { areRecordings, drain, openCamera, openStore, readHours, recordingsOf, verified } from '../footage.mjs';

const kills = Number(process.env['OC_CLOUD_KILLS'] ?? 3);

test(`[A2] [A9] ${kills} times kill -9 with a filled spool: nothing is lost, nothing is there twice`, async (t) => {
    t.timeout((kills + 30) * 30_000);
    const data = temporary(t);
    const store = await openStore(t, kills > 20);
    const args = ['--record-audio', 'on'];
    let stands = 0;
    for (let n = 0; n < kills; n++) {
        const camera = await eventually(() => openCamera(t, data, args), 'a start on a machine that stood still is repeated');
        if (n === 0) await camera.set({ cloud: store.settings });
        const fails = n % 4 === 1;
        store.fail(fails);
        stands += fails ? 1 : 0;
        await sleep(1000 + 2000 * Math.random());
        t.is((await camera.device.stop('SIGKILL')).signal, 'SIGKILL');
    }
    const { cut } = store.seen;
    store.fail(false);
    const camera = await openCamera(t, data, args);
    await sleep(3000);
    const state = await drain(camera, 90 + kills);
    t.is(state.reason, '');
    await camera.device.stop();
    const { segments, inits } = await readHours(store.film, 'ocellus/cam1/');
    const bytes = areRecordings(t, segments, inits, data);
    t.like(await verified(t, data, store), { findings: 0 });
    t.true(cut > kills / 6, `${cut} requests were cut off by ${kills} kills`);
    t.log(`${kills} kills, ${cut} of them in a request, ${stands} with a store that fails: ${recordingsOf(data).length} recordings, ${segments.length} segments, ${bytes} bytes; gaps of the last run: ${state.gaps}`);
});
