// Names that an application looks up and nobody answers: the threads that wait for them stay few.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { buildFolder } from '../../scripts/build.mjs';
import { start, temporary, testApp } from '../e2e/device.mjs';

/** OC_FETCH_LEFT_MAX */
const max = 32;

test('requests for names without an answer, begun and stopped: 32 look-ups are left behind, then no more', async (t) => {
    const names = path.join(temporary(t), 'names');
    writeFileSync(names, '');
    t.teardown(() => rmSync(names, { force: true }));
    const env = { LD_PRELOAD: path.join(buildFolder('linux'), 'tests', 'hosts', 'resolver_stub.so'), OCELLUS_TEST_NAMES: names };
    const { device } = start(t, ['--app', testApp('names'), '--input', 'fake:?seed=1'], { env });
    const threads = () => readdirSync(`/proc/${device.process.pid}/task`).length;
    const refused = /** @type {any} */ (await device.event('refused'));
    t.is(refused.code, 'RESOLVE');
    t.regex(refused.text, /^GET http:\/\/n\d+\.silent\.test\/: too many names .* try it in a minute$/);
    t.is(refused.address, 'CONNECT', 'an address needs no look-up');
    const looked = readFileSync(names, 'utf8').trimEnd().split('\n');
    t.is(looked.length, max, looked.join());
    t.true(threads() <= max + 40, `${threads()} threads`);
    rmSync(names); // now all have their answer
    await device.until(() => (threads() < max ? true : undefined), 'the end of the look-ups');
    t.is((await device.stop()).code, 0, device.stderr);
});
