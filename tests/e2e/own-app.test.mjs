// The examples of applications, built as a stranger builds them, against a server that a test dictates.
import test from 'ava';
import { bellRings, buildExample, clipArrives, receiver } from '../app/examples.mjs';
import { start } from './device.mjs';

test('motion-clip: an event puts 20 s that begin 10 s before it, again after a refusal', async (t) => {
    const { got, url } = await receiver(t, [503]);
    const archive = await buildExample(t, 'motion-clip');
    const { device } = start(t, ['--app', archive, '--app-set', `url=${url}/clips`, '--record', 'on']);
    await clipArrives(t, await device.url(), got);
    await device.until(() => device.events.find((one) => one['event'] === 'motion'), 'the event with --json');
});

test('doorbell: a ring calls the webhook, makes a clip, and is what the panel shows', async (t) => {
    const { got, url } = await receiver(t);
    const archive = await buildExample(t, 'doorbell');
    const { device } = start(t, ['--app', archive, '--app-set', `webhook=${url}/ring`, '--app-set', 'seconds=1', '--record', 'off']);
    await bellRings(t, await device.url(), got);
});
