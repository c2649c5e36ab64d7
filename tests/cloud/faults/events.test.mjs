// Plan `event`: the playlist of each event has every packet of the recordings around it once, and its first segment is
// there soon. OC_CLOUD_EVENTS: how many, 4 unless it is named; more than 20 go to radosgw.
import test from 'ava';
import { eventually, sleep, temporary } from '../../e2e/device.mjs';
import { readMp4 } from '../../e2e/mp4.mjs';
import { drain, openCamera, openStore, readList, recordingsOf } from '../footage.mjs';

const count = Number(process.env['OC_CLOUD_EVENTS'] ?? 4);
const [preRollSeconds, postRollSeconds, segmentSeconds] = [4, 2, 2];
/** Packets that are all different: they follow from their number. Key frames are a second apart. */
const input = 'cam1=fake:?fps=25&gop=25&size=2000&key=8000&audio=aac';

/** @typedef {{ kind: 'video' | 'audio', ms: number, key: boolean, data: Buffer }} Packet */

/** @param {string | Uint8Array} source @param {number} startMs @returns {Packet[]} */
const packetsOf = (source, startMs) =>
    readMp4(source).flatMap(({ kind, timescale, samples }) => samples.map(({ dts, key, data }) => ({ kind, ms: startMs + (dts / timescale) * 1000, key, data })));

/** @param {string} stem "ocellus_20261121T025100.123Z" */
const startOf = (stem) => Date.parse(String(stem.split('_')[1]).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:'));

test(`[A2] [A8] plan event: ${count} events of ${count}: each has every packet around it once, and its first segment at once`, async (t) => {
    t.timeout((count + 60) * 20_000);
    const data = temporary(t);
    const store = await openStore(t, count > 20, 0);
    const camera = await openCamera(t, data, ['--input', input, '--record-audio', 'on', '--segment-minutes', '1']);
    const cloud = { ...store.settings, plan: 'event', preRollSeconds, postRollSeconds, segmentSeconds };
    await camera.set({ cloud });
    await sleep((preRollSeconds + 1) * 1000); // nothing that was recorded before is sent
    const listOf = (/** @type {number} */ id, ms = Date.now()) => `ocellus/cam1/${new Date(ms).toISOString().slice(0, 10)}/event-${id}.m3u8`;
    /** @type {Promise<number>[]} */
    const latencies = [];
    for (let n = 0, refused = 0; n < count + refused; n++) {
        t.true(refused <= count / 4, 'events are kept');
        const [goesOn, ofDevice] = [Math.random() < 0.3, Math.random() < 0.3];
        const event = { kind: `kind-${n}`, ...(ofDevice ? {} : { channel: 'cam1' }) };
        const from = performance.now();
        const { status, body } = await camera.send('POST', '/api/events', { ...event, ...(goesOn && { state: 'begin' }) });
        if (status !== 202) {
            refused++; // a machine that stood still for seconds; it may be kept all the same
            continue;
        }
        const readable = async () => {
            for (;;) {
                const list = await readList(store.film, listOf(body.id));
                if (list !== undefined && list.segments.length > 0) return performance.now() - from;
                if (performance.now() - from > 60_000) throw new Error(`event ${body.id} is not there after a minute`);
                await sleep(25);
            }
        };
        latencies.push(readable());
        if (goesOn) setTimeout(() => void camera.send('POST', '/api/events', { ...event, state: 'end' }), 4000 * Math.random());
        await sleep(3000 * Math.random());
    }
    const took = (await Promise.all(latencies)).sort((a, b) => a - b);
    const log = async () => {
        /** @type {any[]} */
        const all = [];
        for (let after = ''; ; ) {
            const page = await camera.json(`/api/event-log?order=oldest&limit=50${after}`);
            all.push(...page.events);
            if (page.next === null || page.next === undefined) return all;
            after = `&after=${page.next}`;
        }
    };
    for (const { kind, channel, end } of await log()) {
        const event = { kind, state: 'end', ...(channel === null ? {} : { channel }) };
        if (end === null) t.is((await camera.send('POST', '/api/events', event)).status, 202);
    }
    await sleep((postRollSeconds + 5) * 1000);
    const { gaps } = await drain(camera);
    t.is(gaps, 0);
    // not the reason why nothing is recorded since it was switched off: no footage belongs to that one
    const events = (await eventually(log, 'the log')).filter(({ kind }) => kind.startsWith('kind-'));
    await camera.device.stop();
    const recorded = recordingsOf(data).map(({ file, stem }) => packetsOf(file, startOf(stem)));
    let packets = 0;
    for (const { id, start, end } of events) {
        const [fromMs, toMs] = [Date.parse(start) - preRollSeconds * 1000, Date.parse(end) + postRollSeconds * 1000];
        const list = await readList(store.film, listOf(id, Date.parse(start)));
        t.regex(list?.text ?? '', /#EXT-X-ENDLIST/, `event ${id} is over`);
        const stems = [...new Set(list?.segments.map(({ stem }) => stem))];
        const found = stems.map((stem) => packetsOf(Buffer.concat([list?.inits.get(stem) ?? Buffer.alloc(0), ...(list?.segments ?? []).filter((one) => one.stem === stem).map(({ bytes }) => bytes)]), startOf(stem)));
        for (const kind of /** @type {const} */ (['video', 'audio'])) {
            const all = recorded.flat().filter((one) => one.kind === kind);
            const own = found.flat().filter((one) => one.kind === kind);
            const video = recorded.flat().filter((one) => one.kind === 'video' && one.key && one.ms <= fromMs);
            const keyMs = video.at(-1)?.ms ?? NaN;
            const first = all.findIndex(({ ms }) => ms >= keyMs);
            const last = all.findLastIndex(({ ms }) => ms < toMs);
            const at = all.findIndex(({ data: bytes }) => own[0]?.data.equals(bytes));
            t.true(at >= 0 && own.every(({ data: bytes }, index) => all[at + index]?.data.equals(bytes)), `event ${id}: ${kind}: packets of the recordings, each once, in order`);
            t.true(at <= first && at + own.length > last, `event ${id}: ${kind}: packets ${at} to ${at + own.length}, of ${first} to ${last}`);
            const longest = (segmentSeconds + 2) * 1000;
            t.true((own[0]?.ms ?? 0) > fromMs - longest && (own.at(-1)?.ms ?? Infinity) < toMs + longest, `event ${id}: ${kind}: and not much more`);
            packets += own.length;
        }
    }
    t.true(events.length >= count);
    const [p50, max] = [took[took.length >> 1], took.at(-1)];
    t.log(`${events.length} events of ${events.length}: ${packets} packets, ${recorded.length} recordings; first segment after ${p50?.toFixed(0)} ms, ${max?.toFixed(0)} at most`);
    t.true((p50 ?? Infinity) < 15_000, took.map((ms) => ms.toFixed(0)).join(' '));
});
