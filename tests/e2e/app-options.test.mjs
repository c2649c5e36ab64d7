// Options that an application does not read: it refuses them with one line.
import test from 'ava';
import { start, temporary, testApp } from './device.mjs';

test('an application that never looks at its command line refuses options, and starts without [O30]', async (t) => {
    const app = ['--app', testApp('spans')];
    const refused = start(t, [...app, '--input', 'x=fake:', '--duration', '5', '--port', '8099'], { data: temporary(t) });
    const { code } = await refused.device.ended;
    t.is(code, 2, refused.device.stderr);
    t.regex(refused.device.stderr, /--port, --input, --duration: not read by this application|--input, --duration, --port: not read by this application/);
    const { device } = start(t, app, { data: temporary(t) });
    t.truthy(await device.url());
});
