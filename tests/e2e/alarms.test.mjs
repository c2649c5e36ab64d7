// docs/alarms.md: alarms come from /metrics alone, so every metric in its rules is there while the program runs.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from '../../scripts/lib.mjs';
import { eventually, start, temporary } from './device.mjs';
import { hanging } from '../guard.mjs';

test('every metric of the alarm rules is in the output of a running program, and none fires on a healthy one', async (t) => {
    const { device } = start(t);
    const url = await device.url();
    const metrics = async () => (await fetch(`${url}/metrics`, { signal: hanging() })).text();
    const page = readFileSync(path.join(root, 'docs', 'alarms.md'), 'utf8');
    const rules = [...page.matchAll(/^ +expr: (.*)$/gm)].map(([, expression]) => String(expression));
    t.true(rules.length >= 12, `${rules.length} rules`);
    const names = new Set(rules.flatMap((rule) => rule.match(/ocellus_[a-z0-9_]+/g) ?? []));
    await eventually(async () => (/^ocellus_recorded_bytes_total.* [1-9]/m.test(await metrics()) ? true : undefined), 'a recording');
    await eventually(async () => (/^ocellus_script_heap_used_bytes [1-9]/m.test(await metrics()) ? true : undefined), 'the heap was measured');
    const text = await metrics();
    for (const name of names) {
        t.regex(text, new RegExp(`^# TYPE ${name} (gauge|counter)$`, 'm'), name);
        t.regex(text, new RegExp(`^${name}(\\{[^}]*\\})? -?[0-9.]+$`, 'm'), name);
    }
    const comparisons = rules.flatMap((rule) => [...rule.matchAll(/\b(ocellus_[a-z0-9_]+) == ([0-9.]+)/g)]);
    t.true(comparisons.length >= 6);
    for (const [, name, value] of comparisons.filter(([, name]) => name !== 'ocellus_privacy')) {
        t.notRegex(text, new RegExp(`^${name}(\\{[^}]*\\})? ${value}$`, 'm'), `${name} == ${value}`);
    }
    const number = (/** @type {string} */ name) => Number(new RegExp(`^${name} ([0-9.]+)$`, 'm').exec(text)?.[1]);
    t.true(number('ocellus_data_size_bytes') > number('ocellus_data_free_bytes'));
    t.true(number('ocellus_script_heap_limit_bytes') > number('ocellus_script_heap_allocated_bytes'));
    t.true(number('ocellus_script_keys_limit') > number('ocellus_script_keys') && number('ocellus_script_keys') > 0);
    t.is((await device.stop()).code, 0);
});

test('a channel that never opened is in the metrics and the status, and /readyz says so', async (t) => {
    const data = temporary(t);
    writeFileSync(path.join(data, 'settings.json'), JSON.stringify({ channels: [{ name: 'gone', input: path.join(data, 'no-such.mp4') }] }));
    const { device } = start(t, [], { data });
    const url = await device.url();
    const get = async (/** @type {string} */ address) => {
        const answer = await fetch(`${url}${address}`, { signal: hanging() });
        return { status: answer.status, text: await answer.text() };
    };
    const [channel] = await eventually(async () => {
        const { channels } = await device.json('/api/status');
        return channels[0]?.problem === null ? undefined : channels;
    }, 'why it did not open');
    t.deepEqual([channel.name, channel.state], ['gone', 'lost']);
    t.regex(channel.problem, /cannot open .*no-such\.mp4/);
    await eventually(async () => (/^ocellus_channel_up\{channel="gone",stream="main"\} 0$/m.test((await get('/metrics')).text) ? true : undefined), 'it is down');
    t.deepEqual(await get('/healthz'), { status: 200, text: 'degraded\nscript: running\nchannels: 1 of 1 do not run\n' });
    t.is((await get('/readyz')).status, 503);
    t.is((await device.stop()).code, 0);
});
