// The wall clock jumps over a year ahead and back while recordings are limited by age: nothing is deleted because of it,
// the index is what the files are, and protected events stay.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, sleep, start, temporary } from '../e2e/device.mjs';
import { fakeClock } from '../hosts/fake-clock.mjs';
import { addEvent, agrees, protectedEvents } from './agree.mjs';

const day = 86_400_000;

/** @param {import('../e2e/device.mjs').Device} device @param {boolean} enabled */
async function record(device, enabled) {
    const answer = await fetch(`${await device.url()}/api/settings`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ record: { enabled } }) });
    if (answer.status !== 200) throw new Error(await answer.text());
    await eventually(async () => ((await device.json('/api/status')).channels[0].recording.active === enabled ? true : undefined), `recording ${enabled}`);
}

test('[E9] two jumps of the clock: no recording is lost by its age, index and files agree, protected events stay', async (t) => {
    t.timeout(240_000);
    const clock = fakeClock(t, Date.parse('2026-11-20T08:00:00Z'), true);
    const settings = path.join(temporary(t), 's.json');
    writeFileSync(settings, JSON.stringify({ record: { maxDays: 1 } }));
    const args = ['--settings', settings, '--input', 'cam1=fake:?fps=10&gop=10&size=500&key=2000'];
    const data = temporary(t);
    for (let n = 0; n < 3; n++) {
        const { device } = start(t, args, { data, env: clock.env });
        await eventually(async () => ((await device.json('/api/status')).channels[0]?.recording.bytes > 0 ? true : undefined), 'a recording');
        t.is((await device.stop()).code, 0, device.stderr);
    }
    const { device } = start(t, args, { data, env: clock.env });
    await eventually(async () => ((await agrees(device, data)).some(({ open, bytes }) => open && bytes > 0) ? true : undefined), 'a recording');
    const ids = [await addEvent(device, { kind: 'ring', channel: 'cam1', protected: true })];
    for (const shift of [400 * day, -800 * day]) {
        const earlier = (await agrees(device, data)).filter((row) => !row.open).map((row) => row.path);
        clock.set(clock.now() + shift, true);
        await sleep(12_000); // retention looks each 10 s
        const known = (await agrees(device, data)).map((row) => row.path);
        for (const one of earlier) t.true(known.includes(one), `${one} is there after a jump of ${shift / day} days`);
        ids.push(await addEvent(device, { kind: 'ring', channel: 'cam1', protected: true }));
        for (const enabled of [false, true]) await record(device, enabled); // a file ends and another begins
        const newest = await eventually(async () => {
            const row = (await agrees(device, data)).find(({ open }) => open);
            return row?.start && Math.abs(Date.parse(row.start) - clock.now()) < 60_000 ? row : undefined;
        }, 'a recording with the new date');
        t.truthy(newest);
        t.deepEqual(await protectedEvents(device), ids);
    }
    t.is((await device.stop()).code, 0, device.stderr);
    const next = start(t, ['--settings', settings, '--record', 'off'], { data, env: clock.env }).device;
    await agrees(next, data);
    t.deepEqual(await protectedEvents(next), ids);
});
